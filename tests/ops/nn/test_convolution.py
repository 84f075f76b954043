"""Convolution and its transpose, held against loops over every output and input place."""

import itertools
from collections.abc import Sequence

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from regluon import th
from regluon.core.errors import ArgumentError, ShapeError
from regluon.ops.registry import find

Numbers = Sequence[int]


def places(shape: Numbers) -> list[tuple[int, ...]]:
    return list(itertools.product(*map(range, shape)))


def slow_convolution(
    data: np.ndarray, weight: np.ndarray, stride: Numbers, pad: Numbers, dilate: Numbers, groups: int
) -> np.ndarray:
    """Sum over groups, channels and taps, one output number at a time."""
    kernel = weight.shape[2:]
    size = [
        (x + 2 * p - d * (k - 1) - 1) // s + 1
        for x, p, d, k, s in zip(data.shape[2:], pad, dilate, kernel, stride, strict=True)
    ]
    out = np.zeros((data.shape[0], weight.shape[0], *size))
    per_group = weight.shape[0] // groups
    for n, f, o in itertools.product(range(data.shape[0]), range(weight.shape[0]), places(size)):
        first = f // per_group * weight.shape[1]
        for c, tap in itertools.product(range(weight.shape[1]), places(kernel)):
            where = [i * s - p + t * d for i, s, p, t, d in zip(o, stride, pad, tap, dilate, strict=True)]
            if all(0 <= w < x for w, x in zip(where, data.shape[2:], strict=True)):
                out[(n, f, *o)] += data[(n, first + c, *where)] * weight[(f, c, *tap)]
    return out


def slow_deconvolution(
    data: np.ndarray, weight: np.ndarray, stride: Numbers, pad: Numbers, adj: Numbers, dilate: Numbers, groups: int
) -> np.ndarray:
    """Add each input number times the weight to the output, one after the other."""
    kernel, per_group = weight.shape[2:], weight.shape[1]
    size = [
        (x - 1) * s + d * (k - 1) + 1 - 2 * p + a
        for x, s, d, k, p, a in zip(data.shape[2:], stride, dilate, kernel, pad, adj, strict=True)
    ]
    out = np.zeros((data.shape[0], per_group * groups, *size))
    for n, c, i in itertools.product(range(data.shape[0]), range(data.shape[1]), places(data.shape[2:])):
        group = c // (data.shape[1] // groups)
        for f, tap in itertools.product(range(per_group), places(kernel)):
            where = [j * s - p + t * d for j, s, p, t, d in zip(i, stride, pad, tap, dilate, strict=True)]
            if all(0 <= w < x for w, x in zip(where, size, strict=True)):
                out[(n, group * per_group + f, *where)] += data[(n, c, *i)] * weight[(c, f, *tap)]
    return out


@st.composite
def problems(draw: st.DrawFn) -> dict:
    axes = draw(st.integers(1, 3))
    few = st.integers(1, 2 if axes == 3 else 3)
    kernel = draw(st.tuples(*[few] * axes))
    dilate = draw(st.tuples(*[st.integers(1, 2)] * axes))
    return {
        "kernel": kernel,
        "dilate": dilate,
        "stride": draw(st.tuples(*[few] * axes)),
        "pad": draw(st.tuples(*[st.integers(0, 1)] * axes)),
        "num_group": draw(st.integers(1, 2)),
        # Large enough for a window, and for an output of the transpose.
        "size": tuple(d * (k - 1) + 2 + draw(st.integers(0, 2)) for k, d in zip(kernel, dilate, strict=True)),
        "inputs": draw(st.integers(1, 2)),
        "outputs": draw(st.integers(1, 2)),
        "last": draw(st.booleans()),
    }


def drawn(*shape: int) -> Tensor:
    return torch.randn(*shape, dtype=torch.float64)


def run(operator: str, data: Tensor, weight: Tensor, bias: Tensor | None, last: bool, **attrs: object) -> np.ndarray:
    """Call an operator on arrays with channels first, in a layout with channels last if asked."""
    if last:
        layout = {3: "NWC", 4: "NHWC", 5: "NDHWC"}[data.ndim]
        data, weight = data.movedim(1, -1).contiguous(), weight.movedim(1, -1).contiguous()
        return getattr(th, operator)(data, weight, bias, layout=layout, **attrs).movedim(-1, 1).numpy()
    return getattr(th, operator)(data, weight, bias, **attrs).numpy()


@settings(max_examples=40)
@given(problems())
def test_convolution_equals_its_definition(problem: dict) -> None:
    groups, kernel = problem["num_group"], problem["kernel"]
    data = drawn(2, groups * problem["inputs"], *problem["size"])
    weight = drawn(groups * problem["outputs"], problem["inputs"], *kernel)
    attrs = {name: problem[name] for name in ("kernel", "dilate", "stride", "pad", "num_group")}
    bias = drawn(len(weight))
    found = run("Convolution", data, weight, bias, problem["last"], num_filter=len(weight), **attrs)
    expected = slow_convolution(
        data.numpy(), weight.numpy(), attrs["stride"], attrs["pad"], attrs["dilate"], groups
    ) + bias.numpy().reshape(-1, *[1] * len(kernel))
    np.testing.assert_allclose(found, expected, rtol=1e-12, atol=1e-12)


