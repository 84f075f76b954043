"""Quantised operators, of two builds of MXNet.

Run by MXNet 1.9.1, whose quantised operators are oneDNN's, this records their numbers into the folder ``onednn``, and
into ``ops`` what has no numbers of its own. Run by a build without oneDNN (1.8.0), it records into ``ops`` what the
documented formulas give; most operators such a build does not have.

Left out: what overflows, where both builds turn signs; uint8 with levels outside the range, which begin anew; uint8 in
``quantized_act``, whose bits come back as int8; int8 and uint8 in one ``quantized_elemwise_add`` without a calibrated
range, which loses the uint8; data that are 0 throughout.
"""

from __future__ import annotations

import json
from typing import Any, Dict, Iterator, List, Sequence, Tuple

import mxnet as mx
import numpy as np

from golden import archive
from golden.case import Case, Draw, Table, array, case, integers, normal, realise, seed_of, uniform
from golden.invoke import _imperative_invoke, describe

__all__ = ["recordings"]

PLAIN = [-2, -1.5, -1, -0.5, -0.004, 0, 0.004, 0.5, 0.502, 1, 1.5, 2, 3]
INSIDE = [-1, -0.75, -0.5, -0.004, 0, 0.004, 0.25, 0.5, 0.502, 1, 1.25, 1.5, 2]


def one(number: float) -> np.ndarray:
    """Make one end of a range."""
    return array(number)


def ends(*numbers: float) -> Tuple[np.ndarray, ...]:
    """Make the ends of ranges."""
    return tuple(one(number) for number in numbers)


def signed(*shape: int) -> Draw:
    """Draw int8 levels."""
    return integers(-128, 128, *shape, dtype="int8")


def unsigned(*shape: int) -> Draw:
    """Draw uint8 levels."""
    return integers(0, 256, *shape, dtype="uint8")


QUANTIZE = [
    case("int8, halves", array([-2, -1, -0.5, 0.5, 1, 1.5, 2]), *ends(-2, 2), out_type="int8"),
    case("int8, even range", array(PLAIN), *ends(-2, 2), out_type="int8"),
    case("int8, uneven range", array(PLAIN), *ends(-3, 1), out_type="int8"),
    case("int8, range of positive numbers", array(PLAIN), *ends(0.5, 1.5), out_type="int8"),
    case("int8, many", uniform(-7, 7, 9, 40), *ends(-6.3, 5.1), out_type="int8"),
    case("uint8 is the default", array(INSIDE), *ends(-1, 2)),
    case("uint8, positive range", uniform(0, 3, 4, 30), *ends(0, 3), out_type="uint8"),
    case("uint8, many", uniform(-0.9, 2.3, 9, 40), *ends(-0.95, 2.35), out_type="uint8"),
]
QUANTIZE_V2 = [
    case("own range", array(PLAIN)),
    case("int8, calibrated", array(PLAIN), min_calib_range=-1.0, max_calib_range=1.0),
    case("int8, uneven", uniform(-7, 7, 9, 40), out_type="int8", min_calib_range=-2.117904, max_calib_range=2.64),
    case("uint8, own range", array(PLAIN), out_type="uint8"),
    case("uint8, calibrated", array(INSIDE), out_type="uint8", min_calib_range=-1.0, max_calib_range=2.0),
    case("auto without calibration is int8", uniform(0, 5, 3, 7), out_type="auto"),
    case(
        "auto, calibrated from 0 on, is uint8",
        uniform(0, 2.5, 9, 40),
        out_type="auto",
        min_calib_range=0.0,
        max_calib_range=2.626142,
    ),
    case(
        "auto, calibrated from below 0, is int8",
        uniform(-2, 5, 3, 7),
        out_type="auto",
        min_calib_range=-1.5,
        max_calib_range=4.5,
    ),
    case("one calibrated end is ignored", array(PLAIN), min_calib_range=-1.0),
    case("the other, too", array(PLAIN), max_calib_range=1.0),
    case("int8 passes", signed(5)),
    case("int8 passes with a calibrated range", signed(5), min_calib_range=-2.0, max_calib_range=3.0),
    case("uint8 passes", unsigned(5), out_type="uint8"),
]
DEQUANTIZE = [
    case("int8", array([-128, -127, -1, 0, 1, 64, 127], "int8"), *ends(-1, 2), out_type="float32"),
    case("uint8", array([0, 1, 64, 128, 254, 255], "uint8"), *ends(-1, 2)),
    case("uint8 from 0", unsigned(3, 20), *ends(0, 2.626142)),
    case("int8, many", signed(9, 40), *ends(-2.117904, 2.64)),
    case("uint8, many", unsigned(9, 40), *ends(-0.3, 0.7)),
]
INT32 = array([-1000000, -500000, -3900, 0, 3900, 4000, 11811, 500000, 1000000], "int32")
REQUANTIZE = [
    case("own range", INT32, *ends(-1000, 1000)),
    case("calibrated", INT32, *ends(-1000, 1000), min_calib_range=-0.3, max_calib_range=0.2),
    case("one calibrated end is ignored", INT32, *ends(-1000, 1000), min_calib_range=-0.3),
    case("many", integers(-30000000, 30000000, 9, 40, dtype="int32"), *ends(-266288.5, 266288.5), out_type="int8"),
    case(
        "auto, calibrated from below 0, is int8",
        INT32,
        *ends(-1000, 900),
        out_type="auto",
        min_calib_range=-0.1,
        max_calib_range=0.4,
    ),
]
REQUANTIZE_UINT8 = [
    case("uint8, own range", np.abs(INT32), *ends(-1000, 1000), out_type="uint8"),
    case("negative levels become 0", INT32, *ends(-1000, 1000), out_type="uint8"),
    case(
        "auto, calibrated from 0 on, is uint8",
        INT32,
        *ends(-1000, 900),
        out_type="auto",
        min_calib_range=0.0,
        max_calib_range=0.4,
    ),
]

