import numpy as np
import pytest
import torch

from regluon.core.errors import ArgumentError, ArgumentTypeError, ShapeError
from regluon.cv.data.batchify import Append, Pad, Stack, Tuple


def equal(left, right):
    np.testing.assert_array_equal(left, right)
    assert left.dtype == right.dtype


def test_stack():
    images = [np.full((2, 3), value, np.uint8) for value in (1, 2)]
    equal(Stack()(images), np.array(images))
    equal(Stack()([torch.ones(2), torch.zeros(2)]), np.array([[1, 1], [0, 0]], np.float32))
    equal(Stack()([0, 1]), np.array([0, 1]))
    equal(Stack()([0.5, 1.0]), np.array([0.5, 1], np.float32))
    equal(Stack()([np.array(0.5)]), np.array([0.5]))


def test_pad_labels():
    labels = [np.ones((2, 5), np.float32), np.zeros((0, 5), np.float32), np.full((1, 5), 3, np.float32)]
    padded, lengths = Pad(pad_val=-1, ret_length=True)(labels)
    expected = np.full((3, 2, 5), -1, np.float32)
    expected[0], expected[2, 0] = 1, 3
    equal(padded, expected)
    equal(lengths, np.array([2, 0, 1], np.int32))
    assert Pad()([np.zeros((0, 5), np.float32)] * 2).shape == (2, 0, 5)


def test_pad_axes():
    equal(Pad(axis=1, pad_val=-1)([[[1, 2], [3, 4]], [[5], [6]]]), np.array([[[1, 2], [3, 4]], [[5, -1], [6, -1]]]))
    equal(Pad(axis=-1)([[1, 2], [3]]), np.array([[1, 2], [3, 0]]))
    padded, lengths = Pad(axis=(1, 2), ret_length=True)([np.ones((3, 2, 4)), np.ones((3, 5, 1))])
    assert padded.shape == (2, 3, 5, 4)
    assert padded.sum() == 3 * (8 + 5)
    equal(lengths, np.array([[2, 4], [5, 1]], np.int32))
    equal(Pad()([np.ones(1, np.uint8), np.ones(2, np.float32)]), np.array([[1, 0], [1, 1]], np.float32))


@pytest.mark.parametrize(
    ("count", "shards", "sizes"), [(4, 2, [2, 2]), (5, 2, [3, 2]), (4, 3, [2, 1, 1]), (3, 3, [1, 1, 1])]
)
def test_pad_shards(count, shards, sizes):
    samples = [np.full(index + 1, index) for index in range(count)]
    padded, lengths = Pad(num_shards=shards, pad_val=-1, ret_length=True)(samples)
    assert [len(shard) for shard in padded] == sizes
    assert [shard.shape[1] for shard in padded] == np.cumsum(sizes).tolist()
    rows = [row[row >= 0] for shard in padded for row in shard]
    for row, sample in zip(rows, samples, strict=True):
        equal(row, sample)
    assert np.concatenate(lengths).tolist() == list(range(1, count + 1))
    assert [len(shard) for shard in Pad(num_shards=shards)(samples)] == sizes


def test_append():
    first, second = Append()([[1, 2], np.zeros((3, 1), np.uint8)])
    equal(first, np.array([[1, 2]]))
    assert second.shape == (1, 3, 1)
    assert Append(batch_axis=-1)([np.zeros((3, 2))])[0].shape == (3, 2, 1)
    assert Append(expand=False)([np.zeros((3, 2))])[0].shape == (3, 2)


def test_tuple_nests():
    samples = [((np.ones(2), [1]), "a"), ((np.zeros(2), [2, 3]), "b")]
    (stacked, padded), names = Tuple([Tuple(Stack(), Pad()), list])(samples)
    equal(stacked, np.array([[1.0, 1.0], [0.0, 0.0]]))
    equal(padded, np.array([[1, 0], [2, 3]]))
    assert names == ["a", "b"]


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        pytest.param(lambda: Stack()([[1], [1, 2]]), ShapeError, r"one shape .*got \[\(1,\), \(2,\)\]", id="stack"),
        pytest.param(lambda: Stack()([]), ArgumentError, "Stack: data must be at least one sample", id="nothing"),
        pytest.param(lambda: Pad(axis="0"), ArgumentTypeError, "axis must be an int or several, got '0'", id="axis"),
        pytest.param(lambda: Pad(num_shards=0), ArgumentError, "num_shards must be at least 1, got 0", id="no shards"),
        pytest.param(lambda: Pad(num_shards=2)([[1]]), ArgumentError, "at most the 1 samples, got 2", id="shards"),
        pytest.param(lambda: Pad(axis=1)([[1]]), ShapeError, "axis must be among the 1 axes .*got 1", id="rank"),
        pytest.param(
            lambda: Pad()([np.ones((1, 2)), np.ones((1, 3))]),
            ShapeError,
            r"differ in shape along axis 0 alone, got \[\(1, 2\), \(1, 3\)\]",
            id="another axis",
        ),
        pytest.param(lambda: Pad()([np.ones(1), np.ones((1, 1))]), ShapeError, "along axis 0 alone", id="ranks"),
        pytest.param(lambda: Tuple([Stack()], Pad()), ArgumentError, "all in one list, got both", id="both"),
        pytest.param(lambda: Tuple(Stack(), 3), ArgumentTypeError, "must be callable, got 3", id="callable"),
        pytest.param(lambda: Tuple(Stack())([([1], 2)]), ShapeError, "must have 1 parts, got 2", id="parts"),
    ],
)
def test_errors(call, error, words):
    with pytest.raises(error, match=words):
        call()
