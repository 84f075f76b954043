#!/usr/bin/env python
"""Record one training step of SSDs of GluonCV's zoo, into ``tests/golden/steps``.

Runs where MXNet 1.9.1 and GluonCV are installed, never beside the package itself. A recording holds the targets, the
losses, and for each Parameter the length and some numbers of its gradient.
"""

from __future__ import annotations

import os
import warnings
from pathlib import Path
from typing import Any, Dict

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.update(MXNET_STORAGE_FALLBACK_LOG_VERBOSE="0", MXNET_CUDNN_AUTOTUNE_DEFAULT="0")

import gluoncv
import mxnet as mx
import numpy as np
from gluoncv.loss import SSDMultiBoxLoss
from gluoncv.model_zoo.ssd.target import SSDTargetGenerator
from golden import archive, ssd_step, zoo
from mxnet.gluon.parameter import Constant

GOLDEN = Path(__file__).resolve().parent.parent / "tests" / "golden" / "steps"


def main() -> None:
    """Record all."""
    warnings.simplefilter("ignore")
    GOLDEN.mkdir(exist_ok=True)
    for label, row in ssd_step.STEPS.items():
        content = archive.pack(record(row))
        (GOLDEN / (label + ".npz")).write_bytes(content)
        print(f"{label}: {len(content)} bytes", flush=True)


def record(row: zoo.Row) -> Dict[str, np.ndarray]:
    """Make a network, fill it, take a step."""
    pictures, boxes, ids = (mx.nd.array(one) for one in ssd_step.batch(row.label))
    net = gluoncv.model_zoo.get_model(row.name, **zoo.arguments(row))
    net.initialize("zeros")
    net(pictures)
    parameters = {name: one for name, one in net._collect_params_with_prefix().items() if not isinstance(one, Constant)}
    for name, drawn in zoo.values(row, {name: one.shape for name, one in parameters.items()}).items():
        parameters[name].set_data(mx.nd.array(drawn))
    with mx.autograd.record():
        scores, offsets, anchors = net(pictures)
        with mx.autograd.pause():
            mined = SSDTargetGenerator()(anchors, scores, boxes, ids)
            targets = SSDTargetGenerator(negative_mining_ratio=-1)(anchors, scores, boxes, ids)
        sums, of_classes, of_boxes = SSDMultiBoxLoss()(scores, offsets, targets[0], targets[1])
    mx.autograd.backward(sums)
    mx.nd.waitall()
    recording = {"mined": small(mined[0]), "classes": small(targets[0])}
    recording["boxes"] = targets[1].asnumpy()[targets[2].asnumpy() > 0]
    for name, losses in (("sum", sums), ("class_loss", of_classes), ("box_loss", of_boxes)):
        recording[name] = losses[0].asnumpy()
    gradients = {name: one.grad().asnumpy() for name, one in parameters.items() if one.grad_req != "null"}
    recording.update(ssd_step.summary(gradients))
    return recording


def small(classes: Any) -> np.ndarray:
    """Write classes with one byte each."""
    return classes.asnumpy().astype(np.int8)


if __name__ == "__main__":
    main()
