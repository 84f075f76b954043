"""The stubs say what the faces do, and a type checker understands them."""

import importlib
import importlib.util
import inspect
import json
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from regluon import nd, sym, th

ROOT = Path(__file__).resolve().parent.parent
FACES = {"nd": nd, "th": th, "sym": sym}

# What a checker must accept, and after `# wrong:` what it must not, with the rule that it breaks.
SAMPLE = """
import torch
from regluon import autograd, nd, sym, th

x: nd.NDArray = nd.array([1, 2])
y: nd.NDArray = (x + 1) * x / 2 - 3 % x ** 2
z: nd.NDArray = x.sum(axis=1, keepdims=True).reshape((1, -1)).astype("float32").T
compared: nd.NDArray = x > 1
equal: nd.NDArray = x == y
first, second = nd.split(x, num_outputs=2, axis=0)
kept: nd.NDArray = nd.contrib.box_nms(x, topk=3, in_format="center")
larger: nd.NDArray = nd.maximum(x, 2.0)
joined: nd.NDArray = nd.concat(x, y, dim=0)
drawn = nd.random.uniform(0, 1, shape=(2,))
graph: sym.Symbol = sym.Convolution(sym.var("data"), kernel=(3, 3), num_filter=2) + 1
tensor: torch.Tensor = th.relu(torch.ones(2))
x += 1
x[:] = 5
with autograd.record():
    loss = (-x * abs(x)).mean()
loss.backward()
nd.contrib.box_nms(x, topkk=3)  # wrong: reportCallIssue
nd.Activation(x, act_type="rellu")  # wrong: reportArgumentType
nd.Activation(x)  # wrong: reportCallIssue
z = x + "a"  # wrong: reportOperatorIssue
x.sum(axes=1)  # wrong: reportCallIssue
nd.nosuch(x)  # wrong: reportAttributeAccessIssue
sym.relu(x)  # wrong: reportArgumentType
th.relu(x)  # wrong: reportArgumentType
"""


def load_generator():
    spec = importlib.util.spec_from_file_location("gen_stubs", ROOT / "tools" / "gen_stubs.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def generator():
    return load_generator()


def test_they_are_fresh(generator):
    stale = [path.name for path, text in generator.stubs() if path.read_text(encoding="utf-8") != text]
    assert stale == [], "run `make stubs`"


def test_they_are_the_same_every_time(generator):
    assert list(generator.stubs()) == list(generator.stubs())


def test_check_writes_nothing_and_fails(generator, monkeypatch, tmp_path, capsys):
    for face in FACES:
        (tmp_path / "src" / "regluon" / face).mkdir(parents=True)
    monkeypatch.setattr(generator, "SOURCE", tmp_path / "src" / "regluon")
    monkeypatch.setattr(sys, "argv", ["gen_stubs.py", "--check"])
    assert generator.main() == 1
    assert list(tmp_path.rglob("*.pyi")) == []
    monkeypatch.setattr(sys, "argv", ["gen_stubs.py"])
    assert generator.main() == 0
    assert len(list(tmp_path.rglob("*.pyi"))) == 20
    monkeypatch.setattr(sys, "argv", ["gen_stubs.py", "--check"])
    capsys.readouterr()
    assert generator.main() == 0
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize("face", FACES)
def test_help_shows_the_arrays_of_the_face(face):
    array = {"nd": nd.NDArray, "th": torch.Tensor, "sym": sym.Symbol}[face]
    signature = inspect.signature(FACES[face].contrib.box_nms)
    names = list(signature.parameters)
    assert names[:3] == ["data", "overlap_thresh", "valid_thresh"]
    assert names[11:] == {"nd": ["out", "name"], "th": ["name"], "sym": ["name", "attr"]}[face]
    assert signature.parameters["data"].annotation == (array | None if face == "sym" else array)
    assert signature.return_annotation is array
    assert FACES[face].contrib.box_nms.__doc__.startswith("Keep the best-scored box")


def test_help_shows_no_argument_that_is_filled_in():
    for function in (nd.Dropout, th.BatchNorm, sym.BatchNorm):
        assert "training" not in inspect.signature(function).parameters


def test_help_shows_how_many_arrays_come():
    assert inspect.signature(nd.contrib.MultiBoxTarget).return_annotation == list[nd.NDArray]
    assert inspect.signature(th.contrib.MultiBoxTarget).return_annotation == tuple[torch.Tensor, ...]
    assert inspect.signature(nd.BatchNorm).return_annotation is nd.NDArray


@pytest.mark.slow
@pytest.mark.skipif(importlib.util.find_spec("pyright") is None, reason="pyright comes with the tools of developers")
def test_a_type_checker_understands_them(tmp_path):
    sample = tmp_path / "sample.py"
    sample.write_text(SAMPLE)
    command = [sys.executable, "-m", "pyright", "--outputjson", "--pythonpath", sys.executable, str(sample)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    messages = [one for one in json.loads(done.stdout)["generalDiagnostics"] if one["severity"] == "error"]
    found = {(one["range"]["start"]["line"], one["rule"]) for one in messages}
    lines = enumerate(SAMPLE.splitlines())
    assert found == {(number, line.partition("# wrong: ")[2]) for number, line in lines if "# wrong: " in line}
