"""One training step of Faster R-CNNs: targets, losses and gradients of GluonCV, same weights, same numbers drawn."""

import sys
from pathlib import Path

import numpy as np
import pytest

from regluon import autograd, nd
from regluon.cv.model_zoo import get_model
from regluon.cv.model_zoo.rcnn import FasterRCNNLoss
from regluon.cv.target import RPNTargetGenerator
from regluon.gluon import Constant

ROOT = Path(__file__).resolve().parents[3]

# Its neighbours there need MXNet; these two do not.
sys.path.insert(0, str(ROOT / "tools"))
from golden import rcnn, zoo  # noqa: E402

sys.path.pop(0)

NAMES = ("cls_pred", "box_pred", "rois", "samples", "matches", "rpn_score", "rpn_box", "anchors", "cls_targets",
         "box_targets", "box_masks", "indices")  # fmt: skip


def made(step):
    net = get_model(step.row.name, **step.row.options)
    parameters = net._collect_params_with_prefix()
    net.infer_shape(nd.array(rcnn.picture(step)))
    free = {name: one.shape for name, one in parameters.items() if not isinstance(one, Constant)}
    net.initialize("zeros")
    net.load_dict(zoo.values(step.row, free), allow_missing=True)
    return net, {name: parameters[name] for name in free}


def rpn_targets(step, anchors, boxes):
    np.random.seed(step.seed)
    height, width = step.row.shape[2:]
    return RPNTargetGenerator(**step.targets).for_batch(boxes, anchors, width, height)


@pytest.mark.parametrize("hybrid", [False, True], ids=["eager", "hybridized"])
@pytest.mark.parametrize("name", rcnn.CASES)
def test_one_step_equals_gluoncv(name, hybrid):
    step = rcnn.CASES[name]
    with np.load(ROOT / "tests" / "golden" / "rcnn" / f"{name}.npz", allow_pickle=False) as file:
        recorded = dict(file)
    net, parameters = made(step)
    if hybrid:
        net.hybridize()
    picture, (boxes, classes) = nd.array(rcnn.picture(step)), map(nd.array, rcnn.ground_truths())
    keys = nd.array(rcnn.keys(step)[:, : step.row.options["rpn_train_post_nms"] + boxes.shape[1]])
    with autograd.record():
        outputs = dict(zip(NAMES, net(picture, boxes, classes, keys), strict=True))
        first = rpn_targets(step, outputs["anchors"], boxes)
        second = outputs["cls_targets"], outputs["box_targets"], outputs["box_masks"]
        losses = FasterRCNNLoss()(
            (outputs["cls_pred"], outputs["box_pred"]), (outputs["rpn_score"], outputs["rpn_box"]), second, first
        )
    autograd.backward(list(losses))
    for i, one in enumerate(first):
        np.testing.assert_allclose(zoo.sample(one.asnumpy()), recorded[f"rpn{i}"], rtol=1e-5, atol=1e-5)
    for output in NAMES:
        if output == "anchors":
            continue
        expected = recorded[output]
        tolerance = 2e-4 * max(float(np.abs(expected).max()), 1e-6)
        np.testing.assert_allclose(
            zoo.sample(outputs[output].asnumpy()), expected, rtol=0, atol=tolerance, err_msg=output
        )
    for i, one in enumerate(losses):
        np.testing.assert_allclose(one.asnumpy(), recorded[f"loss{i}"], rtol=2e-4, err_msg=f"loss {i}")
    trained = {key: one for key, one in sorted(parameters.items()) if one.grad_req != "null"}
    for (key, one), expected in zip(trained.items(), recorded["gradients"], strict=True):
        found = rcnn.fingerprint(one.grad().asnumpy())
        np.testing.assert_allclose(found, expected, rtol=0, atol=1e-3 * expected[0] + 1e-6, err_msg=key)