@settings(max_examples=40)
@given(problems(), st.data())
def test_deconvolution_equals_its_definition(problem: dict, more: st.DataObject) -> None:
    groups, kernel, stride = problem["num_group"], problem["kernel"], problem["stride"]
    data = drawn(2, groups * problem["inputs"], *problem["size"])
    weight = drawn(data.shape[1], problem["outputs"], *kernel)
    adj = tuple(more.draw(st.integers(0, s - 1)) for s in stride)
    attrs = {name: problem[name] for name in ("kernel", "dilate", "stride", "pad", "num_group")}
    attrs["pad"] = tuple(min(p, d * (k - 1)) for p, d, k in zip(attrs["pad"], attrs["dilate"], kernel, strict=True))
    found = run(
        "Deconvolution", data, weight, None, problem["last"], num_filter=groups * problem["outputs"], adj=adj, **attrs
    )
    expected = slow_deconvolution(data.numpy(), weight.numpy(), stride, attrs["pad"], adj, attrs["dilate"], groups)
    np.testing.assert_allclose(found, expected, rtol=1e-12, atol=1e-12)


def test_deconvolution_is_the_transpose_of_convolution() -> None:
    attrs = {"kernel": (3, 2), "stride": (2, 1), "pad": (1, 0), "dilate": (1, 2), "num_group": 2}
    data, weight = drawn(1, 4, 7, 6), drawn(6, 2, 3, 2)
    out = th.Convolution(data, weight, num_filter=6, no_bias=True, **attrs)
    other = torch.randn_like(out)
    back = th.Deconvolution(other, weight, num_filter=4, **attrs)
    torch.testing.assert_close((out * other).sum(), (data * back).sum())


@pytest.mark.parametrize(
    ("target", "first"),
    [
        pytest.param((5,), 1, id="an odd rest is cut off before"),
        pytest.param((6,), 0, id="an even rest is shared"),
        pytest.param((0,), None, id="0 is no target"),
    ],
)
def test_target_shape_cuts_the_whole(target: tuple[int, ...], first: int | None) -> None:
    data, weight = drawn(1, 1, 3), drawn(1, 1, 2)
    attrs = {"kernel": (2,), "stride": (2,), "num_filter": 1}
    whole = th.Deconvolution(data, weight, **attrs)
    found = th.Deconvolution(
        data, weight, target_shape=target, pad=(0,), adj=(1,) if first is not None else (), **attrs
    )
    torch.testing.assert_close(found, whole if first is None else whole[..., first : first + target[0]])


@pytest.mark.parametrize("operator", ["Convolution", "Deconvolution"])
def test_gradients_are_the_derivatives(operator: str) -> None:
    inputs = [drawn(1, 2, 4, 3).requires_grad_(), drawn(2, 2, 2, 2).requires_grad_(), drawn(2).requires_grad_()]
    attrs = {"kernel": (2, 2), "stride": (2, 1), "pad": (1, 0), "num_filter": 2, "no_bias": False}
    assert torch.autograd.gradcheck(lambda *arrays: getattr(th, operator)(*arrays, **attrs), inputs)


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
@pytest.mark.parametrize("operator", ["Convolution", "Deconvolution"])
def test_half_precision(operator: str, dtype: torch.dtype) -> None:
    data, weight = torch.randn(1, 2, 5, 5), torch.randn(2, 2, 3, 3)
    attrs = {"kernel": (3, 3), "num_filter": 2, "no_bias": True}
    found = getattr(th, operator)(data.to(dtype), weight.to(dtype), **attrs)
    assert found.dtype == dtype
    exact = getattr(th, operator)(data.to(dtype).double(), weight.to(dtype).double(), **attrs)
    torch.testing.assert_close(found.double(), exact, rtol=2e-2, atol=5e-2)


def test_views_and_empty_batches() -> None:
    data, weight = drawn(4, 5, 2, 3), drawn(3, 3, 2, 1).transpose(2, 3)
    view = data.permute(0, 3, 1, 2)
    attrs = {"kernel": (1, 2), "num_filter": 3, "no_bias": True}
    torch.testing.assert_close(
        th.Convolution(view, weight, **attrs), th.Convolution(view.contiguous(), weight.contiguous(), **attrs)
    )
    assert th.Convolution(view[:0], weight, **attrs).shape == (0, 3, 5, 1)
    assert th.Deconvolution(view[:0], weight, **attrs).shape == (0, 3, 5, 3)


