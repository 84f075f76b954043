"""Put a case to MXNet: run the registered operator on it and collect values, gradients and states."""

from __future__ import annotations

import ctypes
import json
from dataclasses import dataclass
from typing import Any, Callable, Dict, List, Mapping, Sequence, Tuple

import mxnet as mx
import numpy as np
from mxnet._ctypes.ndarray import _imperative_invoke
from mxnet.base import _LIB, c_str, check_call, py_str

from golden.case import Case, realise, seed_of

__all__ = ["Question", "ask", "attributes", "describe", "invoke", "record"]

#: Inputs that the operator updates: they have no gradient and are recorded before and after.
STATES = {
    "BatchNorm": ("moving_mean", "moving_var"),
    "_contrib_SyncBatchNorm": ("moving_mean", "moving_var"),
    "sgd_mom_update": ("mom",),
    "mp_sgd_update": ("weight32",),
    "mp_sgd_mom_update": ("mom", "weight32"),
    "nag_mom_update": ("mom",),
    "mp_nag_mom_update": ("mom", "weight32"),
    "adam_update": ("mean", "var"),
    "_adamw_update": ("mean", "var"),
    "_mp_adamw_update": ("mean", "var", "weight32"),
    "ftml_update": ("d", "v", "z"),
    "ftrl_update": ("z", "n"),
    "rmsprop_update": ("n",),
    "rmspropalex_update": ("n", "g", "delta"),
    "signum_update": ("mom",),
    "lamb_update_phase1": ("mean", "var"),
    "mp_lamb_update_phase1": ("mean", "var"),
    # Of those that update two weights, the inputs are counted.
    **{f"{kind}multi_sgd_mom_update": ("data2", "data5") for kind in ("", "preloaded_")},
    **{f"{kind}multi_mp_sgd_update": ("data2", "data5") for kind in ("", "preloaded_")},
    **{f"{kind}multi_mp_sgd_mom_update": ("data2", "data3", "data6", "data7") for kind in ("", "preloaded_")},
    **{f"_multi_{kind}_update": ("data2", "data3", "data6", "data7") for kind in ("adamw", "lamb")},
    **{
        f"_multi_mp_{kind}_update": ("data2", "data3", "data4", "data7", "data8", "data9") for kind in ("adamw", "lamb")
    },
}

#: How many inputs belong to a weight, for operators that update several.
OF_WEIGHTS = {
    "multi_sgd_update": 2,
    "multi_sgd_mom_update": 3,
    "multi_mp_sgd_update": 3,
    "multi_mp_sgd_mom_update": 4,
    "preloaded_multi_sgd_update": 2,
    "preloaded_multi_sgd_mom_update": 3,
    "preloaded_multi_mp_sgd_update": 3,
    "preloaded_multi_mp_sgd_mom_update": 4,
    "_multi_adamw_update": 4,
    "_multi_mp_adamw_update": 5,
    "_multi_lamb_update": 4,
    "_multi_mp_lamb_update": 5,
}

#: Inputs whose gradient MXNet refuses to compute.
NO_GRADIENT = {
    "Embedding": ("data",),
    "softmax_cross_entropy": ("label",),
}


def record(operator: str, index: int, item: Case) -> Dict[str, np.ndarray]:
    """Run an operator on one case and return what its file holds of it."""
    states = STATES.get(operator, ())
    question = Question(
        run=lambda arrays: invoke(operator, arrays, item.attrs),
        names=_input_names(operator, len(item.inputs)),
        states=states,
        fixed=(*states, *NO_GRADIENT.get(operator, ())),
    )
    return ask(operator, index, item, question)


@dataclass(frozen=True)
class Question:
    """How a case is put.

    Args:
        run: what turns input arrays into output arrays.
        names: of the inputs.
        states: inputs that are updated.
        fixed: inputs that get no gradient.
    """

    run: Callable[[List[Any]], List[Any]]
    names: Sequence[str]
    states: Sequence[str] = ()
    fixed: Sequence[str] = ()


