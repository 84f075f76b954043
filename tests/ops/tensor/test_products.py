"""Products of matrices and the softmax family: numpy's answers and definitions."""

from typing import Any

import numpy as np
import pytest
import torch

from regluon.ops.registry import find


def draw(*shape: int) -> torch.Tensor:
    return torch.randn(shape, dtype=torch.float64)


@pytest.mark.parametrize(
    ("left", "right", "attributes"),
    [
        ((3,), (3,), {}),
        ((2, 3), (3,), {}),
        ((3,), (3, 2), {}),
        ((2, 3, 4), (4, 5, 6), {}),
        ((4, 2, 3), (4, 5), {"transpose_a": True}),
        ((2, 3), (5, 6, 3), {"transpose_b": True}),
        ((3, 2), (4, 3), {"transpose_a": True, "transpose_b": True}),
        ((3,), (3, 4), {"transpose_a": True}),
    ],
)
def test_dot_sums_over_one_axis(left: tuple[int, ...], right: tuple[int, ...], attributes: dict[str, bool]) -> None:
    lhs, rhs = draw(*left), draw(*right)
    axes = 0 if "transpose_a" in attributes else -1, -1 if "transpose_b" in attributes else 0
    expected = np.tensordot(lhs, rhs, axes)
    found = find("dot")(lhs, rhs, **attributes)
    assert tuple(found.shape) == (expected.shape or (1,))
    np.testing.assert_allclose(found, expected.reshape(found.shape), rtol=1e-12)


@pytest.mark.parametrize("right", [False, True])
@pytest.mark.parametrize("left", [False, True])
@pytest.mark.parametrize("name", ["batch_dot", "_linalg_gemm2"])
def test_matrices_are_multiplied_in_pairs(name: str, left: bool, right: bool) -> None:
    lhs, rhs = draw(2, 3, 4), draw(2, 4, 5)
    found = find(name)(
        lhs.mT.contiguous() if left else lhs,
        rhs.mT.contiguous() if right else rhs,
        transpose_a=left,
        transpose_b=right,
    )
    np.testing.assert_allclose(found, np.einsum("bij,bjk->bik", lhs, rhs), rtol=1e-12)


@pytest.mark.parametrize("axis", [0, 1, -3])
def test_rows_may_lie_on_any_axis(axis: int) -> None:
    lhs, rhs = draw(3, 3, 3, 4), draw(3, 3, 3, 4)
    place = axis % 4
    expected = np.moveaxis(
        2.5 * np.moveaxis(lhs.numpy(), place, 2) @ np.swapaxes(np.moveaxis(rhs.numpy(), place, 2), 2, 3), 2, place
    )
    np.testing.assert_allclose(find("_linalg_gemm2")(lhs, rhs, transpose_b=True, alpha=2.5, axis=axis), expected)


def share(values: np.ndarray, axis: int) -> np.ndarray:
    powers = np.exp(values)
    return powers / powers.sum(axis, keepdims=True)


@pytest.mark.parametrize("axis", [0, 1, -1])
@pytest.mark.parametrize("temperature", [None, 1.0, 2.5])
def test_softmax_equals_the_definition(axis: int, temperature: float | None) -> None:
    data = draw(2, 3, 4)
    scaled = data.numpy() / (temperature or 1)
    attributes: dict[str, Any] = {"axis": axis, "temperature": temperature}
    np.testing.assert_allclose(find("softmax")(data, **attributes), share(scaled, axis), rtol=1e-12)
    np.testing.assert_allclose(find("softmin")(data, **attributes), share(-scaled, axis), rtol=1e-12)
    np.testing.assert_allclose(find("log_softmax")(data, **attributes), np.log(share(scaled, axis)), rtol=1e-9)


@pytest.mark.parametrize("axis", [0, 1, 2])
def test_softmax_over_the_first_so_many(axis: int) -> None:
    data = draw(3, 3, 3).requires_grad_()
    length = torch.tensor([[0, 1, 2], [3, 3, 1], [2, 0, 3]])
    found = find("softmax")(data, length, axis=axis, use_length=True)
    for place in np.ndindex(3, 3):
        line = [slice(None) if at == axis else place[at - (at > axis)] for at in range(3)]
        count = int(length[place])
        expected = np.zeros(3)
        if count:
            expected[:count] = share(data[tuple(line)][:count].detach().numpy(), 0)
        np.testing.assert_allclose(found[tuple(line)].detach(), expected, rtol=1e-12)
    found.square().sum().backward()
    assert data.grad.isfinite().all()  # type: ignore[union-attr]


def test_softmax_knows_the_shape_of_its_lengths() -> None:
    operator = find("softmax")
    assert operator.complete is not None
    assert operator.complete({"data": (2, 3, 4), "length": None}, {"axis": 1})["length"] == (2, 4)
    assert operator.complete({"data": None, "length": None}, {"axis": 1}) == {"data": None, "length": None}
    assert list(operator.omit({"use_length": False})) == ["length"]
    assert not list(operator.omit({"use_length": True}))


@pytest.mark.parametrize("name", ["softmax", "log_softmax", "softmin"])
def test_softmax_gives_the_type_asked_for(name: str) -> None:
    assert find(name)(torch.zeros(2), dtype="float16").dtype == torch.float16


def test_softmax_activation_over_channels() -> None:
    data = draw(2, 3, 2)
    np.testing.assert_allclose(find("SoftmaxActivation")(data, mode="channel"), share(data.numpy(), 1), rtol=1e-12)
    np.testing.assert_allclose(find("SoftmaxActivation")(data), share(data.numpy(), -1), rtol=1e-12)


def test_cross_entropy_equals_the_definition() -> None:
    data, label = draw(3, 4).requires_grad_(), torch.tensor([1.0, 9.0, -1.0])
    found = find("softmax_cross_entropy")(data, label)
    shares, classes = share(data.detach().numpy(), 1), [1, 3, 0]
    np.testing.assert_allclose(found.detach(), [-np.log(shares[range(3), classes]).sum()], rtol=1e-12)
    found.backward(torch.tensor([2.0], dtype=torch.float64))
    np.testing.assert_allclose(data.grad, 2 * (shares - np.eye(4)[classes]), rtol=1e-12)


def test_cross_entropy_is_bounded() -> None:
    found = find("softmax_cross_entropy")(torch.tensor([[1000.0, -1000.0]]), torch.tensor([1.0]))
    np.testing.assert_allclose(found, [-np.log(1e-8)], rtol=1e-6)
