#!/usr/bin/env python
"""Compare networks of the zoo with the real ones, whole: their files of weights load, their outputs agree.

For each row of ``golden/zoo.py`` the real GluonCV (or MXNet) fills a network with random values, writes its ``.params``
file and answers a picture. Ours loads the file, with nothing missing and nothing left over, and answers the same
picture, step by step and hybridized. Prints one line for each; the exit status is 1 if any disagrees.

    sweep_zoo.py --oracle PYTHON            every row; PYTHON is one beside which MXNet 1.9.1 and GluonCV are installed
    sweep_zoo.py --oracle PYTHON ROW ...    these rows; `yolo3*` takes all that begin so
"""

import argparse
import fnmatch
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from golden import zoo

import regluon as mx
from regluon.cv import model_zoo
from regluon.gluon.model_zoo import vision

TOOLS = Path(__file__).resolve().parent
BATCH = 4


@dataclass(frozen=True, slots=True)
class Line:
    """What came of one row.

    Attributes:
        label: the row.
        verdict: ``agrees``, or what does not.
        error: largest difference of an output relative to its largest number, eager and hybridized.
        seconds: what loading and running took.
    """

    label: str
    verdict: str
    error: tuple[float, float] = (float("nan"), float("nan"))
    seconds: float = 0.0


def main() -> int:
    """Do what the command line says; return the exit status."""
    parser = argparse.ArgumentParser(description="Compare networks of the zoo with the real ones.")
    parser.add_argument("rows", nargs="*", default=["*"], help="rows of golden/zoo.py, or patterns of them")
    parser.add_argument("--oracle", default=os.environ.get("REGLUON_BENCH_MXNET"), help="python with MXNet and GluonCV")
    given = parser.parse_args()
    if not given.oracle:
        parser.error("--oracle must name a python with MXNet and GluonCV")
    labels = [label for label in zoo.ROWS if any(fnmatch.fnmatch(label, pattern) for pattern in given.rows)]
    print(f"{'network':44} {'eager':>9} {'hybrid':>9} {'seconds':>8}")
    bad = 0
    for line in sweep(labels, given.oracle):
        bad += line.verdict != "agrees"
        print(
            f"{line.label:44} {line.error[0]:9.1e} {line.error[1]:9.1e} {line.seconds:8.1f}  {line.verdict}", flush=True
        )
    print(f"{len(labels) - bad} of {len(labels)} agree")
    return int(bad > 0)


def sweep(labels: list[str], oracle: str) -> Iterator[Line]:
    """Compare rows, a few at a time: their weights are large."""
    for start in range(0, len(labels), BATCH):
        some = labels[start : start + BATCH]
        with tempfile.TemporaryDirectory() as folder:
            command = [oracle, str(TOOLS / "record_zoo.py"), "--weights", folder, *some]
            done = subprocess.run(command, capture_output=True, text=True, check=False)
            for label in some:
                if not Path(folder, f"{label}.npz").exists():
                    yield Line(label, f"is not recorded: {done.stderr.strip().splitlines()[-1:]}")
                    continue
                try:
                    yield compare(zoo.ROWS[label], Path(folder))
                except Exception as error:  # one row must not hide the others
                    yield Line(label, f"{type(error).__name__}: {error}")


def compare(row: zoo.Row, folder: Path) -> Line:
    """Load what the real one wrote, run, and compare."""
    begin = time.perf_counter()
    make = vision.get_model if row.zoo == "mxnet" else model_zoo.get_model
    net = make(row.name, **zoo.arguments(row))
    net.load_parameters(folder / f"{row.label}.params")
    picture = mx.nd.array(zoo.picture(row))
    with np.load(folder / f"{row.label}.npz", allow_pickle=False) as file:
        expected = [file[f"out{i}"] for i in range(int(file["outputs"]))]
    outputs = zoo.flat(net(picture))
    eager = difference(outputs, expected[: len(outputs)])
    net.hybridize()
    hybrid = difference(net(picture), expected[: len(outputs)])
    verdict = "agrees" if max(eager, hybrid) <= row.rtol else "differs"
    if row.train:
        # Last, as it moves running statistics.
        with mx.autograd.train_mode():
            trained = difference(net(picture), expected[len(outputs) :])
        verdict += f", training {trained:.1e}" if trained > (row.train_rtol or row.rtol) else ""
    return Line(row.label, verdict, (eager, hybrid), time.perf_counter() - begin)


def difference(outputs: Any, expected: list[np.ndarray]) -> float:
    """Return the largest difference of any output, relative to its largest number; infinite if shapes differ."""
    found = [one.asnumpy() for one in zoo.flat(outputs)]
    if [one.shape for one in found] != [one.shape for one in expected]:
        return float("inf")
    found = settled(found, expected)
    errors = [np.abs(a - b).max() / max(np.abs(b).max(), 1e-6) for a, b in zip(found, expected, strict=True) if b.size]
    return float(max(errors, default=0.0))


def settled(found: list[np.ndarray], expected: list[np.ndarray]) -> list[np.ndarray]:
    """Put detections of (almost) equal scores in the order expected: rounding alone decides which comes first."""
    if [one.shape[2:] for one in expected[:3]] != [(1,), (1,), (4,)]:
        return found
    rows, wanted = (np.concatenate(some[:3], axis=2) for some in (found, expected))
    orders = []
    for image, like in zip(rows, wanted, strict=True):
        order = np.arange(len(image))
        for place in np.flatnonzero(np.abs(image - like).max(axis=1) > 1e-2):
            near = (image[order, 0] == like[place, 0]) & (np.abs(image[order, 1] - like[place, 1]) < 1e-4)
            # Rows before this one are where they belong.
            near[:place] = False
            for other in np.flatnonzero(near & (np.abs(image[order] - like[place]).max(axis=1) < 1e-2))[:1]:
                order[[place, other]] = order[[other, place]]
        orders.append(order)
    return [np.stack([part[order] for part, order in zip(one, orders, strict=True)]) for one in found]


if __name__ == "__main__":
    sys.exit(main())
