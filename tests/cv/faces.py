"""Call a Block on NDArrays, on torch tensors, as a graph, and compiled by torch; the answers are NumPy arrays."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
import torch

from regluon import autograd, nd, sym
from regluon.core.nested import flatten
from regluon.gluon import SymbolBlock
from tests.recorded import Case

__all__ = ["COMPILES", "FACES", "Answer", "ask", "assert_agrees"]

FACES = ("nd", "th", "sym")
"""All but ``compiled``, which takes a second for each Block."""

COMPILES = pytest.mark.filterwarnings("ignore:.*should not be instantiated:DeprecationWarning")
"""For tests of ``compiled``: torch's tracer itself makes an instance of every autograd.Function it meets."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came out of a call.

    Attributes:
        outputs: the outputs, flat.
        grads: gradients of the inputs that were asked for, by name; zeros where none arrived.
    """

    outputs: list[np.ndarray]
    grads: dict[str, np.ndarray]


def ask(
    face: str,
    block: Callable[..., Any],
    inputs: Sequence[np.ndarray] | Mapping[str, np.ndarray],
    heads: Sequence[np.ndarray] = (),
    wanted: Sequence[str] = (),
) -> Answer:
    """Call a Block through a face.

    Args:
        face: ``nd``, ``th``, ``sym`` (its graph, run on NDArrays) or ``compiled``.
        block: the Block.
        inputs: arrays in order, by name if gradients are asked for.
        heads: gradients of the outputs.
        wanted: inputs to give the gradient of.
    """
    named = dict(inputs) if isinstance(inputs, Mapping) else {f"input{i}": one for i, one in enumerate(inputs)}
    call = _ask_torch if face in ("th", "compiled") else _ask_arrays
    return call(face, block, named, heads, wanted)


def assert_agrees(face: str, block: Any, case: Case, rtol: float = 2e-5, atol: float = 2e-6) -> None:
    """Compare a Block with a recorded case: outputs, their shapes, and gradients."""
    answer = ask(face, block, case.inputs, case.head_grads, list(case.grads))
    assert [one.shape for one in answer.outputs] == [one.shape for one in case.outputs]
    for got, want in zip(answer.outputs, case.outputs, strict=True):
        np.testing.assert_allclose(got, want, rtol=rtol, atol=atol)
    for name, want in case.grads.items():
        np.testing.assert_allclose(answer.grads[name], want, rtol=rtol, atol=atol, err_msg=f"gradient of {name}")


def _ask_arrays(face: str, block: Any, inputs: Any, heads: Any, wanted: Any) -> Answer:
    arrays = {name: nd.array(value, dtype=value.dtype) for name, value in inputs.items()}
    for name in wanted:
        arrays[name].attach_grad()
    call = _graph(block, list(inputs)) if face == "sym" else block
    with autograd.record(train_mode=False):
        outputs = flatten(call(*arrays.values()))
    pairs = [(one, head) for one, head in zip(outputs, heads, strict=False) if one.as_torch().requires_grad]
    if pairs:
        autograd.backward([one for one, _ in pairs], [nd.array(head, dtype=head.dtype) for _, head in pairs])
    return Answer([one.asnumpy() for one in outputs], {name: arrays[name].grad.asnumpy() for name in wanted})


def _ask_torch(face: str, block: Any, inputs: Any, heads: Any, wanted: Any) -> Answer:
    tensors = {name: torch.tensor(value, requires_grad=name in wanted) for name, value in inputs.items()}
    if isinstance(block, torch.nn.Module):
        block.eval()
    if face == "compiled":
        torch.compiler.reset()
        block = torch.compile(block, fullgraph=True, backend="eager")
    outputs = flatten(block(*tensors.values()))
    pairs = [(one, torch.tensor(head)) for one, head in zip(outputs, heads, strict=False) if one.requires_grad]
    if pairs:
        torch.autograd.backward([one for one, _ in pairs], [head for _, head in pairs])
    grads = {
        name: torch.zeros_like(tensors[name]) if tensors[name].grad is None else tensors[name].grad for name in wanted
    }
    return Answer([one.detach().numpy() for one in outputs], {name: grad.numpy() for name, grad in grads.items()})


def _graph(block: Any, names: Sequence[str]) -> SymbolBlock:
    """Build the graph of a Block, to be run by itself."""
    variables = [sym.var(name) for name in names]
    return SymbolBlock(flatten(block(*variables)), variables, block.collect_params())
