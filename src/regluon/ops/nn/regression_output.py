"""Outputs for regression: predictions whose gradient is that of a loss."""

import torch
from torch import Tensor

from regluon.core.errors import ShapeError
from regluon.ops.gradient import wants_gradient, with_gradient
from regluon.ops.number import single
from regluon.ops.registry import Attributes, Shapes, op

__all__ = ["linear_regression_output", "logistic_regression_output", "mae_regression_output"]


def _shapes(shapes: Shapes, attributes: Attributes) -> Shapes:
    data = shapes["data"]
    if data is None:
        return {}
    return {"label": data[:1] if len(data) == 2 and data[1] == 1 else data}


@op("LinearRegressionOutput", complete=_shapes)
def linear_regression_output(data: Tensor, label: Tensor, grad_scale: float = 1.0) -> Tensor:
    """Return predictions; their gradient is that of half the squared error (MXNet, ``LinearRegressionOutput``).

    Args:
        data: ``(N, *X)`` predictions; they get ``(data - label) * grad_scale / size of X``, whatever comes from above.
        label: what is wanted, as many numbers. Gets zeros as gradient.
        grad_scale: factor of the gradient.

    Returns:
        ``data``, of its shape.

    Examples:
        >>> data = torch.tensor([[3.0]], requires_grad=True)
        >>> linear_regression_output(data, torch.tensor([[1.0]])).backward()
        >>> data.grad
        tensor([[2.]])
    """
    return _regression("LinearRegressionOutput", data.detach().clone(), data, label, grad_scale)


@op("LogisticRegressionOutput", complete=_shapes)
def logistic_regression_output(data: Tensor, label: Tensor, grad_scale: float = 1.0) -> Tensor:
    """Return the sigmoid; the gradient is that of the binary cross entropy (MXNet, ``LogisticRegressionOutput``).

    Args:
        data: ``(N, *X)`` scores; they get ``(sigmoid - label) * grad_scale / size of X``, whatever comes from above.
        label: 0 to 1, as many numbers. Gets zeros as gradient.
        grad_scale: factor of the gradient.

    Returns:
        The sigmoid of ``data``, of its shape.

    Examples:
        >>> data = torch.tensor([[0.0]], requires_grad=True)
        >>> logistic_regression_output(data, torch.tensor([[1.0]])).backward()
        >>> data.grad
        tensor([[-0.5000]])
    """
    return _regression("LogisticRegressionOutput", torch.sigmoid(data.detach()), data, label, grad_scale)


@op("MAERegressionOutput", complete=_shapes)
def mae_regression_output(data: Tensor, label: Tensor, grad_scale: float = 1.0) -> Tensor:
    """Return predictions; their gradient is that of the absolute error (MXNet, ``MAERegressionOutput``).

    Args:
        data: ``(N, *X)`` predictions; they get 1 where above the label and -1 elsewhere, times ``grad_scale / size of
            X``, whatever comes from above.
        label: what is wanted, as many numbers. Gets zeros as gradient.
        grad_scale: factor of the gradient.

    Returns:
        ``data``, of its shape.

    Examples:
        >>> data = torch.tensor([[3.0, 3.0]], requires_grad=True)
        >>> mae_regression_output(data, torch.tensor([[1.0, 5.0]])).sum().backward()
        >>> data.grad
        tensor([[ 0.5000, -0.5000]])
    """
    return _regression("MAERegressionOutput", data.detach().clone(), data, label, grad_scale, signs=True)


def _regression(who: str, value: Tensor, data: Tensor, label: Tensor, grad_scale: float, signs: bool = False) -> Tensor:
    if label.numel() != data.numel():
        raise ShapeError(
            f"{who}: label must have as many numbers as data of shape {tuple(data.shape)}, "
            f"got shape {tuple(label.shape)}"
        )
    if not wants_gradient(data, label):
        return value
    wanted = label.detach().reshape(data.shape)
    gradient = torch.where(value > wanted, 1.0, -1.0).to(data.dtype) if signs else value - wanted
    width = label.shape[1:].numel()
    return with_gradient(value, (gradient * (single(grad_scale) / max(width, 1))).to(data.dtype), data, label)
