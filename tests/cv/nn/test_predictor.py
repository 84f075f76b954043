"""Predictors: GluonCV's parameters by name, shapes and initializers."""

from typing import Any

import numpy as np
import pytest

from regluon import nd
from regluon.cv.nn.predictor import ConvPredictor, FCPredictor
from regluon.gluon import nn
from tests.cv.faces import FACES, ask


def test_parameters_have_the_names_of_gluoncv() -> None:
    predictor = ConvPredictor(4, prefix="head_")
    assert {name: one.name for name, one in predictor.collect_params().items()} == {
        "predictor.weight": "head_conv0_weight",
        "predictor.bias": "head_conv0_bias",
    }
    assert [one.name for one in FCPredictor(4, prefix="head_").collect_params().values()] == [
        "head_dense0_weight",
        "head_dense0_bias",
    ]


@pytest.mark.parametrize(
    ("attrs", "shape"),
    [
        pytest.param({}, (2, 6, 5, 7), id="defaults keep the size"),
        pytest.param({"kernel": (1, 3), "pad": (0, 1), "stride": (2, 1)}, (2, 6, 3, 7), id="height and width differ"),
        pytest.param({"in_channels": 3, "use_bias": False, "activation": "relu"}, (2, 6, 5, 7), id="known channels"),
    ],
)
def test_convolution(attrs: dict, shape: tuple[int, ...]) -> None:
    predictor = ConvPredictor(6, **attrs)
    predictor.initialize()
    found = predictor(nd.random.normal(shape=(2, 3, 5, 7)))
    assert found.shape == shape
    assert ("predictor.bias" in predictor.collect_params()) == attrs.get("use_bias", True)
    assert (found.asnumpy().min() >= 0) == ("activation" in attrs)


def test_the_weight_begins_as_xavier() -> None:
    predictor = ConvPredictor(64, in_channels=32)
    predictor.initialize()
    weight = predictor.predictor.weight.data().asnumpy()
    bound = np.sqrt(2 / ((64 * 9 + 32 * 9) / 2))
    assert bound * 0.99 < np.abs(weight).max() <= bound
    assert (predictor.predictor.bias.data().asnumpy() == 0).all()


@pytest.mark.parametrize("face", FACES)
@pytest.mark.parametrize(
    "make",
    [lambda: ConvPredictor(4), lambda: FCPredictor(4), lambda: FCPredictor(4, "relu", use_bias=False)],
    ids=["convolution", "dense", "dense, relu"],
)
def test_every_face_gives_what_the_layer_gives(face: str, make: Any) -> None:
    image = np.random.default_rng(0).normal(size=(2, 3, 4, 4)).astype(np.float32)
    predictor = make()
    predictor.initialize()
    want = predictor.predictor(nd.array(image)).asnumpy()
    assert isinstance(predictor.predictor, nn.Conv2D | nn.Dense)
    np.testing.assert_allclose(ask(face, predictor, [image]).outputs[0], want, rtol=1e-5, atol=1e-6)
