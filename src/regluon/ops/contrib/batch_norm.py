"""Batch normalisation over devices, and with a rectifier."""

import torch
from torch import Tensor

from regluon.ops.nn.batch_norm import batch_norm_outputs, batch_norm_shapes, normalize
from regluon.ops.number import single
from regluon.ops.registry import op

__all__ = ["batch_norm_with_relu", "sync_batch_norm"]

_STATES = ("moving_mean", "moving_var")


@op(
    "_contrib_SyncBatchNorm",
    outputs=batch_norm_outputs,
    hidden=2,
    mutates=_STATES,
    complete=batch_norm_shapes,
)
def sync_batch_norm(
    data: Tensor,
    gamma: Tensor,
    beta: Tensor,
    moving_mean: Tensor,
    moving_var: Tensor,
    *,
    eps: float = 1e-3,
    momentum: float = 0.9,
    fix_gamma: bool = True,
    use_global_stats: bool = False,
    output_mean_var: bool = False,
    ndev: int = 1,
    key: str,
    training: bool = False,
) -> tuple[Tensor, ...]:
    """Normalise each channel as ``BatchNorm`` does (MXNet, ``SyncBatchNorm``), over the batch of one device.

    To normalise over the devices of a distributed training, turn a model's layers into torch's ``SyncBatchNorm``.

    Args:
        data: ``(N, C, *X)``.
        gamma: ``(C,)`` deviations.
        beta: ``(C,)`` means.
        moving_mean: ``(C,)`` state, replaced in training.
        moving_var: ``(C,)`` state, replaced in training.
        eps: added to the variance.
        momentum: how much of the moving averages stays.
        fix_gamma: take 1 for gamma, whose gradient is then 0.
        use_global_stats: normalise by the moving averages in training too, and leave them alone.
        output_mean_var: whether to return mean and variance.
        ndev: without effect; MXNet's number of devices.
        key: without effect; MXNet's name of the layer.
        training: whether this is training.

    Returns:
        The shape of ``data``; with ``output_mean_var`` also mean and variance, ``(C,)`` each and without gradient;
        these are the moving averages where MXNet leaves memory unwritten. Then the new moving mean and variance.

    Examples:
        >>> data, ones, zeros = torch.tensor([[1.0], [3.0]]), torch.ones(1), torch.zeros(1)
        >>> sync_batch_norm(data, ones, zeros, zeros, ones, eps=0.0, key="bn", training=True)[0].flatten()
        tensor([-1.,  1.])
    """
    moving = training and not use_global_stats
    states = (moving_mean, moving_var)
    output, *rest = normalize("SyncBatchNorm", data, gamma, beta, states, single(eps), momentum, fix_gamma, moving, 1)
    return (output, *rest) if output_mean_var else (output, *rest[2:])


@op(
    "_contrib_BatchNormWithReLU",
    outputs=batch_norm_outputs,
    hidden=3,
    mutates=_STATES,
    complete=batch_norm_shapes,
)
def batch_norm_with_relu(
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
    """Normalise as ``BatchNorm`` does, then set what is negative to 0 (MXNet, ``BatchNormWithReLU``).

    For data of any rank, and with a gradient outside of training too, where MXNet's comes from unwritten memory.

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
        output_mean_var: whether to return mean and variance.
        axis: the axis of channels.
        cudnn_off: without effect.
        min_calib_range: without effect; for quantised graphs.
        max_calib_range: without effect; for quantised graphs.
        training: whether this is training.

    Returns:
        The shape of ``data``; with ``output_mean_var`` also what ``BatchNorm`` gives. Then the new moving mean and
        variance.

    Examples:
        >>> data, ones, zeros = torch.tensor([[1.0], [3.0]]), torch.ones(1), torch.zeros(1)
        >>> batch_norm_with_relu(data, ones, zeros, zeros, ones, eps=0.0, training=True)[0].flatten()
        tensor([0., 1.])
    """
    moving = training and not use_global_stats
    states = (moving_mean, moving_var)
    found = normalize("BatchNormWithReLU", data, gamma, beta, states, eps, momentum, fix_gamma, moving, axis)
    output, mean, var, *states = torch.relu(found[0]), *found[1:]
    return (output, mean, torch.rsqrt(var + eps), *states) if output_mean_var else (output, *states)
