"""NDArray against real MXNet, piece by piece."""

import warnings

import pytest

from tests.pieces import check, pieces

NO_AXES = "MXNet's arrays without axes cannot be computed with; a number makes an array of shape (1,)"
EMPTY = "arrays without elements exist here"
MASK = "MXNet takes truth values for the numbers 0 and 1; that is refused"
KINDER = "works here"
STRICTER = "refused here, where MXNet gives something nobody can have meant"

# Where this package is not MXNet, and why.
DIFFERENT = {
    "nd.array([nd.array([1, 2]), nd.array([3, 4])])": KINDER,
    "nd.array(5)": NO_AXES,
    "nd.array(5) + 1": NO_AXES,
    "nd.array(3.5).shape": NO_AXES,
    "nd.ones(())": KINDER,
    "nd.zeros((1,)).reshape(()).shape": NO_AXES,
    "nd.array(None)": STRICTER,
    "nd.zeros((2, 0, 3)).shape": EMPTY,
    "x = nd.arange(24).reshape((2, 3, 4)); x[2:1].shape": EMPTY,
    "x = nd.arange(24).reshape((2, 3, 4)); x[:, 5:].shape": EMPTY,
    "x = nd.arange(24).reshape((2, 3, 4)); x[[]].shape": EMPTY,
    "bool(nd.zeros((0,)))": EMPTY,
    "bool(nd.zeros((2, 0)))": EMPTY,
    "len(nd.zeros((0, 2)))": EMPTY,
    "repr(nd.zeros((2, 0)))": EMPTY,
    "repr(nd.zeros((0,)))": EMPTY,
    "x = nd.arange(24).reshape((2, 3, 4)); x[[True, False]]": MASK,
    "x = nd.arange(24).reshape((2, 3, 4)); x[np.array([True, False])]": MASK,
    "x = nd.arange(24).reshape((2, 3, 4)); x[True]": MASK,
    "x = nd.arange(24).reshape((2, 3, 4)); x[[0, 1], None].shape": "numpy's rule; MXNet puts the new axis in front",
    "x = nd.zeros((2, 3)); x[[7]] = 1; x": "refused here; MXNet writes nothing, or past the end of the memory",
    "x = nd.zeros((2, 3)); x[0] = None; x": STRICTER,
    "x = nd.arange(4); x[1:] = x[:-1]; x": "MXNet reads what it has just written",
    "nd.array([[1]]).asscalar()": "MXNet gives an array",
    "nd.array([[2.5]]).item()": KINDER,
    "float(nd.array([1.5]))": KINDER,
    "int(nd.array([1.5]))": KINDER,
    "int(nd.array([[3]]))": KINDER,
    '[10, 20, 30][nd.array([1], dtype="int32")]': KINDER,
    "x = nd.array([1]); x.copyto(x) is x": "MXNet warns and gives False",
    "x = nd.array([1]); x.as_in_ctx(mx.cpu()) is x": "a method of MXNet 2",
    'np.array(nd.array([1.5]), dtype="int32")': KINDER,
    'nd.array([1, 2]).as_in_context("cpu")': KINDER,
    'nd.zeros(2, ctx="cpu")': KINDER,
    "mx.cpu(1.5)": STRICTER,
    "nd.array([1, 2]).exp(axis=1)": STRICTER,
    'x = nd.array([1, 2], dtype="int32"); x.attach_grad(); x.grad': "refused here: no gradient is ever an int",
}


@pytest.mark.parametrize(("code", "told"), pieces("ndarray"), ids=lambda one: one if isinstance(one, str) else "")
def test_answers_as_mxnet(code, told):
    with warnings.catch_warnings():
        # Division by zero is asked for.
        warnings.simplefilter("ignore", RuntimeWarning)
        check(code, told, DIFFERENT)


def test_every_difference_is_tried():
    assert DIFFERENT.keys() <= {code for code, _ in pieces("ndarray")}
