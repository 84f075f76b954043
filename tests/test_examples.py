"""The examples run from end to end and learn; how well takes minutes, and each prints it."""

import re
import runpy
import sys
from pathlib import Path

import pytest

EXAMPLES = sorted((Path(__file__).parents[1] / "examples").glob("train_*.py"))


def test_there_is_one_of_each_family():
    assert [one.stem for one in EXAMPLES] == [
        "train_center_net_digits", "train_faster_rcnn_digits", "train_ssd_digits", "train_yolo3_digits",
    ]  # fmt: skip


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda one: one.stem)
def test_it_learns_and_prints_its_map(example, monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", [str(example), "--epochs", "2", "--pictures", "32"])
    runpy.run_path(str(example), run_name="__main__")
    said = capsys.readouterr().out
    first, second = re.findall(r"^epoch \d+: loss(?:es)? (\d+\.\d+)", said, re.MULTILINE)
    assert float(second) < float(first), "the loss falls"
    assert re.search(r"^mAP@0\.5: \d\.\d{3}", said, re.MULTILINE)


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda one: one.stem)
def test_it_is_short(example):
    assert len(example.read_text(encoding="utf-8").splitlines()) < 100
