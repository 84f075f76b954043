"""Batches of sequences of unequal lengths.

Sequences run along the first axis, steps ``T``, and lie side by side along the second, ``B``; with ``axis=1`` it is the
other way round. Lengths are cut down to ints and held within 0 and T (MXNet reads beyond its memory there).
"""

from typing import Literal

import torch
from torch import Tensor

from regluon.core.errors import ArgumentTypeError, ShapeError
from regluon.ops.registry import Attributes, Shapes, op

__all__ = ["sequence_last", "sequence_mask", "sequence_reverse"]


def _lengths(shapes: Shapes, attributes: Attributes) -> Shapes:
    """Give the lengths one number for each sequence."""
    data = shapes["data"]
    if data is None or "sequence_length" not in shapes:
        return shapes
    return {**shapes, "sequence_length": (data[1 - attributes["axis"]],)}


def _unused(attributes: Attributes) -> tuple[str, ...]:
    return () if attributes["use_sequence_length"] else ("sequence_length",)


@op("SequenceMask", complete=_lengths, omit=_unused)
def sequence_mask(
    data: Tensor,
    sequence_length: Tensor | None = None,
    use_sequence_length: bool = False,
    value: float = 0.0,
    axis: Literal[0, 1] = 0,
) -> Tensor:
    """Put a value behind the end of every sequence.

    Args:
        data: ``(T, B, *)``.
        sequence_length: ``(B,)`` lengths.
        use_sequence_length: whether there are lengths; if not, nothing is changed.
        value: the value.
        axis: axis of the steps.

    Returns:
        ``(T, B, *)``.

    Examples:
        >>> sequence_mask(torch.ones(3, 2), torch.tensor([1.0, 3.0]), use_sequence_length=True)
        tensor([[1., 1.],
                [0., 1.],
                [0., 1.]])
    """
    lengths = _read("SequenceMask", data, sequence_length, use_sequence_length, axis)
    if lengths is None:
        return data.clone()
    steps = _steps(data, axis)
    return torch.where(steps < lengths, data, torch.full((), value, dtype=data.dtype, device=data.device))


@op("SequenceLast", complete=_lengths, omit=_unused)
def sequence_last(
    data: Tensor,
    sequence_length: Tensor | None = None,
    use_sequence_length: bool = False,
    axis: Literal[0, 1] = 0,
) -> Tensor:
    """Take the last step of every sequence.

    Args:
        data: ``(T, B, *)``.
        sequence_length: ``(B,)`` lengths.
        use_sequence_length: whether there are lengths; if not, all are T.
        axis: axis of the steps.

    Returns:
        ``(B, *)``.

    Examples:
        >>> sequence_last(torch.arange(6.0).reshape(3, 2), torch.tensor([1.0, 3.0]), use_sequence_length=True)
        tensor([0., 5.])
    """
    lengths = _read("SequenceLast", data, sequence_length, use_sequence_length, axis)
    if lengths is None:
        return data.select(axis, data.shape[axis] - 1)
    shape = list(data.shape)
    shape[axis] = 1
    return data.gather(axis, (lengths - 1).clamp(min=0).expand(shape)).squeeze(axis)


@op("SequenceReverse", complete=_lengths, omit=_unused)
def sequence_reverse(
    data: Tensor,
    sequence_length: Tensor | None = None,
    use_sequence_length: bool = False,
    axis: Literal[0] = 0,
) -> Tensor:
    """Turn every sequence round; what is behind its end stays.

    Args:
        data: ``(T, B, *)``.
        sequence_length: ``(B,)`` lengths.
        use_sequence_length: whether there are lengths; if not, all are T.
        axis: axis of the steps, the first.

    Returns:
        ``(T, B, *)``.

    Examples:
        >>> sequence_reverse(torch.arange(6.0).reshape(3, 2), torch.tensor([1.0, 3.0]), use_sequence_length=True)
        tensor([[0., 5.],
                [2., 3.],
                [4., 1.]])
    """
    lengths = _read("SequenceReverse", data, sequence_length, use_sequence_length, axis)
    if lengths is None:
        return data.flip(0)
    steps = _steps(data, axis)
    return data.gather(0, torch.where(steps < lengths, lengths - 1 - steps, steps).expand(data.shape))


def _read(who: str, data: Tensor, lengths: Tensor | None, used: bool, axis: int) -> Tensor | None:
    """Bring lengths to a shape that broadcasts against the data; None if there are none."""
    if data.ndim < 2:
        raise ShapeError(f"{who}: data must have 2 axes or more, got shape {tuple(data.shape)}")
    if used != (lengths is not None):
        rule = "be given" if used else "be left out"
        raise ArgumentTypeError(f"{who}: sequence_length must {rule} with use_sequence_length={used}")
    if lengths is None:
        return None
    if tuple(lengths.shape) != (data.shape[1 - axis],):
        raise ShapeError(
            f"{who}: sequence_length must have shape {(data.shape[1 - axis],)}, got {tuple(lengths.shape)}"
        )
    shape = [1] * data.ndim
    shape[1 - axis] = -1
    return lengths.to(torch.int64).clamp(0, data.shape[axis]).reshape(shape)


def _steps(data: Tensor, axis: int) -> Tensor:
    shape = [1] * data.ndim
    shape[axis] = -1
    return torch.arange(data.shape[axis], device=data.device).reshape(shape)