def ask(title: str, index: int, item: Case, question: Question) -> Dict[str, np.ndarray]:
    """Run one case under autograd and return inputs, outputs, gradients and states by their names in the file."""
    random = np.random.RandomState(seed_of(title, item.name))
    values = {name: realise(value, random) for name, value in zip(question.names, item.inputs)}
    inputs = {name: mx.nd.array(value, dtype=value.dtype) for name, value in values.items()}
    floats = [name for name, value in values.items() if value.dtype.kind == "f"]
    wanted = [name for name in floats if item.grad and name not in question.fixed]
    for name in wanted:
        inputs[name].attach_grad()
    with mx.autograd.record(train_mode=item.train):
        outputs = question.run(list(inputs.values()))[: item.outputs or None]
    description = {
        "name": item.name,
        "attrs": dict(item.attrs),
        "inputs": list(values),
        "train": item.train,
        "aux": list(question.states),
    }
    found = {"case": np.array(json.dumps(description))}
    found.update((f"in_{name}", value) for name, value in values.items())
    found.update((f"out{position}", output.asnumpy()) for position, output in enumerate(outputs))
    if wanted:
        heads = [head_gradient(found[f"out{position}"], random) for position in range(len(outputs))]
        if _send_back(outputs, heads, item.train):
            found.update((f"og{position}", head) for position, head in enumerate(heads))
            found.update((f"grad_{name}", inputs[name].grad.asnumpy()) for name in wanted)
    found.update((f"aux_{name}", inputs[name].asnumpy()) for name in question.states)
    return {f"c{index}_{key}": value for key, value in found.items()}


def invoke(operator: str, arrays: Sequence[Any], attrs: Mapping[str, Any]) -> List[Any]:
    """Call an operator by its registered name; one array or several, the answer is a list."""
    handle, _, counter = describe(operator)
    attrs = dict(attrs)
    if counter:
        attrs.setdefault(counter, len(arrays))
    out = None
    if operator in OF_WEIGHTS:
        # These infer no shapes of their results.
        size = OF_WEIGHTS[operator]
        out = [mx.nd.zeros_like(one) for one in arrays[::size][: attrs.get("num_weights", attrs.get("num_tensors"))]]
    return _imperative_invoke(handle.value, arrays, list(attrs), list(attrs.values()), out, False, True)


def head_gradient(output: np.ndarray, random: np.random.RandomState) -> np.ndarray:
    """Draw the gradient that is sent back through an output."""
    return (np.round(random.normal(0, 1, output.shape) * 16) / 16).astype(output.dtype)


def attributes(operator: str) -> List[str]:
    """Name the attributes an operator takes, without its count of inputs."""
    _, arguments, counter = describe(operator)
    return [name for name, kind in arguments if not kind.startswith("NDArray") and name != counter]


def _input_names(operator: str, count: int) -> List[str]:
    _, arguments, _ = describe(operator)
    declared = [(name, kind) for name, kind in arguments if kind.startswith("NDArray")]
    if declared and declared[0][1].endswith("[]"):
        return [f"{declared[0][0]}{position}" for position in range(count)]
    return [name for name, _ in declared[:count]]


def _send_back(outputs: Sequence[Any], heads: Sequence[np.ndarray], train: bool) -> bool:
    try:
        mx.autograd.backward(outputs, [mx.nd.array(head, dtype=head.dtype) for head in heads], train_mode=train)
        mx.nd.waitall()
    except mx.MXNetError as error:
        if not any(words in str(error) for words in ("differentiable", "not in a computational graph")):
            raise
        return False
    return True


def describe(operator: str) -> Tuple[ctypes.c_void_p, List[Tuple[str, str]], str]:
    """Return an operator's handle, its arguments with their kinds, and what it calls the number of its inputs."""
    handle = ctypes.c_void_p()
    check_call(_LIB.NNGetOpHandle(c_str(operator), ctypes.byref(handle)))
    name, text, counter, returned = (ctypes.c_char_p() for _ in range(4))
    count = ctypes.c_uint()
    names, kinds, texts = (ctypes.POINTER(ctypes.c_char_p)() for _ in range(3))
    out = [ctypes.byref(slot) for slot in (name, text, count, names, kinds, texts, counter, returned)]
    check_call(_LIB.MXSymbolGetAtomicSymbolInfo(handle, *out))
    arguments = [(py_str(names[i]), py_str(kinds[i])) for i in range(count.value)]
    return handle, arguments, py_str(counter.value)