FC = {"num_hidden": 3}
FULLY_CONNECTED = [
    case("int8", signed(2, 5), signed(3, 5), *ends(-1, 2, -1, 1), no_bias=True, **FC),
    case("uint8 counts 255 levels", unsigned(2, 5), signed(3, 5), *ends(0, 2, -1, 1), no_bias=True, **FC),
    case("uint8 whose range begins below 0", unsigned(2, 5), signed(3, 5), *ends(-3, 2, -1, 1), no_bias=True, **FC),
    case("axes are joined", signed(2, 2, 3), signed(3, 6), *ends(-0.3, 0.7, -1, 1), no_bias=True, **FC),
    case("axes are kept", unsigned(2, 2, 3), signed(3, 3), *ends(-0.3, 0.7, -1, 1), no_bias=True, flatten=False, **FC),
]
WITH_BIAS = [
    case("int8", signed(2, 5), signed(3, 5), signed(3), *ends(-1, 2, -1, 1, -3, 3), **FC),
    case("uint8", unsigned(2, 5), signed(3, 5), signed(3), *ends(0, 2, -1, 1, -3, 3), **FC),
    case("small bias", unsigned(2, 5), signed(3, 5), signed(3), *ends(0, 2.5, -0.7, 1.1, -0.001, 0.002), **FC),
    case("large bias", signed(2, 2, 4), signed(3, 8), signed(3), *ends(-0.1, 0.2, -0.1, 0.05, -30, 20), **FC),
    case("axes are kept", signed(2, 2, 4), signed(3, 4), signed(3), *ends(-1, 1, -2, 1, -1, 3), flatten=False, **FC),
]

