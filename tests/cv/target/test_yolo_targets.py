"""Targets of YOLOv3: GluonCV's numbers, a loop from the definition, and what GluonCV cannot do."""

import math
from typing import Any

import numpy as np
import pytest
import torch

from regluon.core.errors import ArgumentError
from regluon.cv.loss import YOLOV3Loss
from regluon.cv.target import (
    YOLOV3DynamicTargetGeneratorSimple,
    YOLOV3PrefetchTargetGenerator,
    YOLOV3TargetMerger,
)
from tests.cv.faces import COMPILES, FACES, ask, assert_agrees
from tests.recorded import Case, recorded, recorded_params

EVERY_FACE = pytest.mark.parametrize("face", FACES)

ANCHORS = [[20, 20, 30, 16, 40, 40], [6, 8, 10, 6]]
HEIGHT, WIDTH, STRIDES = 48, 64, (16, 8)


class Flat(YOLOV3PrefetchTargetGenerator):
    """The generator for two maps, its lists given one by one."""

    def hybrid_forward(self, F: Any, *args: Any) -> Any:
        lists = [list(args[1:3]), list(args[3:5]), list(args[5:7])]
        return super().hybrid_forward(F, args[0], *lists, *args[7:])


def merger(label_smooth: bool = False, **attrs: Any) -> YOLOV3TargetMerger:
    block = YOLOV3TargetMerger(**attrs)
    block._label_smooth = label_smooth
    return block


MAKERS = {
    "YOLOV3PrefetchTargetGenerator": Flat,
    "YOLOV3DynamicTargetGeneratorSimple": YOLOV3DynamicTargetGeneratorSimple,
    "YOLOV3TargetMerger": merger,
}


@EVERY_FACE
@pytest.mark.parametrize(("name", "case"), recorded_params(*MAKERS, folder="components"))
def test_equals_gluoncv(face: str, name: str, case: Case) -> None:
    assert_agrees(face, MAKERS[name](**case.attrs), case)


@COMPILES
@pytest.mark.parametrize("name", MAKERS)
def test_compiled_whole(name: str) -> None:
    case = recorded(name, "components")[0]
    assert_agrees("compiled", MAKERS[name](**case.attrs), case)


# The definition


