import numpy as np
import pytest
import torch

import regluon as mx
from regluon import nd, sym
from regluon.core.errors import ArgumentError
from regluon.cv.target import MaskTargetGenerator, RCNNTargetGenerator, RCNNTargetSampler
from regluon.gluon import SymbolBlock


def sampler(num_sample=8, pos_ratio=0.25, **given):
    return RCNNTargetSampler(1, 1, num_sample, given.get("pos_iou_thresh", 0.5), pos_ratio, 1)


def scene(count=30, seed=0):
    """Proposals around two objects and elsewhere; the last is none."""
    random = np.random.default_rng(seed)
    low = random.uniform(0, 60, (count, 2))
    rois = np.concatenate([low, low + random.uniform(5, 40, (count, 2))], axis=1).astype(np.float32)
    rois[:4] = [[10, 10, 30, 30], [11, 10, 30, 30], [50, 50, 80, 80], [50, 52, 80, 80]]
    scores = random.random((count, 1)).astype(np.float32)
    rois[-1], scores[-1] = -1, -1
    boxes = np.array([[10, 10, 30, 31], [50, 50, 80, 79], [-1, -1, -1, -1]], np.float32)
    return rois[None], scores[None], boxes[None]


def by_the_definition(rois, scores, boxes, keys, num_sample, max_pos):
    """Do what the docstring says with lists."""
    everything = np.concatenate([rois, boxes])
    known = np.concatenate([scores[:, 0], np.where(boxes[:, 0] < 0, -1, 1)])
    overlaps = np.zeros((len(everything), len(boxes)))
    for i, a in enumerate(everything):
        for j, b in enumerate(boxes):
            shared = np.prod(np.clip(np.minimum(a[2:], b[2:]) - np.maximum(a[:2], b[:2]), 0, None))
            union = np.prod(a[2:] - a[:2]) + np.prod(b[2:] - b[:2]) - shared
            overlaps[i, j] = shared / union if union else 0
    rank = {}
    for i, row in enumerate(overlaps):
        rank[i] = 1 if row.max() >= 0.5 else (0 if known[i] < 0 else -1)
    shuffled = sorted(rank, key=lambda i: keys[i])
    first = sorted(shuffled, key=lambda i: [1, -1, 0].index(rank[i]))[:max_pos]
    second = sorted(shuffled[max_pos:], key=lambda i: [-1, 1, 0].index(rank[i]))[: num_sample - max_pos]
    area = {i: np.prod(everything[i, 2:] - everything[i, :2]) for i in rank}
    chosen = sorted(first + second, key=lambda i: area[i])
    return everything[chosen], [rank[i] for i in chosen], [overlaps[i].argmax() for i in chosen]


@pytest.mark.parametrize("seed", range(5))
def test_equals_the_definition(seed):
    rois, scores, boxes = scene(seed=seed)
    keys = np.random.default_rng(seed + 50).random((1, 33)).astype(np.float32)
    found = sampler()(*map(nd.array, (rois, scores, boxes, keys)))
    expected = by_the_definition(rois[0], scores[0], boxes[0], keys[0], 8, 2)
    for one, want in zip(found, expected, strict=True):
        np.testing.assert_array_equal(one.asnumpy()[0], want)


def test_all_faces_agree():
    keys = np.random.default_rng(1).random((1, 33)).astype(np.float32)
    given = [*scene(), keys]
    expected = [one.asnumpy() for one in sampler()(*map(nd.array, given))]
    for one, want in zip(sampler()(*map(torch.tensor, given)), expected, strict=True):
        np.testing.assert_array_equal(one.numpy(), want)
    inputs = [sym.var(f"input{i}") for i in range(4)]
    graph = SymbolBlock(list(sampler()(*inputs)), inputs)
    for one, want in zip(graph(*map(nd.array, given)), expected, strict=True):
        np.testing.assert_array_equal(one.asnumpy(), want)


