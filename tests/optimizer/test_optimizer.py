"""Optimizers: lists, factors, precision, and those of one's own; numbers of updates are in the recordings."""

import copy
import math
import pickle
import warnings

import numpy as np
import pytest
import torch

from regluon import lr_scheduler, nd, optimizer
from regluon.core.errors import ArgumentError, ArgumentTypeError, ShapeError
from regluon.gluon import Parameter
from tests.recorded import Case, recorded, recorded_params

EVERY = [
    "adadelta", "adagrad", "adam", "adamax", "adamw", "ccsgd", "dcasgd", "ftml", "ftrl", "groupadagrad", "lamb", "lars",
    "lbsgd", "nadam", "nag", "rmsprop", "sgd", "signum",
]  # fmt: skip


def shapes(seed: int) -> list[nd.NDArray]:
    random = np.random.default_rng(seed)
    return [nd.array(random.normal(size=shape)) for shape in ((2, 3), (1, 4), (3, 1))]


@pytest.mark.parametrize("name", EVERY)
def test_lists_are_updated_as_one_by_one(name: str):
    together, apart = (optimizer.get_updater(optimizer.create(name, wd=0.0, learning_rate=0.1)) for _ in range(2))
    joined, single = shapes(0), shapes(0)
    for step in range(1, 4):
        grads = shapes(step)
        together([0, 1, 2], grads, joined)
        for i, (grad, weight) in enumerate(zip(grads, single, strict=True)):
            apart(i, grad, weight)
    for one, other in zip(joined, single, strict=True):
        np.testing.assert_allclose(one.asnumpy(), other.asnumpy(), rtol=1e-6)


@pytest.mark.parametrize("name", EVERY)
def test_gradients_stay_as_they_are(name: str):
    update = optimizer.get_updater(optimizer.create(name, rescale_grad=0.5, clip_gradient=0.25))
    (grad, *_), (weight, *_) = shapes(1), shapes(0)
    before = grad.asnumpy()
    update(0, grad, weight)
    np.testing.assert_array_equal(grad.asnumpy(), before)


@pytest.mark.parametrize("case", recorded_params("LBSGD", folder="gluon"))
def test_large_batches_equal_mxnet(case: Case):
    update = optimizer.get_updater(optimizer.create("lbsgd", **case.attrs))
    weight = nd.array(case.inputs["weight"])
    for gradient, expected in zip(case.inputs["gradients"], case.outputs[0], strict=True):
        update(0, nd.array(gradient), weight)
        np.testing.assert_allclose(weight.asnumpy(), expected, rtol=2e-5, atol=2e-6)


def test_decoupled_decay_equals_mxnets_operator():
    """The recorded operator has ``eta * (lr * step + wd * weight)``; a class of its own came with MXNet 2."""
    case = next(case for case in recorded("_adamw_update") if case.name == "everything")
    given = {name: case.attrs[name] for name in ("beta1", "beta2", "epsilon", "clip_gradient")}
    eta, lr, wd = (case.attrs[name] for name in ("eta", "lr", "wd"))
    rescale = case.inputs["rescale_grad"].item()
    made = optimizer.AdamW(learning_rate=eta * lr, wd=wd / lr, correct_bias=False, rescale_grad=rescale, **given)
    weight, grad, mean, square = (nd.array(case.inputs[name]) for name in ("weight", "grad", "mean", "var"))
    made.update(0, weight, grad, (mean, square))
    np.testing.assert_allclose(weight.asnumpy(), case.outputs[0], rtol=2e-5, atol=2e-6)
    np.testing.assert_allclose(mean.asnumpy(), case.aux["mean"], rtol=2e-5, atol=2e-6)


def test_decoupled_decay_corrects_its_means():
    weight = nd.array([1.0])
    optimizer.get_updater(optimizer.AdamW(learning_rate=0.5, wd=0.1, epsilon=0.0))(0, nd.array([4.0]), weight)
    # The first corrected step is the sign of the gradient; the decay's rate is corrected with it.
    rate = 0.5 * math.sqrt(1 - 0.999) / (1 - 0.9)
    assert weight.asscalar() == pytest.approx(1 - 0.5 - rate * 0.1, rel=1e-3)


