"""Hooks of Blocks: functions called before or after each forward."""

from collections.abc import Callable
from typing import Any

from torch.utils.hooks import RemovableHandle

__all__ = ["HookHandle", "silent"]


class HookHandle:
    """A hook that can be taken off again, by MXNet's word or by torch's; or by leaving a ``with``.

    Args:
        handle: torch's handle.
    """

    def __init__(self, handle: RemovableHandle) -> None:
        self._handle = handle

    def detach(self) -> None:
        """Take the hook off; doing so twice does nothing."""
        self._handle.remove()

    remove = detach

    @property
    def id(self) -> int:
        """Number of the hook, as torch counts."""
        return self._handle.id

    def __enter__(self) -> "HookHandle":
        return self

    def __exit__(self, *error: Any) -> None:
        self.detach()


def silent(hook: Callable[..., Any]) -> Callable[..., None]:
    """Make a hook whose result is passed over: MXNet ignores it, torch would take it for the output."""

    def run(*args: Any) -> None:
        hook(*args)

    return run
