"""Operators of MXNet's that are left out on purpose: whoever calls or loads one is told why."""

from regluon.ops.registry import leave_out

__all__: list[str] = []

leave_out(
    "it works on sparse graphs of the CSR format, and arrays are dense here",
    "_contrib_dgl_adjacency",
    "_contrib_dgl_csr_neighbor_non_uniform_sample",
    "_contrib_dgl_csr_neighbor_uniform_sample",
    "_contrib_dgl_graph_compact",
    "_contrib_dgl_subgraph",
    "_contrib_edge_id",
    "_contrib_getnnz",
)
leave_out("it belongs to point processes, which this package does not serve", "_contrib_hawkesll")
leave_out(
    "it is the gradient of another operator and cannot be called in MXNet either",
    "_contrib_backward_hawkesll",
    "_contrib_backward_index_copy",
)
leave_out("recurrent layers of levels are not there; quantise the layers around it", "_contrib_quantized_rnn")
leave_out("its gradient is a sparse array, and arrays are dense here; use optimizer.AdaGrad", "_sparse_adagrad_update")
leave_out(
    "it belongs to the machinery of MXNet itself",
    "_CachedOp",
    "_CachedOpThreadSafe",
    "_CrossDeviceCopy",
    "_CustomFunction",
    "_NDArray",
    "_Native",
    "_NoGradient",
    "_rnn_param_concat",
    "_set_value",
    "_onehot_encode",
    "fill_element_0index",
)
leave_out(
    "pictures are read with image.imread and image.imdecode",
    "_cvcopyMakeBorder",
    "_cvimdecode",
    "_cvimread",
    "_imdecode",
)
leave_out("arrays are dense here", "IdentityAttachKLSparseReg", "_square_sum", "cast_storage")
leave_out("recurrent layers are not there; write the loop with contrib.foreach", "RNN")
leave_out("attention of levels is not there", "_sg_mkldnn_selfatt_qk", "_sg_mkldnn_selfatt_valatt")
leave_out("use the operator without _v1, which has the newer rules", "BatchNorm_v1", "Pooling_v1")
leave_out("it has no users in detection", "Correlation", "_sample_unique_zipfian", "col2im", "im2col", "khatri_rao")
leave_out(
    "use indexing, x[begin:end] = values",
    "_scatter_elemwise_div",
    "_scatter_minus_scalar",
    "_scatter_plus_scalar",
    "_scatter_set_nd",
)
leave_out(
    "draw with the operator that takes numbers, or with np.random",
    "_random_exponential_like",
    "_random_gamma_like",
    "_random_generalized_negative_binomial_like",
    "_random_negative_binomial_like",
    "_random_poisson_like",
    "_sample_exponential",
    "_sample_gamma",
    "_sample_generalized_negative_binomial",
    "_sample_negative_binomial",
    "_sample_poisson",
    "sample_exponential",
    "sample_gamma",
    "sample_generalized_negative_binomial",
    "sample_negative_binomial",
    "sample_poisson",
)
leave_out(
    "densities are in torch.distributions",
    *(
        f"{prefix}random_pdf_{name}"
        for prefix in ("", "_")
        for name in (
            "dirichlet",
            "exponential",
            "gamma",
            "generalized_negative_binomial",
            "negative_binomial",
            "normal",
            "poisson",
            "uniform",
        )
    ),
)
leave_out(
    "write it with torch.linalg",
    *(f"{prefix}linalg_{name}" for prefix in ("", "_") for name in ("extracttrian", "gelqf", "maketrian")),
)
leave_out("use np.cumsum, np.histogram, or mean and var", "_histogram", "cumsum", "moments")
leave_out(
    "it samples pictures at places of its own; use DeformableConvolution, or torch.nn.functional.grid_sample",
    "BilinearSampler",
    "GridGenerator",
    "SpatialTransformer",
)
leave_out("use the operator without _v1", "Convolution_v1")
