"""Initializers against real MXNet: values where they are fixed, statistics where they are drawn."""

import numpy as np
import pytest
import torch

from regluon import init, nd
from regluon.core.errors import ArgumentError, ArgumentTypeError, ShapeError, UnknownNameError
from regluon.initializer import InitDesc, Initializer, create, register
from tests.recorded import Case, recorded_params

FIXED = ("Zero", "One", "Constant", "Bilinear", "LSTMBias")
DRAWN = ("Uniform", "Normal", "Xavier", "MSRAPrelu")


def filled(name: str, case: Case) -> np.ndarray:
    options = {**case.attrs}
    shape, desc, chosen = options.pop("shape"), options.pop("desc", "layer_weight"), options.pop("chosen", False)
    array = nd.full(shape, 7.0)
    chooser = getattr(init, name)(**options)
    chooser(InitDesc(desc, {"__init__": chooser.dumps()} if chosen else None), array)
    return array.asnumpy()


@pytest.mark.parametrize(("name", "case"), recorded_params(*FIXED, folder="components"))
def test_fixed_values_equal_mxnet(name: str, case: Case):
    np.testing.assert_allclose(filled(name, case), case.outputs[0], rtol=1e-6)


@pytest.mark.parametrize(("name", "case"), recorded_params(*DRAWN, folder="components"))
def test_statistics_equal_mxnet(name: str, case: Case):
    values = filled(name, case)
    mean, deviation, least, largest = case.outputs[0]
    assert values.std() == pytest.approx(deviation, rel=0.03)
    assert values.mean() == pytest.approx(mean, abs=max(4 * deviation / np.sqrt(values.size), 1e-7) * 2)
    # Normal values reach out at random, uniform ones to a fixed end.
    loose = 0.3 if name in ("Normal", "MSRAPrelu") or case.attrs.get("rnd_type") == "gaussian" else 0.01
    assert values.max() == pytest.approx(largest, rel=loose, abs=1e-7)
    assert values.min() == pytest.approx(least, rel=loose, abs=1e-7)


@pytest.mark.parametrize(("name", "case"), recorded_params("Orthogonal", "Orthogonal", folder="components"))
def test_rows_are_as_orthogonal_as_mxnets(name: str, case: Case):
    rows = filled(name, case).reshape(case.attrs["shape"][0], -1)
    np.testing.assert_allclose(rows @ rows.T, case.outputs[0], atol=1e-5)


def test_tall_matrices_have_orthogonal_columns():
    array = nd.zeros((5, 2))
    init.Orthogonal(scale=2.0)("x_weight", array)
    values = array.asnumpy()
    np.testing.assert_allclose(values.T @ values, 4 * np.eye(2), atol=1e-5)


def test_a_seed_means_the_same_values():
    found = []
    for _ in range(2):
        torch.manual_seed(3)
        array = nd.zeros((4,))
        init.Normal(1.0)("x_weight", array)
        found.append(array.asnumpy())
    np.testing.assert_array_equal(*found)


def test_names_texts_and_classes_of_ones_own():
    @register
    class Half(Initializer):
        def _init_weight(self, name, arr):
            arr[:] = 0.5

    for one in ("half", "Half", Half(), Half().dumps()):
        array = nd.zeros((2,))
        create(one)(InitDesc("x_weight"), array)
        assert array.asnumpy().tolist() == [0.5, 0.5]
    xavier = init.Xavier("gaussian", "in", 2)
    again = create(xavier.dumps())
    assert again == xavier
    assert hash(again) == hash(xavier)
    assert again != init.Xavier()
    assert repr(again) == "Xavier(rnd_type='gaussian', factor_type='in', magnitude=2)"
    assert create("ones") == init.One()
    assert create(init.MSRAPrelu("in", 0.5).dumps()).magnitude == pytest.approx(1.6)

    def function(name, array):
        array[:] = 1

    assert create(function) is function


def test_constants_may_be_arrays():
    array = nd.zeros((2, 2))
    constant = init.Constant(nd.array([[1, 2], [3, 4]]))
    create(constant.dumps())("x_weight", array)
    assert array.asnumpy().tolist() == [[1, 2], [3, 4]]


@pytest.mark.parametrize(
    ("make", "error", "words"),
    [
        pytest.param(
            lambda: init.Xavier("cubic"), ArgumentError, "rnd_type must be one of 'uniform', 'gaussian'", id="kind"
        ),
        pytest.param(
            lambda: init.Xavier(factor_type="x"),
            ArgumentError,
            "factor_type must be one of 'avg', 'in', 'out'",
            id="way",
        ),
        pytest.param(
            lambda: init.Orthogonal(rand_type="x"),
            ArgumentError,
            "rand_type must be one of 'uniform', 'normal'",
            id="draw",
        ),
        pytest.param(lambda: init.Mixed(["a"], []), ArgumentError, "one for each of 1 patterns, got 0", id="mixed"),
        pytest.param(
            lambda: create("nothing"), ArgumentError, "initializer: must be one of .*xavier.*, got 'nothing'", id="name"
        ),
        pytest.param(lambda: create(3), ArgumentTypeError, "must be an Initializer or its name, got 3", id="number"),
        pytest.param(
            lambda: init.Xavier()("x_weight", nd.zeros((3,))),
            ShapeError,
            r"Xavier: .*at least 2 axes, got 'x_weight' of shape \(3,\)",
            id="one axis",
        ),
        pytest.param(
            lambda: init.Bilinear()("x_weight", nd.zeros((3,))),
            ShapeError,
            "Bilinear: a parameter must have at least 2 axes",
            id="bilinear",
        ),
        pytest.param(
            lambda: init.One()("x_something", nd.zeros((3,))),
            ArgumentError,
            "the end of a parameter's name must be one of weight, bias",
            id="ending",
        ),
        pytest.param(
            lambda: init.Mixed(["a"], [init.One()])("b", nd.zeros((1,))),
            ArgumentError,
            "a pattern must match every parameter, got 'b'",
            id="no pattern",
        ),
        pytest.param(
            lambda: init.Load({})("b", nd.zeros((1,))),
            UnknownNameError,
            "Load: there is no array for 'b'",
            id="no array",
        ),
        pytest.param(
            lambda: init.Load({"b": nd.zeros((2,))})("b", nd.zeros((1,))),
            ShapeError,
            r"Load: b must have shape \(1,\), got \(2,\)",
            id="other shape",
        ),
        pytest.param(
            lambda: Initializer()("x_weight", nd.zeros((1,))),
            NotImplementedError,
            "Initializer: _init_weight must be written",
            id="base",
        ),
    ],
)
def test_refusals(make, error, words: str):
    with pytest.raises(error, match=words):
        make()
