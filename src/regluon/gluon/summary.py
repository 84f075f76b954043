"""The table that ``Block.summary`` prints."""

import math
import sys
from typing import TYPE_CHECKING, Any

from regluon.core.errors import MXNetError

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
        if getattr(layer, "_active", False):
            raise MXNetError(f"summary: {type(layer).__name__} must not be hybridized, as its layers run as one then")
        if hasattr(layer, "_reg_params") and "Sequential" not in type(layer).__name__:
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
    if isinstance(values, (list, tuple)):
        shapes = [_shapes(one) for one in values]
        return shapes[0] if len(shapes) == 1 else f"[{', '.join(shapes)}]"
    return str(tuple(values.shape)) if hasattr(values, "shape") else "None"
