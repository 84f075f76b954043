"""Inner outputs of a network."""

import difflib
import importlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from regluon import sym
from regluon.core.errors import ArgumentError, ArgumentTypeError, UnknownNameError
from regluon.gluon.hybrid import HybridBlock
from regluon.gluon.parameter import Parameter
from regluon.gluon.symbol_block import SymbolBlock
from regluon.sym import Symbol

__all__ = ["Backbone", "FeatureExtractor", "Network", "open_network"]

Network = str | HybridBlock | Symbol


class FeatureExtractor(SymbolBlock):
    """Give inner outputs of a network instead of its last; GluonCV's ``FeatureExtractor``.

    Args:
        network: HybridBlock, Symbol, or name of a model.
        outputs: name of an output, or names of several, which then come as a list.
        inputs: names of the network's inputs, or Symbols.
        pretrained: get a model with trained weights; as the model takes it.
        ctx: where those are to be.
        params: Parameters of a network that is given as a Symbol.
        kwargs: arguments of a model given by name.

    Examples:
        >>> from regluon import nd
        >>> from regluon.gluon import nn
        >>> net = nn.HybridSequential(prefix="net_")
        >>> with net.name_scope():
        ...     net.add(nn.Conv2D(4, 3, 2, 1), nn.Conv2D(8, 3, 2, 1))
        >>> extractor = FeatureExtractor(net, ["conv0_fwd", "conv1_fwd"])
        >>> extractor.initialize()
        >>> [one.shape for one in extractor(nd.ones((1, 3, 8, 8)))]
        [(1, 4, 4, 4), (1, 8, 2, 2)]
    """

    def __init__(
        self,
        network: Network,
        outputs: str | Sequence[str],
        inputs: Sequence[str | Symbol] = ("data",),
        pretrained: Any = False,
        ctx: Any = None,
        params: Mapping[str, Parameter] | None = None,
        **kwargs: Any,
    ) -> None:
        base = open_network(network, outputs, inputs, pretrained, ctx, params, **kwargs)
        super().__init__(base.outputs if len(base.outputs) > 1 else base.outputs[0], base.inputs, base.params)


@dataclass(frozen=True, slots=True)
class Backbone:
    """What feature layers are built upon.

    Attributes:
        inputs: variables.
        outputs: chosen outputs, in the order asked for.
        params: Parameters of the network.
    """

    inputs: list[Symbol]
    outputs: list[Symbol]
    params: Mapping[str, Parameter]


def open_network(
    network: Network,
    outputs: str | Sequence[str],
    inputs: Sequence[str | Symbol] = ("data",),
    pretrained: Any = False,
    ctx: Any = None,
    params: Mapping[str, Parameter] | None = None,
    **kwargs: Any,
) -> Backbone:
    """Make a network's graph and find outputs in it; arguments are those of ``FeatureExtractor``."""
    names = [outputs] if isinstance(outputs, str) else list(outputs)
    if not names:
        raise ArgumentError("feature extraction: outputs must be at least one name, got none")
    if isinstance(network, str):
        # The zoo stands above this layer and is built of it, so it is looked for when it is needed.
        zoo = importlib.import_module("regluon.cv.model_zoo")
        network = zoo.get_model(network, **kwargs, **({"pretrained": pretrained, "ctx": ctx} if pretrained else {}))
    prefix, given = "", [inputs] if isinstance(inputs, (str, Symbol)) else list(inputs)
    if isinstance(network, HybridBlock):
        prefix, params = network.prefix, network.collect_params()
        variables = [sym.var(one) if isinstance(one, str) else one for one in given]
        result = network(*variables)
        graph = sym.Group(list(result)) if isinstance(result, (list, tuple)) else result
    elif isinstance(network, Symbol):
        graph = network
        variables = [_variable(graph, one if isinstance(one, str) else str(one.name)) for one in given]
    else:
        raise ArgumentTypeError(
            "feature extraction: network must be a HybridBlock, a Symbol or the name of a model, "
            f"got {type(network).__name__}"
        )
    internals = graph.get_internals()
    known = internals.list_outputs()
    return Backbone(variables, [internals[_full_name(name, prefix, known)] for name in names], params or {})


def _variable(graph: Symbol, name: str) -> Symbol:
    names = graph.list_inputs()
    if name not in names:
        raise UnknownNameError(f"feature extraction: inputs must be among {', '.join(names)}, got {name!r}")
    return graph.get_inputs()[names.index(name)]


def _full_name(name: str, prefix: str, known: Sequence[str]) -> str:
    for full in (name, f"{name}_output", f"{prefix}{name}", f"{prefix}{name}_output"):
        if full in known:
            return full
    close = difflib.get_close_matches(f"{prefix}{name}_output", known, 3)
    hint = f" Close names: {', '.join(close)}." if close else ""
    raise UnknownNameError(f"feature extraction: outputs must be names in the network's graph, got {name!r}.{hint}")
