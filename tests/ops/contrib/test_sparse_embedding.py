"""Rows with sparse gradients. Equality with MXNet's values is tested with all recordings."""

import pytest
import torch

from regluon import autograd, nd, th
from regluon.core.errors import ArgumentError, ShapeError
from regluon.th.contrib import SparseEmbedding

TABLE = torch.arange(8.0).reshape(4, 2)
INDEX = torch.tensor([[0.0, 2.0], [2.0, 2.9]])


@pytest.mark.parametrize("sparse", [False, True])
def test_the_gradient_adds_up_what_each_row_gets(sparse: bool) -> None:
    table = TABLE.clone().requires_grad_()
    index = INDEX.clone().requires_grad_()
    found = SparseEmbedding(index, table, 4, 2, sparse_grad=sparse)
    assert torch.equal(found, TABLE[INDEX.long()])
    found.backward(torch.ones_like(found))
    assert table.grad is not None
    assert table.grad.is_sparse is sparse
    dense = table.grad.coalesce() if sparse else table.grad
    if sparse:
        assert dense.indices().tolist() == [[0, 2]]
        dense = dense.to_dense()
    assert dense.tolist() == [[1, 1], [0, 0], [3, 3], [0, 0]]
    assert index.grad is None


def test_a_sparse_gradient_serves_torch_s_optimizer() -> None:
    table = torch.nn.Parameter(TABLE.clone())
    optimizer = torch.optim.SparseAdam([table], lr=0.5)
    SparseEmbedding(INDEX, table, 4, 2, sparse_grad=True).sum().backward()
    optimizer.step()
    changed = (table.detach() != TABLE).any(1)
    assert changed.tolist() == [True, False, True, False]


@pytest.mark.parametrize("sparse", [False, True])
def test_gradients_of_arrays_are_dense(sparse: bool) -> None:
    table = nd.NDArray(TABLE.clone())
    table.attach_grad()
    with autograd.record():
        found = nd.contrib.SparseEmbedding(nd.NDArray(INDEX), table, input_dim=4, output_dim=2, sparse_grad=sparse)
    (apart,) = autograd.grad([found], [table], retain_graph=True)
    found.backward()
    assert table.grad.asnumpy().tolist() == apart.asnumpy().tolist() == [[1, 1], [0, 0], [3, 3], [0, 0]]


@pytest.mark.parametrize("bad", [-1.0, 4.0])
def test_an_index_outside_the_table_is_refused_even_when_compiled(bad: float) -> None:
    torch._dynamo.reset()
    compiled = torch.compile(lambda index: SparseEmbedding(index, TABLE, 4, 2), fullgraph=True, backend="eager")
    assert torch.equal(compiled(INDEX), TABLE[INDEX.long()])
    for run in (compiled, lambda index: th.contrib.SparseEmbedding(index, TABLE, 4, 2)):
        with pytest.raises(ArgumentError, match=rf"SparseEmbedding: data must be in \[0, 3\], got {int(bad)}"):
            run(torch.tensor([[1.0, bad], [0.0, 0.0]]))


def test_a_table_of_another_shape_is_refused() -> None:
    with pytest.raises(ShapeError, match=r"SparseEmbedding: weight must have shape \(5, 2\), got \(4, 2\)"):
        SparseEmbedding(INDEX, TABLE, 5, 2)
