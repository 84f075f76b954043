"""Reductions, order, picking by index, products of matrices, softmax and arrays out of nothing."""

from __future__ import annotations

from typing import List

import numpy as np

from golden.case import Case, Table, array, case, distinct, integers, normal

__all__ = ["TABLE"]

INT32 = {"dtype": "int32"}
HALF = {"dtype": "float16"}
DOUBLE = {"dtype": "float64"}
WITH_NAN = array([[1, np.nan, 2], [np.nan, np.nan, np.nan], [3, 4, -1]])
TIED = array([[1, 3, 3, 2], [2, 2, 2, 2], [0, -1, 0, -1]])


def reduced(*more: Case) -> List[Case]:
    """List the cases every reduction has."""
    return [
        case("all", normal(2, 3, 2)),
        case("one axis", normal(2, 3, 2), axis=1),
        case("negative axis", normal(2, 3, 2), axis=-1),
        case("two axes", normal(2, 3, 2), axis=(0, 2)),
        case("empty axes are all", normal(2, 3), axis=()),
        case("keepdims", normal(2, 3, 2), axis=1, keepdims=True),
        case("keepdims of all", normal(2, 3), keepdims=True),
        case("exclude", normal(2, 3, 2), axis=1, exclude=True),
        case("exclude two, keepdims", normal(2, 3, 2), axis=(0, -1), exclude=True, keepdims=True),
        case("excluding all leaves the data", normal(2, 3), axis=(0, 1), exclude=True),
        case("float64", normal(2, 3, **DOUBLE), axis=0),
        *more,
    ]


SUM = reduced(
    case("int32", integers(-9, 9, 2, 3, **INT32), axis=1),
    case("float16", normal(2, 3, **HALF), axis=1),
    case("not a number", WITH_NAN, axis=1),
)
EXTREME = reduced(
    case("ties share", TIED, axis=1),
    case("ties of all", TIED),
    case("int32", integers(-9, 9, 2, 3, **INT32), axis=1),
    case("not a number", WITH_NAN, axis=1),
    case("infinite", array([[np.inf, 1], [-np.inf, -np.inf]]), axis=1),
)
PROD = reduced(
    case("zeros", array([[1, 0, 2], [0, 0, 3]]), axis=1), case("int32", integers(1, 5, 2, 3, **INT32), axis=1)
)
NAN_SKIPPED = reduced(case("not a number", WITH_NAN, axis=1), case("not a number, all", WITH_NAN))

NORM = [
    case("all", normal(2, 3)),
    case("all, keepdims", normal(2, 3), keepdims=True),
    case("one axis", normal(2, 3), axis=1),
    case("negative axis", normal(2, 3, 2), axis=-2, keepdims=True),
    case("two axes", normal(2, 3, 2), axis=(1, 2)),
    case("order 1", normal(2, 3), ord=1, axis=0),
    case("order 1, all", normal(2, 3), ord=1),
    case("zeros", array([[0, 0], [3, 4]]), axis=1),
    case("float64", normal(2, 3, **DOUBLE), axis=1),
    case("same dtype out", normal(2, 3), axis=1, out_dtype="float32"),
]

ARG = [
    case("all", distinct(2, 3)),
    case("one axis", distinct(2, 3, 2), axis=1),
    case("negative axis", distinct(2, 3), axis=-1),
    case("keepdims", distinct(2, 3), axis=1, keepdims=True),
    case("keepdims of all", distinct(2, 3), keepdims=True),
    case("ties go to the first", TIED, axis=1),
    case("not a number", array([[1, np.nan, 3], [np.nan, 1, 2]]), axis=1),
    case("float64", distinct(2, 3, **DOUBLE), axis=0),
    case("float16", distinct(2, 3, **HALF), axis=1),
    case("int32", integers(-5, 5, 2, 4, **INT32), axis=1),
]

PICK = [
    case("last axis", normal(3, 4), [0, 3, 1]),
    case("first axis", normal(3, 4), [0, 2, 1, 0], axis=0),
    case("negative axis", normal(2, 3, 2), integers(0, 3, 2, 2), axis=-2),
    case("keepdims", normal(3, 4), [0, 3, 1], keepdims=True),
    case("index with the axis kept", normal(3, 4), [[0], [3], [1]], keepdims=True),
    case("mode clip", normal(3, 4), [-1, 4, 9], mode="clip"),
    case("mode wrap", normal(3, 4), [-1, 4, 9], mode="wrap"),
    case("fractions are cut", normal(3, 4), [0.9, 2.5, 1.1]),
    case("int32 index", normal(3, 4), array([1, 0, 3], "int32")),
]

