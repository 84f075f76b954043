"""The operators of ``contrib`` that do one small thing to each element, or pick elements."""

from __future__ import annotations

from golden.case import Table, array, case, integers, normal

__all__ = ["TABLE"]

HALVES = array([-2.5, -1.5, -0.5, -0.25, 0.0, 0.25, 0.5, 1.5, 2.5])

LIKE = [
    case("defaults", normal(2, 3), grad=False),
    case("start and step", normal(2, 3), start=2.5, step=-0.5, grad=False),
    case("an axis", normal(2, 3), axis=1, grad=False),
    case("a negative axis", normal(2, 3), axis=-2, start=1.0, grad=False),
    case("repeat", normal(2, 3), repeat=2, grad=False),
    case("context", normal(4), ctx="cpu(0)", grad=False),
]

TABLE: Table = {
    "_contrib_div_sqrt_dim": [case("two axes", normal(2, 3)), case("four axes", normal(1, 2, 1, 16))],
    "_contrib_gradientmultiplier": [
        case("reverse", normal(2, 3), scalar=-0.5),
        case("float scalar", normal(3), scalar=2.0, is_int=False),
        case("defaults", normal(3)),
    ],
    "_contrib_round_ste": [case("halves", HALVES), case("float64", HALVES.astype("float64"))],
    "_contrib_sign_ste": [case("both signs and zero", HALVES), case("float64", HALVES.astype("float64"))],
    "_contrib_arange_like": LIKE,
    "_contrib_index_array": [
        case("all axes", normal(2, 3), grad=False),
        case("chosen axes", normal(2, 3, 2), axes=(2, 0), grad=False),
        case("negative axis", normal(2, 3), axes=(-1,), grad=False),
    ],
    "_contrib_boolean_mask": [
        case("rows", normal(4, 2), array([1, 0, 0, 1])),
        case("all", normal(2), array([1, 1])),
    ],
    "_contrib_index_copy": [
        case("rows", normal(4, 2), integers(0, 1, 1), normal(1, 2)),
        case("two rows", normal(4, 2), array([3, 1]), normal(2, 2)),
    ],
    "_contrib_allclose": [
        case("close", array([1.0, 2.0]), array([1.0, 2.0000001]), grad=False),
        case("absolute", array([0.0]), array([0.001]), atol=0.01, grad=False),
        case("relative", array([100.0]), array([101.0]), rtol=0.1, grad=False),
        case("not", array([1.0, 2.0]), array([1.0, 3.0]), grad=False),
        case("nan differs", array([float("nan")]), array([float("nan")]), equal_nan=False, grad=False),
        case("nan is equal", array([float("nan")]), array([float("nan")]), grad=False),
    ],
}
