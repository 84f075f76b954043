"""``npx.set_np`` and its relatives, files, loops, pictures."""

import threading

import numpy as onp
import pytest

import regluon as mx
from regluon import autograd, np, npx


@pytest.fixture(autouse=True)
def back():
    yield
    npx.reset_np()


def state():
    return npx.is_np_array(), npx.is_np_shape()


def test_set_and_reset():
    assert state() == (False, False)
    npx.set_np()
    assert state() == (True, True)
    npx.set_np(array=False)
    assert state() == (False, True)
    npx.reset_np()
    assert state() == (False, False)
    assert npx.is_np_default_dtype() is False
    assert npx.set_np_shape(True) is False
    assert npx.set_np_shape(False) is True


def test_threads_to_come_begin_with_it():
    seen = []
    npx.set_np()
    thread = threading.Thread(target=lambda: seen.append(state()))
    thread.start()
    thread.join()
    assert seen == [(True, True)]


def test_scopes():
    with npx.np_array():
        assert state() == (True, False)
        with npx.np_shape():
            assert state() == (True, True)
        with npx.np_array(False):
            assert state() == (False, False)
    assert state() == (False, False)


def test_decorators():
    @npx.use_np
    def function():
        """Say it."""
        return state()

    @npx.use_np_array
    def arrays():
        return state()

    @npx.use_np_shape
    def shapes():
        return state()

    @npx.use_np
    class Kind:
        inner = int

        def __init__(self):
            self.begun = state()

        def method(self):
            return state()

        @staticmethod
        def alone():
            return state()

    assert (function(), arrays(), shapes()) == ((True, True), (True, False), (False, True))
    assert function.__doc__ == "Say it."
    assert (Kind().begun, Kind().method(), Kind.alone()) == ((True, True), (True, True), (False, False))
    assert state() == (False, False)


def test_files(tmp_path):
    x, y = np.arange(4).reshape(2, 2), np.array([1, 2], dtype="int64")
    npx.save(tmp_path / "one", x)
    assert (npx.load(tmp_path / "one") == x).all()
    assert (onp.load(tmp_path / "one") == x.asnumpy()).all()
    npx.save(tmp_path / "list", [x, y])
    assert {name: one.dtype.name for name, one in npx.load(tmp_path / "list").items()} == {
        "arr_0": "float32",
        "arr_1": "int64",
    }
    npx.save(tmp_path / "table", {"x": x})
    assert type(npx.load(tmp_path / "table")["x"]) is np.ndarray
    npx.savez(tmp_path / "both.npz", x, y=y)
    with onp.load(tmp_path / "both.npz") as archive:
        assert sorted(archive.files) == ["arr_0", "y"]
    mx.nd.save(str(tmp_path / "old"), [mx.nd.ones((2,))])
    assert [type(one) for one in npx.load(tmp_path / "old")] == [np.ndarray]


def test_loops():
    total, last = npx.foreach(lambda x, s: (x + s, x + s), np.array([[1], [2], [3]]), np.array([0]))
    assert total.reshape(-1).tolist() == [1, 3, 6]
    assert type(last) is np.ndarray
    _, (i,) = npx.while_loop(lambda i: i < 3, lambda i: (i, [i + 1]), [np.array([1])], max_iterations=5)
    assert i.item() == 3
    assert npx.cond(lambda x: x.sum() > 1, lambda x: x * 2, lambda x: x, [np.array([1, 2])]).tolist() == [2, 4]
    assert npx.cond(np.array(0), lambda x: x * 2, lambda x: x, np.array([1])).tolist() == [1]


def test_pictures():
    picture = np.arange(24, dtype="uint8").reshape(2, 4, 3)
    assert type(npx.image.to_tensor(picture)) is np.ndarray
    assert npx.image.to_tensor(picture).shape == (3, 2, 4)
    assert npx.image.normalize(npx.image.to_tensor(picture), 0.5, 0.5).max() <= 1
    assert npx.image.crop(picture, 1, 0, 2, 1).shape == (1, 2, 3)
    assert npx.image.resize(picture, (2, 2)).shape == (2, 2, 3)
    assert (npx.image.flip_left_right(picture) == picture[:, ::-1]).all()
    assert (npx.image.flip_top_bottom(picture) == picture[::-1]).all()


def test_devices():
    assert npx.current_device() == npx.cpu() == npx.current_context()
    assert npx.num_gpus() >= 0
    npx.waitall()


def test_dropout_draws_in_training_alone():
    x = np.ones((1000,))
    assert (npx.dropout(x) == 1).all()
    with autograd.record():
        kept = npx.dropout(x)
    assert 300 < float((kept == 2).sum()) < 700


def test_arguments_by_name():
    x = np.array([[1, 2], [3, 4]])
    assert (npx.batch_dot(rhs=x[None], lhs=x[None]) == (x @ x)[None]).all()
    assert npx.embedding(np.array([1]), x).tolist() == [[3, 4]]
    assert npx.fully_connected(x, x, np.array([1, 1])).tolist() == [[6, 12], [12, 26]]
    assert npx.broadcast_greater(x, np.array([2])).tolist() == [[False, False], [True, True]]
    assert npx.digamma(np.array([1.0])).item() == pytest.approx(-0.5772157)
    assert npx.convolution(x[None, None], x[None, None], kernel=(2, 2), num_filter=1).item() == 30
    assert npx.deconvolution(x[None, None], x[None, None], kernel=(2, 2), num_filter=1).shape == (1, 1, 3, 3)
    assert npx.group_norm(x[None], np.ones((2,)), np.zeros((2,))).sum().item() == pytest.approx(0, abs=1e-5)
