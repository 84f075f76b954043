"""The command line as its users meet it: words in; stdout, stderr and an exit code out."""

import json
import os
import re
import signal
import subprocess
import sys
import time
import types
from dataclasses import fields

import numpy as np
import pytest
from PIL import Image

from regluon.cli import main
from regluon.cli.verbs import VERBS
from regluon.core.errors import FormatError, MXNetError
from regluon.engine.results import Results
from regluon.version import __version__

WIDE = {**os.environ, "COLUMNS": "200"}


@pytest.fixture
def run(capsys, monkeypatch, tmp_path):
    """Run a command line in an empty folder; return code, stdout and stderr."""
    monkeypatch.chdir(tmp_path)

    def run(*words):
        code = main(words)
        said = capsys.readouterr()
        return code, said.out, said.err

    return run


@pytest.fixture
def demo(monkeypatch):
    """Put a demo in place that trains nothing; what it was asked comes back in a list."""
    asked = []

    def run_demo(config, talk):
        asked.append(config)
        talk.detail("a detail")
        talk.say("on the way")
        return {"mAP50": 0.875, "folder": "runs/detect/demo"}

    monkeypatch.setitem(sys.modules, "regluon.engine.demo", module("demo", run_demo=run_demo))
    return asked


@pytest.fixture
def detector(monkeypatch):
    """Put a detector in place that finds one object in every picture."""
    asked = []

    def load_detector(config, talk):
        asked.append(config)
        return lambda picture: Results(picture, [[1, 2, 11, 12, 0.5, 3]], {3: "three"}, speed={"inference": 1.5})

    monkeypatch.setitem(sys.modules, "regluon.engine.detector", module("detector", load_detector=load_detector))
    return asked


def module(name, **members):
    made = types.ModuleType(name)
    vars(made).update(members)
    return made


def picture(path):
    Image.new("RGB", (40, 30), "navy").save(path)
    return str(path)


class TestHelp:
    def test_lists_the_verbs(self, run):
        for words in ((), ("--help",), ("-h",)):
            code, out, err = run(*words)
            assert (code, err) == (0, "")
            assert all(re.search(rf"│ {verb} ", out) for verb in VERBS)

    @pytest.mark.parametrize("verb", ["demo", "predict"])
    def test_names_every_argument(self, run, verb):
        code, out, _ = run(verb, "--help")
        names = [field.name for field in fields(VERBS[verb].config)] + ["cfg", "json", "quiet", "verbose"]
        flags = [f"--{name.replace('_', '-')}" if name != "source" else "SOURCE" for name in names]
        assert code == 0
        assert [flag for flag in flags if flag not in out] == []
        assert out.startswith(f"Usage: regluon {verb} [OPTIONS]")

    def test_as_data(self, run):
        code, out, _ = run("--help-json")
        told = json.loads(out)
        assert code == 0
        assert set(told) == set(VERBS)
        assert (
            told["demo"]["arguments"]["batch"] | {"type": "int", "required": False}
            == told["demo"]["arguments"]["batch"]
        )
        assert told["demo"]["arguments"]["batch"]["aliases"] == ["batch-size", "b"]
        assert told["predict"]["arguments"]["model"]["required"]
        assert told["predict"]["arguments"]["classes"]["type"] == "tuple[int, ...] | None"
        assert json.loads(run("predict", "--help-json")[1]) == {"predict": told["predict"]}


