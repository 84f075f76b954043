"""Attributes: what a value may be, and the texts of graph files."""

from typing import Annotated, Any, Literal

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.fx.experimental.symbolic_shapes import ShapeEnv

from regluon.core.device import cpu, gpu
from regluon.ops.attr import REQUIRED, Attribute, DType, Place, Range, Shape, to_text

Choice = Literal["corner", "center"]


def read(annotation: Any, value: Any) -> Any:
    return Attribute.of("a", annotation, REQUIRED).read(value)


def accepts(annotation: Any, value: Any) -> bool:
    try:
        read(annotation, value)
    except (TypeError, ValueError, KeyError):  # wordless; the operator says whose attribute it is, and the rule
        return False
    return True


@pytest.mark.parametrize(
    ("annotation", "given", "expected"),
    [
        pytest.param(int, [3, 3.0, "3", " 3 ", True + 2, np.int64(3), np.float32(3)], 3, id="int"),
        pytest.param(float, [2.0, "2", "2e0", 2, np.float32(2), np.int8(2), np.float64(2)], 2.0, id="float"),
        pytest.param(bool, [True, "True", "true", "1", 1, np.True_, np.int64(1)], True, id="true"),
        pytest.param(bool, [False, "False", "0", 0, np.False_], False, id="false"),
        pytest.param(str, ["relu"], "relu", id="str"),
        pytest.param(Choice, ["center"], "center", id="choice"),
        pytest.param(Literal[0, 1], [1, "1", np.int64(1)], 1, id="choice of numbers"),
        pytest.param(
            Shape, [(2, 3), [2, 3], "(2, 3)", "[2,3]", " ( 2 , 3 ) ", np.array([2, 3]), "(2, 3,)"], (2, 3), id="shape"
        ),
        pytest.param(Shape, [2, "2", "(2,)", [2], "[2]"], (2,), id="one size"),
        pytest.param(Shape, [(), "()", "[]", "( )"], (), id="no size"),
        pytest.param(tuple[float, float], ["(1, 2.5)", (1, 2.5)], (1.0, 2.5), id="two floats"),
        pytest.param(tuple[int | None, ...], ["(None, 1)", (None, 1)], (None, 1), id="with None"),
        pytest.param(int | None, [None, "None"], None, id="None"),
        pytest.param(int | tuple[int, ...], [3, "3"], 3, id="the first alternative"),
        pytest.param(int | tuple[int, ...], ["(3,)", (3,)], (3,), id="the second alternative"),
        pytest.param(Annotated[float, Range(0, 1)], [1, "1.0"], 1.0, id="the end of a range"),
        pytest.param(DType, ["float16", np.float16, torch.float16, np.dtype("f2")], "float16", id="dtype"),
        pytest.param(Place, ["gpu(1)", gpu(1), torch.device("cuda:1")], gpu(1), id="device"),
        pytest.param(Place | None, [None, "None"], None, id="no device"),
    ],
)
def test_spellings_of_a_value(annotation, given, expected):
    for one in given:
        found = read(annotation, one)
        assert found == expected
        assert type(found) is type(expected)


@pytest.mark.parametrize(
    ("annotation", "given", "rule"),
    [
        pytest.param(int, [1.5, "1.5", "one", None, [1], "1" * 5000], "an int", id="int"),
        pytest.param(float, ["one", None, [1.0], 1j], "a float", id="float"),
        pytest.param(bool, ["yes", 2, None, 0.5], "a bool", id="bool"),
        pytest.param(str, [1, None], "a str", id="str"),
        pytest.param(Choice, ["xyxy", 1, None, ["corner"]], "one of 'corner', 'center'", id="choice"),
        pytest.param(
            Shape,
            ["(1, a)", "(1, 2", "1, 2", "((1, 2))", "", None, [1.5], "(1)(2)", " " * 10_000 + "("],
            "a tuple of ints",
            id="shape",
        ),
        pytest.param(tuple[int, int], [(1,), (1, 2, 3), "(1,)", 1], "a tuple of 2 ints", id="count"),
        pytest.param(Annotated[int, Range(1)], [0, "-1", "a"], "an int >= 1", id="at least"),
        pytest.param(Annotated[float, Range(0, 1)], [-0.1, 1.1, float("nan")], "a float in [0, 1]", id="between"),
        pytest.param(int | None, ["a", 1.5], "an int or None", id="optional"),
        pytest.param(Place, ["tpu(0)", 3], "a device", id="device"),
        pytest.param(tuple[int | None, ...], ["(a,)"], "a tuple of values", id="mixed"),
    ],
)
def test_what_is_refused_and_the_rule_in_words(annotation, given, rule):
    assert Attribute.of("a", annotation, REQUIRED).rule == rule
    for one in given:
        assert not accepts(annotation, one)


def test_dtypes_are_listed():
    assert Attribute.of("a", DType, REQUIRED).rule.startswith("one of 'float32', 'float64', 'float16', 'bfloat16'")


def test_an_annotation_without_a_rule():
    with pytest.raises(TypeError, match=r"an operator's attribute cannot be annotated list\[int\]"):
        Attribute.of("a", list[int], REQUIRED)


VALUES = [
    (int, st.integers(-(2**63), 2**63)),
    (float, st.floats(allow_nan=False)),
    (bool, st.booleans()),
    (Shape, st.lists(st.integers()).map(tuple)),
    (tuple[float, ...], st.lists(st.floats(allow_nan=False)).map(tuple)),
    (tuple[int | None, ...], st.lists(st.none() | st.integers()).map(tuple)),
]


@pytest.mark.parametrize(("annotation", "values"), VALUES, ids=[str(annotation) for annotation, _ in VALUES])
def test_what_is_written_is_read_again(annotation, values):
    @given(values)
    def check(value):
        assert read(annotation, to_text(value)) == value
        if isinstance(value, tuple):
            assert read(annotation, to_text(list(value))) == value

    check()


def test_texts_of_types_and_numpy_numbers():
    given_values = ["a", np.float32, np.dtype("i8"), torch.bfloat16, np.float32(0.1), np.int64(3), np.True_, cpu(1)]
    assert [to_text(one) for one in given_values] == ["a", "float32", "int64", "bfloat16", "0.1", "3", "True", "cpu(1)"]


def test_sizes_of_a_traced_graph_stay_symbols():
    size = ShapeEnv().create_unbacked_symint()
    assert read(int, size) is size
    assert read(float, size) is size
