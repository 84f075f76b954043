"""Counting, quantiles, differences, interpolation and padding by numpy's rules. From MXNet's ``_npi_*`` operators."""

from collections.abc import Sequence
from typing import Literal

import torch
from torch import Tensor

from regluon.core.errors import ArgumentError, ShapeError
from regluon.ops.numpy.reduction import axes_or_all
from regluon.ops.registry import op
from regluon.ops.tensor.shapes import axis_of

__all__ = ["bincount", "diff", "histogram", "interp", "pad", "percentile", "polyval"]

Interpolation = Literal["linear", "lower", "higher", "midpoint", "nearest"]


@op(
    "_npi_bincount",
    omit=lambda attributes: () if attributes["has_weights"] else ("weights",),
    differentiable=False,
)
def bincount(data: Tensor, weights: Tensor | None = None, minlength: int = 0, has_weights: bool = False) -> Tensor:
    """Count how often each int comes.

    Args:
        data: ``(n,)`` ints from 0 on.
        weights: ``(n,)``: what each one counts.
        minlength: the least length of the result.
        has_weights: whether there are weights.

    Returns:
        ``(K,)``, K above the greatest int.

    Examples:
        >>> bincount(torch.tensor([0, 2, 2]))
        tensor([1, 0, 2])
    """
    if data.ndim != 1 or data.is_floating_point():
        raise ArgumentError(f"bincount: data must be one row of ints, got shape {tuple(data.shape)} of {data.dtype}")
    if weights is None or not has_weights:
        return torch.bincount(data, None, minlength)
    return torch.bincount(data, weights.detach(), minlength).to(weights.dtype)


@op("_npi_histogram", outputs=("output0", "output1"), differentiable=False)
def histogram(
    data: Tensor, bins: Tensor | None = None, bin_cnt: int | None = None, range: tuple[float, ...] | None = None
) -> tuple[Tensor, Tensor]:
    """Count the elements between bounds.

    Args:
        data: ``(*)``.
        bins: ``(K + 1,)`` bounds in order; the last bin includes its upper one.
        bin_cnt: K, for bins of one size.
        range: the ends, with ``bin_cnt``.

    Returns:
        ``(K,)`` counts, int64, and the ``(K + 1,)`` bounds.

    Examples:
        >>> histogram(torch.tensor([1.0, 2.0, 2.5]), torch.tensor([1.0, 2.0, 3.0]))
        (tensor([1, 2]), tensor([1., 2., 3.]))
    """
    if bins is None:
        if bin_cnt is None or range is None or len(range) != 2:
            raise ArgumentError(f"histogram: bin_cnt must come with a range of 2 ends, got {bin_cnt} and {range}")
        bins = torch.linspace(range[0], range[1], bin_cnt + 1, dtype=torch.float64, device=data.device).to(
            data.dtype if data.is_floating_point() else torch.float32
        )
    values = data.reshape(-1).to(bins.dtype).detach()
    count = bins.shape[0] - 1
    places = torch.bucketize(values, bins, right=True) - 1
    places = torch.where(values == bins[-1], count - 1, places)
    inside = (places >= 0) & (places < count)
    found = torch.zeros(count + 1, dtype=torch.int64, device=data.device)
    return found.scatter_add(0, torch.where(inside, places, count), torch.ones_like(places))[:count], bins


