"""Attention on interleaved projections, and rows with sparse gradients."""

from __future__ import annotations

from golden.case import Table, case, integers, normal

__all__ = ["TABLE"]

# MXNet's CPU build knows float32 alone.
TABLE: Table = {
    "_contrib_interleaved_matmul_selfatt_qk": [
        case("two heads", normal(3, 2, 12), heads=2),
        case("one head", normal(2, 1, 6), heads=1),
    ],
    "_contrib_interleaved_matmul_selfatt_valatt": [
        case("two heads", normal(3, 2, 12), normal(4, 3, 3), heads=2),
    ],
    "_contrib_interleaved_matmul_encdec_qk": [
        case("two heads", normal(3, 2, 4), normal(5, 2, 8), heads=2),
    ],
    "_contrib_interleaved_matmul_encdec_valatt": [
        case("two heads", normal(5, 2, 8), normal(4, 3, 5), heads=2),
    ],
    # MXNet has no gradient of a dense table here.
    "_contrib_SparseEmbedding": [
        case("rows", integers(0, 5, 2, 3), normal(5, 4), input_dim=5, output_dim=4, grad=False),
        case("fractions are cut off", [0.9, 1.2, 2.7], normal(3, 2), input_dim=3, output_dim=2, grad=False),
        case(
            "deterministic", integers(0, 3, 4), normal(3, 2), input_dim=3, output_dim=2, deterministic=True, grad=False
        ),
        case(
            "float64",
            integers(0, 3, 4, dtype="float64"),
            normal(3, 2, dtype="float64"),
            input_dim=3,
            output_dim=2,
            dtype="float64",
            grad=False,
        ),
    ],
    "_contrib_backward_gradientmultiplier": [
        case("scalar", normal(2, 3), scalar=-0.5, grad=False),
        case("float scalar", normal(3), scalar=2.5, is_int=False, grad=False),
    ],
}
