"""NDArray: what its pieces of code cannot show, or MXNet does not have."""

import copy
import pickle

import numpy as np
import pytest
import torch

import regluon as mx
from regluon import nd
from regluon.core.errors import ArgumentError, ArgumentTypeError, FormatError, ShapeError
from regluon.nd.lift import call
from regluon.ops.registry import find, operators
from tests.recorded import operators as recorded_operators
from tests.recorded import recorded

VIEWS = [name for name in recorded_operators() if name in {n for one in operators() for n in one.names}]


# Memory


@pytest.mark.parametrize("name", VIEWS)
def test_results_share_no_memory_with_inputs(name):
    operator = find(name)
    states = {operator.inputs.index(one) for one in operator.mutates}
    for case in recorded(name)[:4]:
        inputs = [nd.from_numpy(values.copy()) for values in case.inputs.values()]
        with mx.autograd.train_mode() if case.train else mx.autograd.predict_mode():
            found = call(name)(*inputs, **case.attrs)
        for result in found if isinstance(found, list) else [found]:
            before = [one.asnumpy() for one in inputs]
            result._tensor.zero_().add_(1)
            for place, (one, values) in enumerate(zip(inputs, before, strict=True)):
                assert place in states or np.array_equal(one.asnumpy(), values, equal_nan=True)


def test_reshape_shares_memory():
    array = nd.zeros((2, 3))
    array.reshape((3, 2))[2] = 5
    assert array.asnumpy().tolist() == [[0, 0, 0], [0, 5, 5]]


def test_a_torch_tensor_shares_memory():
    tensor = torch.zeros(2)
    array = nd.from_torch(tensor)
    array += 1
    assert tensor.tolist() == [1, 1]
    assert array.as_torch() is tensor


def test_from_numpy():
    values = np.zeros(2, "int16")
    shared, own = nd.from_numpy(values), nd.from_numpy(values, zero_copy=False)
    values[0] = 3
    assert shared.asnumpy().tolist() == [3, 0]
    assert own.asnumpy().tolist() == [0, 0]


def test_strange_numpy_arrays():
    swapped = np.arange(4, dtype=">f4").reshape(2, 2).T[::-1]
    assert nd.array(swapped).asnumpy().tolist() == swapped.tolist()


# To other libraries


def test_numpy_takes_it():
    array = nd.array([1.5, 2.5])
    own, shared = np.array(array), np.asarray(array, copy=False)
    array[:] = 0
    assert own.tolist() == [1.5, 2.5]
    assert shared.tolist() == [0, 0]
    assert np.asarray(nd.array([1.5]), dtype="int8").tolist() == [1]
    assert np.maximum(np.ones(2), nd.array([0, 2])).tolist() == [1, 2]


@pytest.mark.parametrize(
    "exchange",
    [
        pytest.param(lambda x: torch.from_dlpack(x), id="torch"),
        pytest.param(lambda x: np.from_dlpack(x), id="numpy"),
        pytest.param(lambda x: nd.from_dlpack(x), id="itself"),
        pytest.param(lambda x: nd.from_dlpack(x.to_dlpack_for_read()), id="capsule"),
        pytest.param(lambda x: nd.from_dlpack(nd.to_dlpack_for_write(x)), id="function"),
    ],
)
def test_dlpack_shares_memory(exchange):
    array = nd.array([1, 2])
    array.attach_grad()
    other = exchange(array)
    array[:] = 7
    assert np.asarray(other).tolist() == [7, 7]


# Copies


@pytest.mark.parametrize(
    "make", [lambda x: pickle.loads(pickle.dumps(x)), copy.copy, copy.deepcopy], ids=["pickle", "copy", "deepcopy"]
)
@pytest.mark.parametrize("dtype", ["float32", "bfloat16", "int64", "bool"])
def test_copies_are_equal_and_apart(make, dtype):
    base = nd.array([[1, 0], [1, 1]], dtype=dtype)
    array = base[1]
    array = array.as_in_context(mx.cpu(1))
    if dtype == "float32":
        array.attach_grad()
    other = make(array)
    assert (other.dtype, other.shape, other.context) == (array.dtype, array.shape, mx.cpu(1))
    assert other.asnumpy().tolist() == array.asnumpy().tolist()
    assert other.grad is None
    other[:] = 0
    assert array.asnumpy().all()


