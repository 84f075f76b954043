"""Rows looked up in a table, with a sparse gradient."""

from typing import Annotated

import torch
from torch import Tensor

from regluon.core.errors import ArgumentError, ShapeError
from regluon.kernels.checks import require
from regluon.ops.attr import FLOAT32, DType, Range
from regluon.ops.registry import Attributes, Shapes, op

__all__ = ["sparse_embedding"]

Count = Annotated[int, Range(1)]


def _shapes(shapes: Shapes, attributes: Attributes) -> Shapes:
    return {"weight": (attributes["input_dim"], attributes["output_dim"])}


@op("_contrib_SparseEmbedding", complete=_shapes)
def sparse_embedding(
    data: Tensor,
    weight: Tensor,
    input_dim: Count,
    output_dim: Count,
    dtype: DType = FLOAT32,
    deterministic: bool = False,
    sparse_grad: bool = False,
) -> Tensor:
    """Look rows up in a table (MXNet, ``SparseEmbedding``).

    MXNet's gradient of the weight is sparse. Here it is if ``sparse_grad``, one of torch's sparse tensors, for those of
    its optimizers that take them; arrays of ``nd`` are dense, and so are their gradients. An index that is not in the
    table is an error, where MXNet takes its first or last row if the weight is dense.

    Args:
        data: any shape, indices; fractions are cut off. They get no gradient.
        weight: ``(input_dim, output_dim)``, the table.
        input_dim: number of rows.
        output_dim: size of a row.
        dtype: without effect: the result has the table's.
        deterministic: without effect.
        sparse_grad: whether the gradient of ``weight`` is a sparse tensor.

    Returns:
        ``(*data, output_dim)``.

    Examples:
        >>> sparse_embedding(torch.tensor([1.7]), torch.tensor([[1.0, 2.0], [3.0, 4.0]]), 2, 2)
        tensor([[3., 4.]])
    """
    who = "SparseEmbedding"
    if weight.shape != (input_dim, output_dim):
        raise ShapeError(f"{who}: weight must have shape {(input_dim, output_dim)}, got {tuple(weight.shape)}")
    index = data.detach().to(torch.int64)
    if index.device.type != "cpu" or torch.compiler.is_compiling():
        index = require(index, (index >= 0) & (index < input_dim), f"{who}: data must be in [0, {input_dim - 1}]")
    try:
        return torch.nn.functional.embedding(index, weight, sparse=sparse_grad)
    except IndexError as error:
        # On the CPU torch looks at each index anyway.
        found = index[(index < 0) | (index >= input_dim)][0].item()
        raise ArgumentError(f"{who}: data must be in [0, {input_dim - 1}], got {found}") from error
