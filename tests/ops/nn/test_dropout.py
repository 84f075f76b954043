"""Dropout: what stays, how much, and when."""

import pytest
import torch

from regluon import th
from regluon.core.errors import ArgumentError
from regluon.core.mode import mode


def test_outside_of_training_it_copies() -> None:
    data = torch.randn(3, 4)
    found = th.Dropout(data, p=0.9)
    torch.testing.assert_close(found, data)
    found.zero_()
    assert data.abs().sum() > 0


@pytest.mark.parametrize("always", [False, True])
@pytest.mark.parametrize("p", [0.25, 0.75])
def test_the_mean_stays(p: float, always: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mode, "training", not always)
    found = th.Dropout(torch.ones(200_000), p=p, mode="always" if always else "training")
    kept = 1 / (1 - p)
    assert set(found.tolist()) == {0, torch.tensor(kept).item()}
    assert abs((found == 0).float().mean().item() - p) < 0.005


@pytest.mark.parametrize(("axes", "different"), [((1,), (0, 2)), ((0, -1), (1,)), ((0, 1, 2), ())])
def test_axes_share_a_draw(axes: tuple[int, ...], different: tuple[int, ...]) -> None:
    found = th.Dropout(torch.ones(20, 20, 20), p=0.5, mode="always", axes=axes)
    for axis in range(3):
        first = found.narrow(axis, 0, 1).expand_as(found)
        assert torch.equal(found, first) is (axis not in different)


def test_the_gradient_takes_the_same_way() -> None:
    for axes in ((), (1,)):
        data = torch.randn(30, 20, requires_grad=True)
        found = th.Dropout(data, p=0.5, mode="always", axes=axes)
        found.sum().backward()
        assert data.grad is not None
        torch.testing.assert_close(found.detach(), data.detach() * data.grad)
        assert set(data.grad.flatten().tolist()) == {0, 2}


def test_all_and_nothing() -> None:
    data = torch.randn(5)
    torch.testing.assert_close(th.Dropout(data, p=0.0, mode="always"), data)
    assert th.Dropout(data, p=1.0, mode="always").tolist() == [0] * 5


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float64])
def test_keeps_the_type(dtype: torch.dtype) -> None:
    for axes in ((), (0,)):
        assert th.Dropout(torch.ones(4, 4, dtype=dtype), mode="always", axes=axes).dtype == dtype


def test_refuses() -> None:
    with pytest.raises(ArgumentError, match=r"^Dropout: axes must be axes of data of shape \(3,\), got \(1,\)"):
        th.Dropout(torch.zeros(3), mode="always", axes=(1,))
    with pytest.raises(ArgumentError, match=r"^Dropout: p must be a float in \[0, 1\], got 1.5"):
        th.Dropout(torch.zeros(3), p=1.5)
