"""One training step of an SSD is GluonCV's: targets, losses, gradients of all Parameters.

``tools/record_ssd_step.py`` has recorded the real one; ``tools/golden/ssd_step.py`` has the batch.
"""

import sys
from pathlib import Path

import numpy as np
import pytest

import regluon as mx
from regluon.cv import model_zoo
from regluon.cv.loss import SSDMultiBoxLoss
from regluon.cv.target import SSDTargetGenerator
from regluon.gluon import Constant

ROOT = Path(__file__).resolve().parents[3]
GOLDEN = ROOT / "tests" / "golden" / "steps"

# Its neighbours there need MXNet; this one does not.
sys.path.insert(0, str(ROOT / "tools"))
from golden import ssd_step, zoo  # noqa: E402

sys.path.pop(0)


@pytest.fixture(scope="module", params=list(ssd_step.STEPS))
def step(request):
    """Take the step; return what is recorded and what is found."""
    with np.load(GOLDEN / f"{request.param}.npz", allow_pickle=False) as file:
        recorded = dict(file)
    row = ssd_step.STEPS[request.param]
    pictures, boxes, ids = (mx.nd.array(one) for one in ssd_step.batch(row.label))
    net = model_zoo.get_model(row.name, **zoo.arguments(row))
    net.infer_shape(pictures)
    net.initialize("zeros")
    parameters = {name: one for name, one in net._collect_params_with_prefix().items() if not isinstance(one, Constant)}
    net.load_dict(zoo.values(row, {name: one.shape for name, one in parameters.items()}), allow_missing=True)
    with mx.autograd.record():
        scores, offsets, anchors = net(pictures)
        with mx.autograd.pause():
            mined = SSDTargetGenerator()(anchors, scores, boxes, ids)
            targets = SSDTargetGenerator(negative_mining_ratio=-1)(anchors, scores, boxes, ids)
        sums, of_classes, of_boxes = SSDMultiBoxLoss()(scores, offsets, targets[0], targets[1])
    mx.autograd.backward(sums)
    gradients = {name: one.grad().asnumpy() for name, one in parameters.items() if one.grad_req != "null"}
    found = {
        "mined": mined[0].asnumpy(),
        "classes": targets[0].asnumpy(),
        "boxes": targets[1].asnumpy()[targets[2].asnumpy() > 0],
        "sum": sums[0].asnumpy(),
        "class_loss": of_classes[0].asnumpy(),
        "box_loss": of_boxes[0].asnumpy(),
        **ssd_step.summary(gradients),
    }
    return recorded, found


def test_the_same_things_are_recorded(step):
    recorded, found = step
    assert sorted(recorded) == sorted(found)


@pytest.mark.parametrize("name", ["mined", "classes"])
def test_targets_are_the_same(step, name):
    recorded, found = step
    np.testing.assert_array_equal(found[name], recorded[name])
    assert (recorded[name] > 0).sum() > 5


@pytest.mark.parametrize("name", ["boxes", "sum", "class_loss", "box_loss"])
def test_losses_and_offsets_are_the_same(step, name):
    recorded, found = step
    np.testing.assert_allclose(found[name], recorded[name], rtol=1e-4, atol=1e-5)


def test_every_gradient_is_the_same(step):
    """The error of any number is below a thousandth of its Parameter's length, and that of the length is too."""
    recorded, found = step
    lengths = recorded["lengths"]
    np.testing.assert_allclose(found["lengths"], lengths, rtol=1e-3, atol=1e-6)
    error = np.abs(found["samples"] - recorded["samples"])
    assert (error <= 1e-3 * lengths[:, None] + 1e-6).all()
