"""Arithmetic, comparison and elementary functions: definitions, kinks, number types."""

import math
from collections.abc import Callable

import numpy as np
import pytest
import torch
from torch import Tensor

from regluon.ops.registry import find, operators
from tests import recorded

VALUES = (-2.5, -1.0, -0.5, 0.0, 0.5, 1.0, 2.5)

TWINS = {
    "_equal": "broadcast_equal",
    "_greater": "broadcast_greater",
    "_greater_equal": "broadcast_greater_equal",
    "_hypot": "broadcast_hypot",
    "_lesser": "broadcast_lesser",
    "_lesser_equal": "broadcast_lesser_equal",
    "_logical_and": "broadcast_logical_and",
    "_logical_or": "broadcast_logical_or",
    "_logical_xor": "broadcast_logical_xor",
    "_maximum": "broadcast_maximum",
    "_minimum": "broadcast_minimum",
    "_mod": "broadcast_mod",
    "_not_equal": "broadcast_not_equal",
    "_power": "broadcast_power",
}

SCALARS: dict[str, Callable[[float, float], float]] = {
    "_plus_scalar": lambda x, s: x + s,
    "_minus_scalar": lambda x, s: x - s,
    "_rminus_scalar": lambda x, s: s - x,
    "_mul_scalar": lambda x, s: x * s,
    "_div_scalar": lambda x, s: x / s,
    "_mod_scalar": lambda x, s: x % s,
    "_rmod_scalar": lambda x, s: s % x if x else 0,
    "_maximum_scalar": max,
    "_minimum_scalar": min,
    "_hypot_scalar": math.hypot,
    "_equal_scalar": lambda x, s: x == s,
    "_not_equal_scalar": lambda x, s: x != s,
    "_greater_scalar": lambda x, s: x > s,
    "_greater_equal_scalar": lambda x, s: x >= s,
    "_lesser_scalar": lambda x, s: x < s,
    "_lesser_equal_scalar": lambda x, s: x <= s,
    "_logical_and_scalar": lambda x, s: bool(x) and bool(s),
    "_logical_or_scalar": lambda x, s: bool(x) or bool(s),
    "_logical_xor_scalar": lambda x, s: bool(x) != bool(s),
}

FUNCTIONS: dict[str, tuple[Callable[[float], float], tuple[float, ...]]] = {
    "abs": (abs, VALUES),
    "negative": (lambda x: -x, VALUES),
    "reciprocal": (lambda x: 1 / x, (-2, 0.5)),
    "square": (lambda x: x * x, VALUES),
    "sqrt": (math.sqrt, (0.25, 2)),
    "rsqrt": (lambda x: 1 / math.sqrt(x), (0.25, 2)),
    "cbrt": (lambda x: math.copysign(abs(x) ** (1 / 3), x), (-8, -0.5, 1e-9, 7e8)),
    "rcbrt": (lambda x: math.copysign(abs(x) ** (-1 / 3), x), (-8, 0.5, 7e8)),
    "exp": (math.exp, VALUES),
    "expm1": (math.expm1, (*VALUES, 1e-6)),
    "log": (math.log, (0.5, 3)),
    "log2": (math.log2, (0.5, 3)),
    "log10": (math.log10, (0.5, 3)),
    "log1p": (math.log1p, (-0.5, 1e-6, 3)),
    "sin": (math.sin, VALUES),
    "cos": (math.cos, VALUES),
    "tan": (math.tan, VALUES),
    "arcsin": (math.asin, (-0.5, 0.75)),
    "arccos": (math.acos, (-0.5, 0.75)),
    "arctan": (math.atan, VALUES),
    "sinh": (math.sinh, VALUES),
    "cosh": (math.cosh, VALUES),
    "tanh": (math.tanh, VALUES),
    "arcsinh": (math.asinh, VALUES),
    "arccosh": (math.acosh, (1.5, 4)),
    "arctanh": (math.atanh, (-0.5, 0.75)),
    "erf": (math.erf, VALUES),
    "gamma": (math.gamma, (-2.5, -0.5, 0.5, 1, 5, 20, 30.5)),
    "gammaln": (math.lgamma, (-2.5, -0.5, 0.5, 3, 20)),
    "degrees": (math.degrees, VALUES),
    "radians": (math.radians, VALUES),
    "sigmoid": (lambda x: 1 / (1 + math.exp(-x)), VALUES),
    "softsign": (lambda x: x / (1 + abs(x)), VALUES),
    "relu": (lambda x: max(x, 0), VALUES),
    "floor": (math.floor, VALUES),
    "ceil": (math.ceil, VALUES),
    "trunc": (math.trunc, VALUES),
    "fix": (math.trunc, VALUES),
    "round": (lambda x: math.copysign(math.floor(abs(x) + 0.5), x), (*VALUES, 0.49999997)),
    "rint": (lambda x: math.ceil(x - 0.5), VALUES),
    "sign": (lambda x: (x > 0) - (x < 0), VALUES),
    "logical_not": (lambda x: not x, VALUES),
}


