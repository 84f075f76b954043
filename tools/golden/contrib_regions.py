"""Regions of interest, deformable sampling, proposals, sequence loss.

Left out because MXNet leaves memory unwritten, stops the process or reads beyond its arrays: negative batch indices and
empty aligned regions of ``ROIAlign``, too few channels for ``PSROIPooling``, infeasible labels and batches of empty
labels for ``CTCLoss``, gradients of ``ModulatedDeformableConvolution`` (its backward exists on GPUs alone).
"""

from __future__ import annotations

from typing import Any

import numpy as np

from golden.case import Draw, Table, array, case, distinct, integers, normal, uniform

__all__ = ["TABLE"]

REGIONS = [[0, 0, 0, 3, 3], [0, 1, 1, 1, 1], [0, 5, 5, 9, 9], [0, -2, 0, 1, 2.5], [1, 0.5, 1.25, 6.5, 4]]
ONE_IMAGE = REGIONS[:4]
NOT_EMPTY = [row for row in REGIONS if row[3] > row[1]]
DOUBLE = {"dtype": "float64"}

ALIGN = [
    case("sampled twice", normal(2, 2, 6, 7), REGIONS, pooled_size=(2, 2), spatial_scale=1.0, sample_ratio=2),
    case("sampled as needed", normal(2, 2, 6, 7), REGIONS, pooled_size=(2, 3), spatial_scale=1.0),
    case("scale", normal(2, 1, 6, 7), REGIONS, pooled_size=(3, 3), spatial_scale=0.5, sample_ratio=2),
    case("aligned", normal(2, 1, 6, 7), NOT_EMPTY, pooled_size=(2, 2), spatial_scale=0.5, sample_ratio=2, aligned=True),
    case(
        "position sensitive",
        normal(2, 8, 5, 5),
        REGIONS,
        pooled_size=(2, 2),
        spatial_scale=1.0,
        sample_ratio=2,
        position_sensitive=True,
    ),
    case(
        "float64",
        normal(2, 1, 5, 5, **DOUBLE),
        array(REGIONS, "float64"),
        pooled_size=(2, 2),
        spatial_scale=1.0,
        sample_ratio=1,
    ),
]

LARGEST = [
    case("cells", normal(2, 2, 6, 7), REGIONS, pooled_size=(2, 2), spatial_scale=1.0),
    case("scale", normal(2, 1, 6, 7), REGIONS, pooled_size=(3, 2), spatial_scale=0.75),
    case("ties", integers(0, 2, 2, 1, 6, 7), REGIONS, pooled_size=(2, 3), spatial_scale=0.5),
    case("float64", normal(2, 1, 5, 5, **DOUBLE), array(REGIONS, "float64"), pooled_size=(1, 2), spatial_scale=0.3),
]

TURNS = [
    [0, 2, 2, 3, 3, 0],
    [0, 3.5, 2.25, 4, 2, 30],
    [1, 3, 3, 5, 1.5, -100],
    [1, 0.5, 5.5, 3, 4, 450],
    [0, -3, -3, 2, 2, 45],
]
TURNED = [
    case("sampled twice", normal(2, 2, 6, 7), TURNS, pooled_size=(2, 2), spatial_scale=1.0, sampling_ratio=2),
    case("sampled as needed", normal(2, 2, 6, 7), TURNS, pooled_size=(2, 3), spatial_scale=1.0),
    case("scale", normal(2, 1, 6, 7), TURNS, pooled_size=(3, 1), spatial_scale=0.5, sampling_ratio=1),
]

POSITIONED = [
    case("groups as cells", normal(2, 8, 5, 5), REGIONS, spatial_scale=1.0, output_dim=2, pooled_size=2),
    case(
        "hand-checkable",
        np.arange(1, 65, dtype="float32").reshape(1, 4, 4, 4),
        ONE_IMAGE,
        spatial_scale=1.0,
        output_dim=1,
        pooled_size=2,
    ),
    case(
        "fewer groups than cells",
        normal(2, 4, 5, 5),
        REGIONS,
        spatial_scale=0.5,
        output_dim=1,
        pooled_size=3,
        group_size=2,
    ),
]

