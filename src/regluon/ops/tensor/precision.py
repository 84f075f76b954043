"""Mixed precision: bring arrays to one type of float, and tell whether numbers are still numbers."""

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor

from regluon.core.dtype import torch_dtype
from regluon.core.errors import ArgumentError
from regluon.ops.attr import DType
from regluon.ops.registry import Attributes, Types, op
from regluon.ops.types import common_type, typed

__all__ = ["all_finite", "amp_cast", "amp_multicast", "multi_all_finite", "multi_sum_sq"]


def _floats_cast(known: Types, attributes: Attributes) -> Types:
    data, wanted = known["data"], torch_dtype(attributes["dtype"])
    return {"data": data, "output": data if data is not None and not data.is_floating_point else wanted}


@op("amp_cast", types=_floats_cast)
def amp_cast(data: Tensor, dtype: DType) -> Tensor:
    """Bring an array of floats to another number type; others pass (MXNet, ``amp_cast``).

    Args:
        data: ``(*)``.
        dtype: the type.

    Returns:
        ``(*)``, of type ``dtype`` if the data are floats.

    Examples:
        >>> amp_cast(torch.tensor([0.5]), dtype="float16"), amp_cast(torch.tensor([1]), dtype="float16")
        (tensor([0.5000], dtype=torch.float16), tensor([1]))
    """
    return data.to(torch_dtype(dtype) if data.is_floating_point() else data.dtype, copy=True)


def _numbered(attributes: Attributes) -> tuple[str, ...]:
    count = attributes["num_outputs"]
    return ("output",) if count == 1 else tuple(f"output{place}" for place in range(count))


def _one_type(known: Types, attributes: Attributes) -> Types:
    inputs = {name: dtype for name, dtype in known.items() if name.startswith("arg")}
    wanted = _meeting([dtype for dtype in inputs.values() if dtype is not None], attributes["cast_narrow"])
    # Each output is what the input at its place becomes.
    outputs = [None if dtype is None else _cast_type(dtype, wanted) for dtype in inputs.values()]
    return {**inputs, **dict(zip([name for name in known if name not in inputs], outputs, strict=False))}


@op("amp_multicast", outputs=_numbered, types=_one_type, per_argument=0)
def amp_multicast(*data: Tensor, num_outputs: int, cast_narrow: bool = False) -> Tensor | tuple[Tensor, ...]:
    """Bring arrays of floats to one type (MXNet, ``amp_multicast``).

    Args:
        data: any number of arrays ``(*)``.
        num_outputs: how many they are.
        cast_narrow: whether to bring them to the narrowest type among them; else to the widest.

    Returns:
        The arrays ``(*)`` in order; those that hold ints pass.

    Examples:
        >>> amp_multicast(torch.ones(1), torch.ones(1, dtype=torch.float64), num_outputs=2)
        (tensor([1.], dtype=torch.float64), tensor([1.], dtype=torch.float64))
    """
    _check_count("amp_multicast", "num_outputs", num_outputs, data)
    wanted = _meeting([one.dtype for one in data], cast_narrow)
    results = tuple(one.to(_cast_type(one.dtype, wanted), copy=True) for one in data)
    return results[0] if len(results) == 1 else results


def _meeting(dtypes: list[torch.dtype], narrow: bool) -> torch.dtype:
    """Return the widest or the narrowest type of float among some."""
    floats = sorted((one for one in dtypes if one.is_floating_point), key=lambda one: one.itemsize)
    return torch.float32 if not floats else floats[0] if narrow else floats[-1]


def _cast_type(own: torch.dtype, wanted: torch.dtype) -> torch.dtype:
    return wanted if own.is_floating_point else own


@op("all_finite", types=typed(output=torch.float32), differentiable=False)
def all_finite(data: Tensor, init_output: bool = True) -> Tensor:
    """Tell whether an array holds neither infinity nor NaN (MXNet, ``all_finite``).

    Args:
        data: ``(*)``.
        init_output: True alone; in MXNet False keeps a 0 that is in ``out`` already.

    Returns:
        ``(1,)`` float32, 1 if so.

    Examples:
        >>> all_finite(torch.tensor([1.0, 2.0])), all_finite(torch.tensor([1.0, float("nan")]))
        (tensor([1.]), tensor([0.]))
    """
    return multi_all_finite(data, num_arrays=1, init_output=init_output)


def _first_is_like(known: Types, attributes: Attributes) -> Mapping[str, Any]:
    shared = common_type(known, "output")
    return {name: torch.float32 if name == "output" else shared for name in known}


@op("multi_all_finite", types=_first_is_like, differentiable=False, per_argument=0)
def multi_all_finite(*data: Tensor, num_arrays: int = 1, init_output: bool = True) -> Tensor:
    """Tell whether arrays hold neither infinity nor NaN (MXNet, ``multi_all_finite``).

    Args:
        data: arrays ``(*)``.
        num_arrays: how many they are.
        init_output: True alone; in MXNet False keeps a 0 that is in ``out`` already.

    Returns:
        ``(1,)`` float32, 1 if so.

    Examples:
        >>> multi_all_finite(torch.ones(2), torch.tensor([float("inf")]), num_arrays=2)
        tensor([0.])
    """
    if not init_output:
        raise ArgumentError("multi_all_finite: init_output must be True, as no result is there before, got False")
    _check_count("multi_all_finite", "num_arrays", num_arrays, data)
    return torch.stack([one.isfinite().all() for one in data]).all().reshape(1).to(torch.float32)


@op("multi_sum_sq", types=_first_is_like, differentiable=False, per_argument=0)
def multi_sum_sq(*data: Tensor, num_arrays: int) -> Tensor:
    """Sum the squares of each of several arrays (MXNet, ``multi_sum_sq``).

    Args:
        data: arrays ``(*)``.
        num_arrays: how many they are.

    Returns:
        ``(num_arrays,)`` float32.

    Examples:
        >>> multi_sum_sq(torch.tensor([1.0, 2.0]), torch.tensor([[3.0, 4.0]]), num_arrays=2)
        tensor([ 5., 25.])
    """
    _check_count("multi_sum_sq", "num_arrays", num_arrays, data)
    return torch.stack([one.to(torch.float32).square().sum() for one in data])


def _check_count(who: str, name: str, count: int, data: tuple[Tensor, ...]) -> None:
    if count != len(data):
        raise ArgumentError(f"{who}: {name} must be the number of arrays, {len(data)}, got {count}")
