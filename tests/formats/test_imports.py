"""The formats need numpy alone."""

import subprocess
import sys


def test_reads_files_without_torch():
    program = "import sys, regluon.formats; print('torch' in sys.modules, 'numpy' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "True"]
