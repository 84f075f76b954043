"""The loop of training, around a model it knows nothing about.

The model's side is a few functions: one step, one validation, one saving, the learning rate. The loop's side is the
rest: epochs, the best and the last weights, the numbers in the run's folder, the bar, stopping early, Ctrl-C.
"""

import math
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, Protocol

import torch

from regluon.core.errors import ArgumentError, MXNetError
from regluon.engine.interrupt import GracefulStop
from regluon.engine.progress import EpochProgress, losses_text
from regluon.engine.run_folder import RunFolder
from regluon.engine.talk import Talk

__all__ = ["Batches", "FitReport", "Learner", "fit"]

Losses = Mapping[str, torch.Tensor | float]
STATUS_EVERY_SECONDS = 5.0


class Batches(Protocol):
    """What an epoch goes over: a list, a data loader, anything that has a length and can be iterated once per epoch."""

    def __len__(self) -> int: ...

    def __iter__(self) -> Iterator[Any]: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Learner:
    """What a model brings to the loop.

    Args:
        train_step: takes a batch, makes one step of the optimiser, returns the losses by name.
        validate: returns the metrics by name, such as ``precision``, ``recall``, ``mAP50``, ``mAP50-95``. A name with a
            slash (``val/cls_loss``) is a column of ``results.csv`` as it is; any other becomes ``metrics/<name>(B)``.
        save: writes the weights of now to ``<path>.safetensors`` or whatever suffixes it likes, with the facts
            (``epoch``, ``metrics``, ``interrupted``) beside them. It must write whole files or none.
        learning_rate: returns the rate of the last step.
        pictures: counts the pictures of a batch.
    """

    train_step: Callable[[Any], Losses]
    validate: Callable[[], Mapping[str, float]]
    save: Callable[[Path, dict[str, Any]], None]
    learning_rate: Callable[[], float] | None = None
    pictures: Callable[[Any], int] = field(
        default=lambda batch: len(batch[0] if isinstance(batch, list | tuple) else batch)
    )


@dataclass(frozen=True, slots=True)
class FitReport:
    """What came of a training.

    Args:
        epochs: epochs done.
        best_epoch: the epoch whose weights are the best, counted from 1; 0 where no epoch had a finite metric.
        metrics: the metrics of the best epoch.
        seconds: time taken.
        reason: ``finished`` all epochs, or ``patience`` ran out.
    """

    epochs: int
    best_epoch: int
    metrics: dict[str, float]
    seconds: float
    reason: Literal["finished", "patience"]


@dataclass(slots=True)
class _Mean:
    """Running means of the losses, kept where the losses are, read only when asked for."""

    sums: dict[str, torch.Tensor | float] = field(default_factory=dict)
    count: int = 0

    def add(self, losses: Losses) -> None:
        for name, value in losses.items():
            self.sums[name] = self.sums.get(name, 0.0) + (value.detach() if isinstance(value, torch.Tensor) else value)
        self.count += 1

    def read(self) -> dict[str, float]:
        means = {name: float(total) / self.count for name, total in self.sums.items()}
        for name, mean in means.items():
            if not math.isfinite(mean):
                raise MXNetError(f"fit: {name} must stay finite, got {mean}; try a lower learning rate")
        return means


