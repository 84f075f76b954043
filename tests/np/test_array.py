"""``mx.np.ndarray`` as an object: its class, its memory, numpy's protocols, gradients."""

import copy
import math
import pickle

import numpy as onp
import pytest
import torch

import regluon as mx
from regluon import autograd, nd, np, npx
from regluon.core.device import Device
from regluon.nd import _internal as internal
from regluon.np import printing


@pytest.fixture
def x():
    return np.array([[1, 2, 3], [4, 5, 6]])


def test_results_are_of_the_class_that_came_in(x):
    for found in (x + 1, np.exp(x), npx.relu(x), nd.relu(x), x[0], x.T, x.copy(), x.astype("int32"), x.detach()):
        assert type(found) is np.ndarray
    assert type(nd.relu(nd.ones((2,)))) is nd.NDArray
    assert [type(one) for one in np.split(x, 3, axis=1)] == [np.ndarray] * 3


def test_the_two_classes_share_memory_and_gradient(x):
    legacy = x.as_nd_ndarray()
    assert type(legacy) is nd.NDArray
    legacy[:] = 0
    assert x.sum() == 0
    assert type(legacy.as_np_ndarray()) is np.ndarray
    assert x.as_np_ndarray() is x
    assert np.array(3).as_nd_ndarray().shape == (1,)


def test_what_it_is(x):
    assert (x.shape, x.size, x.ndim, len(x)) == ((2, 3), 6, 2, 2)
    assert x.dtype == onp.float32
    assert isinstance(x.dtype, onp.dtype)
    assert x.ctx == x.device == x.context == mx.cpu()
    assert np.zeros((2,), dtype="bfloat16").dtype is torch.bfloat16


def test_out_of_the_array(x):
    assert x.tolist() == [[1, 2, 3], [4, 5, 6]]
    assert x.item(4) == 5
    assert onp.asarray(x).dtype == onp.float32
    assert complex(np.array(2)) == 2
    assert 5 in x
    assert 7 not in x
    assert [float(row.sum()) for row in x] == [6, 15]
    assert list(range(3))[np.array(1, dtype="int64")] == 1


