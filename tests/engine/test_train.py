import csv
import io
import json
import signal

import pytest
import torch
from rich.console import Console

from regluon.core.errors import ArgumentError, MXNetError
from regluon.engine.run_folder import RunFolder
from regluon.engine.talk import Talk
from regluon.engine.train import Learner, fit

BATCHES = [torch.zeros(4, 3), torch.zeros(4, 3), torch.zeros(2, 3)]


class FakeModel:
    """Counts its steps; is as good in each epoch as a list says."""

    def __init__(self, scores, on_step=None):
        self.scores = list(scores)
        self.steps = 0
        self.validations = 0
        self.saved = []
        self.on_step = on_step

    def learner(self):
        return Learner(
            train_step=self.train_step,
            validate=self.validate,
            save=self.save,
            learning_rate=lambda: 0.1 / self.steps,
        )

    def train_step(self, batch):
        self.steps += 1
        if self.on_step is not None:
            self.on_step(self)
        return {"cls_loss": torch.tensor(float(self.steps), requires_grad=True), "box_loss": 0.5}

    def validate(self):
        self.validations += 1
        return {"precision": 0.25, "recall": 0.75, "mAP50": self.scores[self.validations - 1], "val/cls_loss": 3.0}

    def save(self, path, facts):
        self.saved.append((path.name, facts))
        path.with_suffix(".json").write_text(json.dumps(self.steps))


@pytest.fixture
def folder(tmp_path):
    return RunFolder(tmp_path, "demo")


@pytest.fixture
def talk():
    return Talk(console=Console(file=io.StringIO(), width=200))


@pytest.fixture(autouse=True)
def _handler():
    # A suite started in the background would ignore the signal.
    outer = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, outer)


def saved_at(folder, name):
    return json.loads((folder.weights / f"{name}.json").read_text())


def status(folder):
    return json.loads((folder.path / "status.json").read_text())


def test_keeps_the_best_and_the_last(folder, talk):
    model = FakeModel([0.2, 0.6, 0.4])
    report = fit(BATCHES, model.learner(), folder, talk, epochs=3)
    assert (report.epochs, report.best_epoch, report.reason) == (3, 2, "finished")
    assert report.metrics["mAP50"] == 0.6
    assert saved_at(folder, "best") == 6
    assert saved_at(folder, "last") == 9
    assert [(name, facts["epoch"]) for name, facts in model.saved] == [
        ("last", 1), ("best", 1), ("last", 2), ("best", 2), ("last", 3),
    ]  # fmt: skip
    assert model.saved[3][1]["metrics"]["mAP50"] == 0.6


def test_an_equal_score_is_not_better(folder, talk):
    assert fit(BATCHES, FakeModel([0.5, 0.5]).learner(), folder, talk, epochs=2).best_epoch == 1


def test_a_score_of_nan_is_never_the_best(folder, talk):
    model = FakeModel([float("nan"), 0.1, float("nan")])
    assert fit(BATCHES, model.learner(), folder, talk, epochs=3).best_epoch == 2
    assert saved_at(folder, "best") == 6


def test_without_a_score_there_is_no_best(folder, talk):
    report = fit(BATCHES, FakeModel([float("nan")]).learner(), folder, talk, epochs=1)
    assert (report.best_epoch, report.metrics) == (0, {})
    assert not (folder.weights / "best.json").exists()


def test_results_table(folder, talk):
    fit(BATCHES, FakeModel([0.2, 0.6]).learner(), folder, talk, epochs=2)
    with (folder.path / "results.csv").open(newline="") as file:
        first, second = csv.DictReader(file)
    assert list(first) == [
        "epoch", "time", "train/cls_loss", "train/box_loss", "metrics/precision(B)", "metrics/recall(B)",
        "metrics/mAP50(B)", "val/cls_loss", "lr/pg0",
    ]  # fmt: skip
    # Losses are means over the epoch's steps: (1 + 2 + 3) / 3 and (4 + 5 + 6) / 3.
    assert (first["train/cls_loss"], second["train/cls_loss"]) == ("2", "5")
    assert first["train/box_loss"] == "0.5"
    assert (first["metrics/mAP50(B)"], first["val/cls_loss"], second["epoch"]) == ("0.2", "3", "2")
    assert float(second["lr/pg0"]) == pytest.approx(0.1 / 6, abs=1e-6)
    assert 0 <= float(first["time"]) <= float(second["time"])


def test_patience(folder, talk):
    model = FakeModel([0.1, 0.5, 0.4, 0.3, 0.9])
    report = fit(BATCHES, model.learner(), folder, talk, epochs=5, patience=2)
    assert (report.epochs, report.best_epoch, report.reason) == (4, 2, "patience")
    assert "stopped: mAP50 has not risen for 2 epochs" in talk.console.file.getvalue()


