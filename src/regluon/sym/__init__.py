"""Symbols: graphs of the operators, MXNet's JSON, shape inference, execution."""

from regluon.sym import _internal, contrib, fill, image, linalg, op, random
from regluon.sym.executor import Executor
from regluon.sym.lower import lower
from regluon.sym.op import *  # noqa: F403
from regluon.sym.symbol import Group, Symbol, Variable, fromjson, load, load_json, var

__all__ = [  # noqa: PLE0604
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
    "op",
    "random",
    "var",
]
__all__ += op.__all__
