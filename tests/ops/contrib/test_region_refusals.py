"""What the region, deformable, proposal, sequence and transform operators refuse, and in which words."""

import pytest
import torch

from regluon import th
from regluon.core.errors import ArgumentError, ArgumentTypeError, MXNetError, NotSupportedError, ShapeError

z = torch.zeros
INTS = {"dtype": torch.int32}
KERNEL = {"kernel": (3, 3), "num_filter": 4, "no_bias": True}
V1 = {"data": z(1, 2, 5, 5), "offset": z(1, 18, 3, 3), "weight": z(4, 2, 3, 3), **KERNEL}
V2 = {**V1, "mask": z(1, 9, 3, 3)}
RPN = {"cls_prob": z(1, 2, 2, 2), "bbox_pred": z(1, 4, 2, 2), "im_info": z(1, 3), "scales": (1.0,), "ratios": (1.0,)}
POOL = {"data": z(1, 8, 4, 4), "rois": z(1, 5), "spatial_scale": 1.0, "output_dim": 2, "pooled_size": 2}
SHIFTED = {**POOL, "group_size": 2, "trans": z(1, 2, 2, 2)}

CASES = [
    ("count_sketch", {"data": z(3), "h": z(1, 3), "s": z(1, 3), "out_dim": 2}, ShapeError, r"data must be \(N, d\) or"),
    ("count_sketch", {"data": z(2, 3, **INTS), "h": z(1, 3), "s": z(1, 3), "out_dim": 2}, ArgumentTypeError, "floats"),
    ("count_sketch", {"data": z(2, 3), "h": z(1, 2), "s": z(1, 3), "out_dim": 2}, ShapeError, r"h must be \(1, 3\)"),
    ("CTCLoss", {"data": z(3, 2), "label": z(2, 2)}, ShapeError, r"data must be \(T, B, A\)"),
    ("CTCLoss", {"data": z(3, 2, 4, **INTS), "label": z(2, 2)}, ArgumentTypeError, "data must hold floats"),
    ("CTCLoss", {"data": z(3, 2, 4), "label": z(2, 5)}, ShapeError, "L at most T=3"),
    (
        "CTCLoss",
        {"data": z(3, 2, 4), "label": z(2, 2), "use_data_lengths": True},
        ArgumentError,
        "data_lengths must be given, as use_data_lengths is true",
    ),
    (
        "CTCLoss",
        {"data": z(3, 2, 4), "label": z(2, 2), "label_lengths": z(3), "use_label_lengths": True},
        ShapeError,
        r"label_lengths must be \(B,\) = \(2,\)",
    ),
    ("DeformableConvolution", {**V1, "kernel": (3,)}, NotSupportedError, "kernel must have two axes"),
    ("DeformableConvolution", {**V1, "stride": (0, 1)}, ArgumentError, "stride and dilate must be at least 1"),
    ("DeformableConvolution", {**V1, "no_bias": False}, ArgumentError, "bias must be given, unless no_bias is true"),
    ("DeformableConvolution", {**V1, "data": z(1, 2, 5, 5, **INTS)}, ArgumentTypeError, "all inputs must hold floats"),
    ("DeformableConvolution", {**V1, "data": z(1, 2, 2, 2)}, ShapeError, "kernel must fit into the padded data"),
    ("DeformableConvolution", {**V1, "offset": z(1, 9, 3, 3)}, ShapeError, "offset must be"),
    ("DeformableConvolution", {**V1, "data": z(2, 5, 5)}, ShapeError, r"data must be \(B, C, H, W\)"),
    ("DeformableConvolution", {**V1, "num_group": 3}, ArgumentError, "num_group must divide the channels"),
    ("DeformableConvolution", {**V1, "weight": z(4, 3, 3, 3)}, ShapeError, "weight must be"),
    (
        "DeformableConvolution",
        {**V1, "no_bias": False, "bias": z(3)},
        ShapeError,
        r"bias must be \(num_filter,\) = \(4,\)",
    ),
    (
        "ModulatedDeformableConvolution",
        {**V2, "num_deformable_group": 3},
        ArgumentError,
        "num_filter must be a multiple of num_deformable_group=3",
    ),
    (
        "ModulatedDeformableConvolution",
        {**V2, "data": z(3, 2, 5, 5), "im2col_step": 2},
        ShapeError,
        "at most im2col_step=2 or a multiple of it, got 3",
    ),
    ("DeformablePSROIPooling", {**SHIFTED, "no_trans": True}, ArgumentError, "trans must be left out"),
    ("DeformablePSROIPooling", {**SHIFTED, "data": z(1, 7, 4, 4)}, ShapeError, "= 8 channels"),
    ("DeformablePSROIPooling", {**SHIFTED, "trans": z(1, 3, 2, 2)}, ShapeError, "trans must be"),
    ("ifft", {"data": z(2, 3)}, ShapeError, "data must have an even last axis"),
    ("fft", {"data": z(3)}, ShapeError, r"data must be \(N, d\) or"),
    ("fft", {"data": z(2, 4, **INTS)}, ArgumentTypeError, "data must hold floats"),
    ("Proposal", {**RPN, "cls_prob": z(2, 2, 2, 2)}, ShapeError, "MultiProposal takes several"),
    ("Proposal", {**RPN, "scales": (0.0,)}, ArgumentError, "scales and ratios must be positive"),
    ("MultiProposal", {**RPN, "cls_prob": z(1, 3, 2, 2)}, ShapeError, r"cls_prob must be \(B, 2 A, H, W\)"),
    ("MultiProposal", {**RPN, "im_info": z(1, 2)}, ShapeError, "bbox_pred must be"),
    ("MultiProposal", {**RPN, "im_info": z(1, 3, **INTS)}, ArgumentTypeError, "inputs must hold floats"),
    ("PSROIPooling", {**POOL, "data": z(1, 7, 4, 4)}, ShapeError, "= 8 channels"),
    ("PSROIPooling", {**POOL, "rois": z(1, 5, **INTS)}, ArgumentTypeError, "data and rois must hold floats"),
]


@pytest.mark.parametrize(
    ("name", "arguments", "kind", "words"), [pytest.param(*case, id=f"{case[0]}: {case[3]}") for case in CASES]
)
def test_refuses(name: str, arguments: dict, kind: type[MXNetError], words: str) -> None:
    function = getattr(th.contrib, name, None) or getattr(th, name)
    with pytest.raises(kind, match=words):
        function(**arguments)