class TestMistakes:
    @pytest.mark.parametrize(
        ("words", "line"),
        [
            ("demo --epoch 3", "demo: --epoch is not one of its arguments; did you mean --epochs?"),
            ("demo epoch=3", "demo: --epoch is not one of its arguments; did you mean --epochs?"),
            ("demo --zzz", "demo: --zzz is not one of its arguments; see --help"),
            ("version --jason", "version: --jason is not one of its arguments; did you mean --json?"),
            ("demo --epochs 0", "demo: epochs must be an int >= 1, got 0"),
            ("demo --epochs 2.5", "demo: epochs must be an int, got '2.5'"),
            ("demo epochs=many", "demo: epochs must be an int, got 'many'"),
            ("demo --epochs 3 epochs=4", "demo: Parameter --epochs specified multiple times."),
            ("demo --seed -1", "demo: seed must be an int in 0 ... 4294967295, got -1"),
            ("demo name=..", "demo: name must be a plain folder name (the folder above it is project), got '..'"),
            ("demo --epochs", "demo: --epochs needs a value"),
            ("demo soon", "demo: takes no 'soon'; arguments are written --epochs 3 or epochs=3"),
            ("demo --quiet --verbose", "demo: quiet and verbose exclude each other"),
            ("demo cfg=no.yaml", "demo: cfg must be a readable YAML file, got no.yaml: No such file or directory"),
            ("predict --model w", "predict: source must be given: pictures, folders of pictures, or patterns such as "),
            ("predict a.png", "predict: model must be given: weights that a run has written, such as runs/detect/"),
            ("predict a.png model=w classes=a", "predict: classes must be ints with commas between, or nothing"),
            ("predict a.png model=w conf=2", "predict: conf must be a number in 0 ... 1, got 2.0"),
            ("predict a.png model=w save=si", "predict: --save must be true or false"),
        ],
    )
    @pytest.mark.usefixtures("demo", "detector")
    def test_one_line_and_exit_code_1(self, run, words, line):
        code, out, err = run(*words.split())
        assert (code, out) == (1, "")
        # With --verbose the place in the code comes before the line.
        assert err.splitlines()[-1].startswith(f"regluon {line}")
        assert "--verbose" in words or err.count("\n") == 1

    def test_a_verb_that_is_none(self, run):
        code, out, err = run("dmeo")
        verbs = "demo, predict, checks, version"
        assert (code, out) == (1, "")
        assert err == f'regluon: Unknown command "dmeo". Did you mean "demo"? Available commands: {verbs}.\n'

    def test_an_overlong_word_is_a_mistake_like_others(self, run):
        code, _, err = run("demo", "x" * 5000 + "=1")
        assert code == 1
        assert err.startswith("regluon: File name too long")

    @pytest.mark.parametrize(
        ("error", "line"),
        [
            pytest.param(MXNetError("demo: it\n  is so"), "regluon demo: it is so", id="ours"),
            pytest.param(FormatError("w: no such file"), "regluon demo: w: no such file", id="ours, about a file"),
            pytest.param(OSError(28, "No space left on device"), "regluon demo: No space left on device", id="system"),
            pytest.param(
                PermissionError(13, "Permission denied", "runs"), "regluon demo: Permission denied: runs", id="file"
            ),
        ],
    )
    def test_failures_are_one_line(self, run, monkeypatch, error, line):
        def run_demo(config, talk):
            raise error

        monkeypatch.setitem(sys.modules, "regluon.engine.demo", module("demo", run_demo=run_demo))
        assert run("demo") == (1, "", f"{line}\n")
        code, _, err = run("demo", "--verbose")
        assert code == 1
        assert err.startswith("Traceback (most recent call last):")
        assert err.endswith(f"\n{line}\n")

    def test_a_fault_of_the_program_is_not_dressed_up(self, run, monkeypatch):
        monkeypatch.setitem(sys.modules, "regluon.engine.demo", module("demo", run_demo=lambda config, talk: 1 / 0))
        with pytest.raises(ZeroDivisionError, match="division by zero"):
            run("demo")

    def test_ctrl_c(self, run, monkeypatch):
        def run_demo(config, talk):
            raise KeyboardInterrupt

        monkeypatch.setitem(sys.modules, "regluon.engine.demo", module("demo", run_demo=run_demo))
        assert run("demo") == (130, "", "regluon demo: stopped by Ctrl-C\n")


class TestDemo:
    def test_result_on_stdout_talk_on_stderr(self, run, demo):
        assert run("demo") == (0, "mAP50   0.875\nfolder  runs/detect/demo\n", "on the way\n")

    def test_json(self, run, demo):
        _, out, err = run("demo", "--json")
        assert json.loads(out) == {"mAP50": 0.875, "folder": "runs/detect/demo"}
        assert err == "on the way\n"

    def test_quiet_and_verbose(self, run, demo):
        assert run("demo", "--quiet")[2] == ""
        assert run("--verbose", "demo")[2] == "a detail\non the way\n"

    def test_arguments_arrive(self, run, demo):
        run("demo", "--epochs", "3", "imgsz=96", "--exist_ok", "-b", "8", "--device", "0", "lr=1e-2", "name=x y")
        (config,) = demo
        assert (config.epochs, config.imgsz, config.exist_ok, config.batch) == (3, 96, True, 8)
        assert (config.device, config.lr0, config.name) == ("0", 0.01, "x y")

    def test_arguments_of_an_earlier_run_give_way_to_those_given(self, run, demo, tmp_path):
        (tmp_path / "args.yaml").write_text("epochs: 5\nseed: 7\nexist_ok: true\ndevice: 0\n")
        run("demo", "cfg=args.yaml", "--seed", "8", "--exist-ok=false")
        (config,) = demo
        assert (config.epochs, config.seed, config.exist_ok, config.device) == (5, 8, False, "0")

    def test_an_argument_file_with_a_mistake(self, run, demo, tmp_path):
        (tmp_path / "args.yaml").write_text("epoch: 5\n")
        code, _, err = run("demo", "--cfg", "args.yaml")
        assert (code, demo) == (1, [])
        assert err == "regluon demo: 'epoch' is not one of its arguments; did you mean 'epochs'?\n"


