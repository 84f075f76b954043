"""Softmax with the gradient of the cross entropy."""

from typing import Literal

import torch
from torch import Tensor

from regluon.core.errors import ShapeError
from regluon.ops.gradient import wants_gradient, with_gradient
from regluon.ops.number import single
from regluon.ops.registry import Attributes, Shapes, op

__all__ = ["softmax_output"]


def _shapes(shapes: Shapes, attributes: Attributes) -> Shapes:
    data = shapes["data"]
    if data is None:
        return {}
    return {"label": _label_shape(data, attributes["multi_output"], attributes["preserve_shape"])}


def _label_shape(data: tuple[int, ...], multi_output: bool, preserve_shape: bool) -> tuple[int, ...]:
    if multi_output:
        return (data[0], *data[2:])
    return data[:-1] if preserve_shape else data[:1]


@op("SoftmaxOutput", "Softmax", complete=_shapes)
def softmax_output(
    data: Tensor,
    label: Tensor,
    grad_scale: float = 1.0,
    ignore_label: float = -1.0,
    multi_output: bool = False,
    use_ignore: bool = False,
    preserve_shape: bool = False,
    normalization: Literal["null", "batch", "valid"] = "null",
    out_grad: bool = False,
    smooth_alpha: float = 0.0,
) -> Tensor:
    """Turn scores into probabilities, with the gradient of the cross entropy (MXNet, ``SoftmaxOutput``).

    The gradient of the scores is ``probability - wanted``, scaled, whatever gradient the probabilities get; wanted is 1
    for the label's class and 0 for the others, or the label itself where it has the shape of the data.

    Args:
        data: ``(N, *X)`` scores. Classes are all of X, or the last axis with ``preserve_shape``, or axis 1 with
            ``multi_output``.
        label: class numbers, one for each set of classes; or probabilities, as many as scores. Gets zeros as gradient.
        grad_scale: factor of the gradient.
        ignore_label: the label whose scores get no gradient, with ``use_ignore``.
        multi_output: whether axis 1 holds the classes; the gradient is then also divided by the number of places of an
            image, but for ``normalization="valid"``.
        use_ignore: whether a label is ignored.
        preserve_shape: whether the last axis holds the classes.
        normalization: divide the gradient by nothing, by the number of labels (with ``multi_output`` of images), or by
            the number of labels other than ``ignore_label``. Without effect where labels are probabilities.
        out_grad: whether the gradient is multiplied by the probabilities. MXNet's text says by their gradient; its
            release 1.9.1 does this.
        smooth_alpha: how much of 1 is taken from the label's class and shared by the others; not with ``multi_output``.

    Returns:
        Probabilities, of the shape of ``data``.

    Examples:
        >>> data = torch.zeros(1, 2, requires_grad=True)
        >>> softmax_output(data, torch.tensor([1.0])).sum().backward()
        >>> data.grad
        tensor([[ 0.5000, -0.5000]])
    """
    grad_scale = single(grad_scale)
    expected = _label_shape(tuple(data.shape), multi_output, preserve_shape)
    if label.shape != data.shape and label.numel() != torch.Size(expected).numel():
        raise ShapeError(
            f"SoftmaxOutput: label must have shape {expected} for data of shape {tuple(data.shape)}, or that of data, "
            f"got {tuple(label.shape)}"
        )
    axis = -1 if preserve_shape and not multi_output else 1
    if multi_output or preserve_shape:
        scores = data.detach()
    else:
        scores = data.detach().reshape(data.shape[0], data.shape[1:].numel())
    probability = torch.softmax(scores, axis)
    value = probability.reshape(data.shape)
    if not wants_gradient(data, label):
        return value
    if label.shape == data.shape:
        gradient = (probability - label.detach().reshape(scores.shape)) * grad_scale
    else:
        numbers = label.detach().reshape([size for i, size in enumerate(scores.shape) if i != axis % scores.ndim])
        gradient = _gradient(probability, numbers, axis, 0.0 if multi_output else single(smooth_alpha))
        if use_ignore:
            gradient = torch.where((numbers == int(ignore_label)).unsqueeze(axis), 0.0, gradient)
        divisor = data.shape[2:].numel() if multi_output and normalization != "valid" else 1
        if normalization == "batch":
            divisor = divisor * (data.shape[0] if multi_output else numbers.numel())
        gradient = gradient * (grad_scale / max(divisor, 1))
        if normalization == "valid":
            gradient = gradient / (numbers != int(ignore_label)).sum().clamp(min=1)
    if out_grad:
        gradient = gradient * probability
    return with_gradient(value, gradient.reshape(data.shape).to(data.dtype), data, label)


def _gradient(probability: Tensor, numbers: Tensor, axis: int, smooth_alpha: float) -> Tensor:
    """Subtract from probabilities what they should be, given class numbers."""
    classes = probability.shape[axis]
    index = torch.arange(classes, device=probability.device)
    if axis == 1:
        index = index.reshape(-1, *[1] * (probability.ndim - 2))
    # Numbers outside of the classes are nobody's, as in MXNet.
    own = numbers.to(torch.int64).unsqueeze(axis) == index
    others = smooth_alpha / (classes - 1) if classes > 1 else 0.0
    return probability - torch.where(own, 1 - smooth_alpha, others).to(probability.dtype)
