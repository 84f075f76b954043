"""Operators of neural networks under the names that MXNet 2's graphs have them; and those that only MXNet 2 has.

From MXNet's ``_npx_*`` operators.
"""

import torch
from torch import Tensor

from regluon.core.errors import ArgumentError, ShapeError
from regluon.ops.gradient import with_slope
from regluon.ops.registry import op, twin
from regluon.ops.tensor.shapes import all_alike, axis_of

__all__ = [
    "constraint_check", "digamma", "index_add", "index_update", "masked_log_softmax", "masked_softmax", "round_ste",
    "sign_ste",
]  # fmt: skip

_TWINS = {
    "Activation": "activation",
    "BatchNorm": "batch_norm",
    "BlockGrad": "stop_gradient",
    "CTCLoss": "ctc_loss",
    "Cast": "cast",
    "Convolution": "convolution",
    "Deconvolution": "deconvolution",
    "Dropout": "dropout",
    "Embedding": "embedding",
    "Flatten": "batch_flatten",
    "FullyConnected": "fully_connected",
    "GroupNorm": "group_norm",
    "InstanceNorm": "instance_norm",
    "LayerNorm": "layer_norm",
    "LeakyReLU": "leaky_relu",
    "Pad": "pad",
    "Pooling": "pooling",
    "ROIPooling": "roi_pooling",
    "SequenceLast": "sequence_last",
    "SequenceMask": "sequence_mask",
    "SequenceReverse": "sequence_reverse",
    "SliceChannel": "slice_channel",
    "_contrib_DeformableConvolution": "deformable_convolution",
    "_contrib_ModulatedDeformableConvolution": "modulated_deformable_convolution",
    "_contrib_MultiBoxDetection": "multibox_detection",
    "_contrib_MultiBoxPrior": "multibox_prior",
    "_contrib_MultiBoxTarget": "multibox_target",
    "_contrib_SyncBatchNorm": "sync_batch_norm",
    "_contrib_BatchNormWithReLU": "batch_norm_with_relu",
    "_contrib_arange_like": "arange_like",
    "_contrib_bipartite_matching": "bipartite_matching",
    "_contrib_box_decode": "box_decode",
    "_contrib_box_encode": "box_encode",
    "_contrib_box_iou": "box_iou",
    "_contrib_box_nms": "box_nms",
    "_contrib_interleaved_matmul_encdec_qk": "interleaved_matmul_encdec_qk",
    "_contrib_interleaved_matmul_encdec_valatt": "interleaved_matmul_encdec_valatt",
    "_contrib_interleaved_matmul_selfatt_qk": "interleaved_matmul_selfatt_qk",
    "_contrib_interleaved_matmul_selfatt_valatt": "interleaved_matmul_selfatt_valatt",
    "_contrib_quantize": "contrib_quantize",
    "_contrib_quantize_v2": "contrib_quantize_v2",
    "_contrib_quantized_act": "quantized_act",
    "_contrib_quantized_conv": "quantized_conv",
    "_contrib_quantized_elemwise_add": "quantized_elemwise_add",
    "_contrib_quantized_elemwise_mul": "quantized_elemwise_mul",
    "_contrib_quantized_embedding": "quantized_embedding",
    "_contrib_quantized_flatten": "quantized_flatten",
    "_contrib_quantized_fully_connected": "quantized_fully_connected",
    "_contrib_quantized_pooling": "quantized_pooling",
    "_contrib_requantize": "requantize",
    "_random_poisson": "scalar_poisson",
    "_sample_multinomial": "_random_categorical",
    "add_n": "add_n",
    "batch_dot": "batch_dot",
    "broadcast_like": "broadcast_like",
    "erf": "erf",
    "erfinv": "erfinv",
    "gamma": "gamma",
    "gammaln": "gammaln",
    "gather_nd": "gather_nd",
    "log_softmax": "log_softmax",
    "norm": "norm",
    "one_hot": "one_hot",
    "pick": "pick",
    "relu": "relu",
    "reshape_like": "reshape_like",
    "shape_array": "shape_array",
    "sigmoid": "sigmoid",
    "slice": "slice",
    "slice_like": "slice_like",
    "smooth_l1": "smooth_l1",
    "softmax": "softmax",
    "softsign": "softsign",
    "topk": "topk",
}
for _existing, _name in _TWINS.items():
    twin(_existing, f"_npx_{_name}")
twin("Cast", "_npi_cast")


def _masked(who: str, data: Tensor, mask: Tensor, axis: int, temperature: float | None) -> tuple[Tensor, Tensor, int]:
    """Put minus infinity where the mask is 0, and divide by the temperature."""
    axis = axis_of(who, axis, data.ndim)
    if mask.ndim != data.ndim or any(one not in (1, size) for one, size in zip(mask.shape, data.shape, strict=True)):
        raise ShapeError(f"{who}: mask must broadcast to {tuple(data.shape)}, got shape {tuple(mask.shape)}")
    kept = (mask != 0).expand(data.shape)
    scaled = data if temperature is None else data / temperature
    return scaled.masked_fill(~kept, -torch.inf), kept, axis


