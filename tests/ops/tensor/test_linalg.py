"""Linear algebra beside the recordings: eigenvectors, and what is refused."""

import pytest
import torch

from regluon import nd, th
from regluon.core.errors import ArgumentTypeError, ShapeError


def test_eigenvectors_fulfil_their_equation() -> None:
    root = torch.randn(4, 3, 3, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    data = root + root.mT
    vectors, values = th.linalg.syevd(data)
    torch.testing.assert_close(vectors @ data, values.unsqueeze(-1) * vectors)
    torch.testing.assert_close(vectors @ vectors.mT, torch.eye(3, dtype=torch.float64).expand(4, 3, 3))
    assert (values.diff(dim=-1) >= 0).all()


def test_factors_have_the_gradient_of_finite_differences() -> None:
    root = torch.randn(2, 3, 3, generator=torch.Generator().manual_seed(2), dtype=torch.float64)
    data = root @ root.mT + 2 * torch.eye(3, dtype=torch.float64)
    symmetric = data.clone().requires_grad_()
    assert torch.autograd.gradcheck(lambda one: th.linalg.potrf((one + one.mT) / 2), (symmetric,))
    assert torch.autograd.gradcheck(lambda one: th.linalg.slogdet(one)[1], (symmetric,))


def test_a_vector_is_no_matrix() -> None:
    with pytest.raises(ShapeError, match=r"_linalg_det: A must have 2 axes or more, got shape \(3,\)"):
        nd.linalg.det(nd.ones(3))


def test_short_floats_have_no_inverse() -> None:
    with pytest.raises(ArgumentTypeError, match=r"_linalg_inverse: A must hold float32 or float64, .* got"):
        nd.linalg.inverse(nd.ones((2, 2), dtype="float16"))