TAKE = [
    case("rows", normal(4, 3), [0, 3, 1]),
    case("matrix of indices", normal(4, 3), [[0, 3], [1, 1]]),
    case("axis", normal(2, 4, 3), [3, 0], axis=1),
    case("negative axis", normal(2, 4), [3, 0, 0], axis=-1),
    case("mode clip", normal(3, 2), [-5, 0, 2, 7], mode="clip"),
    case("mode wrap", normal(3, 2), [-1, 0, 3, -4, 7], mode="wrap"),
    case("mode raise", normal(3, 2), [0, 2, 1], mode="raise"),
    case("repeated rows add their gradients", normal(3, 2), [1, 1, 1]),
    case("fractions are cut", normal(3, 2), [0.9, 1.5]),
    case("int32 index", normal(3, 2), array([2, 0], "int32")),
    case("float64", normal(3, 2, **DOUBLE), array([2, 0], "int64"), axis=0),
]

BATCH_TAKE = [
    case("one per row", normal(3, 4), array([0, 3, 1], "int32")),
    case("beyond the ends", normal(3, 4), array([-1, 4, 2], "int32")),
]

GATHER = [
    case("points", normal(3, 4), [[0, 2, 1], [3, 0, 1]]),
    case("rows", normal(3, 4), [[0, 2]]),
    case("matrix of points", normal(3, 4), integers(0, 3, 2, 2, 3)),
    case("points of a batch", normal(2, 3, 2), [[0, 1, 1], [2, 0, 1]]),
    case("repeated points add their gradients", normal(3, 2), [[1, 1], [0, 0]]),
    case("negative points count from the end", normal(3, 4), [[-1, 0], [-2, -4]], grad=False),
    case("int32 index", normal(3, 4), array([[0, 2], [1, 1]], "int32")),
]

SCATTER = [
    case("points", normal(3), [[0, 2, 1], [3, 0, 1]], shape=(3, 4)),
    case("rows", normal(2, 4), [[0, 2]], shape=(3, 4)),
    case("three axes", normal(2), [[0, 1], [1, 0], [1, 1]], shape=(2, 2, 2)),
    case("int32 data", integers(1, 9, 2, **INT32), array([[1, 0]], "int32"), shape=(3,)),
]

ONE_HOT = [
    case("classes", [1, 0, 2], depth=3),
    case("beyond the ends", [-1, 3, 1], depth=3),
    case("values", [1, 0], depth=3, on_value=5.0, off_value=-1.0),
    case("dtype", [1, 0], depth=2, dtype="int32"),
    case("matrix", integers(0, 3, 2, 2), depth=3),
    case("int32 index", array([1, 2], "int32"), depth=3),
]

WHERE = [
    case("same shapes", integers(0, 2, 2, 3), normal(2, 3), normal(2, 3)),
    case("condition over rows", [1, 0, 2], normal(3, 2), normal(3, 2)),
    case("negative and not a number count as true", array([-1, 0, np.nan, 0.5]), normal(4), normal(4)),
    case("int32 condition", integers(0, 2, 4, **INT32), normal(4), normal(4)),
    case("float64", integers(0, 2, 4), normal(4, **DOUBLE), normal(4, **DOUBLE)),
    case("int32 values", integers(0, 2, 4), integers(0, 9, 4, **INT32), integers(0, 9, 4, **INT32)),
]

TOPK = [
    case("defaults give the largest one's index", distinct(2, 5)),
    case("indices", distinct(2, 5), k=3),
    case("values", distinct(2, 5), k=3, ret_typ="value"),
    case("both", distinct(2, 5), k=2, ret_typ="both"),
    case("mask", distinct(2, 5), k=2, ret_typ="mask"),
    case("ascending", distinct(2, 5), k=2, ret_typ="both", is_ascend=True),
    case("first axis", distinct(4, 2), k=2, axis=0, ret_typ="both"),
    case("middle axis", distinct(2, 3, 2), k=2, axis=1, ret_typ="both"),
    case("middle axis, mask", distinct(2, 3, 2), k=1, axis=1, ret_typ="mask"),
    case("over everything", distinct(2, 3), k=4, axis=None, ret_typ="both"),
    case("k of 0 is all", distinct(2, 4), k=0, ret_typ="both"),
    case("ties", TIED, k=3, ret_typ="both"),
    case("ties, ascending", TIED, k=3, ret_typ="both", is_ascend=True),
    case("index dtype", distinct(2, 5), k=2, dtype="int32"),
    case("index dtype, both", distinct(2, 5), k=2, dtype="int64", ret_typ="both"),
    case("float64", distinct(2, 4, **DOUBLE), k=2, ret_typ="both"),
    case("int32", integers(0, 99, 2, 4, **INT32), k=2, ret_typ="value"),
]

