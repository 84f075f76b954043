"""Checkpoints as MXNet's older training loops write them: ``mx.model``."""

import logging
from collections.abc import Mapping
from typing import Any, NamedTuple

from regluon import nd, sym
from regluon.core.device import cpu
from regluon.core.errors import FormatError
from regluon.nd.ndarray import NDArray
from regluon.sym.symbol import Symbol

__all__ = ["BatchEndParam", "load_checkpoint", "load_params", "save_checkpoint"]

Arrays = dict[str, NDArray]


class BatchEndParam(NamedTuple):
    """What callbacks are told after each batch.

    Attributes:
        epoch: its number.
        nbatch: the batch's number in it.
        eval_metric: the metric so far, or None.
        locals: whatever else the loop has.
    """

    epoch: int
    nbatch: int
    eval_metric: Any
    locals: Any


def save_checkpoint(
    prefix: str,
    epoch: int,
    symbol: Symbol | None,
    arg_params: Mapping[str, NDArray],
    aux_params: Mapping[str, NDArray],
    remove_amp_cast: bool = True,
) -> None:
    """Write a graph to ``prefix-symbol.json`` and its arrays to ``prefix-0001.params``, the number being the epoch.

    Args:
        prefix: what the files' names begin with.
        epoch: the number.
        symbol: the graph; None writes the arrays alone.
        arg_params: parameters by name.
        aux_params: states by name, such as running means.
        remove_amp_cast: leave casts for mixed precision out of the graph.
    """
    if symbol is not None:
        symbol.save(f"{prefix}-symbol.json", remove_amp_cast=remove_amp_cast)
    values = {f"arg:{name}": one.as_in_context(cpu()) for name, one in arg_params.items()}
    values |= {f"aux:{name}": one.as_in_context(cpu()) for name, one in aux_params.items()}
    path = _path(prefix, epoch)
    nd.save(path, values)
    logging.info('Saved checkpoint to "%s"', path)


def load_params(prefix: str, epoch: int) -> tuple[Arrays, Arrays]:
    """Read ``prefix-0001.params``.

    Args:
        prefix: what the file's name begins with.
        epoch: the number.

    Returns:
        Parameters and states by name.
    """
    path = _path(prefix, epoch)
    values = nd.load(path)
    parts: dict[str, Arrays] = {"arg": {}, "aux": {}}
    if not values:
        logging.warning("Params file '%s' is empty", path)
        return parts["arg"], parts["aux"]
    if not isinstance(values, dict):
        raise FormatError(f"load_params: {path!r} must hold arrays by name, got a list of {len(values)}")
    for key, one in values.items():
        kind, _, name = key.partition(":")
        if kind not in parts or not name:
            raise FormatError(f"load_params: names in {path!r} must begin with 'arg:' or 'aux:', got {key!r}")
        parts[kind][name] = one
    return parts["arg"], parts["aux"]


def load_checkpoint(prefix: str, epoch: int) -> tuple[Symbol, Arrays, Arrays]:
    """Read what ``save_checkpoint`` has written.

    Args:
        prefix: what the files' names begin with.
        epoch: the number.

    Returns:
        The graph; parameters and states by name.
    """
    return sym.load(f"{prefix}-symbol.json"), *load_params(prefix, epoch)


def _path(prefix: str, epoch: int) -> str:
    return f"{prefix}-{epoch:04d}.params"
