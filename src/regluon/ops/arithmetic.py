"""Which operators Python's arithmetic on arrays and symbols means, as a table both faces read.

Comparisons give 0 and 1 in the dtype of their operands, as MXNet's do.
"""

from dataclasses import dataclass

__all__ = ["BINARY", "METHODS", "Binary"]


@dataclass(frozen=True, slots=True)
class Binary:
    """One binary operation.

    Attributes:
        array: operator for two arrays, which broadcast.
        symbol: operator for two symbols; MXNet 1.x does not broadcast there.
        scalar: operator for an array and a number.
        swapped: operator for a number and an array.
    """

    array: str
    symbol: str
    scalar: str
    swapped: str


BINARY: dict[str, Binary] = {
    "add": Binary("broadcast_add", "elemwise_add", "_plus_scalar", "_plus_scalar"),
    "sub": Binary("broadcast_sub", "elemwise_sub", "_minus_scalar", "_rminus_scalar"),
    "mul": Binary("broadcast_mul", "elemwise_mul", "_mul_scalar", "_mul_scalar"),
    "truediv": Binary("broadcast_div", "elemwise_div", "_div_scalar", "_rdiv_scalar"),
    "mod": Binary("broadcast_mod", "_mod", "_mod_scalar", "_rmod_scalar"),
    "pow": Binary("broadcast_power", "_power", "_power_scalar", "_rpower_scalar"),
    "eq": Binary("broadcast_equal", "_equal", "_equal_scalar", "_equal_scalar"),
    "ne": Binary("broadcast_not_equal", "_not_equal", "_not_equal_scalar", "_not_equal_scalar"),
    "gt": Binary("broadcast_greater", "_greater", "_greater_scalar", "_lesser_scalar"),
    "ge": Binary("broadcast_greater_equal", "_greater_equal", "_greater_equal_scalar", "_lesser_equal_scalar"),
    "lt": Binary("broadcast_lesser", "_lesser", "_lesser_scalar", "_greater_scalar"),
    "le": Binary("broadcast_lesser_equal", "_lesser_equal", "_lesser_equal_scalar", "_greater_equal_scalar"),
}

METHODS: tuple[str, ...] = tuple(
    """
    abs arccos arccosh arcsin arcsinh arctan arctanh argmax argmax_channel argmin argsort batch_take broadcast_axes
    broadcast_like broadcast_to cbrt ceil clip cos cosh degrees depth_to_space diag dot exp expand_dims expm1 fix flatten
    flip floor log log10 log1p log2 log_softmax max mean min nanprod nansum norm one_hot ones_like pad pick prod radians
    rcbrt reciprocal relu repeat reshape_like rint round rsqrt shape_array sigmoid sign sin sinh size_array slice
    slice_axis slice_like softmax softmin sort space_to_depth split split_v2 sqrt square squeeze sum swapaxes take tan
    tanh tile topk transpose trunc zeros_like
    """.split()  # noqa: SIM905
)
"""Operators that are also methods of arrays and symbols, the array being the first input."""
