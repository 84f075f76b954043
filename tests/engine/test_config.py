"""Arguments: their rules, their way in from text and YAML, their way out."""

from dataclasses import fields

import pytest
import yaml

from regluon.core.errors import ArgumentError, ArgumentTypeError, FormatError, UnknownNameError
from regluon.engine.arguments import build, load_arguments, values
from regluon.engine.config import DemoConfig, PredictConfig

PREDICT = {"source": ("a.png",), "model": "best.safetensors"}


@pytest.mark.parametrize(
    ("given", "words"),
    [
        pytest.param({"epochs": 0}, "demo: epochs must be an int >= 1, got 0", id="no epochs"),
        pytest.param({"epochs": 2.5}, "demo: epochs must be an int, got 2.5", id="half an epoch"),
        pytest.param({"epochs": True}, "demo: epochs must be an int, got True", id="a truth is no int"),
        pytest.param({"batch": -1}, "demo: batch must be an int >= 1, got -1", id="batch"),
        pytest.param({"images": 0}, "demo: images must be an int >= 1", id="images"),
        pytest.param({"val_images": 0}, "demo: val_images must be an int >= 1", id="val_images"),
        pytest.param({"imgsz": 100}, "imgsz must be a multiple of 32 in 64 ... 2048, got 100; .* 96", id="odd side"),
        pytest.param({"imgsz": 32}, "imgsz must be a multiple of 32 .*, got 32; the nearest is 64", id="small side"),
        pytest.param({"imgsz": 32000}, "imgsz must be a multiple of 32 .*; the nearest is 2048", id="large side"),
        pytest.param({"lr0": 0}, "lr0 must be a number > 0, got 0", id="no rate"),
        pytest.param({"lr0": float("nan")}, "lr0 must be a number > 0, got nan", id="rate not a number"),
        pytest.param({"lr0": "fast"}, "lr0 must be a number, got 'fast'", id="rate in words"),
        pytest.param({"patience": -1}, "patience must be an int >= 0, got -1", id="patience"),
        pytest.param({"seed": 2**32}, "seed must be an int in 0 ... 4294967295, got 4294967296", id="large seed"),
        pytest.param({"device": "tpu"}, "device must be one of 'auto', 'cpu', .* got 'tpu'", id="device"),
        pytest.param({"device": "cuda:"}, "device must be one of .* got 'cuda:'", id="device without number"),
        pytest.param({"project": ""}, "project must be a folder, got ''", id="project"),
        pytest.param({"name": "a/b"}, "name must be a plain folder name .* got 'a/b'", id="name with a slash"),
        pytest.param({"name": "a\\b"}, "name must be a plain folder name", id="name with a backslash"),
        pytest.param({"name": ".."}, "name must be a plain folder name", id="name that leads out"),
        pytest.param({"name": ""}, "name must be a plain folder name", id="no name"),
        pytest.param({"name": "a\nb"}, "name must be a plain folder name", id="name of two lines"),
        pytest.param({"exist_ok": "maybe"}, "exist_ok must be true or false, got 'maybe'", id="neither true nor false"),
    ],
)
def test_demo_refuses(given, words):
    with pytest.raises((ArgumentError, ArgumentTypeError), match=words):
        DemoConfig(**given)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        pytest.param({"source": ()}, r"predict: source must be one picture or folder at least, got \(\)", id="none"),
        pytest.param({"source": ("a", "")}, "source must be one picture", id="empty source"),
        pytest.param({"source": "a"}, "source must be texts with commas between, got 'a'", id="source not a tuple"),
        pytest.param({"model": ""}, "model must be a file of weights, got ''", id="no model"),
        pytest.param({"conf": 1.5}, "conf must be a number in 0 ... 1, got 1.5", id="conf"),
        pytest.param({"conf": float("nan")}, "conf must be a number in 0 ... 1, got nan", id="conf not a number"),
        pytest.param({"iou": -0.1}, "iou must be a number in 0 ... 1, got -0.1", id="iou"),
        pytest.param({"iou": "x"}, "iou must be a number, or nothing, got 'x'", id="iou in words"),
        pytest.param({"max_det": 0}, "max_det must be an int >= 1, got 0", id="max_det"),
        pytest.param({"classes": ()}, r"classes must be class numbers from 0, got \(\)", id="no classes"),
        pytest.param({"classes": (-1,)}, "classes must be class numbers from 0", id="negative class"),
        pytest.param({"classes": ("cat",)}, "classes must be ints with commas between, or nothing", id="class names"),
        pytest.param({"imgsz": 50}, "predict: imgsz must be a multiple of 32", id="side"),
        pytest.param({"device": "gpu"}, "predict: device must be one of", id="device"),
        pytest.param({"name": "."}, "predict: name must be a plain folder name", id="name"),
    ],
)
def test_predict_refuses(given, words):
    with pytest.raises((ArgumentError, ArgumentTypeError), match=words):
        PredictConfig(**PREDICT | given)


