"""Small activations that networks of the zoo are made of."""

from typing import Any

from regluon.gluon.hybrid import HybridBlock
from regluon.gluon.model_zoo.vision.mobilenet import ReLU6

__all__ = ["HardSigmoid", "HardSwish", "ReLU6"]


class HardSigmoid(HybridBlock):
    """Climb from 0 at -3 to 1 at 3 along a line (Howard et al., 2019); GluonCV's ``HardSigmoid``.

    Args:
        names: ``prefix`` and ``params``.

    Examples:
        >>> from regluon import nd
        >>> HardSigmoid()(nd.array([-4, 0, 1.5])).asnumpy()
        array([0.  , 0.5 , 0.75], dtype=float32)
    """

    def __init__(self, **names: Any) -> None:
        super().__init__(**names)
        self.act = ReLU6()

    def hybrid_forward(self, F: Any, x: Any) -> Any:  # noqa: ARG002
        """Apply it to every element."""
        return self.act(x + 3.0) / 6.0


class HardSwish(HybridBlock):
    """Multiply every element by its ``HardSigmoid`` (Howard et al., 2019); GluonCV's ``HardSwish``.

    Args:
        names: ``prefix`` and ``params``.

    Examples:
        >>> from regluon import nd
        >>> HardSwish()(nd.array([-4, 0, 1.5])).asnumpy()
        array([-0.   ,  0.   ,  1.125], dtype=float32)
    """

    def __init__(self, **names: Any) -> None:
        super().__init__(**names)
        self.act = HardSigmoid()

    def hybrid_forward(self, F: Any, x: Any) -> Any:  # noqa: ARG002
        """Apply it to every element."""
        return x * self.act(x)