# With the axis left out, MXNet cannot differentiate sort: it loses the default on the way to the gradient.
SORT = [
    case("defaults", distinct(2, 5), grad=False),
    case("descending", distinct(2, 5), is_ascend=False, grad=False),
    case("last axis", distinct(2, 5), axis=-1),
    case("last axis, descending", distinct(2, 5), axis=-1, is_ascend=False),
    case("first axis", distinct(4, 2), axis=0),
    case("middle axis", distinct(2, 3, 2), axis=1),
    case("over everything", distinct(2, 3), axis=None),
    case("ties", TIED, axis=1),
    case("ties, descending", TIED, axis=1, is_ascend=False),
    case("float64", distinct(2, 4, **DOUBLE), axis=1),
    case("int32", integers(0, 99, 5, **INT32)),
]
ARGSORT = [*SORT, case("index dtype", distinct(2, 5), dtype="int32")]

EMBEDDING = [
    case("vector", [0, 2, 1], normal(3, 4), input_dim=3, output_dim=4, sparse_grad=False),
    case("matrix", integers(0, 3, 2, 2), normal(3, 4), input_dim=3, output_dim=4),
    case("repeated rows add their gradients", [1, 1, 1], normal(3, 2), input_dim=3, output_dim=2),
    case("beyond the ends", [-1, 3, 1], normal(3, 2), input_dim=3, output_dim=2),
    case("fractions are cut", [0.9, 1.5], normal(3, 2), input_dim=3, output_dim=2),
    case("int32 index", array([2, 0], "int32"), normal(3, 2), input_dim=3, output_dim=2, dtype="float32"),
    case("float64", array([2, 0], "float64"), normal(3, 2, **DOUBLE), input_dim=3, output_dim=2, dtype="float64"),
]

DOT = [
    case("matrices", normal(2, 3), normal(3, 4)),
    case("vectors", normal(3), normal(3)),
    case("matrix and vector", normal(2, 3), normal(3)),
    case("last with first axis", normal(2, 3, 4), normal(4, 2, 3)),
    case("left transposed", normal(3, 2), normal(3, 4), transpose_a=True),
    case("right transposed", normal(2, 3), normal(4, 3), transpose_b=True),
    case("both transposed", normal(3, 2), normal(4, 3), transpose_a=True, transpose_b=True),
    case("left transposed, three axes", normal(3, 2, 2), normal(3, 4), transpose_a=True),
    case("right transposed, three axes", normal(2, 3), normal(2, 4, 3), transpose_b=True),
    case("stype said", normal(2, 3), normal(3, 2), forward_stype="default"),
    case("float64", normal(2, 3, **DOUBLE), normal(3, 2, **DOUBLE)),
]

BATCH_DOT = [
    case("matrices", normal(2, 2, 3), normal(2, 3, 2)),
    case("left transposed", normal(2, 3, 2), normal(2, 3, 2), transpose_a=True),
    case("right transposed", normal(2, 2, 3), normal(2, 4, 3), transpose_b=True),
    case("both transposed", normal(2, 3, 2), normal(2, 4, 3), transpose_a=True, transpose_b=True),
    case("stype said", normal(1, 2, 3), normal(1, 3, 2), forward_stype="default"),
    case("float64", normal(2, 2, 3, **DOUBLE), normal(2, 3, 2, **DOUBLE)),
]

SOFTMAX = [
    case("last axis", normal(2, 3)),
    case("axis", normal(2, 3, 2), axis=1),
    case("first axis", normal(2, 3), axis=0),
    case("temperature", normal(2, 3), temperature=0.5),
    case("large values", array([[1000, 1001, -1000], [0, 0, 0]])),
    case("other dtype out", normal(2, 3, **HALF), dtype="float32"),
    case("length", normal(2, 4), array([3, 1], "int32"), use_length=True),
    case("length, middle axis", normal(2, 3, 2), array([[1, 2], [3, 0]], "int32"), axis=1, use_length=True),
    case("float64", normal(2, 3, **DOUBLE)),
    case("float16", normal(2, 3, **HALF)),
]
PLAIN_SOFTMAX = [item for item in SOFTMAX if "use_length" not in item.attrs]
PLAIN_SOFTMAX += [case("length off", normal(2, 3), use_length=False)]

SOFTMAX_ACTIVATION = [
    case("instance", normal(2, 3)),
    case("instance joins the rest", normal(2, 2, 2), mode="instance"),
    case("channel", normal(2, 3, 2, 2), mode="channel"),
]

