"""The operators on plain tensors; what they compute is held against MXNet in the tests of each."""

import pytest
import torch

from regluon import autograd, th
from regluon.core.errors import ArgumentError, ArgumentTypeError, UnknownNameError
from regluon.ops.registry import find


def test_tensors_in_tensors_out():
    rows = torch.tensor([[0.9, 0, 0, 1, 1], [0.8, 0, 0, 1, 1]])
    assert th.contrib.box_nms(rows, coord_start=1, score_index=0).tolist() == [rows[0].tolist(), [-1] * 5]


def test_it_follows_torchs_gradients():
    data = torch.ones(3, requires_grad=True)
    th.relu(data).sum().backward()
    assert data.grad.tolist() == [1, 1, 1]
    with torch.no_grad():
        assert not th.relu(data).requires_grad
    with autograd.pause():
        assert not th.relu(data).requires_grad


def test_training_is_that_of_autograd():
    data = torch.ones(100)
    assert th.Dropout(data, p=0.5).unique().tolist() == [1]
    with autograd.train_mode():
        assert th.Dropout(data, p=0.5).unique().tolist() == [0, 2]


def test_states_are_changed_in_place():
    states = [torch.zeros(2), torch.ones(2)]
    with autograd.train_mode():
        out = th.BatchNorm(torch.ones(4, 2), torch.ones(2), torch.zeros(2), *states, momentum=0.5)
    assert out.shape == (4, 2)
    assert states[0].tolist() == [0.5, 0.5]


def test_a_name_is_for_graphs():
    assert th.relu(torch.ones(1), name="mine").tolist() == [1]


def test_attributes_by_position_and_as_text():
    data = torch.tensor([-1.0, 1.0])
    assert th.Activation(data, "relu").tolist() == th.Activation(data, act_type="relu").tolist() == [0, 1]
    assert th.clip(data, "-0.5", "0.5").tolist() == [-0.5, 0.5]
    assert th.sum(torch.ones(2, 3), axis="(0, 1)", keepdims="True").shape == (1, 1)


def test_wrapped_functions_under_their_registered_names():
    assert th._internal._zeros(shape=2).tolist() == [0, 0]
    assert th._internal._random_uniform(shape=(3,)).shape == (3,)


@pytest.mark.parametrize(
    ("act", "error", "words"),
    [
        pytest.param(
            lambda: th.relu([1.0]),
            ArgumentTypeError,
            "relu: inputs must be arrays of one kind, got list",
            id="list",
        ),
        pytest.param(lambda: th.relu(), ArgumentTypeError, "relu: data must be an array, got nothing", id="nothing"),
        pytest.param(lambda: th.relu(data=3), ArgumentTypeError, "relu: data must be an array, got int", id="int"),
        pytest.param(
            lambda: th.relu(torch.ones(1), nonsense=1),
            ArgumentTypeError,
            "relu: has no argument 'nonsense'",
            id="name",
        ),
        pytest.param(
            lambda: th.Activation(torch.ones(1), act_typ="relu"),
            ArgumentTypeError,
            "Did you mean 'act_type'",
            id="misspelt",
        ),
        pytest.param(
            lambda: th.Activation(torch.ones(1)),
            ArgumentTypeError,
            r"act_type must be given \(one of 'relu'",
            id="missing",
        ),
        pytest.param(
            lambda: th.Activation(torch.ones(1), "rellu"),
            ArgumentError,
            "act_type must be one of 'relu'.*, got 'rellu'",
            id="value",
        ),
        pytest.param(
            lambda: th.cast(torch.ones(1), dtype="float33"),
            ArgumentError,
            "dtype must be one of 'float32'.*got 'float33'",
            id="type",
        ),
        pytest.param(
            lambda: th.relu(torch.ones(1), 1, 2),
            ArgumentTypeError,
            "takes at most 1 inputs and 0 attributes, got 3 values",
            id="too many",
        ),
        pytest.param(
            lambda: find("rellu"),
            UnknownNameError,
            "operator 'rellu' is not supported. Close names: .*relu",
            id="find",
        ),
    ],
)
def test_errors(act, error, words):
    with pytest.raises(error, match=words):
        act()
