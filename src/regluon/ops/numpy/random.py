"""Random arrays with numpy's distributions, drawn from torch's global generator.

The parameters are numbers or arrays that broadcast with the size; a gradient reaches the arrays, as each draw is a
function of them. The distributions are MXNet's, the sequence of numbers is torch's. From MXNet's ``_npi_*`` operators.
"""

from collections.abc import Callable, Sequence

import torch
from torch import Tensor

from regluon.core.device import as_device
from regluon.core.dtype import torch_dtype
from regluon.core.errors import ArgumentError, ShapeError
from regluon.ops.attr import DType, Place
from regluon.ops.registry import Attributes, op

__all__ = ["Number", "Sizes", "even", "gamma", "omitting", "parameters", "sizes_of"]

Sizes = tuple[int, ...]
Number = float | None


def omitting(*names: str) -> Callable[[Attributes], Sequence[str]]:
    """Say which inputs are left out: those whose numbers are given.

    Args:
        names: of the attributes for the numbers.
    """
    slots = ("input1", "input2")[: len(names)]

    def omit(attributes: Attributes) -> Sequence[str]:
        return slots[sum(attributes[name] is None for name in names) :]

    return omit


def parameters(
    numbers: Sequence[Number], arrays: Sequence[Tensor | None], dtype: DType | None, ctx: Place | None
) -> list[Tensor]:
    """Return each parameter as a tensor: of its number, or the next of the arrays.

    Args:
        numbers: the numbers, None where an array comes.
        arrays: ``(*)`` the arrays in order.
        dtype: float type; float32 if None.
        ctx: device where there are no arrays.
    """
    given = [one for one in arrays if one is not None]
    rest = iter(given)
    device = given[0].device if given else as_device(ctx).torch
    kind = torch_dtype(dtype or "float32")
    found = []
    for number in numbers:
        one = next(rest, None) if number is None else None
        if number is None and one is None:
            raise ArgumentError("random: a parameter must be a number or an array, got neither")
        found.append(torch.full((), number or 0.0, dtype=kind, device=device) if one is None else one.to(kind))
    return found


def sizes_of(size: Sizes | None, parameters: Sequence[Tensor]) -> Sizes:
    """Return the sizes asked for, or those of the parameters together; the parameters must broadcast to them."""
    shape = torch.broadcast_shapes(*[one.shape for one in parameters])
    if size is None:
        return tuple(shape)
    pairs = zip(reversed(size), reversed(shape), strict=False)
    if len(shape) > len(size) or any(old not in (1, new) for new, old in pairs):
        raise ShapeError(f"random: size must be one that the parameters' {tuple(shape)} broadcasts to, got {size}")
    return size


def even(sizes: Sizes, like: Tensor) -> Tensor:
    """Draw evenly from [0, 1)."""
    return torch.rand(sizes, dtype=like.dtype, device=like.device)


def _open(sizes: Sizes, like: Tensor) -> Tensor:
    """Draw evenly from (0, 1), without the ends, where logarithms are infinite."""
    limits = torch.finfo(like.dtype)
    return even(sizes, like).clamp(limits.tiny, 1 - limits.eps)


def _normal(sizes: Sizes, first: Tensor, second: Tensor) -> Tensor:
    return torch.randn(sizes, dtype=first.dtype, device=first.device) * second + first


def _logistic(sizes: Sizes, first: Tensor, second: Tensor) -> Tensor:
    drawn = _open(sizes, first)
    return first + second * (torch.log(drawn) - torch.log1p(-drawn))


def _laplace(sizes: Sizes, first: Tensor, second: Tensor) -> Tensor:
    drawn = _open(sizes, first) - 0.5
    return first - second * torch.sign(drawn) * torch.log1p(-2 * drawn.abs())


def _declare_two(
    name: str,
    text: tuple[str, str, str],
    names: tuple[str, str],
    draw: Callable[[Sizes, Tensor, Tensor], Tensor],
    batched: bool = False,
) -> None:
    """Declare a distribution of two parameters; ``batched`` puts the size before their shape."""

    def sample(
        input1: Tensor | None, input2: Tensor | None, first: Number, second: Number, size: Sizes | None,
        ctx: Place | None, dtype: DType | None,
    ) -> Tensor:  # fmt: skip
        given = parameters((first, second), (input1, input2), dtype, ctx)
        if batched:
            shape = torch.broadcast_shapes(*[one.shape for one in given])
            return draw((*(size or ()), *shape), *given)
        return draw(sizes_of(size, given), *given)

    if names == ("low", "high"):

        def between(
            input1: Tensor | None = None, input2: Tensor | None = None, low: Number = 0.0, high: Number = 1.0,
            size: Sizes | None = None, ctx: Place | None = None, dtype: DType | None = None,
        ) -> Tensor:  # fmt: skip
            return sample(input1, input2, low, high, size, ctx, dtype)

        function: Callable[..., Tensor] = between
    else:

        def around(
            input1: Tensor | None = None, input2: Tensor | None = None, loc: Number = 0.0, scale: Number = 1.0,
            size: Sizes | None = None, ctx: Place | None = None, dtype: DType | None = None,
        ) -> Tensor:  # fmt: skip
            return sample(input1, input2, loc, scale, size, ctx, dtype)

        function = around
    sizes = ", before those of the parameters" if batched else "; those of the parameters if None"
    function.__name__ = function.__qualname__ = name
    function.__doc__ = f"""Draw from {text[0]}.

    Args:
        input1: ``(*)``: the first parameter that is no number.
        input2: ``(*)``: the second such parameter.
        {names[0]}: {text[1]}, None if it is an array.
        {names[1]}: {text[2]}, None if it is an array.
        size: sizes of the result{sizes}.
        ctx: device, the current one if None; ignored beside arrays.
        dtype: float type; float32 if None.

    Returns:
        ``(*size)``.

    Examples:
        >>> {name}(size=(2, 3)).shape
        torch.Size([2, 3])
    """
    op(f"_npi_{name}", omit=omitting(*names))(function)


