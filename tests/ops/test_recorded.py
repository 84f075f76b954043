"""Every operator gives real MXNet's values and gradients, through ``nd`` and through ``th``."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pytest
import torch
from torch import Tensor

from regluon import autograd, nd
from regluon.nd.lift import lift as nd_lift
from regluon.ops.registry import Operator, operators
from regluon.th.lift import lift as th_lift
from tests import recorded

RECORDED = frozenset(recorded.operators())
CASES = [
    pytest.param(operator, case, id=f"{name}: {case.name}")
    for operator in operators()
    for name in operator.names
    if name in RECORDED
    for case in recorded.recorded(name)
]

RELATIVE = {"float16": 2e-3, "float32": 1e-5, "float64": 1e-9}
# Of sums whose terms are about 1: one unit in the last place in float16, some in the others.
ABSOLUTE = {2e-3: 1e-3, 1e-5: 1e-6, 1e-9: 1e-10, 0.0: 0.0}

# These only move elements, or compare them: their values are equal to the last bit.
EXACT = frozenset(
    """
    BlockGrad Cast Concat Crop Embedding Flatten MakeLoss Pad Reshape SequenceLast SequenceMask SequenceReverse
    SliceChannel SwapAxis _copy _eye _full _image_crop _image_flip_left_right _image_flip_top_bottom
    _ones _split_v2 _zeros abs argmax argmax_channel argmin argsort batch_take
    broadcast_axis broadcast_equal broadcast_greater broadcast_greater_equal broadcast_lesser broadcast_lesser_equal
    broadcast_like broadcast_logical_and broadcast_logical_or broadcast_logical_xor broadcast_maximum broadcast_minimum
    broadcast_not_equal broadcast_to ceil clip depth_to_space diag expand_dims fix floor gather_nd logical_not make_loss
    max min negative one_hot ones_like pick relu repeat reshape_like reverse rint round scatter_nd shape_array sign
    size_array slice slice_axis slice_like sort space_to_depth squeeze stack take tile topk transpose trunc where
    zeros_like
    """.split()  # noqa: SIM905
)


@dataclass(frozen=True, slots=True)
class Loose:
    """A case that keeps to less than the rule, and why."""

    reason: str
    relative: float = 0.0
    absolute: float = 0.0
    values: bool = True
    gradient: bool = True


INTS = Loose("MXNet sends gradients through ints; torch has none", gradient=False)
SINGLE = Loose("MXNet has constants of this gradient in float32", relative=5e-7)
INTENDED = Loose("minimum_negative_samples has no effect in MXNet; here it has the one it says", values=False)
HALF = Loose("MXNet rounds to float16 in between, torch does not", relative=4e-3, absolute=1e-3)
ONEDNN = Loose("oneDNN approximates the logarithm to 2e-6", absolute=3e-6)

# By operator, or by operator and case.
LOOSE: dict[str | tuple[str, str], Loose] = {
    ("Activation", "softrelu, edges"): ONEDNN,
    ("BatchNorm", "float16 data, float32 statistics"): HALF,
    ("Cast", "float32 to bool"): INTS,
    ("Cast", "float32 to int32"): INTS,
    ("Cast", "float32 to int64"): INTS,
    ("Cast", "float32 to int8"): INTS,
    ("Cast", "float32 to uint8"): INTS,
    ("LayerNorm", "float16"): HALF,
    ("_contrib_MultiBoxTarget", "minimum of negatives is without effect"): INTENDED,
    ("erf", "float64"): SINGLE,
    ("erfinv", "float64"): SINGLE,
    ("gamma", "float64"): SINGLE,
    ("gammaln", "float64"): SINGLE,
    ("LeakyReLU", "leaky, float64"): Loose("MXNet has the slope in float32", relative=1e-7),
    ("LeakyReLU", "rrelu, predict, uses the middle of the bounds"): Loose(
        "MXNet multiplies this gradient by the output", gradient=False
    ),
    ("_contrib_BilinearResize2D", "float64"): Loose("MXNet takes positions in float32", relative=2e-6, absolute=1e-6),
    ("_image_random_contrast", "float32, 1.6"): Loose("differences of hundreds", absolute=1e-5),
    "log_softmax": ONEDNN,
    ("relu", "awkward values"): Loose("torch passes the gradient at NaN, MXNet makes it NaN", gradient=False),
}


@pytest.mark.parametrize(("operator", "case"), CASES)
def test_nd_equals_mxnet(operator: Operator, case: recorded.Case) -> None:
    inputs = {name: nd.NDArray(torch.from_numpy(values.copy())) for name, values in case.inputs.items()}
    for name in case.grads:
        inputs[name].attach_grad()
    with autograd.record(train_mode=case.train):
        found = nd_lift(operator, operator.name)(*inputs.values(), **case.attrs)
    outputs = found if isinstance(found, list) else [found]
    _send_back([one._tensor for one in outputs], case, _nd_backward)
    grads = {name: inputs[name].grad.asnumpy() for name in case.grads}
    states = {name: inputs[name].asnumpy() for name in case.aux}
    _assert_equal(operator, case, [one.asnumpy() for one in outputs], grads, states)


@pytest.mark.parametrize(("operator", "case"), CASES)
def test_th_equals_mxnet(operator: Operator, case: recorded.Case) -> None:
    inputs = {name: torch.from_numpy(values.copy()) for name, values in case.inputs.items()}
    for name in case.grads:
        inputs[name].requires_grad_()
    with autograd.train_mode() if case.train else autograd.predict_mode():
        found = th_lift(operator, operator.name)(*inputs.values(), **case.attrs)
    outputs = [found] if isinstance(found, Tensor) else list(found)
    _send_back(outputs, case, torch.autograd.backward)
    grads = {name: (inputs[name].grad if inputs[name].grad is not None else torch.zeros_like(inputs[name])).numpy()
             for name in case.grads}  # fmt: skip
    states = {name: inputs[name].numpy() for name in case.aux}
    _assert_equal(operator, case, [one.detach().numpy() for one in outputs], grads, states)


def _nd_backward(heads: Sequence[Tensor], gradients: Sequence[Tensor]) -> None:
    autograd.backward([nd.NDArray(head) for head in heads], [nd.NDArray(gradient) for gradient in gradients])


def _send_back(outputs: Sequence[Tensor], case: recorded.Case, backward: Callable[..., None]) -> None:
    pairs = zip(outputs, case.head_grads, strict=False)
    sent = [(head, torch.from_numpy(gradient.copy())) for head, gradient in pairs if head.requires_grad]
    if sent:
        backward([head for head, _ in sent], [gradient for _, gradient in sent])


def _assert_equal(
    operator: Operator,
    case: recorded.Case,
    outputs: Sequence[np.ndarray],
    grads: Mapping[str, np.ndarray],
    states: Mapping[str, np.ndarray],
) -> None:
    loose = LOOSE.get((operator.name, case.name)) or LOOSE.get(operator.name)
    coarsest = _coarsest([*case.inputs.values(), *case.outputs])
    assert len(outputs) == len(case.outputs)
    pairs = zip(outputs, case.outputs, strict=True) if loose is None or loose.values else ()
    for place, (found, expected) in enumerate(pairs):
        exact = operator.name in EXACT
        _assert_close(found, expected, 0.0 if exact else coarsest, None if exact else loose, f"output {place}")
    for name, expected in case.grads.items():
        if loose is None or loose.gradient:
            _assert_close(grads[name], expected, coarsest, loose, f"gradient of {name}")
    for name, expected in case.aux.items():
        _assert_close(states[name], expected, coarsest, loose, f"state {name}")


def _coarsest(arrays: Sequence[np.ndarray]) -> float:
    """Give the tolerance of the coarsest float type around; a result cannot be better than what it is made from."""
    return max((RELATIVE[array.dtype.name] for array in arrays if array.dtype.name in RELATIVE), default=0.0)


def _assert_close(found: np.ndarray, expected: np.ndarray, relative: float, loose: Loose | None, what: str) -> None:
    assert (found.dtype, found.shape) == (expected.dtype, expected.shape), what
    if expected.dtype.name not in RELATIVE:
        relative, loose = 0.0, None
    absolute = ABSOLUTE[relative]
    if loose is not None:
        relative, absolute = max(relative, loose.relative), max(absolute, loose.absolute)
    np.testing.assert_allclose(found, expected, rtol=relative, atol=absolute, equal_nan=True, err_msg=what)


def test_every_exception_is_of_a_case() -> None:
    cases: dict[str, set[str]] = {}
    for parameter in CASES:
        operator, case = parameter.values
        cases.setdefault(operator.name, set()).add(case.name)
    for key in LOOSE:
        name, case_name = key if isinstance(key, tuple) else (key, None)
        assert name in cases
        assert case_name is None or case_name in cases[name]
    assert not EXACT - set(cases)
