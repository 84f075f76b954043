"""Feature pyramids (Lin et al., 2017): each map of a network enriched by those deeper than it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from regluon import sym
from regluon.core.errors import ArgumentError
from regluon.cv.nn.feature.expander import convolve
from regluon.cv.nn.feature.extractor import Network, open_network
from regluon.gluon.symbol_block import SymbolBlock
from regluon.initializer import Xavier
from regluon.sym import Symbol

__all__ = ["FPNFeatureExpander"]


class FPNFeatureExpander(SymbolBlock):
    """Build a feature pyramid on outputs of a network; GluonCV's ``FPNFeatureExpander``.

    From the deepest output up: a 1x1 convolution gives the *lateral* map; the merged map of the level below, twice as
    large by repetition and cut to size, is added to it; a 3x3 convolution of the sum is the level's output. With n
    filters levels are called P2 to P(n + 1).

    Args:
        network: HybridBlock, Symbol, or name of a model.
        outputs: names of outputs, the shallowest first.
        num_filters: channels of each level, the deepest first; alike where maps are added. Outputs beyond their
            number, the shallowest, are not used.
        use_1x1: make lateral maps; otherwise the outputs take their place.
        use_upsample: make merged maps twice as large.
        use_elewadd: add lateral maps; otherwise only the deepest has one.
        use_p6: add a level above the deepest.
        p6_conv: make it by a 3x3 convolution of stride 2 from the deepest merged map, otherwise by dropping every
            other place of the deepest output.
        no_bias: convolutions have none.
        pretrained: get a model with trained weights.
        norm_layer: normalisation after each convolution: a function on Symbols such as ``sym.BatchNorm``, or the
            class of a HybridBlock.
        norm_kwargs: its arguments.
        ctx: where trained weights are to be.
        inputs: names of the network's inputs, or Symbols.
        kwargs: arguments of a model given by name; ``params`` of one given as a Symbol.

    Returns:
        Maps of the levels, the shallowest first.

    Examples:
        >>> from regluon import nd
        >>> from regluon.gluon import nn
        >>> net = nn.HybridSequential(prefix="net_")
        >>> with net.name_scope():
        ...     net.add(nn.Conv2D(4, 3, 2, 1), nn.Conv2D(8, 3, 2, 1))
        >>> pyramid = FPNFeatureExpander(net, ["conv0_fwd", "conv1_fwd"], [16, 16], use_p6=True)
        >>> pyramid.initialize()
        >>> [one.shape for one in pyramid(nd.ones((1, 3, 32, 32)))]
        [(1, 16, 16, 16), (1, 16, 8, 8), (1, 16, 4, 4)]
    """

    def __init__(
        self,
        network: Network,
        outputs: str | Sequence[str],
        num_filters: Sequence[int],
        use_1x1: bool = True,
        use_upsample: bool = True,
        use_elewadd: bool = True,
        use_p6: bool = False,
        p6_conv: bool = True,
        no_bias: bool = True,
        pretrained: bool = False,
        norm_layer: Any = None,
        norm_kwargs: Mapping[str, Any] | None = None,
        ctx: Any = None,
        inputs: Sequence[str | Symbol] = ("data",),
        **kwargs: Any,
    ) -> None:
        base = open_network(network, outputs, inputs, pretrained, ctx, **kwargs)
        if not num_filters:
            raise ArgumentError("FPNFeatureExpander: num_filters must be at least one number, got none")
        norm = _Normalisation(norm_layer, norm_kwargs or {})
        top = len(num_filters) + 1
        levels: list[Symbol] = []
        above: list[Symbol] = []
        merged = base.outputs[-1]
        for down, (output, channels) in enumerate(zip(reversed(base.outputs), num_filters, strict=False)):
            name = f"P{top - down}"
            lateral = output
            if use_1x1:
                norm_name = f"{name}_conv1_bn" if down else f"{name}_lat_bn"
                lateral = norm.after(_convolve(output, f"{name}_conv_lat", channels, 1, no_bias), norm_name)
            merged = _merge(merged, lateral, name, use_upsample, use_elewadd) if down else lateral
            if use_p6 and p6_conv and not above:
                higher = _convolve(merged, f"P{top + 1}_conv1", channels, 3, no_bias, stride=2)
                above.append(norm.after(higher, f"P{top + 1}_pre_bn"))
            level = _convolve(merged, f"{name}_conv1", channels, 3, no_bias)
            if use_p6 and not above:
                above.append(sym.Pooling(level, pool_type="max", kernel=(1, 1), stride=(2, 2), name=f"P{top + 1}_pre"))
            levels.append(norm.after(level, f"{name}_bn"))
        maps = [*reversed(levels), *above]
        super().__init__(maps if len(maps) > 1 else maps[0], base.inputs, base.params)


@dataclass(frozen=True, slots=True)
class _Normalisation:
    """What follows a convolution.

    Attributes:
        layer: a function on Symbols, the class of a HybridBlock, or None for nothing.
        arguments: its arguments.
    """

    layer: Any
    arguments: Mapping[str, Any]

    def after(self, data: Symbol, name: str) -> Symbol:
        """Normalise; as in GluonCV only ``SyncBatchNorm`` gets a name, others are numbered."""
        if self.layer is None:
            return data
        if isinstance(self.layer, type):
            return self.layer(**self.arguments)(data)
        named = {"name": name, "key": name} if self.layer is sym.contrib.SyncBatchNorm else {}
        return self.layer(data, **self.arguments, **named)


def _convolve(data: Symbol, name: str, channels: int, size: int, no_bias: bool, stride: int = 1) -> Symbol:
    """Convolve without a change of size but for the stride."""
    return convolve(
        data,
        name,
        Xavier(rnd_type="uniform", factor_type="in", magnitude=1.0),
        num_filter=channels,
        kernel=(size, size),
        pad=(size // 2, size // 2),
        stride=(stride, stride),
        no_bias=no_bias,
    )


def _merge(merged: Symbol, lateral: Symbol, level: str, use_upsample: bool, use_elewadd: bool) -> Symbol:
    """Bring the merged map of the level below to a level's size and add the lateral one."""
    if use_upsample:
        merged = sym.UpSampling(merged, scale=2, sample_type="nearest", name=f"{level}_upsp")
    if use_elewadd:
        merged = sym.add_n(
            lateral, sym.slice_like(merged, lateral, axes=(2, 3), name=f"{level}_clip"), name=f"{level}_sum"
        )
    return merged
