"""Ways to make batches, and the loader that uses them."""

import threading
import time

import numpy as np
import pytest

from regluon import gluon, nd
from regluon.core.errors import ArgumentError, ArgumentTypeError, MXNetError
from regluon.gluon.data import batchify


class TestWays:
    def test_stack(self):
        assert batchify.Stack()([nd.ones((2,)), nd.zeros((2,))]).asnumpy().tolist() == [[1, 1], [0, 0]]
        numbers, names = batchify.Stack()([([1, 2], 3.5), ([4, 5], 6.5)])
        assert [one.asnumpy().tolist() for one in numbers] == [[1, 4], [2, 5]]
        assert (names.asnumpy().tolist(), names.dtype) == ([3.5, 6.5], np.float64)
        assert batchify.Stack()([np.ones(2, np.int8)]).dtype == np.int8

    def test_pad(self):
        ragged = [np.ones((1, 3), np.int32), np.full((2, 1), 2, np.int32)]
        found = batchify.Pad()(ragged)
        assert found.asnumpy().tolist() == [[[1, 1, 1], [0, 0, 0]], [[2, 0, 0], [2, 0, 0]]]
        assert found.dtype == np.int32
        assert batchify.Pad(dtype="float16")(ragged).dtype == np.float16
        assert batchify.Pad(val=-1, round_to=4)([[1, 2], [3]]).asnumpy().tolist() == [[1, 2, -1, -1], [3, -1, -1, -1]]
        assert batchify.Pad()([nd.array([1]), nd.array([2, 3])]).asnumpy().tolist() == [[1, 0], [2, 3]]
        with pytest.raises(
            ArgumentTypeError, match="Pad: items must be arrays or lists of numbers, got tuple; for items"
        ):
            batchify.Pad()([(1, 2)])
        with pytest.raises(
            ArgumentError, match=r"Pad: items must have one number of axes, got shapes \[\(1,\), \(1, 1\)\]"
        ):
            batchify.Pad()([[1], [[1]]])

    def test_append_and_as_list(self):
        assert [one.shape for one in batchify.Append()([[1, 2, 3], nd.ones((2, 2))])] == [(1, 3), (1, 2, 2)]
        assert [one.shape for one in batchify.Append(batch_axis=1)([nd.ones((2, 2))])] == [(2, 1, 2)]
        assert [one.shape for one in batchify.Append(expand=False)([[1, 2]])] == [(2,)]
        assert batchify.AsList()(("a", "b")) == ["a", "b"]

    def test_group(self):
        items = [([1, 2], 0, "a"), ([3], 1, "b")]
        for group in (
            batchify.Group(batchify.Pad(), batchify.Stack(), batchify.AsList()),
            batchify.Group([batchify.Pad(), batchify.Stack(), batchify.AsList()]),
        ):
            padded, labels, names = group(items)
            assert padded.asnumpy().tolist() == [[1, 2], [3, 0]]
            assert (labels.asnumpy().tolist(), names) == ([0, 1], ["a", "b"])
        with pytest.raises(ArgumentError, match="Group: takes either a list of functions or functions, got both"):
            batchify.Group([batchify.Pad()], batchify.Stack())
        with pytest.raises(ArgumentTypeError, match="Group: fn must be functions, got int"):
            batchify.Group(batchify.Pad(), 3)
        with pytest.raises(ArgumentError, match="items must have as many parts as there are functions, 1, got 2"):
            batchify.Group(batchify.Pad())([([1], 2)])


class TestLoader:
    def test_ways_are_used(self):
        items = gluon.data.SimpleDataset([([1, 2], "a"), ([3], "b"), ([4, 5, 6], "c")])
        loader = gluon.data.DataLoader(items, 2, batchify_fn=batchify.Group(batchify.Pad(), batchify.AsList()))
        assert [(one.asnumpy().tolist(), names) for one, names in loader] == [
            ([[1, 2], [3, 0]], ["a", "b"]),
            ([[4, 5, 6]], ["c"]),
        ]

    def test_threads_keep_the_order_and_work_ahead(self):
        asked, here = [], set()

        def slow(number: int) -> int:
            asked.append(number)
            here.add(threading.get_ident())
            time.sleep(0.002 * (5 - number % 5))
            return number

        items = gluon.data.SimpleDataset(list(range(20))).transform(slow)
        loader = gluon.data.DataLoader(items, 2, num_workers=3, thread_pool=True, prefetch=4)
        batches = iter(loader)
        assert next(batches).asnumpy().tolist() == [0, 1]
        assert max(asked) < 12
        assert [one.asnumpy().tolist() for one in batches] == [[n, n + 1] for n in range(2, 20, 2)]
        assert threading.get_ident() not in here
        assert len(loader) == 10

    def test_what_takes_too_long_is_told(self):
        items = gluon.data.SimpleDataset([1]).transform(lambda one: time.sleep(0.2))
        with pytest.raises(MXNetError, match=r"DataLoader: a batch took longer than timeout, 0.01 seconds"):
            list(gluon.data.DataLoader(items, 1, num_workers=1, thread_pool=True, timeout=0.01))
        with pytest.raises(ArgumentError, match="DataLoader: timeout must be > 0 seconds, got 0"):
            gluon.data.DataLoader(items, 1, timeout=0)

    def test_errors_of_threads_arrive(self):
        items = gluon.data.SimpleDataset([0]).transform(lambda one: 1 / one)
        with pytest.raises(ZeroDivisionError, match="division"):
            list(gluon.data.DataLoader(items, 1, num_workers=1, thread_pool=True))


def test_intervals():
    sampler = gluon.data.IntervalSampler(7, 3)
    assert (list(sampler), len(sampler)) == ([0, 3, 6, 1, 4, 2, 5], 7)
    sampler = gluon.data.IntervalSampler(7, 3, rollover=False)
    assert (list(sampler), len(sampler)) == ([0, 3, 6], 3)
    with pytest.raises(ArgumentError, match=r"IntervalSampler: interval must be in \[1, length\], 2, got 3"):
        gluon.data.IntervalSampler(2, 3)


def test_filtering_keeps_no_items():
    made = []
    numbers = gluon.data.SimpleDataset([1, 2, 3, 4]).transform(lambda one: made.append(one) or one * 10)
    even = numbers.filter(lambda one: one % 20 == 0)
    assert made == [1, 2, 3, 4]
    assert (even[1], len(even)) == (40, 2)
    assert made == [1, 2, 3, 4, 4]


def test_intervals_have_their_name_of_mxnet_1():
    assert gluon.contrib.data.IntervalSampler is gluon.data.IntervalSampler
