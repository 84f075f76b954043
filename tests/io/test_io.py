"""What the iterators refuse; what they give is in test_pieces.py."""

import numpy as np
import pytest

from regluon import image, io
from regluon.core.errors import ArgumentError, ArgumentTypeError, MXNetError, NotSupportedError

LEFT_OUT = [
    io.CSVIter,
    io.ImageDetRecordIter,
    io.ImageRecordInt8Iter,
    io.ImageRecordIter,
    io.ImageRecordUInt8Iter,
    io.LibSVMIter,
    io.MNISTIter,
    *(getattr(image, name) for name in image.__all__ if "Det" in name or "Multi" in name),
]


@pytest.mark.parametrize("one", LEFT_OUT, ids=lambda one: one._name)
def test_what_is_left_out_says_what_to_use(one):
    with pytest.raises(NotSupportedError, match=f"{one._name}: not supported; ."):
        one("file", batch_size=1)


def test_left_out_of_detection():
    assert len([one for one in LEFT_OUT if "regluon.cv.transforms" in one._instead]) == 9


class TestArrays:
    @pytest.mark.parametrize(
        ("arguments", "error", "words"),
        [
            pytest.param({"data": []}, ArgumentError, "data must be at least one array, got none", id="no data"),
            pytest.param({"data": 3}, ArgumentTypeError, "data must be an array, a list of arrays or", id="number"),
            pytest.param({"data": [1], "label": "x"}, ArgumentTypeError, "label must be an array", id="label"),
            pytest.param(
                {"data": np.ones(2), "last_batch_handle": "keep"},
                ArgumentError,
                "last_batch_handle must be one of 'pad', 'discard', 'roll_over', got 'keep'",
                id="end",
            ),
        ],
    )
    def test_refusals(self, arguments: dict, error: type, words: str):
        with pytest.raises(error, match=f"NDArrayIter: {words}"):
            io.NDArrayIter(**arguments)

    def test_there_is_no_batch_before_the_first(self):
        batches = io.NDArrayIter(np.arange(4), batch_size=2)
        with pytest.raises(MXNetError, match=r"there is no batch here: call next\(\) or iter_next\(\) first"):
            batches.getdata()

    def test_batches_along_another_axis(self):
        batches = io.NDArrayIter(np.arange(12).reshape(4, 3), batch_size=2, layout="NC")
        assert [one.data[0].shape for one in batches] == [(2, 3)] * 2

    def test_shuffling_keeps_pairs(self):
        np.random.seed(0)
        batches = io.NDArrayIter(np.arange(9), np.arange(9) * 2, batch_size=3, shuffle=True)
        orders = []
        for _ in range(2):
            pairs = [(one.data[0].asnumpy(), one.label[0].asnumpy()) for one in batches]
            assert all((label == data * 2).all() for data, label in pairs)
            orders.append(np.concatenate([data for data, _ in pairs]).tolist())
            batches.reset()
        assert orders[0] != orders[1]
        assert sorted(orders[0]) == sorted(orders[1]) == list(range(9))


class TestAround:
    def test_prefetching_refuses_unequal_iterators(self):
        ones, more = (io.NDArrayIter({name: np.arange(size)}, batch_size=2) for name, size in (("a", 2), ("b", 6)))
        batches = io.PrefetchingIter([ones, more])
        batches.next()
        with pytest.raises(ArgumentError, match="PrefetchingIter: iters must have as many items as each other"):
            batches.next()
        with pytest.raises(ArgumentError, match="PrefetchingIter: iters must be at least one iterator, got none"):
            io.PrefetchingIter([])

    def test_prefetching_gives_the_parts_of_its_batch(self):
        batches = io.PrefetchingIter(
            io.NDArrayIter(np.arange(3), np.arange(3), batch_size=2), rename_label=[{"softmax_label": "y"}]
        )
        assert [one.name for one in batches.provide_label] == ["y"]
        batches.next()
        assert batches.iter_next()
        assert batches.getpad() == 1
        assert batches.getdata()[0].asnumpy().tolist() == [2, 0]
        assert batches.getlabel()[0].asnumpy().tolist() == [2, 0]
        assert batches.getindex() is None

    def test_the_base_has_no_batches(self):
        assert list(io.DataIter(3)) == []
        base = io.DataIter()
        assert (base.getdata(), base.getlabel(), base.getindex(), base.getpad()) == (None,) * 4
        base.reset()

    def test_resizing_hands_the_bucket_on(self):
        inner = io.NDArrayIter(np.arange(4), batch_size=2)
        inner.default_bucket_key = 5
        batches = io.ResizeIter(inner, 1)
        assert batches.default_bucket_key == 5
        assert batches.iter_next()
        assert (batches.getpad(), batches.getindex()) == (0, None)
        assert (batches.getdata()[0].shape, batches.getlabel()) == ((2,), [])


def test_a_batch_refuses_a_single_array():
    with pytest.raises(ArgumentTypeError, match="DataBatch: label must be a list of NDArrays, got int"):
        io.DataBatch([], 3)
