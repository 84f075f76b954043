"""Batch normalisation."""

import torch
from torch import Tensor

from regluon.core.errors import ShapeError
from regluon.ops.number import single
from regluon.ops.registry import Attributes, Shapes, op

__all__ = ["batch_norm", "batch_norm_outputs", "batch_norm_shapes", "normalize"]


def batch_norm_shapes(shapes: Shapes, attributes: Attributes) -> Shapes:
    """Give gamma, beta and the moving averages one number per channel."""
    data = shapes["data"]
    if data is None:
        return {}
    return dict.fromkeys(("gamma", "beta", "moving_mean", "moving_var"), (data[attributes.get("axis", 1)],))


def batch_norm_outputs(attributes: Attributes) -> tuple[str, ...]:
    """Name the outputs of a batch normalisation."""
    return ("output", "mean", "var") if attributes["output_mean_var"] else ("output",)


@op(
    "BatchNorm",
    outputs=batch_norm_outputs,
    hidden=2,
    mutates=("moving_mean", "moving_var"),
    complete=batch_norm_shapes,
)
def batch_norm(
    data: Tensor,
    gamma: Tensor,
    beta: Tensor,
    moving_mean: Tensor,
    moving_var: Tensor,
    eps: float = 1e-3,
    momentum: float = 0.9,
    fix_gamma: bool = True,
    use_global_stats: bool = False,
    output_mean_var: bool = False,
    axis: int = 1,
    cudnn_off: bool = False,
    min_calib_range: float | None = None,
    max_calib_range: float | None = None,
    training: bool = False,
) -> tuple[Tensor, ...]:
    """Bring each channel to mean ``beta`` and deviation ``gamma`` (Batch Normalization; MXNet, ``BatchNorm``).

    In training with the mean and the biased variance of the batch, else with the moving averages. In training these
    become ``momentum * old + (1 - momentum) * batch``, with the biased variance too; here in the forward pass, in MXNet
    in the backward pass. Where ``fix_gamma`` holds, MXNet also overwrites gamma with 1; here it is left as it is.

    Args:
        data: any shape with at least two axes, C of them channels.
        gamma: ``(C,)`` deviations.
        beta: ``(C,)`` means.
        moving_mean: ``(C,)`` state, replaced in training.
        moving_var: ``(C,)`` state, replaced in training.
        eps: added to the variance.
        momentum: how much of the moving averages stays.
        fix_gamma: take 1 for gamma, whose gradient is then 0.
        use_global_stats: normalise by the moving averages in training too, and leave them alone.
        output_mean_var: whether to return ``mean`` and ``var``.
        axis: the axis of channels.
        cudnn_off: without effect.
        min_calib_range: without effect; for quantised graphs.
        max_calib_range: without effect; for quantised graphs.
        training: whether this is training.

    Returns:
        The shape of ``data``; with ``output_mean_var`` also, ``(C,)`` each and without gradient, the mean and, as in
        MXNet, ``1 / sqrt(variance + eps)``. Then the new moving mean and variance.

    Examples:
        >>> data, ones, zeros = torch.tensor([[1.0], [3.0]]), torch.ones(1), torch.zeros(1)
        >>> output, mean, var = batch_norm(data, ones, zeros, zeros, ones, eps=0.0, training=True)
        >>> output.flatten(), mean, var
        (tensor([-1.,  1.]), tensor([0.2000]), tensor([1.]))
    """
    moving = training and not use_global_stats
    states = (moving_mean, moving_var)
    found = normalize("BatchNorm", data, gamma, beta, states, eps, momentum, fix_gamma, moving, axis)
    output, mean, var, *states = found
    return (output, mean, torch.rsqrt(var + eps), *states) if output_mean_var else (output, *states)


def normalize(
    who: str,
    data: Tensor,
    gamma: Tensor,
    beta: Tensor,
    states: tuple[Tensor, Tensor],
    eps: float,
    momentum: float,
    fix_gamma: bool,
    moving: bool,
    axis: int,
) -> tuple[Tensor, Tensor, Tensor, Tensor, Tensor]:
    """Normalise each channel, by the batch where ``moving``, else by the moving averages.

    Args:
        who: the operator, for errors.
        data: any shape with at least two axes, C of them channels.
        gamma: ``(C,)`` deviations.
        beta: ``(C,)`` means.
        states: ``(C,)`` moving mean and moving variance.
        eps: added to the variance.
        momentum: how much of the moving averages stays.
        fix_gamma: take 1 for gamma.
        moving: whether the moving averages move.
        axis: the axis of channels.

    Returns:
        The normalised data, the mean and variance used, without gradient, and the moving averages: the tensors that
        were given if they do not move.
    """
    if data.ndim < 2 or not -data.ndim <= axis < data.ndim:
        raise ShapeError(f"{who}: data must have two axes or more, {axis} among them, got shape {tuple(data.shape)}")
    moving_mean, moving_var = states
    momentum = single(momentum)
    channels = data.shape[axis]
    if any(one.shape != (channels,) for one in (gamma, beta, *states)):
        raise ShapeError(
            f"{who}: gamma, beta, moving_mean and moving_var must have shape ({channels},) for data of shape "
            f"{tuple(data.shape)} and axis={axis}, got {tuple(gamma.shape)}, {tuple(beta.shape)}, "
            f"{tuple(moving_mean.shape)} and {tuple(moving_var.shape)}"
        )
    if fix_gamma:
        # Not a constant: gamma gets a gradient, which is zeros.
        gamma = torch.fill(gamma, 1.0)
    rows = data if axis == 1 else data.movedim(axis, 1)
    if moving:
        output, mean, var = _by_batch(rows, gamma, beta, eps)
        moving_mean = (moving_mean * momentum + mean * (1 - momentum)).to(moving_mean.dtype)
        moving_var = (moving_var * momentum + var * (1 - momentum)).to(moving_var.dtype)
    else:
        mean, var = (state.detach().to(gamma.dtype) for state in states)
        output = torch.batch_norm(rows, gamma, beta, mean, var, False, 0.0, eps, True)
    return output if axis == 1 else output.movedim(1, axis), mean, var, moving_mean, moving_var


def _by_batch(data: Tensor, gamma: Tensor, beta: Tensor, eps: float) -> tuple[Tensor, Tensor, Tensor]:
    """Normalise by the batch; give also its mean and biased variance."""
    # With momentum 1 torch's running averages are the batch's own, so that they cost no second pass over the data.
    mean = torch.zeros_like(gamma, requires_grad=False)
    var = torch.zeros_like(gamma, requires_grad=False)
    output = torch.batch_norm(data, gamma, beta, mean, var, True, 1.0, eps, True)
    count = data.numel() // max(data.shape[1], 1)
    # Torch's variance is the unbiased one, and of a single value not a number.
    return output, mean, var * ((count - 1) / count) if count > 1 else torch.zeros_like(var)
