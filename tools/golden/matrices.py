"""Cases for linear algebra."""

from __future__ import annotations

import numpy as np

from golden.case import Draw, Table, case, normal, uniform

__all__ = ["TABLE"]


def positive(*shape: int) -> Draw:
    """Draw symmetric positive matrices."""

    def sample(random: np.random.RandomState) -> np.ndarray:
        root = np.round(random.normal(0, 1, shape) * 4) / 4
        return (root @ np.swapaxes(root, -1, -2) + 2 * np.eye(shape[-1])).astype("float32")

    return Draw(sample)


def triangular(*shape: int) -> Draw:
    """Draw matrices whose triangles have a diagonal far from 0."""
    return Draw(
        lambda random: (np.round(random.normal(0, 0.5, shape) * 8) / 8 + 2 * np.eye(shape[-1])).astype("float32")
    )


A, B, C = normal(2, 3, 4), normal(2, 4, 5), normal(2, 3, 5)
T, R = triangular(2, 3, 3), normal(2, 3, 4)

TABLE: Table = {
    "_linalg_gemm": [
        case("plain", A, B, C),
        case("numbers", A, B, C, alpha=2.0, beta=0.5),
        case("turned", normal(2, 4, 3), normal(2, 5, 4), C, transpose_a=True, transpose_b=True),
        case("rows elsewhere", normal(3, 2, 4), normal(4, 2, 5), normal(3, 2, 5), axis=0),
    ],
    "_linalg_syrk": [case("plain", A), case("turned", A, transpose=True, alpha=0.5)],
    "_linalg_trmm": [
        case("plain", T, R),
        case("turned", T, R, transpose=True, alpha=0.5),
        case("right, upper", T, normal(2, 4, 3), rightside=True, lower=False),
    ],
    "_linalg_trsm": [
        case("plain", T, R),
        case("turned", T, R, transpose=True, alpha=0.5),
        case("right, upper", T, normal(2, 4, 3), rightside=True, lower=False),
        case("right, turned", T, normal(2, 4, 3), rightside=True, transpose=True),
    ],
    "_linalg_potrf": [case("batch", positive(2, 3, 3), grad=False)],
    "_linalg_potri": [case("batch", Draw(lambda random: np.tril(T.sample(random))))],
    "_linalg_sumlogdiag": [case("batch", uniform(0.5, 2, 2, 3, 3)), case("one", uniform(0.5, 2, 3, 3))],
    "_linalg_det": [case("batch", normal(2, 3, 3)), case("one", normal(3, 3))],
    "_linalg_slogdet": [case("batch", normal(2, 3, 3), grad=False), case("one", normal(3, 3), grad=False)],
    "_linalg_inverse": [case("batch", triangular(2, 3, 3))],
    "_linalg_extractdiag": [case("main", normal(2, 3, 3)), case("below", normal(2, 3, 3), offset=-1)],
    "_linalg_makediag": [case("main", normal(2, 3)), case("above", normal(2, 3), offset=1)],
}