def maps() -> list[np.ndarray]:
    """Make a picture, two maps, their anchors and their cells."""
    sizes = [(HEIGHT // stride, WIDTH // stride) for stride in STRIDES]
    cells = [np.stack(np.indices(size)[::-1], -1).reshape(1, -1, 1, 2) for size in sizes]
    arrays = [
        np.zeros((1, 3, HEIGHT, WIDTH)), *[np.zeros((1, 1, *size)) for size in sizes],
        *[np.array(one).reshape(1, 1, -1, 2) for one in ANCHORS], *cells,
    ]  # fmt: skip
    return [one.astype(np.float32) for one in arrays]


def alike(one: Any, other: Any) -> float:
    """Overlap two widths and heights whose centres are one."""
    shared = min(one[0], other[0]) * min(one[1], other[1])
    return shared / (one[0] * one[1] + other[0] * other[1] - shared)


def targets(boxes: np.ndarray, ids: np.ndarray, count: int) -> list[np.ndarray]:
    """Make the targets of one picture, object by object."""
    shapes = [np.reshape(one, (-1, 2)) for one in ANCHORS]
    made = []
    for stride, shape in zip(STRIDES, shapes, strict=True):
        rows, columns = HEIGHT // stride, WIDTH // stride
        made.append([np.zeros((rows, columns, len(shape), width)) for width in (1, 2, 2, 2, count)])
        made[-1][4] -= 1
    for (left, top, right, bottom), number in zip(boxes.tolist(), ids[:, 0].tolist(), strict=True):
        width, height = right - left, bottom - top
        _, level, anchor = max(
            ((alike((width, height), shape), -level, -place) for level, own in enumerate(shapes)
             for place, shape in enumerate(own))
        )  # fmt: skip
        level, anchor = -level, -anchor
        x, y = (left + right) / 2 / STRIDES[level], (top + bottom) / 2 / STRIDES[level]
        there, centers, scales, weights, classes = (one[int(y), int(x), anchor] for one in made[level])
        there[:], centers[:], weights[:] = 1, (x - int(x), y - int(y)), 2 - width * height / WIDTH / HEIGHT
        scales[:] = [math.log(max(a, 1) / b) for a, b in zip((width, height), shapes[level][anchor], strict=True)]
        classes[:] = np.arange(count) == number
    return [
        np.concatenate([level[i].reshape(-1, level[i].shape[-1]) for level in made]).astype(np.float32)
        for i in range(5)
    ]  # fmt: skip


@EVERY_FACE
@pytest.mark.parametrize("seed", range(8))
def test_equals_the_definition(face: str, seed: int) -> None:
    random = np.random.default_rng(seed)
    low = random.uniform(0, [WIDTH - 8, HEIGHT - 8], (3, 6, 2))
    boxes = np.concatenate([low, low + random.uniform(3, 44, (3, 6, 2))], -1).clip(0, [WIDTH, HEIGHT] * 2)
    boxes, ids = boxes.astype(np.float32), random.integers(0, 4, (3, 6, 1)).astype(np.float32)
    real = random.integers(0, 7, 3)
    for image, count in enumerate(real):
        boxes[image, count:], ids[image, count:] = -1, -1
    got = ask(face, Flat(4), [*maps(), boxes, ids]).outputs
    for image, count in enumerate(real):
        for one, want in zip(got, targets(boxes[image, :count], ids[image, :count], 4), strict=True):
            np.testing.assert_allclose(one[image], want, rtol=1e-5, atol=1e-5)


# What GluonCV cannot do


@EVERY_FACE
@pytest.mark.parametrize(
    ("box", "stride", "cell"),
    [
        pytest.param([60, 20, 64, 30], 8, (3, 7), id="right edge"),
        pytest.param([64, 20, 64, 20], 16, (1, 3), id="a point on the right edge"),
        pytest.param([10, 48, 12, 48], 16, (2, 0), id="a line on the lower edge"),
        pytest.param([90, 90, 95, 96], 8, (5, 7), id="beyond the picture"),
    ],
)
def test_centres_stay_in_the_picture(face: str, box: list[float], stride: int, cell: tuple[int, int]) -> None:
    given = np.array([[box]], np.float32), np.zeros((1, 1, 1), np.float32)
    there, centers, scales, _, classes = ask(face, Flat(1), [*maps(), *given]).outputs
    [place] = there[0, :, 0].nonzero()[0]
    first, anchors = (0, 3) if stride == 16 else (36, 2)
    assert divmod((place - first) // anchors, WIDTH // stride) == cell
    assert (centers[0, place] >= 0).all()
    assert (centers[0, place] <= 1).all()
    assert np.isfinite(scales).all()
    assert classes[0, place].tolist() == [1]


@EVERY_FACE
@pytest.mark.parametrize("rows", [0, 3])
def test_without_objects_everything_is_background(face: str, rows: int) -> None:
    given = np.full((2, rows, 4), -1, np.float32), np.full((2, rows, 1), -1, np.float32)
    there, *middle, classes = ask(face, Flat(2), [*maps(), *given]).outputs
    assert there.shape == (2, 12 * 3 + 48 * 2, 1)
    assert not there.any()
    assert not any(one.any() for one in middle)
    assert (classes == -1).all()


@EVERY_FACE
def test_padding_between_objects_is_passed_over(face: str) -> None:
    boxes = np.array([[[2, 2, 8, 10], [-1, -1, -1, -1], [30, 20, 60, 46]]], np.float32)
    there, *_ = ask(face, Flat(1), [*maps(), boxes, np.zeros((1, 3, 1), np.float32)]).outputs
    assert there.sum() == 2


@pytest.mark.parametrize("rows", [0, 2])
@EVERY_FACE
def test_nothing_is_ignored_without_objects(face: str, rows: int) -> None:
    found, objects = np.array([[[-1, -1, -1, -1], [0, 0, 5, 5]]], np.float32), np.full((1, rows, 4), -1, np.float32)
    there, *_ = ask(face, YOLOV3DynamicTargetGeneratorSimple(1, 0.5), [found, objects]).outputs
    assert not there.any()


def test_no_gradient_flows() -> None:
    case = recorded("YOLOV3TargetMerger", "components")[0]
    arrays = [torch.tensor(one, requires_grad=True) for one in case.inputs.values()]
    assert not any(one.requires_grad for one in YOLOV3TargetMerger(3, 0.5)(*arrays))
    boxes = torch.tensor([[[2.0, 2, 8, 10]]], requires_grad=True)
    given = [torch.tensor(one) for one in maps()]
    assert not any(one.requires_grad for one in Flat(1)(*given, boxes, torch.zeros(1, 1, 1)))


def test_lists_must_be_of_one_length() -> None:
    picture, *rest = (torch.tensor(one) for one in maps())
    with pytest.raises(ArgumentError, match="must be one for each map, got 2, 1 and 2"):
        YOLOV3PrefetchTargetGenerator(1)(picture, rest[:2], rest[2:3], rest[4:], torch.zeros(1, 1, 4), rest[0])


@COMPILES
def test_targets_and_loss_compile_whole_together() -> None:
    """From objects and predictions to losses and gradients in one graph of torch."""
    generate, merge, loss = Flat(3), YOLOV3TargetMerger(3, 0.6), YOLOV3Loss()
    given = [torch.tensor(one) for one in maps()]
    boxes = torch.tensor([[[2.0, 2, 8, 10], [30, 20, 60, 46], [-1, -1, -1, -1]]])
    ids = torch.tensor([[[2.0], [0], [-1]]])
    count = 12 * 3 + 48 * 2

    def losses(found: torch.Tensor, raw: torch.Tensor) -> torch.Tensor:
        targets = merge(found, boxes, *generate(*given, boxes, ids))
        return torch.stack(loss(*raw.split([1, 2, 2, 3], -1), *targets))

    torch.manual_seed(0)
    found, raw = torch.rand(1, count, 4) * 40, torch.randn(1, count, 8, requires_grad=True)
    want = losses(found, raw)
    torch.compiler.reset()
    got = torch.compile(losses, fullgraph=True, backend="eager")(found, raw)
    np.testing.assert_allclose(got.detach(), want.detach(), rtol=1e-6)
    gradients = [torch.autograd.grad(one.sum(), raw)[0] for one in (got, want)]
    np.testing.assert_allclose(*gradients, rtol=1e-5, atol=1e-7)
    assert torch.isfinite(gradients[0]).all()
