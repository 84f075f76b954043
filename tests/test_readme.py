"""The examples of the README run as they stand."""

import re
from pathlib import Path

import pytest

README = Path(__file__).parents[1] / "README.md"
EXAMPLES = re.findall(r"```python\n(.*?)```", README.read_text(encoding="utf-8"), re.DOTALL)


def test_has_an_example_in_each_voice():
    assert len(EXAMPLES) == 2
    assert "from regluon import autograd, gluon, nd" in EXAMPLES[0]
    assert "import torch" in EXAMPLES[1]


@pytest.mark.parametrize("example", EXAMPLES, ids=["mxnet", "torch"])
def test_example_runs(example):
    exec(compile(example, str(README), "exec"), {})


def test_example_keeps_the_boxes_it_should():
    namespace: dict = {}
    exec(compile(EXAMPLES[1], str(README), "exec"), namespace)
    assert namespace["kept"][:, 1].tolist() == pytest.approx([0.9, 0.7, -1.0])


def test_shows_the_demos_picture():
    (picture,) = re.findall(r"!\[[^]]+\]\((docs/images/[^)]+)\)", README.read_text(encoding="utf-8"))
    assert (README.parent / picture).is_file()
