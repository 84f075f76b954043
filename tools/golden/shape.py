"""Operators that move, cut, join and repeat without computing.

Left out because MXNet refuses them: ``transpose`` with negative axes.
"""

from __future__ import annotations

from golden.case import Table, array, case, integers, normal

__all__ = ["TABLE"]

INT32 = {"dtype": "int32"}
HALF = {"dtype": "float16"}
DOUBLE = {"dtype": "float64"}

RESHAPE = [
    case("plain", normal(2, 3, 4), shape=(4, 6)),
    case("0 keeps", normal(2, 3, 4), shape=(0, 12)),
    case("0 keeps in the middle", normal(2, 3, 4), shape=(4, 0, -1)),
    case("-1 is the rest", normal(2, 3, 4), shape=(3, -1)),
    case("-1 alone", normal(2, 3, 4), shape=(-1,)),
    case("-2 copies all that are left", normal(2, 3, 4), shape=(-2,)),
    case("-2 after a number", normal(2, 3, 4), shape=(2, -2)),
    case("-2 before ones", normal(2, 3), shape=(-2, 1, 1)),
    case("-3 joins two", normal(2, 3, 4), shape=(-3, 4)),
    case("-3 twice", normal(2, 3, 2, 2), shape=(-3, -3)),
    case("0 then -3", normal(2, 3, 4), shape=(0, -3)),
    case("-3 then -2", normal(2, 3, 2, 2), shape=(-3, -2)),
    case("-4 splits", normal(2, 6), shape=(0, -4, 2, 3)),
    case("-4 splits with the rest first", normal(2, 6), shape=(0, -4, -1, 3)),
    case("-4 splits with the rest second", normal(2, 6, 2), shape=(0, -4, 2, -1, 0)),
    case("-4 then -2", normal(4, 3, 2), shape=(-4, 2, 2, -2)),
    case("-4 with 1", normal(2, 6, 3), shape=(0, -4, 1, -1, 0)),
    case("reverse", normal(5, 2, 4), shape=(-1, 0), reverse=True),
    case("the same, not reversed", normal(5, 2, 4), shape=(-1, 0)),
    case("reverse with -3", normal(2, 3, 4), shape=(0, -3), reverse=True),
    case("reverse with -1 first", normal(2, 3, 4), shape=(-1, 0, 0), reverse=True),
    case("heads of a detector", normal(1, 6, 2, 2), shape=(0, 2, -1, 1, 1)),
    case("boxes of a detector", normal(2, 8), shape=(0, -1, 4)),
    case("old target_shape", normal(2, 3, 4), target_shape=(6, 4)),
    case("old target_shape with 0", normal(2, 3, 4), target_shape=(2, 0)),
    case("old keep_highest", normal(2, 3, 4), target_shape=(0, 12), keep_highest=True),
    case("int32", integers(-9, 9, 2, 3, **INT32), shape=(3, 2)),
]

RESHAPE_LIKE = [
    case("whole", normal(2, 6), normal(3, 4)),
    case("from an axis on", normal(30, 7), normal(15, 2, 4), lhs_begin=0, lhs_end=1, rhs_begin=0, rhs_end=2),
    case("None is the end", normal(2, 3, 4), normal(5, 6, 2, 2), lhs_begin=2, lhs_end=None, rhs_begin=2, rhs_end=None),
    case("negative axes", normal(2, 12), normal(5, 3, 4), lhs_begin=-1, rhs_begin=-2),
    case("first axes only", normal(6, 2), normal(2, 3, 5), lhs_end=1, rhs_end=2),
]

FLATTEN = [
    case("four axes", normal(2, 3, 2, 2)),
    case("two axes", normal(2, 3)),
    case("one axis", normal(4)),
    case("int32", integers(0, 9, 2, 2, 2, **INT32)),
]

TRANSPOSE = [
    case("reversed without axes", normal(2, 3, 4)),
    case("two axes", normal(2, 3)),
    case("axes", normal(2, 3, 4), axes=(1, 2, 0)),
    case("channels last", normal(2, 3, 2, 4), axes=(0, 2, 3, 1)),
    case("six axes", normal(1, 2, 2, 1, 3, 2), axes=(0, 1, 4, 2, 5, 3)),
    case("empty axes", normal(2, 3, 4), axes=()),
    case("int32", integers(0, 9, 2, 3, **INT32), axes=(1, 0)),
    case("float16", normal(2, 3, **HALF), axes=(1, 0)),
]

