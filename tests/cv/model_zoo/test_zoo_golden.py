"""Networks of the zoo have the Parameters of MXNet's and GluonCV's, and answer the same.

``tools/record_zoo.py`` has recorded the real ones; ``tools/golden/zoo.py`` draws the values.
"""

import sys
from pathlib import Path

import numpy as np
import pytest

import regluon as mx
from regluon.cv import model_zoo
from regluon.gluon import Constant
from regluon.gluon.model_zoo import vision

ROOT = Path(__file__).resolve().parents[3]
GOLDEN = ROOT / "tests" / "golden" / "zoo"

# Its neighbours there need MXNet; this one does not.
sys.path.insert(0, str(ROOT / "tools"))
from golden import zoo  # noqa: E402

sys.path.pop(0)

LABELS = sorted(path.stem for path in GOLDEN.glob("*.npz"))


def make(row):
    return (vision if row.zoo == "mxnet" else model_zoo).get_model(row.name, **zoo.arguments(row))


@pytest.mark.parametrize("label", LABELS)
def test_equals_the_real_one(label):
    row = zoo.ROWS[label]
    with np.load(GOLDEN / f"{label}.npz", allow_pickle=False) as file:
        recorded = dict(file)
    with mx.NameManager():
        net = make(row)
    picture = mx.nd.array(zoo.picture(row))
    net.infer_shape(picture)
    parameters = net._collect_params_with_prefix()
    described = zoo.describe((name, one.name, one.shape) for name, one in parameters.items())
    for key, value in described.items():
        np.testing.assert_array_equal(value, recorded[key], err_msg=key)
    if not row.run:
        return
    free = {name: one.shape for name, one in parameters.items() if not isinstance(one, Constant)}
    net.initialize("zeros", force_reinit=True)
    net.load_dict(zoo.values(row, free), allow_missing=True)
    outputs = [one.asnumpy() for one in zoo.flat(net(picture))]
    predicted = len(outputs)
    if row.train:
        with mx.autograd.train_mode():
            outputs += [one.asnumpy() for one in zoo.flat(net(picture))]
    assert [one.shape for one in outputs] == [tuple(recorded[f"shape{i}"]) for i in range(recorded["outputs"])]
    for i, output in enumerate(outputs):
        expected = recorded[f"out{i}"]
        rtol = row.rtol if i < predicted else row.train_rtol or row.rtol
        tolerance = rtol * max(float(np.abs(expected).max()), 1e-6)
        np.testing.assert_allclose(zoo.sample(output), expected, rtol=0, atol=tolerance, err_msg=f"output {i}")


def test_every_recording_has_a_row_and_every_row_a_recording():
    assert sorted(zoo.ROWS) == LABELS