@pytest.mark.parametrize(
    ("operator", "layout", "weight"),
    [
        pytest.param("Convolution", None, (6, 2, 3, 5), id="channels first"),
        pytest.param("Convolution", "NHWC", (6, 3, 5, 4), id="channels last"),
        pytest.param("Deconvolution", "NCHW", (4, 3, 3, 5), id="transposed"),
        pytest.param("Deconvolution", "NHWC", (8, 3, 5, 3), id="transposed, channels last"),
    ],
)
def test_weights_follow_from_data(operator: str, layout: str | None, weight: tuple[int, ...]) -> None:
    entry = find(operator)
    attributes = entry.fill({"kernel": (3, 5), "num_filter": 6, "num_group": 2, "layout": layout})
    assert entry.complete is not None
    found = entry.complete({"data": (1, 4, 9, 8), "weight": None, "bias": None}, attributes)
    assert found == {"weight": weight, "bias": (6,)}
    assert entry.complete({"data": None, "weight": weight, "bias": None}, attributes) == {}


def test_a_symbol_has_a_bias_unless_told() -> None:
    for operator, default in (("Convolution", False), ("Deconvolution", True)):
        entry = find(operator)
        attributes = entry.fill({"kernel": (1,), "num_filter": 1})
        assert attributes["no_bias"] is default
        assert tuple(entry.omit(attributes)) == (("bias",) if default else ())


DATA, WEIGHT, BIAS = torch.zeros(1, 4, 6, 6), torch.zeros(2, 4, 3, 3), torch.zeros(2)
PLAIN = {"kernel": (3, 3), "num_filter": 2}


@pytest.mark.parametrize(
    ("inputs", "attrs", "error", "words"),
    [
        pytest.param(
            (DATA[0], WEIGHT, BIAS),
            {},
            ShapeError,
            r"data must have two axes more than kernel=\(3, 3\), got shape \(4, 6, 6\)",
            id="rank",
        ),
        pytest.param(
            (DATA, WEIGHT, BIAS), {"kernel": ()}, ShapeError, r"two axes more than kernel=\(\)", id="no kernel"
        ),
        pytest.param(
            (DATA, WEIGHT), {}, ArgumentError, "bias must be given, unless no_bias is true, got None", id="bias"
        ),
        pytest.param(
            (DATA, WEIGHT, BIAS),
            {"no_bias": True},
            ArgumentError,
            r"bias must be left out, as no_bias is true, got \(2,\)",
            id="no bias",
        ),
        pytest.param(
            (DATA, WEIGHT, BIAS),
            {"stride": (1,)},
            ShapeError,
            r"stride must have one number for each axis of kernel=\(3, 3\), got \(1,\)",
            id="stride",
        ),
        pytest.param(
            (DATA, WEIGHT[:, :2], BIAS),
            {},
            ShapeError,
            r"weight of shape \(2, 2, 3, 3\) with num_group=1 takes 2 input channels, but data of shape "
            r"\(1, 4, 6, 6\) has 4",
            id="channels",
        ),
        pytest.param(
            (DATA, WEIGHT[:1], BIAS),
            {},
            ShapeError,
            r"with num_filter=2 and kernel=\(3, 3\), got \(1, 4, 3, 3\)",
            id="filters",
        ),
        pytest.param(
            (DATA, WEIGHT[:1, :2], None),
            {"num_group": 2, "num_filter": 1, "no_bias": True},
            ShapeError,
            "num_group must divide num_filter=1, got 2",
            id="groups",
        ),
        pytest.param(
            (DATA, WEIGHT, BIAS),
            {"dilate": (4, 1)},
            ShapeError,
            r"kernel must fit into the padded data, got kernel=\(3, 3\), dilate=\(4, 1\)",
            id="fit",
        ),
        pytest.param(
            (DATA, WEIGHT, BIAS),
            {"layout": "NCW"},
            ShapeError,
            r"layout must be for 4 axes as data has shape \(1, 4, 6, 6\), got 'NCW'",
            id="layout",
        ),
    ],
)
def test_convolution_refuses(inputs: tuple, attrs: dict, error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=f"^Convolution: .*{words}"):
        th.Convolution(*inputs, **{**PLAIN, **attrs})


@pytest.mark.parametrize(
    ("attrs", "words"),
    [
        pytest.param(
            {"adj": (1, 0), "stride": (1, 2)}, r"adj must be less than stride=\(1, 2\), got \(1, 0\)", id="adj"
        ),
        pytest.param({"target_shape": (9, 8)}, r"target_shape must be in 1 to \(8, 8\), got \(9, 8\)", id="target"),
        pytest.param(
            {"num_filter": 3}, r"weight must have shape .* = \(4, 3, 3, 3\) .*, got \(4, 2, 3, 3\)", id="weight"
        ),
        pytest.param(
            {"num_group": 3}, "num_group must divide the 4 channels of data and num_filter=2, got 3", id="groups"
        ),
        pytest.param({"pad": (1, 4)}, r"pad must leave something of the output of \(8, 8\), got \(1, 4\)", id="pad"),
    ],
)
def test_deconvolution_refuses(attrs: dict, words: str) -> None:
    with pytest.raises(ShapeError, match=f"^Deconvolution: {words}"):
        th.Deconvolution(DATA, torch.zeros(4, 2, 3, 3), **{**PLAIN, **attrs})
