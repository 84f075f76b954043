"""Weights of the networks of GluonCV's zoo; of those that MXNet has published too, GluonCV's come first."""

import functools
import os
from collections.abc import Callable
from typing import Any

from regluon.core.errors import UnknownNameError
from regluon.gluon.block import Block
from regluon.gluon.hybrid import HybridBlock
from regluon.gluon.model_zoo import model_store
from regluon.gluon.model_zoo.model_store import ROOT, Pretrained

__all__ = ["ROOT", "Pretrained", "base_weights", "get_model_file", "load_pretrained", "shared"]


def load_pretrained(
    net: Block,
    name: str,
    pretrained: Pretrained,
    root: str | os.PathLike[str] = ROOT,
    ctx: Any = None,
    **load: Any,
) -> None:
    """Load weights into a network.

    Args:
        net: the network.
        name: its name in the zoo.
        pretrained: False or None for nothing; True for ``<name>-<8 hex digits>.params``, whose SHA-1 must begin with
            these digits, or ``<name>.params``, from ``root`` or from the folder or web address in the environment
            variable ``REGLUON_MODEL_MIRROR``; digits to choose among several; or a file or folder.
        root: folder where weights are kept.
        ctx: devices for the Parameters.
        load: further arguments of ``load_parameters``.
    """
    model_store.load_pretrained(net, name, pretrained, root, ctx, "gluoncv", **load)


def get_model_file(name: str, tag: bool | str | None = None, root: str | os.PathLike[str] = ROOT) -> str:
    """Return the path of a network's weights, from ``root`` or the mirror.

    Args:
        name: name in the zoo.
        tag: the first digits of its SHA-1; GluonCV's file where there is a choice, if not given.
        root: folder where weights are kept.
    """
    return str(model_store.find_weights(name, tag if isinstance(tag, str) else True, root, "gluoncv"))


def base_weights(name: str, pretrained_base: Pretrained, root: str | os.PathLike[str] = ROOT) -> Pretrained:
    """Return what a detector hands its backbone as ``pretrained``.

    Args:
        name: the backbone's name.
        pretrained_base: as the detector got it; None takes weights that are on this machine and does without them
            where there are none.
        root: folder where weights are kept.
    """
    if pretrained_base is not None:
        return pretrained_base
    try:
        return model_store.find_weights(name, True, root, "gluoncv", local=True)
    except UnknownNameError:
        return False


def shared(function: Callable[..., HybridBlock], name: str = "", **given: Any) -> Callable[..., HybridBlock]:
    """Return the function of a network that MXNet's zoo has too, taking GluonCV's weights first.

    Args:
        function: makes the network and takes ``pretrained``, ``root`` and ``ctx``.
        name: what its weights are named, if not as the function.
        given: arguments by which GluonCV's network differs from MXNet's.
    """

    @functools.wraps(function)
    def make(
        pretrained: Pretrained = False, root: str | os.PathLike[str] = ROOT, ctx: Any = None, **kwargs: Any
    ) -> HybridBlock:
        net = function(**{**given, **kwargs})
        load_pretrained(net, name or function.__name__, pretrained, root, ctx)
        return net

    return make
