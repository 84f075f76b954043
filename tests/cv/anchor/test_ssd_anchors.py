"""Anchors of SSD: GluonCV's numbers and a loop from the definition."""

import math
from typing import Any

import numpy as np
import pytest

from regluon import nd
from regluon.core.errors import ArgumentError, ShapeError
from regluon.cv.anchor import LiteAnchorGenerator, SSDAnchorGenerator
from tests.cv.faces import COMPILES, FACES, ask, assert_agrees
from tests.recorded import Case, recorded_params

EVERY_FACE = pytest.mark.parametrize("face", FACES)
MAKERS = {
    "SSDAnchorGenerator": SSDAnchorGenerator,
    "LiteAnchorGenerator": LiteAnchorGenerator,
    "LiteAnchorGenerator_first_ratio": LiteAnchorGenerator,
}


def made(make: Any = SSDAnchorGenerator, **attrs: Any) -> SSDAnchorGenerator:
    given = {
        "index": 0,
        "im_size": (64, 96),
        "sizes": (16, 25),
        "ratios": (1, 2, 0.5),
        "step": 16,
        "alloc_size": (4, 6),
    }
    generator = make(**{**given, **attrs})
    generator.initialize()
    return generator


@EVERY_FACE
@pytest.mark.parametrize(("name", "case"), recorded_params(*MAKERS, folder="components"))
def test_equals_gluoncv(face: str, name: str, case: Case) -> None:
    generator = MAKERS[name](**case.attrs)
    generator.initialize()
    assert_agrees(face, generator, case, rtol=1e-7, atol=0)


@EVERY_FACE
def test_equals_the_definition(face: str) -> None:
    want = []
    for row in range(3):
        for column in range(5):
            x, y = (column + 0.25) * 16, (row + 0.75) * 16
            want += [(x, y, 16, 16), (x, y, 20, 20)]
            want += [(x, y, 16 * math.sqrt(ratio), 16 / math.sqrt(ratio)) for ratio in (2, 0.5)]
    generator = made(offsets=(0.75, 0.25))
    [got] = ask(face, generator, [np.zeros((2, 7, 3, 5), np.float32)]).outputs
    np.testing.assert_allclose(got, [want], rtol=1e-6)


@COMPILES
def test_compiled_whole() -> None:
    features = np.zeros((1, 2, 3, 5), np.float32)
    [want] = ask("nd", made(clip=True), [features]).outputs
    np.testing.assert_array_equal(ask("compiled", made(clip=True), [features]).outputs[0], want)


@pytest.mark.parametrize(
    ("generator", "depth"),
    [
        (made(), 4),
        (made(ratios=(1,)), 2),
        (made(LiteAnchorGenerator), 3),
        (made(LiteAnchorGenerator, index=1), 4),
    ],
)
def test_num_depth_is_what_a_cell_has(generator: SSDAnchorGenerator, depth: int) -> None:
    assert generator.num_depth == depth
    assert generator(nd.zeros((1, 1, 1, 1))).shape == (1, depth, 4)


def test_the_constant_has_the_name_of_gluoncv() -> None:
    generator = SSDAnchorGenerator(3, (8, 8), (2, 3), (1,), 4, (2, 2), prefix="ssd_")
    assert {name: one.name for name, one in generator.collect_params().items()} == {"anchors": "ssd_anchor_3"}


def test_no_gradient_reaches_the_anchors() -> None:
    assert made().collect_params()["anchors"].grad_req == "null"


def test_a_map_larger_than_planned_is_refused() -> None:
    with pytest.raises(ShapeError, match="shape_like must not be larger than data along axis 2, got 5 for 4"):
        made()(nd.zeros((1, 1, 5, 1)))


@pytest.mark.parametrize("name", ["im_size", "sizes", "alloc_size", "offsets"])
def test_pairs_must_be_pairs(name: str) -> None:
    with pytest.raises(ArgumentError, match=rf"SSDAnchorGenerator: {name} must be 2 numbers, got \(1,\)"):
        made(**{name: (1,)})


def test_there_must_be_a_ratio() -> None:
    with pytest.raises(ArgumentError, match="LiteAnchorGenerator: ratios must be at least one, got none"):
        made(LiteAnchorGenerator, ratios=())
