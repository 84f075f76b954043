"""Outputs with the gradient of a loss: MXNet's numbers, and the losses' own derivatives."""

import numpy as np
import pytest
import torch
from torch import Tensor
from torch.nn import functional

from regluon import th
from regluon.core.errors import ShapeError
from regluon.ops.registry import find

SCORES, LABEL = [[1.0, 2, 4], [0, -1, 3]], [2.0, 0]
PLACES, PLACE_LABEL = [[[1.0, 2], [0, 1]], [[3, 1], [2, 2]]], [[0.0, 1], [1, 1]]


def gradient(data: list, label: list, **attrs: object) -> np.ndarray:
    scores, wanted = torch.tensor(data, requires_grad=True), torch.tensor(label, requires_grad=True)
    found = th.SoftmaxOutput(scores, wanted, **attrs)
    # Whatever comes from above.
    found.backward(torch.randn_like(found))
    assert scores.grad is not None
    assert wanted.grad is not None
    assert not wanted.grad.any()
    return scores.grad.numpy()


@pytest.mark.parametrize(
    ("data", "label", "attrs", "expected"),
    [
        pytest.param(SCORES, LABEL, {}, [[0.04201, 0.114195, -0.156205], [-0.953387, 0.017148, 0.93624]], id="plain"),
        pytest.param(
            SCORES,
            LABEL,
            {"normalization": "batch"},
            [[0.021005, 0.057098, -0.078103], [-0.476694, 0.008574, 0.46812]],
            id="batch",
        ),
        pytest.param(
            SCORES,
            LABEL,
            {"use_ignore": True, "ignore_label": 0, "normalization": "valid"},
            [[0.04201, 0.114195, -0.156205], [0, 0, 0]],
            id="ignored",
        ),
        pytest.param(
            SCORES,
            LABEL,
            {"grad_scale": 2.0, "smooth_alpha": 0.3},
            [[-0.21598, -0.07161, 0.287589], [-1.306775, -0.265704, 1.572479]],
            id="smooth",
        ),
        pytest.param(
            SCORES,
            LABEL,
            {"out_grad": True},
            [[0.001765, 0.013041, -0.131805], [-0.04444, 0.000294, 0.876544]],
            id="times probability",
        ),
        pytest.param(
            PLACES,
            PLACE_LABEL,
            {"multi_output": True},
            [[[-0.134471, 0.365529], [0.134471, -0.365529]], [[0.365529, 0.134471], [-0.365529, -0.134471]]],
            id="places",
        ),
        pytest.param(
            PLACES,
            PLACE_LABEL,
            {"multi_output": True, "normalization": "batch"},
            [[[-0.067235, 0.182765], [0.067235, -0.182765]], [[0.182765, 0.067235], [-0.182765, -0.067235]]],
            id="places, batch",
        ),
        pytest.param(
            PLACES,
            PLACE_LABEL,
            {"multi_output": True, "use_ignore": True, "ignore_label": 0, "normalization": "valid"},
            [[[0, 0.243686], [0, -0.243686]], [[0.243686, 0.089647], [-0.243686, -0.089647]]],
            id="places, ignored",
        ),
    ],
)
def test_softmax_output_has_the_gradient_of_mxnet(data: list, label: list, attrs: dict, expected: list) -> None:
    np.testing.assert_allclose(gradient(data, label, **attrs), expected, atol=1.5e-6)


@pytest.mark.parametrize(
    ("shape", "attrs", "label_shape"),
    [
        ((4, 3), {}, (4,)),
        ((2, 2, 3), {}, (2,)),
        ((2, 3, 5), {"multi_output": True}, (2, 5)),
        ((2, 4, 3), {"preserve_shape": True}, (2, 4)),
    ],
)
def test_softmax_output_has_the_gradient_of_the_cross_entropy(
    shape: tuple[int, ...], attrs: dict, label_shape: tuple[int, ...]
) -> None:
    data = torch.randn(shape, dtype=torch.float64, requires_grad=True)

    def rows_of(array: Tensor) -> Tensor:
        """Put each set of classes into a row."""
        if "multi_output" in attrs:
            return array.movedim(1, -1).flatten(0, -2)
        return array.flatten(0, -2) if attrs else array.flatten(1)

    rows = rows_of(data)
    classes = torch.randint(0, rows.shape[1], (rows.shape[0],))
    found = th.SoftmaxOutput(data, classes.reshape(label_shape).double(), normalization="valid", **attrs)
    torch.testing.assert_close(rows_of(found).detach(), torch.softmax(rows, 1).detach())
    (expected,) = torch.autograd.grad(functional.cross_entropy(rows, classes), data)
    (own,) = torch.autograd.grad(found.sum(), data)
    torch.testing.assert_close(own, expected)


