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
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal, get_args, get_origin

from torch import Tensor

from regluon.core.files import write_text
from regluon.ops.attr import REQUIRED, DType, Place
from regluon.ops.namespaces import NAMESPACES
from regluon.ops.registry import Operator, operators

SOURCE = Path(__file__).parents[1] / "src" / "regluon"


@dataclass(frozen=True, slots=True)
class Face:
    """What the stubs of a face need to know.

    Attributes:
        package: its name.
        array: its type of arrays.
        imports: the line that brings the type.
        several: what an operator of several outputs gives.
        extra: arguments that every function takes besides the operator's.
        methods: the class of methods, if it has one.
    """

    package: str
    array: str
    imports: str
    several: str
    extra: str
    methods: str | None = None


FACES = (
    Face(
        "nd", "NDArray", "from regluon.nd.ndarray import NDArray", "list[NDArray]",
        "out: Any = ..., name: str | None = ...", "ArrayMethods",
    ),
    Face("th", "Tensor", "from torch import Tensor", "tuple[Tensor, ...]", "name: str | None = ..."),
    Face(
        "sym", "Symbol", "from regluon.sym.symbol import Symbol", "Symbol",
        "name: str | None = ..., attr: Mapping[str, str] | None = ...", "SymbolMethods",
    ),
)  # fmt: skip


def main() -> int:
    """Write or check all stubs; return the exit code."""
    stale = []
    for path, text in stubs():
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            stale.append(path)
            if "--check" not in sys.argv:
                write_text(path, text)
    for path in stale:
        print(f"{'out of date' if '--check' in sys.argv else 'written'}: {path.relative_to(SOURCE.parents[1])}")
    if stale and "--check" in sys.argv:
        print("make stubs writes them anew")
        return 1
    return 0


def stubs() -> Iterator[tuple[Path, str]]:
    """Yield every stub's path and text."""
    by_function = {id(one.function): one for one in operators()}
    for face in FACES:
        for namespace in NAMESPACES:
            module = importlib.import_module(f"regluon.{face.package}.{namespace}")
            names = _names(module)
            lines = [_function(face, name, getattr(module, name), by_function) for name in names]
            exported = [f"    {name!r},".replace("'", '"') for name in names]
            body = [*lines, "", "__all__ = [", *exported, "]"]
            yield SOURCE / face.package / f"{namespace}.pyi", _text(face, body)
        if face.methods is not None:
            yield SOURCE / face.package / "methods.pyi", _text(face, _methods(face, by_function))


def _text(face: Face, body: list[str]) -> str:
    """Put the head before a stub's lines, with the imports they need."""
    used = "\n".join(body)
    head = ["# Made by tools/gen_stubs.py from the registry of operators.", "# ruff: noqa"]
    wanted = {
        "from collections.abc import ": ("Callable", "Mapping", "Sequence"),
        "from typing import ": ("Any", "Literal"),
    }
    for line, names in wanted.items():
        found = [name for name in names if re.search(rf"\b{name}\b", used)]
        if found:
            head.append(line + ", ".join(found))
    return "\n".join([*head, face.imports, "", *body]) + "\n"


def _names(module: Any) -> list[str]:
    """Name the functions a module has for others: the operators' and those its text assigns."""
    body = ast.parse(Path(module.__file__).read_text(encoding="utf-8")).body
    assigned = {
        one.id for line in body if isinstance(line, ast.Assign) for one in line.targets if isinstance(one, ast.Name)
    }
    return sorted({*module.__all__, *(name for name in assigned if not name.startswith("_"))})


def _function(face: Face, name: str, function: Callable[..., Any], by_function: dict[int, Operator]) -> str:
    """Write one function."""
    operator = by_function.get(id(getattr(function, "__wrapped__", None)))
    if operator is None:
        return f"def {name}{_python_signature(function)} -> Any: ..."
    return f"def {name}({_arguments(face, operator, 0)}) -> {_result(face, operator)}: ..."


