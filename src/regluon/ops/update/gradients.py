"""What every step does first: scale the gradient, bound it, and let the weight decay."""

from torch import Tensor

from regluon.core.errors import ShapeError
from regluon.ops.registry import Attributes, Shapes

__all__ = ["all_alike", "bounded", "check_shapes"]


def all_alike(shapes: Shapes, attributes: Attributes) -> Shapes:
    """Give gradient and states the shape of the weight."""
    known = next((shape for name, shape in shapes.items() if shape is not None and name != "rescale_grad"), None)
    return {name: (1,) if name == "rescale_grad" else known for name in shapes} if known else {}


def check_shapes(who: str, weight: Tensor, **others: Tensor) -> None:
    """Raise unless gradient and states have the weight's shape."""
    for name, values in others.items():
        if values.shape != weight.shape:
            raise ShapeError(
                f"{who}: {name} must have the shape of weight, {tuple(weight.shape)}, got {tuple(values.shape)}"
            )


def bounded(values: Tensor, bound: float) -> Tensor:
    """Bring numbers into ``[-bound, bound]``; a negative bound is none."""
    return values.clamp(-bound, bound) if bound >= 0 else values