def gradient(name: str, at: list[float], **attributes: float) -> list[float]:
    data = torch.tensor(at, requires_grad=True)
    find(name)(data, **attributes).sum().backward()
    return data.grad.tolist()  # type: ignore[union-attr]


@pytest.mark.parametrize(("name", "twin"), TWINS.items())
def test_the_form_for_one_shape_equals_the_recorded_one_that_broadcasts(name: str, twin: str) -> None:
    for case in recorded.recorded(twin):
        inputs = torch.broadcast_tensors(*(torch.from_numpy(values.copy()) for values in case.inputs.values()))
        torch.testing.assert_close(find(name)(*inputs), torch.from_numpy(case.outputs[0]), equal_nan=True)


@pytest.mark.parametrize("name", SCALARS)
@pytest.mark.parametrize("scalar", [-1.5, 2.0])
def test_a_number_equals_the_definition(name: str, scalar: float) -> None:
    found = find(name)(torch.tensor(VALUES, dtype=torch.float64), scalar=scalar)
    np.testing.assert_allclose(found, [SCALARS[name](x, scalar) for x in VALUES], rtol=1e-12)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_function_equals_the_definition(name: str) -> None:
    function, values = FUNCTIONS[name]
    for dtype, tolerance in ((torch.float64, 1e-7), (torch.float32, 3e-6)):
        data = torch.tensor(values, dtype=dtype)
        np.testing.assert_allclose(find(name)(data), [function(x) for x in data.tolist()], rtol=tolerance, atol=1e-12)