@op("_npx_masked_softmax")
def masked_softmax(
    data: Tensor,
    mask: Tensor,
    axis: int = -1,
    temperature: float | None = 1.0,
    normalize: bool | None = True,
) -> Tensor:
    """Turn the elements that a mask keeps into chances whose sum along an axis is 1; 0 elsewhere.

    Args:
        data: ``(*)``.
        mask: ``(*)``, or 1 on some axes: not 0 keeps.
        axis: the axis.
        temperature: elements are divided by it.
        normalize: ignored.

    Returns:
        ``(*)``; all 0 where the mask keeps nothing.

    Examples:
        >>> masked_softmax(torch.tensor([1.0, 1.0, 5.0]), torch.tensor([True, True, False]))
        tensor([0.5000, 0.5000, 0.0000])
    """
    scaled, kept, axis = _masked("masked_softmax", data, mask, axis, temperature)
    some = kept.any(axis, keepdim=True)
    return torch.softmax(torch.where(some, scaled, torch.zeros_like(scaled)), axis) * kept


@op("_npx_masked_log_softmax")
def masked_log_softmax(
    data: Tensor,
    mask: Tensor,
    axis: int = -1,
    temperature: float | None = 1.0,
    normalize: bool | None = True,
) -> Tensor:
    """Take the logarithm of what ``masked_softmax`` gives; minus infinity where the mask keeps nothing.

    Args:
        data: ``(*)``.
        mask: ``(*)``, or 1 on some axes: not 0 keeps.
        axis: the axis.
        temperature: elements are divided by it.
        normalize: ignored.

    Returns:
        ``(*)``.

    Examples:
        >>> masked_log_softmax(torch.tensor([1.0, 1.0, 5.0]), torch.tensor([True, True, False]))
        tensor([-0.6931, -0.6931,    -inf])
    """
    scaled, kept, axis = _masked("masked_log_softmax", data, mask, axis, temperature)
    some = kept.any(axis, keepdim=True)
    found = torch.log_softmax(torch.where(some, scaled, torch.zeros_like(scaled)), axis)
    return found.masked_fill(~kept, -torch.inf)


def _places(who: str, a: Tensor, ind: Tensor) -> tuple[Tensor, ...]:
    if ind.ndim < 1 or ind.shape[0] > a.ndim:
        raise ShapeError(f"{who}: ind must be (D, *) for D of {a.ndim} axes at most, got shape {tuple(ind.shape)}")
    return tuple(ind.to(torch.int64))


@op("_npx_index_update")
def index_update(a: Tensor, ind: Tensor, val: Tensor) -> Tensor:
    """Put values at places of an array; the array itself stays.

    Args:
        a: ``(*)``.
        ind: ``(D, *M)`` places along the first D axes.
        val: what goes there, which broadcasts with ``(*M)`` and the other axes.

    Returns:
        ``(*)``.

    Examples:
        >>> index_update(torch.zeros(3), torch.tensor([[0, 2]]), torch.tensor([5.0, 6.0]))
        tensor([5., 0., 6.])
    """
    return a.index_put(_places("index_update", a, ind), val.to(a.dtype))


@op("_npx_index_add")
def index_add(a: Tensor, ind: Tensor, val: Tensor) -> Tensor:
    """Add values at places of an array; the array itself stays.

    Args:
        a: ``(*)``.
        ind: ``(D, *M)`` places along the first D axes.
        val: what is added there, which broadcasts with ``(*M)`` and the other axes.

    Returns:
        ``(*)``.

    Examples:
        >>> index_add(torch.ones(3), torch.tensor([[0, 0]]), torch.tensor([5.0, 6.0]))
        tensor([12.,  1.,  1.])
    """
    return a.index_put(_places("index_add", a, ind), val.to(a.dtype), accumulate=True)


@op("_npx_constraint_check", differentiable=False)
def constraint_check(input: Tensor, msg: str = "Constraint violated.") -> Tensor:
    """Raise an error unless every element is true.

    Args:
        input: ``(*)``.
        msg: what the error says.

    Returns:
        True, without axes.

    Examples:
        >>> constraint_check(torch.tensor([True]))
        tensor(True)
    """
    met = (input != 0).all()
    if not met.is_meta and not bool(met):
        raise ArgumentError(f"constraint_check: {msg}")
    return met


@op("_npx_digamma", complete=all_alike)
def digamma(data: Tensor) -> Tensor:
    """Take the derivative of the logarithm of the gamma function at each element.

    Args:
        data: ``(*)``.

    Returns:
        ``(*)``.

    Examples:
        >>> digamma(torch.tensor([1.0, 2.0]))
        tensor([-0.5772,  0.4228])
    """
    return torch.digamma(data)


@op("_npx_round_ste")
def round_ste(data: Tensor) -> Tensor:
    """Round each element; the gradient passes as if it had not been rounded.

    Args:
        data: ``(*)``.

    Returns:
        ``(*)``.

    Examples:
        >>> round_ste(torch.tensor([1.6, -0.2]))
        tensor([2., -0.])
    """
    whole = torch.trunc(data)
    return with_slope(whole + torch.sign(data) * ((data - whole).abs() >= 0.5), data)


@op("_npx_sign_ste")
def sign_ste(data: Tensor) -> Tensor:
    """Give -1, 0 or 1 for each element's sign; the gradient passes as if nothing had been done.

    Args:
        data: ``(*)``.

    Returns:
        ``(*)``.

    Examples:
        >>> sign_ste(torch.tensor([1.6, -0.2]))
        tensor([ 1., -1.])
    """
    return with_slope(torch.sign(data), data)
