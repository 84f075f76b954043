"""CenterNet's targets, as GluonCV makes them and by hand."""

import numpy as np
import pytest
import torch

from regluon import nd
from regluon.core.errors import ArgumentError, ShapeError
from regluon.cv.target import CenterNetTargetGenerator
from tests.recorded import recorded_params

generate = CenterNetTargetGenerator(2, 8, 6)


@pytest.mark.parametrize("case", recorded_params("CenterNetTargetGenerator", folder="components"))
def test_equals_gluoncv(case):
    made = CenterNetTargetGenerator(**case.attrs)(*case.inputs.values())
    for mine, want in zip(made, case.outputs, strict=True):
        np.testing.assert_allclose(mine.asnumpy(), want, rtol=1e-6, atol=1e-7)


def test_an_object_by_hand():
    heat, sizes, sizes_mask, shifts, shifts_mask = (one.asnumpy() for one in generate([[2.5, 1, 6, 4]], [1]))
    assert np.argwhere(heat == 1).tolist() == [[1, 2, 4]]
    assert np.argwhere(sizes_mask).tolist() == np.argwhere(shifts_mask).tolist() == [[0, 2, 4], [1, 2, 4]]
    assert sizes[:, 2, 4].tolist() == [3.5, 3]
    assert shifts[:, 2, 4].tolist() == [0.25, 0.5]
    assert sizes.sum() == 6.5
    assert shifts.sum() == 0.75


@pytest.mark.parametrize("width", [1, 3, 8, 21, 60])
@pytest.mark.parametrize("height", [1, 5, 40])
def test_a_peak_spreads_as_far_as_the_published_equations_say(width, height):
    """Solve CornerNet's three quadratic equations for boxes that still overlap by 0.7; its code halves no root by a."""
    total, area = width + height, width * height
    roots = []
    for a, b, c in ((1, total, area * 0.3 / 1.7), (4, 2 * total, 0.3 * area), (2.8, -1.4 * total, -0.3 * area)):
        real = np.roots([1, -b, a * c])  # r = (b + sqrt(b^2 - 4ac)) / 2
        roots.append(real.max())
    heat = CenterNetTargetGenerator(1, 64, 64)([[0, 0, width, height]], [0])[0].asnumpy()[0]
    beyond = np.flatnonzero(heat[height // 2, width // 2 :])
    assert beyond.max() == int(min(roots))


def test_objects_of_a_class_share_a_map_by_the_larger():
    one, other, both = (
        generate(boxes, [0] * len(boxes))[0].asnumpy()
        for boxes in ([[0, 0, 8, 6]], [[2, 0, 8, 6]], [[0, 0, 8, 6], [2, 0, 8, 6]])
    )
    np.testing.assert_array_equal(both, np.maximum(one, other))


@pytest.mark.parametrize(
    ("make", "kind"),
    [
        pytest.param(lambda boxes: boxes, nd.NDArray, id="lists"),
        pytest.param(lambda boxes: np.array(boxes), nd.NDArray, id="numpy"),
        pytest.param(nd.array, nd.NDArray, id="NDArray"),
        pytest.param(torch.tensor, torch.Tensor, id="tensor"),
    ],
)
def test_gives_what_it_takes(make, kind):
    targets = generate(make([[0, 0, 4, 3], [-1, -1, -1, -1]]), make([[1], [-1]]))
    assert all(isinstance(one, kind) for one in targets)
    assert [tuple(one.shape) for one in targets] == [(2, 6, 8)] * 5
    assert all(str(one.dtype).endswith("float32'>") or one.dtype == torch.float32 for one in targets)


def test_a_batch_is_its_pictures():
    boxes = np.array([[[0, 0, 4, 3], [1, 1, 7.5, 5]], [[2, 2, 3, 6], [-1, -1, -1, -1]]], np.float32)
    ids = np.array([[[1], [0]], [[0], [-1]]], np.float32)
    batch = generate.for_batch(torch.from_numpy(boxes), torch.from_numpy(ids))
    for number in range(2):
        for mine, want in zip(batch, generate(boxes[number], ids[number]), strict=True):
            np.testing.assert_array_equal(mine[number].numpy(), want.asnumpy())


@pytest.mark.parametrize(
    "boxes",
    [
        pytest.param(np.zeros((0, 4)), id="no row"),
        pytest.param([[-1, -1, -1, -1]], id="padding"),
        pytest.param([[3, 3, 3, 5], [3, 3, 5, 3], [5, 5, 3, 3], [99, 0, 99, 2]], id="no area"),
    ],
)
def test_no_object_is_no_target(boxes):
    assert not any(one.asnumpy().any() for one in generate(boxes, [7] * len(boxes)))


@pytest.mark.parametrize(
    ("boxes", "ids", "error", "words"),
    [
        pytest.param([[0, 0, 32, 3]], [0], ArgumentError, "centres in maps of 8 x 6 pixels, whose.*32.0", id="far"),
        pytest.param([[-9, 0, 1, 3]], [0], ArgumentError, "must have their centres in maps", id="before"),
        pytest.param([[0, 0, 4, 3]], [2], ArgumentError, "gt_ids must be from 0 to 1, got 2", id="class"),
        pytest.param([[0, 0, 4, 3]], [0, 1], ShapeError, "one for each box, got 2 for 1", id="number"),
    ],
)
def test_errors(boxes, ids, error, words):
    with pytest.raises(error, match=words):
        generate(boxes, ids)