CROSS_ENTROPY = [
    case("classes", normal(3, 4), [0, 3, 1]),
    case("large values", array([[1000, 0], [0, 1000]]), [0, 0]),
    case("float64", normal(2, 3, **DOUBLE), array([0, 2], "float64")),
]

LENGTHS = [2, 4, 0]

MASK = [
    case("without lengths", normal(4, 3, 2)),
    case("lengths", normal(4, 3, 2), LENGTHS, use_sequence_length=True),
    case("value", normal(4, 3, 2), LENGTHS, use_sequence_length=True, value=-1.5),
    case("batch first", normal(3, 4, 2), LENGTHS, use_sequence_length=True, axis=1),
    case("two axes", normal(4, 3), LENGTHS, use_sequence_length=True),
]
LAST = [
    case("without lengths", normal(4, 3, 2), grad=False),
    case("lengths", normal(4, 3, 2), [2, 4, 1], use_sequence_length=True),
    case("batch first", normal(3, 4, 2), [2, 4, 1], use_sequence_length=True, axis=1),
]
BACKWARDS = [
    case("without lengths", normal(4, 3, 2)),
    case("lengths", normal(4, 3, 2), [2, 4, 1], use_sequence_length=True),
    case("axis said", normal(4, 3), [2, 4, 1], use_sequence_length=True, axis=0),
]

CPU = {"ctx": "cpu(0)"}

ARANGE = [
    case("stop", start=0.0, stop=5.0),
    case("start and step", start=2.0, stop=9.0, step=2.0),
    case("fractions", start=0.5, stop=2.0, step=0.25),
    case("downwards", start=3.0, stop=-1.0, step=-1.5),
    case("without stop, start is the stop", start=4.0, stop=None),
    case("repeat", start=1.0, stop=4.0, repeat=2),
    case("dtype", start=0.0, stop=4.0, dtype="int32"),
    case("context", start=0.0, stop=2.0, infer_range=False, **CPU),
]
FILLED = [
    case("matrix", shape=(2, 3)),
    case("int32", shape=(2,), dtype="int32"),
    case("int shape", shape=3, dtype="float64"),
    case("context", shape=(1,), **CPU),
]
FULL = [
    case("matrix", shape=(2, 3), value=2.5),
    case("int32", shape=(2,), value=-3.0, dtype="int32"),
    case("context", shape=(1,), value=1.0, **CPU),
]
EYE = [
    case("square", N=3),
    case("wide", N=2, M=4),
    case("above", N=3, k=1),
    case("below", N=3, M=4, k=-1),
    case("dtype", N=2, dtype="int32", **CPU),
]
LINSPACE = [
    case("ends", start=0.0, stop=1.0, num=5),
    case("without the end", start=0.0, stop=1.0, num=5, endpoint=False),
    case("one", start=2.0, stop=3.0, num=1),
    case("downwards", start=3.0, stop=-1.0, num=4),
    case("dtype", start=0.0, stop=4.0, num=5, dtype="float64"),
    case("context", start=0.0, stop=4.0, num=3, **CPU),
]

TABLE: Table = {
    "sum": SUM,
    "mean": SUM,
    "prod": PROD,
    "max": EXTREME,
    "min": EXTREME,
    "nansum": NAN_SKIPPED,
    "nanprod": NAN_SKIPPED,
    "norm": NORM,
    "argmax": ARG,
    "argmin": ARG,
    "argmax_channel": [case("drawn", distinct(3, 4)), case("ties go to the first", TIED)],
    "pick": PICK,
    "take": TAKE,
    "batch_take": BATCH_TAKE,
    "gather_nd": GATHER,
    "scatter_nd": SCATTER,
    "one_hot": ONE_HOT,
    "where": WHERE,
    "topk": TOPK,
    "sort": SORT,
    "argsort": ARGSORT,
    "Embedding": EMBEDDING,
    "dot": DOT,
    "batch_dot": BATCH_DOT,
    "softmax": SOFTMAX,
    "log_softmax": PLAIN_SOFTMAX,
    "softmin": PLAIN_SOFTMAX,
    "SoftmaxActivation": SOFTMAX_ACTIVATION,
    "softmax_cross_entropy": CROSS_ENTROPY,
    "SequenceMask": MASK,
    "SequenceLast": LAST,
    "SequenceReverse": BACKWARDS,
    "_arange": ARANGE,
    "_zeros": FILLED,
    "_ones": FILLED,
    "_full": FULL,
    "_eye": EYE,
    "_linspace": LINSPACE,
}