def test_signs_of_python(x):
    assert (x // 2).tolist() == [[0, 1, 1], [2, 2, 3]]
    quotient, rest = divmod(x, 2)
    assert (quotient * 2 + rest == x).all()
    assert (+x == x).all()
    assert round(np.array(1.26), 1).item() == pytest.approx(1.3)
    assert (7 - x)[0].tolist() == [6, 5, 4]
    assert (2**x)[0].tolist() == [2, 4, 8]
    assert (np.array([1.0, 1]) @ np.array([[1.0], [2]])).tolist() == [3]


def test_matrix_product_in_place(x):
    square = np.eye(2) * 2
    square @= np.eye(2)
    assert square.tolist() == [[2, 0], [0, 2]]


def test_methods_and_functions_agree(x):
    for name in ("sum", "mean", "std", "var", "max", "min", "prod", "cumsum", "argmax", "argmin", "all", "any"):
        assert (getattr(x, name)(axis=1) == getattr(np, name)(x, axis=1)).all(), name
    assert x.mT.shape == (3, 2)
    assert x.tile(2).shape == (2, 6)
    assert x.nonzero()[0].tolist() == [0, 0, 0, 1, 1, 1]
    assert x.std(correction=1) == np.std(x, ddof=1)


def test_numpys_functions_answer_with_these_arrays(x):
    assert type(onp.sum(x, axis=0)) is np.ndarray
    assert type(onp.linalg.norm(x)) is np.ndarray
    assert type(onp.cov(x)) is np.ndarray
    assert onp.logaddexp2(x, x).shape == (2, 3)
    plain = onp.ones((2, 3))
    plain += x
    assert plain.tolist() == [[2, 3, 4], [5, 6, 7]]
    assert onp.add.reduce(onp.ones(3)) == 3
    with pytest.raises(TypeError, match="reduce"):
        onp.add.reduce(x)


def test_numpys_functions_have_gradients(x):
    x.attach_grad()
    with autograd.record():
        loss = onp.sum(onp.exp(x))
    loss.backward()
    onp.testing.assert_allclose(x.grad.asnumpy(), onp.exp(x.asnumpy()), rtol=1e-6)


def test_gradients_are_numpy_arrays(x):
    x.attach_grad()
    assert type(x.grad) is np.ndarray
    with autograd.record():
        y = (x**2).sum()
    y.backward()
    assert (x.grad == 2 * x).all()
    (again,) = autograd.grad(_recorded(x), x)
    assert type(again) is np.ndarray
    x.drop_grad()
    assert x.grad is None


def _recorded(x):
    with autograd.record():
        return (x**2).sum()


def test_a_function_of_ones_own_gets_and_gives_them(x):
    class Double(autograd.Function):
        def forward(self, x):
            assert type(x) is np.ndarray
            return x * 2

        def backward(self, dy):
            assert type(dy) is np.ndarray
            return dy * 2

    x.attach_grad()
    with autograd.record():
        y = Double()(x)
    y.backward()
    assert type(y) is np.ndarray
    assert (x.grad == 2).all()


def test_copies_and_pickles(x):
    for other in (pickle.loads(pickle.dumps(x)), copy.copy(x), copy.deepcopy(x)):
        assert type(other) is np.ndarray
        assert (other == x).all()
        assert not np.may_share_memory(x, other)
    assert np.may_share_memory(x, x[0])
    assert x.astype("float32", copy=False) is x
    assert np.asarray(x) is x
    assert np.asarray(x, copy=True) is not x


def test_views(x):
    x.reshape_view(3, 2)[0, 0] = 9
    assert x[0, 0] == 9
    assert x.slice_assign(np.zeros((1, 3)), (0,), (1,), None)[0].sum() == 0
    assert x.slice_assign_scalar(5, (None, 1), (None, 2), (None, None))[:, 1].tolist() == [5, 5]


def test_other_libraries_arrays(x):
    assert (np.from_dlpack(torch.ones(2)) == 1).all()
    assert np.array(torch.ones(2, dtype=torch.int32)).dtype == onp.int32
    assert (npx.from_dlpack(npx.to_dlpack_for_read(x)) == x).all()
    assert (npx.from_dlpack(npx.to_dlpack_for_write(x)) == x).all()
    assert npx.from_numpy(onp.ones(2, "float64")).dtype == onp.float64


def test_arrays_in_lists(x):
    assert np.array([x[0], x[1]]).tolist() == x.tolist()
    assert np.array([np.array(1), 2]).tolist() == [1, 2]


def test_tensors_go_in_and_come_out():
    tensor = torch.ones(2, 3)
    for found in (np.sum(tensor, axis=0), np.exp(tensor), npx.softmax(tensor), np.concatenate([tensor, tensor])):
        assert type(found) is torch.Tensor
    assert type(np.add(tensor, onp.ones((2, 3), "float32"))) is torch.Tensor


def test_the_faces_have_numpys_functions():
    assert type(nd.np.zeros((2,))) is np.ndarray
    assert type(mx.th.np.zeros((2,))) is torch.Tensor
    assert type(mx.th.np.random.normal(size=(2,))) is torch.Tensor
    assert type(mx.th.npx.relu(torch.ones(2))) is torch.Tensor
    assert type(nd.npx.relu(np.ones((2,)))) is np.ndarray
    assert mx.sym.np.pi == onp.pi
    assert mx.th.np.ndarray is np.ndarray


def test_printed_on_another_device():

    gpu = Device("gpu", 1)
    assert printing.text(onp.float32([1, 2]), gpu) == "array([1., 2.], device=gpu(1))"
    assert printing.plain(onp.float32([1, 2]), gpu) == "[1. 2.] @gpu(1)"
    np.set_printoptions(precision=2)
    try:
        assert repr(np.array([1 / 3])) == "array([0.33])"
    finally:
        np.set_printoptions(precision=8)


def test_a_mask_may_stand_behind_dots():
    q = np.arange(24).reshape(2, 3, 4)
    mask = onp.array([True, False, True, False])
    assert (q[..., mask] == np.array(q.asnumpy()[..., mask])).all()
    assert (q[..., mask, None] == np.array(q.asnumpy()[..., mask, None])).all()
    pick = [True, False, True]
    assert (q[:, pick] == np.array(q.asnumpy()[:, pick])).all()
    assert (q[0, [np.array(1), np.array(2)]] == q[0, 1:3]).all()


def test_what_mxnet_has_no_recording_of(x):
    assert np.arange(3).tolist() == [0, 1, 2]
    assert np.asarray([1, 2]).tolist() == [1, 2]
    assert np.empty((2,)).shape == np.empty_like(np.zeros((2,))).shape == (2,)
    assert np.can_cast("int32", "float64")
    assert not np.can_cast(x, "int32")
    assert np.result_type(x, 2) == np.result_type("float32", 1.5) == onp.float32
    assert (np.size(x, 1), np.ndim(x), np.shape([1, 2])) == (3, 2, (2,))
    assert np.full((2, 3), x[0], dtype="int32").tolist() == [[1, 2, 3]] * 2
    assert np.tril_indices_from(x)[0].tolist() == [0, 1, 1]
    assert np.around(2.5) == 2
    assert np.dot(x, 2).tolist() == (x * 2).tolist()
    assert np.where(True, 1, 2) == 1
    assert np.take(x, 4).item() == 5
    assert [one.tolist() for one in np.unique_all(np.array([3, 1, 3]))] == [[1, 3], [1, 0], [1, 0, 1], [1, 2]]
    assert np.unique_inverse(np.array([3, 1]))[1].tolist() == [1, 0]
    assert np.unique_values(np.array([3, 1])).tolist() == [1, 3]
    assert np.copy(x).tolist() == x.tolist()
    assert np.resize(np.zeros((0,)), (2,)).tolist() == [0, 0]
    assert np.meshgrid(np.arange(2), np.arange(3), sparse=True)[1].shape == (3, 1)
    assert np.hanning(1).tolist() == [1]
    assert np.indices(()).shape == (0,)
    assert (np.ceil(x).tolist(), np.around(np.array([15, 25], dtype="int32"), -1).tolist()) == (x.tolist(), [20, 20])
    assert np.nan_to_num(np.array([1], dtype="int32")).tolist() == [1]
    assert np.mean(x, axis=()).tolist() == x.tolist()
    assert np.var(x, axis=()).sum() == 0
    assert internal._npi_max(np.zeros((0,)), initial=3.0).item() == 3
    assert internal._npi_min(x, initial=0.0).item() == 0
    assert internal._npi_boolean_mask(x, np.array([0, 1, 1]), axis=1).tolist() == [[2, 3], [5, 6]]
    assert np.linalg.lstsq(np.ones((2, 2)), np.array([1, 3]))[1].shape == (0,)
    assert [one.shape for one in internal._npi_split(x, axis=0, sections=2, squeeze_axis=True)] == [(3,), (3,)]


def test_one_without_axes_is_saved(tmp_path):
    nd.save(str(tmp_path / "x"), {"x": np.array(3), "y": np.zeros((0, 2))})
    found = npx.load(tmp_path / "x")
    assert {name: one.shape for name, one in found.items()} == {"x": (), "y": (0, 2)}


def test_math_rounds_one(x):
    assert (math.floor(x[0, 0] / 2), math.ceil(x[0, 0] / 2), math.trunc(x[0, 0] / 2)) == (0, 1, 0)
