"""The table that ``Block.summary`` prints."""

import math
import sys
from typing import TYPE_CHECKING, Any

from torch import Tensor

from regluon.core.errors import MXNetError
from regluon.core.nested import flatten
from regluon.nd.array import NDArray
from regluon.sym.symbol import Symbol

if TYPE_CHECKING:
    from regluon.gluon.block import Block

__all__ = ["summarize"]

_ROW = "{:>20}  {:>42} {:>15}"


def summarize(block: "Block", *inputs: Any) -> None:
    """Run a Block once and print a line for each layer, in the order they finish.

    Args:
        block: the Block, initialised and not hybridized.
        inputs: its inputs.

    Raises:
        MXNetError: a part of it is hybridized, so that its layers do not run one by one.
    """
    rows: list[tuple[str, str, int]] = [("Input", _shapes(inputs), 0)]
    seen: set[int] = set()
    counts = {"total": 0, "trainable": 0, "shared": 0}
    handles = []

    def after(layer: Any, _: Any, output: Any) -> None:
        if isinstance(next(iter(flatten(output)), None), Symbol):
            return  # a graph is being traced, to settle shapes
        size = 0
        for one in layer._reg_params.values():
            number = math.prod(one.shape or ())
            size += number
            counts["total"] += number
            counts["trainable"] += number if one.grad_req != "null" else 0
            counts["shared"] += number if id(one) in seen else 0
            seen.add(id(one))
        rows.append((f"{type(layer).__name__}-{len(rows)}", _shapes(output), size))

    def attach(layer: Any) -> None:
        if vars(layer).get("_active"):
            raise MXNetError(f"summary: {type(layer).__name__} must not be hybridized, as its layers run as one then")
        if "_reg_params" in vars(layer) and not layer._only_holds:
            handles.append(layer.register_forward_hook(after))

    try:
        block.apply(attach)
        block(*inputs)
    finally:
        for handle in handles:
            handle.detach()
    lines = ["-" * 80, _ROW.format("Layer (type)", "Output Shape", "Param #"), "=" * 80]
    lines += [_ROW.format(*row) for row in rows]
    lines += [
        "=" * 80,
        "Parameters in forward computation graph, duplicate included",
        f"   Total params: {counts['total']}",
        f"   Trainable params: {counts['trainable']}",
        f"   Non-trainable params: {counts['total'] - counts['trainable']}",
        f"Shared params in forward computation graph: {counts['shared']}",
        f"Unique parameters in model: {counts['total'] - counts['shared']}",
        "-" * 80,
    ]
    sys.stdout.write("\n".join(lines) + "\n")


def _shapes(values: Any) -> str:
    shapes = _nested(values)
    return str(shapes)[1:-1] if isinstance(shapes, list) else str(shapes)


def _nested(values: Any) -> Any:
    if isinstance(values, (list, tuple)):
        return [_nested(one) for one in values]
    return tuple(values.shape) if isinstance(values, (NDArray, Tensor)) else values