@op("_npi_percentile", omit=lambda attributes: () if attributes["q_scalar"] is None else ("q",), differentiable=False)
def percentile(
    a: Tensor,
    q: Tensor | None = None,
    axis: int | tuple[int, ...] | None = None,
    interpolation: Interpolation = "linear",
    keepdims: bool = False,
    q_scalar: float | None = None,
) -> Tensor:
    """Find the values below which given percentages of the elements lie.

    Args:
        a: ``(*)``.
        q: ``(*Q)`` percentages.
        axis: an axis, or several; all if None.
        interpolation: what is taken between two elements.
        keepdims: keep the axes with size 1.
        q_scalar: the percentage, where it is one number.

    Returns:
        ``(*Q, *)`` without the axes; float32 of ints.

    Examples:
        >>> percentile(torch.tensor([1.0, 2.0, 4.0]), q_scalar=75.0)
        tensor(3.)
    """
    axes = axes_or_all("percentile", a, axis)
    rest = [one for one in range(a.ndim) if one not in axes]
    data = a.detach() if a.is_floating_point() else a.to(torch.float32)
    rows = torch.sort(data.permute(*rest, *axes).reshape([*[a.shape[one] for one in rest], -1])).values
    if q_scalar is not None or q is None:
        share = torch.tensor(q_scalar, dtype=torch.float64, device=a.device)
    else:
        share = q.detach().double()
    place = share.reshape(-1) / 100 * (rows.shape[-1] - 1)
    found = _between(rows, place, interpolation).movedim(-1, 0)
    found = found.reshape((*share.shape, *found.shape[1:]))
    if keepdims:
        found = found.reshape((*share.shape, *[1 if one in axes else size for one, size in enumerate(a.shape)]))
    return found.to(data.dtype)


def _between(rows: Tensor, place: Tensor, interpolation: Interpolation) -> Tensor:
    """Read rows in order at places that may lie between two elements."""
    low, high = torch.floor(place), torch.ceil(place)
    if interpolation == "nearest":
        low = high = torch.round(place)
    elif interpolation == "lower":
        high = low
    elif interpolation == "higher":
        low = high
    share = torch.full_like(place, 0.5) if interpolation == "midpoint" else place - low
    first, second = rows[..., low.to(torch.int64)], rows[..., high.to(torch.int64)]
    return first if interpolation == "nearest" else first + (second - first) * share


@op("_npi_diff")
def diff(a: Tensor, n: int = 1, axis: int = -1) -> Tensor:
    """Take the differences of neighbours.

    Args:
        a: ``(*)``.
        n: how many times.
        axis: along which axis.

    Returns:
        ``(*)`` with that axis shorter by n.

    Examples:
        >>> diff(torch.tensor([1.0, 4.0, 9.0]))
        tensor([3., 5.])
    """
    if n < 0:
        raise ArgumentError(f"diff: n must be an int >= 0, got {n}")
    axis = axis_of("diff", axis, a.ndim)
    for _ in range(min(n, a.shape[axis])):
        a = a.narrow(axis, 1, a.shape[axis] - 1) - a.narrow(axis, 0, a.shape[axis] - 1)
    return a if n else a.clone()


@op("_npi_interp", omit=lambda attributes: ("x",) if attributes["x_is_scalar"] else (), differentiable=False)
def interp(
    xp: Tensor,
    fp: Tensor,
    x: Tensor | None = None,
    left: float | None = None,
    right: float | None = None,
    period: float | None = None,
    x_scalar: float = 0.0,
    x_is_scalar: bool = False,
) -> Tensor:
    """Read a function off straight lines between points.

    Args:
        xp: ``(n,)`` first coordinates, in order.
        fp: ``(n,)`` second coordinates.
        x: ``(*)`` where to read.
        left: the value left of all points; that of the first if None.
        right: the value right of all points; that of the last if None.
        period: after what distance the function repeats.
        x_scalar: where to read, if that is one number.
        x_is_scalar: whether it is.

    Returns:
        ``(*)`` float64.

    Examples:
        >>> interp(torch.tensor([0.0, 2.0]), torch.tensor([0.0, 10.0]), torch.tensor([1.0]))
        tensor([5.], dtype=torch.float64)
    """
    places = torch.full((), x_scalar, dtype=torch.float64, device=xp.device) if x is None or x_is_scalar else x.double()
    across, up = xp.double(), fp.double()
    if period is not None:
        if period == 0:
            raise ArgumentError("interp: period must not be 0, got 0")
        period = abs(period)
        across, order = torch.sort(torch.remainder(across, period), stable=True)
        up = up[order]
        across = torch.cat([across[-1:] - period, across, across[:1] + period])
        up = torch.cat([up[-1:], up, up[:1]])
        places = torch.remainder(places, period)
    return _read(across, up, places, left, right)


