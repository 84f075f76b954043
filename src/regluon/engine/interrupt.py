"""Ctrl-C without torn weights: the first one waits for the end of the step under way."""

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType, TracebackType
from typing import Any, Self

__all__ = ["GracefulStop"]


class GracefulStop:
    """Hold back the first Ctrl-C until :meth:`check`; a second one interrupts at once.

    An interrupt in the middle of an optimiser's step, or of writing a file, would leave half of it done. Outside the
    main thread, where Python allows no signal handlers, nothing is changed.

    Examples:
        >>> with GracefulStop() as stop:
        ...     stop.check()
        >>> stop.requested
        False
    """

    def __init__(self) -> None:
        self.requested = False
        self._safe = False
        self._outer: Callable[[int, FrameType | None], Any] | int | None = None

    def check(self) -> None:
        """Raise the KeyboardInterrupt that was held back, if there was one."""
        if self.requested:
            raise KeyboardInterrupt

    @contextmanager
    def at_once(self) -> Iterator[None]:
        """Let Ctrl-C through while work that may be dropped at any point (such as validation) is done."""
        self.check()
        self._safe = True
        try:
            yield
        finally:
            self._safe = False

    def __enter__(self) -> Self:
        outer = signal.getsignal(signal.SIGINT)
        # A process started in the background by a shell ignores Ctrl-C, and goes on doing so.
        if threading.current_thread() is threading.main_thread() and outer not in (None, signal.SIG_IGN):
            self._outer = outer
            signal.signal(signal.SIGINT, self._handle)
        return self

    def __exit__(self, kind: type | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if self._outer is not None:
            signal.signal(signal.SIGINT, self._outer)
            self._outer = None

    def _handle(self, _number: int, _frame: FrameType | None) -> None:
        # Nothing is said here: the handler may have broken into a print.
        if self.requested or self._safe:
            self.requested = True
            raise KeyboardInterrupt
        self.requested = True
