"""Show how an epoch goes: a live bar on a terminal, a plain line now and then elsewhere, nothing with quiet."""

import time
from collections.abc import Callable, Mapping
from types import TracebackType
from typing import Self

from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table

from regluon.engine.pace import Pace, clock_text
from regluon.engine.talk import Talk

__all__ = ["EpochProgress", "losses_text"]

REDRAWS_PER_SECOND = 5.0
NARROWEST_BAR = 8


class EpochProgress:
    """Follow a run of several epochs: losses, pictures per second, time left over the whole run.

    Args:
        talk: the terminal.
        epochs: epochs of the run.
        every: steps between two plain lines where no bar can be shown.
        clock: returns seconds; a test gives its own.
    """

    def __init__(self, talk: Talk, epochs: int, every: int = 50, clock: Callable[[], float] = time.monotonic) -> None:
        self.pace = Pace(epochs, clock)
        self._talk = talk
        self._every = every
        self._clock = clock
        self._epoch = 0
        self._read_at = float("-inf")
        self._words = ""
        self._live: Live | None = None

    def start_epoch(self, batches: int) -> None:
        """Begin the training part of the next epoch."""
        self._epoch += 1
        self._words = ""
        self.pace.start_epoch(batches)
        if self._live is not None:
            self._live.start()

    def step(self, pictures: int, losses: Callable[[], Mapping[str, float]]) -> None:
        """Show a step, where it is time to show one.

        Args:
            pictures: pictures in the step.
            losses: returns the mean losses of the epoch so far. It is called only for a step that is shown, because
                reading a loss makes a GPU wait.
        """
        self.pace.step(pictures)
        if self._live is not None:
            if self._clock() - self._read_at >= 1 / REDRAWS_PER_SECOND:
                self._read_at = self._clock()
                self._words = losses_text(losses())
        elif self._talk.level != "quiet" and self.pace.batch % self._every == 0 and self.pace.batch < self.pace.batches:
            steps = f"step {self.pace.batch}/{self.pace.batches}"
            self._talk.say(f"{self._place}, {steps}: {losses_text(losses())}  {self._pace_text}")

    def end_training(self) -> None:
        """Begin what comes after the training part: validation and saving."""
        self._words = "validating"
        self.pace.end_training()

    def end_epoch(self, words: str) -> None:
        """Say the line that stays of the epoch."""
        self._talk.say(f"{self._place}: {words}")

    def __enter__(self) -> Self:
        if self._talk.live:
            # A redraw asks for everything anew, so that the time left also counts down where no step is made.
            self._live = Live(
                console=self._talk.console,
                get_renderable=self._frame,
                refresh_per_second=REDRAWS_PER_SECOND,
                transient=True,
                redirect_stdout=False,
            )
        return self

    def __exit__(self, kind: type | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if self._live is not None:
            self._live.stop()
            self._live = None

    @property
    def _place(self) -> str:
        return f"epoch {self._epoch:>{len(str(self.pace.epochs))}}/{self.pace.epochs}"

    @property
    def _pace_text(self) -> str:
        speed = self.pace.pictures_per_second
        rate = "" if speed is None else f"{speed:.0f} images/s  " if speed >= 10 else f"{speed:.1f} images/s  "
        return f"{rate}{clock_text(self.pace.seconds_left)} left"

    def _frame(self) -> Table:
        # The losses are last, because a narrow terminal cuts the end: of them the single ones can be missed.
        place, words = self._place, f"{self._pace_text}  {self._words}"
        room = self._talk.console.width - len(place) - 3
        bar = max(NARROWEST_BAR, room - len(words))
        frame = Table.grid(padding=(0, 1, 0, 0))
        frame.add_column(width=len(place))
        frame.add_column(width=bar)
        frame.add_column(width=max(room - bar, 1), no_wrap=True, overflow="ellipsis")
        frame.add_row(place, ProgressBar(self.pace.batches or None, self.pace.batch, width=bar), words)
        return frame


def losses_text(losses: Mapping[str, float]) -> str:
    """Write losses as their sum and, where there are several, each by name.

    Examples:
        >>> losses_text({"cls_loss": 1.5, "box_loss": 0.25})
        'loss 1.750 (cls 1.500, box 0.250)'
    """
    total = f"loss {sum(losses.values()):.3f}"
    if len(losses) < 2:
        return total
    terms = ", ".join(f"{name.removesuffix('_loss')} {value:.3f}" for name, value in losses.items())
    return f"{total} ({terms})"
