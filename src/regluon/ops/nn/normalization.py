"""Normalisation within an image: by layer, group, channel, or to length 1."""

from typing import Annotated, Literal

import torch
from torch import Tensor

from regluon.core.errors import ArgumentError, ShapeError
from regluon.ops.attr import Range
from regluon.ops.number import single
from regluon.ops.registry import Attributes, Shapes, op

__all__ = ["group_norm", "instance_norm", "l2_normalization", "layer_norm", "lrn"]


def _layer_shapes(shapes: Shapes, attributes: Attributes) -> Shapes:
    data = shapes["data"]
    return {} if data is None else dict.fromkeys(("gamma", "beta"), (data[attributes["axis"]],))


def _group_shapes(shapes: Shapes, attributes: Attributes) -> Shapes:
    return dict.fromkeys(("gamma", "beta"), (attributes["num_groups"],))


def _instance_shapes(shapes: Shapes, attributes: Attributes) -> Shapes:
    data = shapes["data"]
    return {} if data is None else dict.fromkeys(("gamma", "beta"), (data[1],))


def _with_deviation(attributes: Attributes) -> tuple[str, ...]:
    return ("output", "mean", "std") if attributes["output_mean_var"] else ("output",)


@op("LayerNorm", outputs=_with_deviation, hidden=2, complete=_layer_shapes)
def layer_norm(
    data: Tensor,
    gamma: Tensor,
    beta: Tensor,
    axis: int = -1,
    eps: float = 1e-5,
    output_mean_var: bool = False,
) -> Tensor | tuple[Tensor, Tensor, Tensor]:
    """Bring each row along an axis to mean 0 and deviation 1, then scale and shift (MXNet, ``LayerNorm``).

    Args:
        data: any shape, C long in the axis.
        gamma: ``(C,)`` scales.
        beta: ``(C,)`` shifts.
        axis: the axis that is normalised.
        eps: added to the variance.
        output_mean_var: whether to return mean and deviation.

    Returns:
        The shape of ``data``; with ``output_mean_var`` also mean and ``sqrt(variance + eps)``, of that shape but 1 in
        the axis, without gradient.

    Examples:
        >>> layer_norm(torch.tensor([[1.0, 3.0]]), torch.ones(2), torch.tensor([0.0, 5.0]), eps=0.0)
        tensor([[-1.,  6.]])
    """
    if not -data.ndim <= axis < data.ndim:
        raise ArgumentError(f"LayerNorm: axis must be an axis of data of shape {tuple(data.shape)}, got {axis}")
    if gamma.shape != (data.shape[axis],) or beta.shape != gamma.shape:
        raise ShapeError(
            f"LayerNorm: gamma and beta must have shape ({data.shape[axis]},) for data of shape {tuple(data.shape)} "
            f"and axis={axis}, got {tuple(gamma.shape)} and {tuple(beta.shape)}"
        )
    rows = data.movedim(axis, -1)
    output = torch.layer_norm(rows, rows.shape[-1:], gamma, beta, single(eps)).movedim(-1, axis)
    if not output_mean_var:
        return output
    var, mean = torch.var_mean(data.detach(), axis, correction=0, keepdim=True)
    return output, mean, torch.sqrt(var + single(eps))


