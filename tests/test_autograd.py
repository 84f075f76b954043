"""Autograd: against real MXNet, piece by piece, and what the pieces cannot show."""

import gc
import threading
import weakref

import pytest
import torch

from regluon import autograd, nd
from regluon.nd import gradient
from tests.pieces import check, pieces

# Where this package is not MXNet, and why; found by the last lines of a piece.
DIFFERENT = {
    "(g, x.grad, g is x.grad)": "one array here, a new one at each look in MXNet; both show the newest",
    "z = g * g\nz.backward()\nx.grad": "MXNet 1.9 has no second derivative of a broadcast product",
    "autograd.grad(y, [h])": "MXNet has no gradient for what is computed on the way",
    "autograd.mark_variables([x], [g])\nx.grad": "refused here: the gradient has another shape than the variable",
    "y.backward(nd.ones(2))": "refused here: MXNet reads past the end of the gradient",
    "y.backward(nd.ones((1, 3)))": "refused here: the gradient has another shape",
    "y[0:2] = x * x\n    z = y * 2\nz.backward()\nx.grad": "MXNet has no gradient of writing into a part",
}


def differs(code):
    return {code} if any(code.endswith(end) for end in DIFFERENT) else set()


@pytest.mark.parametrize(
    ("code", "told"), pieces("autograd"), ids=lambda value: "" if isinstance(value, list | dict) else None
)
def test_answers_as_mxnet(code, told):
    check(code, told, differs(code))


def test_every_difference_is_tried():
    assert {end for code, _ in pieces("autograd") for end in DIFFERENT if code.endswith(end)} == DIFFERENT.keys()


def variable(*values, grad_req="write"):
    array = nd.array(values)
    array.attach_grad(grad_req)
    return array


# Modes


def test_modes_are_those_of_the_thread():
    seen = []

    def look():
        seen.append((autograd.is_recording(), autograd.is_training()))
        with autograd.record():
            seen.append((autograd.is_recording(), autograd.is_training()))

    with autograd.record(train_mode=False):
        other = threading.Thread(target=look)
        other.start()
        other.join()
        seen.append((autograd.is_recording(), autograd.is_training()))
    assert seen == [(False, False), (True, True), (True, False)]


def test_modes_end_with_an_error():
    with pytest.raises(RuntimeError, match="stop"), autograd.record():
        raise RuntimeError("stop")
    assert not autograd.is_recording()
    assert not autograd.is_training()
    assert torch.is_grad_enabled()


def test_a_scope_may_be_used_again_inside_itself():
    scope = autograd.record()
    with scope:
        with scope, autograd.pause():
            assert not autograd.is_recording()
        assert autograd.is_recording()
    assert not autograd.is_recording()


def test_set_recording_leaves_plain_tensors_recording():
    autograd.set_recording(autograd.set_recording(True))
    assert not autograd.is_recording()
    assert (torch.ones(1, requires_grad=True) * 2).requires_grad


def test_pause_holds_for_plain_tensors():
    with autograd.record(), autograd.pause():
        assert not (torch.ones(1, requires_grad=True) * 2).requires_grad


def test_nothing_is_recorded_outside():
    x = variable(1.0)
    y = x * 2
    assert not y.as_torch().requires_grad


# Gradients


def test_a_held_gradient_shows_the_new_values():
    x = variable(1.0, 2.0)
    held = x.grad
    for factor in (3.0, 5.0):
        with autograd.record():
            y = x * factor
        y.backward()
        assert held.asnumpy().tolist() == [factor, factor]


def test_marked_memory_is_written_in_place():
    store = torch.zeros(4)
    x, gradient_of_x = nd.array([1.0, 2.0]), nd.from_torch(store[1:3])
    autograd.mark_variables(x, gradient_of_x)
    for factor in (3.0, 5.0):
        with autograd.record():
            y = x * factor
        y.backward()
        assert store.tolist() == [0, factor, factor, 0]


def test_add_adds_into_marked_memory():
    x, given = nd.array([1.0]), nd.array([10.0])
    autograd.mark_variables([x], [given], "add")
    for _ in range(2):
        with autograd.record():
            y = x * 3
        y.backward()
    assert given.asscalar() == 16


