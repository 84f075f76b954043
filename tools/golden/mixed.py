"""Cases for assignment to a block, mixed precision, and the updates of several weights at once."""

from __future__ import annotations

from typing import Any, Dict, List

import numpy as np

from golden.case import Case, Draw, Table, case, normal, uniform

__all__ = ["TABLE"]

BAD = np.array([1, np.inf], "float32")
NAN = np.array([[np.nan]], "float32")


def picture(*shape: int, dtype: str = "uint8") -> Draw:
    """Draw a picture."""
    return Draw(lambda random: random.randint(0, 256, shape).astype(dtype))


def weights(kinds: str, *extra: Draw, halves: bool = False) -> List[Draw]:
    """Draw what belongs to two weights: ``w`` and ``g`` of less precision if so, ``v`` positive, others of any sign."""
    drawn = []
    for shape in ((2, 3), (4,)):
        for kind in kinds:
            dtype = "float16" if halves and kind in "wg" else "float32"
            drawn.append(uniform(0.5, 2, *shape) if kind == "v" else normal(*shape, dtype=dtype))
    return [*drawn, *extra]


TWO: Dict[str, Any] = {"lrs": (0.25, 0.5), "wds": (0.125, 0.0)}
BOUND: Dict[str, Any] = {"rescale_grad": 0.5, "clip_gradient": 0.75}
NUMBERS = np.array([0.25, 0.5], "float32"), np.array([0.125, 0.0], "float32")
BETAS: Dict[str, Any] = {"beta1": 0.75, "beta2": 0.875, "epsilon": 0.0625}


def descent(kinds: str, halves: bool, momentum: bool, loaded: bool) -> List[Case]:
    """Write gradient descent on two weights."""
    more = {"momentum": 0.75} if momentum else {}
    numbers = {} if loaded else TWO
    drawn = weights(kinds, *(NUMBERS if loaded else ()), halves=halves)
    return [
        case("plain", *drawn, num_weights=2, grad=False, **numbers),
        case("everything", *drawn, num_weights=2, grad=False, **numbers, **more, **BOUND),
    ]


def adamw(kinds: str, halves: bool) -> List[Case]:
    """Write AdamW on two weights."""
    drawn = weights(kinds, np.array([0.5], "float32"), halves=halves)
    given = {**TWO, "etas": (1.0, 0.5), "num_weights": 2}
    return [
        case("plain", *drawn, grad=False, **given),
        case("everything", *drawn, grad=False, clip_gradient=0.75, **given, **BETAS),
    ]


def lamb(kinds: str, halves: bool) -> List[Case]:
    """Write LAMB on two weights."""
    drawn = weights(kinds, halves=halves)
    given = {"learning_rates": (0.25, 0.5), "wds": (0.125, 0.0), "step_count": (3, 4), "num_tensors": 2}
    bounds = {"lower_bound": 0.5, "upper_bound": 1.0, "bias_correction": False}
    return [
        case("plain", *drawn, grad=False, **given),
        case("everything", *drawn, grad=False, **given, **bounds, **BETAS, **BOUND),
    ]


HALF = normal(2, 3, dtype="float16")
FULL = normal(2, 3)
PHASE = {"t": 3, "wd": 0.125}

TABLE: Table = {
    "multi_sgd_update": descent("wg", False, False, False),
    "multi_sgd_mom_update": descent("wgm", False, True, False),
    "multi_mp_sgd_update": descent("wgf", True, False, False),
    "multi_mp_sgd_mom_update": descent("wgmf", True, True, False),
    "preloaded_multi_sgd_update": descent("wg", False, False, True),
    "preloaded_multi_sgd_mom_update": descent("wgm", False, True, True),
    "preloaded_multi_mp_sgd_update": descent("wgf", True, False, True),
    "preloaded_multi_mp_sgd_mom_update": descent("wgmf", True, True, True),
    "_multi_adamw_update": adamw("wgav", False),
    "_multi_mp_adamw_update": adamw("wgavf", True),
    "_multi_lamb_update": lamb("wgav", False),
    "_multi_mp_lamb_update": lamb("wgavf", True),
    "mp_lamb_update_phase1": [
        case("plain", HALF, HALF, FULL, uniform(0.5, 2, 2, 3), FULL, grad=False, **PHASE),
        case(
            "everything",
            *(HALF, HALF, FULL, uniform(0.5, 2, 2, 3), FULL),
            grad=False,
            bias_correction=False,
            **PHASE,
            **BETAS,
            **BOUND,
        ),
    ],
    "mp_lamb_update_phase2": [
        case("plain", HALF, FULL, [2.0], [4.0], FULL, grad=False, lr=0.25),
        case("bounds", HALF, FULL, [2.0], [4.0], FULL, grad=False, lr=0.25, lower_bound=2.5, upper_bound=3.0),
        case("upper", HALF, FULL, [4.0], [4.0], FULL, grad=False, lr=0.25, lower_bound=2.5, upper_bound=3.0),
    ],
    "multi_lars": [
        case("plain", [0.25, 0.5, 1], [4, 9, 0], [1, 2, 3], [0.125, 0, 0], eta=0.5, eps=0.25, grad=False),
        case("scaled", [0.25, 0.5], [4, 9], [1, 0], [0.125, 0], eta=0.5, eps=0.25, rescale_grad=0.5, grad=False),
    ],
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
