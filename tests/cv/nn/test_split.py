"""Samplers of data sets in parts: GluonCV's batches from the same seeds, and parts that cover the whole."""

import random
from typing import Any

import numpy as np
import pytest

from regluon.core.errors import ArgumentError
from regluon.cv.nn.sampler import SplitSampler, SplitSortedBucketSampler
from tests.recorded import Case, recorded_params


@pytest.mark.parametrize("case", recorded_params("SplitSortedBucketSampler", folder="components"))
def test_buckets_equal_gluoncv(case: Case) -> None:
    attrs = dict(case.attrs)
    seed, passes = attrs.pop("seed"), attrs.pop("passes", 1)
    random.seed(seed)
    np.random.seed(seed)
    sampler = SplitSortedBucketSampler(case.inputs["keys"].tolist(), **attrs)
    assert [batch for _ in range(passes) for batch in sampler] == case.outputs[0].tolist()
    assert [len(sampler)] == case.outputs[1].tolist()


@pytest.mark.parametrize(
    ("length", "parts", "sizes"), [(10, 3, [3, 3, 4]), (9, 3, [3, 3, 3]), (2, 3, [0, 0, 2]), (5, 1, [5])]
)
def test_the_last_part_has_the_remainder(length: int, parts: int, sizes: list[int]) -> None:
    samplers = [SplitSampler(length, parts, part) for part in range(parts)]
    assert [len(sampler) for sampler in samplers] == sizes
    assert [index for sampler in samplers for index in sorted(sampler)] == list(range(length))


def test_the_order_is_pythons() -> None:
    random.seed(5)
    first = list(SplitSampler(20))
    want = list(range(20))
    random.seed(5)
    random.shuffle(want)
    assert first == want != list(range(20))


@pytest.mark.parametrize("shuffle", [False, True])
@pytest.mark.parametrize(
    ("length", "batch", "parts"),
    [(5, 2, 4), (3, 4, 1), (3, 10, 1), (10, 3, 3), (7, 7, 2), (1, 1, 1)],
    ids=["more parts than are full", "part shorter than a batch", "far shorter", "three parts", "overlapping", "one"],
)
def test_parts_cover_the_whole(length: int, batch: int, parts: int, shuffle: bool) -> None:
    keys = list(range(length, 0, -1))
    samplers = [SplitSortedBucketSampler(keys, batch, 2, parts, part, shuffle) for part in range(parts)]
    batches = [list(sampler) for sampler in samplers]
    assert {index for part in batches for one in part for index in one} == set(range(length))
    assert len({len(sampler) for sampler in samplers}) == 1
    part_length = -(-length // parts)
    assert {len(one) for part in batches for one in part} == {min(batch, part_length)}
    assert [len(part) for part in batches] == [len(sampler) for sampler in samplers]


def test_the_length_counts_short_buckets_too() -> None:
    sampler = SplitSortedBucketSampler(list(range(20)), batch_size=2, mult=1.5)
    assert len(list(sampler)) == len(sampler) == 13


def test_batches_are_sorted_in_one_direction_or_the_other() -> None:
    keys = np.random.default_rng(0).permutation(40).tolist()
    directions = set()
    for batch in SplitSortedBucketSampler(keys, batch_size=4, mult=1):
        ordered = [keys[index] for index in batch]
        assert ordered in (sorted(ordered), sorted(ordered, reverse=True))
        directions.add(ordered == sorted(ordered))
    assert directions == {True, False}


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: SplitSampler(10, 3, 3), r"SplitSampler: part_index must be in \[0, num_parts\), got 3 of 3 parts"),
        (lambda: SplitSampler(10, 0), "got 0 of 0 parts"),
        (lambda: SplitSortedBucketSampler([1], 1, 1, 2, -1), "SplitSortedBucketSampler: part_index must be in"),
        (lambda: SplitSortedBucketSampler([], 1), "sort_keys must be at least one, got none"),
        (lambda: SplitSortedBucketSampler([1], 0), "batch_size must be at least 1, got 0"),
        (lambda: SplitSortedBucketSampler([1], 1, 0.5), "mult must be at least 1, got 0.5"),
    ],
)
def test_wrong_arguments_are_refused(make: Any, words: str) -> None:
    with pytest.raises(ArgumentError, match=words):
        make()
