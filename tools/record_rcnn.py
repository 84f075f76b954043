#!/usr/bin/env python
"""Record one training step of GluonCV's Faster R-CNNs, into ``tests/golden/rcnn``.

Runs where MXNet 1.9.1 and GluonCV are installed, never beside the package itself. ``golden/rcnn.py`` says what is done.
"""

from __future__ import annotations

import itertools
import os
import warnings
from pathlib import Path
from typing import Any, Dict

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.update(MXNET_STORAGE_FALLBACK_LOG_VERBOSE="0", MXNET_CUDNN_AUTOTUNE_DEFAULT="0")

import mxnet as mx
import numpy as np
from golden import archive, oracle, rcnn, zoo
from mxnet.gluon.parameter import Constant

GOLDEN = Path(__file__).resolve().parent.parent / "tests" / "golden" / "rcnn"
NAMES = (
    "cls_pred", "box_pred", "rois", "samples", "matches", "rpn_score", "rpn_box", "anchors", "cls_targets",
    "box_targets", "box_masks", "indices",
)  # fmt: skip


def main() -> None:
    """Record every case."""
    warnings.simplefilter("ignore")
    import gluoncv  # noqa: F401  (before it is mended)

    oracle.mend()
    oracle.mend_gluoncv()
    oracle.sort_stably()
    GOLDEN.mkdir(exist_ok=True)
    for name, step in rcnn.CASES.items():
        content = archive.pack(record(step))
        (GOLDEN / (name + ".npz")).write_bytes(content)
        print(f"{name}: {len(content)} bytes", flush=True)
        content = archive.pack(prepare(step))
        (GOLDEN / (name + "_data.npz")).write_bytes(content)
        print(f"{name}_data: {len(content)} bytes", flush=True)


def prepare(step: rcnn.Step) -> Dict[str, np.ndarray]:
    """Prepare two pictures and batch them."""
    import gluoncv
    from gluoncv.data.batchify import FasterRCNNTrainBatchify
    from gluoncv.data.transforms.presets import rcnn as presets

    net = gluoncv.model_zoo.get_model(step.row.name, **step.row.options)
    net.initialize("zeros")
    several = net.num_stages > 1
    np.random.seed(step.seed)
    transform = presets.FasterRCNNDefaultTrainTransform(
        64, 100, net, flip_p=1, num_sample=32, pos_iou_thresh=0.4, ashape=net.ashape, multi_stage=several
    )
    samples = [transform(mx.nd.array(one, dtype="uint8"), label) for one, label in rcnn.photographs()]
    batch = FasterRCNNTrainBatchify(net)(samples)
    found = {
        f"sample{i}": zoo.sample(np.asarray(one)) for i, one in enumerate((samples[0][0].asnumpy(), samples[0][1]))
    }
    for i, part in enumerate(batch):
        part = part if isinstance(part, mx.nd.NDArray) else part[0]
        found[f"batch{i}"], found[f"shape{i}"] = zoo.sample(part.asnumpy()), np.array(part.shape)
    one, label = rcnn.photographs()[0]
    image, label, scale = presets.FasterRCNNDefaultValTransform(64, 100)(mx.nd.array(one, dtype="uint8"), label)
    found["val0"], found["val1"], found["val2"] = zoo.sample(image.asnumpy()), label, scale.asnumpy()
    tested, _ = presets.transform_test(mx.nd.array(one, dtype="uint8"), 30, 100)
    found["test"] = zoo.sample(tested.asnumpy())
    return found


def record(step: rcnn.Step) -> Dict[str, np.ndarray]:
    """Make one step."""
    import gluoncv

    net = gluoncv.model_zoo.get_model(step.row.name, **step.row.options)
    picture, (boxes, classes) = mx.nd.array(rcnn.picture(step)), map(mx.nd.array, rcnn.ground_truths())
    net.initialize("zeros")
    shuffled = itertools.cycle(rcnn.keys(step))  # a row for each picture
    mx.nd.random.uniform = lambda *_args, **_kwargs: mx.nd.array(next(shuffled))
    with mx.autograd.train_mode():
        net(picture, boxes, classes)
    parameters = {
        name: one
        for name, one in net._collect_params_with_prefix().items()
        if not isinstance(one, Constant) and not name.startswith("_target_generator")
    }
    for name, drawn in zoo.values(step.row, {name: one.shape for name, one in parameters.items()}).items():
        parameters[name].set_data(mx.nd.array(drawn))
    with mx.autograd.record():
        outputs = dict(zip(NAMES, net(picture, boxes, classes)))
        first = rpn_targets(step, outputs["anchors"], boxes.asnumpy())
        losses = add_up(outputs, first)
        total = sum(one.sum() for one in losses)
    total.backward()
    found = {f"loss{i}": one.asnumpy() for i, one in enumerate(losses)}
    found.update({f"rpn{i}": zoo.sample(one.asnumpy()) for i, one in enumerate(first)})
    for name, one in outputs.items():
        if name != "anchors":
            found[name] = zoo.sample(one.asnumpy())
    trained = {name: one for name, one in sorted(parameters.items()) if one.grad_req != "null"}
    found["gradients"] = np.stack([rcnn.fingerprint(one.grad().asnumpy()) for one in trained.values()])
    return found


def rpn_targets(step: rcnn.Step, anchors: Any, boxes: np.ndarray) -> Any:
    """Make the targets of the proposals, as GluonCV's transform does."""
    from gluoncv.model_zoo.rcnn.rpn.rpn_target import RPNTargetGenerator

    levels = anchors if isinstance(anchors, (list, tuple)) else [anchors]
    every = mx.nd.concat(*[one.reshape((-1, 4)) for one in levels], dim=0)
    generate = RPNTargetGenerator(**step.targets)
    np.random.seed(step.seed)
    width, height = step.row.shape[3], step.row.shape[2]
    rows = [generate(mx.nd.array(one[one[:, 0] >= 0]), every, width, height) for one in boxes]
    return [mx.nd.array(np.stack([np.asarray(part) for part in parts])) for parts in zip(*rows)]


def add_up(outputs: Dict[str, Any], first: Any) -> Any:
    """Compute the losses as the training task of GluonCV does."""
    loss = mx.gluon.loss
    classes, offsets, masks = first
    score, box = outputs["rpn_score"].squeeze(axis=-1), outputs["rpn_box"]
    count = (classes >= 0).sum()
    one = loss.SigmoidBinaryCrossEntropyLoss(from_sigmoid=False)(score, classes, classes >= 0) * classes.size / count
    two = loss.HuberLoss(rho=1 / 9)(box, offsets, masks) * box.size / count
    classes, box = outputs["cls_targets"], outputs["box_pred"]
    count = (classes >= 0).sum()
    weight = classes.expand_dims(-1) >= 0
    three = loss.SoftmaxCrossEntropyLoss()(outputs["cls_pred"], classes, weight) * classes.size / count
    four = loss.HuberLoss(rho=1.0)(box, outputs["box_targets"], outputs["box_masks"]) * box.size / count
    return one, two, three, four


if __name__ == "__main__":
    main()
