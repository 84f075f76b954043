#!/usr/bin/env python
"""Record what the networks of MXNet's and GluonCV's zoos are and answer, into ``tests/golden/zoo``.

Runs where MXNet 1.9.1 and GluonCV are installed, never beside the package itself. A recording holds digests of the
Parameters' names and shapes, and a sample of each output for values and a picture that ``golden/zoo.py`` draws.

    record_zoo.py                          record everything
    record_zoo.py resnet50_v1 ...          record these rows
    record_zoo.py --weights FOLDER ROW ... write their weights (.params) and whole outputs (.npz) there instead
"""

from __future__ import annotations

import os
import sys
import warnings
from pathlib import Path
from typing import Any, Dict, Optional

# One thread: sums are then taken in one order, and the answers repeat.
os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.update(MXNET_STORAGE_FALLBACK_LOG_VERBOSE="0", MXNET_CUDNN_AUTOTUNE_DEFAULT="0")

import mxnet as mx
import numpy as np
from golden import archive, oracle, zoo
from mxnet.gluon.parameter import Constant

GOLDEN = Path(__file__).resolve().parent.parent / "tests" / "golden" / "zoo"


def main() -> None:
    """Do what the command line says."""
    warnings.simplefilter("ignore")
    oracle.mend()
    words, weights = sys.argv[1:], None
    if words[:1] == ["--weights"]:
        weights, words = Path(words[1]), words[2:]
    for label in words or zoo.ROWS:
        row = zoo.ROWS[label]
        # A fresh manager, so that automatic names count from 0.
        with mx.name.NameManager():
            recording = record(row, weights)
        if weights is not None:
            np.savez(str(weights / (label + ".npz")), **recording)
            continue
        GOLDEN.mkdir(exist_ok=True)
        content = archive.pack(recording)
        (GOLDEN / (label + ".npz")).write_bytes(content)
        print(f"{label}: {int(recording['count'])} parameters, {len(content)} bytes", flush=True)


def record(row: zoo.Row, weights: Optional[Path]) -> Dict[str, np.ndarray]:
    """Build a network, fill it, run it; with a folder, write its weights and keep the whole outputs."""
    net, picture = make(row), mx.nd.array(zoo.picture(row))
    net.initialize("zeros")
    net(picture)
    parameters = net._collect_params_with_prefix()
    free = {name: one.shape for name, one in parameters.items() if not isinstance(one, Constant)}
    for name, drawn in zoo.values(row, free).items():
        parameters[name].set_data(mx.nd.array(drawn))
    outputs = [one.asnumpy() for one in zoo.flat(net(picture))]
    for output in outputs:
        if not np.isfinite(output).all() or (weights is None and output.size > 1 and np.ptp(output) == 0):
            print(f"{row.label}: an output is not finite or all the same: give the row scales", flush=True)
    if weights is not None:
        net.save_parameters(str(weights / (row.label + ".params")))
    if row.train:
        with mx.autograd.train_mode():
            outputs += [one.asnumpy() for one in zoo.flat(net(picture))]
    rows = [(name, one.name, one.shape) for name, one in parameters.items()]
    recording = dict(zoo.describe(rows))
    recording["outputs"] = np.array(len(outputs))
    for i, output in enumerate(outputs):
        recording[f"shape{i}"] = np.array(output.shape)
        if weights is not None:
            recording[f"out{i}"] = output
        elif row.run:
            recording[f"out{i}"] = zoo.sample(output)
    return recording


def make(row: zoo.Row) -> Any:
    """Build the network of a row."""
    if row.zoo == "mxnet":
        return mx.gluon.model_zoo.vision.get_model(row.name, **zoo.arguments(row))
    import gluoncv

    oracle.mend_gluoncv()
    return gluoncv.model_zoo.get_model(row.name, **zoo.arguments(row))


if __name__ == "__main__":
    main()
