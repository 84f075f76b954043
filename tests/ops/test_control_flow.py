"""Loops and choices: equal to Python's own, in values, shapes and gradients."""

from typing import Any

import numpy as np
import pytest
import torch

from regluon import autograd, nd, th
from regluon.core.errors import ArgumentError, ArgumentTypeError, ShapeError

ROWS = [[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]


class Face:
    """One way to make arrays and to take numbers out of them."""

    def __init__(self, module: Any, array: Any, numbers: Any) -> None:
        self.contrib, self.array, self.numbers = module.contrib, array, numbers


FACES = {
    "nd": Face(nd, nd.array, lambda array: array.asnumpy().tolist()),
    "th": Face(th, torch.tensor, lambda tensor: tensor.tolist()),
}


@pytest.fixture(params=FACES)
def face(request: pytest.FixtureRequest) -> Face:
    return FACES[request.param]


# foreach


def test_foreach_hands_states_on(face: Face) -> None:
    outputs, last = face.contrib.foreach(lambda x, s: (x + s, x + s), face.array(ROWS), face.array([0.0, 0.0]))
    assert face.numbers(outputs) == [[1, 2], [4, 6], [9, 12]]
    assert face.numbers(last) == [9, 12]


def test_foreach_nests_as_it_is_given(face: Face) -> None:
    seen = []

    def body(data: Any, states: Any) -> Any:
        seen.append((type(data), len(states)))
        (one, two), (count, total) = data, states
        return [one + two, [one * two]], [count + 1, total + one]

    data, states = [face.array(ROWS), face.array(ROWS)], [face.array([0.0]), face.array([0.0, 0.0])]
    (sums, (products,)), (count, total) = face.contrib.foreach(body, data, states)
    assert seen == [(list, 2)] * 3
    assert face.numbers(sums) == [[2, 4], [6, 8], [10, 12]]
    assert face.numbers(products) == [[1, 4], [9, 16], [25, 36]]
    assert (face.numbers(count), face.numbers(total)) == ([3], [9, 12])


def test_foreach_without_states(face: Face) -> None:
    outputs, states = face.contrib.foreach(lambda x, s: (x * 2, s), face.array(ROWS), [])
    assert face.numbers(outputs) == [[2, 4], [6, 8], [10, 12]]
    assert states == []


def test_slices_of_one_axis_have_one_axis(face: Face) -> None:
    outputs, _ = face.contrib.foreach(lambda x, s: (x, s), face.array([1.0, 2.0]), [])
    assert tuple(outputs.shape) == (2, 1)


def test_foreach_sends_gradients_through_all_steps() -> None:
    data, weight = nd.array([[1], [2], [3]]), nd.array([2])
    for one in (data, weight):
        one.attach_grad()
    with autograd.record():
        # s3 = ((w x1) w + x2) w + x3, times w in the end.
        _, last = nd.contrib.foreach(lambda x, s: ([], (s + x) * weight), data, nd.array([0]))
    last.backward()
    assert last.asscalar() == 2 * (3 + 2 * (2 + 2 * 1))
    assert data.grad.asnumpy().ravel().tolist() == [8, 4, 2]
    assert weight.grad.asscalar() == 3 * 1 * 4 + 2 * 2 * 2 + 3


def test_foreach_compiles_to_one_graph() -> None:
    torch._dynamo.reset()
    run = torch.compile(
        lambda x, s: th.contrib.foreach(lambda one, state: (one + state, one + state), x, s),
        fullgraph=True,
        backend="eager",
    )
    outputs, last = run(torch.tensor(ROWS), torch.zeros(2))
    assert outputs.tolist() == [[1, 2], [4, 6], [9, 12]]
    assert last.tolist() == [9, 12]


def test_foreach_refuses_what_it_cannot_go_through(face: Face) -> None:
    run, rows = face.contrib.foreach, face.array(ROWS)
    with pytest.raises(
        ShapeError, match=r"data must be of one length, 1 or more, .* got shapes \[\(3, 2\), \(1, 2\)\]"
    ):
        run(lambda x, s: (x, s), [rows, rows[:1]], [])
    with pytest.raises(ShapeError, match=r"data must be of one length, 1 or more, .* got shapes \[\]"):
        run(lambda x, s: (x, s), [], [])
    with pytest.raises(ArgumentTypeError, match="foreach: data must be nested lists of arrays, got int"):
        run(lambda x, s: (x, s), [1], [])
    with pytest.raises(ArgumentTypeError, match="foreach: init_states must be nested lists of arrays, got float"):
        run(lambda x, s: (x, s), rows, 1.0)
    with pytest.raises(ArgumentTypeError, match="foreach: body must return two things, outputs and states, got"):
        run(lambda x, s: x, rows, [])
    with pytest.raises(ArgumentTypeError, match="foreach: outputs must be nested lists of arrays, got int"):
        run(lambda x, s: (1, s), rows, [])
    with pytest.raises(ArgumentError, match="body must return as many states as init_states has, 1, got 2"):
        run(lambda x, s: (x, [s, s]), rows, rows)


# while_loop


def test_while_loop_runs_as_long_as_it_should(face: Face) -> None:
    sums, (i, total) = face.contrib.while_loop(
        lambda i, total: i <= 4,
        lambda i, total: (i + total, [i + 1, total + i]),
        [face.array([1.0]), face.array([0.0])],
        max_iterations=6,
    )
    assert face.numbers(sums) == [[1], [3], [6], [10], [0], [0]]
    assert (face.numbers(i), face.numbers(total)) == ([5], [10])


def test_while_loop_stops_at_the_limit(face: Face) -> None:
    outputs, last = face.contrib.while_loop(lambda i: i < 9, lambda i: ([i, [i * 2]], i + 1), face.array([0.0]), 2)
    assert face.numbers(outputs[0]) == [[0], [1]]
    assert face.numbers(outputs[1][0]) == [[0], [2]]
    assert face.numbers(last) == [2]


@pytest.mark.parametrize("limit", [3, 0, -1])
def test_while_loop_that_never_begins(face: Face, limit: int) -> None:
    start = face.array([7.0])
    outputs, variables = face.contrib.while_loop(
        lambda i: i < (0 if limit > 0 else 9), lambda i: (i, [i]), [start], limit
    )
    assert outputs == []
    assert variables == [start]


@pytest.mark.parametrize("nothing", [None, []])
def test_while_loop_without_outputs(face: Face, nothing: Any) -> None:
    outputs, (last,) = face.contrib.while_loop(lambda i: i < 2, lambda i: (nothing, [i + 1]), [face.array([0.0])], 5)
    assert outputs == []
    assert face.numbers(last) == [2]


def test_while_loop_sends_gradients_through_all_steps() -> None:
    weight = nd.array([3])
    weight.attach_grad()
    with autograd.record():
        powers, _ = nd.contrib.while_loop(
            lambda p: p < 50, lambda p: (p, [p * weight]), [nd.array([1])], max_iterations=6
        )
    assert powers.asnumpy().ravel().tolist() == [1, 3, 9, 27, 0, 0]
    powers.backward()
    assert weight.grad.asscalar() == 1 + 2 * 3 + 3 * 9


def test_while_loop_refuses_what_does_not_fit(face: Face) -> None:
    run, one = face.contrib.while_loop, face.array([0.0])
    with pytest.raises(ArgumentError, match="while_loop: max_iterations must be an int, got None"):
        run(lambda i: i < 1, lambda i: (i, [i]), [one])
    with pytest.raises(ArgumentError, match="while_loop: loop_vars must hold an array or more, got none"):
        run(lambda: 1, lambda: (1, []), [], 3)
    with pytest.raises(ArgumentError, match=r"while_loop: the condition must have one element, got shape \(2,\)"):
        run(lambda i: i < 1, lambda i: (i, [i]), [face.array([0.0, 1.0])], 3)
    with pytest.raises(ArgumentError, match="func must return as many variables as loop_vars has, 1, got 2"):
        run(lambda i: i < 1, lambda i: (i, [i, i]), [one], 3)
    with pytest.raises(ArgumentError, match="func must return as many outputs at every step, 1, got 2"):
        run(lambda i: i < 5, lambda i: ([i] * (1 + int(i)), [i + 1]), [one], 3)
    with pytest.raises(ArgumentTypeError, match="while_loop: func must return two things"):
        run(lambda i: i < 5, lambda i: i, [one], 3)


# cond


@pytest.mark.parametrize(("number", "expected"), [(1.0, 5), (0.0, 6), (-2.0, 5)])
def test_cond_does_one_of_two_things(face: Face, number: float, expected: int) -> None:
    done = []

    def choose(which: int) -> Any:
        return lambda: done.append(which) or [face.array([float(which)])]

    (found,) = face.contrib.cond(face.array([number]), choose(5), choose(6))
    assert face.numbers(found) == [expected]
    assert done == [expected]


def test_cond_takes_numbers_and_sends_gradients(face: Face) -> None:
    assert face.contrib.cond(True, lambda: 1, lambda: 2) == 1
    data = nd.array([3])
    data.attach_grad()
    with autograd.record():
        found = nd.contrib.cond(data > 2, lambda: data * data, lambda: data)
    found.backward()
    np.testing.assert_array_equal(data.grad.asnumpy(), [6])


def test_cond_refuses_many_conditions(face: Face) -> None:
    with pytest.raises(ArgumentError, match=r"cond: the condition must have one element, got shape \(2,\)"):
        face.contrib.cond(face.array([1.0, 0.0]), lambda: 1, lambda: 2)
