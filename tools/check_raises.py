"""Find errors that no test reads.

A ``raise`` of the package must have run in the last ``pytest --cov``, and a test that expects an error must read its
words, with ``match=`` or from the caught error. Together: every message has been seen, and says what it should.
"""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

from coverage import CoverageData

ROOT = Path(__file__).resolve().parent.parent
WORDLESS = {"KeyboardInterrupt", "StopIteration", "SystemExit"}
"""Errors of Python's own machinery, which carry no message."""


def unseen(data: CoverageData) -> Iterator[str]:
    """Name every ``raise`` in the package that did not run."""
    ran = {Path(name).resolve(): set(data.lines(name) or ()) for name in data.measured_files()}
    for path in sorted((ROOT / "src").rglob("*.py")):
        lines = ran.get(path, set())
        nodes = [node for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if isinstance(node, ast.Raise)]
        for node in sorted(nodes, key=lambda node: node.lineno):
            if lines.isdisjoint(range(node.lineno, (node.end_lineno or node.lineno) + 1)):
                yield f"{path.relative_to(ROOT)}:{node.lineno}: no test makes this raise"


def unread() -> Iterator[str]:
    """Name every ``with pytest.raises(...)`` that takes any message."""
    for path in sorted((ROOT / "tests").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            for item in node.items if isinstance(node, ast.With) else ():
                call = item.context_expr
                if not isinstance(call, ast.Call) or ast.unparse(call.func) != "pytest.raises" or item.optional_vars:
                    continue
                reads = any(keyword.arg == "match" for keyword in call.keywords)
                if not reads and {ast.unparse(argument) for argument in call.args}.isdisjoint(WORDLESS):
                    yield f"{path.relative_to(ROOT)}:{node.lineno}: this test does not read the error's words"


def main() -> int:
    """Print what was found; 1 when there is anything."""
    data = CoverageData(str(ROOT / ".coverage"))
    data.read()
    if not data.measured_files():
        sys.exit("check_raises: no coverage was measured; run `pytest --cov` first")
    found = [*unseen(data), *unread()]
    for line in found:
        print(line)
    print(f"check_raises: {len(found)} found" if found else "check_raises: every error is read by a test")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
