"""Losses against real MXNet, on every face."""

import math

import numpy as np
import pytest
import torch

from regluon import autograd, gluon, nd
from regluon.core.errors import ArgumentError, ArgumentTypeError
from regluon.gluon import loss as losses
from tests.recorded import Case, recorded_params

NAMES = (
    "CTCLoss",
    "CosineEmbeddingLoss", "HingeLoss", "HuberLoss", "KLDivLoss", "L1Loss", "L2Loss", "LogisticLoss", "PoissonNLLLoss",
    "SigmoidBinaryCrossEntropyLoss", "SoftmaxCrossEntropyLoss", "SquaredHingeLoss", "TripletLoss",
)  # fmt: skip
ORDER = {
    "TripletLoss": ("pred", "positive", "negative"),
    "CosineEmbeddingLoss": ("input1", "input2", "label", "sample_weight"),
    "CTCLoss": ("pred", "label", "pred_lengths", "label_lengths", "sample_weight"),
}


def arguments(name: str, case: Case) -> list[np.ndarray | None]:
    """Bring a case's inputs into the order of the loss, None for those left out."""
    order = ORDER.get(name, ("pred", "label", "sample_weight", "pos_weight"))
    last = max(order.index(key) for key in case.inputs)
    return [case.inputs.get(key) for key in order[: last + 1]]


def compare(case: Case, outputs: np.ndarray, grads: dict[str, np.ndarray | None]) -> None:
    wide = case.outputs[0].dtype == np.float64
    close = {"rtol": 1e-9, "atol": 1e-10} if wide else {"rtol": 2e-5, "atol": 2e-6}
    np.testing.assert_allclose(outputs, case.outputs[0], **close)
    for key, expected in case.grads.items():
        np.testing.assert_allclose(grads[key], expected, **close, err_msg=key)


def keys(name: str, case: Case) -> list[str]:
    order = ORDER.get(name, ("pred", "label", "sample_weight", "pos_weight"))
    return [key for key in order if key in case.inputs]


def is_sound(case: Case) -> bool:
    """Whether MXNet gives a number: for the factorial of 0 it does not."""
    return not np.isnan(case.outputs[0]).any()


EVERY = [p for p in recorded_params(*NAMES, folder="components") if is_sound(p.values[1])]


@pytest.mark.parametrize("hybridized", [False, True], ids=["eager", "hybridized"])
@pytest.mark.parametrize(("name", "case"), EVERY)
def test_arrays_equal_mxnet(name: str, case: Case, hybridized: bool):
    loss = getattr(losses, name)(**case.attrs)
    if hybridized:
        loss.hybridize()
    arrays = [None if value is None else nd.array(value, dtype=value.dtype) for value in arguments(name, case)]
    given = [array for array in arrays if array is not None]
    for array in given:
        if array.dtype in (np.float32, np.float64):
            array.attach_grad()
    with autograd.record():
        output = loss(*arrays)
    if case.grads:
        output.backward(nd.array(case.head_grads[0], dtype=case.head_grads[0].dtype))
    compare(
        case,
        output.asnumpy(),
        {
            key: array.grad.asnumpy()
            for key, array in zip(keys(name, case), given, strict=True)
            if array.grad is not None
        },
    )


@pytest.mark.parametrize(("name", "case"), EVERY)
def test_tensors_equal_mxnet(name: str, case: Case):
    tensors = [None if value is None else torch.tensor(value) for value in arguments(name, case)]
    given = [tensor for tensor in tensors if tensor is not None]
    for tensor in given:
        tensor.requires_grad_(tensor.is_floating_point())
    output = getattr(losses, name)(**case.attrs)(*tensors)
    if case.grads:
        output.backward(torch.tensor(case.head_grads[0]).reshape(output.shape))
    grads = {
        key: torch.zeros_like(tensor) if tensor.grad is None else tensor.grad
        for key, tensor in zip(keys(name, case), given, strict=True)
    }
    compare(case, output.detach().numpy(), {key: grad.numpy() for key, grad in grads.items()})


@pytest.mark.parametrize("from_logits", [True, False])
def test_factorials_of_small_counts_are_left_out(from_logits: bool):
    """MXNet gives not-a-number where a count is 0."""
    loss = losses.PoissonNLLLoss(from_logits=from_logits, compute_full=True)
    counts = nd.array([0, 1, 2, 5])
    rates = nd.array([0.5, 1.0, 1.5, 2.0])
    plain = losses.PoissonNLLLoss(from_logits=from_logits)(rates, counts).asscalar()
    stirling = sum(n * math.log(n) - n + 0.5 * math.log(2 * math.pi * n) for n in (2, 5)) / 4
    rates.attach_grad()
    with autograd.record():
        value = loss(rates, counts)
    value.backward()
    assert value.asscalar() == pytest.approx(plain + stirling, rel=1e-5)
    assert np.isfinite(rates.grad.asnumpy()).all()


@pytest.mark.parametrize("face", ["symbol", "tensor"])
def test_paired_rows_on_other_faces(face: str):
    x1, x2 = np.random.default_rng(0).normal(size=(2, 3, 2)).astype("float32")
    loss = losses.SDMLLoss()
    expected = loss(nd.array(x1), nd.array(x2)).asnumpy()
    if face == "symbol":
        loss.hybridize()
        found = loss(nd.array(x1), nd.array(x2)).asnumpy()
    else:
        found = loss(torch.tensor(x1), torch.tensor(x2)).numpy()
    np.testing.assert_allclose(found, expected, rtol=1e-5)


@pytest.mark.parametrize(
    ("make", "error", "words"),
    [
        pytest.param(
            lambda: losses.L1Loss("1"),
            ArgumentTypeError,
            "L1Loss: weight must be a number or None, got '1'",
            id="weight",
        ),
        pytest.param(
            lambda: losses.SoftmaxCELoss(axis=None),
            ArgumentError,
            "SoftmaxCrossEntropyLoss: axis must be an int, got None",
            id="axis",
        ),
        pytest.param(
            lambda: losses.LogisticLoss(label_format="x"),
            ArgumentError,
            "label_format must be one of 'signed', 'binary', got 'x'",
            id="format",
        ),
        pytest.param(
            lambda: losses.CTCLoss("NCT"), ArgumentError, "layout must be one of 'NTC', 'TNC', got 'NCT'", id="layout"
        ),
        pytest.param(
            lambda: losses.CTCLoss(label_layout="T"),
            ArgumentError,
            "label_layout must be one of 'NT', 'TN', got 'T'",
            id="labels",
        ),
        pytest.param(
            lambda: losses.SDMLLoss(1.0),
            ArgumentError,
            r"SDMLLoss: smoothing_parameter must be in \[0, 1\), got 1.0",
            id="smoothing",
        ),
    ],
)
def test_arguments_are_checked(make, error, words: str):
    with pytest.raises(error, match=words):
        make()


def test_short_names():
    assert losses.SigmoidBCELoss is losses.SigmoidBinaryCrossEntropyLoss
    assert losses.SoftmaxCELoss is losses.SoftmaxCrossEntropyLoss
    assert issubclass(losses.L2Loss, gluon.HybridBlock)
