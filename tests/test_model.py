"""Checkpoints, and the callbacks of training loops."""

import logging
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from regluon import callback, model, nd, sym
from regluon.core.errors import FormatError
from regluon.gluon import metric


@pytest.fixture
def prefix(tmp_path: Path) -> str:
    return str(tmp_path / "net")


class TestCheckpoints:
    def test_come_back(self, prefix: str, caplog: pytest.LogCaptureFixture):
        caplog.set_level(logging.INFO)
        net = sym.FullyConnected(sym.var("data"), num_hidden=2, name="fc")
        model.save_checkpoint(prefix, 7, net, {"fc_weight": nd.ones((2, 3))}, {"mean": nd.zeros((2,))})
        assert caplog.messages == [f'Saved checkpoint to "{prefix}-0007.params"']
        assert sorted(nd.load(f"{prefix}-0007.params")) == ["arg:fc_weight", "aux:mean"]
        found, arguments, states = model.load_checkpoint(prefix, 7)
        assert found.tojson() == net.tojson()
        np.testing.assert_array_equal(arguments["fc_weight"].asnumpy(), np.ones((2, 3)))
        assert (list(arguments), list(states)) == (["fc_weight"], ["mean"])

    def test_without_a_graph(self, prefix: str):
        model.save_checkpoint(prefix, 12345, None, {}, {"x": nd.ones(1)})
        assert [path.name for path in Path(prefix).parent.iterdir()] == ["net-12345.params"]

    def test_an_empty_file_is_told(self, prefix: str, caplog: pytest.LogCaptureFixture):
        nd.save(f"{prefix}-0001.params", {})
        assert model.load_params(prefix, 1) == ({}, {})
        assert caplog.messages == [f"Params file '{prefix}-0001.params' is empty"]

    def test_other_files_are_refused(self, prefix: str):
        nd.save(f"{prefix}-0001.params", [nd.ones(1)])
        with pytest.raises(FormatError, match=r"load_params: '.*' must hold arrays by name, got a list of 1"):
            model.load_params(prefix, 1)
        nd.save(f"{prefix}-0001.params", {"weight": nd.ones(1)})
        with pytest.raises(FormatError, match=r"must begin with 'arg:' or 'aux:', got 'weight'"):
            model.load_params(prefix, 1)


def batches(count: int, measured: metric.EvalMetric | None = None) -> list[model.BatchEndParam]:
    return [model.BatchEndParam(2, number, measured, None) for number in range(count)]


@pytest.fixture
def accuracy() -> metric.EvalMetric:
    found = metric.Accuracy()
    found.update([nd.array([1, 0, 1, 1])], [nd.array([1, 1, 1, 1])])
    return found


class TestCallbacks:
    @pytest.fixture(autouse=True)
    def _at_info(self, caplog: pytest.LogCaptureFixture) -> None:
        caplog.set_level(logging.INFO)

    def test_checkpoints_come_every_few_epochs(self, prefix: str):
        save = callback.do_checkpoint(prefix, 2)
        for epoch in range(5):
            save(epoch, None, {"x": nd.ones(1)}, {})
        assert sorted(path.name for path in Path(prefix).parent.iterdir()) == ["net-0002.params", "net-0004.params"]

    def test_modules_save_themselves(self):
        class Module:
            saved: list

            def save_checkpoint(self, *arguments):
                self.saved.append(arguments)

        module = Module()
        module.saved = []
        save = callback.module_checkpoint(module, "net", 3, True)
        for epoch in range(7):
            save(epoch)
        assert module.saved == [("net", 3, True), ("net", 6, True)]

    def test_metric(self, accuracy: metric.EvalMetric, caplog: pytest.LogCaptureFixture):
        log = callback.log_train_metric(2, auto_reset=True)
        for param in batches(2, accuracy):
            log(param)
        assert caplog.messages == ["Iter[2] Batch[0] Train-accuracy=0.750000"]
        assert np.isnan(accuracy.get()[1])
        log(batches(1)[0])
        assert len(caplog.messages) == 1

    @pytest.mark.parametrize(
        ("auto_reset", "messages"),
        [
            pytest.param(
                True,
                [
                    "Epoch[2] Batch [0-2]\tSpeed: 8.00 samples/sec\taccuracy=0.750000",
                    "Epoch[2] Batch [2-4]\tSpeed: 16.00 samples/sec\taccuracy=nan",
                ],
                id="reset",
            ),
            pytest.param(
                False,
                [
                    "Epoch[2] Batch [0-2]\tSpeed: 8.00 samples/sec\taccuracy=0.750000",
                    "Epoch[2] Batch [0-4]\tSpeed: 16.00 samples/sec\taccuracy=0.750000",
                ],
                id="not",
            ),
        ],
    )
    def test_speed(self, auto_reset: bool, messages: list, accuracy, caplog, monkeypatch):
        seconds = iter([0.0, 1.0, 1.5, 2.0, 2.0])
        monkeypatch.setattr(callback, "time", SimpleNamespace(time=lambda: next(seconds)))
        log = callback.Speedometer(4, 2, auto_reset)
        for param in batches(5, accuracy):
            log(param)
        assert caplog.messages == messages

    def test_speed_begins_anew_with_each_epoch(self, caplog, monkeypatch):
        monkeypatch.setattr(callback, "time", SimpleNamespace(time=lambda: 0.0))
        log = callback.Speedometer(4, 2)
        for _ in range(2):
            for param in batches(3):
                log(param)
        assert caplog.messages == ["Iter[2] Batch [2]\tSpeed: inf samples/sec"] * 2

    def test_bar(self, caplog: pytest.LogCaptureFixture):
        bar = callback.ProgressBar(3, length=6)
        for param in batches(4):
            bar(param)
        assert [message.strip() for message in caplog.messages] == [
            "[------] 0%", "[==----] 34%", "[====--] 67%", "[======] 100%"
        ]  # fmt: skip

    def test_validation(self, accuracy: metric.EvalMetric, caplog: pytest.LogCaptureFixture):
        callback.LogValidationMetricsCallback()(batches(1, accuracy)[0])
        callback.LogValidationMetricsCallback()(batches(1)[0])
        assert caplog.messages == ["Epoch[2] Validation-accuracy=0.750000"]