def test_another_metric_can_decide(folder, talk):
    learner = FakeModel([0.2, 0.6]).learner()
    assert fit(BATCHES, learner, folder, talk, epochs=2, best_by="recall").best_epoch == 1


def test_a_metric_that_is_not_there(folder, talk):
    with pytest.raises(ArgumentError, match=r"^fit: best_by must be one of the metrics precision, .* got 'mAP75'$"):
        fit(BATCHES, FakeModel([0.2]).learner(), folder, talk, epochs=1, best_by="mAP75")


def test_nothing_to_train_on(folder, talk):
    with pytest.raises(ArgumentError, match=r"^fit: batches must hold one batch at least, got none$"):
        fit([], FakeModel([]).learner(), folder, talk, epochs=1)


def test_a_loss_that_is_lost_ends_the_run_before_bad_weights_are_kept(folder, talk):
    model = FakeModel([0.2, 0.2])
    learner = Learner(
        train_step=lambda batch: {"cls_loss": float("nan") if model.train_step(batch) and model.steps > 4 else 1.0},
        validate=model.validate,
        save=model.save,
    )
    with pytest.raises(MXNetError, match=r"^fit: cls_loss must stay finite, got nan; try a lower learning rate$"):
        fit(BATCHES, learner, folder, talk, epochs=2)
    assert saved_at(folder, "last") == 3


def press_at(step):
    def press(model):
        if model.steps == step:
            signal.raise_signal(signal.SIGINT)

    return press


def test_ctrl_c_finishes_the_step_and_keeps_the_last_weights(folder, talk):
    model = FakeModel([0.2, 0.6], on_step=press_at(5))
    with pytest.raises(KeyboardInterrupt), folder.running():
        fit(BATCHES, model.learner(), folder, talk, epochs=2)
    assert model.steps == 5
    assert saved_at(folder, "last") == 5
    assert saved_at(folder, "best") == 3
    assert model.saved[-1] == ("last", {"epoch": 1, "metrics": {}, "interrupted": True})
    assert status(folder)["state"] == "interrupted"
    assert f"interrupted in epoch 2; the last weights are in {folder.weights}" in talk.console.file.getvalue()


def test_ctrl_c_in_the_very_last_step_is_not_forgotten(folder, talk):
    model = FakeModel([0.2], on_step=press_at(3))
    with pytest.raises(KeyboardInterrupt):
        fit(BATCHES, model.learner(), folder, talk, epochs=1)
    assert saved_at(folder, "last") == 3
    assert model.validations == 0


def test_ctrl_c_in_validation_does_not_wait(folder, talk):
    model = FakeModel([0.2])

    def validate():
        signal.raise_signal(signal.SIGINT)
        pytest.fail("went on")

    learner = Learner(train_step=model.train_step, validate=validate, save=model.save)
    with pytest.raises(KeyboardInterrupt):
        fit(BATCHES, learner, folder, talk, epochs=1)
    assert model.saved == [("last", {"epoch": 1, "metrics": {}, "interrupted": True})]


def test_ctrl_c_while_saving_waits_for_the_file(folder, talk):
    model = FakeModel([0.2])

    def save(path, facts):
        if not model.saved:
            signal.raise_signal(signal.SIGINT)
        model.save(path, facts)

    learner = Learner(train_step=model.train_step, validate=model.validate, save=save)
    with pytest.raises(KeyboardInterrupt):
        fit(BATCHES, learner, folder, talk, epochs=1)
    assert [name for name, _ in model.saved] == ["last", "best", "last"]


def test_status_is_told_on_the_way(folder, talk, monkeypatch):
    monkeypatch.setattr("regluon.engine.train.STATUS_EVERY_SECONDS", 0.0)
    seen = []
    model = FakeModel([0.2, 0.6], on_step=lambda model: seen.append(status(folder)))
    with folder.running():
        fit(BATCHES, model.learner(), folder, talk, epochs=2)
    assert [(told["state"], told["epoch"], told.get("step")) for told in seen[:4]] == [
        ("running", 1, None), ("running", 1, 1), ("running", 1, 2), ("running", 2, 3),
    ]  # fmt: skip
    assert status(folder) | {"state": "finished", "epochs": 2, "best_epoch": 2} == status(folder)


@pytest.mark.parametrize(
    ("batch", "count"),
    [
        pytest.param(torch.zeros(4, 3), 4, id="tensor"),
        pytest.param((torch.zeros(5, 3), torch.zeros(5)), 5, id="pictures and labels"),
    ],
)
def test_pictures_of_a_batch(batch, count):
    assert FakeModel([]).learner().pictures(batch) == count
