"""Every module of cases, by the name the command line knows it under."""

from __future__ import annotations

from golden import contrib

__all__ = ["COMPONENTS", "OPERATORS"]

#: Module name -> table of operators.
OPERATORS = {
    "contrib": contrib.TABLE,
}

#: Module name -> function that yields (path under tests/golden, bytes).
COMPONENTS = {}