def test_softmax_output_takes_probabilities() -> None:
    data, label = torch.randn(2, 3, requires_grad=True), torch.rand(2, 3)
    found = th.SoftmaxOutput(data, label, grad_scale=0.5)
    found.sum().backward()
    torch.testing.assert_close(data.grad, (found.detach() - label) / 2)


@pytest.mark.parametrize(
    ("operator", "value", "slope"),
    [
        ("LinearRegressionOutput", lambda x: x, lambda x, y: x - y),
        ("LogisticRegressionOutput", torch.sigmoid, lambda x, y: torch.sigmoid(x) - y),
        ("MAERegressionOutput", lambda x: x, lambda x, y: torch.where(x > y, 1.0, -1.0)),
    ],
)
@pytest.mark.parametrize("shape", [(3,), (3, 1), (2, 3, 2)], ids=str)
def test_regression_outputs(operator: str, value: object, slope: object, shape: tuple[int, ...]) -> None:
    data, label = torch.randn(shape, requires_grad=True), torch.randn(shape, requires_grad=True)
    found = getattr(th, operator)(data, label, grad_scale=3.0)
    torch.testing.assert_close(found.detach(), value(data.detach()))  # type: ignore[operator]
    found.backward(torch.randn(shape))
    width = int(np.prod(shape[1:]))
    torch.testing.assert_close(data.grad, slope(data.detach(), label.detach()) * 3 / width)  # type: ignore[operator]
    assert label.grad is not None
    assert not label.grad.any()


def test_equal_values_count_as_below_for_the_absolute_error() -> None:
    data = torch.tensor([[1.0]], requires_grad=True)
    th.MAERegressionOutput(data, torch.tensor([[1.0]])).backward()
    assert data.grad is not None
    assert data.grad.item() == -1


OUTPUTS = ["SoftmaxOutput", "LinearRegressionOutput", "LogisticRegressionOutput", "MAERegressionOutput"]


@pytest.mark.parametrize("operator", OUTPUTS)
def test_may_be_written_into(operator: str) -> None:
    data = torch.randn(2, 3, requires_grad=True)
    before = data.detach().clone()
    for given in (data, data.detach()):
        found = getattr(th, operator)(given, torch.zeros(2, 3))
        found[0] = 7.0
        torch.testing.assert_close(data.detach(), before)


# Torch's tracer itself makes an instance of every autograd.Function it meets.
@pytest.mark.filterwarnings("ignore:.*should not be instantiated:DeprecationWarning")
@pytest.mark.parametrize("operator", OUTPUTS)
def test_compiles_with_its_gradient(operator: str) -> None:
    data, label = torch.randn(2, 3), torch.randn(2, 3)

    def slope(run: object) -> Tensor:
        given = data.clone().requires_grad_()
        run(given).sum().backward()  # type: ignore[operator]
        assert given.grad is not None
        return given.grad

    def output(x: Tensor) -> Tensor:
        return getattr(th, operator)(x, label)

    torch.testing.assert_close(slope(torch.compile(output, fullgraph=True, backend="eager")), slope(output))


def test_labels_follow_from_data() -> None:
    entry = find("SoftmaxOutput")
    assert entry.complete is not None
    shapes = {"data": (2, 5, 3), "label": None}
    for attrs, expected in (({}, (2,)), ({"multi_output": True}, (2, 3)), ({"preserve_shape": True}, (2, 5))):
        assert entry.complete(shapes, entry.fill(attrs)) == {"label": expected}
    assert entry.complete({"data": None, "label": None}, entry.fill({})) == {}
    linear = find("LinearRegressionOutput").complete
    assert linear is not None
    assert linear({"data": (2, 3), "label": None}, {}) == {"label": (2, 3)}
    assert linear({"data": (2, 1), "label": None}, {}) == {"label": (2,)}
    assert linear({"data": None, "label": None}, {}) == {}


def test_refuses() -> None:
    with pytest.raises(ShapeError, match=r"^SoftmaxOutput: label must have shape \(2,\) .* \(2, 3\), .* got \(3,\)"):
        th.SoftmaxOutput(torch.zeros(2, 3), torch.zeros(3))
    with pytest.raises(
        ShapeError, match=r"^MAERegressionOutput: label must have as many .* \(2, 3\), got shape \(2,\)"
    ):
        th.MAERegressionOutput(torch.zeros(2, 3), torch.zeros(2))