EXPAND = [
    case("first", normal(2, 3), axis=0),
    case("middle", normal(2, 3), axis=1),
    case("last", normal(2, 3), axis=-1),
    case("negative", normal(2, 3), axis=-2),
    case("after all", normal(2, 3), axis=2),
]

SQUEEZE = [
    case("all", normal(1, 2, 1, 3, 1)),
    case("one", normal(1, 2, 1, 3), axis=2),
    case("negative", normal(1, 2, 3, 1), axis=-1),
    case("several", normal(2, 3, 1, 1, 1), axis=(2, 3, 4)),
    case("several, negative", normal(1, 2, 1), axis=(0, -1)),
    case("everything is 1", normal(1, 1, 1)),
]

SWAP = [
    case("defaults swap nothing", normal(2, 3)),
    case("two", normal(2, 3, 4), dim1=0, dim2=2),
    case("negative", normal(2, 3, 4), dim1=-1, dim2=1),
    case("the same twice", normal(2, 3), dim1=1, dim2=1),
    case("detector's settings", normal(2, 2, 3, 2), dim1=1, dim2=2),
]

CONCAT = [
    case("defaults", normal(2, 1, 2), normal(2, 3, 2)),
    case("first axis", normal(1, 2), normal(2, 2), normal(3, 2), dim=0),
    case("negative", normal(2, 1), normal(2, 2), dim=-1),
    case("one input", normal(2, 3), dim=1),
    case("last of three", normal(2, 2, 1), normal(2, 2, 2), normal(2, 2, 1), dim=2),
    case("one axis", normal(2), normal(3), dim=0),
    case("int32", integers(0, 9, 1, 2, **INT32), integers(0, 9, 2, 2, **INT32), dim=0),
    case("float16", normal(1, 2, **HALF), normal(1, 2, **HALF)),
    case("float64", normal(1, 2, **DOUBLE), normal(1, 1, **DOUBLE)),
]

STACK = [
    case("defaults", normal(2, 3), normal(2, 3)),
    case("middle", normal(2, 3), normal(2, 3), normal(2, 3), axis=1),
    case("last", normal(2, 3), normal(2, 3), axis=-1),
    case("negative", normal(2, 3), normal(2, 3), axis=-2),
    case("one input", normal(2, 3), axis=0),
    case("int32", integers(0, 9, 3, **INT32), integers(0, 9, 3, **INT32)),
]

SLICE_CHANNEL = [
    case("defaults", normal(2, 4, 2), num_outputs=2),
    case("first axis", normal(3, 2), num_outputs=3, axis=0),
    case("squeezed", normal(2, 3, 2), num_outputs=3, axis=1, squeeze_axis=True),
    case("last axis", normal(2, 8), num_outputs=4, axis=-1),
    case("last axis, squeezed", normal(2, 3, 4), num_outputs=4, axis=-1, squeeze_axis=True),
    case("one output", normal(1, 3), num_outputs=1, axis=0),
    case("one output, squeezed", normal(1, 3), num_outputs=1, axis=0, squeeze_axis=True),
]

SPLIT_V2 = [
    case("sections", normal(6, 2), indices=(), sections=3, axis=0),
    case("indices", normal(2, 6), indices=(0, 1, 4), axis=1),
    case("three parts of different length", normal(5, 2), indices=(0, 2, 3), axis=0),
    case("negative axis", normal(2, 4), indices=(0, 3), axis=-1),
    case("squeezed", normal(2, 3), indices=(), sections=3, axis=1, squeeze_axis=True),
    case("squeezed by indices", normal(2, 3), indices=(0, 1, 2), axis=1, squeeze_axis=True),
]

SLICE = [
    case("begin and end", normal(3, 4), begin=(1, 0), end=(3, 2)),
    case("fewer than axes", normal(3, 4, 2), begin=(1,), end=(2,)),
    case("None", normal(3, 4), begin=(None, 1), end=(None, None)),
    case("negative", normal(3, 4), begin=(-2, -3), end=(-1, None)),
    case("step", normal(5, 4), begin=(0, 1), end=(5, 4), step=(2, 2)),
    case("negative step", normal(5, 4), begin=(4, None), end=(0, None), step=(-2, -1)),
    case("None in step", normal(4, 4), begin=(0, 3), end=(2, 0), step=(None, -1)),
    case("beyond the end", normal(3, 4), begin=(1, 2), end=(9, 9)),
    case("drops first rows and columns", normal(1, 1, 3, 3), begin=(0, 0, 1, 1), end=(None, None, None, None)),
    case("int32", integers(0, 9, 3, 3, **INT32), begin=(1, None), end=(None, 2)),
]

