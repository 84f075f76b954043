"""Data sets, samplers and loaders."""

import numpy as np
import pytest
import torch

from regluon import nd
from regluon.core.errors import ArgumentError
from regluon.gluon import data


class TestDatasets:
    def test_arrays_are_paired(self):
        pairs = data.ArrayDataset(nd.array([[1, 2], [3, 4]]), [5, 6], nd.array([7, 8]))
        assert len(pairs) == 2
        row, number, label = pairs[1]
        assert (row.asnumpy().tolist(), number, label) == ([3, 4], 6, 8)
        assert isinstance(label, np.float32)  # one axis: labels, which come as plain numbers
        assert data.ArrayDataset([1, 2])[1] == 2
        with pytest.raises(ArgumentError, match=r"ArrayDataset: arrays must have one length, got \[1, 2\]"):
            data.ArrayDataset([1], [1, 2])
        with pytest.raises(ArgumentError, match="ArrayDataset: takes at least one array, got none"):
            data.ArrayDataset()

    def test_functions_are_applied_late_or_at_once(self):
        seen = []

        def twice(value):
            seen.append(value)
            return value * 2

        late = data.SimpleDataset([1, 2]).transform(twice)
        assert seen == []
        assert [late[i] for i in range(len(late))] == [2, 4]
        assert len(data.SimpleDataset([1, 2]).transform(twice, lazy=False)) == 2
        assert seen == [1, 2, 1, 2]
        pairs = data.ArrayDataset([1, 2], [3, 4])
        assert pairs.transform(lambda a, b: a + b)[1] == 6
        assert pairs.transform_first(lambda a: -a)[1] == (-2, 4)
        assert data.SimpleDataset([5]).transform_first(lambda a: -a)[0] == -5

    def test_parts(self):
        numbers = data.SimpleDataset(list(range(7)))

        def items(part):
            return [part[i] for i in range(len(part))]

        assert items(numbers.take(2)) == [0, 1]
        assert len(numbers.take(None)) == len(numbers.take(99)) == 7
        assert items(numbers.filter(lambda one: one % 2)) == [1, 3, 5]
        assert [items(numbers.shard(3, i)) for i in range(3)] == [[0, 1, 2], [3, 4], [5, 6]]
        assert items(numbers.sample(data.SequentialSampler(2, 3))) == [3, 4]
        with pytest.raises(ArgumentError, match=r"shard: index must be in \[0, 2\], got 3"):
            numbers.shard(3, 3)

    def test_the_base_says_what_is_missing(self):
        with pytest.raises(NotImplementedError, match="Dataset: __getitem__ must be written"):
            data.Dataset()[0]
        with pytest.raises(NotImplementedError, match="Dataset: __len__ must be written"):
            len(data.Dataset())
        with pytest.raises(NotImplementedError, match="Sampler: __iter__ must be written"):
            iter(data.Sampler())
        with pytest.raises(NotImplementedError, match="Sampler: __len__ must be written"):
            len(data.Sampler())


class TestSamplers:
    def test_orders(self):
        assert list(data.SequentialSampler(3, 2)) == [2, 3, 4]
        order = list(data.RandomSampler(50))
        assert sorted(order) == list(range(50))
        assert order != sorted(order)
        np.random.seed(0)
        expected = np.arange(50)
        np.random.shuffle(expected)
        np.random.seed(0)
        assert list(data.RandomSampler(50)) == expected.tolist()
        filtered = data.FilterSampler(lambda one: one > 5, [9, 1, 7])
        assert (list(filtered), len(filtered), len(data.RandomSampler(4))) == ([0, 2], 2, 4)

    @pytest.mark.parametrize(
        ("last", "batches", "lengths"),
        [
            pytest.param("keep", [[[0, 1, 2], [3, 4]]] * 2, [2, 2], id="keep"),
            pytest.param("discard", [[[0, 1, 2]]] * 2, [1, 1], id="discard"),
            pytest.param("rollover", [[[0, 1, 2]], [[3, 4, 0], [1, 2, 3]]], [1, 2], id="rollover"),
        ],
    )
    def test_batches(self, last: str, batches: list, lengths: list):
        sampler = data.BatchSampler(data.SequentialSampler(5), 3, last)
        for expected, length in zip(batches, lengths, strict=True):
            assert len(sampler) == length
            assert list(sampler) == expected

    def test_arguments_are_checked(self):
        with pytest.raises(ArgumentError, match="last_batch must be one of 'keep', 'discard', 'rollover', got 'pad'"):
            data.BatchSampler(data.SequentialSampler(5), 3, "pad")
        with pytest.raises(ArgumentError, match="BatchSampler: batch_size must be >= 1, got 0"):
            data.BatchSampler(data.SequentialSampler(5), 0)


def tripled(item):
    return nd.array([item]) * 3


class TestLoader:
    def test_batches_of_tuples(self):
        images, labels = np.arange(20, dtype=np.float32).reshape(5, 4), np.arange(5)
        loader = data.DataLoader(data.ArrayDataset(images, labels), 2)
        assert len(loader) == 3
        found = list(loader)
        assert [[part.shape for part in batch] for batch in found] == [[(2, 4), (2,)]] * 2 + [[(1, 4), (1,)]]
        assert (found[0][0].dtype, found[0][1].dtype) == (np.float32, np.int64)
        np.testing.assert_array_equal(np.concatenate([batch[0].asnumpy() for batch in found]), images)

    def test_order_and_batches_may_be_given(self):
        numbers = [10, 11, 12, 13]
        shuffled = np.concatenate([one.asnumpy() for one in data.DataLoader(numbers, 2, shuffle=True)])
        assert sorted(shuffled) == numbers
        (batch,) = data.DataLoader(numbers, 2, sampler=data.SequentialSampler(2, 1), last_batch="discard")
        assert batch.asnumpy().tolist() == [11, 12]
        batches = data.DataLoader(numbers, batch_sampler=[[3], [0, 1]])
        assert [one.asnumpy().tolist() for one in batches] == [[13], [10, 11]]

    @pytest.mark.parametrize(
        ("arguments", "words"),
        [
            pytest.param({}, "batch_size must be given, unless batch_sampler is", id="no size"),
            pytest.param(
                {"batch_size": 1, "shuffle": True, "sampler": [0]},
                "shuffle must be False where a sampler is given",
                id="two orders",
            ),
            pytest.param(
                {"batch_size": 1, "batch_sampler": [[0]]}, "must not be given with batch_sampler", id="two batches"
            ),
        ],
    )
    def test_arguments_are_checked(self, arguments: dict, words: str):
        with pytest.raises(ArgumentError, match=words):
            data.DataLoader([1], **arguments)

    def test_items_of_any_kind(self):
        (arrays,) = data.DataLoader([nd.ones((2,)), nd.zeros((2,))], 2)
        assert arrays.asnumpy().tolist() == [[1, 1], [0, 0]]
        (tensors,) = data.DataLoader([torch.ones(2), torch.zeros(2)], 2)
        assert tensors.shape == (2, 2)
        (own,) = data.DataLoader([1, 2], 2, batchify_fn=lambda items: ("sum", np.array([sum(items)])))
        assert (own[0], own[1].asnumpy().tolist()) == ("sum", [3])

    @pytest.mark.slow
    def test_workers_give_the_same(self):
        items = data.SimpleDataset(list(range(6))).transform(tripled)
        alone, helped = (list(data.DataLoader(items, 4, num_workers=workers)) for workers in (0, 2))
        for one, other in zip(alone, helped, strict=True):
            np.testing.assert_array_equal(one.asnumpy(), other.asnumpy())
