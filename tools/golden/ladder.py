"""Every operator of GluonCV's models, with every attribute value that they have, on small arrays."""

from __future__ import annotations

from typing import Any, Dict, Iterator, List, Tuple

import numpy as np

from golden import archive, invoke
from golden.case import Case, Draw, Table, boxes, case, distinct, integers, normal, uniform

__all__ = ["recordings"]


def recordings() -> Iterator[Tuple[str, bytes]]:
    """Record every operator; yield paths below ``tests/golden`` and bytes."""
    for operator, cases in LADDER.items():
        arrays: Dict[str, np.ndarray] = {"n_cases": np.array(len(cases))}
        for index, item in enumerate(cases):
            arrays.update(invoke.record(operator, index, item))
        yield f"ladder/{operator}.npz", archive.pack(arrays)


def rows(inputs: List[Any], *values: Dict[str, Any], **always: Any) -> List[Case]:
    """Write a case for each set of values."""
    return [case(str(one) if one else "as it is", *inputs, grad=False, train=False, **always, **one) for one in values]


def one_by_one(inputs: List[Any], name: str, *values: Any, **always: Any) -> List[Case]:
    """Write a case for each value of one attribute."""
    return rows(inputs, *({name: value} for value in values), **always)


X, Y, POSITIVE = normal(2, 3, 4), normal(2, 3, 4), uniform(0.5, 4, 2, 3, 4)
MAP = normal(1, 2, 9, 9)
LEVELS = Draw(lambda random: random.randint(0, 256, (1, 2, 9, 9)).astype("uint8"))
ENDS = np.array([0], "float32"), np.array([2.5], "float32")


def scored_rows(random: np.random.RandomState) -> np.ndarray:
    """Draw rows of class, score and box; no two scores are equal."""
    scores = random.permutation(18).reshape(2, 9, 1) / 18
    parts = [random.randint(0, 2, (2, 9, 1)), scores, boxes(2, 9).sample(random)]
    return np.concatenate(parts, -1).astype("float32")


ROWS = Draw(scored_rows)
NORM = [normal(2, 3, 2, 2), normal(3), normal(3), normal(3), uniform(0.5, 2, 3)]


