"""Importing the package is quick, and loads nothing that most programs do not need."""

import os
import subprocess
import sys

import pytest

HEAVY = (
    "PIL",
    "accelerate",
    "av",
    "cyclopts",
    "hotcoco",
    "matplotlib",
    "numba",
    "onnx",
    "onnxruntime",
    "sklearn",
    "torchvision",
    "triton",
)

# Public names may be loaded at first use, so all of them are used.
EVERYTHING = "import regluon; [getattr(regluon, name) for name in regluon.__all__]"

LOADED = f"""
import sys
{EVERYTHING}
print(*(name for name in {HEAVY!r} if name in sys.modules))
"""

EXTRA_SECONDS = f"""
import time
import torch
start = time.perf_counter()
{EVERYTHING}
print(time.perf_counter() - start)
"""


def _run(program: str) -> str:
    # Compiled files may be kept, as on any machine; some test machines forbid it, and then each import compiles anew.
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    done = subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_loads_nothing_heavy():
    assert _run(LOADED) == ""


def test_would_notice_a_heavy_import():
    assert _run(LOADED.replace("import sys", "import PIL, sys")) == "PIL"


@pytest.mark.slow
def test_takes_under_half_a_second_more_than_torch():
    # The quickest of several: a busy machine only ever makes an import slower.
    seconds = []
    for _ in range(5):
        seconds.append(float(_run(EXTRA_SECONDS)))
        if seconds[-1] < 0.5:
            return
    pytest.fail(f"import regluon takes {min(seconds):.2f} s more than import torch; at most 0.5 s is allowed")
