"""Matching without all overlaps in memory: what comes out is what the overlaps of all pairs give, to the last bit."""

import numpy as np
import pytest
import torch
from torch import Tensor
from torch._subclasses import FakeTensorMode

from regluon.core.errors import NotSupportedError, ShapeError
from regluon.cv.nn.matcher import BipartiteMatcher, CompositeMatcher, MaximumMatcher, match_boxes
from regluon.gluon import nn
from regluon.kernels import anchor_matching, anchor_matching_loops, dispatch
from regluon.kernels.anchor_matching import anchors_at_most, match_to_boxes
from regluon.nd import NDArray
from regluon.ops.contrib.bipartite_matching import bipartite_matching
from regluon.ops.contrib.box_iou import box_iou

MATCHERS = {
    "largest": MaximumMatcher(0.25),
    "pairs": BipartiteMatcher(),
    "pairs, shared": BipartiteMatcher(share_max=True, eps=0.125),
    "pairs, not shared": BipartiteMatcher(share_max=False),
    "smallest first": BipartiteMatcher(threshold=0.4, is_ascend=True, share_max=False),
    "as SSD": CompositeMatcher([BipartiteMatcher(share_max=False), MaximumMatcher(0.5)]),
}
every_matcher = pytest.mark.parametrize("matcher", MATCHERS.values(), ids=MATCHERS)
FORMS = {"compiled": True, "plain": False}


@pytest.fixture(params=FORMS.values(), ids=FORMS)
def form(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each form in turn."""
    monkeypatch.setattr(anchor_matching, "runs_compiled", lambda data: request.param and dispatch.runs_compiled(data))


def boxes(count: int, seed: int, coarse: bool = False, dtype: torch.dtype = torch.float32) -> Tensor:
    """Draw ``(count, 4)`` corner boxes; on a coarse grid many are equal, and some are empty."""
    random = np.random.default_rng(seed)
    low = random.random((count, 2))
    corners = np.concatenate([low, low + random.random((count, 2)) * 0.4], 1)
    return torch.from_numpy(np.round(corners * 4) / 4 if coarse else corners).to(dtype)


def whole(matcher, anchors: Tensor, truths: Tensor) -> tuple[Tensor, Tensor]:
    """Match with all overlaps at once."""
    overlaps = box_iou(anchors, truths).transpose(0, 1).contiguous()
    return matcher(overlaps), overlaps.amax(2)


@pytest.mark.usefixtures("form")
@every_matcher
@pytest.mark.parametrize("coarse", [False, True], ids=["all differ", "ties"])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
# Fewer anchors than boxes, a block and a bit, several blocks.
@pytest.mark.parametrize(("count", "many"), [(5, 9), (1030, 40), (2500, 3)])
def test_same_answer_as_all_overlaps(matcher, coarse: bool, dtype: torch.dtype, count: int, many: int):
    anchors = boxes(count, 0, coarse, dtype)
    truths = torch.stack([boxes(many, 1, coarse, dtype), boxes(many, 2, coarse, dtype)])
    for found, expected in zip(match_boxes(matcher, anchors, truths), whole(matcher, anchors, truths), strict=True):
        assert torch.equal(found, expected)


def test_lists_that_are_used_up_are_written_anew():
    # All boxes want the same anchors, more of them than a list has room for.
    anchors = boxes(600, 3, coarse=True)
    truths = boxes(1, 4).expand(1, 3 * anchor_matching_loops._LISTED, 4).contiguous()
    overlaps = box_iou(anchors, truths[0])
    expected, _ = bipartite_matching(overlaps, threshold=1e-12)
    assert (expected >= 0).sum() > anchor_matching_loops._LISTED
    found, _ = match_boxes(BipartiteMatcher(share_max=False), anchors, truths)
    paired = expected >= 0
    assert torch.equal(found[0][paired], expected[paired])


@pytest.mark.usefixtures("form")
@every_matcher
def test_padding_and_anchors_that_are_no_numbers(matcher):
    anchors = torch.cat([boxes(40, 5), torch.full((2, 4), torch.nan), -torch.ones(2, 4)])
    truths = torch.stack([torch.cat([boxes(3, 6), -torch.ones(2, 4)]), -torch.ones(5, 4)])
    found, _ = match_boxes(matcher, anchors, truths)
    assert torch.equal(found, whole(matcher, anchors, truths)[0])


def test_speaks_ndarray():
    anchors, truths = boxes(30, 0), boxes(4, 1).unsqueeze(0)
    found = match_boxes(MATCHERS["as SSD"], NDArray(anchors), NDArray(truths))
    for one, other in zip(found, match_boxes(MATCHERS["as SSD"], anchors, truths), strict=True):
        np.testing.assert_array_equal(one.asnumpy(), other)


def test_answers_do_not_depend_on_threads(threads):
    anchors, truths = boxes(3000, 0), torch.stack([boxes(20, seed) for seed in range(1, 6)])
    threads(1)
    expected = match_boxes(MATCHERS["pairs, shared"], anchors, truths)
    threads(4)
    for one, other in zip(match_boxes(MATCHERS["pairs, shared"], anchors, truths), expected, strict=True):
        assert torch.equal(one, other)


def test_no_images_no_anchors():
    assert match_boxes(MATCHERS["as SSD"], boxes(7, 0), torch.zeros(0, 3, 4))[0].shape == (0, 7)
    assert match_boxes(MATCHERS["as SSD"], torch.zeros(0, 4), boxes(3, 0).unsqueeze(0))[0].shape == (1, 0)


def test_shapes_are_known_without_values():
    with FakeTensorMode():
        anchors, truths = torch.zeros(5, 7), torch.zeros(2, 5, 3)
        found = match_to_boxes(anchors, truths, 0.5, False)
        assert [tuple(one.shape) for one in found] == [(2, 7), (2, 7), (2, 7), (2, 3)]
        assert anchors_at_most(anchors, truths, found[3], 0.0).shape == (2, 7)


def test_operators_keep_their_promises():
    anchors, truths = torch.rand(5, 7), torch.rand(2, 5, 3)
    torch.library.opcheck(match_to_boxes, (anchors, truths, 0.1, False))
    torch.library.opcheck(anchors_at_most, (anchors, truths, torch.rand(2, 3), 0.0))


def test_refuses():
    with pytest.raises(ShapeError, match=r"match_boxes: anchors and boxes must be \(N, 4\) and \(B, M, 4\)"):
        match_boxes(MATCHERS["largest"], boxes(3, 0), boxes(3, 0))
    with pytest.raises(NotSupportedError, match="match_boxes: matcher must be one of BipartiteMatcher"):
        match_boxes(nn.Flatten(), boxes(3, 0), boxes(3, 0).unsqueeze(0))
