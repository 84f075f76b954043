"""CTCLoss: MXNet's conventions of padding, lengths and blanks; its sums are tested with the kernel."""

import math
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor
from torch.nn import functional

from regluon import th
from regluon.core.errors import ArgumentError, ArgumentTypeError, ShapeError
from regluon.ops.registry import find

loss = th.CTCLoss


def test_it_has_all_names_of_mxnet() -> None:
    entry = find("CTCLoss")
    assert {"CTCLoss", "ctc_loss", "_contrib_CTCLoss", "_contrib_ctc_loss"} == set(entry.names)
    data, label = torch.zeros(3, 1, 3), torch.tensor([[1, 0]])
    for run in (th.ctc_loss, th.contrib.CTCLoss, th.contrib.ctc_loss):
        assert torch.equal(run(data, label), loss(data, label))


@pytest.mark.parametrize(
    ("label", "attrs", "expected"),
    [
        ([[1, 0]], {}, [1.5040774]),
        ([[1, 1]], {}, [3.295837]),
        ([[1, 2]], {}, [1.686399]),
        ([[1, 1, 1]], {}, [0]),
        ([[1, 0], [0, 0]], {}, [1.5040774, 3.295837]),
        ([[0, 0]], {}, [3.295837]),
        ([[0, -1]], {"blank_label": "last"}, [1.5040774]),
        ([[0, 0]], {"blank_label": "last"}, [3.295837]),
        ([[0, 1]], {"blank_label": "last"}, [1.686399]),
    ],
)
def test_values_of_mxnet(label: list[list[int]], attrs: dict[str, Any], expected: list[float]) -> None:
    found = loss(torch.zeros(3, len(label), 3), torch.tensor(label), **attrs)
    np.testing.assert_allclose(found, expected, rtol=1e-6)


def test_gradients_of_mxnet() -> None:
    data = torch.zeros(3, 1, 3, requires_grad=True)
    loss(data, torch.tensor([[1.0, 0]])).backward()
    sixth, third = 1 / 6, 1 / 3
    expected = [[-sixth, -sixth, third], [0, -third, third], [-sixth, -sixth, third]]
    np.testing.assert_allclose(data.grad[:, 0], expected, atol=1e-6)


@pytest.mark.parametrize("blank_label", ["first", "last"])
def test_gradients_are_the_derivatives(blank_label: str) -> None:
    data = torch.randn(5, 3, 4, dtype=torch.float64, requires_grad=True)
    label = torch.tensor([[1, 2, 0], [2, 2, 1], [0, 0, 0]]) - int(blank_label == "last")
    lengths = torch.tensor([5, 4, 3])

    def run(x: Tensor) -> Tensor:
        return loss(x, label, lengths, use_data_lengths=True, blank_label=blank_label)

    assert torch.autograd.gradcheck(run, [data])


@pytest.mark.parametrize("blank_label", ["first", "last"])
def test_a_label_ends_before_its_first_padding_or_where_its_length_says(blank_label: str) -> None:
    first = blank_label == "first"
    blank, padding, shift = (0, 0, 1) if first else (4, -1, 0)
    data = torch.randn(6, 3, 5)
    symbols = torch.tensor([[2, 1, 3], [0, 2, 2], [3, 0, 1]]) + shift
    lengths, label_lengths = torch.tensor([6, 5, 4]), torch.tensor([3, 2, 1])
    padded = torch.where(torch.arange(3) < label_lengths.unsqueeze(1), symbols, padding)
    expected = functional.ctc_loss(data.log_softmax(2), symbols, lengths, label_lengths, blank=blank, reduction="none")
    rule = {"use_data_lengths": True, "blank_label": blank_label}
    torch.testing.assert_close(loss(data, padded, lengths, **rule), expected)
    torch.testing.assert_close(
        loss(data, symbols, lengths.float(), label_lengths.int(), use_label_lengths=True, **rule), expected
    )
    # What follows the first padding is not read, whatever it is.
    padded[2, 2] = 99
    torch.testing.assert_close(loss(data, padded, lengths, **rule), expected)


def test_the_lengths_of_labels_may_be_the_third_input() -> None:
    data, label, lengths = torch.randn(4, 2, 3), torch.tensor([[1, 2], [2, 1]]), torch.tensor([2, 1])
    expected = loss(data, label, label_lengths=lengths, use_label_lengths=True)
    assert torch.equal(loss(data, label, lengths, use_label_lengths=True), expected)


def test_symbols_are_rounded_and_lengths_cut() -> None:
    data, label = torch.randn(4, 1, 4), torch.tensor([[1, 3]])
    lengths = torch.tensor([3])
    expected = loss(data, label, lengths, use_data_lengths=True)
    for given, cut in ((torch.tensor([[1.2, 2.5]]), torch.tensor([3.9])), (torch.tensor([[0.5, 3.4]]), lengths)):
        torch.testing.assert_close(loss(data, given, cut, use_data_lengths=True), expected)