def test_gradients_of_gradients():
    x = variable(2.0)
    with autograd.record():
        y = x * x * x
        (first,) = autograd.grad(y, [x], create_graph=True)
        (second,) = autograd.grad(first, [x], create_graph=True)
        (third,) = autograd.grad(second, [x])
    assert (first.asscalar(), second.asscalar(), third.asscalar()) == (12, 12, 6)


def test_a_long_graph_does_not_recurse():
    x = variable(1.0)
    with autograd.record():
        y = x * 1
        for _ in range(5000):
            y = y + x
    y.backward()
    assert x.grad.asscalar() == 5001


def test_a_used_graph_is_freed():
    x = variable(1.0)
    with autograd.record():
        y = x * x
    tensor = weakref.ref(y.as_torch())
    y.backward()
    del y
    gc.collect()
    assert tensor() is None


def test_operators_without_gradient_write_zeros():
    x = variable(3.0, 1.0)
    x.grad[:] = 7
    with autograd.record():
        y = nd.BlockGrad(x) + nd.argsort(x) + nd.topk(x, k=2, ret_typ="value") * 0
    y.backward()
    assert x.grad.asnumpy().tolist() == [0, 0]


def test_zero_gradients_can_be_differentiated_again():
    x = variable(3.0, 1.0)
    with autograd.record():
        (found,) = autograd.grad(nd.BlockGrad(x) * x, [x], create_graph=True)
    assert found.asnumpy().tolist() == [3, 1]


def test_writing_into_a_part_is_recorded():
    x = variable(1.0, 2.0)
    with autograd.record():
        y = nd.zeros(3)
        y[::-2] = x * x
        z = y * nd.array([1, 10, 100])
    z.backward()
    assert x.grad.asnumpy().tolist() == [200, 4]


def test_picked_places_written_are_recorded():
    x = variable(1.0, 2.0)
    with autograd.record():
        y = nd.zeros((2, 3))
        y[[1, 0], [0, 2]] = x
        z = y * y
    z.backward()
    assert x.grad.asnumpy().tolist() == [2, 4]


def test_a_write_under_pause_is_not_recorded():
    x = variable(1.0)
    with autograd.record():
        y = nd.zeros(1)
        with autograd.pause():
            y[:] = x * 5
        z = x * y
    z.backward()
    assert x.grad.asscalar() == 5


def test_a_plain_tensors_gradient_is_seen():
    x = variable(2.0)
    (x.as_torch() * 3).sum().backward()
    assert x.grad.asscalar() == 3


def test_null_keeps_a_place_and_is_not_recorded():
    x, y = variable(2.0, grad_req="null"), variable(3.0)
    with autograd.record():
        z = x * y
    z.backward()
    assert (x.grad.asscalar(), y.grad.asscalar()) == (0, 2)


# Functions


class Product(autograd.Function):
    def forward(self, first, second):
        self.save_for_backward(first, second)
        return first * second, first + second

    def backward(self, product, total):
        return product * self.saved_tensors[1] + total, None


def test_a_function_may_have_no_gradient_for_an_input():
    x, y = variable(2.0), variable(3.0)
    with autograd.record():
        product, total = Product()(x, y)
        z = product * 10 + total
    z.backward()
    assert (x.grad.asscalar(), y.grad.asscalar()) == (31, 0)


def test_a_function_is_not_recorded_outside():
    product, total = Product()(variable(2.0), variable(3.0))
    assert (product.asscalar(), total.asscalar()) == (6, 5)
    assert not product.as_torch().requires_grad


def recorded():
    x = variable(1.0, 2.0)
    with autograd.record():
        return x, x * x


def test_a_mark_tells_when_a_backward_has_come():
    x, y = recorded()
    own = gradient.mark_of(x.as_torch())
    assert (own.grad_req, own.fresh) == ("write", False)
    y.backward()
    assert own.fresh
    assert gradient.mark_of(y.as_torch()) is None