def fit(
    batches: Batches,
    learner: Learner,
    folder: RunFolder,
    talk: Talk,
    *,
    epochs: int,
    best_by: str = "mAP50",
    patience: int = 0,
    every: int = 50,
) -> FitReport:
    """Train for some epochs; keep ``weights/last`` of every epoch and ``weights/best`` of the best one.

    Ctrl-C waits for the end of the step under way, keeps the last weights and goes on as a KeyboardInterrupt.

    Args:
        batches: iterated once per epoch; its ``len`` is the number of steps.
        learner: the model's side.
        folder: where numbers and weights go.
        talk: the terminal.
        epochs: passes over ``batches``.
        best_by: the metric that is the higher the better.
        patience: stop when the metric has not risen for this many epochs; 0 never stops early.
        every: steps between two lines where no bar can be shown.

    Returns:
        What came of it.

    Raises:
        ArgumentError: there are no batches, or validation does not return ``best_by``.
        MXNetError: a loss is no longer finite; the weights of the epoch before are kept.
    """
    if len(batches) == 0:
        raise ArgumentError("fit: batches must hold one batch at least, got none")
    started = time.monotonic()
    best_epoch, best = 0, {best_by: -math.inf}
    reason: Literal["finished", "patience"] = "finished"
    epoch = trained = 0
    with GracefulStop() as stop, EpochProgress(talk, epochs, every) as progress:
        try:
            for epoch in range(1, epochs + 1):
                folder.write_status(epoch=epoch, epochs=epochs)
                losses = _train_epoch(batches, learner, folder, progress, stop)
                trained = epoch
                with stop.at_once():
                    metrics = _validate(learner, best_by)
                folder.add_results(_row(epoch, time.monotonic() - started, losses, metrics, learner))
                learner.save(folder.weights / "last", {"epoch": epoch, "metrics": metrics})
                better = metrics[best_by] > best[best_by]
                if better:
                    learner.save(folder.weights / "best", {"epoch": epoch, "metrics": metrics})
                    best_epoch, best = epoch, metrics
                progress.end_epoch(_summary(losses, metrics, best_by, better))
                folder.write_status(metrics=metrics, best_epoch=best_epoch, seconds_left=progress.pace.seconds_left)
                if patience and epoch - best_epoch >= patience:
                    reason = "patience"
                    talk.say(f"stopped: {best_by} has not risen for {patience} epochs")
                    break
            stop.check()
        except KeyboardInterrupt:
            learner.save(folder.weights / "last", {"epoch": trained, "metrics": {}, "interrupted": True})
            talk.warn(f"interrupted in epoch {epoch}; the last weights are in {folder.weights}")
            raise
    return FitReport(epoch, best_epoch, best if best_epoch else {}, time.monotonic() - started, reason)


def _train_epoch(
    batches: Batches,
    learner: Learner,
    folder: RunFolder,
    progress: EpochProgress,
    stop: GracefulStop,
) -> dict[str, float]:
    mean = _Mean()
    told = time.monotonic()
    progress.start_epoch(len(batches))
    for batch in batches:
        stop.check()
        mean.add(learner.train_step(batch))
        progress.step(learner.pictures(batch), mean.read)
        if time.monotonic() - told >= STATUS_EVERY_SECONDS:
            told = time.monotonic()
            pace = progress.pace
            folder.write_status(step=pace.batch, steps=pace.batches, seconds_left=pace.seconds_left)
    stop.check()
    progress.end_training()
    return mean.read()


def _validate(learner: Learner, best_by: str) -> dict[str, float]:
    metrics = {name: float(value) for name, value in learner.validate().items()}
    if best_by not in metrics:
        raise ArgumentError(f"fit: best_by must be one of the metrics {', '.join(metrics)}, got {best_by!r}")
    return metrics


def _row(
    epoch: int, seconds: float, losses: Mapping[str, float], metrics: Mapping[str, float], learner: Learner
) -> dict[str, Any]:
    """Name the columns as the readers of ``results.csv`` know them."""
    row: dict[str, Any] = {"epoch": epoch, "time": seconds}
    row |= {f"train/{name}": value for name, value in losses.items()}
    row |= {f"metrics/{name}(B)": value for name, value in metrics.items() if "/" not in name}
    row |= {name: value for name, value in metrics.items() if "/" in name}
    if learner.learning_rate is not None:
        row["lr/pg0"] = float(learner.learning_rate())
    return row


def _summary(losses: Mapping[str, float], metrics: Mapping[str, float], best_by: str, better: bool) -> str:
    return f"{losses_text(losses)}  {best_by} {metrics[best_by]:.3f}{'  best so far' if better else ''}"