def test_noise_has_the_variance_of_the_rate():
    weight = nd.zeros((20000,))
    optimizer.SGLD(learning_rate=0.04, wd=0.5).update(0, weight, nd.full((20000,), 2.0), None)
    assert weight.asnumpy().mean() == pytest.approx(-0.04, abs=0.01)
    assert weight.asnumpy().std() == pytest.approx(0.2, rel=0.03)


def test_late_gradients_with_momentum_follow_the_paper():
    """MXNet cannot run this: it asks an array of several elements whether it is true."""
    update = optimizer.get_updater(optimizer.DCASGD(learning_rate=0.5, momentum=0.5, lamda=2.0))
    weight = nd.array([1.0, 2.0])
    update(0, nd.array([1.0, 0.0]), weight)
    assert weight.asnumpy().tolist() == [0.5, 2.0]
    update(0, nd.array([1.0, 1.0]), weight)
    # Kept: 0.5 * -0.5 - 0.5 * (1 + 2 * 1 * (0.5 - 1)) = -0.25 and -0.5.
    assert weight.asnumpy().tolist() == [0.25, 1.5]


class TestFactors:
    def test_by_index_name_and_parameter(self):
        made = optimizer.SGD(learning_rate=1.0, wd=1.0, param_idx2name={0: "a_weight", 1: "a_bias", 2: "a_gamma"})
        assert made._get_wds([0, 1, 2]) == [1, 0, 1]  # biases do not decay where names are known
        made.set_lr_mult({"a_weight": 0.5, 2: 0.25})
        made.set_wd_mult({"a_bias": 2.0})
        assert made._get_lrs([0, 1, 2]) == [0.5, 1, 0.25]
        assert made._get_wds([0, 1, 2]) == [1, 2, 1]
        made.param_dict = {0: Parameter("w", lr_mult=3.0, wd_mult=4.0)}
        assert (made._get_lr(0), made._get_wd(0)) == (3, 4)
        layers = optimizer.LARS(wd=1.0, param_idx2name={0: "a_weight", 1: "a_gamma"})
        assert layers._get_wds([0, 1]) == [1, 0]

    def test_layers_keep_the_common_rate_for_biases(self):
        made = optimizer.LARS(learning_rate=1.0, eta=0.5, param_idx2name={0: "a_bias", 1: "a_weight"})
        bias, weight = nd.array([3.0]), nd.array([3.0])
        for index, array in enumerate((bias, weight)):
            made.update(index, array, nd.array([2.0]), None)
        assert (bias.asscalar(), weight.asscalar()) == (1.0, 1.5)

    def test_momentum_follows_a_rate_that_changes(self):
        schedule = lr_scheduler.MultiFactorScheduler([1], 0.5, base_lr=1.0)
        made = optimizer.LARS(lr_scheduler=schedule, momentum=0.5, param_idx2name={0: "a_bias"})
        weight, state = nd.array([0.0]), nd.array([0.0])
        made.update(0, weight, nd.array([1.0]), state)
        made.update(0, weight, nd.array([0.0]), state)
        assert weight.asscalar() == -1.25  # a quarter, not a half, of the last step

    def test_the_schedule_counts_from_the_beginning(self):
        schedule = lr_scheduler.FactorScheduler(10, 0.5)
        made = optimizer.SGD(lr_scheduler=schedule, learning_rate=1.0, begin_num_update=10)
        assert schedule.base_lr == 1
        assert made.learning_rate == 1
        made.update(0, nd.ones((1,)), nd.ones((1,)), None)
        assert (made.num_update, made.learning_rate) == (11, 0.5)