@pytest.mark.parametrize(
    "name", [name for name in FUNCTIONS if find(name).differentiable and name not in ("abs", "relu", "gamma")]
)
def test_a_gradient_can_be_differentiated_again(name: str) -> None:
    values = [x for x in FUNCTIONS[name][1] if 1e-3 < abs(x) < 100]
    data = torch.tensor(values, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(find(name).function, data, atol=1e-5)
    if name not in ("negative", "degrees", "radians"):
        assert torch.autograd.gradgradcheck(find(name).function, data, atol=1e-4, rtol=1e-3)


@pytest.mark.parametrize(
    ("name", "lhs", "rhs", "left", "right"),
    [
        pytest.param("broadcast_maximum", 2, 2, 1, 0, id="maximum of equals goes to the first"),
        pytest.param("broadcast_minimum", 2, 2, 1, 0, id="minimum of equals goes to the first"),
        pytest.param("broadcast_power", 0, 0, math.nan, -math.inf, id="zero to the zero"),
        pytest.param("broadcast_power", 0, 1, 1, math.nan, id="zero to the one"),
        pytest.param("broadcast_mod", -3, 2, 1, 2, id="remainder of a negative"),
        pytest.param("broadcast_mod", 0.5, 0, 1, -math.inf, id="remainder by zero"),
        pytest.param("broadcast_hypot", 0, 0, math.nan, math.nan, id="hypotenuse of nothing"),
        pytest.param("broadcast_div", 1, 0, math.inf, -math.inf, id="division by zero"),
    ],
)
def test_the_gradient_at_a_kink(name: str, lhs: float, rhs: float, left: float, right: float) -> None:
    one, other = torch.tensor([float(lhs)], requires_grad=True), torch.tensor([float(rhs)], requires_grad=True)
    find(name)(one, other).backward(torch.ones(1))
    np.testing.assert_equal([one.grad.item(), other.grad.item()], [left, right])  # type: ignore[union-attr]


def test_an_array_may_meet_itself() -> None:
    data = torch.tensor([2.0, 3.0], requires_grad=True)
    find("broadcast_power")(data, data).sum().backward()
    np.testing.assert_allclose(data.grad, [4 * (1 + math.log(2)), 27 * (1 + math.log(3))], rtol=1e-6)


@pytest.mark.parametrize(
    ("name", "attributes", "at", "expected"),
    [
        pytest.param("abs", {}, [-1, 0, 1], [-1, 0, 1], id="abs"),
        pytest.param("relu", {}, [-1, 0, 1], [0, 0, 1], id="relu"),
        pytest.param("clip", {"a_min": 0, "a_max": 1}, [-1, 0, 0.5, 1, 2], [0, 1, 1, 1, 0], id="clip"),
        pytest.param("hard_sigmoid", {}, [-2.5, 0, 2.5], [0, 0.2, 0], id="hard sigmoid"),
        pytest.param("smooth_l1", {"scalar": 2}, [-0.25, 0, 0.125, 0.25], [-1, 0, 0.5, 1], id="smooth l1"),
        pytest.param("cbrt", {}, [0], [math.inf], id="cube root"),
        pytest.param("sqrt", {}, [0], [math.inf], id="square root"),
        pytest.param("_maximum_scalar", {"scalar": 1}, [0, 1, 2], [0, 1, 1], id="maximum"),
        pytest.param("_minimum_scalar", {"scalar": 1}, [0, 1, 2], [1, 1, 0], id="minimum"),
        pytest.param("_rpower_scalar", {"scalar": 0}, [1], [math.nan], id="zero to a power"),
        pytest.param("gammaln", {}, [0, -1], [math.inf, math.inf], id="poles of the gamma function"),
        pytest.param("sign", {}, [-1, 0, 1], [0, 0, 0], id="sign"),
    ],
)
def test_the_gradient_of_one_array_at_a_kink(
    name: str, attributes: dict[str, float], at: list[float], expected: list[float]
) -> None:
    np.testing.assert_allclose(gradient(name, [float(x) for x in at], **attributes), expected, rtol=1e-6)


@pytest.mark.parametrize(
    ("name", "scalar", "expected"),
    [
        ("_plus_scalar", 1.5, [-6, 0, 1, 8]),
        ("_mul_scalar", -2.7, [14, 2, 0, -14]),
        ("_div_scalar", 2.0, [-3, 0, 0, 3]),
        ("_mod_scalar", 2.0, [1, 1, 0, 1]),
        ("_power_scalar", 2.0, [49, 1, 0, 49]),
        ("_rpower_scalar", 2.0, [0, 0, 1, 128]),
        ("_hypot_scalar", 2.0, [7, 2, 2, 7]),
        ("_greater_scalar", 1.5, [0, 0, 0, 1]),
        ("_maximum_scalar", 2.7, [2, 2, 2, 7]),
    ],
)
def test_ints_meet_a_number_cut_down_to_an_int(name: str, scalar: float, expected: list[int]) -> None:
    found = find(name)(torch.tensor([-7, -1, 0, 7], dtype=torch.int32), scalar=scalar)
    assert found.dtype == torch.int32
    assert found.tolist() == expected


def test_bytes_wrap_around() -> None:
    data = torch.tensor([1, 2], dtype=torch.uint8)
    assert find("_plus_scalar")(data, scalar=-2).tolist() == [255, 0]
    assert find("_greater_scalar")(data, scalar=-2).tolist() == [0, 0]


@pytest.mark.parametrize(("dtype", "is_int", "result"), [("int32", False, "float64"), ("bool", True, "int64")])
def test_a_number_may_change_the_type(dtype: str, is_int: bool, result: str) -> None:
    found = find("_plus_scalar")(torch.ones(1, dtype=getattr(torch, dtype)), scalar=2.0, is_int=is_int)
    assert found.dtype == getattr(torch, result)
    assert found.tolist() == [3]


def test_a_number_is_rounded_to_half_before_it_is_used() -> None:
    data = torch.tensor([0.1], dtype=torch.float16)
    # 0.1 in float16 is 0.09998; its square rounds to 0.009995, while 0.1 * 0.09998 would round to 0.010002.
    assert find("_mul_scalar")(data, scalar=0.1).item() == 0.0099945068359375


@pytest.mark.parametrize("name", ["sqrt", "exp", "log", "gamma", "erf", "sigmoid", "degrees"])
def test_a_function_of_ints_is_cut_down_to_ints(name: str) -> None:
    values = [1, 2, 4, 7]
    found = find(name)(torch.tensor(values, dtype=torch.int32))
    assert found.dtype == torch.int32
    assert found.tolist() == [int(FUNCTIONS[name][0](x)) for x in values]


def test_clip_cuts_its_bounds_down_for_ints() -> None:
    data = torch.tensor([-3, 0, 3], dtype=torch.int8)
    assert find("clip")(data, a_min=-1.5, a_max=2.5).tolist() == [-1, 0, 2]
    assert find("clip")(data, a_min=-1e9, a_max=1e9).tolist() == [-3, 0, 3]


def test_smooth_l1_of_ints_may_be_exact() -> None:
    assert find("smooth_l1")(torch.tensor([3]), is_int=False).tolist() == [2.5]
    assert find("smooth_l1")(torch.tensor([3])).tolist() == [2]


def test_adding_up_leaves_a_single_array_alone() -> None:
    one = torch.ones(2)
    found = find("add_n")(one)
    found += 1
    assert one.tolist() == [1, 1]


# LAPACK knows no short floats.
SOLVED = {f"_linalg_{name}" for name in ("det", "inverse", "potrf", "potri", "slogdet", "trsm")}

HALVES = [
    pytest.param(operator.name, case, id=f"{operator.name}: {case.name}")
    for operator in operators()
    if operator.function.__module__.startswith("regluon.ops.tensor") and operator.name not in {"Cast", *SOLVED}
    for name in operator.names
    if name in recorded.operators()
    for case in recorded.recorded(name)[:3]
    if case.inputs and all(values.dtype == np.float32 for values in case.inputs.values())
]


@pytest.mark.parametrize(("dtype", "tolerance"), [(torch.float16, 4e-3), (torch.bfloat16, 2e-2)], ids=str)
@pytest.mark.parametrize(("name", "case"), HALVES)
def test_short_floats_give_their_own_type_and_nearly_the_same(
    name: str, case: recorded.Case, dtype: torch.dtype, tolerance: float
) -> None:
    inputs = [torch.from_numpy(values.copy()).to(dtype) for values in case.inputs.values()]
    found = find(name)(*inputs, **case.attrs)
    exact = find(name)(*[one.double() for one in inputs], **case.attrs)
    for one, other in zip(*([x] if isinstance(x, Tensor) else x for x in (found, exact)), strict=True):
        assert one.dtype == (dtype if other.dtype == torch.float64 else other.dtype)
        torch.testing.assert_close(one, other.to(one.dtype), rtol=tolerance, atol=tolerance, equal_nan=True)
