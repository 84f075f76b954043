"""Every operator of GluonCV's models gives MXNet's numbers with every attribute value that these models have."""

import numpy as np
import pytest
import torch
from torch import Tensor

import regluon
from regluon import nd
from regluon.nd.lift import lift as nd_lift
from regluon.ops.attr import to_text
from regluon.ops.registry import find
from regluon.sym.node import Entry, Node
from regluon.sym.symbol import Symbol
from tests import recorded

NAMES = recorded.operators("ladder")
CASES = recorded.recorded_params(*NAMES, folder="ladder")

# All names, as counted over the models in prediction, training and the pipelines around them.
LADDER = """
    Activation BatchNorm BlockGrad Cast Concat Convolution Deconvolution Dropout Flatten FullyConnected L2Normalization
    LeakyReLU Pad Pooling Reshape SliceChannel SwapAxis UpSampling _arange _contrib_AdaptiveAvgPooling2D
    _contrib_BilinearResize2D _contrib_ModulatedDeformableConvolution _contrib_ROIAlign _contrib_SyncBatchNorm
    _contrib_bipartite_matching _contrib_box_decode _contrib_box_encode _contrib_box_iou _contrib_box_nms
    _contrib_dequantize _contrib_quantize_v2 _contrib_quantized_concat _contrib_quantized_pooling _copyto _cvimresize
    _div_scalar _equal_scalar _full _greater_equal_scalar _greater_scalar _image_normalize _image_to_tensor
    _lesser_scalar _maximum_scalar _minus_scalar _mul_scalar _ones _plus_scalar _power_scalar _random_normal
    _random_uniform _rdiv_scalar _rminus_scalar _sg_mkldnn_conv _sg_mkldnn_fully_connected _slice_assign
    _slice_assign_scalar _zeros abs adam_update add_n amp_multicast argmax argsort batch_dot broadcast_add
    broadcast_axis broadcast_div broadcast_equal broadcast_greater_equal broadcast_lesser broadcast_like
    broadcast_maximum broadcast_minimum broadcast_mod broadcast_mul broadcast_sub clip dot elemwise_add elemwise_div
    elemwise_mul elemwise_sub exp expand_dims floor gather_nd log log2 log_softmax max mean multi_sgd_mom_update one_hot
    ones_like pick prod relu repeat reshape_like reverse shape_array sigmoid sign slice slice_axis slice_like smooth_l1
    softmax sqrt square squeeze stack sum take tile topk transpose where zeros_like
""".split()  # noqa: SIM905

ONEDNN = frozenset(name for name in NAMES if "quantize" in name)


@pytest.mark.parametrize("name", LADDER)
def test_is_there(name: str) -> None:
    assert name in find(name).names


def test_every_operator_has_numbers() -> None:
    elsewhere = {*recorded.operators("ops"), *recorded.operators("fused")}
    drawn = {"_copyto", "_random_normal", "_random_uniform", "_contrib_SyncBatchNorm"}
    assert set(LADDER) - {*NAMES, *elsewhere, *drawn} == set()


@pytest.mark.parametrize(("name", "case"), CASES)
def test_arrays_give_the_numbers_of_mxnet(name: str, case: recorded.Case) -> None:
    inputs = [nd.NDArray(torch.from_numpy(values.copy())) for values in case.inputs.values()]
    with regluon.quantization.dialect("onednn" if name in ONEDNN else "native"):
        found = nd_lift(find(name), name)(*inputs, **case.attrs)
    outputs = found if isinstance(found, list) else [found]
    _compare(name, [one._tensor for one in outputs], case)


@pytest.mark.parametrize(("name", "case"), CASES)
def test_graphs_give_the_numbers_of_mxnet(name: str, case: recorded.Case) -> None:
    operator = find(name)
    variables = [Node(None, f"in{place}") for place in range(len(case.inputs))]
    texts = {key: to_text(value) for key, value in case.attrs.items()}
    node = Node(operator, "node", tuple(Entry(one) for one in variables), texts)
    graph = Symbol([Entry(node, place) for place in range(len(node.outputs))])
    arrays = {
        f"in{place}": nd.NDArray(torch.from_numpy(values.copy())) for place, values in enumerate(case.inputs.values())
    }
    with regluon.quantization.dialect("onednn" if name in ONEDNN else "native"):
        _compare(name, [one._tensor for one in graph.eval(**arrays)], case)


def _compare(name: str, found: list[Tensor], case: recorded.Case) -> None:
    # What nobody sees is not there: the mask of a dropout.
    for own, expected in zip(found, case.outputs, strict=False):
        assert (str(own.dtype).removeprefix("torch."), tuple(own.shape)) == (expected.dtype.name, expected.shape)
        np.testing.assert_allclose(own.numpy(), expected, rtol=1e-5, atol=1e-6)
