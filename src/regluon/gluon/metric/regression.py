"""Metrics of predicted quantities."""

from abc import ABC, abstractmethod
from typing import Any

import numpy as np

from regluon.core.array import as_numpy
from regluon.core.errors import ArgumentError
from regluon.gluon.metric.base import EvalMetric, check_label_shapes
from regluon.gluon.metric.registry import alias, register

__all__ = ["MAE", "MSE", "RMSE", "PearsonCorrelation"]


class _BatchError(EvalMetric, ABC):
    """Average over arrays what ``_error`` makes of the differences in one."""

    def __init__(self, name: str, output_names: list[str] | None = None, label_names: list[str] | None = None) -> None:
        super().__init__(name, output_names, label_names, has_global_stats=True)

    def update(self, labels: Any, preds: Any) -> None:
        """Add the error of each array; every array counts as one instance, whatever its size.

        Args:
            labels: ``(N,)`` or ``(N, ...)`` arrays.
            preds: arrays that broadcast with the labels, ``(N,)`` taken as ``(N, 1)``.
        """
        labels, preds = check_label_shapes(labels, preds, wrap=True)
        for label, pred in zip(labels, preds, strict=True):
            self._add(self._error(_column(as_numpy(label)) - _column(as_numpy(pred))), 1)

    @abstractmethod
    def _error(self, difference: np.ndarray) -> Any: ...


@register
class MAE(_BatchError):
    """Average the mean absolute error of the batches.

    Examples:
        >>> metric = MAE()
        >>> metric.update(np.array([2.5, 0, 2, 8]), np.array([3, -0.5, 2, 7]))
        >>> float(metric.get()[1])
        0.5
    """

    def __init__(
        self, name: str = "mae", output_names: list[str] | None = None, label_names: list[str] | None = None
    ) -> None:
        super().__init__(name, output_names, label_names)

    def _error(self, difference: np.ndarray) -> Any:
        return np.abs(difference).mean()


@register
class MSE(_BatchError):
    """Average the mean squared error of the batches.

    Examples:
        >>> metric = MSE()
        >>> metric.update(np.array([2.5, 0, 2, 8]), np.array([3, -0.5, 2, 7]))
        >>> float(metric.get()[1])
        0.375
    """

    def __init__(
        self, name: str = "mse", output_names: list[str] | None = None, label_names: list[str] | None = None
    ) -> None:
        super().__init__(name, output_names, label_names)

    def _error(self, difference: np.ndarray) -> Any:
        return (difference**2.0).mean()


@register
class RMSE(_BatchError):
    """Average the root of the mean squared error of the batches: the mean of the roots, not the root of the mean.

    Examples:
        >>> metric = RMSE()
        >>> metric.update(np.array([2.5, 0, 2, 8]), np.array([3, -0.5, 2, 7]))
        >>> round(float(metric.get()[1]), 6)
        0.612372
    """

    def __init__(
        self, name: str = "rmse", output_names: list[str] | None = None, label_names: list[str] | None = None
    ) -> None:
        super().__init__(name, output_names, label_names)

    def _error(self, difference: np.ndarray) -> Any:
        return np.sqrt((difference**2.0).mean())


@register
@alias("pearsonr")
class PearsonCorrelation(EvalMetric):
    """Correlate predictions with labels.

    With ``micro`` MXNet's ``get_global`` gives 0 and its ``reset_local`` keeps the old batches; here both do as
    they say.

    Args:
        average: ``macro`` averages the correlation of each array, ``micro`` correlates all elements at once.

    Examples:
        >>> metric = PearsonCorrelation()
        >>> metric.update([[1, 0], [0, 1], [0, 1]], [[0.3, 0.7], [0, 1.0], [0.4, 0.6]])
        >>> round(float(metric.get()[1]), 6)
        0.333333
    """

    def __init__(
        self,
        name: str = "pearsonr",
        output_names: list[str] | None = None,
        label_names: list[str] | None = None,
        average: str = "macro",
    ) -> None:
        if average not in ("macro", "micro"):
            raise ArgumentError(f"PearsonCorrelation: average must be one of 'macro', 'micro', got {average!r}")
        self.average = average
        super().__init__(name, output_names, label_names, has_global_stats=True, average=average)

    def update(self, labels: Any, preds: Any) -> None:
        """Add arrays of any shape, each label of its prediction's shape."""
        labels, preds = check_label_shapes(labels, preds, wrap=True)
        for label, pred in zip(labels, preds, strict=True):
            label, pred = check_label_shapes(as_numpy(label), as_numpy(pred), shape=True)
            pair = np.stack([pred.ravel(), label.ravel()]).astype(np.float64)
            if self.average == "macro":
                self._add(np.asarray(np.corrcoef(pair))[0, 1], 1)
            else:
                self._moments = _merge(self._moments, _moments(pair))
                self._global_moments = _merge(self._global_moments, _moments(pair))
                self.num_inst += 1
                self.global_num_inst += 1
                self.sum_metric = _correlation(self._moments) * self.num_inst
                self.global_sum_metric = _correlation(self._global_moments) * self.global_num_inst

    def reset(self) -> None:
        """Forget everything."""
        self._global_moments = _moments(np.zeros((2, 0)))
        super().reset()

    def reset_local(self) -> None:
        """Forget what came since the last ``reset_local``."""
        self._moments = _moments(np.zeros((2, 0)))
        super().reset_local()


def _column(array: np.ndarray) -> np.ndarray:
    return array.reshape(-1, 1) if array.ndim == 1 else array


_Moments = tuple[int, np.ndarray, np.ndarray]  # count, means (2,), sums of products of deviations (2, 2)


def _moments(pair: np.ndarray) -> _Moments:
    count = pair.shape[1]
    mean = pair.sum(axis=1) / max(count, 1)
    deviation = pair - mean[:, None]
    return count, mean, deviation @ deviation.T


def _merge(left: _Moments, right: _Moments) -> _Moments:
    # Chan, Golub and LeVeque, "Updating formulae and a pairwise algorithm for computing sample variances", 1979.
    count = left[0] + right[0]
    weight = right[0] / max(count, 1)
    shift = right[1] - left[1]
    return count, left[1] + shift * weight, left[2] + right[2] + np.outer(shift, shift) * left[0] * weight


def _correlation(moments: _Moments) -> Any:
    products = moments[2]
    with np.errstate(invalid="ignore", divide="ignore"):
        return products[0, 1] / np.sqrt(products[0, 0] * products[1, 1])
