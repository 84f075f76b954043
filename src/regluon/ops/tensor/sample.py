"""Random numbers whose distribution an array says, drawn from torch's global generator.

From MXNet's ``_sample_*`` operators and its ``_shuffle``.
"""

from collections.abc import Sequence

import torch
from torch import Tensor

from regluon.core.dtype import torch_dtype
from regluon.core.errors import ShapeError
from regluon.ops.attr import INT32, DType
from regluon.ops.registry import Attributes, op
from regluon.ops.tensor.shapes import all_alike

__all__ = ["multinomial", "sample_normal", "sample_uniform", "shuffle"]


@op("_sample_uniform", "sample_uniform", complete=all_alike, differentiable=False)
def sample_uniform(low: Tensor, high: Tensor, shape: tuple[int, ...] = (), dtype: DType | None = None) -> Tensor:
    """Draw numbers evenly between each pair of bounds.

    Args:
        low: ``(*A)`` lower bounds, included.
        high: ``(*A)`` upper bounds, excluded.
        shape: S, sizes of what is drawn for each pair.
        dtype: float type; None means that of ``low``.

    Returns:
        ``(*A, *S)``.

    Examples:
        >>> sample_uniform(torch.tensor([0.0, 5.0]), torch.tensor([1.0, 6.0]), shape=(2,)).floor()
        tensor([[0., 0.],
                [5., 5.]])
    """
    first, last = _spread("_sample_uniform", (low, high), shape)
    return _typed(torch.rand_like(first) * (last - first) + first, low, dtype)


@op("_sample_normal", "sample_normal", complete=all_alike, differentiable=False)
def sample_normal(mu: Tensor, sigma: Tensor, shape: tuple[int, ...] = (), dtype: DType | None = None) -> Tensor:
    """Draw from several normal distributions.

    Args:
        mu: ``(*A)`` means.
        sigma: ``(*A)`` standard deviations.
        shape: S, sizes of what is drawn from each.
        dtype: float type; None means that of ``mu``.

    Returns:
        ``(*A, *S)``.

    Examples:
        >>> sample_normal(torch.tensor([1.0, 2.0]), torch.zeros(2), shape=(2,))
        tensor([[1., 1.],
                [2., 2.]])
    """
    mean, deviation = _spread("_sample_normal", (mu, sigma), shape)
    return _typed(torch.randn_like(mean) * deviation + mean, mu, dtype)


def _outputs(attributes: Attributes) -> Sequence[str]:
    return ("output0", "output1") if attributes["get_prob"] else ("output",)


@op("_sample_multinomial", "sample_multinomial", outputs=_outputs)
def multinomial(
    data: Tensor, shape: tuple[int, ...] = (), get_prob: bool = False, dtype: DType = INT32
) -> Tensor | tuple[Tensor, Tensor]:
    """Draw classes by their chances.

    Args:
        data: ``(*A, K)`` chances of K classes.
        shape: S, sizes of what is drawn for each row.
        get_prob: give the logarithms of the drawn classes' chances too, through which gradients pass.
        dtype: dtype of the classes.

    Returns:
        ``(*A, *S)`` classes, ``(1,)`` if that has no axes; and the logarithms, of the same shape.

    Examples:
        >>> multinomial(torch.tensor([[0.0, 1.0], [1.0, 0.0]]), shape=(3,))
        tensor([[1, 1, 1],
                [0, 0, 0]], dtype=torch.int32)
    """
    count = 1
    for size in shape:
        count *= size
    rows = data.reshape(-1, data.shape[-1])
    found = torch.multinomial(rows.detach().float(), count, replacement=True)
    target = (*data.shape[:-1], *shape) or (1,)
    classes = found.reshape(target).to(torch_dtype(dtype))
    if not get_prob:
        return classes
    return classes, torch.log(rows.gather(1, found)).reshape(target)


@op("_shuffle", "shuffle", complete=all_alike)
def shuffle(data: Tensor) -> Tensor:
    """Put the slices of the first axis into a random order.

    Args:
        data: ``(N, *)``.

    Returns:
        ``(N, *)``.

    Examples:
        >>> shuffle(torch.ones(2))
        tensor([1., 1.])
    """
    return data[torch.randperm(data.shape[0], device=data.device)]


def _spread(who: str, parameters: Sequence[Tensor], shape: Sequence[int]) -> list[Tensor]:
    """Repeat parameters to the shape of what is drawn."""
    first = parameters[0]
    if any(one.shape != first.shape for one in parameters):
        raise ShapeError(f"{who}: parameters must have one shape, got {[tuple(one.shape) for one in parameters]}")
    target = (*first.shape, *shape)
    return [one.reshape(*one.shape, *[1] * len(shape)).expand(target) for one in parameters]


def _typed(drawn: Tensor, parameter: Tensor, dtype: str | None) -> Tensor:
    return drawn.to(parameter.dtype if dtype is None else torch_dtype(dtype))
