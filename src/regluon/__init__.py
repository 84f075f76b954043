"""Apache MXNet's Gluon and GluonCV's detection stack on PyTorch: ``import regluon as mx``.

Everything is imported at first use, so that ``regluon --help`` need not wait for torch.
"""

import importlib
from typing import TYPE_CHECKING, Any

from regluon.version import __version__

if TYPE_CHECKING:
    from regluon import (
        autograd,
        base,
        callback,
        cv,
        gluon,
        image,
        initializer,
        io,
        lr_scheduler,
        metric,
        model,
        nd,
        np,
        npx,
        operator,
        optimizer,
        quantization,
        random,
        recordio,
        sym,
        th,
    )
    from regluon import image as img
    from regluon import initializer as init
    from regluon import nd as ndarray
    from regluon import np as numpy
    from regluon import npx as numpy_extension
    from regluon import random as rnd
    from regluon import sym as symbol
    from regluon.core import device
    from regluon.core import device as context
    from regluon.core import names as attribute
    from regluon.core import names as name
    from regluon.core.device import (
        Context,
        Device,
        cpu,
        cpu_pinned,
        cpu_shared,
        current_context,
        current_device,
        gpu,
        gpu_memory_info,
        num_gpus,
    )
    from regluon.core.errors import MXNetError
    from regluon.core.names import AttrScope, NameManager, Prefix
    from regluon.nd import NDArray
    from regluon.sym import Symbol

__all__ = [
    "AttrScope",
    "Context",
    "Device",
    "MXNetError",
    "NDArray",
    "NameManager",
    "Prefix",
    "Symbol",
    "__version__",
    "attribute",
    "autograd",
    "base",
    "callback",
    "context",
    "cpu",
    "cpu_pinned",
    "cpu_shared",
    "current_context",
    "current_device",
    "cv",
    "device",
    "gluon",
    "gpu",
    "gpu_memory_info",
    "image",
    "img",
    "init",
    "initializer",
    "io",
    "lr_scheduler",
    "metric",
    "model",
    "name",
    "nd",
    "ndarray",
    "np",
    "npx",
    "num_gpus",
    "numpy",
    "numpy_extension",
    "operator",
    "optimizer",
    "quantization",
    "random",
    "recordio",
    "rnd",
    "sym",
    "symbol",
    "th",
]

# Where each public name lives; a name of its own is a module.
_MODULES = {
    "attribute": "core.names",
    "context": "core.device",
    "device": "core.device",
    "img": "image",
    "init": "initializer",
    "metric": "gluon.metric",
    "name": "core.names",
    "ndarray": "nd",
    "numpy": "np",
    "numpy_extension": "npx",
    "rnd": "random",
    "symbol": "sym",
}
_MEMBERS = {
    "core.device": (
        "Context", "Device", "cpu", "cpu_pinned", "cpu_shared", "current_context", "current_device", "gpu",
        "gpu_memory_info", "num_gpus",
    ),
    "core.errors": ("MXNetError",),
    "core.names": ("AttrScope", "NameManager", "Prefix"),
    "nd": ("NDArray",),
    "sym": ("Symbol",),
}  # fmt: skip
_HOMES = {name: module for module, names in _MEMBERS.items() for name in names}


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module 'regluon' has no attribute {name!r}")
    if name in _HOMES:
        value = getattr(importlib.import_module(f"regluon.{_HOMES[name]}"), name)
    else:
        value = importlib.import_module(f"regluon.{_MODULES.get(name, name)}")
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
