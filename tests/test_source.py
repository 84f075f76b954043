"""The package keeps to its own rules of size and layout."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
FILES = {
    path.relative_to(ROOT).as_posix(): path.read_text(encoding="utf-8") for path in sorted((ROOT / "src").rglob("*.py"))
}
TREES = {name: ast.parse(text, name) for name, text in FILES.items()}
TOP = "src/regluon/__init__.py"

LINES_OF_A_FILE = 400
LINES_OF_A_FUNCTION = 60

# Of the machine, the registry or the work around the project rather than of the project.
FORBIDDEN = (
    "/home/",
    "/root/",
    "/tmp/",
    "/work/",
    "DESIGN.md",
    "ECOSYSTEM.md",
    "FIXME",
    "SPEC.md",
    "STYLE.md",
    "TODO",
    "USERS.md",
    "download.pytorch.org",
    "pragma: no",
    "pypi.org",
    "pythonhosted",
)
WRITTEN = (".cfg", ".ci/run", ".md", ".py", ".pyi", ".sh", ".toml", ".txt", ".yaml", ".yml", "Makefile")
FOLDERS = (".ci", "bench", "docs", "examples", "src", "tests", "tools")

Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


def _definitions(tree: ast.Module) -> Iterator[Definition]:
    return (node for node in ast.walk(tree) if isinstance(node, Definition))


def _code_lines(function: Definition, text: str) -> int:
    """Lines of a function after its signature and docstring, blank ones and comments not counted."""
    body = function.body[1:] if ast.get_docstring(function, clean=False) is not None else function.body
    if not body:
        return 0
    lines = text.splitlines()[body[0].lineno - 1 : function.end_lineno]
    return sum(1 for line in lines if line.strip() and not line.strip().startswith("#"))


def _public(tree: ast.Module) -> Iterator[Definition]:
    """The functions and classes of a module, and the methods of those classes, that a reader may use."""
    for node in tree.body:
        if isinstance(node, Definition) and not node.name.startswith("_"):
            yield node
            if isinstance(node, ast.ClassDef):
                yield from (
                    part for part in node.body if isinstance(part, Definition) and not part.name.startswith("_")
                )


def _is_face(node: ast.stmt, name: str) -> bool:
    """Whether a statement may stand in an ``__init__.py``: docstring, imports, ``__all__``; on top, lazy loading."""
    match node:
        case ast.Import() | ast.ImportFrom() | ast.Expr(value=ast.Constant(value=str())):
            return True
        case ast.Assign(targets=[ast.Name(id="__all__")]) | ast.AugAssign(target=ast.Name(id="__all__")):
            return True
        case ast.FunctionDef(name="__getattr__" | "__dir__") | ast.If(test=ast.Name(id="TYPE_CHECKING")):
            return name == TOP
        case ast.Assign(targets=[ast.Name(id=table)]) if table.startswith("_"):
            return name == TOP
    return False


def test_files_are_short():
    long = {name: count for name, text in FILES.items() if (count := len(text.splitlines())) > LINES_OF_A_FILE}
    assert long == {}


def test_functions_are_short():
    long = {
        f"{name}:{node.lineno} {node.name}": count
        for name, tree in TREES.items()
        for node in _definitions(tree)
        if not isinstance(node, ast.ClassDef) and (count := _code_lines(node, FILES[name])) > LINES_OF_A_FUNCTION
    }
    assert long == {}


def test_packages_only_gather():
    others = [
        f"{name}:{node.lineno}"
        for name, tree in TREES.items()
        if name.endswith("/__init__.py")
        for node in tree.body
        if not _is_face(node, name)
    ]
    assert others == []


def test_every_folder_is_a_package():
    bare = {path.parent.as_posix() for path in map(Path, FILES) if f"{path.parent.as_posix()}/__init__.py" not in FILES}
    assert bare == set()


def test_nothing_is_asserted():
    asserts = [
        f"{name}:{node.lineno}"
        for name, tree in TREES.items()
        for node in ast.walk(tree)
        if isinstance(node, ast.Assert)
    ]
    assert asserts == []


def test_nothing_is_printed_but_by_the_command_line():
    prints = [
        f"{name}:{node.lineno}"
        for name, tree in TREES.items()
        if not name.startswith("src/regluon/cli/")
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "print"
    ]
    assert prints == []


def test_everything_public_is_documented():
    silent = [
        f"{name}:{node.lineno} {node.name}"
        for name, tree in TREES.items()
        for node in _public(tree)
        if not ast.get_docstring(node) and not _is_bare(node)
    ]
    silent += [name for name, tree in TREES.items() if not ast.get_docstring(tree)]
    assert silent == []


def _is_bare(node: Definition) -> bool:
    """Whether this only completes another definition, or is nothing but a signature, as in a protocol."""
    if any(ast.unparse(decorator).endswith(("overload", ".setter")) for decorator in node.decorator_list):
        return True
    return not isinstance(node, ast.ClassDef) and ast.unparse(node.body[0]) == "..."


@pytest.mark.parametrize("word", FORBIDDEN)
def test_text_speaks_of_the_project_alone(word: str):
    texts = [path for folder in FOLDERS for path in (ROOT / folder).rglob("*") if path.is_file()]
    texts += [path for path in ROOT.iterdir() if path.is_file()]
    found = [
        f"{path.relative_to(ROOT).as_posix()}:{number}"
        for path in sorted(texts)
        if path.as_posix().endswith(WRITTEN) and path != Path(__file__).resolve()
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if word in line
    ]
    assert found == []