SHIFTED = [
    case(
        "without shifts",
        normal(2, 4, 5, 5),
        REGIONS,
        spatial_scale=1.0,
        output_dim=1,
        group_size=2,
        pooled_size=2,
        sample_per_part=2,
        no_trans=True,
    ),
    case(
        "shifts",
        normal(2, 4, 5, 5),
        REGIONS,
        uniform(-1, 1, 5, 2, 2, 2),
        spatial_scale=0.75,
        output_dim=1,
        group_size=2,
        pooled_size=2,
        sample_per_part=2,
        trans_std=0.3,
        no_trans=False,
    ),
    case(
        "parts and classes",
        normal(2, 4, 5, 5),
        REGIONS,
        uniform(-1, 1, 5, 4, 3, 3),
        spatial_scale=0.75,
        output_dim=4,
        group_size=1,
        pooled_size=2,
        part_size=3,
        sample_per_part=3,
        trans_std=0.3,
    ),
]


def offsets(*shape: int) -> Draw:
    """Draw offsets between the grid's points, where the gradient has no corner."""
    return Draw(lambda random: (random.randint(-12, 12, shape) / 8 + 1 / 16).astype("float32"))


FLAT = {"kernel": (3, 3), "pad": (1, 1)}

DEFORMABLE = [
    case("bias", normal(1, 2, 4, 5), offsets(1, 18, 4, 5), normal(2, 2, 3, 3), normal(2), num_filter=2, **FLAT),
    case("no bias", normal(1, 2, 4, 4), offsets(1, 18, 4, 4), normal(1, 2, 3, 3), num_filter=1, no_bias=True, **FLAT),
    case(
        "stride and dilation",
        normal(1, 2, 6, 5),
        offsets(1, 8, 3, 3),
        normal(2, 2, 2, 2),
        normal(2),
        kernel=(2, 2),
        stride=(2, 1),
        dilate=(1, 2),
        pad=(0, 0),
        num_filter=2,
        workspace=512,
        layout="NCHW",
    ),
    case(
        "stride and pad",
        normal(1, 1, 5, 5),
        offsets(1, 18, 3, 3),
        normal(1, 1, 3, 3),
        normal(1),
        stride=(2, 2),
        num_filter=1,
        **FLAT,
    ),
    case(
        "on the grid's points and at the border",
        normal(1, 1, 3, 3),
        Draw(lambda random: (random.randint(-4, 5, (1, 18, 3, 3)) / 2).astype("float32")),
        normal(1, 1, 3, 3),
        normal(1),
        num_filter=1,
        **FLAT,
    ),
    case(
        "groups",
        normal(1, 4, 3, 3),
        offsets(1, 18, 3, 3),
        normal(2, 2, 3, 3),
        normal(2),
        num_filter=2,
        num_group=2,
        **FLAT,
    ),
    case(
        "deformable groups",
        normal(1, 4, 3, 3),
        offsets(1, 36, 3, 3),
        normal(2, 4, 3, 3),
        normal(2),
        num_filter=2,
        num_deformable_group=2,
        **FLAT,
    ),
]


def modulated(name: str, *inputs: Any, **attrs: Any) -> Any:
    """Write a case without gradient."""
    return case(name, *inputs, grad=False, **attrs)


MODULATED = [
    modulated(
        "bias",
        normal(1, 2, 4, 5),
        offsets(1, 18, 4, 5),
        uniform(0, 1, 1, 9, 4, 5),
        normal(2, 2, 3, 3),
        normal(2),
        num_filter=2,
        **FLAT,
    ),
    modulated(
        "no bias",
        normal(1, 2, 4, 4),
        offsets(1, 18, 4, 4),
        uniform(0, 1, 1, 9, 4, 4),
        normal(1, 2, 3, 3),
        num_filter=1,
        no_bias=True,
        im2col_step=32,
        **FLAT,
    ),
    modulated(
        "stride and dilation",
        normal(1, 2, 6, 5),
        offsets(1, 8, 3, 3),
        uniform(0, 1, 1, 4, 3, 3),
        normal(2, 2, 2, 2),
        normal(2),
        kernel=(2, 2),
        stride=(2, 1),
        dilate=(1, 2),
        pad=(0, 0),
        num_filter=2,
        workspace=512,
        layout="NCHW",
    ),
    modulated(
        "groups",
        normal(1, 4, 3, 3),
        offsets(1, 36, 3, 3),
        uniform(0, 1, 1, 18, 3, 3),
        normal(2, 2, 3, 3),
        normal(2),
        num_filter=2,
        num_group=2,
        num_deformable_group=2,
        **FLAT,
    ),
]

