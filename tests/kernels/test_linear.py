"""Products of data and weights: oneDNN's against those in float64, with gradients of gradients."""

import pytest
import torch

from regluon.kernels import linear as module
from regluon.kernels.linear import linear

SHAPES = [((64, 1000), 80), ((3, 500), 3000), ((2, 40, 700), 90)]


def inputs(shape, count):
    torch.manual_seed(0)
    return [torch.randn(*size, requires_grad=True) for size in (shape, (count, shape[-1]), (count,))]


@pytest.mark.parametrize(("shape", "count"), SHAPES)
def test_values_and_gradients_are_those_in_double_precision(shape, count, monkeypatch):
    asked = []
    product = module._product
    monkeypatch.setattr(module, "_product", lambda *args: asked.append(1) or product(*args))
    data, weight, bias = inputs(shape, count)
    heads = torch.randn(*shape[:-1], count)
    found = linear(data, weight, bias)
    found.backward(heads)
    assert asked

    wide = [one.detach().double().requires_grad_() for one in (data, weight, bias)]
    wanted = wide[0] @ wide[1].T + wide[2]
    wanted.backward(heads.double())
    torch.testing.assert_close(found.double(), wanted, rtol=1e-5, atol=5e-4)
    for one, other in zip((data, weight, bias), wide, strict=True):
        torch.testing.assert_close(one.grad, other.grad, rtol=1e-5, atol=5e-4, check_dtype=False)


def test_gradients_can_be_differentiated_again():
    data, weight, _ = inputs((64, 1000), 80)
    (slope,) = torch.autograd.grad(linear(data, weight, None).square().sum(), data, create_graph=True)
    (found,) = torch.autograd.grad(slope.sum(), weight)
    wide, other = (one.detach().double().requires_grad_() for one in (data, weight))
    (slope,) = torch.autograd.grad((wide @ other.T).square().sum(), wide, create_graph=True)
    (wanted,) = torch.autograd.grad(slope.sum(), other)
    torch.testing.assert_close(found.double(), wanted, rtol=1e-5, atol=1e-1)


def test_bits_do_not_depend_on_threads():
    data, weight, bias = (one.detach() for one in inputs((64, 20_000), 100))
    threads = torch.get_num_threads()
    try:
        found = []
        for count in (1, 2):
            torch.set_num_threads(count)
            found.append(linear(data, weight, bias))
    finally:
        torch.set_num_threads(threads)
    assert torch.equal(*found)


@pytest.mark.parametrize("dtype", [torch.float64, torch.bfloat16])
def test_other_types_are_multiplied_by_torch(dtype, monkeypatch):
    monkeypatch.setattr(module, "_product", None)
    data, weight, bias = (one.detach().to(dtype) for one in inputs((64, 1000), 80))
    assert torch.equal(linear(data, weight, bias), torch.nn.functional.linear(data, weight, bias))


def test_shapes_are_known_without_numbers():
    data, weight = torch.empty(64, 1000, device="meta"), torch.empty(80, 1000, device="meta")
    assert module._product(data, weight, None).shape == (64, 80)


def test_it_compiles_in_one_graph():
    data, weight, bias = inputs((64, 1000), 80)
    found = torch.compile(linear, fullgraph=True, backend="eager")(data, weight, bias)
    torch.testing.assert_close(found, linear(data, weight, bias), rtol=1e-5, atol=5e-4)
