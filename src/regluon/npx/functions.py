"""Functions of neural networks: ``mx.npx.relu`` and its like, on any kind of arrays."""

from typing import Any

from regluon.np.dispatch import invoke
from regluon.npx.extension import Call, extension

__all__ = [
    "activation",
    "add_n",
    "arange_like",
    "batch_dot",
    "batch_flatten",
    "batch_norm",
    "batch_norm_with_relu",
    "bipartite_matching",
    "box_decode",
    "box_encode",
    "box_iou",
    "box_nms",
    "broadcast_greater",
    "broadcast_like",
    "cast",
    "constraint_check",
    "contrib_quantize",
    "contrib_quantize_v2",
    "convolution",
    "ctc_loss",
    "deconvolution",
    "deformable_convolution",
    "digamma",
    "dropout",
    "embedding",
    "erf",
    "erfinv",
    "fully_connected",
    "gamma",
    "gammaln",
    "gather_nd",
    "group_norm",
    "index_add",
    "index_update",
    "instance_norm",
    "interleaved_matmul_encdec_qk",
    "interleaved_matmul_encdec_valatt",
    "interleaved_matmul_selfatt_qk",
    "interleaved_matmul_selfatt_valatt",
    "layer_norm",
    "leaky_relu",
    "log_softmax",
    "masked_log_softmax",
    "masked_softmax",
    "modulated_deformable_convolution",
    "multibox_detection",
    "multibox_prior",
    "multibox_target",
    "nonzero",
    "norm",
    "one_hot",
    "pad",
    "pick",
    "pooling",
    "quantized_act",
    "quantized_conv",
    "quantized_elemwise_add",
    "quantized_elemwise_mul",
    "quantized_embedding",
    "quantized_flatten",
    "quantized_fully_connected",
    "quantized_pooling",
    "relu",
    "requantize",
    "reshape",
    "reshape_like",
    "roi_pooling",
    "round_ste",
    "scalar_poisson",
    "sequence_last",
    "sequence_mask",
    "sequence_reverse",
    "shape_array",
    "sigmoid",
    "sign_ste",
    "slice",
    "slice_channel",
    "slice_like",
    "smooth_l1",
    "softmax",
    "softsign",
    "stop_gradient",
    "sync_batch_norm",
    "topk",
]

activation: Call = extension("activation")
add_n: Call = extension("add_n")
arange_like: Call = extension("arange_like")
batch_dot: Call = extension("batch_dot")
batch_flatten: Call = extension("batch_flatten")
batch_norm: Call = extension("batch_norm")
batch_norm_with_relu: Call = extension("batch_norm_with_relu")
bipartite_matching: Call = extension("bipartite_matching")
box_decode: Call = extension("box_decode")
box_encode: Call = extension("box_encode")
box_iou: Call = extension("box_iou")
box_nms: Call = extension("box_nms")
broadcast_greater: Call = extension("broadcast_greater", "_npi_greater")
broadcast_like: Call = extension("broadcast_like")
cast: Call = extension("cast")
constraint_check: Call = extension("constraint_check")
contrib_quantize: Call = extension("contrib_quantize")
contrib_quantize_v2: Call = extension("contrib_quantize_v2")
ctc_loss: Call = extension("ctc_loss")
deformable_convolution: Call = extension("deformable_convolution")
digamma: Call = extension("digamma")
dropout: Call = extension("dropout")
erf: Call = extension("erf")
erfinv: Call = extension("erfinv")
gamma: Call = extension("gamma")
gammaln: Call = extension("gammaln")
gather_nd: Call = extension("gather_nd")
index_add: Call = extension("index_add")
index_update: Call = extension("index_update")
instance_norm: Call = extension("instance_norm")
interleaved_matmul_encdec_qk: Call = extension("interleaved_matmul_encdec_qk")
interleaved_matmul_encdec_valatt: Call = extension("interleaved_matmul_encdec_valatt")
interleaved_matmul_selfatt_qk: Call = extension("interleaved_matmul_selfatt_qk")
interleaved_matmul_selfatt_valatt: Call = extension("interleaved_matmul_selfatt_valatt")
layer_norm: Call = extension("layer_norm")
leaky_relu: Call = extension("leaky_relu")
log_softmax: Call = extension("log_softmax")
masked_log_softmax: Call = extension("masked_log_softmax")
masked_softmax: Call = extension("masked_softmax")
modulated_deformable_convolution: Call = extension("modulated_deformable_convolution")
multibox_detection: Call = extension("multibox_detection")
multibox_prior: Call = extension("multibox_prior")
multibox_target: Call = extension("multibox_target")
nonzero: Call = extension("nonzero")
norm: Call = extension("norm")
one_hot: Call = extension("one_hot")
pad: Call = extension("pad")
pick: Call = extension("pick")
pooling: Call = extension("pooling")
quantized_act: Call = extension("quantized_act")
quantized_conv: Call = extension("quantized_conv")
quantized_elemwise_add: Call = extension("quantized_elemwise_add")
quantized_elemwise_mul: Call = extension("quantized_elemwise_mul")
quantized_embedding: Call = extension("quantized_embedding")
quantized_flatten: Call = extension("quantized_flatten")
quantized_fully_connected: Call = extension("quantized_fully_connected")
quantized_pooling: Call = extension("quantized_pooling")
relu: Call = extension("relu")
requantize: Call = extension("requantize")
reshape: Call = extension("reshape")
reshape_like: Call = extension("reshape_like")
roi_pooling: Call = extension("roi_pooling")
round_ste: Call = extension("round_ste")
scalar_poisson: Call = extension("scalar_poisson")
sequence_last: Call = extension("sequence_last")
sequence_mask: Call = extension("sequence_mask")
sequence_reverse: Call = extension("sequence_reverse")
shape_array: Call = extension("shape_array")
sigmoid: Call = extension("sigmoid")
sign_ste: Call = extension("sign_ste")
slice: Call = extension("slice")
slice_channel: Call = extension("slice_channel")
slice_like: Call = extension("slice_like")
smooth_l1: Call = extension("smooth_l1")
softmax: Call = extension("softmax")
softsign: Call = extension("softsign")
stop_gradient: Call = extension("stop_gradient")
sync_batch_norm: Call = extension("sync_batch_norm")
topk: Call = extension("topk")


