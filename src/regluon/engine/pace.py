"""How fast a run goes, and how long it will still take."""

import time
from collections import deque
from collections.abc import Callable

__all__ = ["Pace", "clock_text"]


class Pace:
    """Count pictures per second and foresee the end of a run of equal epochs, each a training part and the rest.

    The first step of a stretch is not counted: it holds compilation, workers starting, memory being fetched.

    Args:
        epochs: epochs of the run.
        clock: returns seconds; a test gives its own.

    Attributes:
        batch: steps done in this epoch.
        batches: steps of an epoch.
        pictures_per_second: training pictures per second over the last steps, None before there are two.

    Examples:
        >>> seconds = iter([0, 1, 2, 3])
        >>> pace = Pace(epochs=1, clock=lambda: next(seconds))
        >>> pace.start_epoch(batches=10)
        >>> for _ in range(3):
        ...     pace.step(pictures=8)
        >>> pace.pictures_per_second, pace.seconds_left
        (8.0, 7.0)
    """

    def __init__(self, epochs: int, clock: Callable[[], float] = time.monotonic) -> None:
        self.epochs = epochs
        self.batches = 0
        self.batch = 0
        self._clock = clock
        self._epoch = 0
        self._marks: deque[tuple[float, int]] = deque(maxlen=32)
        self._per_batch: float | None = None
        self.pictures_per_second: float | None = None
        self._per_rest = 0.0
        self._rest_since: float | None = None

    def start_epoch(self, batches: int) -> None:
        """Begin the training part of the next epoch."""
        now = self._clock()
        if self._rest_since is not None:
            self._per_rest, self._rest_since = now - self._rest_since, None
        self._epoch += 1
        self.batches, self.batch = batches, 0
        self._marks.clear()

    def step(self, pictures: int) -> None:
        """Count a training step over some pictures."""
        self._marks.append((self._clock(), pictures))
        self.batch += 1
        seconds = self._marks[-1][0] - self._marks[0][0]
        if seconds > 0:
            self._per_batch = seconds / (len(self._marks) - 1)
            self.pictures_per_second = (sum(count for _, count in self._marks) - self._marks[0][1]) / seconds

    def end_training(self) -> None:
        """Begin what comes after the training part: validation and saving."""
        self._rest_since = self._clock()

    @property
    def seconds_left(self) -> float | None:
        """Seconds to the end of the run, None while nothing is known.

        The time validation takes is known, and counted, from the second epoch on.
        """
        if self._per_batch is None:
            return None
        epochs_after = self.epochs - self._epoch
        batches = epochs_after * self.batches + self.batches - self.batch
        # Taken once: a bar asks from its own thread.
        rest, since = self._per_rest, self._rest_since
        if since is not None:
            rest = max(rest - (self._clock() - since), 0.0)
        return batches * self._per_batch + epochs_after * self._per_rest + rest


def clock_text(seconds: float | None) -> str:
    """Write a duration as ``m:ss`` or ``h:mm:ss``; an unknown one as ``-:--``.

    Examples:
        >>> clock_text(83.2), clock_text(3723), clock_text(None)
        ('1:23', '1:02:03', '-:--')
    """
    if seconds is None:
        return "-:--"
    minutes, seconds = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"
