#!/usr/bin/env python
"""Record what two builds of MXNet make of the quantised operators, under ``tests/golden``.

Run it twice, as no build has both sets of numbers: with MXNet 1.9.1, and with MXNet 1.8.0 without oneDNN.

    record_quantized.py            record what the MXNet that runs it answers
    record_quantized.py --check    compare with the committed files instead
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

os.environ.update(OMP_NUM_THREADS="1", MXNET_ENGINE_TYPE="NaiveEngine", MXNET_SUBGRAPH_VERBOSE="0")

from golden import archive, contrib_quantized

GOLDEN = Path(__file__).resolve().parent.parent / "tests" / "golden"


def main() -> int:
    """Do what the command line says; return the exit status."""
    wrong = 0
    for name, content in contrib_quantized.recordings():
        path = GOLDEN / name
        if "--check" in sys.argv[1:]:
            found = archive.differences(path.read_bytes(), content) if path.exists() else ["not recorded yet"]
            wrong += bool(found)
            sys.stdout.write(f"{name}: {'; '.join(found[:4]) or 'the same'}\n")
        else:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
            sys.stdout.write(f"{name}: {len(content)} bytes\n")
    return int(wrong > 0)


if __name__ == "__main__":
    sys.exit(main())
