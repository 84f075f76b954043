"""Symbols: graphs of the operators, MXNet's JSON, shape inference, execution."""

from regluon.sym import _internal, contrib, fill, functions, image, linalg, np, npx, op, random
from regluon.sym.executor import Executor
from regluon.sym.lower import lower
from regluon.sym.op import *  # noqa: F403
from regluon.sym.symbol import Group, Symbol, Variable, fromjson, load, load_json, var

# isort: split
# Last, as some take the place of operators of the same name.
from regluon.sym.functions import *  # noqa: F403

__all__ = [
    "Executor",
    "Group",
    "Symbol",
    "Variable",
    "_internal",
    "contrib",
    "fill",
    "fromjson",
    "image",
    "linalg",
    "load",
    "load_json",
    "lower",
    "np",
    "npx",
    "op",
    "random",
    "var",
]
__all__ += functions.__all__
__all__ += op.__all__
