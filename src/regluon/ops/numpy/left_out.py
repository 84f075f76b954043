"""Operators of MXNet 2's that are left out on purpose: whoever calls or loads one is told why."""

from regluon.ops.registry import leave_out

__all__: list[str] = []

leave_out("recurrent layers are not there; write the loop with npx.foreach", "_npx_rnn", "_npi_rnn_param_concat")
leave_out(
    "attention in a sliding window is not there; mask npx.masked_softmax",
    "_npx_sldwin_atten_context",
    "_npx_sldwin_atten_mask_like",
    "_npx_sldwin_atten_score",
)
leave_out(
    "it belongs to intgemm, a library for one processor; use the quantised operators",
    "_npx_intgemm_fully_connected",
    "_npx_intgemm_maxabsolute",
    "_npx_intgemm_prepare_data",
    "_npx_intgemm_prepare_weight",
    "_npx_intgemm_take_weight",
)
leave_out("thresholds by entropy are found where networks are quantised, with numpy", "_npx_contrib_calibrate_entropy")
leave_out("draw with np.random", "_npx_tensor_poisson", "_npx__random_multinomial")
leave_out(
    "reshape and transpose the array itself; the range stays", "_npx_quantized_reshape", "_npx_quantized_transpose"
)
leave_out("graphs with loops hold _foreach, _while_loop and _cond", "_npx_cond", "_npx_foreach", "_npx_while_loop")
leave_out(
    "np.insert and np.delete are made of indexing here",
    "_npi_delete",
    "_npi_insert_scalar",
    "_npi_insert_slice",
    "_npi_insert_tensor",
)
leave_out(
    "assign with x[key] = value, or npx.index_update",
    "_npi_boolean_mask_assign_scalar",
    "_npi_boolean_mask_assign_tensor",
    "_npi_scatter_set_nd",
    "_npi_slice_assign",
    "_npi_slice_assign_scalar",
)
leave_out("np.ediff1d is made of np.diff here", "_npi_ediff1d")
leave_out("np.linalg.norm is made of other functions here", "_npi_norm")
leave_out(
    "pictures are read with image.imread and image.imdecode", "_npi_cvimdecode", "_npi_cvimread", "_npi_cvimresize"
)
leave_out(
    "it belongs to the machinery of MXNet itself",
    "_npi_Custom",
    "_npi_all_finite",
    "_npi_amp_cast",
    "_npi_amp_multicast",
    "_npi_copyto",
    "_npi_multi_all_finite",
    "_npi_share_memory",
)
