"""What real MXNet 2 has answered to expressions: values, types, shapes and gradients."""

import json
from functools import cache
from pathlib import Path
from typing import Any

import numpy as onp
import pytest

from regluon import autograd, np, npx
from tests.np.expressions import FAMILIES, answer, pool

GOLDEN = Path(__file__).resolve().parent.parent / "golden" / "numpy"

RTOL = {"float16": 4e-3, "float32": 2e-5, "float64": 1e-9}

# Small sums of large parts, where the order of addition shows.
LOOSE = {
    "np.mean(f64)": 1e-6,
    "np.linalg.inv(g)": 1e-3,
    "np.linalg.det(g)": 1e-3,
    "np.linalg.tensorinv(np.tile(m, (1, 1)).reshape(3, 3), ind=1)": 1e-4,
}

# Where MXNet is wrong, and how.
WRONG_VALUES = {"q[k.reshape(3, 1), k]": "MXNet does not broadcast the second array of places"}

NO_GRADIENT = "MXNet has no gradient for it and sends zeros; here it has one"
WRONG_GRADIENTS = {
    **dict.fromkeys(WRONG_VALUES, "as the value"),
    **dict.fromkeys(
        (
            "a.repeat(3)",
            "np.atleast_1d(s)",
            "np.atleast_1d(s, c)",
            "np.atleast_2d(c)",
            "np.atleast_3d(a)",
            "np.atleast_3d(c, q)",
            "np.linalg.eigh(w)[0]",
            "np.linalg.eigvalsh(w)",
            "np.repeat(a, 2, axis=1)",
            "np.repeat(a, [1, 2], axis=0)",
            "np.repeat(c, 2)",
            "np.std(a)",
            "np.std(a, axis=0, ddof=1)",
            "np.std(a, axis=1)",
            "np.std(q, axis=(1, 2), keepdims=True)",
            "np.var(a)",
            "np.var(a, axis=1)",
            "np.var(a, axis=1, ddof=1, keepdims=True)",
        ),
        NO_GRADIENT,
    ),
    "np.arctan2(1.5, a)": "MXNet takes the derivative by the other operand",
    "np.rot90(a)": "MXNet turns the gradient the wrong way",
    "np.rot90(q, 3, axes=(1, 2))": "MXNet turns the gradient the wrong way",
}


@cache
def _bytes(family: str) -> tuple[list[dict[str, Any]], bytes]:
    with onp.load(GOLDEN / f"{family}.npz", allow_pickle=False) as archive:
        return json.loads(archive["index"].tobytes()), archive["bytes"].tobytes()


def _restored(value: Any, content: bytes) -> Any:
    """Make arrays of what stands for them."""
    if isinstance(value, list):
        return [_restored(one, content) for one in value]
    if isinstance(value, dict) and "array" in value:
        kind, shape, start = value["array"]
        count = int(onp.prod(shape, dtype=int))
        return onp.frombuffer(content, kind, count, start).reshape(shape)
    if isinstance(value, dict):
        return {name: _restored(one, content) for name, one in value["table"].items()}
    return value


def recordings() -> list[Any]:
    found = []
    for family in FAMILIES:
        index, content = _bytes(family)
        for one in index:
            value, grads = _restored(one["value"], content), _restored(one["grads"], content)
            found.append(pytest.param(one["text"], value, grads, id=f"{family}: {one['text']}"))
    return found


RECORDINGS = recordings()
DIFFERENTIABLE = [
    pytest.param(one.values[0], one.values[2], id=one.id) for one in RECORDINGS if one.values[2] is not None
]


def names() -> dict[str, Any]:
    arrays = {name: np.array(values, dtype=values.dtype) for name, values in pool().items()}
    return {**arrays, "np": np, "npx": npx, "onp": onp}


def check(found: Any, expected: Any, rtol: float | None = None) -> None:
    if isinstance(expected, onp.ndarray):
        assert isinstance(found, np.ndarray)
        assert found.dtype == expected.dtype
        assert found.shape == expected.shape
        tolerance = max(RTOL.get(expected.dtype.name, 0), rtol or 0)
        # Below the rounding of the numbers they are made of, differences say nothing.
        scale = onp.abs(expected[onp.isfinite(expected)]).max(initial=1) if tolerance else 0
        onp.testing.assert_allclose(found.asnumpy(), expected, rtol=tolerance, atol=tolerance * scale / 10)
    elif isinstance(expected, list):
        assert len(found) == len(expected)
        for one, other in zip(found, expected, strict=True):
            check(one, other, rtol)
    elif isinstance(expected, float):
        assert float(found) == pytest.approx(expected, rel=1e-5, nan_ok=True)
    else:
        assert (found.name if isinstance(found, onp.dtype) else found) == expected


@pytest.mark.parametrize(("text", "value", "grads"), RECORDINGS)
def test_value(text: str, value: Any, grads: Any) -> None:
    if text in WRONG_VALUES:
        with pytest.raises(AssertionError, match=r"\(3, 3, 4, 2\)"):
            check(answer(text, names()), value)
        return
    check(answer(text, names()), value, LOOSE.get(text))


@pytest.mark.parametrize(("text", "grads"), DIFFERENTIABLE)
def test_gradient(text: str, grads: Any) -> None:
    if text in WRONG_GRADIENTS:
        check_slope(text, list(grads))
        return
    known = names()
    for name in grads:
        known[name].attach_grad()
    with autograd.record():
        heads = [one for one in leaves(answer(text, known)) if one.dtype.kind == "f"]
    autograd.backward(heads, [head_grad(one) for one in heads])
    for name, expected in grads.items():
        check(known[name].grad, expected, LOOSE.get(text))


def check_slope(text: str, variables: list[str]) -> None:
    """Compare the gradient with the change of the outputs beside small changes of an array."""
    known = names()
    for name in variables:
        known[name] = known[name].astype("float64")
        known[name].attach_grad()
    with autograd.record():
        heads = leaves(answer(text, known))
    weights = [head_grad(one) for one in heads]
    autograd.backward(heads, weights)
    for name in variables:
        plain = known[name].asnumpy()
        slopes = onp.zeros_like(plain)
        for place in onp.ndindex(plain.shape):
            ends = []
            for step in (-1e-5, 1e-5):
                moved = plain.copy()
                moved[place] += step
                found = leaves(answer(text, {**known, name: np.array(moved, dtype="float64")}))
                ends.append(sum(float((one * weight).sum()) for one, weight in zip(found, weights, strict=True)))
            slopes[place] = (ends[1] - ends[0]) / 2e-5
        if "eig" in text:
            slopes = (slopes + slopes.T) / 2  # one triangle alone is read
        onp.testing.assert_allclose(known[name].grad.asnumpy(), slopes, rtol=1e-4, atol=1e-6)


def leaves(value: Any) -> list[Any]:
    if isinstance(value, (list, tuple)):
        return [leaf for one in value for leaf in leaves(one)]
    return [value] if isinstance(value, np.ndarray) else []


def head_grad(one: Any) -> Any:
    return np.array(onp.cos(onp.arange(one.size)).reshape(one.shape), dtype=one.dtype)


def test_every_expression_is_recorded() -> None:
    assert {family: [one["text"] for one in _bytes(family)[0]] for family in FAMILIES} == FAMILIES
