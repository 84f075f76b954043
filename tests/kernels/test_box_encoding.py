"""Boxes as offsets: the compiled loop and its plain-torch twin against the definition, anchor by anchor."""

import math

import numpy as np
import pytest
import torch
from torch import Tensor
from torch._subclasses import FakeTensorMode

from regluon.kernels import box_encoding, jit
from regluon.kernels.box_encoding import encode_boxes, encode_boxes_plain

FORMS = {"custom op": encode_boxes, "plain": encode_boxes_plain}
every_form = pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)


def boxes(*shape: int, seed: int = 0, dtype: torch.dtype = torch.float32) -> Tensor:
    drawn = torch.rand(*shape, 4, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)
    drawn[..., 2:] += drawn[..., :2] + 0.1
    return drawn.to(dtype)


def inputs(batch: int, anchors: int, refs: int = 3, dtype: torch.dtype = torch.float32) -> tuple[Tensor, ...]:
    random = torch.Generator().manual_seed(batch)
    chosen = torch.rand(batch, anchors, generator=random) > 0.5
    # Some are outside: they count as the nearest.
    matches = torch.randint(-2, refs + 2, (batch, anchors), generator=random)
    scale = torch.tensor([[0.1, -0.2, 0.3, 0.4], [0.5, 1.0, 2.0, 4.0]], dtype=dtype)
    return chosen, matches, boxes(batch, anchors, seed=1, dtype=dtype), boxes(batch, refs, seed=2, dtype=dtype), scale


@every_form
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_equals_definition(form, dtype: torch.dtype):
    given = inputs(3, 20, dtype=dtype)
    chosen, matches, anchors, refs, (means, stds) = (one.tolist() for one in given)
    offsets, masks = form(*given)
    assert offsets.dtype == masks.dtype == dtype
    for b, n in np.ndindex(3, 20):
        if not chosen[b][n]:
            assert offsets[b, n].tolist() == masks[b, n].tolist() == [0] * 4
            continue
        a, r = anchors[b][n], refs[b][min(max(matches[b][n], 0), 2)]
        size = [a[2] - a[0], a[3] - a[1]]
        raw = [(r[k] + r[k + 2] - a[k] - a[k + 2]) / 2 / size[k] for k in range(2)]
        raw += [math.log((r[k + 2] - r[k]) / size[k]) for k in range(2)]
        expected = [(value - mean) / std for value, mean, std in zip(raw, means, stds, strict=True)]
        rtol, atol = (1e-12, 1e-14) if dtype == torch.float64 else (1e-4, 1e-5)
        np.testing.assert_allclose(offsets[b, n], expected, rtol=rtol, atol=atol)
        assert masks[b, n].tolist() == [1] * 4


def test_number_of_threads_changes_nothing(threads):
    given, answers = inputs(7, 1000), []
    for count in (1, 2, 5):
        threads(count)
        answers.append(encode_boxes(*given))
    assert all(map(torch.equal, answers[0], answers[1]))
    assert all(map(torch.equal, answers[0], answers[2]))


@every_form
@pytest.mark.parametrize(("batch", "anchors"), [(0, 3), (2, 0)])
def test_nothing_to_encode(form, batch: int, anchors: int):
    assert [one.shape for one in form(*inputs(batch, anchors))] == [(batch, anchors, 4)] * 2


@every_form
def test_memory_may_be_strided_and_is_left_alone(form):
    given = inputs(2, 30)
    strided = [one.mT.contiguous().mT for one in given]
    before = [one.clone() for one in strided]
    assert all(map(torch.equal, form(*strided), form(*given)))
    assert all(map(torch.equal, strided, before))


def test_torch_accepts_the_operator():
    assert set(torch.library.opcheck(encode_boxes, inputs(2, 5)).values()) == {"SUCCESS"}


def test_plain_copies_nothing_to_the_host():
    # A fake tensor has no values: whoever asks for one gets an error.
    with FakeTensorMode() as mode:
        assert encode_boxes_plain(*[mode.from_tensor(one) for one in inputs(2, 5)])[0].shape == (2, 5, 4)


def test_without_a_compiler_plain_torch_answers(monkeypatch):
    given = inputs(2, 30)
    monkeypatch.setattr(jit, "available", lambda: False)
    monkeypatch.setattr(box_encoding, "write_offsets", None)
    assert all(map(torch.equal, encode_boxes(*given), encode_boxes_plain(*given)))


@pytest.mark.gpu
def test_accelerator_agrees_with_the_cpu(device):
    given = inputs(2, 30)
    for found, expected in zip(encode_boxes(*[one.to(device) for one in given]), encode_boxes(*given), strict=True):
        torch.testing.assert_close(found.cpu(), expected)