class TestPredict:
    def test_draws_and_writes(self, run, detector, tmp_path):
        code, out, err = run("predict", "--model", "w", picture(tmp_path / "a.png"), "--name", "seen")
        folder = tmp_path / "runs" / "detect" / "seen"
        assert (code, out) == (0, f"{tmp_path}/a.png: 1 three\n")
        assert err == "1 picture written to runs/detect/seen\n"
        assert {path.name for path in folder.iterdir()} == {"a.png", "a.json", "predictions.json", "args.yaml"}
        row = {"name": "three", "class": 3, "confidence": 0.5, "box": {"x1": 1, "y1": 2, "x2": 11, "y2": 12}}
        assert json.loads((folder / "a.json").read_text()) == [row]

    def test_one_broken_picture(self, run, detector, tmp_path):
        picture(tmp_path / "a.png")
        picture(tmp_path / "c.png")
        (tmp_path / "b.png").touch()
        code, out, err = run("predict", "--model", "w", ".")
        assert code == 1
        assert out == "a.png: 1 three\nc.png: 1 three\n"
        assert err == (
            "regluon predict: 'b.png' must be a picture, got an empty file\n2 pictures written to runs/detect/predict\n"
        )

    def test_json(self, run, detector, tmp_path):
        picture(tmp_path / "a.png")
        code, out, err = run("--json", "--quiet", "predict", "model=w", "a.png", "b.png")
        told = json.loads(out)
        assert code == 1
        assert err == "regluon predict: paths must be files, folders or patterns that exist, got 'b.png'\n"
        assert told["folder"] == "runs/detect/predict"
        assert [(seen["path"], seen["boxes"][0]["name"]) for seen in told["pictures"]] == [("a.png", "three")]
        assert told["pictures"][0]["saved"] == ["runs/detect/predict/a.png", "runs/detect/predict/a.json"]
        assert [failure["path"] for failure in told["failed"]] == ["b.png"]

    def test_nothing_is_written_where_nothing_is_wanted(self, run, detector, tmp_path):
        picture(tmp_path / "a.png")
        code, out, err = run("predict", "--model", "w", "a.png", "--no-save", "--verbose")
        assert (code, out, err) == (0, "a.png: 1 three\n", "a.png: 1.5 ms\n")
        assert json.loads(run("predict", "--model=w", "a.png", "save=False", "--json")[1])["folder"] is None
        assert not (tmp_path / "runs").exists()

    def test_runs_do_not_replace_each_other(self, run, detector, tmp_path):
        picture(tmp_path / "a.png")
        for _ in range(2):
            run("predict", "--model", "w", "a.png")
        assert {path.name for path in (tmp_path / "runs" / "detect").iterdir()} == {"predict", "predict-2"}

    def test_can_be_run_again(self, run, detector, tmp_path):
        picture(tmp_path / "a.png")
        run("predict", "--model", "w", "a.png", "--classes", "3", "--classes=4,5", "--no-save", "--save-txt")
        code, out, _ = run("predict", "cfg=runs/detect/predict/args.yaml", "classes=3")
        assert (code, out) == (0, "a.png: 1 three\n")
        assert [config.classes for config in detector] == [(3, 4, 5), (3,)]
        assert not detector[1].save

    def test_classes_that_are_not_there(self, run, detector, tmp_path):
        picture(tmp_path / "a.png")
        code, _, err = run("predict", "--model", "w", "a.png", "--classes", "3,9")
        assert (code, err) == (1, "regluon predict: classes must be among [3], got [9]\n")


class TestVersionAndChecks:
    def test_version(self, run):
        for words in (["version"], ["--version"]):
            code, out, _ = run(*words)
            assert code == 0
            assert out.splitlines()[0].split() == ["regluon", __version__]
            assert [line.split()[0] for line in out.splitlines()] == ["regluon", "python", "torch", "numpy", "numba"]
        assert json.loads(run("version", "--json")[1])["numpy"] == np.__version__

    def test_what_is_not_installed_is_said(self, run, monkeypatch):
        monkeypatch.setattr("regluon.cli.verbs.versions", lambda: {"torch": None})
        assert run("version")[1].splitlines()[-1] == "torch    not installed"
        assert json.loads(run("version", "json=true")[1])["torch"] is None

    def test_checks(self, run):
        code, out, err = run("checks")
        assert (code, err) == (0, "")
        assert re.search(r"^device cpu +\d+ threads$", out, re.MULTILINE)
        told = json.loads(run("checks", "--json")[1])
        assert told["devices"]["cpu"]
        assert told["faults"] == []

    def test_checks_names_what_is_missing_and_how_to_get_it(self, run, monkeypatch):
        monkeypatch.setattr(
            "regluon.cli.verbs.missing_parts", lambda: {"": ["numba", "pillow"], "demo": ["scikit-learn"], "coco": []}
        )
        code, out, err = run("checks")
        assert (code, err) == (1, "regluon checks: pillow is not installed: pip install pillow\n")
        assert re.search(r'^extra demo +missing scikit-learn: pip install "regluon\[demo\]"$', out, re.MULTILINE)
        assert re.search(r"^extra coco +installed$", out, re.MULTILINE)

    def test_checks_survives_a_torch_that_does_not_load(self, run, monkeypatch):
        monkeypatch.setitem(sys.modules, "regluon.engine.device", None)
        code, _, err = run("checks")
        assert code == 1
        assert err.startswith("regluon checks: torch cannot be used: ")


