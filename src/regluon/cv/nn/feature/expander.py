"""Smaller and smaller feature maps on top of a network, as SSD has them."""

from collections.abc import Sequence
from typing import Any

from regluon import sym
from regluon.core.names import current_names
from regluon.cv.nn.feature.extractor import Network, open_network
from regluon.gluon.symbol_block import SymbolBlock
from regluon.initializer import Initializer, Xavier
from regluon.sym import Symbol

__all__ = ["FeatureExpander", "convolve"]


class FeatureExpander(SymbolBlock):
    """Add feature maps, each half as large as the one before, to outputs of a network; GluonCV's ``FeatureExpander``.

    Each comes from a 3x3 convolution of stride 2, which a 1x1 convolution may stand before. In GluonCV
    ``initialize()`` forgets how these layers are to begin and gives even variances values around 0; here weights
    begin as Xavier says and normalisations with mean 0 and variance 1.

    Args:
        network: HybridBlock, Symbol, or name of a model.
        outputs: name of an output, or names of several; the last carries the added layers.
        num_filters: channels of each added map.
        use_1x1_transition: put 1x1 convolutions between.
        use_bn: normalise after every convolution, which then has no bias.
        reduce_ratio: channels of a 1x1 convolution in those of the 3x3 convolution after it.
        min_depth: the least number of channels of a 1x1 convolution.
        global_pool: add the average of the last map.
        pretrained: get a model with trained weights; as the model takes it.
        ctx: where those are to be.
        inputs: names of the network's inputs, or Symbols.
        kwargs: arguments of a model given by name; ``params`` of one given as a Symbol.

    Examples:
        >>> from regluon import nd
        >>> from regluon.gluon import nn
        >>> net = nn.HybridSequential(prefix="net_")
        >>> with net.name_scope():
        ...     net.add(nn.Conv2D(4, 3, 2, 1), nn.Conv2D(8, 3, 2, 1))
        >>> expander = FeatureExpander(net, "conv1_fwd", [16, 16], global_pool=True)
        >>> expander.initialize()
        >>> [one.shape for one in expander(nd.ones((1, 3, 32, 32)))]
        [(1, 8, 8, 8), (1, 16, 4, 4), (1, 16, 2, 2), (1, 16, 1, 1)]
    """

    def __init__(
        self,
        network: Network,
        outputs: str | Sequence[str],
        num_filters: Sequence[int],
        use_1x1_transition: bool = True,
        use_bn: bool = True,
        reduce_ratio: float = 1.0,
        min_depth: int = 128,
        global_pool: bool = False,
        pretrained: Any = False,
        ctx: Any = None,
        inputs: Sequence[str | Symbol] = ("data",),
        **kwargs: Any,
    ) -> None:
        base = open_network(network, outputs, inputs, pretrained, ctx, **kwargs)
        maps = list(base.outputs)
        last = maps[-1]
        for i, channels in enumerate(num_filters):
            if use_1x1_transition:
                between = max(min_depth, round(channels * reduce_ratio))
                last = _unit(last, "expand_trans", i, use_bn, num_filter=between, kernel=(1, 1))
            last = _unit(last, "expand", i, use_bn, num_filter=channels, kernel=(3, 3), pad=(1, 1), stride=(2, 2))
            maps.append(last)
        if global_pool:
            maps.append(sym.Pooling(last, pool_type="avg", global_pool=True, kernel=(1, 1)))
        super().__init__(maps if len(maps) > 1 else maps[0], base.inputs, base.params)


def convolve(data: Symbol, name: str, beginning: Initializer, **attributes: Any) -> Symbol:
    """Convolve; the weight is named after the node and begins as an initializer says."""
    # The names in force may put a prefix before the node's, and the weight's is to follow.
    weight = sym.var(f"{current_names().get(name, '')}_weight", init=beginning)
    return sym.Convolution(data, weight, name=name, **attributes)


def _unit(data: Symbol, name: str, number: int, use_bn: bool, **attributes: Any) -> Symbol:
    """Convolve, normalise, cut at 0."""
    beginning = Xavier(rnd_type="gaussian", factor_type="out", magnitude=2)
    data = convolve(data, f"{name}_conv{number}", beginning, no_bias=use_bn, **attributes)
    if use_bn:
        data = sym.BatchNorm(data, name=f"{name}_bn{number}")
    return sym.Activation(data, act_type="relu", name=f"{name}_relu{number}")
