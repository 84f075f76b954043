#!/usr/bin/env python
"""Record what real MXNet answers: every table of ``tools/golden`` into ``tests/golden``.

Runs where MXNet 1.9.1 and GluonCV 0.10.5 are installed, never beside the package itself.

    record_golden.py                  record everything
    record_golden.py contrib nn       record these modules
    record_golden.py --check          record into memory and compare with the committed files
    record_golden.py --coverage       name the attributes that no case gives
"""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path
from typing import Dict, Iterator, Tuple

# One thread: sums are then taken in one order, and the answers repeat.
os.environ.update(OMP_NUM_THREADS="1", MXNET_ENGINE_TYPE="NaiveEngine", MXNET_STORAGE_FALLBACK_LOG_VERBOSE="0")

import numpy as np
from golden import archive, invoke
from golden.case import Table
from golden.tables import COMPONENTS, OPERATORS

GOLDEN = Path(__file__).resolve().parent.parent / "tests" / "golden"


def main() -> int:
    """Do what the command line says; return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("modules", nargs="*", help=f"some of: {' '.join([*OPERATORS, *COMPONENTS])}")
    parser.add_argument("--check", action="store_true", help="compare with the files instead of writing them")
    parser.add_argument("--coverage", action="store_true", help="name attributes that no case gives")
    arguments = parser.parse_args()
    modules = arguments.modules or [*OPERATORS, *COMPONENTS]
    unknown = set(modules) - set(OPERATORS) - set(COMPONENTS)
    if unknown:
        parser.error(f"no such module: {' '.join(sorted(unknown))}")
    if arguments.coverage:
        return _print_coverage(modules)
    wrong = 0
    for path, content in _recordings(modules):
        if arguments.check:
            wrong += _compare(path, content)
        else:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
            _say(f"{path.relative_to(GOLDEN)}: {len(content)} bytes")
    if arguments.check:
        _say(f"{wrong} files differ")
    return int(wrong > 0)


def _recordings(modules: list[str]) -> Iterator[Tuple[Path, bytes]]:
    for module in modules:
        if module in OPERATORS:
            for operator, arrays in _answers(OPERATORS[module]):
                yield GOLDEN / "ops" / f"{operator}.npz", archive.pack(arrays)
        else:
            for name, content in COMPONENTS[module]():
                yield GOLDEN / name, content


def _answers(table: Table) -> Iterator[Tuple[str, Dict[str, np.ndarray]]]:
    for operator, cases in table.items():
        names = [item.name for item in cases]
        if len(set(names)) != len(names):
            raise ValueError(f"{operator}: two cases have one name: {names}")
        arrays: Dict[str, np.ndarray] = {"n_cases": np.array(len(cases))}
        for index, item in enumerate(cases):
            try:
                arrays.update(invoke.record(operator, index, item))
            except Exception:
                _say(f"in {operator}, case {item.name!r}:")
                raise
        yield operator, arrays


def _compare(path: Path, content: bytes) -> int:
    if not path.exists():
        _say(f"{path.name}: not recorded yet")
        return 1
    if path.read_bytes() == content:
        return 0
    found = archive.differences(path.read_bytes(), content)
    _say(f"{path.name}: {'; '.join(found[:4]) or 'same within rounding'}{' ...' if len(found) > 4 else ''}")
    return int(bool(found))


def _print_coverage(modules: list[str]) -> int:
    for module in modules:
        for operator, cases in OPERATORS.get(module, {}).items():
            given = {name for item in cases for name in item.attrs}
            missing = [name for name in invoke.attributes(operator) if name not in given]
            _say(f"{operator}: {len(cases)} cases" + (f", never given: {' '.join(missing)}" if missing else ""))
    return 0


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")


if __name__ == "__main__":
    sys.exit(main())
