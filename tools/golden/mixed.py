"""Cases for assignment to a block, mixed precision, and the updates of several weights at once."""

from __future__ import annotations

import numpy as np

from golden.case import Draw, Table, case, normal

__all__ = ["TABLE"]

BAD = np.array([1, np.inf], "float32")
NAN = np.array([[np.nan]], "float32")


def picture(*shape: int, dtype: str = "uint8") -> Draw:
    """Draw a picture."""
    return Draw(lambda random: random.randint(0, 256, shape).astype(dtype))


TABLE: Table = {
    "_slice_assign": [
        case("a column", normal(2, 3), normal(2, 1), begin=(0, 1), end=(2, 2)),
        case("steps, backwards", normal(5, 3), normal(2, 3), begin=(4,), end=(0,), step=(-2,)),
        case("open ends", normal(3, 4), normal(3, 2), begin=(None, 1), end=(None, None), step=(None, 2)),
    ],
    "_slice_assign_scalar": [
        case("a row", normal(2, 3), scalar=1.5, begin=(1,), end=(2,)),
        case("steps", normal(2, 5), scalar=-2.0, begin=(0, None), end=(None, -1), step=(1, 2)),
    ],
    "amp_cast": [
        case("float32 to float16", normal(2, 3), dtype="float16"),
        case("float16 to float32", normal(2, 3, dtype="float16"), dtype="float32"),
        case("ints pass", np.array([1, 2], "int32"), dtype="float16"),
    ],
    "amp_multicast": [
        case("alike", normal(2), normal(3), num_outputs=2),
        # Other types fail in the CPU build.
        case("alike, narrowest", normal(2), normal(3), num_outputs=2, cast_narrow=True),
        case("one", normal(2), num_outputs=1),
    ],
    "all_finite": [
        case("so", normal(2, 3), grad=False),
        case("infinity", BAD, grad=False),
        case("NaN", NAN, grad=False),
    ],
    "multi_all_finite": [
        case("so", normal(2, 3), normal(1), num_arrays=2, grad=False),
        case("infinity", normal(2), BAD, num_arrays=2, grad=False),
        case("NaN", NAN, normal(2), normal(2), num_arrays=3, grad=False),
    ],
    "multi_sum_sq": [
        case("two", normal(2, 3), normal(4), num_arrays=2, grad=False),
        case("one", normal(5), num_arrays=1, grad=False),
    ],
    "_cvimresize": [
        case("smaller", picture(7, 9, 3), w=4, h=5, grad=False),
        case("larger, cubic", picture(4, 5, 3), w=9, h=8, interp=2, grad=False),
        case("nearest", picture(4, 5, 1), w=3, h=8, interp=0, grad=False),
    ],
}