# What a process that only answers questions must not wait for.
LOADED = """
import sys
from regluon.cli import main
code = main(sys.argv[1:])
print("loaded:", *(name for name in ("torch", "numpy", "numba", "PIL", "matplotlib") if name in sys.modules))
sys.exit(code)
"""


def python(*words, **options):
    return subprocess.run([sys.executable, *words], env=WIDE, capture_output=True, text=True, check=False, **options)


class TestProcess:
    @pytest.mark.parametrize(
        "words", [["--help"], ["demo", "--help"], ["version"], ["demo", "--epochs", "0"], ["dmeo"]]
    )
    def test_answers_load_nothing_heavy(self, words):
        assert python("-c", LOADED, *words).stdout.splitlines()[-1] == "loaded:"

    def test_would_notice_a_heavy_import(self):
        done = python("-c", LOADED.replace("import sys", "import sys, PIL", 1), "version")
        assert done.stdout.splitlines()[-1] == "loaded: PIL"

    def test_help_takes_under_half_a_second(self):
        # The quickest of several: a busy machine only ever makes it slower.
        seconds = []
        while len(seconds) < 5 and min(seconds, default=1.0) >= 0.5:
            start = time.perf_counter()
            assert python("-m", "regluon", "--help").returncode == 0
            seconds.append(time.perf_counter() - start)
        assert min(seconds) < 0.5

    def test_module_and_exit_code(self):
        done = python("-m", "regluon", "demo", "--device", "tpu")
        assert done.returncode == 1
        assert done.stdout == ""
        assert done.stderr.startswith("regluon demo: device must be one of 'auto', 'cpu'")
        assert done.stderr.count("\n") == 1

    def test_a_reader_that_goes_away_is_no_fault(self):
        pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        with subprocess.Popen([sys.executable, "-m", "regluon", "version"], env=WIDE, **pipes) as child:
            child.stdout.close()
            assert child.stderr.read() == b""
        assert child.returncode in (0, 1)


# A demo of a thousand steps that take no time to understand.
SLOW_DEMO = """
import signal, sys, time, types
signal.signal(signal.SIGINT, signal.default_int_handler)
from regluon.cli import main

def run_demo(config, talk):
    from regluon.engine.run_folder import RunFolder
    from regluon.engine.train import Learner, fit
    folder = RunFolder(config.project, config.name)
    def step(batch):
        time.sleep(0.01)
        print("step", flush=True)
        return {"loss": 1.0}
    def save(path, facts):
        path.with_suffix(".txt").write_text(repr(facts))
    with folder.running():
        fit([[0]] * 1000, Learner(train_step=step, validate=dict, save=save, pictures=len), folder, talk, epochs=1)

sys.modules["regluon.engine.demo"] = types.ModuleType("demo")
sys.modules["regluon.engine.demo"].run_demo = run_demo
sys.exit(main(["demo"]))
"""


def test_ctrl_c_ends_a_training_cleanly(tmp_path):
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    with subprocess.Popen([sys.executable, "-c", SLOW_DEMO], cwd=tmp_path, env=WIDE, **pipes) as child:
        assert [child.stdout.readline() for _ in range(3)] == ["step\n"] * 3
        child.send_signal(signal.SIGINT)
        _, err = child.communicate(timeout=30)
    folder = tmp_path / "runs" / "detect" / "demo"
    assert child.returncode == 130
    assert err.splitlines() == [
        "interrupted in epoch 1; the last weights are in runs/detect/demo/weights",
        "regluon demo: stopped by Ctrl-C",
    ]
    assert json.loads((folder / "status.json").read_text())["state"] == "interrupted"
    assert (folder / "weights" / "last.txt").read_text() == "{'epoch': 0, 'metrics': {}, 'interrupted': True}"
