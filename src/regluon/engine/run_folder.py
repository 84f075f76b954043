"""The folder a run leaves behind, ``runs/detect/<name>/``: arguments, numbers, state, environment, weights.

Every file is there whole or not at all, so that another program may read along at any moment.
"""

import csv
import io
import json
import math
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import yaml

from regluon.core.errors import ArgumentError
from regluon.core.files import write_text
from regluon.engine.arguments import Config, values
from regluon.engine.environment import environment
from regluon.version import __version__

__all__ = ["RunFolder", "json_text"]

TELLTALES = ("results.csv", "metrics.jsonl", "train.log", "status.json")


class RunFolder:
    """A new folder for a run, and the files in it that every run has.

    Args:
        project: the folder that holds the runs; made where it is missing.
        name: the run's folder in it. Where it exists, ``<name>-2``, ``<name>-3``, ... is made instead.
        exist_ok: write into ``<name>`` even where it exists. What tells of the earlier run
            (``results.csv``, ``metrics.jsonl``, ``train.log``, ``status.json``) is removed first.

    Raises:
        ArgumentError: the folder cannot be made.

    Examples:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as project:
        ...     [RunFolder(project, "demo").path.name for _ in range(3)]
        ['demo', 'demo-2', 'demo-3']
    """

    def __init__(self, project: str | Path, name: str, exist_ok: bool = False) -> None:
        self.path = _make(Path(project), name, exist_ok)
        self._rows: list[dict[str, Any]] = []
        self._status: dict[str, Any] = {}
        self._started = time.time()
        for telltale in TELLTALES:
            (self.path / telltale).unlink(missing_ok=True)

    @property
    def weights(self) -> Path:
        """The folder of the weights, made at first use."""
        folder = self.path / "weights"
        folder.mkdir(exist_ok=True)
        return folder

    @property
    def log(self) -> Path:
        """The file that keeps every line the run says."""
        return self.path / "train.log"

    def write_arguments(self, config: Config) -> None:
        """Write ``args.yaml``, from which the same run can be started again."""
        again = f"# regluon {__version__}; the same again: regluon {config.verb} cfg={self.path / 'args.yaml'}\n"
        table = yaml.safe_dump(values(config), sort_keys=False, allow_unicode=True)
        write_text(self.path / "args.yaml", again + table)

    def write_environment(self, **facts: Any) -> None:
        """Write ``env.json``: versions, machine, commit, and the facts given (device, seed, ...)."""
        self.write_json("env.json", environment(**facts))

    def write_json(self, name: str, content: Any) -> None:
        """Write a JSON file into the folder; numbers that JSON does not know become ``null``."""
        write_text(self.path / name, json_text(content, indent=2) + "\n")

    def add_results(self, row: Mapping[str, Any]) -> None:
        """Add an epoch to ``results.csv`` and ``metrics.jsonl``.

        A column that an earlier epoch did not have is added at the end, with nothing in the earlier rows.
        """
        self._rows.append(dict(row))
        table = io.StringIO()
        writer = csv.DictWriter(
            table, list(dict.fromkeys(name for row in self._rows for name in row)), lineterminator="\n"
        )
        writer.writeheader()
        writer.writerows({name: _short(value) for name, value in row.items()} for row in self._rows)
        write_text(self.path / "results.csv", table.getvalue())
        write_text(self.path / "metrics.jsonl", "".join(json_text(row) + "\n" for row in self._rows))

    def write_status(self, state: str | None = None, **facts: Any) -> None:
        """Write ``status.json``: the state, and every fact told so far.

        Args:
            state: ``running``, ``finished``, ``interrupted`` or ``failed``; as before where None.
            facts: named facts; a later one of the same name replaces the earlier.
        """
        self._status |= facts if state is None else {"state": state, **facts}
        now = time.time()
        moments = {
            "seconds": round(now - self._started, 1),
            "updated": time.strftime("%Y-%m-%dT%H:%M:%S%z", time.localtime(now)),
        }
        self.write_json("status.json", self._status | moments)

    @contextmanager
    def running(self) -> Iterator[None]:
        """Keep the state in ``status.json`` true while the body runs, however it ends."""
        self.write_status("running")
        try:
            yield
        except KeyboardInterrupt:
            self.write_status("interrupted")
            raise
        except BaseException as error:
            self.write_status("failed", error=f"{type(error).__name__}: {error}")
            raise
        self.write_status("finished")


def json_text(content: Any, indent: int | None = None) -> str:
    """Write JSON that every reader takes: numbers that are not finite become ``null``, paths become texts.

    Examples:
        >>> json_text({"loss": float("nan"), "where": Path("runs")})
        '{"loss": null, "where": "runs"}'
    """
    return json.dumps(_plain(content), indent=indent, ensure_ascii=False, allow_nan=False)


def _make(project: Path, name: str, exist_ok: bool) -> Path:
    try:
        project.mkdir(parents=True, exist_ok=True)
        number = 1
        while True:
            path = project / (name if number == 1 else f"{name}-{number}")
            try:
                # Making it is the test: two runs that start together must not share a folder.
                path.mkdir(exist_ok=exist_ok)
            except FileExistsError:
                if exist_ok:
                    raise
                number += 1
            else:
                return path
    except OSError as error:
        raise ArgumentError(
            f"RunFolder: project must be a folder that can be written, got {project}: {error.strerror}"
        ) from error


def _short(value: Any) -> Any:
    return f"{value:.6g}" if isinstance(value, float) else value


def _plain(content: Any) -> Any:
    if isinstance(content, Mapping):
        return {str(name): _plain(value) for name, value in content.items()}
    if isinstance(content, list | tuple):
        return [_plain(value) for value in content]
    if isinstance(content, float):
        return content if math.isfinite(content) else None
    return str(content) if isinstance(content, Path) else content