RANGES = ends(0, 2, -1, 1)
NINE = np.arange(9, dtype="uint8").reshape(1, 1, 3, 3)
TAPS = array([[[[1, -2], [3, 4]]]], "int8")
K2 = {"kernel": (2, 2), "num_filter": 1, "no_bias": True}
K32 = {"kernel": (3, 2), "num_filter": 3, "no_bias": True}
CONVOLUTION = [
    case("hand-checkable", NINE, TAPS, *RANGES, **K2),
    case("channels", unsigned(2, 4, 6, 5), signed(3, 4, 3, 2), *RANGES, **K32),
    case("layout", unsigned(1, 4, 6, 5), signed(3, 4, 3, 2), *RANGES, layout="NCHW", num_group=1, **K32),
    case("stride", unsigned(1, 4, 6, 5), signed(3, 4, 3, 2), *RANGES, stride=(2, 1), **K32),
    case("pad", unsigned(1, 4, 6, 5), signed(3, 4, 3, 2), *RANGES, pad=(1, 2), **K32),
    case("dilate", unsigned(1, 4, 7, 5), signed(3, 4, 3, 2), *RANGES, dilate=(2, 3), **K32),
    case(
        "everything", unsigned(1, 4, 9, 7), signed(3, 4, 3, 2), *RANGES, stride=(2, 3), pad=(1, 1), dilate=(2, 1), **K32
    ),
    case(
        "three axes",
        unsigned(1, 2, 4, 5, 3),
        signed(2, 2, 3, 2, 2),
        *RANGES,
        kernel=(3, 2, 2),
        num_filter=2,
        no_bias=True,
    ),
]

MAP = array([[[[-82, -39, 44, 56], [45, 37, 73, -68], [1, -20, 65, -14], [-103, -103, 37, 91]]]], "int8")
RANGE = ends(-1, 2)
POOLING = [
    case("max", MAP, *RANGE, kernel=(2, 2), stride=(2, 2), pool_type="max"),
    case("average", MAP, *RANGE, kernel=(2, 2), stride=(2, 2), pool_type="avg"),
    case("average, padding counts", MAP, *RANGE, kernel=(3, 3), stride=(2, 2), pad=(1, 1), pool_type="avg"),
    case(
        "average, padding does not count",
        MAP,
        *RANGE,
        kernel=(3, 3),
        stride=(2, 2),
        pad=(1, 1),
        pool_type="avg",
        count_include_pad=False,
    ),
    case("max, full", MAP, *RANGE, kernel=(3, 3), stride=(2, 2), pooling_convention="full"),
    case(
        "average, full",
        signed(2, 3, 6, 5),
        *RANGE,
        kernel=(3, 2),
        stride=(2, 2),
        pool_type="avg",
        pooling_convention="full",
        pad=(1, 1),
        count_include_pad=True,
    ),
    case(
        "global average", unsigned(2, 3, 4, 5), *RANGE, kernel=(1, 1), global_pool=True, pool_type="avg", cudnn_off=True
    ),
    case("global max", signed(2, 3, 4, 5), *RANGE, kernel=(1, 1), global_pool=True),
    case("uint8", unsigned(2, 3, 6, 5), *RANGE, kernel=(3, 2), pad=(1, 0), layout="NCHW"),
    case("uint8, average", unsigned(2, 3, 6, 5), *RANGE, kernel=(3, 2), stride=(1, 2), pool_type="avg"),
    case("three axes", signed(1, 2, 4, 5, 3), *RANGE, kernel=(2, 3, 2), pool_type="avg", layout="NCDHW"),
]
ACTIVATION = [case("relu", signed(3, 7), *RANGE, act_type="relu")]
FLATTEN = [
    case("int8", signed(2, 3, 4), *RANGE),
    case("uint8", unsigned(2, 3), *RANGE),
    case("one axis", signed(4), *RANGE),
]
EMBEDDING = [
    case("rows", integers(0, 5, 2, 3), signed(5, 4), *RANGE, input_dim=5, output_dim=4),
    case("outside the table", array([-3, 4.7, 9]), signed(5, 2), *RANGE, input_dim=5, output_dim=2),
]