def test_a_seed_makes_draws_repeatable():
    found = []
    for seed in (3, 3, 4):
        mx.random.seed(seed)
        found.append(sampler()(*map(nd.array, scene()))[0].asnumpy())
    np.testing.assert_array_equal(found[0], found[1])
    assert (found[0] != found[2]).any()


@pytest.mark.parametrize("ground_truths", [0, 1], ids=["no row", "a row of padding"])
def test_without_objects_there_are_no_positive_samples(ground_truths):
    rois, scores, boxes = scene()
    boxes = boxes[:, 2 : 2 + ground_truths]
    found, samples, matches = (one.asnumpy() for one in sampler()(*map(nd.array, (rois, scores, boxes))))
    assert (samples == -1).all()
    assert (matches == 0).all()
    assert np.isfinite(found).all()
    targets = RCNNTargetGenerator(3, 2)(
        nd.array(found), nd.array(samples), nd.array(matches), nd.ones((1, ground_truths, 1)) * -1, nd.array(boxes)
    )
    classes, offsets, masks, _ = (one.asnumpy() for one in targets)
    assert not classes.any()
    assert not offsets.any()
    assert not masks.any()


def test_too_few_proposals_are_filled_up_with_ignored_ones():
    rois, scores, boxes = scene()
    found, samples, _ = sampler(16)(*map(nd.array, (rois[:, :3], scores[:, :3], boxes[:, :1])))
    assert found.shape == (1, 16, 4)
    missing = samples.asnumpy() == 0
    assert missing.sum() >= 16 - 2 * 4
    assert (found.asnumpy()[missing] == -1).all()


def test_no_gradient_flows_to_proposals():
    rois = torch.tensor(scene()[0], requires_grad=True)
    found = sampler()(rois, *map(torch.tensor, scene()[1:]))
    assert not any(one.requires_grad for one in found)


@pytest.mark.parametrize("labels", [[[2, 0, -1]], [[[2], [0], [-1]]]], ids=["(B, M)", "(B, M, 1)"])
def test_targets_by_hand(labels):
    rois = nd.array([[[50, 50, 80, 80], [0, 0, 10, 10], [10, 10, 30, 30]]])
    boxes = nd.array([[[10, 10, 30, 30], [53, 50, 83, 80], [-1] * 4]])
    classes, offsets, masks, slots = RCNNTargetGenerator(3, max_pos=2)(
        rois, nd.array([[1, -1, 0]]), nd.array([[1, 0, 0]]), nd.array(labels), boxes
    )
    np.testing.assert_array_equal(classes.asnumpy(), [[1, 0, -1]])
    np.testing.assert_array_equal(slots.asnumpy(), [[0, 1]])
    # Class 0 of the box 3 to the right of one 30 wide: a tenth of the width, by a deviation of 0.1.
    np.testing.assert_allclose(offsets.asnumpy()[0, 0, 0], [1, 0, 0, 0], atol=1e-6)
    np.testing.assert_array_equal(masks.asnumpy()[0, :, :, 0], [[1, 0, 0], [0, 0, 0]])


def test_masks_are_cut_out_of_the_object_matched():
    truth = np.zeros((1, 2, 16, 16), np.float32)
    truth[0, 1, :, 8:] = 1  # the right half
    rois = nd.array([[[4, 4, 12, 12], [8, 0, 16, 16]]])
    masks, own = MaskTargetGenerator(1, 2, 2, (4, 4))(rois, nd.array(truth), nd.array([[1, 0]]), nd.array([[2, 0]]))
    assert masks.shape == own.shape == (1, 2, 2, 4, 4)
    found = masks.asnumpy()[0, 0, 0]
    np.testing.assert_array_equal(found[:, 2:], 1)
    assert found[:, 0].max() == 0
    assert masks.asnumpy()[0, 1].max() == 0, "the first object's mask is empty"
    np.testing.assert_array_equal(own.asnumpy()[0, :, :, 0, 0], [[0, 1], [0, 0]])


def test_refuses_a_ratio_without_room():
    with pytest.raises(ArgumentError, match="pos_ratio must leave room for positive and negative proposals among 4"):
        sampler(4, 1.0)
