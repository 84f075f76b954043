"""Functions of MXNet 2's ``npx`` that are left out: called, they say why."""

from regluon.ops.namespaces import refusing

__all__ = [
    "contrib_calibrate_entropy", "intgemm_fully_connected", "intgemm_maxabsolute", "intgemm_prepare_data",
    "intgemm_prepare_weight", "intgemm_take_weight", "quantized_reshape", "quantized_transpose", "rnn",
    "sldwin_atten_context", "sldwin_atten_mask_like", "sldwin_atten_score", "tensor_poisson",
]  # fmt: skip

contrib_calibrate_entropy = refusing("_npx_contrib_calibrate_entropy", "contrib_calibrate_entropy")
intgemm_fully_connected = refusing("_npx_intgemm_fully_connected", "intgemm_fully_connected")
intgemm_maxabsolute = refusing("_npx_intgemm_maxabsolute", "intgemm_maxabsolute")
intgemm_prepare_data = refusing("_npx_intgemm_prepare_data", "intgemm_prepare_data")
intgemm_prepare_weight = refusing("_npx_intgemm_prepare_weight", "intgemm_prepare_weight")
intgemm_take_weight = refusing("_npx_intgemm_take_weight", "intgemm_take_weight")
quantized_reshape = refusing("_npx_quantized_reshape", "quantized_reshape")
quantized_transpose = refusing("_npx_quantized_transpose", "quantized_transpose")
rnn = refusing("_npx_rnn", "rnn")
sldwin_atten_context = refusing("_npx_sldwin_atten_context", "sldwin_atten_context")
sldwin_atten_mask_like = refusing("_npx_sldwin_atten_mask_like", "sldwin_atten_mask_like")
sldwin_atten_score = refusing("_npx_sldwin_atten_score", "sldwin_atten_score")
tensor_poisson = refusing("_npx_tensor_poisson", "tensor_poisson")
