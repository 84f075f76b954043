"""Record what real MXNet 1.9.1 answers to pieces of code: ``tools/pieces`` into ``tests/golden/pieces``.

Runs where MXNet is installed, never beside the package itself, from the root of the repository:

    python -m tools.record_pieces            record everything
    python -m tools.record_pieces --check    compare with the committed files instead

A ``.lines`` file has one piece a line, a ``.blocks`` file pieces of several lines with an empty line between them;
lines that begin with ``#`` are for readers.
"""

import json
import os
import sys
import warnings
from pathlib import Path
from typing import Any

from tests.snippets import answer

ROOT = Path(__file__).resolve().parent.parent


def main() -> int:
    """Record or compare every file; return the exit status."""
    warnings.simplefilter("ignore")
    # One step after the other, or some answers would be of memory that is still being written.
    os.environ["MXNET_ENGINE_TYPE"] = "NaiveEngine"
    import mxnet

    wrong = 0
    for source in sorted((ROOT / "tools" / "pieces").iterdir()):
        target = ROOT / "tests" / "golden" / "pieces" / f"{source.stem}.json"
        text = recorded(source, mxnet)
        if "--check" not in sys.argv:
            target.write_text(text, encoding="utf-8")
            print(f"{target.name}: {len(text)} characters")
        elif target.read_text(encoding="utf-8") != text:
            wrong += 1
            print(f"{target.name} differs")
    return int(wrong > 0)


def recorded(source: Path, mx: Any) -> str:
    """Return the pieces of a file with their answers as JSON, one piece a line."""
    lines = [line for line in source.read_text(encoding="utf-8").splitlines() if not line.startswith("#")]
    pieces = lines if source.suffix == ".lines" else "\n".join(lines).split("\n\n")
    rows = []
    for piece in pieces:
        if piece.strip():
            # A fresh manager, so that automatic names count from 0 in every piece.
            with mx.name.NameManager():
                rows.append(json.dumps([piece.strip("\n"), answer(piece, mx)]))
    return "[\n" + ",\n".join(rows) + "\n]\n"


if __name__ == "__main__":
    sys.exit(main())
