"""box_encode and box_decode: a loop over anchors, one undoing the other, and indices that are not there."""

import math

import numpy as np
import pytest
import torch
from torch import Tensor

from regluon import th
from regluon.core.errors import ShapeError
from regluon.ops.contrib.box_format import to_center

encode, decode = th.contrib.box_encode, th.contrib.box_decode


def corner_boxes(*shape: int) -> Tensor:
    low = torch.rand(*shape, 2, dtype=torch.float64)
    return torch.cat([low, low + 0.1 + torch.rand(*shape, 2, dtype=torch.float64)], -1)


def test_encode_equals_its_definition() -> None:
    anchors, refs = corner_boxes(2, 6), corner_boxes(2, 3)
    samples = torch.tensor([[1, 0, -1, 0.6, 0.5, 1], [0, 1, 1, 1, 0, 0]], dtype=torch.float64)
    matches = torch.tensor([[0, 1, 2, 2.9, 0, 1], [2, 0, 1, 2, 0, 0]], dtype=torch.float64)
    means, stds = torch.tensor([0.1, 0.2, 0.3, 0.4]).double(), torch.tensor([0.5, 1.0, 2.0, 4.0]).double()
    targets, masks = encode(samples, matches, anchors, refs, means, stds)
    for b in range(2):
        for n in range(6):
            if samples[b, n] <= 0.5:
                assert not targets[b, n].any()
                assert not masks[b, n].any()
                continue
            a, r = to_center(anchors[b, n]).tolist(), to_center(refs[b, int(matches[b, n])]).tolist()
            raw = [(r[0] - a[0]) / a[2], (r[1] - a[1]) / a[3], math.log(r[2] / a[2]), math.log(r[3] / a[3])]
            np.testing.assert_allclose(targets[b, n], (np.array(raw) - means.numpy()) / stds.numpy(), rtol=1e-12)
            assert masks[b, n].tolist() == [1] * 4


@pytest.mark.parametrize("format", ["corner", "center"])
def test_decode_undoes_encode(format: str) -> None:
    anchors, refs, stds = corner_boxes(1, 5), corner_boxes(3, 5), [0.1, 0.2, 0.5, 2.0]
    matches = torch.arange(5).double().expand(3, 5)
    targets, _ = encode(
        torch.ones(3, 5).double(), matches, anchors.expand(3, 5, 4), refs, torch.zeros(4), torch.tensor(stds)
    )
    attrs = {f"std{i}": std for i, std in enumerate(stds)}
    given = anchors if format == "corner" else to_center(anchors)
    torch.testing.assert_close(decode(targets, given, format=format, **attrs), refs, rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize(("clip", "bound"), [(-1.0, 3.0), (0.0, 3.0), (0.5, 0.5)])
def test_clip_bounds_the_exponent(clip: float, bound: float) -> None:
    data, anchors = torch.tensor([[[0.0, 0, 3, -3]]]), torch.tensor([[[1.0, 1, 2, 2]]])
    left, top, right, bottom = decode(data, anchors, clip=clip).flatten().tolist()
    assert right - left == pytest.approx(2 * math.exp(bound), rel=1e-5)
    assert bottom - top == pytest.approx(2 * math.exp(-3), rel=1e-5)


@pytest.mark.parametrize(("match", "nearest"), [(-1.0, 0), (7.0, 1)])
def test_a_match_that_is_not_there_counts_as_the_nearest(match: float, nearest: int) -> None:
    anchors, refs = corner_boxes(1, 1), corner_boxes(1, 2)
    rest = (anchors, refs, torch.zeros(4), torch.ones(4))
    found = encode(torch.ones(1, 1), torch.tensor([[match]]), *rest)
    torch.testing.assert_close(found, encode(torch.ones(1, 1), torch.tensor([[float(nearest)]]), *rest))


def test_without_boxes_there_is_nothing_to_learn() -> None:
    targets, masks = encode(
        torch.ones(2, 3), torch.zeros(2, 3), torch.rand(2, 3, 4), torch.zeros(2, 0, 4), torch.zeros(4), torch.ones(4)
    )
    assert targets.shape == masks.shape == (2, 3, 4)
    assert not targets.any()
    assert not masks.any()


def test_no_gradient_flows() -> None:
    data, anchors = torch.rand(1, 2, 4, requires_grad=True), torch.rand(1, 2, 4, requires_grad=True)
    assert not decode(data, anchors).requires_grad
    ones = torch.ones(1, 2)
    assert not any(one.requires_grad for one in encode(ones, ones, anchors, data, torch.zeros(4), torch.ones(4)))


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_half_precision(dtype: torch.dtype) -> None:
    data, anchors = torch.randn(2, 5, 4).to(dtype), to_center(corner_boxes(1, 5)).to(dtype)
    found = decode(data, anchors)
    assert found.dtype == dtype
    torch.testing.assert_close(found.double(), decode(data.double(), anchors.double()), rtol=5e-2, atol=5e-2)


PLACES = {"samples": (2, 3), "matches": (2, 3), "anchors": (2, 3, 4), "refs": (2, 5, 4), "means": (4,), "stds": (4,)}


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"samples": (3,)}, r"samples and matches must be \(B, N\) .*, got shapes \(3,\), \(2, 3\) and \(2, 3, 4\)"),
        ({"matches": (2, 4)}, r"samples and matches must be \(B, N\)"),
        ({"anchors": (1, 3, 4)}, r"anchors \(B, N, 4\), got shapes"),
        ({"refs": (1, 5, 4)}, r"refs must be \(2, M, 4\), got shape \(1, 5, 4\)"),
        ({"means": (3,)}, r"means and stds must be \(4,\), got \(3,\) and \(4,\)"),
    ],
)
def test_encode_refuses(wrong: dict, words: str) -> None:
    with pytest.raises(ShapeError, match=f"^box_encode: .*{words}"):
        encode(*[torch.ones(shape) for shape in {**PLACES, **wrong}.values()])


@pytest.mark.parametrize(("data", "anchors"), [((2, 3, 4), (2, 3, 4)), ((3, 4), (1, 3, 4)), ((2, 3, 5), (1, 3, 5))])
def test_decode_refuses(data: tuple, anchors: tuple) -> None:
    with pytest.raises(ShapeError, match=r"^box_decode: data must be \(B, N, 4\) and anchors \(1, N, 4\), got shapes"):
        decode(torch.zeros(data), torch.zeros(anchors))
