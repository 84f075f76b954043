"""Random numbers of few values: coins, ints, choices and counts, drawn from torch's global generator.

The distributions are MXNet's, the sequence of numbers is torch's. From MXNet's ``_npi_*`` operators.
"""

import torch
from torch import Tensor

from regluon.core.device import as_device
from regluon.core.dtype import torch_dtype
from regluon.core.errors import ArgumentError, ShapeError
from regluon.ops.attr import DType, Place
from regluon.ops.numpy.random import Number, Sizes, even, omitting, parameters, sizes_of
from regluon.ops.registry import op

__all__ = ["bernoulli", "choice", "multinomial", "randint", "shuffle"]


@op("_npi_bernoulli", omit=lambda attributes: omitting("logit" if attributes["is_logit"] else "prob")(attributes),
    differentiable=False)  # fmt: skip
def bernoulli(
    input1: Tensor | None = None,
    prob: Number = None,
    logit: Number = None,
    size: Sizes | None = None,
    ctx: Place | None = None,
    dtype: DType | None = None,
    is_logit: bool = False,
) -> Tensor:
    """Draw 1 with a given chance, else 0.

    Args:
        input1: ``(*)``: the chances or their log-odds, if they are no number.
        prob: the chance.
        logit: its log-odds, where ``is_logit``.
        size: sizes of the result; those of the parameter if None.
        ctx: device, the current one if None; ignored beside an array.
        dtype: number type; float32 if None.
        is_logit: whether log-odds are given.

    Returns:
        ``(*size)``.

    Examples:
        >>> bernoulli(prob=1.0, size=(2,))
        tensor([1., 1.])
    """
    (chance,) = parameters((logit if is_logit else prob,), (input1,), None, ctx)
    chance = torch.sigmoid(chance) if is_logit else chance
    return (even(sizes_of(size, (chance,)), chance) < chance).to(torch_dtype(dtype or "float32"))


@op("_npi_random_randint", differentiable=False)
def randint(
    low: int, high: int, shape: Sizes | None = None, ctx: Place | None = None, dtype: DType | None = None
) -> Tensor:
    """Draw ints evenly between two bounds.

    Args:
        low: lower bound, included.
        high: upper bound, excluded.
        shape: sizes of the result; none if None.
        ctx: device, the current one if None.
        dtype: number type; int64 if None.

    Returns:
        ``(*shape)``.

    Examples:
        >>> randint(5, 6, shape=(2,))
        tensor([5, 5])
    """
    if low >= high:
        raise ArgumentError(f"randint: low must be below high, got {low} and {high}")
    return torch.randint(low, high, shape or (), device=as_device(ctx).torch).to(torch_dtype(dtype or "int64"))


@op("_npi_shuffle")
def shuffle(data: Tensor) -> Tensor:
    """Put the slices of the first axis into a random order.

    Args:
        data: ``(N, *)``.

    Returns:
        ``(N, *)``.

    Examples:
        >>> shuffle(torch.tensor([1, 2])).sum()
        tensor(3)
    """
    if not data.ndim:
        raise ShapeError("shuffle: data must have at least 1 axis, got none")
    return data[torch.randperm(data.shape[0], device=data.device)]


@op("_npi_choice", omit=lambda attributes: ("input2",) if attributes["a"] is None else ("input1", "input2"),
    differentiable=False)  # fmt: skip
def choice(
    input1: Tensor | None = None,
    input2: Tensor | None = None,
    a: int | None = None,
    size: Sizes | None = None,
    ctx: Place | None = None,
    replace: bool = True,
    weighted: bool = False,
) -> Tensor:
    """Draw ints below a bound.

    Args:
        input1: ``(a,)``: the chances, if ``weighted``.
        input2: not used.
        a: the bound.
        size: sizes of the result; none if None.
        ctx: device, the current one if None.
        replace: whether one int may come several times.
        weighted: whether there are chances.

    Returns:
        ``(*size)`` int64.

    Examples:
        >>> choice(a=1, size=(2,))
        tensor([0, 0])
    """
    count = 1
    for one in size or ():
        count *= one
    bound = a if a is not None else 0 if input1 is None else input1.shape[0]
    if bound < 1 or (not replace and count > bound):
        raise ArgumentError(f"choice: a must be at least 1, and the size without replacement, got {bound} and {size}")
    if weighted and input1 is not None:
        drawn = (
            torch.multinomial(input1.detach().float(), count, replace) if count else torch.zeros(0, dtype=torch.int64)
        )
    elif replace:
        drawn = torch.randint(0, bound, (count,), device=as_device(ctx).torch)
    else:
        drawn = torch.randperm(bound, device=as_device(ctx).torch)[:count]
    return drawn.reshape(size or ())


@op("_npi_multinomial", omit=lambda attributes: () if attributes["pvals"] is None else ("a",), differentiable=False)
def multinomial(
    a: Tensor | None = None, n: int = 1, pvals: tuple[float, ...] | None = None, size: Sizes | None = None
) -> Tensor:
    """Count how often each class comes in a number of draws.

    Args:
        a: ``(K,)`` chances of K classes.
        n: the number of draws.
        pvals: the chances, where they are numbers.
        size: how often all is done; once if None.

    Returns:
        ``(*size, K)`` int64.

    Examples:
        >>> multinomial(n=3, pvals=(1.0, 0.0))
        tensor([3, 0])
    """
    chances = torch.tensor(pvals or (), dtype=torch.float32) if a is None else a.detach().float()
    if chances.ndim != 1 or n < 0 or not bool(torch.isfinite(chances).all()) or float(chances.sum()) > 1 + 1e-5:
        raise ArgumentError("multinomial: pvals must be one row of chances whose sum is at most 1")
    count = 1
    for one in size or ():
        count *= one
    shape = (*(size or ()), chances.shape[0])
    if not n or not count:
        return torch.zeros(shape, dtype=torch.int64, device=chances.device)
    # The last class takes what the others leave, as in numpy.
    chances = torch.cat([chances[:-1], (1 - chances[:-1].sum()).clamp(min=0).reshape(1)])
    drawn = torch.multinomial(chances.expand(count, -1), n, replacement=True)
    found = torch.zeros(count, shape[-1], dtype=torch.int64, device=chances.device)
    return found.scatter_add(1, drawn, torch.ones_like(drawn)).reshape(shape)
