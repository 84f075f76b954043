"""Several metrics as one, and ``create``, which makes any metric."""

from collections.abc import Mapping, Sequence
from typing import Any

from regluon.core.errors import ArgumentError
from regluon.gluon.metric.base import EvalMetric
from regluon.gluon.metric.custom import CustomMetric
from regluon.gluon.metric.registry import alias, from_config, register

__all__ = ["CompositeEvalMetric", "create"]


def create(metric: Any, *args: Any, **kwargs: Any) -> EvalMetric:
    """Make a metric of what describes it. MXNet's ``mx.metric.create``.

    Args:
        metric: a registered name in any case, a function of label and prediction, a list of such things (makes a
            ``CompositeEvalMetric``), a ``get_config()`` or its JSON text, or a metric, which is returned as it is.
        args: passed on to the constructor.
        kwargs: passed on to the constructor.

    Raises:
        UnknownNameError: no metric has this name; the message lists those there are.

    Examples:
        >>> create("acc").name
        'accuracy'
        >>> [child.name for child in create(["acc", "rmse"]).metrics]
        ['accuracy', 'rmse']
    """
    if callable(metric):
        return CustomMetric(metric, *args, **kwargs)
    if isinstance(metric, list):
        return CompositeEvalMetric([create(child, *args, **kwargs) for child in metric])
    return from_config(metric, *args, **kwargs)


@register
@alias("composite")
class CompositeEvalMetric(EvalMetric):
    """Update several metrics with the same batches.

    Args:
        metrics: what ``create`` takes, one by one.

    Examples:
        >>> metric = CompositeEvalMetric(["acc", "mae"])
        >>> metric.update([[1, 0]], [[1, 1]])
        >>> names, values = metric.get()
        >>> names, [float(value) for value in values]
        (['accuracy', 'mae'], [0.5, 0.5])
    """

    def __init__(
        self,
        metrics: Sequence[Any] | None = None,
        name: str = "composite",
        output_names: list[str] | None = None,
        label_names: list[str] | None = None,
    ) -> None:
        self.metrics = [create(metric) for metric in metrics or ()]
        super().__init__(name, output_names, label_names, has_global_stats=True)

    def add(self, metric: Any) -> None:
        """Take in one more metric, or what ``create`` makes one of."""
        self.metrics.append(create(metric))

    def get_metric(self, index: int) -> EvalMetric:
        """Return the metric at ``index``; for a bad one MXNet returns the error, which is raised here."""
        if not -len(self.metrics) <= index < len(self.metrics):
            raise ArgumentError(f"{self.name}: index must be below {len(self.metrics)}, got {index}")
        return self.metrics[index]

    def update_dict(self, label: Mapping[str, Any], pred: Mapping[str, Any]) -> None:
        """Update each metric with the named labels and predictions, the composite's own choice of names first."""
        if self.label_names is not None:
            label = {name: array for name, array in label.items() if name in self.label_names}
        if self.output_names is not None:
            pred = {name: array for name, array in pred.items() if name in self.output_names}
        for metric in self.metrics:
            metric.update_dict(label, pred)

    def update(self, labels: Any, preds: Any) -> None:
        """Update each metric."""
        for metric in self.metrics:
            metric.update(labels, preds)

    def reset(self) -> None:
        """Reset each metric."""
        for metric in self.metrics:
            metric.reset()

    def reset_local(self) -> None:
        """Reset the local totals of each metric."""
        for metric in self.metrics:
            metric.reset_local()

    def get(self) -> tuple[list[str], list[Any]]:
        """Return all names and all values."""
        return _unzip([pair for metric in self.metrics for pair in metric.get_name_value()])

    def get_global(self) -> tuple[list[str], list[Any]]:
        """Return all names and all global values."""
        return _unzip([pair for metric in self.metrics for pair in metric.get_global_name_value()])

    def get_config(self) -> dict[str, Any]:
        """Return what ``create(**config)`` needs to make it again, metrics included."""
        return super().get_config() | {"metrics": [metric.get_config() for metric in self.metrics]}


def _unzip(pairs: list[tuple[str, Any]]) -> tuple[list[str], list[Any]]:
    return [name for name, _ in pairs], [value for _, value in pairs]