SLICE_AXIS = [
    case("begin and end", normal(3, 4), axis=0, begin=1, end=3),
    case("to the end", normal(3, 4), axis=1, begin=2, end=None),
    case("negative axis", normal(2, 3, 4), axis=-1, begin=0, end=1),
    case("negative begin and end", normal(3, 5), axis=1, begin=-3, end=-1),
    case("int32", integers(0, 9, 4, **INT32), axis=0, begin=1, end=None),
]

SLICE_LIKE = [
    case("all axes", normal(3, 4), normal(2, 3)),
    case("axes", normal(3, 4), normal(2, 3), axes=(1,)),
    case("an int", normal(3, 4), normal(2, 3), axes=0),
    case("negative axes", normal(2, 3, 4), normal(5, 2, 3), axes=(-1, -2)),
    case("feature maps", normal(1, 2, 3, 4), normal(1, 1, 2, 2), axes=(2, 3)),
]

TILE = [
    case("as many as axes", normal(2, 3), reps=(2, 3)),
    case("fewer than axes", normal(2, 3), reps=(2,)),
    case("more than axes", normal(2), reps=(2, 1, 3)),
    case("an int", normal(2, 2), reps=2),
    case("ones", normal(2, 3), reps=(1, 1)),
    case("int32", integers(0, 9, 2, **INT32), reps=(2, 2)),
]

REPEAT = [
    case("flattened without axis", normal(2, 3), repeats=2),
    case("axis", normal(2, 3), repeats=2, axis=0),
    case("negative axis", normal(2, 3), repeats=3, axis=-1),
    case("second from last", normal(2, 2, 2), repeats=2, axis=-2),
    case("once", normal(2, 3), repeats=1, axis=1),
    case("int32", integers(0, 9, 3, **INT32), repeats=2),
]

REVERSE = [
    case("first", normal(3, 2), axis=0),
    case("last", normal(2, 3), axis=1),
    case("two", normal(2, 3, 2), axis=(0, 2)),
    case("int32", integers(0, 9, 2, 3, **INT32), axis=(1,)),
]

SIDES = (0, 0, 0, 0, 1, 2, 2, 1)

PAD = [
    case("constant", normal(1, 2, 3, 3), mode="constant", pad_width=SIDES),
    case("constant, value", normal(1, 2, 3, 3), mode="constant", pad_width=SIDES, constant_value=2.5),
    case("edge", normal(1, 2, 3, 3), mode="edge", pad_width=SIDES),
    case("reflect", normal(1, 2, 3, 3), mode="reflect", pad_width=SIDES),
    case("constant, one side", normal(1, 1, 2, 3), mode="constant", pad_width=(0, 0, 0, 0, 1, 0, 1, 0)),
    case("constant, five axes", normal(1, 1, 2, 2, 2), mode="constant", pad_width=(0, 0, 0, 0, 1, 0, 0, 1, 2, 1)),
    case("edge, five axes", normal(1, 1, 2, 2, 2), mode="edge", pad_width=(0, 0, 0, 0, 1, 0, 0, 1, 2, 1)),
    case("reflect, five axes", normal(1, 1, 2, 3, 3), mode="reflect", pad_width=(0, 0, 0, 0, 1, 0, 0, 1, 2, 1)),
    case("float64", normal(1, 1, 2, 2, **DOUBLE), mode="edge", pad_width=(0, 0, 0, 0, 1, 1, 1, 1)),
]

BROADCAST_AXIS = [
    case("one axis", normal(2, 1, 3), axis=1, size=4),
    case("two axes", normal(1, 2, 1), axis=(0, 2), size=(3, 2)),
    case("size 1", normal(2, 1), axis=1, size=1),
    case("defaults", normal(2, 3)),
    case("int32", integers(0, 9, 1, 3, **INT32), axis=0, size=2),
]

BROADCAST_TO = [
    case("one axis", normal(1, 3), shape=(2, 3)),
    case("0 keeps", normal(2, 1, 3), shape=(0, 4, 0)),
    case("two axes", normal(1, 2, 1), shape=(3, 2, 2)),
    case("float64", normal(1, 2, **DOUBLE), shape=(2, 2)),
]

