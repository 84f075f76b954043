"""What training loops call after batches and epochs: ``mx.callback``. All of them write to the root logger."""

import logging
import math
import time
from collections.abc import Callable
from typing import Any

from regluon.model import BatchEndParam, save_checkpoint

__all__ = [
    "LogValidationMetricsCallback",
    "ProgressBar",
    "Speedometer",
    "do_checkpoint",
    "log_train_metric",
    "module_checkpoint",
]


def do_checkpoint(prefix: str, period: int = 1) -> Callable[[int, Any, Any, Any], None]:
    """Make what saves a checkpoint every few epochs; see ``model.save_checkpoint``.

    Args:
        prefix: what the files' names begin with.
        period: how many epochs.
    """
    period = max(1, int(period))

    def save(iter_no: int, sym: Any, arg: Any, aux: Any) -> None:
        if (iter_no + 1) % period == 0:
            save_checkpoint(prefix, iter_no + 1, sym, arg, aux)

    return save


def module_checkpoint(
    mod: Any, prefix: str, period: int = 1, save_optimizer_states: bool = False
) -> Callable[..., None]:  # fmt: skip
    """Make what has a module save itself every few epochs.

    Args:
        mod: anything with ``save_checkpoint(prefix, epoch, save_optimizer_states)``.
        prefix: what the files' names begin with.
        period: how many epochs.
        save_optimizer_states: handed on.
    """
    period = max(1, int(period))

    def save(iter_no: int, sym: Any = None, arg: Any = None, aux: Any = None) -> None:  # noqa: ARG001
        if (iter_no + 1) % period == 0:
            mod.save_checkpoint(prefix, iter_no + 1, save_optimizer_states)

    return save


def log_train_metric(period: int, auto_reset: bool = False) -> Callable[[BatchEndParam], None]:
    """Make what logs the metric every few batches.

    Args:
        period: how many batches.
        auto_reset: begin the metric's local count anew each time.
    """

    def log(param: BatchEndParam) -> None:
        if param.nbatch % period == 0 and param.eval_metric is not None:
            for name, value in param.eval_metric.get_name_value():
                logging.info("Iter[%d] Batch[%d] Train-%s=%f", param.epoch, param.nbatch, name, value)
            if auto_reset:
                param.eval_metric.reset_local()

    return log


class Speedometer:
    """Log the speed and the metric every few batches.

    Args:
        batch_size: items in a batch.
        frequent: how many batches.
        auto_reset: begin the metric's local count anew each time.
    """

    def __init__(self, batch_size: int, frequent: int = 50, auto_reset: bool = True) -> None:
        self.batch_size, self.frequent, self.auto_reset = batch_size, frequent, auto_reset
        self.init = False
        self.tic = 0.0
        self.last_count = 0

    def __call__(self, param: BatchEndParam) -> None:
        """Count a batch."""
        count = param.nbatch
        if self.last_count > count:
            self.init = False
        self.last_count = count
        if not self.init:
            self.init, self.tic = True, time.time()
        elif count % self.frequent == 0:
            took = time.time() - self.tic
            self._log(param, self.frequent * self.batch_size / took if took else math.inf)
            self.tic = time.time()

    def _log(self, param: BatchEndParam, speed: float) -> None:
        count, metric = param.nbatch, param.eval_metric
        if metric is None:
            logging.info("Iter[%d] Batch [%d]\tSpeed: %.2f samples/sec", param.epoch, count, speed)
            return
        pairs = metric.get_name_value()
        if self.auto_reset:
            metric.reset_local()
        since = count - self.frequent if self.auto_reset else 0
        logging.info(
            "Epoch[%d] Batch [%d-%d]\tSpeed: %.2f samples/sec" + "\t%s=%f" * len(pairs),
            *(param.epoch, since, count, speed),
            *(part for pair in pairs for part in pair),
        )


class ProgressBar:
    """Log a bar of how far the epoch is.

    Args:
        total: batches in an epoch.
        length: letters of the bar.
    """

    def __init__(self, total: int, length: int = 80) -> None:
        self.total, self.bar_len = total, length

    def __call__(self, param: BatchEndParam) -> None:
        """Count a batch."""
        done = param.nbatch / self.total
        filled = round(self.bar_len * done)
        logging.info("[%s] %s%s\r", "=" * filled + "-" * (self.bar_len - filled), math.ceil(100.0 * done), "%")


class LogValidationMetricsCallback:
    """Log the metric at the end of an epoch."""

    def __call__(self, param: BatchEndParam) -> None:
        """Count an epoch."""
        if param.eval_metric:
            for name, value in param.eval_metric.get_name_value():
                logging.info("Epoch[%d] Validation-%s=%f", param.epoch, name, value)
