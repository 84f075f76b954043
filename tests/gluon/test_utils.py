"""Sharing batches among devices, and clipping."""

import numpy as np
import pytest

import regluon as mx
from regluon import nd
from regluon.core.errors import ArgumentError
from regluon.gluon.utils import clip_global_norm, split_and_load, split_data


@pytest.mark.parametrize(
    ("size", "even", "words"),
    [
        pytest.param(
            3, True, r"axis 0 must divide into 2 slices, got shape \(3, 1\); even_split=False allows", id="uneven"
        ),
        pytest.param(1, False, r"axis 0 must have at least 2 slices, got shape \(1, 1\)", id="too few"),
    ],
)
def test_slices_must_be_possible(size: int, even: bool, words: str):
    with pytest.raises(ArgumentError, match=f"split_data: {words}"):
        split_data(nd.ones((size, 1)), 2, even_split=even)


def test_slices_go_to_their_devices():
    parts = split_and_load(np.arange(4), [mx.cpu(1), mx.cpu(2)])
    assert [one.context for one in parts] == [mx.cpu(1), mx.cpu(2)]
    assert [one.asnumpy().tolist() for one in parts] == [[0, 1], [2, 3]]
    (whole,) = split_and_load([1, 2, 3], [mx.cpu(3)])
    assert (whole.context, whole.shape) == (mx.cpu(3), (3,))


def test_clipping():
    arrays = [nd.array([3]), nd.array([4], dtype="float64")]
    norm = clip_global_norm(arrays, 2.5, check_isfinite=False)
    assert (norm.shape, norm.asscalar()) == ((1,), 5)
    assert [one.asscalar() for one in arrays] == pytest.approx([1.5, 2])
    with pytest.raises(ArgumentError, match="clip_global_norm: arrays must be at least one, got none"):
        clip_global_norm([], 1)
    with pytest.warns(UserWarning, match="clip_global_norm: the norm is nan"):
        clip_global_norm([nd.array([np.nan])], 1)