def test_a_pickle_of_a_part_holds_the_part_alone():
    assert len(pickle.dumps(nd.zeros((1000, 1000))[0])) < 10_000


def test_a_pickle_from_a_gpu_is_read_without_one(monkeypatch):
    array = nd.array([1.0])
    monkeypatch.setattr(type(array), "context", property(lambda self: mx.gpu(7)))
    text = pickle.dumps(array)
    monkeypatch.undo()
    assert pickle.loads(text).context == mx.cpu(0)


# Devices


def test_kinds_of_main_memory_are_told_apart():
    array = nd.array([1, 2], ctx=mx.cpu(1))
    for other in (
        array,
        array + 1,
        array[0],
        array.reshape((2, 1)),
        array.copy(),
        array.detach(),
        array.T,
        nd.exp(array),
    ):
        assert other.context == mx.cpu(1)
    array.attach_grad()
    assert array.grad.context == mx.cpu(1)
    assert array.as_in_context(mx.cpu(0)).context == mx.cpu(0)
    assert array.as_in_context("cpu_pinned").context == mx.cpu_pinned()
    assert array.as_in_ctx(mx.cpu(1)) is array
    assert nd.zeros(2, mx.cpu(2)).context == mx.cpu(2)
    assert nd.random.uniform(shape=(2,), ctx=mx.cpu(2)).context == mx.cpu(2)
    assert repr(array).endswith("<NDArray 2 @cpu(1)>")


def test_the_current_device_is_the_default():
    with mx.cpu(3):
        made = [nd.zeros(2), nd.empty(2), nd.array([1]), nd.arange(3), nd.full((1,), 2)]
    assert {one.context for one in made} == {mx.cpu(3)}
    assert nd.zeros(2).context == mx.cpu(0)


def test_gradients_pass_from_device_to_device():
    array = nd.array([1.0, 2.0])
    array.attach_grad()
    with mx.autograd.record():
        total = (array.as_in_context(mx.cpu(1)) * 3).sum() + array.copyto(mx.cpu(2)).sum()
    total.backward()
    assert array.grad.asnumpy().tolist() == [4, 4]


def test_waiting():
    array = nd.ones(1)
    array.wait_to_read()
    nd.waitall()
    assert array.asscalar() == 1


# Types


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64", "uint8", "int8", "int16", "int32", "int64", "bool"])
def test_types(dtype):
    array = nd.array([0, 1], dtype=dtype)
    assert array.dtype is np.dtype(dtype).type
    assert array.asnumpy().dtype == dtype
    assert array.astype("float32").asnumpy().tolist() == [0, 1]


def test_bfloat16():
    array = nd.array([1, 2.5], dtype="bfloat16")
    assert array.dtype is torch.bfloat16
    assert array.asnumpy().dtype == np.float32
    assert (array * 2).asnumpy().tolist() == [2, 5]
    assert repr(array) == "\n[1.  2.5]\n<NDArray 2 @cpu(0)>"


# Errors