def _with_bias(operator: str, x: Any, weight: Any, bias: Any, options: dict[str, Any]) -> Any:
    """Call a layer's operator, without a bias where none is given."""
    options = {key: value for key, value in options.items() if value is not None}
    out = options.pop("out", None)
    if bias is None or options.get("no_bias"):
        return invoke(operator, x, weight, **{**options, "no_bias": True}, out=out)
    return invoke(operator, x, weight, bias, **{**options, "no_bias": False}, out=out)


def fully_connected(
    x: Any, weight: Any, bias: Any = None, num_hidden: int | None = None, no_bias: bool | None = None,
    flatten: bool = True, **kwargs: Any,
) -> Any:  # fmt: skip
    """Multiply rows with a matrix of weights, and add a bias.

    Args:
        x: ``(B, *)``.
        weight: ``(num_hidden, K)``.
        bias: ``(num_hidden,)``, or None.
        num_hidden: number of outputs; that of the weights if None.
        no_bias: leave the bias out.
        flatten: take all axes but the first as one.
        kwargs: ``out``.
    """
    count = weight.shape[0] if num_hidden is None else num_hidden
    options = {"num_hidden": count, "no_bias": no_bias, "flatten": flatten, **kwargs}
    return _with_bias("_npx_fully_connected", x, weight, bias, options)


def convolution(data: Any, weight: Any, bias: Any = None, **kwargs: Any) -> Any:
    """Convolve with a kernel; without a bias where none is given.

    Args:
        data: ``(B, C, *)``.
        weight: ``(num_filter, C / num_group, *kernel)``.
        bias: ``(num_filter,)``, or None.
        kwargs: those of ``nd.Convolution``.
    """
    return _with_bias("_npx_convolution", data, weight, bias, kwargs)


def deconvolution(data: Any, weight: Any, bias: Any = None, **kwargs: Any) -> Any:
    """Do the reverse of a convolution; without a bias where none is given.

    Args:
        data: ``(B, C, *)``.
        weight: ``(C, num_filter / num_group, *kernel)``.
        bias: ``(num_filter,)``, or None.
        kwargs: those of ``nd.Deconvolution``.
    """
    return _with_bias("_npx_deconvolution", data, weight, bias, kwargs)


def embedding(
    data: Any, weight: Any, input_dim: int | None = None, output_dim: int | None = None, dtype: Any = "float32",
    sparse_grad: bool = False, **kwargs: Any,
) -> Any:  # fmt: skip
    """Look rows of a table up.

    Args:
        data: ``(*)`` numbers of rows.
        weight: ``(input_dim, output_dim)``.
        input_dim: number of rows; that of the table if None.
        output_dim: length of a row; that of the table if None.
        dtype: number type.
        sparse_grad: accepted; gradients are dense.
        kwargs: ``out``.
    """
    rows = weight.shape[0] if input_dim is None else input_dim
    length = weight.shape[1] if output_dim is None else output_dim
    options = {"input_dim": rows, "output_dim": length, "dtype": dtype, "sparse_grad": sparse_grad, **kwargs}
    return invoke("_npx_embedding", data, weight, **options)


def group_norm(
    data: Any, gamma: Any, beta: Any, num_groups: int = 1, eps: float = 1e-3, output_mean_var: bool = False
) -> Any:
    """Normalise groups of channels.

    Args:
        data: ``(B, C, *)``.
        gamma: ``(C,)`` factors.
        beta: ``(C,)`` what is added.
        num_groups: number of groups.
        eps: added to the variance; MXNet's operator has another default.
        output_mean_var: give means and deviations too.
    """
    options = {"num_groups": num_groups, "eps": eps, "output_mean_var": output_mean_var}
    return invoke("_npx_group_norm", data, gamma, beta, **options)
