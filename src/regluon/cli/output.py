"""What goes to stdout: the result, as text or as JSON."""

import sys
from collections.abc import Mapping
from typing import Any

from regluon.engine.run_folder import json_text

__all__ = ["complain", "show"]


def show(result: Mapping[str, Any], as_json: bool) -> None:
    """Print a result: a line per entry, or one JSON object."""
    if as_json:
        print(json_text(result, indent=2))
        return
    width = max(map(len, result), default=0)
    for name, value in result.items():
        print(f"{name:<{width}}  {f'{value:.3f}' if isinstance(value, float) else value}")


def complain(line: str) -> None:
    """Print a line to stderr, where errors go."""
    print(line, file=sys.stderr)