BROADCAST_LIKE = [
    case("whole", normal(1, 3), normal(2, 3)),
    case("axes", normal(1, 2, 1), normal(3, 4, 5), lhs_axes=(0, 2), rhs_axes=(1, 0)),
    case("negative axes", normal(2, 1), normal(4, 3), lhs_axes=(-1,), rhs_axes=(-2,)),
]

BLOCKS = [
    case("blocks of 2", normal(1, 8, 2, 3), block_size=2),
    case("two images", normal(2, 4, 1, 2), block_size=2),
    case("blocks of 3", normal(1, 9, 1, 2), block_size=3),
    case("blocks of 1", normal(1, 2, 2, 2), block_size=1),
    case("float64", normal(1, 4, 2, 2, **DOUBLE), block_size=2),
]
UNBLOCKS = [
    case("blocks of 2", normal(1, 2, 4, 6), block_size=2),
    case("two images", normal(2, 1, 2, 4), block_size=2),
    case("blocks of 3", normal(1, 1, 3, 6), block_size=3),
    case("blocks of 1", normal(1, 2, 2, 2), block_size=1),
    case("float64", normal(1, 1, 4, 4, **DOUBLE), block_size=2),
]

UPSAMPLING = [
    case("nearest", normal(1, 2, 2, 3), scale=2, sample_type="nearest"),
    case("nearest by 4", normal(2, 1, 1, 2), scale=4, sample_type="nearest", workspace=256),
    case("two inputs are joined", normal(1, 2, 4, 4), normal(1, 1, 2, 2), scale=2, sample_type="nearest"),
    case(
        "two inputs are joined, said",
        normal(1, 1, 2, 2),
        normal(1, 2, 2, 2),
        scale=2,
        sample_type="nearest",
        multi_input_mode="concat",
    ),
    case(
        "two inputs are summed",
        normal(1, 2, 4, 2),
        normal(1, 2, 2, 1),
        scale=2,
        sample_type="nearest",
        multi_input_mode="sum",
    ),
    case("bilinear by 2", normal(1, 2, 3, 3), normal(2, 1, 4, 4), scale=2, sample_type="bilinear", num_filter=2),
    case("bilinear by 3", normal(1, 1, 2, 3), normal(1, 1, 5, 5), scale=3, sample_type="bilinear", num_filter=1),
]

CROP = [
    case("size", normal(1, 2, 4, 5), h_w=(2, 3)),
    case("offset", normal(1, 2, 4, 5), h_w=(2, 3), offset=(1, 2)),
    case("center", normal(1, 2, 5, 6), h_w=(2, 3), center_crop=True),
    case("like another", normal(1, 2, 4, 5), normal(1, 1, 2, 3)),
    case("like another, offset", normal(1, 2, 4, 5), normal(1, 1, 2, 3), offset=(2, 1)),
    case("like another, center", normal(1, 2, 4, 5), normal(1, 1, 2, 2), center_crop=True),
]

DIAG = [
    case("of a matrix", normal(3, 4)),
    case("above", normal(3, 4), k=1),
    case("below", normal(3, 4), k=-2),
    case("from a vector", normal(3)),
    case("from a vector, above", normal(3), k=1),
    case("from a vector, below", normal(2), k=-1),
    case("of a batch, first axes", normal(3, 2, 4)),
    case("of a batch, last axes", normal(2, 3, 4), axis1=1, axis2=2),
    case("of a batch, negative axes", normal(2, 3, 4), axis1=-1, axis2=-2, k=-1),
    case("int32", array([[1, 2], [3, 4]], "int32")),
]

TABLE: Table = {
    "Reshape": RESHAPE,
    "reshape_like": RESHAPE_LIKE,
    "Flatten": FLATTEN,
    "transpose": TRANSPOSE,
    "expand_dims": EXPAND,
    "squeeze": SQUEEZE,
    "SwapAxis": SWAP,
    "Concat": CONCAT,
    "stack": STACK,
    "SliceChannel": SLICE_CHANNEL,
    "_split_v2": SPLIT_V2,
    "slice": SLICE,
    "slice_axis": SLICE_AXIS,
    "slice_like": SLICE_LIKE,
    "tile": TILE,
    "repeat": REPEAT,
    "reverse": REVERSE,
    "Pad": PAD,
    "broadcast_axis": BROADCAST_AXIS,
    "broadcast_to": BROADCAST_TO,
    "broadcast_like": BROADCAST_LIKE,
    "depth_to_space": BLOCKS,
    "space_to_depth": UNBLOCKS,
    "UpSampling": UPSAMPLING,
    "Crop": CROP,
    "diag": DIAG,
}