@pytest.mark.parametrize("device", ["auto", "cpu", "cuda", "cuda:1", "0", "0,1", "mps"])
def test_devices_are_spelt_as_elsewhere(device):
    assert DemoConfig(device=device).device == device


@pytest.mark.parametrize(
    ("text", "value"),
    [
        pytest.param({"epochs": "3"}, {"epochs": 3}, id="int"),
        pytest.param({"lr0": "1e-2"}, {"lr0": 0.01}, id="float"),
        pytest.param({"lr0": 1}, {"lr0": 1}, id="int for a float"),
        pytest.param({"exist_ok": "True"}, {"exist_ok": True}, id="true"),
        pytest.param({"exist_ok": "no"}, {"exist_ok": False}, id="no"),
        pytest.param({"device": 0}, {"device": "0"}, id="number where a text is meant"),
        pytest.param({"name": "7"}, {"name": "7"}, id="text stays a text"),
    ],
)
def test_text_becomes_values(text, value):
    assert build(DemoConfig, text) == DemoConfig(**value)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        pytest.param("0,3", (0, 3), id="commas"),
        pytest.param([0, "3"], (0, 3), id="list"),
        pytest.param("none", None, id="none"),
        pytest.param(None, None, id="null"),
        pytest.param(4, (4,), id="one"),
    ],
)
def test_text_becomes_several_values(text, value):
    assert build(PredictConfig, PREDICT | {"classes": text}).classes == value


def test_what_is_not_a_value_is_refused_by_the_rule_not_by_python():
    with pytest.raises(ArgumentTypeError, match=r"^demo: epochs must be an int, got 'three'$"):
        build(DemoConfig, {"epochs": "three"})


def test_unknown_names_are_guessed():
    with pytest.raises(UnknownNameError, match=r"^demo: 'epoch' is not one of its arguments; did you mean 'epochs'"):
        build(DemoConfig, {"epoch": 3})
    with pytest.raises(UnknownNameError, match="demo: 'zzz' is not one of its arguments; it takes epochs, batch"):
        build(DemoConfig, {"zzz": 3})


def test_what_has_no_default_must_be_given():
    with pytest.raises(ArgumentTypeError, match=r"^predict: source must be given: pictures, folders"):
        build(PredictConfig, {"model": "m"})


def test_arguments_survive_yaml(tmp_path):
    config = PredictConfig(source=("a b.png", "ü"), model="m", classes=(1, 2), conf=0.125, exist_ok=True)
    path = tmp_path / "args.yaml"
    path.write_text(yaml.safe_dump(values(config), allow_unicode=True), encoding="utf-8")
    assert build(PredictConfig, load_arguments(path, "predict")) == config


@pytest.mark.parametrize(
    ("content", "words"),
    [
        pytest.param(None, "demo: cfg must be a readable YAML file, got .*args.yaml: No such file", id="missing"),
        pytest.param("a: [1", "demo: cfg must be a readable YAML file, got .*: while parsing", id="broken"),
        pytest.param("- 1\n", "demo: cfg must hold lines such as 'epochs: 12', got list", id="a list"),
        pytest.param("", "demo: cfg must hold lines such as 'epochs: 12', got NoneType", id="empty"),
        pytest.param("a: !!python/object:os.system 1", "cfg must be a readable YAML file", id="code is not run"),
    ],
)
def test_broken_yaml(tmp_path, content, words):
    path = tmp_path / "args.yaml"
    if content is not None:
        path.write_text(content, encoding="utf-8")
    with pytest.raises(FormatError, match=words):
        load_arguments(path, "demo")


@pytest.mark.parametrize("kind", [DemoConfig, PredictConfig])
def test_every_argument_has_a_help_text(kind):
    assert all(field.metadata["help"] for field in fields(kind))


@pytest.mark.parametrize("kind", [DemoConfig, PredictConfig])
def test_no_spelling_means_two_things(kind):
    spellings = [name for field in fields(kind) for name in (field.name, *field.metadata["aliases"])]
    assert len(set(spellings)) == len(spellings)
