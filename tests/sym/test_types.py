"""The types that graphs infer are those that MXNet infers, for every operator, and those that it gives."""

import json
from typing import Any

import pytest
import torch

from regluon import sym
from regluon.ops.attr import to_text
from regluon.ops.registry import find
from regluon.sym.infer_type import infer_types
from regluon.sym.node import Entry, Node
from tests import recorded

ANSWERS: dict[str, list[list[str]]] = json.loads((recorded.GOLDEN / "types.json").read_text())
FOLDERS = ("onednn", "ops")


def attributes_of(name: str, title: str) -> dict[str, Any]:
    for folder in FOLDERS:
        if (recorded.GOLDEN / folder / f"{name}.npz").exists():
            for case in recorded.recorded(name, folder):
                if case.name == title:
                    return dict(case.attrs)
    raise LookupError(f"{name} has no case {title!r}")


def read(text: str) -> list[torch.dtype | None]:
    return [None if word == "-" else getattr(torch, word) for word in text.split()]


def inferred(name: str, attributes: dict[str, Any], given: list[torch.dtype | None], count: int) -> tuple[Any, Any]:
    variables = [Node(None, f"in{place}") for place in range(count)]
    texts = {key: to_text(value) for key, value in attributes.items()}
    node = Node(find(name), "node", tuple(Entry(one) for one in variables), texts)
    outputs = [Entry(node, place) for place in range(len(node.outputs))]
    known = infer_types(outputs, {f"in{place}": dtype for place, dtype in enumerate(given) if dtype is not None})
    return [known.get(Entry(one)) for one in variables], [known.get(one) for one in outputs]


@pytest.mark.parametrize("name", ANSWERS)
def test_types_are_those_that_mxnet_infers(name: str) -> None:
    wrong = []
    for title, given, inputs, outputs in ANSWERS[name]:
        expected = read(inputs), read(outputs)
        if not inputs and not outputs:
            continue
        found = inferred(name, attributes_of(name, title), read(given), len(expected[0]))
        # What MXNet leaves open may be known here, and outputs that nobody sees are not there.
        ok = all(
            b is None or a == b
            for one, other in zip(found, expected, strict=True)
            for a, b in zip(one, other, strict=False)
        )
        if not ok:
            wrong.append((title, given, found, (inputs, outputs)))
    assert not wrong


@pytest.mark.parametrize(
    ("folder", "name"), [(folder, name) for folder in FOLDERS for name in recorded.operators(folder)]
)
def test_types_are_those_of_the_results(folder: str, name: str) -> None:
    for case in recorded.recorded(name, folder):
        given = [getattr(torch, one.dtype.name) for one in case.inputs.values()]
        expected = [getattr(torch, one.dtype.name) for one in case.outputs]
        assert inferred(name, case.attrs, given, len(given))[1] == expected, case.name


def test_arrays_for_levels_are_bound_with_their_types() -> None:
    data, weight = sym.var("data"), sym.var("weight")
    levels = sym.contrib.quantized_conv(data, weight, kernel=(1, 1), num_filter=2, no_bias=True, name="conv")
    executor = sym.Group(list(levels)).simple_bind("cpu", data=(1, 3, 4, 4), type_dict={"data": "uint8"})
    types = {name: array.dtype.__name__ for name, array in executor.arg_dict.items()}
    ranges = dict.fromkeys(("conv_min_data", "conv_max_data", "conv_min_weight", "conv_max_weight"), "float32")
    assert types == {"data": "uint8", "weight": "int8", **ranges}
    assert [array.dtype.__name__ for array in executor.forward()] == ["int32", "float32", "float32"]
