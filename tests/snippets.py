"""Pieces of MXNet code, run in two worlds: by real MXNet when they are recorded, by this package when they are tested.

The last expression of a piece is its answer. ``mx``, ``nd``, ``sym``, ``autograd`` and ``np`` are bound in it, and
``shown``, which tells all about a symbol.
This file runs on Python 3.8, as real MXNet does.
"""

import ast
import json
import math
from typing import Any

import numpy as np

__all__ = ["answer"]


def answer(code: str, mx: Any) -> Any:
    """Run a piece of code and describe what it gives, or the error it raises, in words that JSON can hold."""
    names: dict[str, Any] = {"mx": mx, "nd": mx.nd, "sym": mx.sym, "autograd": mx.autograd, "np": np}
    names["shown"] = _shown
    tree = ast.parse(code)
    last = tree.body[-1]
    body = ast.Module(tree.body[:-1] if isinstance(last, ast.Expr) else tree.body, [])
    value = ast.Expression(last.value if isinstance(last, ast.Expr) else ast.Constant(None, lineno=1, col_offset=0))
    try:
        exec(compile(body, "<piece>", "exec"), names)
        return _described(eval(compile(value, "<piece>", "eval"), names), mx)
    except Exception as error:
        return {"raises": type(error).__name__}


def _shown(symbol: Any) -> Any:
    graph = json.loads(symbol.tojson())
    return {
        "nodes": [[node["op"], node["name"], node.get("attrs", {}), node["inputs"]] for node in graph["nodes"]],
        "rows": graph["node_row_ptr"],
        "heads": graph["heads"],
        "names": [symbol.list_arguments(), symbol.list_outputs(), symbol.list_auxiliary_states()],
    }


def _described(value: Any, mx: Any) -> Any:
    if isinstance(value, mx.nd.NDArray):
        kind = "bfloat16" if str(value.dtype) == "torch.bfloat16" else np.dtype(value.dtype).name
        return {"NDArray": kind, "shape": list(value.shape), "values": _plain(value.asnumpy())}
    if isinstance(value, np.ndarray):
        return {"ndarray": value.dtype.name, "shape": list(value.shape), "values": _plain(value)}
    if isinstance(value, np.generic):
        return {"scalar": value.dtype.name, "values": _plain(value)}
    if isinstance(value, (list, tuple)):
        return [_described(one, mx) for one in value]
    if isinstance(value, dict):
        return {str(key): _described(one, mx) for key, one in value.items()}
    if value is None or isinstance(value, (bool, int, float, str)):
        return _plain(value)
    return str(value)


def _plain(value: Any) -> Any:
    """Bring numbers to lists, and those that JSON lacks to texts."""
    if isinstance(value, (np.ndarray, np.generic)):
        value = value.tolist() if value.dtype.kind in "biuf" else str(value.dtype)
    if isinstance(value, list):
        return [_plain(one) for one in value]
    return str(value) if isinstance(value, float) and not math.isfinite(value) else value