def test_half_precision_and_other_inputs_get_no_gradient() -> None:
    data = torch.randn(4, 2, 3).half().requires_grad_()
    label, lengths = torch.tensor([[1.0, 2], [2, 1]], requires_grad=True), torch.tensor([4.0, 3], requires_grad=True)
    found = loss(data, label, lengths, use_data_lengths=True)
    assert found.dtype == torch.float16
    found.sum().backward()
    assert data.grad.dtype == torch.float16
    assert label.grad is None
    assert lengths.grad is None


def test_empty() -> None:
    assert loss(torch.zeros(3, 0, 2), torch.zeros(0, 2)).shape == (0,)
    torch.testing.assert_close(loss(torch.zeros(3, 2, 2), torch.zeros(2, 0)), torch.full((2,), 3 * math.log(2)))


def test_compiles() -> None:
    data, label = torch.randn(5, 3, 4, requires_grad=True), torch.tensor([[1, 2, 0], [2, 2, 1], [0, 0, 0]])
    traced = torch.compile(loss, fullgraph=True, backend="eager")
    (found,) = torch.autograd.grad(traced(data, label).sum(), data)
    torch.testing.assert_close(found, torch.autograd.grad(loss(data, label).sum(), data)[0])
    with pytest.raises(ArgumentError, match=r"label must hold symbols in \[0, 4\) before its end, got \[1, 4, 0\]"):
        traced(data, torch.tensor([[1, 2, 0], [1, 4, 0], [0, 0, 0]]))


def test_a_symbol_has_lengths_only_if_used() -> None:
    entry = find("CTCLoss")
    assert list(entry.omit(entry.fill({}))) == ["data_lengths", "label_lengths"]
    assert list(entry.omit(entry.fill({"use_label_lengths": True}))) == ["data_lengths"]
    assert entry.outputs(entry.fill({})) == ("output0",)


DATA, LABEL, TWO = torch.zeros(4, 2, 3), torch.tensor([[1, 2], [2, 0]]), torch.tensor([2, 2])


@pytest.mark.parametrize(
    ("arrays", "attrs", "error", "words"),
    [
        ([DATA[0], LABEL], {}, ShapeError, r"data must be \(T, B, A\), T and A not 0, got shape \(2, 3\)"),
        ([DATA[:0], LABEL], {}, ShapeError, r"data must be \(T, B, A\), T and A not 0, got shape \(0, 2, 3\)"),
        ([DATA.int(), LABEL], {}, ArgumentTypeError, r"data must hold floats, got torch\.int32"),
        ([DATA, LABEL[0]], {}, ShapeError, r"label must be \(B, L\) with B=2 and L at most T=4, got shape \(2,\)"),
        ([DATA, LABEL[:1]], {}, ShapeError, r"with B=2 and L at most T=4, got shape \(1, 2\)"),
        ([DATA[:1], LABEL], {}, ShapeError, r"with B=2 and L at most T=1, got shape \(2, 2\)"),
        (
            [DATA, LABEL, TWO],
            {},
            ArgumentError,
            r"data_lengths must be left out, unless use_data_lengths is true, got \(2,",
        ),
        (
            [DATA, LABEL],
            {"use_data_lengths": True},
            ArgumentError,
            "data_lengths must be given, as use_data_lengths is true",
        ),
        (
            [DATA, LABEL],
            {"use_label_lengths": True},
            ArgumentError,
            "label_lengths must be given, as use_label_lengths is",
        ),
        (
            [DATA, LABEL, TWO[:1]],
            {"use_data_lengths": True},
            ShapeError,
            r"data_lengths must be \(B,\) = \(2,\), got shape",
        ),
        ([DATA, LABEL, TWO + 3], {"use_data_lengths": True}, ArgumentError, r"data_lengths must be in \[0, 4\], got 5"),
        (
            [DATA, LABEL, TWO - 3],
            {"use_data_lengths": True},
            ArgumentError,
            r"data_lengths must be in \[0, 4\], got -1",
        ),
        (
            [DATA, LABEL, TWO + 1],
            {"use_label_lengths": True},
            ArgumentError,
            r"label_lengths must be in \[0, 2\], got 3",
        ),
        ([DATA, LABEL + 1], {}, ArgumentError, r"label must hold symbols in \[0, 3\) before its end, got \[2, 3\]"),
        ([DATA, -LABEL], {}, ArgumentError, r"label must hold symbols in \[0, 3\) before its end, got \[-1, -2\]"),
    ],
)
def test_refuses(arrays: list[Tensor], attrs: dict[str, Any], error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=f"^CTCLoss: .*{words}"):
        loss(*arrays, **attrs)