@pytest.mark.parametrize(
    ("act", "error", "words"),
    [
        pytest.param(
            lambda x: x.asscalar(),
            ShapeError,
            r"asscalar: the array must have 1 element, got shape \(2, 3\)",
            id="asscalar",
        ),
        pytest.param(lambda x: bool(x), ArgumentError, "more than one element has no truth value", id="bool"),
        pytest.param(
            lambda x: [1][x], ArgumentTypeError, "index: must be an array of ints, got dtype torch.float32", id="index"
        ),
        pytest.param(
            lambda x: len(nd.ones(())), ArgumentTypeError, "len: an array without axes has no length", id="len"
        ),
        pytest.param(
            lambda x: x.copyto("a"),
            ArgumentTypeError,
            "copyto: other must be an NDArray or a Device, got str",
            id="copyto",
        ),
        pytest.param(
            lambda x: x.copyto(nd.ones(6)),
            ShapeError,
            r"copyto: other must have shape \(2, 3\), got \(6,\)",
            id="copyto shape",
        ),
        pytest.param(
            lambda x: x.tostype("csr"),
            ArgumentError,
            "stype must be 'default', as arrays are dense here, got 'csr'",
            id="tostype",
        ),
        pytest.param(
            lambda x: x.reshape(3, 2, revers=True),
            ArgumentTypeError,
            "has no argument 'revers'; it has shape, reverse",
            id="reshape",
        ),
        pytest.param(
            lambda x: x.broadcast_to((2, 4)),
            ShapeError,
            r"must be one that \(2, 3\) broadcasts to, got \(2, 4\)",
            id="broadcast_to",
        ),
        pytest.param(
            lambda x: x.__iadd__(nd.ones((2, 2, 3))),
            ShapeError,
            r"in-place arithmetic must keep the shape \(2, 3\), got \(2, 2, 3\)",
            id="+=",
        ),
        pytest.param(
            lambda x: x + np.ones(3),
            ArgumentTypeError,
            "add: an operand must be of type NDArray or a number, got ndarray",
            id="numpy",
        ),
        pytest.param(
            lambda x: np.ones(3) - x,
            ArgumentTypeError,
            "sub: an operand must be of type NDArray or a number, got ndarray",
            id="numpy on the left",
        ),
        pytest.param(
            lambda x: x == None,  # noqa: E711
            ArgumentTypeError,
            "eq: an operand .* got NoneType",
            id="None",
        ),
        pytest.param(
            lambda x: nd.array([[1], [1, 2]]),
            ArgumentTypeError,
            "source_array must be numbers of one shape",
            id="ragged",
        ),
        pytest.param(
            lambda x: nd.array("text"),
            ArgumentTypeError,
            "source_array must be numbers of one shape, got 'text'",
            id="text",
        ),
        pytest.param(
            lambda x: nd.exp(x, out=nd.ones(2)),
            ShapeError,
            r"exp: out must have shape \(2, 3\), got \(2,\)",
            id="out shape",
        ),
        pytest.param(
            lambda x: nd.exp(x, out=x.astype("int32")),
            ArgumentTypeError,
            "exp: out must have dtype torch.float32, got torch.int32",
            id="out type",
        ),
        pytest.param(
            lambda x: nd.exp(x, out=[x, x]), ArgumentTypeError, r"exp: out must be 1 NDArray\(s\)", id="out count"
        ),
        pytest.param(lambda x: nd.save("f", [1]), ArgumentTypeError, "save: data must be NDArrays, got int", id="save"),
        pytest.param(lambda x: nd.load_frombuffer(b"abc"), FormatError, "must be an MXNet parameter file", id="load"),
    ],
)
def test_errors(act, error, words):
    with pytest.raises(error, match=words):
        act(nd.ones((2, 3)))


# Files


@pytest.mark.parametrize(
    "make",
    [
        pytest.param(lambda x: x, id="one"),
        pytest.param(lambda x: [x, x[0]], id="list"),
        pytest.param(lambda x: (x,), id="tuple"),
        pytest.param(lambda x: {"a": x, "arg:b": x[1]}, id="dict"),
        pytest.param(lambda x: {}, id="nothing"),
    ],
)
@pytest.mark.parametrize("dtype", ["float32", "bfloat16", "uint8", "int64", "float16", "bool"])
def test_saved_and_loaded(tmp_path, make, dtype):
    data = make(nd.array([[1, 0], [1, 2]], dtype=dtype))
    path = tmp_path / "x.params"
    nd.save(path, data)
    for found in (nd.load(str(path)), nd.load_frombuffer(path.read_bytes())):
        expected = {"0": data} if isinstance(data, nd.NDArray) else data
        expected = expected if isinstance(expected, dict) else dict(enumerate(expected))
        pairs = found if isinstance(found, dict) else dict(enumerate(found))
        assert [one.dtype for one in pairs.values()] == [one.dtype for one in expected.values()]
        assert [one.asnumpy().tolist() for one in pairs.values()] == [
            one.asnumpy().tolist() for one in expected.values()
        ]
        assert not isinstance(data, dict) or list(found) == list(data)