def convolution(kernel: Tuple[int, ...], channels: int = 2, filters: int = 2, group: int = 1, **attrs: Any) -> Case:
    """Write a convolution on as small a picture as fits."""
    dilate, pad = attrs.get("dilate", (1,) * len(kernel)), attrs.get("pad", (0,) * len(kernel))
    size = [max(3, (taps - 1) * apart + 2 - 2 * width) for taps, apart, width in zip(kernel, dilate, pad)]
    inputs = [normal(1, channels, *size), normal(filters, channels // group, *kernel)]
    inputs += [] if attrs.get("no_bias", True) else [normal(filters)]
    given = {"no_bias": True, **attrs, "num_filter": filters, "num_group": group}
    return case(f"{kernel} {group} {attrs}", *inputs, grad=False, kernel=kernel, **given)


def deconvolution(kernel: Tuple[int, ...], group: int = 1, **attrs: Any) -> Case:
    """Write a transposed convolution."""
    inputs = [normal(1, 4, 3, 3), normal(4, 4 // group, *kernel)] + ([] if attrs.get("no_bias", True) else [normal(4)])
    given = {"no_bias": True, **attrs, "num_filter": 4, "num_group": group, "dilate": (1, 1), "layout": "NCHW"}
    return case(f"{kernel} {group} {attrs}", *inputs, grad=False, kernel=kernel, adj=(0, 0), **given)


def pooling(kernel: Tuple[int, ...], **attrs: Any) -> List[Case]:
    """Write both kinds of pooling, by both conventions."""
    data = normal(1, 2, *(max(taps + 3, 5) for taps in kernel))
    found = []
    for kind in ("avg", "max"):
        for convention in ("valid", "full") if kernel in ((3, 3), (2, 2)) else ("valid",):
            name = f"{kind} {convention} {kernel} {attrs}"
            given = {"pool_type": kind, "pooling_convention": convention, "kernel": kernel, **attrs}
            found.append(case(name, data, grad=False, **given))
    return found


LADDER: Table = {
    "Convolution": [
        *(convolution((3, 3), dilate=(apart, apart), pad=(apart, apart)) for apart in (1, 2, 4, 6, 12, 24, 36)),
        *(convolution(kernel) for kernel in [(1, 1), (5, 5), (7, 7), (1, 7), (7, 1), (1, 3), (3, 1)]),
        *(convolution(kernel, layout="NCDHW") for kernel in [(1, 1, 1), (1, 3, 3), (3, 1, 1), (3, 3, 3)]),
        *(convolution((3, 3), pad=pad) for pad in [(0, 3), (3, 0), (3, 3), (0, 1), (2, 2), (1, 0)]),
        *(convolution((3, 3, 3), pad=pad) for pad in [(0, 1, 1), (1, 0, 0), (1, 1, 1)]),
        *(convolution((1, 1), stride=stride) for stride in [(2, 2), (4, 4)]),
        *(
            convolution((1, 1, 1), stride=stride)
            for stride in [(1, 2, 2), (2, 2, 2), (4, 1, 1), (2, 1, 1), (8, 1, 1), (1, 1, 1)]
        ),
        *(convolution((3, 3), channels=4, filters=4, group=group) for group in (2, 4)),
        convolution((3, 3), channels=32, filters=32, group=32, cudnn_off=True),
        convolution((3, 3), no_bias=False, layout="NCHW"),
    ],
    "Activation": one_by_one([X], "act_type", "relu", "sigmoid"),
    "BatchNorm": rows(
        NORM,
        *({"eps": eps, "momentum": share} for eps, share in [(1e-5, 0.9), (1e-3, 0.1), (1e-3, 0.99)]),
        {"fix_gamma": False, "axis": 1, "cudnn_off": True},
        {"use_global_stats": True},
    ),
    "Pooling": [
        *pooling((3, 3), pad=(1, 1), stride=(2, 2), layout="NCHW"),
        *pooling((1, 1), stride=(1, 1), pad=(0, 0)),
        *pooling((2, 2), stride=(2, 2), count_include_pad=False),
        *pooling((7, 7), stride=(7, 7), count_include_pad=True),
        *pooling((8, 8), stride=(8, 8)),
        *pooling((13, 13), stride=(13, 13)),
        *pooling((1, 1, 1), stride=(1, 2, 2), layout="NCDHW"),
        *pooling((1, 3, 3), stride=(2, 2, 2), pad=(0, 1, 1)),
        *pooling((3, 3, 3), stride=(2, 1, 1), pad=(1, 1, 1)),
        *pooling((3, 1, 1), stride=(1, 1, 1), pad=(1, 0, 0)),
        *pooling((2, 2, 2), stride=(2, 2, 2), pad=(0, 0, 0)),
        *pooling((2, 3, 3), stride=(1, 1, 1)),
        *pooling((2, 2), global_pool=True),
    ],
    "elemwise_add": rows([X, Y], {}),
    "FullyConnected": [
        *rows([normal(2, 3, 2), normal(4, 6)], {}, num_hidden=4, no_bias=True, flatten=True),
        *rows([normal(2, 6), normal(4, 6), normal(4)], {}, num_hidden=4, no_bias=False),
    ],
    "Reshape": [
        *one_by_one([normal(2, 4, 3, 2)], "shape", (0, 1, 4, -1), (0, 2, -1, 1, 1), (1, -1, 4)),
        *one_by_one([normal(2, 2, 2, 3, 2)], "shape", (0, 2, 2, 0, 0)),
        *one_by_one([normal(2, 4, 3, 2)], "shape", (1, -1), (0, 0, -1), (0, -1, 4), (0, -4, 1, -1, 3, 2), (0, -1, 1)),
        *one_by_one([normal(2, 4, 3)], "shape", (0, 0, 0, 1), (-1,), (0, -4, 2, -1, 0), (-3, 0), (-2, 1)),
    ],
    "Concat": [
        *(rows([X, Y, X], {"dim": dim})[0] for dim in (-1, 1, 0)),
        *rows([X], {"dim": 1}),
        *rows([normal(1, 2)] * 20, {"dim": 0}),
    ],
    "Flatten": rows([X], {}),
    "Dropout": one_by_one([X], "p", 0.5, 0.1, 0.9, 0.8, 0.2, 0.4, 0.3, axes=(), cudnn_off=False),
    "transpose": [
        *one_by_one([normal(1, 2, 3, 4)], "axes", (0, 2, 3, 1), (3, 0, 1, 2), (0, 2, 1, 3)),
        *one_by_one([normal(1, 2, 3, 2, 2, 3)], "axes", (0, 1, 4, 2, 5, 3)),
        *one_by_one([normal(1, 2, 3, 2, 2)], "axes", (1, 0, 2, 3, 4)),
        *one_by_one([X], "axes", (0, 2, 1)),
    ],
    "_mul_scalar": one_by_one([X], "scalar", 0, -1, -1.0, 2, 4.0, 0.04419417382415922, 0.0625, 32, 16, 8, 0.1, 0.2),
    "_div_scalar": one_by_one([X], "scalar", 6.0, 2, 2.0, 224.0, 0.225),
    "_plus_scalar": one_by_one([X], "scalar", 3.0, 1.0, 1, 4, 1e-6, 0.0, 0, 2, 3, 5, 6, 7),
    "_minus_scalar": one_by_one([X], "scalar", 0.45),
    "_rminus_scalar": one_by_one([X], "scalar", 1.0, 2),
    "_rdiv_scalar": one_by_one([POSITIVE], "scalar", 1.0, 2),
    "_power_scalar": one_by_one([POSITIVE], "scalar", 2, 0.5),
    "_greater_scalar": one_by_one([X], "scalar", 0.01, 0),
    "_greater_equal_scalar": one_by_one([integers(0, 3, 2, 4)], "scalar", 0, 1, 2.0),
    "_lesser_scalar": one_by_one([integers(0, 20, 2, 4)], "scalar", 1, 16),
    "_equal_scalar": one_by_one([integers(0, 6, 2, 4)], "scalar", 2, 3, 4, 5),
    "_maximum_scalar": one_by_one([X], "scalar", 0.0),
    "ones_like": rows([X], {}),
    "zeros_like": rows([X], {}),
    "slice_like": [
        *one_by_one([normal(1, 2, 5, 6), normal(1, 3, 4, 4)], "axes", (2, 3)),
        *one_by_one([normal(5, 2), normal(3, 2)], "axes", 0),
    ],
    "_arange": rows(
        [],
        {"start": 0, "stop": 1000},
        {"start": 80, "stop": None},
        {"start": 0, "stop": 1},
        {"start": 256, "stop": None},
        {"start": 12, "stop": 20},
        {"start": 2, "stop": 9},
        step=1.0,
        repeat=1,
        infer_range=False,
        dtype="float32",
    ),
    "expand_dims": one_by_one([X], "axis", 1, 2, -1, 0),
    "broadcast_add": rows([X, normal(1, 3, 1)], {}),
    "slice_axis": rows(
        [normal(2, 9, 21)],
        *({"axis": -1, "begin": a, "end": b} for a, b in [(0, 1), (2, None), (18, None), (0, 18), (4, 5), (10, 20)]),
        {"axis": 1, "begin": 0, "end": 6},
        {"axis": 2, "begin": 1, "end": 2},
        {"axis": 0, "begin": 0, "end": 1},
    ),
    "softmax": one_by_one([X], "axis", 1, -1, 2),
    "log_softmax": one_by_one([X], "axis", 1, -1),
    "mean": [*one_by_one([X], "axis", 1, 2), *one_by_one([normal(2, 2, 2, 3)], "axis", 3)],
    "sum": one_by_one([X], "axis", 1),
    "prod": one_by_one([X], "axis", 1, -1),
    "max": rows([X], {"axis": -1, "keepdims": True}),
    "_contrib_box_nms": [
        *one_by_one([ROWS], "topk", 400, 6000, -1, 200, 4, id_index=0, valid_thresh=0.01),
        *one_by_one([ROWS], "overlap_thresh", 0.45, 0.7, 0.5, 0.3, id_index=0, coord_start=2, score_index=1),
        *rows([ROWS], {"valid_thresh": 0.0001, "force_suppress": True, "id_index": -1}),
        *rows(
            [Draw(lambda random: ROWS.sample(random)[..., 1:])],
            {"coord_start": 1, "score_index": 0, "id_index": -1, "overlap_thresh": 0.7, "force_suppress": True},
        ),
    ],
    "broadcast_mul": rows([X, normal(2, 1, 4)], {}),
    "elemwise_sub": rows([X, Y], {}),
    "elemwise_mul": rows([X, Y], {}),
    "elemwise_div": rows([X, POSITIVE], {}),
    "_contrib_AdaptiveAvgPooling2D": one_by_one([MAP], "output_size", 1, 2, 3, 6, 5),
    "tile": [
        *one_by_one([X], "reps", (2,), (1, 4), 1),
        *one_by_one([normal(1, 2, 1, 1, 2)], "reps", (8, 1, 1, 1, 1), (20, 1, 1, 1, 1), (2, 1, 1, 1, 1)),
    ],
    "sigmoid": rows([X], {}),
    "where": rows([integers(0, 2, 2, 3, 4), X, Y], {}),
    "SliceChannel": [
        *rows([normal(4, 5)], {"axis": 0, "num_outputs": 4, "squeeze_axis": True}, {"axis": -1, "num_outputs": 5}),
        *rows([normal(2, 4)], {"axis": -1, "num_outputs": 4}, {"axis": -1, "num_outputs": 1}),
        *rows([normal(1, 4)], {"axis": 0, "num_outputs": 1, "squeeze_axis": True}),
    ],
    "_contrib_BilinearResize2D": [
        *rows([normal(1, 1, 2, 3)], *({"height": size, "width": size} for size in (14, 28, 16, 11, 15, 30))),
        *rows([normal(1, 1, 3, 4)], {"height": 1, "width": 2}),
        *rows([normal(1, 2, 3, 4), normal(1, 2, 7, 6)], {"mode": "like", "align_corners": False}),
    ],
    "_contrib_box_decode": [
        *one_by_one([normal(1, 4, 4), boxes(1, 4)], "clip", 4.14, 4.42, -1, format="corner"),
        *rows([normal(1, 4, 4), boxes(1, 4)], {"std0": 0.1, "std1": 0.1, "std2": 0.2, "std3": 0.2, "format": "center"}),
    ],
    "shape_array": rows([X], {}),
    "Cast": [*one_by_one([X], "dtype", "float32", "int64"), *one_by_one([np.array([1, 2])], "dtype", "float32")],
    "squeeze": [
        *one_by_one([normal(2, 3, 1, 1, 1)], "axis", (2, 3, 4), -1, 2, (2, 3)),
    ],
    "Deconvolution": [
        deconvolution((4, 4), pad=(1, 1), stride=(2, 2)),
        deconvolution((2, 2), pad=(0, 0), stride=(2, 2), no_bias=False),
        deconvolution((8, 8), pad=(2, 2), stride=(4, 4)),
        deconvolution((4, 4), group=4, pad=(1, 1), stride=(2, 2)),
    ],
    "repeat": [
        *rows([normal(2, 1)], {"repeats": 10, "axis": -1}, {"repeats": 2, "axis": -2}, {"repeats": 300}),
    ],
    "clip": rows([normal(3, 4, scale=10)], *({"a_min": a, "a_max": b} for a, b in [(0, 6), (2, 5), (0, 80), (0, 2)])),
    "gather_nd": rows([X, integers(0, 2, 2, 5)], {}),
    "relu": rows([X], {}),
    "UpSampling": one_by_one([normal(1, 2, 2, 3)], "scale", 2, 4, 8, sample_type="nearest"),
    "BlockGrad": rows([X], {}),
    "reverse": one_by_one([X], "axis", 1),
    "broadcast_minimum": rows([X, normal(1, 3, 1)], {}),
    "broadcast_maximum": rows([X, normal(1, 3, 1)], {}),
    "broadcast_axis": one_by_one([normal(2, 3, 1)], "axis", 2, size=4),
    "broadcast_sub": rows([X, normal(1, 3, 1)], {}),
    "broadcast_greater_equal": rows([X, normal(1, 3, 1)], {}),
    "broadcast_lesser": rows([X, normal(1, 3, 1)], {}),
    "_contrib_ROIAlign": [
        *(
            case(
                f"{size} {scale}",
                normal(1, 2, 9, 9),
                [[0, 8, 8, 120, 60], [0, 0, 0, 40, 40]],
                grad=False,
                pooled_size=size,
                sample_ratio=2,
                spatial_scale=scale,
            )
            for size, scale in [((7, 7), 0.0625), ((14, 14), 0.25), ((7, 7), 0.125), ((7, 7), 0.03125)]
        ),
    ],
    "stack": [case(str(count), *[X] * count, grad=False, axis=0) for count in (1, 2, 3)],
    "_contrib_quantize_v2": [
        case(f"{low} {high}", X, grad=False, out_type="auto", min_calib_range=low, max_calib_range=high)
        for low, high in [(-2.117904, 2.64), (0.0, 2.1), (0.009743, 1.511440)]
    ],
    "_contrib_dequantize": [case("as it is", LEVELS, *ENDS, grad=False)],
    "_contrib_quantized_pooling": [
        case(f"{kind} {kernel} {attrs}", LEVELS, *ENDS, grad=False, train=False, pool_type=kind, kernel=kernel, **attrs)
        for kind in ("max", "avg")
        for kernel, attrs in [
            ((3, 3), {"pad": (1, 1), "stride": (2, 2), "layout": "NCHW", "pooling_convention": "valid"}),
            ((2, 2), {"stride": (2, 2), "pooling_convention": "full"}),
            ((1, 1), {"global_pool": True}),
            ((8, 8), {"stride": (8, 8), "count_include_pad": True}),
            ((3, 3), {"stride": (1, 1), "pad": (1, 1), "count_include_pad": False}),
        ]
    ],
    "_contrib_quantized_concat": [
        case(
            str(count),
            *[LEVELS] * count,
            *[np.array([end], "float32") for k in range(count) for end in (0, 2.5 - k / 4)],
            grad=False,
            dim=1,
            num_args=count,
        )
        for count in (4, 2, 3)
    ],
    "broadcast_equal": rows([integers(0, 3, 2, 3), integers(0, 3, 1, 3)], {}),
    "topk": [*rows([distinct(2, 120)], *({"k": k, "ret_typ": "both"} for k in (40, 100)))],
    "broadcast_div": rows([X, uniform(1, 2, 1, 3, 1)], {}),
    "broadcast_mod": rows([integers(0, 100, 2, 3), integers(2, 9, 1, 3)], {}),
    "SwapAxis": rows([X], {"dim1": 1, "dim2": 2}),
    "add_n": [case(str(count), *[X, Y, X, Y][:count], grad=False) for count in (2, 4)],
    "LeakyReLU": rows([X], {"act_type": "leaky", "slope": 0.1}, {"act_type": "elu", "slope": 1.0}),
    "exp": rows([X], {}),
    "slice": [
        *rows([normal(2, 3, 4, 4)], {"begin": (0, 0, 1, 1), "end": (None, None, None, None)}),
        *rows([normal(1, 2, 5, 2, 2)], {"begin": (None, None, 0, None, None), "end": (None, None, 3, None, None)}),
        *rows([normal(1, 2, 1, 6)], {"begin": (0, 0, 0, 3), "end": (None, 2, 1, 6)}),
    ],
    "sqrt": rows([POSITIVE], {}),
    "log2": rows([POSITIVE], {}),
    "log": rows([POSITIVE], {}),
    "square": rows([X], {}),
    "abs": rows([X], {}),
    "sign": rows([X], {}),
    "floor": rows([X], {}),
    "Pad": rows(
        [normal(1, 2, 3, 3)],
        *(
            {"mode": mode, "pad_width": width, "constant_value": 0}
            for mode, width in [
                ("constant", (0, 0, 0, 0, 1, 1, 1, 1)),
                ("reflect", (0, 0, 0, 0, 1, 1, 1, 1)),
                ("constant", (0, 0, 0, 0, 1, 0, 1, 0)),
                ("constant", (0, 0, 0, 0, 0, 1, 0, 1)),
            ]
        ),
    ),
    "argsort": rows([distinct(2, 9)], {"axis": 1, "is_ascend": False}),
    "argmax": one_by_one([distinct(2, 9)], "axis", 1, -1),
    "L2Normalization": rows([normal(1, 3, 2, 2)], {"mode": "channel", "eps": 1e-5}),
    "batch_dot": [
        *rows([normal(2, 3, 4), normal(2, 3, 5)], {"transpose_a": True}),
        *rows([normal(2, 3, 4), normal(2, 5, 4)], {"transpose_b": True}),
    ],
    "dot": rows([normal(2, 3), normal(3, 4)], {}),
    "reshape_like": rows(
        [normal(2, 3, 6), normal(1, 1, 2, 3)], {"lhs_begin": 2, "lhs_end": None, "rhs_begin": 2, "rhs_end": None}
    ),
    "broadcast_like": rows([normal(1, 3, 1), X], {}),
    "pick": rows([X, integers(0, 4, 2, 3)], {"axis": -1}),
    "take": rows([normal(5, 3), integers(0, 5, 4)], {}),
    "one_hot": one_by_one([integers(0, 3, 4)], "depth", 3, 5),
    "smooth_l1": one_by_one([X], "scalar", 1.0, 3.0),
    "_contrib_box_iou": one_by_one([boxes(3), boxes(4)], "format", "corner", "center"),
    "_contrib_bipartite_matching": one_by_one([uniform(0, 1, 4, 3)], "threshold", 1e-12, 0.5),
    "_full": rows([], {"shape": (2, 3), "value": -1.0}),
    "_ones": rows([], {"shape": (2, 3)}),
    "_zeros": rows([], {"shape": (2, 3)}),
}
