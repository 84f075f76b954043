import csv
import json
import threading

import pytest

from regluon.core.errors import ArgumentError
from regluon.engine.arguments import build, load_arguments
from regluon.engine.config import DemoConfig
from regluon.engine.environment import environment, git_commit, missing_parts
from regluon.engine.run_folder import RunFolder, json_text
from regluon.engine.talk import Talk


def status(folder):
    return json.loads((folder.path / "status.json").read_text(encoding="utf-8"))


def test_names_count_up(tmp_path):
    names = [RunFolder(tmp_path / "runs" / "detect", "demo").path.name for _ in range(3)]
    assert names == ["demo", "demo-2", "demo-3"]


def test_a_gap_is_filled_before_counting_on(tmp_path):
    for name in ("demo", "demo-3"):
        (tmp_path / name).mkdir()
    assert RunFolder(tmp_path, "demo").path.name == "demo-2"


def test_runs_that_start_together_do_not_share_a_folder(tmp_path):
    folders = []
    threads = [threading.Thread(target=lambda: folders.append(RunFolder(tmp_path, "demo").path)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(folders)) == 8


def test_exist_ok_takes_the_folder_and_leaves_no_numbers_of_the_earlier_run(tmp_path):
    earlier = RunFolder(tmp_path, "demo")
    earlier.add_results({"epoch": 1})
    (earlier.weights / "best.safetensors").write_bytes(b"weights")
    later = RunFolder(tmp_path, "demo", exist_ok=True)
    assert later.path == earlier.path
    assert not (later.path / "results.csv").exists()
    assert (later.weights / "best.safetensors").read_bytes() == b"weights"


def test_a_project_that_cannot_be_made(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(ArgumentError, match=r"project must be a folder that can be written, got .*file.sub: Not a dir"):
        RunFolder(tmp_path / "file" / "sub", "demo")


def test_exist_ok_does_not_replace_a_file(tmp_path):
    (tmp_path / "demo").write_text("mine")
    with pytest.raises(ArgumentError, match="project must be a folder that can be written"):
        RunFolder(tmp_path, "demo", exist_ok=True)
    assert (tmp_path / "demo").read_text() == "mine"


def test_arguments_can_be_run_again(tmp_path):
    config = DemoConfig(epochs=3, device="0", name="x y")
    folder = RunFolder(tmp_path, config.name)
    folder.write_arguments(config)
    path = folder.path / "args.yaml"
    assert build(DemoConfig, load_arguments(path, "demo")) == config
    assert path.read_text().splitlines()[0].endswith(f"the same again: regluon demo cfg={path}")


def test_results_have_the_header_that_readers_know(tmp_path):
    folder = RunFolder(tmp_path, "demo")
    row = {"epoch": 1, "time": 1.23456789, "train/cls_loss": 2.0, "metrics/mAP50(B)": 0.5, "lr/pg0": 1e-3}
    folder.add_results(row)
    folder.add_results({**row, "epoch": 2})
    assert (folder.path / "results.csv").read_text() == (
        "epoch,time,train/cls_loss,metrics/mAP50(B),lr/pg0\n1,1.23457,2,0.5,0.001\n2,1.23457,2,0.5,0.001\n"
    )
    lines = (folder.path / "metrics.jsonl").read_text().splitlines()
    assert [json.loads(line)["epoch"] for line in lines] == [1, 2]
    assert json.loads(lines[0]) == row


def test_a_column_that_comes_later_leaves_the_earlier_rows_empty(tmp_path):
    folder = RunFolder(tmp_path, "demo")
    folder.add_results({"epoch": 1})
    folder.add_results({"epoch": 2, "val/loss": 0.5})
    with (folder.path / "results.csv").open(newline="") as file:
        assert list(csv.DictReader(file)) == [{"epoch": "1", "val/loss": ""}, {"epoch": "2", "val/loss": "0.5"}]


def test_numbers_that_json_does_not_know_are_null():
    assert json.loads(json_text({"a": [float("nan"), float("-inf"), 1.5], 3: (True, None)})) == {
        "a": [None, None, 1.5],
        "3": [True, None],
    }


@pytest.mark.parametrize(
    ("error", "state"),
    [
        pytest.param(None, "finished", id="finished"),
        pytest.param(KeyboardInterrupt(), "interrupted", id="interrupted"),
        pytest.param(ValueError("no luck"), "failed", id="failed"),
    ],
)
def test_status_tells_how_a_run_ended(tmp_path, error, state):
    folder = RunFolder(tmp_path, "demo")

    def run():
        with folder.running():
            assert status(folder)["state"] == "running"
            folder.write_status(epoch=3)
            if error is not None:
                raise error

    if error is None:
        run()
    else:
        with pytest.raises(type(error), match=str(error) or "^$"):
            run()
    assert status(folder)["state"] == state
    assert status(folder)["epoch"] == 3
    assert status(folder).get("error") == ("ValueError: no luck" if state == "failed" else None)


def test_the_log_is_in_the_folder(tmp_path):
    folder = RunFolder(tmp_path, "demo")
    with Talk("quiet") as talk:
        talk.log_to(folder.log)
        talk.say("hello")
    assert (tmp_path / "demo" / "train.log").read_text().endswith(" hello\n")


def test_environment_names_versions_and_facts(tmp_path):
    folder = RunFolder(tmp_path, "demo")
    folder.write_environment(device="cpu", seed=7)
    told = json.loads((folder.path / "env.json").read_text())
    assert told["seed"] == 7
    assert told["device"] == "cpu"
    assert {"regluon", "python", "torch", "numpy", "numba", "platform", "cpus", "git"} < set(told)
    assert told == json.loads(json_text(environment(device="cpu", seed=7)))


def test_commit_is_that_of_the_working_folder_or_none(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    assert git_commit() is None
    monkeypatch.setenv("PATH", "")
    assert git_commit() is None


def test_parts_of_a_package_that_is_not_installed():
    assert missing_parts("no-such-package") == {"": []}


def test_parts_that_are_not_installed(monkeypatch):
    asked = ["torch>=2", "no-such-a; python_version<'9'", "no-such-b>=1; extra == 'demo'", 'no-such-c; extra == "dev"']
    monkeypatch.setattr("regluon.engine.environment.metadata.requires", lambda package: asked)
    assert missing_parts() == {"": ["no-such-a"], "demo": ["no-such-b"]}
