"""What autograd says to those who use it wrongly."""

import numpy as np
import pytest

from regluon import autograd, nd
from regluon.core.errors import ArgumentError, ArgumentTypeError, MXNetError, ShapeError


def variable(*values):
    array = nd.array(values)
    array.attach_grad()
    return array


class Sum(autograd.Function):
    def forward(self, first, second):
        return first + second

    def backward(self, total):
        return total, None


def recorded():
    x = variable(1.0, 2.0)
    with autograd.record():
        return x, x * x


def test_backward_of_what_was_not_recorded():
    with pytest.raises(
        MXNetError, match=r"must be computed under autograd.record\(\) from an array with attach_grad\(\)"
    ):
        nd.ones(2).backward()


def test_backward_twice():
    _, y = recorded()
    y.backward()
    with pytest.raises(MXNetError, match="the graph has been used up; pass retain_graph=True to the one before"):
        y.backward()


def test_a_change_of_what_the_gradient_needs():
    x, y = recorded()
    x[:] = 5
    with pytest.raises(MXNetError, match="an array that the gradient needs has been changed in place since"):
        y.backward()


def test_other_errors_of_a_backward_stay():
    class Broken(Sum):
        def backward(self, total):
            raise RuntimeError("my own trouble")

    x = variable(1.0)
    with autograd.record():
        total = Broken()(x, x)
    with pytest.raises(RuntimeError, match="my own trouble"):
        total.backward()


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda x: x.__iadd__(1), id="+="),
        pytest.param(lambda x: x.__setitem__(0, 1), id="x[0] = 1"),
        pytest.param(lambda x: nd.exp(nd.zeros(2), out=x), id="out="),
        pytest.param(lambda x: nd.zeros(2).copyto(x), id="copyto"),
    ],
)
def test_no_change_in_place_while_recorded(change):
    x, y = recorded()
    for array in (x, y):
        words = r"in-place operations \(.*\) must not change an array that is being recorded"
        with pytest.raises(MXNetError, match=words), autograd.record():
            change(array)


def test_head_gradients_have_the_shape():
    _, y = recorded()
    with pytest.raises(ShapeError, match=r"a head gradient must have shape \(2,\), got \(3,\)"):
        y.backward(nd.ones(3))


def test_head_gradients_are_as_many_as_heads():
    _, y = recorded()
    with pytest.raises(ArgumentError, match="head_grads must be one for each of 1 heads, got 2"):
        autograd.backward([y], [None, None])


def test_heads_are_needed():
    with pytest.raises(ArgumentError, match="heads must be at least one array, got none"):
        autograd.backward([])


def test_heads_are_arrays():
    with pytest.raises(ArgumentTypeError, match="autograd: heads must be NDArrays, got int"):
        autograd.backward([1])


def test_grad_by_what_has_no_gradient():
    _, y = recorded()
    with pytest.raises(MXNetError, match=r"grad: variables must have attach_grad\(\) called before the record\(\)"):
        autograd.grad(y, [nd.ones(2)])


def test_grad_by_what_does_not_lead_to_the_heads():
    x, y = recorded()
    with pytest.raises(MXNetError, match="grad: variables must lead to the heads, got number 1 that does not"):
        autograd.grad(y, [x, variable(1.0)])


@pytest.mark.parametrize(
    ("given", "words"),
    [
        pytest.param(([nd.ones(1)], []), "gradients must be one for each variable, 1, got 0", id="gradients"),
        pytest.param(
            ([nd.ones(1)], [nd.ones(1)], []),
            "grad_reqs must be one for each variable, 1, got 0",
            id="requests",
        ),
        pytest.param(
            ([nd.ones(1)], [nd.ones(2)]),
            r"a gradient must be like its variable, \(1,\) of torch.float32, got \(2,\)",
            id="shape",
        ),
        pytest.param(([nd.ones(1)], [nd.ones(1, dtype="float64")]), r"got \(1,\) of torch.float64", id="type"),
    ],
)
def test_marking_wrongly(given, words):
    with pytest.raises(MXNetError, match=words):
        autograd.mark_variables(*given)


@pytest.mark.parametrize(
    ("array", "given", "words"),
    [
        pytest.param(
            [1.0], {"grad_req": "sometimes"}, "must be one of 'write', 'add', 'null', got 'sometimes'", id="request"
        ),
        pytest.param([1.0], {"stype": "row_sparse"}, "stype must be 'default', .* got 'row_sparse'", id="storage"),
        pytest.param(np.ones(1, "int32"), {}, "the array must hold floats, got torch.int32", id="ints"),
    ],
)
def test_attaching_wrongly(array, given, words):
    with pytest.raises(ArgumentError, match=words):
        nd.array(array, dtype=None if isinstance(array, list) else array.dtype).attach_grad(**given)


def test_a_function_without_methods():
    with pytest.raises(NotImplementedError, match="Function: forward must be written"):
        autograd.Function()(nd.ones(1))
    with pytest.raises(NotImplementedError, match="Function: backward must be written"):
        autograd.Function().backward(nd.ones(1))


def test_a_function_takes_arrays_alone():
    with pytest.raises(ArgumentTypeError, match="autograd: inputs must be NDArrays, got float"):
        Sum()(nd.ones(1), 2.0)


def test_a_function_is_used_once():
    once = Sum()
    once(nd.ones(1), nd.ones(1))
    with pytest.raises(MXNetError, match="Sum: each instance of a Function can only be called once"):
        once(nd.ones(1), nd.ones(1))


def test_a_function_gives_one_gradient_for_each_input():
    class Wrong(Sum):
        def backward(self, total):
            return total

    x = variable(1.0)
    with autograd.record():
        total = Wrong()(x, x)
    with pytest.raises(MXNetError, match=r"Wrong: backward must return 2 gradient\(s\), one for each input, got 1"):
        total.backward()