def _read(across: Tensor, up: Tensor, places: Tensor, left: float | None, right: float | None) -> Tensor:
    count = across.shape[0]
    place = torch.searchsorted(across.contiguous(), places.contiguous(), right=True).clamp(1, max(count - 1, 1)) - 1
    after = (place + 1).clamp(max=count - 1)
    run = across[after] - across[place]
    slope = torch.where(run > 0, (up[after] - up[place]) / run, torch.zeros_like(run))
    found = up[place] + (places - across[place]) * slope
    found = torch.where(places < across[0], up[0] if left is None else up.new_full((), left), found)
    found = torch.where(places > across[-1], up[-1] if right is None else up.new_full((), right), found)
    return torch.where(places == across[-1], up[-1], found)


@op("_npi_polyval")
def polyval(p: Tensor, x: Tensor) -> Tensor:
    """Compute a polynomial.

    Args:
        p: ``(n,)`` factors, that of the highest power first.
        x: ``(*)`` where.

    Returns:
        ``(*)``.

    Examples:
        >>> polyval(torch.tensor([1.0, 2.0]), torch.tensor([3.0]))
        tensor([5.])
    """
    if p.ndim != 1:
        raise ShapeError(f"polyval: p must have 1 axis, got shape {tuple(p.shape)}")
    found = torch.zeros_like(x)
    for one in p:
        found = found * x + one
    return found


Widths = tuple[tuple[int, int], ...]


@op("_npi_pad")
def pad(
    data: Tensor,
    pad_width: Widths,
    mode: Literal["constant", "edge", "reflect", "symmetric", "maximum", "minimum"] = "constant",
    constant_values: float = 0.0,
    reflect_type: str = "even",
) -> Tensor:
    """Put elements around an array.

    Args:
        data: ``(*)``.
        pad_width: how many before and after each axis.
        mode: which: a number, the nearest element, mirrored ones without or with the edge, or the extreme of the axis.
        constant_values: the number.
        reflect_type: only ``even``.

    Returns:
        The larger array.

    Examples:
        >>> pad(torch.tensor([1, 2, 3]), ((1, 2),), mode="reflect")
        tensor([2, 1, 2, 3, 2, 1])
    """
    if len(pad_width) != data.ndim or any(min(one) < 0 for one in pad_width):
        raise ShapeError(f"pad: pad_width must be 2 ints >= 0 for each of {data.ndim} axes, got {pad_width}")
    if reflect_type != "even":
        raise ArgumentError(f"pad: reflect_type must be 'even', got {reflect_type!r}")
    found = data
    for axis, (before, after) in enumerate(pad_width):
        if before or after:
            found = _pad_axis(found, axis, before, after, mode, constant_values)
    return data.clone() if found is data else found


def _pad_axis(data: Tensor, axis: int, before: int, after: int, mode: str, value: float) -> Tensor:
    size = data.shape[axis]
    if mode in ("constant", "maximum", "minimum"):
        if mode == "constant":
            one = torch.full([1 if i == axis else n for i, n in enumerate(data.shape)], value, dtype=data.dtype)
            one = one.to(data.device)
        else:
            one = (torch.amax if mode == "maximum" else torch.amin)(data, axis, keepdim=True)
        parts = [one.expand([count if i == axis else -1 for i in range(data.ndim)]) for count in (before, after)]
        return torch.cat([parts[0], data, parts[1]], axis)
    return data.index_select(axis, torch.tensor(_mirrored(size, before, after, mode), device=data.device))


def _mirrored(size: int, before: int, after: int, mode: str) -> Sequence[int]:
    """List the places that elements around an axis are taken from."""
    if not size:
        raise ShapeError(f"pad: mode {mode!r} needs elements on every axis that is padded, got none")
    if mode == "edge":
        return [min(max(place, 0), size - 1) for place in range(-before, size + after)]
    cycle = [*range(size), *range(size - 2, 0, -1)] if mode == "reflect" else [*range(size), *range(size - 1, -1, -1)]
    return [cycle[place % len(cycle)] for place in range(-before, size + after)]
