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
    "it updates several weights at once; call the update of one weight for each of them",
    "_multi_adamw_update",
    "_multi_lamb_update",
    "_multi_mp_adamw_update",
    "_multi_mp_lamb_update",
    "multi_lars",
    "multi_mp_sgd_mom_update",
    "multi_mp_sgd_update",
    "multi_sgd_mom_update",
    "multi_sgd_update",
    "preloaded_multi_mp_sgd_mom_update",
    "preloaded_multi_mp_sgd_update",
    "preloaded_multi_sgd_mom_update",
    "preloaded_multi_sgd_update",
)
leave_out(
    "call lamb_update_phase1 and lamb_update_phase2 on the float32 weight, and copy it into the other",
    "mp_lamb_update_phase1",
    "mp_lamb_update_phase2",
)