class TestPrecision:
    @pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
    def test_small_steps_add_up_in_32_bits(self, dtype: str):
        update = optimizer.get_updater(optimizer.SGD(learning_rate=1e-4, momentum=0.5, multi_precision=True))
        weight = nd.ones((1,)).astype(dtype)
        other = nd.ones((1,))
        for _ in range(100):
            update([0, 1], [nd.ones((1,)).astype(dtype), nd.ones((1,))], [weight, other])
        assert weight._tensor.dtype == getattr(torch, dtype)
        assert float(weight._tensor) == pytest.approx(other.asscalar(), rel=4e-3)
        assert other.asscalar() < 0.99

    def test_without_it_there_is_a_warning(self):
        with pytest.warns(UserWarning, match="SGD: updates of 16-bit weights lose precision; multi_precision=True"):
            optimizer.SGD().create_state_multi_precision(0, nd.ones((1,), dtype="float16"))

    def test_one_weight_alone(self):
        made = optimizer.SGD(learning_rate=1.0, multi_precision=True)
        weight = nd.ones((1,), dtype="float16")
        state = made.create_state_multi_precision(0, weight)
        made.update_multi_precision(0, weight, nd.ones((1,), dtype="float16"), state)
        assert weight.asscalar() == 0


class TestOnesOwn:
    def test_written_as_in_mxnet_1(self):
        @optimizer.register
        class Halver(optimizer.Optimizer):
            def create_state(self, index, weight):
                return nd.zeros_like(weight)

            def update(self, index, weight, grad, state):
                self._update_count(index)
                state += grad
                weight -= self._get_lr(index) * (state + self._get_wd(index) * weight)

        made = optimizer.create("halver", learning_rate=0.5, wd=1.0)
        update = optimizer.get_updater(made)
        first, second = nd.array([1.0]), nd.array([2.0])
        update([0, 1], [nd.ones((1,)), nd.ones((1,))], [first, second])
        assert (first.asscalar(), second.asscalar(), made.num_update) == (0, 0.5, 1)
        assert optimizer.Optimizer.create_optimizer("halver").lr == 0.01
        assert optimizer.Optimizer.register(Halver) is Halver
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            update([], [], [])

    def test_written_as_in_mxnet_2(self):
        class Plain(optimizer.Optimizer):
            def step(self, indices, weights, grads, states):
                for index, weight, grad in zip(indices, weights, grads, strict=True):
                    self._update_count(index)
                    weight -= self._get_lr(index) * grad

        weight = nd.array([1.0])
        optimizer.get_updater(Plain(learning_rate=0.25))(0, nd.ones((1,)), weight)
        assert weight.asscalar() == 0.75

    def test_must_be_written(self):
        with pytest.raises(NotImplementedError, match="Optimizer: update must be written"):
            optimizer.Optimizer().update(0, nd.ones((1,)), nd.ones((1,)), None)


def test_copies_leave_parameters_behind():
    made = optimizer.SGD(learning_rate=0.5, param_dict={0: Parameter("w")})
    for other in (copy.deepcopy(made), pickle.loads(pickle.dumps(made))):
        assert (other.param_dict, other.lr) == ({}, 0.5)
    assert optimizer.create(made) is made


@pytest.mark.parametrize(
    ("make", "error", "words"),
    [
        pytest.param(lambda: optimizer.SGD(speed=1), ArgumentTypeError, "SGD: has no argument 'speed'", id="unknown"),
        pytest.param(
            lambda: optimizer.create(3), ArgumentError, "optimizer: must be one of adadelta, .*, got 3", id="number"
        ),
        pytest.param(
            lambda: optimizer.GroupAdaGrad(wd=1), ArgumentError, "GroupAdaGrad: wd must be 0, got 1", id="decay"
        ),
        pytest.param(
            lambda: optimizer.GroupAdaGrad().create_state(0, nd.ones((2,))),
            ShapeError,
            r"must have 2 axes, got shape \(2,\)",
            id="one axis",
        ),
        pytest.param(
            lambda: optimizer.LBSGD(warmup_strategy="x"),
            ArgumentError,
            "must be one of 'linear', 'power2', 'sqrt', 'lars', got 'x'",
            id="strategy",
        ),
    ],
)
def test_arguments_are_checked(make, error, words: str):
    with pytest.raises(error, match=words):
        make()