@op("GroupNorm", outputs=_with_deviation, hidden=2, complete=_group_shapes)
def group_norm(
    data: Tensor,
    gamma: Tensor,
    beta: Tensor,
    num_groups: int = 1,
    eps: float = 1e-5,
    output_mean_var: bool = False,
) -> Tensor | tuple[Tensor, Tensor, Tensor]:
    """Bring each group of channels of an image to mean 0 and deviation 1 (Group Normalization; MXNet, ``GroupNorm``).

    Args:
        data: ``(N, C, *X)``.
        gamma: ``(num_groups,)`` scales, as in MXNet 1.x; or one per channel, ``(C,)``, as in MXNet 2.
        beta: shifts, of the shape of ``gamma``.
        num_groups: number of groups, which divides C.
        eps: added to the variance.
        output_mean_var: whether to return mean and deviation.

    Returns:
        The shape of ``data``; with ``output_mean_var`` also mean and ``sqrt(variance + eps)``, ``(N, num_groups)``
        each, without gradient.

    Examples:
        >>> group_norm(torch.tensor([[[1.0], [3.0]]]), torch.tensor([2.0]), torch.tensor([0.0]), eps=0.0).flatten()
        tensor([-2.,  2.])
    """
    if data.ndim < 3 or num_groups < 1 or data.shape[1] % num_groups:
        raise ShapeError(
            f"GroupNorm: data must be (N, C, ...) with C a multiple of num_groups={num_groups}, "
            f"got shape {tuple(data.shape)}"
        )
    images, channels = data.shape[:2]
    if gamma.shape not in ((num_groups,), (channels,)) or beta.shape != gamma.shape:
        raise ShapeError(
            f"GroupNorm: gamma and beta must have shape ({num_groups},) or ({channels},), "
            f"got {tuple(gamma.shape)} and {tuple(beta.shape)}"
        )
    if gamma.shape[0] != channels:
        gamma, beta = (one.repeat_interleave(channels // num_groups) for one in (gamma, beta))
    output = torch.group_norm(data, num_groups, gamma, beta, single(eps))
    if not output_mean_var:
        return output
    groups = data.detach().reshape(images, num_groups, -1)
    var, mean = torch.var_mean(groups, -1, correction=0)
    return output, mean, torch.sqrt(var + single(eps))


@op("InstanceNorm", hidden=2, complete=_instance_shapes)
def instance_norm(data: Tensor, gamma: Tensor, beta: Tensor, eps: float = 1e-3) -> Tensor:
    """Bring each channel of each image to mean 0 and deviation 1 (Instance Normalization; MXNet, ``InstanceNorm``).

    Args:
        data: ``(N, C, *X)``, at least three axes.
        gamma: ``(C,)`` scales.
        beta: ``(C,)`` shifts.
        eps: added to the variance.

    Returns:
        The shape of ``data``.

    Examples:
        >>> instance_norm(torch.tensor([[[1.0, 3.0]]]), torch.tensor([2.0]), torch.tensor([1.0]), eps=0.0)
        tensor([[[-1.,  3.]]])
    """
    if data.ndim < 3:
        raise ShapeError(f"InstanceNorm: data must have three axes or more, got shape {tuple(data.shape)}")
    if gamma.shape != (data.shape[1],) or beta.shape != gamma.shape:
        raise ShapeError(
            f"InstanceNorm: gamma and beta must have shape ({data.shape[1]},) for data of shape {tuple(data.shape)}, "
            f"got {tuple(gamma.shape)} and {tuple(beta.shape)}"
        )
    return torch.instance_norm(data, gamma, beta, None, None, True, 0.0, single(eps), True)


@op("L2Normalization", hidden=1)
def l2_normalization(
    data: Tensor, eps: float = 1e-10, mode: Literal["instance", "channel", "spatial"] = "instance"
) -> Tensor:
    """Divide by the Euclidean length, ``sqrt(sum(x ** 2) + eps)`` (MXNet, ``L2Normalization``).

    Args:
        data: ``(N, *X)``; ``(N, C, *X)`` for ``channel`` and ``spatial``.
        eps: added under the root.
        mode: what is one vector: all of an image, all channels of a place, or all places of a channel.

    Returns:
        The shape of ``data``.

    Examples:
        >>> l2_normalization(torch.tensor([[3.0, 4.0]]))
        tensor([[0.6000, 0.8000]])
    """
    least = 2 if mode == "instance" else 3
    if data.ndim < least:
        raise ShapeError(
            f"L2Normalization: data must have {least} axes or more for mode={mode!r}, got shape {tuple(data.shape)}"
        )
    axes = [1] if mode == "channel" else list(range(1 if mode == "instance" else 2, data.ndim))
    return data / torch.sqrt(data.square().sum(axes, keepdim=True) + single(eps))


@op("LRN", hidden=1)
def lrn(
    data: Tensor, alpha: float = 1e-4, beta: float = 0.75, knorm: float = 2.0, *, nsize: Annotated[int, Range(1)]
) -> Tensor:
    """Divide by a power of the neighbouring channels' squares (ImageNet Classification with Deep CNNs; MXNet, ``LRN``).

    Args:
        data: ``(N, C, H, W)``.
        alpha: weight of the squares' mean.
        beta: the power.
        knorm: added to the weighted mean.
        nsize: how many channels are summed; channels that are not there count as 0. Of an even number one less is
            summed, but the mean still divides by it.

    Returns:
        The shape of ``data``: ``x / (knorm + alpha / nsize * sum of squares) ** beta``.

    Examples:
        >>> lrn(torch.full((1, 1, 1, 1), 3.0), alpha=1.0, beta=1.0, knorm=0.0, nsize=1)
        tensor([[[[0.3333]]]])
    """
    if data.ndim != 4:
        raise ShapeError(f"LRN: data must be (N, C, H, W), got shape {tuple(data.shape)}")
    reach = (nsize - 1) // 2
    squares = torch.nn.functional.pad(data.square(), (0, 0, 0, 0, reach, reach))
    total = squares.unfold(1, 2 * reach + 1, 1).sum(-1)
    return data * (single(knorm) + single(alpha) / nsize * total) ** -single(beta)
