"""Metrics made from a function, and the one that averages a loss."""

from collections.abc import Callable
from typing import Any

from regluon.core.array import as_numpy
from regluon.core.errors import NotSupportedError
from regluon.gluon.metric.base import EvalMetric, check_label_shapes
from regluon.gluon.metric.registry import register

__all__ = ["CustomMetric", "Loss", "np"]


@register
class Loss(EvalMetric):
    """Average the elements of a loss, whatever their shape; labels are ignored.

    Examples:
        >>> metric = Loss()
        >>> metric.update(None, [[1.0, 2.0], [6.0]])
        >>> metric.get()
        ('loss', 3.0)
    """

    def __init__(
        self, name: str = "loss", output_names: list[str] | None = None, label_names: list[str] | None = None
    ) -> None:
        super().__init__(name, output_names, label_names, has_global_stats=True)

    def update(self, labels: Any, preds: Any) -> None:  # noqa: ARG002
        """Add the elements of the arrays ``preds``."""
        for pred in preds if isinstance(preds, (list, tuple)) else [preds]:
            pred = as_numpy(pred)
            self._add(float(pred.sum()), pred.size)


@register
class CustomMetric(EvalMetric):
    """Average what a function makes of each batch.

    Args:
        feval: takes a label and a prediction as numpy arrays; returns a number, which counts as one instance,
            or a pair of a sum and a count.
        name: the name shown; the function's own if None, as ``custom(<lambda>)`` for a lambda.
        allow_extra_outputs: take more predictions than labels, and leave the last ones out.

    Examples:
        >>> metric = CustomMetric(lambda label, pred: (label == pred).mean())
        >>> metric.update([[1, 2]], [[1, 3]])
        >>> name, value = metric.get()
        >>> name, float(value)
        ('custom(<lambda>)', 0.5)
    """

    def __init__(
        self,
        feval: Callable[..., Any],
        name: str | None = None,
        allow_extra_outputs: bool = False,
        output_names: list[str] | None = None,
        label_names: list[str] | None = None,
    ) -> None:
        if name is None:
            name = str(getattr(feval, "__name__", type(feval).__name__))
            name = f"custom({name})" if "<" in name else name
        super().__init__(name, output_names, label_names, has_global_stats=True)
        self._feval = feval
        self._allow_extra_outputs = allow_extra_outputs

    def update(self, labels: Any, preds: Any) -> None:
        """Add what the function makes of each pair of a label and a prediction."""
        if not self._allow_extra_outputs:
            labels, preds = check_label_shapes(labels, preds, wrap=True)
        for label, pred in zip(labels, preds, strict=False):
            value = self._feval(as_numpy(label), as_numpy(pred))
            self._add(*(value if isinstance(value, tuple) else (value, 1)))

    def get_config(self) -> dict[str, Any]:
        """Refuse: a function cannot be written down."""
        raise NotSupportedError(f"CustomMetric: {self.name} cannot be described, for it is a function")


def np(numpy_feval: Callable[..., Any], name: str | None = None, allow_extra_outputs: bool = False) -> CustomMetric:
    """Make a metric of a function of two numpy arrays, label and prediction; see ``CustomMetric``."""
    return CustomMetric(numpy_feval, name, allow_extra_outputs)
