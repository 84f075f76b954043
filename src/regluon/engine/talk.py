"""Where the words of a run go: the terminal's stderr, and ``train.log`` once the run has a folder.

Results go to stdout and are the business of the command line; everything said on the way goes through here.
"""

import time
from pathlib import Path
from types import TracebackType
from typing import IO, Literal, Self

from rich.console import Console
from rich.text import Text

__all__ = ["Level", "Talk"]

Level = Literal["quiet", "normal", "verbose"]


class Talk:
    """Say lines to the terminal, as many as the level asks for, and keep them all in a log.

    Args:
        level: ``quiet`` shows warnings only, ``verbose`` shows details too. The log always gets everything.
        console: the terminal; stderr by default.

    Examples:
        >>> with Talk("quiet") as talk:
        ...     talk.say("not shown")
    """

    def __init__(self, level: Level = "normal", console: Console | None = None) -> None:
        self.level = level
        self.console = console if console is not None else Console(stderr=True)
        self._log: IO[str] | None = None

    @property
    def live(self) -> bool:
        """Whether a bar that redraws itself can be shown."""
        return self.level != "quiet" and self.console.is_terminal and not self.console.is_dumb_terminal

    def say(self, line: str, style: str = "") -> None:
        """Say a line that everybody wants to read."""
        self._note(line)
        if self.level != "quiet":
            self._show(line, style)

    def detail(self, line: str) -> None:
        """Say a line for those who asked for more."""
        self._note(line)
        if self.level == "verbose":
            self._show(line, "dim")

    def warn(self, line: str) -> None:
        """Say a line that is shown even where quiet was asked for."""
        self._note(line)
        self._show(line, "yellow")

    def log_to(self, path: Path) -> None:
        """Keep every line from now on in a file, each with the time."""
        self.close()
        self._log = path.open("a", encoding="utf-8", buffering=1)

    def close(self) -> None:
        """Close the log."""
        if self._log is not None:
            self._log.close()
            self._log = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def _note(self, line: str) -> None:
        if self._log is not None:
            self._log.write(f"{time.strftime('%Y-%m-%d %H:%M:%S')} {line}\n")

    def _show(self, line: str, style: str) -> None:
        # Text and soft_wrap: no markup is read out of file names, and a pipe gets a line as one line.
        self.console.print(Text(line, style=style), soft_wrap=True)
