#!/usr/bin/env python
"""Record what real MXNet's ``mx.np`` and ``mx.npx`` answer to expressions, into ``tests/golden/numpy``.

Runs where MXNet 2.0.0b1 is installed, never beside the package itself. A file holds the answers to one family of
``tests/np/expressions.py``: ``index`` is JSON with, for each expression, its value and the gradients of the float
arrays it names; arrays in it are type, shape and place in ``bytes``.

    record_numpy.py              record everything
    record_numpy.py reduction    record these families
"""

from __future__ import annotations

import json
import logging
import os
import pickle
import re
import sys
import warnings
from pathlib import Path
from typing import Any, Dict, List

# One thread: sums are then taken in one order, and the answers repeat.
os.environ.update(OMP_NUM_THREADS="1", MXNET_ENGINE_TYPE="NaiveEngine")
sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import mxnet as mx
import numpy as np
from golden import archive

from tests.np.expressions import FAMILIES, answer, pool

GOLDEN = Path(__file__).resolve().parent.parent / "tests" / "golden" / "numpy"


def main() -> int:
    """Record the families named on the command line, or all; return how many expressions had no answer."""
    warnings.simplefilter("ignore")
    logging.disable(logging.CRITICAL)
    mx.npx.set_np()
    GOLDEN.mkdir(parents=True, exist_ok=True)
    failures = 0
    for family in sys.argv[1:] or FAMILIES:
        store = Store()
        index = []
        for text in FAMILIES[family]:
            found = apart(text)
            if found is None:
                failures += 1
                print(f"{family}: no answer to {text}")
                continue
            index.append({"text": text, "value": store.put(found["value"]), "grads": store.put(found["grads"])})
        (GOLDEN / f"{family}.npz").write_bytes(archive.pack(store.arrays(index)))
    if not sys.argv[1:]:
        network()
    return failures


def network() -> None:
    """Record a network: the files it is exported to, and what it makes of an input."""
    mx.random.seed(3)
    net = Network()
    net.initialize(mx.init.Normal(0.3))
    net.hybridize()
    x = mx.np.array(pool()["q"])
    outputs = net(x)
    net.export(str(GOLDEN / "network"))
    arrays = {"x": x.asnumpy(), **{f"out{place}": one.asnumpy() for place, one in enumerate(outputs)}}
    (GOLDEN / "network.npz").write_bytes(archive.pack(arrays))


class Network(mx.gluon.HybridBlock):
    """Layers and functions of every family."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = mx.gluon.nn.Conv2D(4, 3, padding=1)
        self.norm = mx.gluon.nn.BatchNorm()
        self.dense = mx.gluon.nn.Dense(5)

    def forward(self, x: Any) -> Any:
        """Compute several outputs."""
        np, npx = mx.np, mx.npx
        found = npx.relu(self.norm(self.conv(x)))
        found = npx.pooling(found, kernel=(2, 2), stride=(2, 1))
        found = np.concatenate([found, found * 2 + 1], axis=1)
        found = self.dense(found.reshape(x.shape[0], -1))
        signed = np.where(found > 0, found, -found)
        chances = npx.softmax(found / 10, axis=-1)
        first, second = np.split(found, [2], axis=1)
        stacked = np.stack([chances, np.exp(found / 10)]).transpose(1, 0, 2)
        drawn = np.zeros((2, 5)) + np.arange(5)
        return (
            signed.mean(axis=1, keepdims=True),
            stacked[:, 0],
            first.max(axis=0) - second.std(axis=1, keepdims=True),
            (found - 1) ** 2 @ np.ones((5, 3)),
            np.maximum(drawn, found)[0, 1:],
            np.einsum("ij,kj->ik", found, found) // 0.5,
            np.argmax(found, axis=1),
            np.clip(found, -1, 1).T.sum(),
        )


def apart(text: str) -> Any:
    """Answer in a process of its own, as MXNet crashes on some; None if it does or raises."""
    read, write = os.pipe()
    child = os.fork()
    if not child:
        os.close(read)
        status = 1
        try:
            with os.fdopen(write, "wb") as stream:
                pickle.dump(ask(text), stream)
            status = 0
        finally:
            os._exit(status)
    os.close(write)
    with os.fdopen(read, "rb") as stream:
        content = stream.read()
    return pickle.loads(content) if not os.waitpid(child, 0)[1] else None


def ask(text: str) -> Dict[str, Any]:
    """Answer an expression, and with a gradient if it has one."""
    value = plain(answer(text, names()))
    return {"value": value, "grads": gradients(text)}


def names() -> Dict[str, Any]:
    """Return what an expression may speak of, anew."""
    arrays = {name: mx.np.array(values, dtype=values.dtype) for name, values in pool().items()}
    return {**arrays, "np": mx.np, "npx": mx.npx, "onp": np}


def gradients(text: str) -> Any:
    """Return the gradients of the float arrays that an expression names; None where MXNet has none."""
    known = names()
    variables = [
        name
        for name, one in known.items()
        if isinstance(one, mx.np.ndarray) and one.dtype.kind == "f" and re.search(rf"\b{name}\b", text)
    ]
    for name in variables:
        known[name].attach_grad()
    try:
        with mx.autograd.record():
            heads = [one for one in leaves(answer(text, known)) if one.dtype.kind == "f"]
        if not heads:
            return None
        mx.autograd.backward(heads, [head_grad(one) for one in heads])
        return {name: plain(known[name].grad) for name in variables}
    except Exception:
        return None


def leaves(value: Any) -> List[Any]:
    """List the arrays in a value."""
    if isinstance(value, (list, tuple)):
        return [leaf for one in value for leaf in leaves(one)]
    return [value] if isinstance(value, mx.np.ndarray) else []


def head_grad(one: Any) -> Any:
    """Make the gradient that is sent back through an output."""
    return mx.np.array(np.cos(np.arange(one.size)).reshape(one.shape), dtype=one.dtype)


def plain(value: Any) -> Any:
    """Turn arrays into numpy's, and numpy's numbers into Python's."""
    if isinstance(value, mx.np.ndarray):
        return value.asnumpy()
    if isinstance(value, (list, tuple)):
        return [plain(one) for one in value]
    if isinstance(value, np.dtype):
        return value.name
    return value.item() if isinstance(value, np.generic) else value


class Store:
    """Arrays one after another, and values that speak of them."""

    def __init__(self) -> None:
        self.content = b""

    def put(self, value: Any) -> Any:
        """Turn a value into one that JSON can hold."""
        if isinstance(value, np.ndarray):
            start = len(self.content)
            self.content += np.ascontiguousarray(value).tobytes()
            return {"array": [value.dtype.name, list(value.shape), start]}
        if isinstance(value, list):
            return [self.put(one) for one in value]
        if isinstance(value, dict):
            return {"table": {name: self.put(one) for name, one in value.items()}}
        return value

    def arrays(self, index: Any) -> Dict[str, np.ndarray]:
        """Return what the file holds."""
        text = json.dumps(index, separators=(",", ":")).encode()
        return {"index": np.frombuffer(text, np.uint8), "bytes": np.frombuffer(self.content, np.uint8)}


if __name__ == "__main__":
    sys.exit(main())
