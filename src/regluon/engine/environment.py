"""What a run stands on: versions and optional parts, read from package metadata without importing anything heavy."""

import os
import platform
import re
import subprocess
from importlib import metadata
from typing import Any

from regluon.version import __version__

__all__ = ["environment", "git_commit", "missing_parts", "versions"]

BASE = ("torch", "numpy", "numba")


def versions(packages: tuple[str, ...] = BASE) -> dict[str, str | None]:
    """Return the installed version of each package, None where it is not installed.

    Examples:
        >>> versions(("no-such-package",))
        {'no-such-package': None}
    """
    found: dict[str, str | None] = {}
    for package in packages:
        try:
            found[package] = metadata.version(package)
        except metadata.PackageNotFoundError:
            found[package] = None
    return found


def environment(**facts: Any) -> dict[str, Any]:
    """Return what ``env.json`` says: versions, machine, commit of the working folder, and the run's own facts."""
    return {
        "regluon": __version__,
        "python": platform.python_version(),
        **versions(),
        "platform": platform.platform(),
        "cpus": os.cpu_count(),
        "git": git_commit(),
        **facts,
    }


def git_commit() -> str | None:
    """Return the commit checked out in the working folder, None where there is none or no git."""
    try:
        answer = subprocess.run(["git", "rev-parse", "HEAD"], capture_output=True, text=True, timeout=2, check=False)
    except (OSError, subprocess.SubprocessError):
        return None
    return answer.stdout.strip() if answer.returncode == 0 else None


def missing_parts(package: str = "regluon") -> dict[str, list[str]]:
    """Return which requirements are not installed, under ``""`` for the base and under the name of each extra.

    Extras for developers (``dev``, ``docs``, ``test``) are left out. An extra with nothing missing has an empty list.
    """
    parts: dict[str, list[str]] = {"": []}
    try:
        requirements = metadata.requires(package) or []
    except metadata.PackageNotFoundError:
        requirements = []
    for requirement in requirements:
        name = re.match(r"[\w.-]+", requirement)
        extra = re.search(r"extra\s*==\s*['\"]([\w.-]+)['\"]", requirement)
        part = extra[1] if extra else ""
        if name is None or name[0] == package or part in ("dev", "docs", "test"):
            continue
        missing = parts.setdefault(part, [])
        if versions((name[0],))[name[0]] is None:
            missing.append(name[0])
    return parts
