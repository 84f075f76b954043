"""The loss of labels whose places in a sequence are not known."""

from collections.abc import Sequence
from typing import Literal

import torch
from torch import Tensor

from regluon.core.errors import ArgumentError, ArgumentTypeError, ShapeError
from regluon.kernels.checks import require
from regluon.kernels.ctc import ctc_loss as loss_of
from regluon.ops.registry import Attributes, op

__all__ = ["ctc_loss"]


def _without_lengths(attributes: Attributes) -> Sequence[str]:
    return [name for name in ("data_lengths", "label_lengths") if not attributes[f"use_{name}"]]


@op(
    "CTCLoss",
    "ctc_loss",
    "_contrib_CTCLoss",
    "_contrib_ctc_loss",
    outputs=("output0",),
    hidden=1,
    omit=_without_lengths,
)
def ctc_loss(
    data: Tensor,
    label: Tensor,
    data_lengths: Tensor | None = None,
    label_lengths: Tensor | None = None,
    *,
    use_data_lengths: bool = False,
    use_label_lengths: bool = False,
    blank_label: Literal["first", "last"] = "first",
) -> Tensor:
    """Sum up all ways to read each label off its sequence (Graves et al., 2006; MXNet, ``CTCLoss``).

    The loss is the negative logarithm of the label's probability under a softmax of the data. A sequence that is too
    short for its label has loss 0, and its gradient, which MXNet leaves unwritten, is 0; an empty label is read off as
    blanks alone. Symbols that are not there are an error. Labels count as rounded, lengths without their fraction. Only
    the data get a gradient.

    Args:
        data: ``(T, B, A)`` activations.
        label: ``(B, L)`` symbols of any number type, ``L <= T``. Without ``label_lengths`` a label ends before the
            first padding: 0 if blank is the first symbol, -1 if it is the last.
        data_lengths: ``(B,)`` steps of each sequence, T if left out.
        label_lengths: ``(B,)`` symbols of each label.
        use_data_lengths: whether ``data_lengths`` are given.
        use_label_lengths: whether ``label_lengths`` are given.
        blank_label: whether symbol 0 stands for blank, or symbol ``A - 1``.

    Returns:
        ``(B,)`` losses.

    Examples:
        >>> ctc_loss(torch.zeros(3, 2, 3), torch.tensor([[1, 0], [1, 1]]))
        tensor([1.5041, 3.2958])
    """
    if data.ndim != 3 or 0 in data.shape[::2]:
        raise ShapeError(f"CTCLoss: data must be (T, B, A), T and A not 0, got shape {tuple(data.shape)}")
    steps, items, alphabet = data.shape
    if not data.is_floating_point():
        raise ArgumentTypeError(f"CTCLoss: data must hold floats, got {data.dtype}")
    if label.ndim != 2 or label.shape[0] != items or label.shape[1] > steps:
        raise ShapeError(
            f"CTCLoss: label must be (B, L) with B={items} and L at most T={steps}, got shape {tuple(label.shape)}"
        )
    lengths = _lengths("data_lengths", data_lengths, use_data_lengths, items, steps)
    label_lengths = _lengths("label_lengths", label_lengths, use_label_lengths, items, label.shape[1])
    blank = 0 if blank_label == "first" else alphabet - 1
    label = label.detach()
    if label_lengths is None:
        padding = 0 if blank_label == "first" else -1
        label_lengths = (label != padding).long().cumprod(1).sum(1)
    if lengths is None:
        lengths = torch.full((items,), steps, device=data.device)
    symbols = (label + 0.5).floor().long() if label.is_floating_point() else label.long()
    outside = torch.arange(label.shape[1], device=data.device) >= label_lengths.unsqueeze(1)
    holds = (outside | (symbols >= 0) & (symbols < alphabet)).all(1)
    rule = f"CTCLoss: label must hold symbols in [0, {alphabet}) before its end"
    return loss_of(data, require(symbols, holds, rule), label_lengths, lengths, blank)


def _lengths(name: str, given: Tensor | None, used: bool, items: int, most: int) -> Tensor | None:
    if used is (given is None):
        rule = f"given, as use_{name} is true" if used else f"left out, unless use_{name} is true"
        raise ArgumentError(f"CTCLoss: {name} must be {rule}, got {None if given is None else tuple(given.shape)}")
    if given is None:
        return None
    if tuple(given.shape) != (items,):
        raise ShapeError(f"CTCLoss: {name} must be (B,) = ({items},), got shape {tuple(given.shape)}")
    lengths = given.detach().long()
    return require(lengths, (lengths >= 0) & (lengths <= most), f"CTCLoss: {name} must be in [0, {most}]")