SMALL = {"scales": (1.0, 2.0), "ratios": (0.5, 1.0), "feature_stride": 8, "rpn_post_nms_top_n": 8, "rpn_min_size": 4}
ONE = {"scales": (1.0,), "ratios": (1.0,), "feature_stride": 16, "rpn_post_nms_top_n": 6}
FOUR = [[[[0.1, 0.2], [0.3, 0.4]], [[0.9, 0.8], [0.7, 0.6]]]]
STILL = np.zeros((1, 4, 2, 2), "float32")
SIZE = [[24, 32, 1]]

PROPOSAL = [
    case("drawn", distinct(1, 8, 3, 4, step=0.01), normal(1, 16, 3, 4, scale=0.3), SIZE, threshold=0.5, **SMALL),
    case("rows repeat", FOUR, STILL, [[32, 32, 1]], rpn_min_size=4, **ONE),
    case("small boxes come last", FOUR, STILL, [[32, 32, 1]], rpn_min_size=20, output_score=True, **ONE),
    case("outside the image", FOUR, STILL, [[31, 20, 1]], rpn_min_size=4, output_score=True, **ONE),
    case(
        "few before suppression",
        distinct(1, 8, 3, 4, step=0.01),
        normal(1, 16, 3, 4, scale=0.3),
        SIZE,
        rpn_pre_nms_top_n=10,
        **SMALL,
    ),
    case(
        "corner offsets",
        distinct(1, 8, 3, 4, step=0.01),
        normal(1, 16, 3, 4, scale=3.0),
        SIZE,
        iou_loss=True,
        output_score=True,
        **SMALL,
    ),
]

MULTI = [
    case(
        "two images",
        distinct(2, 8, 3, 4, step=0.01),
        normal(2, 16, 3, 4, scale=0.3),
        [[24, 32, 1], [20, 28, 1.5]],
        threshold=0.5,
        rpn_pre_nms_top_n=40,
        output_score=True,
        **SMALL,
    ),
    case(
        "corner offsets",
        distinct(2, 8, 3, 4, step=0.01),
        normal(2, 16, 3, 4, scale=3.0),
        [[24, 32, 1], [24, 32, 1]],
        iou_loss=True,
        **SMALL,
    ),
]

SEQUENCE = [
    case("blank first", normal(6, 3, 4), [[1, 2, 0], [3, 3, 0], [2, 0, 0]]),
    case("blank last", normal(6, 3, 4), [[0, 2, -1], [1, 1, 0], [2, -1, -1]], blank_label="last"),
    case("lengths of data", normal(6, 2, 4), [[1, 2, 0], [3, 0, 0]], [5, 3], use_data_lengths=True),
    case(
        "both lengths",
        normal(6, 2, 4),
        [[1, 2, 1], [3, 2, 1]],
        [5, 6],
        [3, 1],
        use_data_lengths=True,
        use_label_lengths=True,
    ),
    case("an empty label among others", normal(4, 2, 3), [[0, 0], [1, 2]]),
]

QUADRATIC = [
    case("defaults", normal(2, 3)),
    case("coefficients", normal(2, 3), a=1.5, b=0.5, c=0.25),
    case("int32", integers(-4, 5, 5, dtype="int32"), a=1.5, b=0.5, c=0.25),
    case("float64", normal(4, **DOUBLE), a=0.1, b=2.0, c=-1.0),
]

TABLE: Table = {
    "_contrib_ROIAlign": ALIGN,
    "_contrib_RROIAlign": TURNED,
    "ROIPooling": LARGEST,
    "_contrib_PSROIPooling": POSITIONED,
    "_contrib_DeformablePSROIPooling": SHIFTED,
    "_contrib_DeformableConvolution": DEFORMABLE,
    "_contrib_ModulatedDeformableConvolution": MODULATED,
    "_contrib_Proposal": PROPOSAL,
    "_contrib_MultiProposal": MULTI,
    "CTCLoss": SEQUENCE,
    "_contrib_quadratic": QUADRATIC,
}