def _methods(face: Face, by_function: dict[int, Operator]) -> list[str]:
    """Write the class of methods and arithmetic."""
    importlib.import_module(f"regluon.{face.package}")  # fills the class
    methods = getattr(importlib.import_module(f"regluon.{face.package}.methods"), str(face.methods))
    lines = [f"class {face.methods}:", "    __slots__ = ()", "    def __hash__(self) -> int: ..."]
    for name, function in sorted(vars(methods).items()):
        if not callable(function) or name in ("__hash__", "__init_subclass__"):
            continue
        operator = by_function.get(id(getattr(function, "__wrapped__", None)))
        if operator is not None:
            arguments = _arguments(face, operator, 1)
            given = f"self, {arguments}" if arguments else "self"
            lines.append(f"    def {name}({given}) -> {_result(face, operator)}: ...")
        elif name in ("__neg__", "__abs__"):
            lines.append(f"    def {name}(self) -> {face.array}: ...")
        elif name in ("__eq__", "__ne__"):
            lines.append(f"    def {name}(self, other: Any) -> {face.array}: ...  # pyright: ignore")
        elif name.startswith("__"):
            lines.append(f"    def {name}(self, other: Any) -> {face.array}: ...")
        else:
            lines.append(f"    def {name}{_python_signature(function, bound=True)} -> Any: ...")
    return [*lines, "", f'__all__ = ["{face.methods}"]']


def _arguments(face: Face, operator: Operator, skip: int) -> str:
    """Write an operator's arguments, the first inputs left out."""
    parts: list[str] = []
    keyword_only = False
    parameters = list(inspect.signature(operator.function).parameters.values())
    for parameter in parameters[skip:]:
        if parameter.name not in operator.inputs and parameter.name not in operator.attributes:
            continue  # filled in by the faces
        if parameter.kind is parameter.VAR_POSITIONAL:
            parts.append(f"*{parameter.name}: {face.array}")
            keyword_only = True
            continue
        if parameter.kind is parameter.KEYWORD_ONLY and not keyword_only:
            parts.append("*")
            keyword_only = True
        attribute = operator.attributes.get(parameter.name)
        if attribute is None:
            # A graph makes variables of inputs that are not given.
            optional = parameter.name in operator.optional or face.package == "sym"
            text = f"{parameter.name}: {face.array} | None = ..." if optional else f"{parameter.name}: {face.array}"
        else:
            default = "" if attribute.default is REQUIRED else " = ..."
            if face.package == "sym" and not keyword_only and not default:
                default = " = ..."  # after inputs that may be left out
            text = f"{parameter.name}: {_annotation(attribute.annotation)}{default}"
        parts.append(text)
    if not keyword_only:
        parts.append("*")
    return ", ".join([*parts, face.extra])


def _result(face: Face, operator: Operator) -> str:
    returns = inspect.signature(operator.function).return_annotation
    if returns is Tensor:
        return face.array
    if get_origin(returns) is tuple:
        visible = len(get_args(returns)) - len(operator.mutates)
        return face.array if visible == 1 and Ellipsis not in get_args(returns) else face.several
    return "Any"


def _annotation(annotation: Any) -> str:
    """Write what an attribute takes; any of them may also be given as text, which the stubs do not invite to."""
    origin, inner = get_origin(annotation), get_args(annotation)
    if annotation is None or annotation is type(None):
        return "None"
    if annotation in (DType, Place):
        return "Any"
    if origin is Literal:
        return f"Literal[{', '.join(map(repr, inner))}]"
    if origin is Annotated:
        return _annotation(inner[0])
    if origin is tuple:
        item = _annotation(inner[0])
        return f"{item} | Sequence[{item}]"
    if inner:
        return " | ".join(dict.fromkeys(part for one in inner for part in _annotation(one).split(" | ")))
    return annotation.__name__


def _python_signature(function: Callable[..., Any], bound: bool = False) -> str:
    """Write the arguments of a function that is written in Python, without their types."""
    try:
        parameters = list(inspect.signature(function).parameters.values())
    except (TypeError, ValueError):
        return "(*args: Any, **kwargs: Any)"
    parts: list[str] = ["self"] if bound else []
    star = False
    for parameter in parameters[1 if bound else 0 :]:
        if parameter.kind is parameter.VAR_POSITIONAL:
            parts.append(f"*{parameter.name}: Any")
            star = True
        elif parameter.kind is parameter.VAR_KEYWORD:
            parts.append(f"**{parameter.name}: Any")
        else:
            if parameter.kind is parameter.KEYWORD_ONLY and not star:
                parts.append("*")
                star = True
            parts.append(f"{parameter.name}: Any{'' if parameter.default is parameter.empty else ' = ...'}")
    return f"({', '.join(parts)})"


if __name__ == "__main__":
    sys.exit(main())