#: num_args is part of the case: MXNet counts arrays without their ranges.
CONCAT = [
    case("int8", signed(2, 3), signed(2, 4), *ends(-1, 2, -3, 1), num_args=2, dim=1),
    case("uint8", unsigned(2, 3), unsigned(2, 3), *ends(0, 2, 0, 1), num_args=2, dim=0),
    case("int8 and uint8", signed(2, 3), unsigned(2, 3), *ends(-1, 2, 0, 3), num_args=2, dim=1),
    case("uint8 and int8", unsigned(2, 3), signed(2, 3), *ends(-1, 2, -0.25, 0.125), num_args=2, dim=1),
    case("three", unsigned(2, 3), signed(2, 3), unsigned(2, 3), *ends(0, 2, -0.7, 0.6, 0, 2.5), num_args=3, dim=1),
    case("ranges above 0 are stretched to it", signed(1, 3), signed(1, 3), *ends(1, 2, 1.5, 3), num_args=2, dim=1),
    case("ranges below 0", signed(1, 3), signed(1, 3), *ends(-2, -1, -3, -1.5), num_args=2, dim=1),
]
CALIBRATED = {"min_calib_range": -2.0, "max_calib_range": 4.0}
SUM = [
    case("int8", signed(3, 4), signed(3, 4), *ends(-1, 2, -3, 1)),
    case("uint8", unsigned(3, 4), unsigned(3, 4), *ends(0, 2, 0, 1)),
    case("int8, calibrated", signed(3, 9), signed(3, 9), *ends(-1, 2, -3, 1), **CALIBRATED),
    case(
        "uint8, calibrated", unsigned(3, 9), unsigned(3, 9), *ends(0, 2, 0, 3), min_calib_range=0.0, max_calib_range=4.0
    ),
    case("int8 and uint8, calibrated", signed(3, 9), unsigned(3, 9), *ends(-1, 2, 0, 3), **CALIBRATED),
    case("uint8 and int8, calibrated", unsigned(3, 9), signed(3, 9), *ends(0, 2.5, -0.7, 1), **CALIBRATED),
]
PRODUCT = [
    case("int32", signed(3, 4), signed(3, 4), *ends(-1, 2, -3, 1)),
    case("calibrated", signed(3, 9), signed(3, 9), *ends(-1, 2, -3, 1), min_calib_range=-7.0, max_calib_range=6.0),
    case("floats", signed(3, 9), signed(3, 9), *ends(-0.7, 1.3, -0.11, 0.17), enable_float_output=True),
]
STATISTICS = (normal(3), normal(3), normal(3), uniform(0.25, 3, 3))
BATCH_NORM = [
    case("int8", signed(2, 3, 4), *STATISTICS, *RANGE, fix_gamma=False, **CALIBRATED),
    case("uint8", unsigned(2, 3, 4), *STATISTICS, *ends(0, 2), fix_gamma=False, **CALIBRATED),
    case("gamma counts even if fixed", signed(2, 3, 4), *STATISTICS, *RANGE, fix_gamma=True, **CALIBRATED),
    case("eps works twice", signed(2, 3, 4), *STATISTICS, *RANGE, fix_gamma=False, eps=0.5, **CALIBRATED),
    case(
        "without effect",
        signed(2, 3, 4),
        *STATISTICS,
        *RANGE,
        fix_gamma=False,
        momentum=0.5,
        use_global_stats=True,
        output_mean_var=True,
        cudnn_off=True,
        axis=1,
        **CALIBRATED,
    ),
]