def _uniform(sizes: Sizes, low: Tensor, high: Tensor) -> Tensor:
    return even(sizes, low) * (high - low) + low


_EVEN = ("an even distribution", "lower bound, included", "upper bound, excluded")
_BELL = ("a normal distribution", "its mean", "its standard deviation")
_declare_two("uniform", _EVEN, ("low", "high"), _uniform)
_declare_two("uniform_n", _EVEN, ("low", "high"), _uniform, batched=True)
_declare_two("normal", _BELL, ("loc", "scale"), _normal)
_declare_two("normal_n", _BELL, ("loc", "scale"), _normal, batched=True)
_declare_two("logistic", ("a logistic distribution", "its mean", "its scale"), ("loc", "scale"), _logistic)
_declare_two("laplace", ("a Laplace distribution", "its mean", "its scale"), ("loc", "scale"), _laplace)
_declare_two(
    "gumbel",
    ("a Gumbel distribution", "its mode", "its scale"),
    ("loc", "scale"),
    lambda sizes, first, second: first - second * torch.log(-torch.log(_open(sizes, first))),
)


def _declare_one(name: str, text: tuple[str, str], draw: Callable[[Sizes, Tensor], Tensor], scale: bool) -> None:
    """Declare a distribution of one parameter."""

    def sample(input1: Tensor | None, number: Number, size: Sizes | None, ctx: Place | None) -> Tensor:
        given = parameters((number,), (input1,), None, ctx)
        return draw(sizes_of(size, given), given[0])

    if scale:

        def of_scale(
            input1: Tensor | None = None, scale: Number = 1.0, size: Sizes | None = None, ctx: Place | None = None
        ) -> Tensor:
            return sample(input1, scale, size, ctx)

        function: Callable[..., Tensor] = of_scale
    else:

        def of_shape(
            input1: Tensor | None = None, a: Number = 1.0, size: Sizes | None = None, ctx: Place | None = None
        ) -> Tensor:
            return sample(input1, a, size, ctx)

        function = of_shape
    function.__name__ = function.__qualname__ = name
    function.__doc__ = f"""Draw from {text[0]}.

    Args:
        input1: ``(*)``: the parameter, if it is no number.
        {"scale" if scale else "a"}: {text[1]}, None if it is an array.
        size: sizes of the result; those of the parameter if None.
        ctx: device, the current one if None; ignored beside an array.

    Returns:
        ``(*size)`` float32.

    Examples:
        >>> bool(({name}(size=(2, 3)) >= 0).all())
        True
    """
    op(f"_npi_{name}", omit=omitting("scale" if scale else "a"))(function)


def _waiting(sizes: Sizes, like: Tensor) -> Tensor:
    """Draw from the exponential distribution of mean 1."""
    return -torch.log1p(-even(sizes, like))


_declare_one(
    "exponential",
    ("an exponential distribution", "its mean"),
    lambda sizes, one: one * _waiting(sizes, one),
    scale=True,
)
_declare_one(
    "rayleigh",
    ("a Rayleigh distribution", "its scale"),
    lambda sizes, one: one * torch.sqrt(2 * _waiting(sizes, one)),
    scale=True,
)
_declare_one(
    "pareto",
    ("a Pareto distribution that begins at 0", "its shape"),
    lambda sizes, one: torch.expm1(_waiting(sizes, one) / one),
    scale=False,
)
_declare_one(
    "weibull",
    ("a Weibull distribution", "its shape"),
    lambda sizes, one: torch.pow(_waiting(sizes, one), 1 / one),
    scale=False,
)
_declare_one(
    "powerd",
    ("the distribution whose density is a power, within 0 and 1", "the power, plus 1"),
    lambda sizes, one: torch.pow(_open(sizes, one), 1 / one),
    scale=False,
)


@op("_npi_gamma", omit=omitting("shape", "scale"))
def gamma(
    input1: Tensor | None = None,
    input2: Tensor | None = None,
    shape: Number = 1.0,
    scale: Number = 1.0,
    size: Sizes | None = None,
    ctx: Place | None = None,
    dtype: DType | None = None,
) -> Tensor:
    """Draw from a gamma distribution.

    Args:
        input1: ``(*)``: the first parameter that is no number.
        input2: ``(*)``: the second such parameter.
        shape: its shape, None if it is an array.
        scale: its scale, None if it is an array.
        size: sizes of the result; those of the parameters if None.
        ctx: device, the current one if None; ignored beside arrays.
        dtype: float type; float32 if None.

    Returns:
        ``(*size)``.

    Examples:
        >>> bool((gamma(size=(2, 3)) >= 0).all())
        True
    """
    first, second = parameters((shape, scale), (input1, input2), dtype, ctx)
    sizes = sizes_of(size, (first, second))
    return torch._standard_gamma(first.expand(sizes).contiguous()) * second
