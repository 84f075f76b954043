"""The metric every other one extends, and the check on what goes into it.

A metric sums over batches: ``update`` adds to a *local* and to a *global* total, ``reset_local`` forgets the
first (at a logging step), ``reset`` both (at an epoch's end).
"""

from collections.abc import Mapping
from typing import Any

from regluon.core.errors import ArgumentError, NotSupportedError, ShapeError

__all__ = ["EvalMetric", "check_label_shapes"]


def check_label_shapes(labels: Any, preds: Any, wrap: bool = False, shape: bool = False) -> tuple[Any, Any]:
    """Refuse labels and predictions that do not pair up.

    Args:
        labels: an array or a list of arrays.
        preds: an array or a list of arrays.
        wrap: make a list of one out of a single array.
        shape: compare whole shapes; without it, only lengths.

    Returns:
        ``labels`` and ``preds``, as lists if ``wrap``.

    Raises:
        ShapeError: they differ in what is compared.

    Examples:
        >>> check_label_shapes([1, 2], [3, 4])
        ([1, 2], [3, 4])
    """
    label_shape, pred_shape = (tuple(labels.shape), tuple(preds.shape)) if shape else (len(labels), len(preds))
    if label_shape != pred_shape:
        what = "shape" if shape else "length"
        raise ShapeError(f"metric: labels must be of the {what} of preds, got {label_shape} and {pred_shape}")
    if wrap:
        labels, preds = (x if isinstance(x, (list, tuple)) else [x] for x in (labels, preds))
    return labels, preds


class EvalMetric:
    """Average something over batches; extend it and write ``update``. MXNet's ``mx.metric.EvalMetric``.

    Args:
        name: the name shown beside the value.
        output_names: the predictions that ``update_dict`` picks; all of them if None.
        label_names: the labels that ``update_dict`` picks; all of them if None.
        has_global_stats: whether ``update`` keeps the global totals as well.
        kwargs: further arguments of the constructor, kept for ``get_config``.

    Examples:
        >>> class Batches(EvalMetric):
        ...     def update(self, labels, preds):
        ...         self._add(1, 1)
        >>> metric = Batches("batches")
        >>> metric.update(None, None)
        >>> metric.get()
        ('batches', 1.0)
    """

    num_inst: Any
    sum_metric: Any
    global_num_inst: Any
    global_sum_metric: Any

    def __init__(
        self,
        name: str,
        output_names: list[str] | None = None,
        label_names: list[str] | None = None,
        has_global_stats: bool = False,
        **kwargs: Any,
    ) -> None:
        self.name: Any = str(name)
        self.output_names = output_names
        self.label_names = label_names
        self._has_global_stats = has_global_stats
        self._kwargs = kwargs
        self.reset()

    def __str__(self) -> str:
        return f"EvalMetric: {dict(self.get_name_value())}"

    def get_config(self) -> dict[str, Any]:
        """Return what ``create(**config)`` needs to make the metric again."""
        return self._kwargs | {
            "metric": type(self).__name__,
            "name": self.name,
            "output_names": self.output_names,
            "label_names": self.label_names,
        }

    def update_dict(self, label: Mapping[str, Any], pred: Mapping[str, Any]) -> None:
        """Update with the labels and predictions that ``label_names`` and ``output_names`` pick by name."""
        self.update(
            self._pick("label_names", self.label_names, label), self._pick("output_names", self.output_names, pred)
        )

    def update(self, labels: Any, preds: Any) -> None:  # noqa: ARG002
        """Add a batch.

        Args:
            labels: an array of labels, or a list of them.
            preds: an array of predictions, or a list of them.
        """
        raise NotSupportedError(f"{type(self).__name__}: update must be written by the class that extends EvalMetric")

    def reset(self) -> None:
        """Forget everything."""
        self.global_num_inst = 0
        self.global_sum_metric = 0.0
        self.reset_local()

    def reset_local(self) -> None:
        """Forget what came since the last ``reset_local``; the global totals stay."""
        self.num_inst = 0
        self.sum_metric = 0.0

    def get(self) -> tuple[Any, Any]:
        """Return the name and the local average; NaN before the first update."""
        return self.name, self._value(self.sum_metric, self.num_inst)

    def get_global(self) -> tuple[Any, Any]:
        """Return the name and the average since ``reset``; a metric without global totals gives ``get()``."""
        if not self._has_global_stats:
            return self.get()
        return self.name, self._value(self.global_sum_metric, self.global_num_inst)

    def get_name_value(self) -> list[tuple[str, Any]]:
        """Return ``get()`` as a list of pairs of name and value."""
        return _pairs(*self.get())

    def get_global_name_value(self) -> list[tuple[str, Any]]:
        """Return ``get_global()`` as a list of pairs of name and value."""
        return _pairs(*self.get_global())

    def _add(self, total: Any, count: Any) -> None:
        """Add ``total``, summed over ``count`` instances, to the local and the global totals."""
        self.sum_metric += total
        self.num_inst += count
        self.global_sum_metric += total
        self.global_num_inst += count

    def _value(self, total: Any, count: Any) -> Any:
        """Return what ``count`` instances that sum to ``total`` are worth."""
        return total / count if count else float("nan")

    def _pick(self, argument: str, names: list[str] | None, arrays: Mapping[str, Any]) -> list[Any]:
        if names is None:
            return list(arrays.values())
        missing = [name for name in names if name not in arrays]
        if missing:
            raise ArgumentError(f"{self.name}: {argument} must be among {list(arrays)}, got {missing}")
        return [arrays[name] for name in names]


def _pairs(names: Any, values: Any) -> list[tuple[str, Any]]:
    names = names if isinstance(names, list) else [names]
    values = values if isinstance(values, list) else [values]
    return list(zip(names, values, strict=True))
