import numpy as np
import pytest
import torch

from regluon import nd
from regluon.core.errors import ArgumentError
from regluon.cv.target import RPNTargetGenerator, RPNTargetSampler

ANCHORS = np.array(
    [[0, 0, 9, 9], [1, 1, 10, 10], [20, 20, 29, 29], [25, 25, 34, 34], [40, 0, 49, 9], [-5, 0, 4, 9]], np.float32
)
BOXES = np.array([[0, 0, 9, 10], [22, 20, 33, 31]], np.float32)


def overlap(a, b):
    width, height = min(a[2], b[2]) - max(a[0], b[0]), min(a[3], b[3]) - max(a[1], b[1])
    shared = max(0, width) * max(0, height)
    return shared / ((a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1]) - shared)


def test_equals_the_definition_where_nothing_has_to_be_drawn():
    inside = [(one >= 0).all() and one[2] < 50 and one[3] < 40 for one in ANCHORS]
    table = np.array([[overlap(a, b) for b in BOXES] for a in ANCHORS])
    expected = []
    for row, fits in zip(table, inside, strict=True):
        best = any(row[j] == table[inside][:, j].max() for j in range(len(BOXES)))
        label = 1 if best or row.max() >= 0.7 else (-1 if row.max() >= 0.3 else 0)
        expected.append(label if fits else -1)
    classes, offsets, masks = RPNTargetGenerator()(nd.array(BOXES), nd.array(ANCHORS), 50, 40)
    np.testing.assert_array_equal(classes, expected)
    assert expected == [1, 1, 1, -1, 0, -1], "all kinds are there"
    np.testing.assert_array_equal(masks, np.repeat(classes[:, None] == 1, 4, axis=1))
    # Centres 4.5, 4.5 to 4.5, 5; sides 9 to 9 and 10.
    np.testing.assert_allclose(offsets[0], [0, 0.5 / 9, 0, np.log(10 / 9)], atol=1e-6)
    assert (offsets[classes != 1] == 0).all()


def test_a_generator_makes_draws_repeatable():
    ious = np.random.default_rng(0).random((200, 3), np.float32)
    first, again, other = (RPNTargetSampler(16, 0.5, 0.5, 0.25, generator=seed)(ious)[0] for seed in (1, 1, 2))
    np.testing.assert_array_equal(first, again)
    assert (first != other).any()
    assert (first == 1).sum() == 4
    assert (first == -1).sum() == 12


def test_negative_anchors_take_the_room_that_positive_ones_leave():
    ious = np.concatenate([np.full((1, 1), 0.9), np.full((50, 1), 0.1)]).astype(np.float32)
    samples, matches = RPNTargetSampler(10, 0.7, 0.3, 0.5, generator=0)(ious)
    assert (samples == 1).sum() == 1
    assert (samples == -1).sum() == 9
    assert (matches == 0).all()


@pytest.mark.parametrize("count", [0, 3])
def test_anchors_outside_are_ignored_where_all_are(count):
    samples, _ = RPNTargetSampler(8, 0.7, 0.3, 0.5)(np.full((5, count), -1, np.float32))
    # Without a ground truth there is nothing to tell inside from outside by: all are negative then.
    np.testing.assert_array_equal(samples, np.full(5, 0 if count else -1))


def test_a_picture_without_objects_has_negative_anchors_only():
    classes, offsets, masks = RPNTargetGenerator()(np.zeros((0, 4)), ANCHORS, 50, 40)
    np.testing.assert_array_equal(classes, [0, 0, 0, 0, 0, -1])
    assert not offsets.any()
    assert not masks.any()


def test_a_box_without_area_gives_finite_targets():
    for part in RPNTargetGenerator()(np.array([[5, 5, 5, 5]], np.float32), ANCHORS, 50, 40):
        assert np.isfinite(part).all()


@pytest.mark.parametrize("kind", [nd.array, torch.tensor])
def test_a_batch_is_its_pictures_without_padding(kind):
    padded = np.stack([BOXES, np.array([[1, 1, 10, 12], [-1] * 4], np.float32)])
    generate = RPNTargetGenerator()
    found = generate.for_batch(kind(padded), [kind(ANCHORS[None, :4]), kind(ANCHORS[None, 4:])], 50, 40)
    for i, rows in enumerate((BOXES, padded[1, :1])):
        for part, expected in zip(found, generate(rows, ANCHORS, 50, 40), strict=True):
            values = part[i].asnumpy() if kind is nd.array else part[i].numpy()
            np.testing.assert_array_equal(values, expected)


def test_refuses_a_ratio():
    with pytest.raises(ArgumentError, match=r"pos_ratio must be in \[0, 1\], got 2"):
        RPNTargetSampler(8, 0.7, 0.3, 2)
