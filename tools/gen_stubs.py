"""Write the stubs of the faces, so that editors and type checkers know every operator's arguments.

    python tools/gen_stubs.py           writes src/regluon/{nd,th,sym}/*.pyi
    python tools/gen_stubs.py --check   says which are out of date, and fails if any is

The faces are made from the registry when they are imported; a type checker does not import. The stubs say the same.
"""

import ast
import importlib
import inspect
import re
import sys
from collections.abc import Callable, Iterator, Mapping
from inspect import Parameter, Signature
from pathlib import Path
from typing import Annotated, Any, Literal, get_args, get_origin

from regluon.core.files import write_text
from regluon.ops.attr import DType, Place
from regluon.ops.face import Face
from regluon.ops.namespaces import NAMESPACES
from regluon.ops.registry import Operator, operators

SOURCE = Path(__file__).parents[1] / "src" / "regluon"
HEAD = ("# Made by tools/gen_stubs.py from the registry of operators.", "# ruff: noqa")

# Where the type of arrays comes from, and the class of methods, by face.
ORIGINS = {"nd": "regluon.nd.ndarray", "th": "torch", "sym": "regluon.sym.symbol"}
METHODS = {"nd": "ArrayMethods", "sym": "SymbolMethods"}


def main() -> int:
    """Write or check all stubs; return the exit code."""
    checking = "--check" in sys.argv
    stale = [path for path, text in stubs() if not path.exists() or path.read_text(encoding="utf-8") != text]
    for path, text in stubs():
        if path in stale and not checking:
            write_text(path, text)
    for path in stale:
        print(f"{'out of date' if checking else 'written'}: {path.relative_to(SOURCE.parents[1])}")
    if stale and checking:
        print("make stubs writes them anew")
    return int(checking and bool(stale))


def stubs() -> Iterator[tuple[Path, str]]:
    """Yield every stub's path and text."""
    by_function = {id(one.function): one for one in operators()}
    for package in ORIGINS:
        face = importlib.import_module(f"regluon.{package}.lift").face
        for namespace in NAMESPACES:
            module = importlib.import_module(f"regluon.{package}.{namespace}")
            names = _names(module)
            body = [_function(face, name, getattr(module, name), by_function) for name in names]
            body += ["", "__all__ = [", *(f'    "{name}",' for name in names), "]"]
            yield SOURCE / package / f"{namespace}.pyi", _text(package, face, body)
        if package in METHODS:
            yield SOURCE / package / "methods.pyi", _text(package, face, _methods(package, face, by_function))


def _text(package: str, face: Face, body: list[str]) -> str:
    """Put the head before a stub's lines, with the imports they need."""
    used = "\n".join(body)
    head = list(HEAD)
    for origin, names in {
        "collections.abc": ("Callable", "Mapping", "Sequence"),
        "typing": ("Any", "Literal"),
        "numpy": ("number",),
    }.items():
        found = [name for name in names if re.search(rf"\b{name}\b", used)]
        if found:
            head.append(f"from {origin} import {', '.join(found)}")
    return "\n".join([*head, f"from {ORIGINS[package]} import {face.array.__name__}", "", *body]) + "\n"


def _names(module: Any) -> list[str]:
    """Name the functions a module has for others: the operators' and those its text assigns."""
    body = ast.parse(Path(module.__file__).read_text(encoding="utf-8")).body
    targets = [one for line in body if isinstance(line, ast.Assign) for one in line.targets]
    assigned = {one.id for one in targets if isinstance(one, ast.Name) and not one.id.startswith("_")}
    return sorted({*module.__all__, *assigned})


def _function(face: Face, name: str, function: Callable[..., Any], by_function: Mapping[int, Operator]) -> str:
    """Write one function, or one method without ``self``."""
    operator = by_function.get(id(getattr(function, "__wrapped__", None)))
    signature = inspect.signature(function) if operator is None else face.signature(operator)
    returns = "Any" if operator is None else _annotation(face, signature.return_annotation)
    return f"def {name}({_arguments(face, signature, operator)}) -> {returns}: ..."


def _methods(package: str, face: Face, by_function: Mapping[int, Operator]) -> list[str]:
    """Write the class of methods and arithmetic."""
    importlib.import_module(f"regluon.{package}")  # fills the class
    methods = getattr(importlib.import_module(f"regluon.{package}.methods"), METHODS[package])
    array = face.array.__name__
    lines = [f"class {METHODS[package]}:", "    __slots__ = ()", "    def __hash__(self) -> int: ..."]
    for name, function in sorted(vars(methods).items()):
        if not callable(function) or name in ("__hash__", "__init_subclass__"):
            continue
        if name in ("__neg__", "__abs__"):
            lines.append(f"    def {name}(self) -> {array}: ...")
        elif name.startswith("__"):
            # Python has these take any object, and give a bool.
            allowed = "  # pyright: ignore[reportIncompatibleMethodOverride]" if name in ("__eq__", "__ne__") else ""
            lines.append(f"    def {name}(self, other: {array} | float | number) -> {array}: ...{allowed}")
        else:
            text = _function(face, name, function, by_function)
            first = re.escape(next(iter(inspect.signature(function).parameters.values())).name)
            lines.append("    " + re.sub(rf"\({first}(: [^,)]*)?( = \.\.\.)?", "(self", text, count=1))
    return [*lines, "", f'__all__ = ["{METHODS[package]}"]']


def _arguments(face: Face, signature: Signature, operator: Operator | None) -> str:
    parts: list[str] = []
    starred = False
    for one in signature.parameters.values():
        if one.kind is one.KEYWORD_ONLY and not starred:
            parts.append("*")
        starred |= one.kind in (one.KEYWORD_ONLY, one.VAR_POSITIONAL)
        stars = {one.VAR_POSITIONAL: "*", one.VAR_KEYWORD: "**"}.get(one.kind, "")
        kind = "Any" if operator is None else _annotation(face, one.annotation)
        default = "" if one.default is Parameter.empty else " = ..."
        parts.append(f"{stars}{one.name}: {kind}{default}")
    return ", ".join(parts)


def _annotation(face: Face, annotation: Any) -> str:
    """Write a type; that any attribute may also be given as text the stubs do not tell."""
    origin, inner = get_origin(annotation), get_args(annotation)
    if annotation in (DType, Place, Any):
        return "Any"
    if annotation is None or annotation is type(None):
        return "None"
    if origin is Literal:
        return f"Literal[{', '.join(map(repr, inner))}]"
    if origin is Annotated:
        return _annotation(face, inner[0])
    if origin is Mapping:
        return f"Mapping[{', '.join(_annotation(face, one) for one in inner)}]"
    if origin is list or (origin is tuple and face.array in inner):
        return str(annotation).replace(f"{face.array.__module__}.{face.array.__name__}", face.array.__name__)
    if origin is tuple:
        item = _annotation(face, inner[0])
        return f"{item} | Sequence[{item}]"
    if inner:
        return " | ".join(dict.fromkeys(part for one in inner for part in _annotation(face, one).split(" | ")))
    return annotation.__name__


if __name__ == "__main__":
    sys.exit(main())