def histogram(bins: int, width: float, tail: float) -> Draw:
    """Draw how often numbers around 0 fall into bins."""
    place = np.abs(np.arange(bins) - bins // 2)
    return Draw(lambda random: random.poisson(900 * np.exp(-((place / width) ** tail))).astype("float32"))


CALIBRATION = [
    case("narrow", histogram(301, 20, 1.0), np.linspace(-2, 2, 302, dtype="float32"), num_quantized_bins=31),
    case("wide", histogram(201, 60, 2.0), np.linspace(-3, 3, 202, dtype="float32"), num_quantized_bins=15),
    case("long tails", histogram(401, 6, 0.5), np.linspace(-1, 1, 402, dtype="float32"), num_quantized_bins=63),
    case("255 levels", histogram(601, 40, 1.0), np.linspace(-1, 1, 602, dtype="float32")),
]

#: What a build without oneDNN has, of the documented formulas.
DOCUMENTED: Table = {
    "_contrib_quantize": QUANTIZE,
    "_contrib_quantize_v2": QUANTIZE_V2,
    "_contrib_dequantize": DEQUANTIZE,
    "_contrib_requantize": REQUANTIZE,
}

#: What has the same numbers in every build.
COMMON: Table = {
    "_contrib_quantized_fully_connected": FULLY_CONNECTED,
    "_contrib_quantized_pooling": POOLING,
    "_contrib_quantized_act": ACTIVATION,
    "_contrib_quantized_flatten": FLATTEN,
    "_contrib_quantized_embedding": EMBEDDING,
    "_contrib_quantized_elemwise_mul": PRODUCT,
    "_contrib_calibrate_entropy": CALIBRATION,
}

#: What oneDNN has numbers of its own of.
ONEDNN: Table = {
    **DOCUMENTED,
    "_contrib_requantize": [*REQUANTIZE, *REQUANTIZE_UINT8],
    "_contrib_quantized_fully_connected": WITH_BIAS,
    "_contrib_quantized_conv": CONVOLUTION,
    "_contrib_quantized_concat": CONCAT,
    "_contrib_quantized_elemwise_add": SUM,
    "_contrib_quantized_batch_norm": BATCH_NORM,
}

STATES = {"_contrib_quantized_batch_norm": ("moving_mean", "moving_var")}


def recordings() -> Iterator[Tuple[str, bytes]]:
    """Record what this build of MXNet is asked for; yield paths and contents of files."""
    has_onednn = mx.runtime.Features().is_enabled("MKLDNN")
    tables = {"ops": COMMON, "onednn": ONEDNN} if has_onednn else {"ops": DOCUMENTED}
    for folder, table in tables.items():
        for operator, cases in table.items():
            arrays: Dict[str, np.ndarray] = {"n_cases": np.array(len(cases))}
            for index, item in enumerate(cases):
                arrays.update(record(operator, index, item))
            yield f"{folder}/{operator}.npz", archive.pack(arrays)


def record(operator: str, index: int, item: Case) -> Dict[str, np.ndarray]:
    """Run one case, without gradients, which none of these operators has."""
    random = np.random.RandomState(seed_of(operator, item.name))
    values = [realise(value, random) for value in item.inputs]
    arrays = [mx.nd.array(value, dtype=value.dtype) for value in values]
    outputs = _run(operator, arrays, dict(item.attrs))
    mx.nd.waitall()
    names = _names(operator, item)
    states = STATES.get(operator, ())
    description = {"name": item.name, "attrs": dict(item.attrs), "inputs": names, "train": False, "aux": list(states)}
    found = {"case": np.array(json.dumps(description))}
    found.update((f"in_{name}", value) for name, value in zip(names, values))
    found.update((f"out{place}", output.asnumpy()) for place, output in enumerate(outputs))
    found.update((f"aux_{name}", arrays[names.index(name)].asnumpy()) for name in states)
    return {f"c{index}_{key}": value for key, value in found.items()}


def _run(operator: str, arrays: Sequence[Any], attrs: Dict[str, Any]) -> List[Any]:
    if operator != "_contrib_quantized_elemwise_mul":
        handle = describe(operator)[0]
        return _imperative_invoke(handle.value, arrays, list(attrs), list(attrs.values()), None, False, True)
    # This one runs in graphs alone.
    variables = [mx.sym.var(f"v{place}") for place in range(len(arrays))]
    graph = mx.sym.contrib.quantized_elemwise_mul(*variables, **attrs)
    return graph.bind(mx.cpu(), {f"v{place}": one for place, one in enumerate(arrays)}).forward()


def _names(operator: str, item: Case) -> List[str]:
    if operator == "_contrib_quantized_concat":
        return [f"data{place}" for place in range(len(item.inputs))]
    declared = [name for name, kind in describe(operator)[1] if "Symbol" in kind]
    if item.attrs.get("no_bias"):
        declared = [name for name in declared if "bias" not in name]
    return declared
