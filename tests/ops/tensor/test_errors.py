"""What the tensor operators say to calls they refuse."""

from typing import Any

import pytest
import torch

from regluon.core.errors import ArgumentError, ArgumentTypeError, MXNetError, NotSupportedError, ShapeError
from regluon.ops.registry import find


def zeros(*shape: int) -> torch.Tensor:
    return torch.zeros(shape)


ONE = zeros(2, 3)
INTS = torch.zeros(2, 3, dtype=torch.int32)
IMAGE = zeros(1, 4, 2, 2)

CASES: list[tuple[str, str, list[torch.Tensor], dict[str, Any], type[MXNetError], str]] = [
    (
        "broadcast_add", "sizes that differ", [ONE, zeros(2, 2)], {},
        ShapeError, r"broadcast_add: lhs and rhs must broadcast, got shapes \(2, 3\) and \(2, 2\)",
    ),
    (
        "broadcast_add", "dtypes", [ONE, INTS], {},
        ArgumentError, r"broadcast_add: rhs must be torch.float32 as lhs is, got torch.int32; cast one of them",
    ),
    (
        "elemwise_add", "shapes", [ONE, zeros(1, 3)], {},
        ShapeError, r"elemwise_add: lhs and rhs must have one shape, got \(2, 3\) and \(1, 3\); broadcast_add",
    ),
    (
        "_power", "dtypes", [ONE, INTS], {},
        ArgumentError, r"_power: rhs must be torch.float32 as lhs is, got torch.int32; cast one of them",
    ),
    (
        "add_n", "shapes", [ONE, zeros(2)], {},
        ShapeError, r"add_n: args must be arrays of one shape, got \[\(2, 3\), \(2,\)\]",
    ),
    ("add_n", "nothing", [], {}, ShapeError, r"add_n: args must be arrays of one shape, got \[\]"),
    ("Reshape", "no shape", [ONE], {}, ShapeError, r"Reshape: shape must name at least one size or code, got \(\)"),
    (
        "Reshape", "another count", [ONE], {"shape": (5, -1)},
        ShapeError, r"Reshape: shape must hold the 6 elements of \(2, 3\), got \(5, -1\)",
    ),
    (
        "Reshape", "two unknown", [ONE], {"shape": (-1, -1)},
        ShapeError, r"Reshape: shape must hold the 6 elements of \(2, 3\), got \(-1, -1\)",
    ),
    (
        "Reshape", "axes used up", [ONE], {"shape": (0, 0, 0)},
        ShapeError, r"Reshape: shape must go with the source shape \(2, 3\), got \(0, 0, 0\)",
    ),
    (
        "Reshape", "nothing to join", [ONE], {"shape": (0, -3)},
        ShapeError, r"Reshape: shape must go with the source shape \(2, 3\), got \(0, -3\)",
    ),
    (
        "Reshape", "no such code", [ONE], {"shape": (-5,)},
        ShapeError, r"Reshape: shape must go with the source shape \(2, 3\), got \(-5,\)",
    ),
    (
        "Reshape", "half a part", [ONE], {"shape": (-4, 1)},
        ShapeError, r"Reshape: shape must give two sizes after -4, one of which may be -1, got \(-4, 1\)",
    ),
    (
        "Reshape", "uneven parts", [ONE], {"shape": (0, -4, 2, -1)},
        ShapeError, r"Reshape: shape must part an axis of size 3 evenly, got 2 and 1 after -4",
    ),
    (
        "reshape_like", "another count", [ONE, zeros(5)], {},
        ShapeError, r"reshape_like: shape must hold the 6 elements of \(2, 3\), got \(5,\)",
    ),
    (
        "reshape_like", "no axes", [ONE, ONE], {"lhs_begin": 5},
        ShapeError, r"reshape_like: lhs_begin and lhs_end must enclose axes of 2, got 5 and None",
    ),
    (
        "transpose", "no permutation", [ONE], {"axes": (0, 0)},
        ShapeError, r"transpose: axes must be a permutation of \(0, 1\), got \(0, 0\)",
    ),
    ("expand_dims", "axis", [ONE], {"axis": 3}, ShapeError, r"expand_dims: axis must be in \[-3, 2\], got 3"),
    (
        "squeeze", "large axis", [ONE], {"axis": (0,)},
        ShapeError, r"squeeze: axis must name axes of size 1, got \(0,\) for shape \(2, 3\)",
    ),
    ("squeeze", "twice", [zeros(1, 2)], {"axis": (0, -2)}, ShapeError, r"squeeze: axis must name each axis once, got"),
    ("SwapAxis", "axis", [ONE], {"dim1": 2}, ShapeError, r"SwapAxis: dim1 must be in \[-2, 1\], got 2"),
    (
        "Concat", "shapes", [ONE, zeros(3, 3)], {},
        ShapeError, r"Concat: data must differ along axis 1 alone, got \[\(2, 3\), \(3, 3\)\]",
    ),
    (
        "Concat", "dtypes", [ONE, INTS], {},
        ArgumentError, r"Concat: data must be of one dtype, got \[torch.float32, torch.int32\]; cast some of them",
    ),
    ("stack", "nothing", [], {}, ShapeError, r"stack: data must be one array or more, got none"),
    (
        "stack", "shapes", [ONE, zeros(3)], {},
        ShapeError, r"stack: data must be arrays of one shape, got \[\(2, 3\), \(3,\)\]",
    ),
    (
        "SliceChannel", "uneven", [ONE], {"num_outputs": 2},
        ShapeError, r"SliceChannel: num_outputs must divide axis 1 of size 3, got 2",
    ),
    (
        "SliceChannel", "squeezed", [ONE], {"num_outputs": 1, "squeeze_axis": True},
        ShapeError, r"SliceChannel: num_outputs must be the size 3 of axis 1 for squeeze_axis, got 1",
    ),
    (
        "SliceChannel", "none", [ONE], {"num_outputs": 0},
        ArgumentError, r"SliceChannel: num_outputs must be an int >= 1, got 0",
    ),
    (
        "_split_v2", "first index", [ONE], {"indices": (1,)},
        ShapeError, r"_split_v2: indices must rise from 0 to at most 3, got \(1,\)",
    ),
    (
        "_split_v2", "squeezed", [ONE], {"indices": (0, 2), "squeeze_axis": True},
        ShapeError, r"_split_v2: squeeze_axis must find parts of size 1 along axis 1, got \[2, 1\]",
    ),
    (
        "slice", "lengths", [ONE], {"begin": (0,), "end": (1, 1)},
        ShapeError, r"slice: begin, end and step must be of one length, 2 at most, got \(0,\), \(1, 1\) and \(\)",
    ),
    (
        "slice", "step", [ONE], {"begin": (0,), "end": (1,), "step": (0,)},
        ArgumentError, r"slice: step must be anything but 0, got \(0,\)",
    ),
    (
        "slice_axis", "empty", [ONE], {"axis": 1, "begin": 2, "end": 2},
        ShapeError, r"slice_axis: begin and end must enclose elements of axis 1 of size 3, got 2 and 2",
    ),
    (
        "slice_like", "ranks", [ONE, zeros(1)], {},
        ShapeError, r"slice_like: shape_like must have 2 axes as data does, got shape \(1,\); axes names some of them",
    ),
    (
        "slice_like", "larger", [ONE, zeros(3, 3)], {},
        ShapeError, r"slice_like: shape_like must not be larger than data along axis 0, got 3 for 2",
    ),
    (
        "Crop", "ranks", [ONE], {},
        ShapeError, r"Crop: data must be one or two arrays of 4 axes, got \[\(2, 3\)\]",
    ),
    (
        "Crop", "size", [IMAGE], {"h_w": (3, 1)},
        ShapeError, r"Crop: h_w must be from \(1, 1\) to \(2, 2\), got \(3, 1\)",
    ),
    (
        "Crop", "offset", [IMAGE], {"h_w": (2, 1), "offset": (1, 0)},
        ShapeError, r"Crop: offset must be from \(0, 0\) to \(0, 1\) for this window, got \(1, 0\)",
    ),
    ("diag", "k", [ONE], {"k": 4}, ShapeError, r"diag: k must be a diagonal of the shape \(2, 3\), got 4"),
    ("diag", "axes", [ONE], {"axis2": 0}, ShapeError, r"diag: axis1 and axis2 must differ, got 0 and 0"),
    ("tile", "zero", [ONE], {"reps": (0,)}, ArgumentError, r"tile: reps must be ints >= 1, got \(0,\)"),
    ("repeat", "negative", [ONE], {"repeats": -1}, ArgumentError, r"repeat: repeats must be an int >= 0, got -1"),
    (
        "Pad", "rank", [ONE], {"mode": "edge", "pad_width": (0, 0, 0, 0)},
        ShapeError, r"Pad: data must be floats of 4 or 5 axes, got torch.float32 of shape \(2, 3\)",
    ),
    (
        "Pad", "widths", [IMAGE], {"mode": "edge", "pad_width": (0, 0, 1, 0, 0, 0, 0, 0)},
        ArgumentError, r"Pad: pad_width must be 8 ints, the first four 0, got \(0, 0, 1, 0, 0, 0, 0, 0\)",
    ),
    (
        "Pad", "reflection", [IMAGE], {"mode": "reflect", "pad_width": (0, 0, 0, 0, 2, 0, 0, 0)},
        ArgumentError, r"Pad: pad_width must be less than the sizes \(1, 4, 2, 2\) to reflect them, got",
    ),
    (
        "broadcast_axis", "pairs", [ONE], {"axis": (0,), "size": (1, 2)},
        ArgumentError, r"broadcast_axis: size must be one number for each axis, got \(1, 2\) for \(0,\)",
    ),
    (
        "broadcast_axis", "large axis", [ONE], {"axis": (0,), "size": (4,)},
        ShapeError, r"broadcast_axis: axis must name axes of size 1, got \(0,\) for shape \(2, 3\)",
    ),
    (
        "broadcast_to", "sizes", [ONE], {"shape": (2, 4)},
        ShapeError, r"broadcast_to: data of shape \(2, 3\) must fit or have size 1, got \(2, 4\)",
    ),
    (
        "broadcast_like", "ranks", [ONE, zeros(3)], {},
        ShapeError, r"broadcast_like: data of shape \(2, 3\) must fit or have size 1, got \(3,\)",
    ),
    (
        "broadcast_like", "pairs", [ONE, ONE], {"lhs_axes": (0,), "rhs_axes": (0, 1)},
        ArgumentError, r"broadcast_like: lhs_axes and rhs_axes must pair up, got \(0,\) and \(0, 1\)",
    ),
    (
        "depth_to_space", "channels", [IMAGE], {"block_size": 3},
        ShapeError, r"depth_to_space: data must be \(B, a multiple of 9, H, W\), got shape \(1, 4, 2, 2\)",
    ),
    (
        "space_to_depth", "pixels", [IMAGE], {"block_size": 3},
        ShapeError, r"space_to_depth: data must be \(B, C, H, W\) with H and W multiples of 3, got shape",
    ),
    (
        "UpSampling", "rank", [ONE], {"scale": 2, "sample_type": "nearest"},
        ShapeError, r"UpSampling: data must be arrays \(B, C, H, W\), got shapes \[\(2, 3\)\]",
    ),
    (
        "UpSampling", "sizes", [IMAGE, zeros(1, 4, 3, 3)], {"scale": 2, "sample_type": "nearest"},
        ShapeError, r"UpSampling: data must have sizes that divide \(4, 4\), got \[\(1, 4, 2, 2\), \(1, 4, 3, 3\)\]",
    ),
    (
        "UpSampling", "sum", [IMAGE, zeros(1, 1, 2, 2)],
        {"scale": 2, "sample_type": "nearest", "multi_input_mode": "sum"},
        ShapeError, r"UpSampling: data must have one number of channels to be added, got",
    ),
    (
        "UpSampling", "weights", [IMAGE, zeros(4, 1, 3, 3)], {"scale": 2, "sample_type": "bilinear", "num_filter": 4},
        ShapeError, r"UpSampling: data must be \(B, 4, H, W\) and weights \(4, 1, 4, 4\) for bilinear, got",
    ),
    ("sum", "axis", [ONE], {"axis": 2}, ShapeError, r"sum: axis must be in \[-2, 1\], got 2"),
    ("max", "twice", [ONE], {"axis": (0, 0)}, ShapeError, r"max: axis must name each axis once, got \(0, 0\)"),
    ("norm", "ord", [ONE], {"ord": 3}, ArgumentError, r"norm: ord must be one of 1, 2, got 3"),
    (
        "argmax", "bools", [torch.zeros(2, dtype=torch.bool)], {},
        ArgumentError, r"argmax: data must be numbers, got bools; cast them",
    ),
    ("pick", "no axis", [ONE, zeros(2)], {"axis": None}, ArgumentError, r"pick: axis must be an int, got None"),
    (
        "pick", "shape", [ONE, zeros(3)], {},
        ShapeError, r"pick: index must have shape \(2, 1\), or that without the 1, got \(3,\)",
    ),
    ("take", "axis", [ONE, zeros(1)], {"axis": 2}, ShapeError, r"take: axis must be in \[-2, 1\], got 2"),
    (
        "batch_take", "floats", [ONE, zeros(2)], {},
        ShapeError, r"batch_take: indices must be ints of shape \(2,\), got torch.float32 of shape \(2,\)",
    ),
    (
        "gather_nd", "too many", [ONE, zeros(3, 2)], {},
        ShapeError, r"gather_nd: indices must be \(at most 2, \*I\), got shape \(3, 2\)",
    ),
    (
        "scatter_nd", "shapes", [zeros(3), zeros(2, 2)], {"shape": (2, 2)},
        ShapeError, r"scatter_nd: data, indices and shape must be .*, got \(3,\), \(2, 2\) and \(2, 2\)",
    ),
    (
        "where", "dtypes", [ONE, ONE, INTS], {},
        ShapeError, r"where: x and y must have one shape and dtype, got torch.float32 of shape \(2, 3\) and",
    ),
    (
        "where", "condition", [zeros(3), ONE, ONE], {},
        ShapeError, r"where: condition must have shape \(2, 3\) or \(2,\), got \(3,\)",
    ),
    (
        "Embedding", "weight", [zeros(1), ONE], {"input_dim": 2, "output_dim": 2},
        ShapeError, r"Embedding: weight must have shape \(2, 2\), got \(2, 3\)",
    ),
    (
        "_ravel_multi_index", "rows", [ONE], {"shape": (3,)},
        ShapeError, r"_ravel_multi_index: data must be \(1, N\), got shape \(2, 3\)",
    ),
    ("_unravel_index", "rank", [ONE], {"shape": (3, 4)}, ShapeError, r"_unravel_index: data must be \(N,\), got shape"),
    ("topk", "k", [ONE], {"k": 4}, ArgumentError, r"topk: k must be at most 3, the size of the axis, got 4"),
    ("sort", "axis", [ONE], {"axis": 2}, ShapeError, r"sort: axis must be in \[-2, 1\], got 2"),
    (
        "SequenceMask", "rank", [zeros(3)], {},
        ShapeError, r"SequenceMask: data must have 2 axes or more, got shape \(3,\)",
    ),
    (
        "SequenceLast", "no lengths", [ONE], {"use_sequence_length": True},
        ArgumentTypeError, r"SequenceLast: sequence_length must be given with use_sequence_length=True",
    ),
    (
        "SequenceLast", "lengths", [ONE, zeros(3)], {},
        ArgumentTypeError, r"SequenceLast: sequence_length must be left out with use_sequence_length=False",
    ),
    (
        "SequenceReverse", "shape", [ONE, zeros(2)], {"use_sequence_length": True},
        ShapeError, r"SequenceReverse: sequence_length must have shape \(3,\), got \(2,\)",
    ),
    (
        "dot", "vectors", [zeros(3), zeros(3)], {"transpose_a": True},
        ArgumentError, r"dot: transpose_a and transpose_b must be false for two vectors, got true",
    ),
    (
        "dot", "sizes", [ONE, ONE], {},
        ShapeError, r"dot: lhs and rhs must agree in axes 1 and 0, got shapes \(2, 3\) and \(2, 3\)",
    ),
    (
        "dot", "dtypes", [ONE, INTS], {"transpose_b": True},
        ArgumentError, r"dot: both arrays must be of one dtype, got torch.float32 and torch.int32; cast one",
    ),
    (
        "batch_dot", "rank", [ONE, zeros(3, 2)], {},
        ShapeError, r"batch_dot: lhs must have 3 axes or more, got shape \(2, 3\)",
    ),
    (
        "batch_dot", "batches", [zeros(2, 3, 4), zeros(1, 4, 5)], {},
        ShapeError, r"batch_dot: the matrices must pair up and fit, got shapes \(2, 3, 4\) and \(1, 4, 5\) with",
    ),
    (
        "_linalg_gemm2", "rank", [zeros(3), zeros(3)], {},
        ShapeError, r"_linalg_gemm2: A must have 2 axes or more, got shape \(3,\)",
    ),
    (
        "_linalg_gemm2", "axis", [ONE, ONE], {"axis": -1},
        ShapeError, r"_linalg_gemm2: axis must not be the last, got -1 for shape \(2, 3\)",
    ),
    ("softmax", "ints", [INTS], {}, ArgumentError, r"softmax: data must be floats, got torch.int32; cast it"),
    (
        "softmax", "no length", [ONE], {"use_length": True},
        ArgumentTypeError, r"softmax: length must be given with use_length=True",
    ),
    (
        "softmax", "float length", [ONE, zeros(2)], {"use_length": True},
        ShapeError, r"softmax: length must be ints of shape \(2,\), got torch.float32 of shape \(2,\)",
    ),
    (
        "log_softmax", "lengths", [ONE], {"use_length": True},
        ArgumentError, r"log_softmax: use_length must be one of False or None, got True",
    ),
    (
        "SoftmaxActivation", "channels", [ONE], {"mode": "channel"},
        ShapeError, r"SoftmaxActivation: data must have 3 axes or more for channel, got shape \(2, 3\)",
    ),
    (
        "softmax_cross_entropy", "label", [ONE, zeros(3)], {},
        ShapeError, r"softmax_cross_entropy: data and label must be \(B, C\) and \(B,\), got shapes \(2, 3\)",
    ),
    ("_zeros", "size", [], {"shape": (-1,)}, ArgumentError, r"_zeros: shape must be sizes >= 0, got \(-1,\)"),
    (
        "_arange", "infer_range", [], {"start": 0, "infer_range": True},
        NotSupportedError, r"_arange: infer_range must be False, got True; give stop",
    ),
    (
        "_arange", "away", [], {"start": 3, "stop": 1},
        ArgumentError, r"_arange: step must lead from start to stop, got 1.0 from 3.0 to 1.0",
    ),
    (
        "_random_uniform", "bounds", [], {"low": 1, "high": 0},
        ArgumentError, r"_random_uniform: low must be at most high, got 1.0 and 0.0",
    ),
    (
        "_random_normal", "scale", [], {"scale": -1},
        ArgumentError, r"_random_normal: scale must be a float >= 0, got -1",
    ),
    (
        "_random_randint", "bounds", [], {"low": 2, "high": 2},
        ArgumentError, r"_random_randint: low must be below high, got 2 and 2",
    ),
    (
        "_sample_normal", "shapes", [zeros(2), zeros(3)], {},
        ShapeError, r"_sample_normal: parameters must have one shape, got \[\(2,\), \(3,\)\]",
    ),
]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "inputs", "attributes", "error", "words"),
    [pytest.param(name, *rest, id=f"{name}: {case}") for name, case, *rest in CASES],
)
def test_a_refusal_says_what_must_be_and_what_it_got(
    name: str, inputs: list[torch.Tensor], attributes: dict[str, Any], error: type[MXNetError], words: str
) -> None:
    with pytest.raises(error, match=words):
        find(name)(*inputs, **attributes)
