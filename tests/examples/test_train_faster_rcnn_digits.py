"""The example runs from end to end; how well it learns takes minutes, and is printed by itself."""

import re
import runpy
import sys
from pathlib import Path

EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "train_faster_rcnn_digits.py"


def test_it_runs_and_prints_its_map(monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", [str(EXAMPLE), "--epochs", "2", "--pictures", "32"])
    runpy.run_path(str(EXAMPLE), run_name="__main__")
    said = capsys.readouterr().out
    losses = [[float(one) for one in re.findall(r"\d+\.\d+", line)] for line in said.splitlines()[:2]]
    assert sum(losses[1][:3]) < sum(losses[0][:3]), "the losses fall"
    assert re.search(r"^mAP@0\.5: \d\.\d{3} after \d+ s$", said, re.MULTILINE)
