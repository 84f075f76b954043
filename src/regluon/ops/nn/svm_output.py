"""Scores with the gradient of a hinge loss."""

import torch
from torch import Tensor

from regluon.core.errors import ShapeError
from regluon.ops.gradient import wants_gradient, with_gradient
from regluon.ops.number import single
from regluon.ops.registry import Attributes, Shapes, op

__all__ = ["svm_output"]


def _shapes(shapes: Shapes, attributes: Attributes) -> Shapes:
    data = shapes["data"]
    return {} if data is None else {"label": data[:1]}


@op("SVMOutput", complete=_shapes)
def svm_output(
    data: Tensor,
    label: Tensor,
    margin: float = 1.0,
    regularization_coefficient: float = 1.0,
    use_linear: bool = False,
) -> Tensor:
    """Return scores; their gradient is that of the hinge loss of one class against each other (MXNet, ``SVMOutput``).

    The label's class should score above the margin, every other below its negative; what misses that counts by its
    square, or as it is with ``use_linear``.

    Args:
        data: ``(N, C)`` scores; they get that gradient, whatever comes from above.
        label: ``(N,)`` class numbers. Gets zeros as gradient.
        margin: the margin.
        regularization_coefficient: factor of the gradient.
        use_linear: whether the loss is linear in what is missing.

    Returns:
        ``data``, ``(N, C)``.

    Examples:
        >>> data = torch.tensor([[0.5, -2.0]], requires_grad=True)
        >>> svm_output(data, torch.tensor([0.0])).sum().backward()
        >>> data.grad
        tensor([[-1., 0.]])
    """
    if data.ndim != 2 or label.shape != data.shape[:1]:
        raise ShapeError(
            f"SVMOutput: data must be (N, C) and label (N,), got shapes {tuple(data.shape)} and {tuple(label.shape)}"
        )
    value = data.detach().clone()
    if not wants_gradient(data, label):
        return value
    classes = torch.arange(data.shape[1], device=data.device)
    sign = torch.where(label.detach().to(torch.int64).unsqueeze(1) == classes, 1.0, -1.0).to(data.dtype)
    missing = (single(margin) - sign * value).clamp(min=0)
    size = (missing > 0).to(data.dtype) if use_linear else 2 * missing
    return with_gradient(value, -sign * size * single(regularization_coefficient), data, label)
