"""bipartite_matching: MXNet's numbers, a loop from the definition, empty inputs, and what is refused."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from regluon import th
from regluon.core.errors import ArgumentTypeError, ShapeError

match = th.contrib.bipartite_matching


def by_definition(scores: np.ndarray, threshold: float, is_ascend: bool, topk: int) -> tuple[list[float], list[float]]:
    """Walk over the pairs best first until one fails the threshold or there are more than ``topk``."""
    rows, columns = [-1.0] * scores.shape[0], [-1.0] * scores.shape[1]
    pairs = sorted(np.ndindex(scores.shape), key=lambda pair: scores[pair] if is_ascend else -scores[pair])
    count = 0
    for row, column in pairs:
        if rows[row] != -1 or columns[column] != -1:
            continue
        if not (scores[row, column] < threshold if is_ascend else scores[row, column] > threshold):
            break
        rows[row], columns[column] = column, row
        count += 1
        if topk > 0 and count > topk:
            break
    return rows, columns


SCORES = arrays.arrays(
    np.float64, st.tuples(st.integers(1, 5), st.integers(1, 5)), elements=st.integers(-4, 4).map(float)
)


@given(SCORES, st.sampled_from([-2.0, 0.0, 1.5]), st.booleans(), st.sampled_from([-1, 0, 1, 3]))
def test_equals_its_definition(scores: np.ndarray, threshold: float, is_ascend: bool, topk: int) -> None:
    rows, columns = match(torch.from_numpy(scores), threshold=threshold, is_ascend=is_ascend, topk=topk)
    expected = by_definition(scores, threshold, is_ascend, topk)
    assert (rows.tolist(), columns.tolist()) == expected


@pytest.mark.parametrize(
    ("scores", "attrs", "rows", "columns"),
    [
        ([[0.5, 0.6], [0.1, 0.2], [0.3, 0.4]], {"threshold": 1e-12}, [1, -1, 0], [2, 0]),
        ([[0.5, 0.6], [0.1, 0.2], [0.3, 0.4]], {"threshold": 0.4}, [1, -1, -1], [-1, 0]),
        ([[0.5, 0.6], [0.1, 0.2], [0.3, 0.4]], {"threshold": 0.3, "is_ascend": True}, [-1, 0, -1], [1, -1]),
        ([[0.9, 0.8], [0.85, 0.05]], {"threshold": 0.5}, [0, -1], [0, -1]),
        (np.diag([0.9, 0.8, 0.7, 0.6, 0.5]), {"threshold": 1e-12, "topk": 1}, [0, 1, -1, -1, -1], [0, 1, -1, -1, -1]),
    ],
    ids=["plain", "threshold is not met by equality", "ascending", "greedy", "topk gives one more"],
)
def test_as_in_mxnet(scores: list, attrs: dict, rows: list, columns: list) -> None:
    found = match(torch.tensor(np.array(scores, np.float32)), **attrs)
    assert [one.tolist() for one in found] == [rows, columns]


@pytest.mark.parametrize("shape", [(3, 2), (2, 3, 2), (2, 2, 3, 2), (0, 3, 2), (2, 0, 3), (2, 3, 0)], ids=str)
def test_leading_axes_are_images_and_any_may_be_empty(shape: tuple[int, ...]) -> None:
    data = torch.rand(shape)
    rows, columns = match(data, threshold=0.1)
    assert rows.shape == shape[:-1]
    assert columns.shape == (*shape[:-2], shape[-1])
    for image in np.ndindex(shape[:-2]):
        torch.testing.assert_close(match(data[image], threshold=0.1), (rows[image], columns[image]))
    if not data.numel():
        assert (rows == -1).all()
        assert (columns == -1).all()


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float64])
def test_keeps_the_type(dtype: torch.dtype) -> None:
    rows, columns = match(torch.tensor([[0.5, 0.25]], dtype=dtype).expand(3, 2), threshold=0.0)
    assert rows.dtype == columns.dtype == dtype
    assert rows.tolist() == [0, 1, -1]


def test_no_gradient_flows() -> None:
    data = torch.rand(3, 2, requires_grad=True)
    assert not any(found.requires_grad for found in match(data, threshold=0.1))


def test_compiles() -> None:
    data = torch.rand(2, 9, 4)
    compiled = torch.compile(lambda x: match(x, threshold=0.25), fullgraph=True, backend="eager")
    torch.testing.assert_close(compiled(data), match(data, threshold=0.25))


def test_threads_do_not_disturb_each_other() -> None:
    batches = [torch.rand(4, 1000, 20) for _ in range(4)]
    alone = [match(batch, threshold=0.1) for batch in batches]
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(lambda batch: match(batch, threshold=0.1), batches * 3))
    torch.testing.assert_close(together, alone * 3)


def test_refuses() -> None:
    with pytest.raises(ShapeError, match=r"^bipartite_matching: data must be \(..., N, M\), got shape \(3,\)"):
        match(torch.zeros(3), threshold=0.1)
    with pytest.raises(ArgumentTypeError, match=r"^bipartite_matching: data must hold floats, got torch\.int32"):
        match(torch.zeros(3, 2, dtype=torch.int32), threshold=0.1)
    with pytest.raises(ArgumentTypeError, match=r"^_contrib_bipartite_matching: threshold must be given"):
        match(torch.zeros(3, 2))
