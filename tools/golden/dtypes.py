"""What types MXNet infers: for each operator one question for each combination of types that its cases have."""

from __future__ import annotations

import json
from typing import Any, Dict, Iterator, List, Mapping, Tuple

import mxnet as mx
import numpy as np
from mxnet._ctypes.symbol import _symbol_creator

from golden.case import Case, Table, realise, seed_of
from golden.invoke import describe

__all__ = ["recordings"]


def recordings(tables: Mapping[str, Table]) -> Iterator[Tuple[str, bytes]]:
    """Record all answers in one file; yield its path below ``tests/golden`` and its bytes."""
    found = {operator: _answers(operator, cases) for table in tables.values() for operator, cases in table.items()}
    lines = [f"{json.dumps(operator)}: {json.dumps(answers)}" for operator, answers in sorted(found.items())]
    yield "types.json", ("{\n" + ",\n".join(lines) + "\n}\n").encode()


def _answers(operator: str, cases: List[Case]) -> List[List[str]]:
    """Ask for the types of all arrays from those of all inputs, and from that of the first.

    Returns:
        The name of a case, the types given, those of all inputs and of all outputs, a dash where one stays unknown.
        Cases that tell nothing new are left out; of those that MXNet refuses the last two are empty.
    """
    answers: Dict[Tuple[str, ...], List[str]] = {}
    for item in cases:
        random = np.random.RandomState(seed_of(operator, item.name))
        types = [realise(value, random).dtype.name for value in item.inputs]
        for given in dict.fromkeys([tuple(types), tuple(types[:1])]):
            found = [" ".join(given), *_ask(operator, item, given, len(types))]
            answers.setdefault((str(len(types)), *found), [item.name, *found])
    return list(answers.values())


def _ask(operator: str, item: Case, given: Tuple[str, ...], count: int) -> Tuple[str, str]:
    handle, _, counter = describe(operator)
    attributes = dict(item.attrs)
    if counter:
        attributes.setdefault(counter, count)
    variables = [mx.sym.var(f"in{place}") for place in range(count)]
    texts = [str(value) for value in attributes.values()]
    try:
        symbol = _symbol_creator(handle.value, variables, None, list(attributes), texts, "node", False)
        arguments, outputs, states = symbol.infer_type_partial(**{f"in{i}": name for i, name in enumerate(given)})
    except mx.MXNetError:
        return "", ""
    names = {**dict(zip(symbol.list_arguments(), arguments)), **dict(zip(symbol.list_auxiliary_states(), states))}
    return " ".join(_name(names[f"in{place}"]) for place in range(count)), " ".join(map(_name, outputs))


def _name(dtype: Any) -> str:
    return "-" if dtype is None else np.dtype(dtype).name
