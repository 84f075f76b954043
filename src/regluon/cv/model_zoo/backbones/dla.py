"""Deep layer aggregation (Yu et al., 2018)."""

import os
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from regluon.core.errors import ArgumentError
from regluon.cv.model_zoo.pretrained import ROOT, Pretrained, load_pretrained
from regluon.cv.model_zoo.registry import register_model
from regluon.gluon import nn
from regluon.gluon.hybrid import HybridBlock

__all__ = ["DLA", "BasicBlock", "Root", "Tree", "dla34", "get_dla"]

Norm = Callable[..., HybridBlock]


class DLA(HybridBlock):
    """Classify pictures ``(B, 3, H, W)``, H and W divisible by 32, or turn them into six maps of strides 1 to 32.

    Its Parameters are numbered through all Blocks that there are, as in GluonCV: full names depend on what was made
    before. Structural names do not.

    Args:
        levels: number of convolutions of the first two levels, then depth of the trees of the other four.
        channels: channels of each level.
        classes: number of classes.
        block: class of the residual blocks.
        momentum: of all normalisations.
        norm_layer: class of the normalisations.
        norm_kwargs: arguments of it.
        residual_root: add the last block's output where outputs are joined.
        linear_root: accepted for GluonCV's sake.
        use_feature: return the maps.
        names: ``prefix`` and ``params``.
    """

    def __init__(
        self,
        levels: Sequence[int],
        channels: Sequence[int],
        classes: int = 1000,
        block: Callable[..., HybridBlock] | None = None,
        momentum: float = 0.9,
        norm_layer: Norm = nn.BatchNorm,
        norm_kwargs: Mapping[str, Any] | None = None,
        residual_root: bool = False,
        linear_root: bool = False,  # noqa: ARG002
        use_feature: bool = False,
        **names: Any,
    ) -> None:
        super().__init__(**names)
        if not len(levels) == len(channels) == 6:
            raise ArgumentError(f"DLA: levels and channels must be 6 each, got {len(levels)} and {len(channels)}")
        norm_kwargs = {**(norm_kwargs or {}), "momentum": momentum}
        self._use_feature, self.channels = use_feature, channels
        self.base_layer = nn.HybridSequential(prefix="base")
        self.base_layer.add(
            nn.Conv2D(channels[0], 7, padding=3, use_bias=False, in_channels=3),
            norm_layer(in_channels=channels[0], **norm_kwargs),
            nn.Activation("relu"),
        )
        self.level0 = _convolutions(channels[0], channels[0], levels[0], 1, norm_layer, norm_kwargs)
        self.level1 = _convolutions(channels[0], channels[1], levels[1], 2, norm_layer, norm_kwargs)
        for i in range(2, 6):
            tree = Tree(
                levels[i], block or BasicBlock, channels[i - 1], channels[i], 2, level_root=i > 2,
                root_residual=residual_root, norm_layer=norm_layer, norm_kwargs=norm_kwargs, prefix=f"level{i}_",
            )  # fmt: skip
            setattr(self, f"level{i}", tree)
        if not use_feature:
            self.global_avg_pool = nn.GlobalAvgPool2D()
            self.fc = nn.Dense(classes)

    def hybrid_forward(self, F: Any, x: Any) -> Any:
        """Return scores ``(B, classes)``, or the maps."""
        x = self.base_layer(x)
        maps = []
        for i in range(6):
            x = getattr(self, f"level{i}")(x)
            maps.append(x)
        if self._use_feature:
            return maps
        return self.fc(F.concat(*[F.flatten(self.global_avg_pool(one)) for one in maps], dim=1))


class Tree(HybridBlock):
    """Join the outputs of two trees of one level less, or of two blocks, and of those that its parents hand down.

    Args:
        levels: depth.
        block: class of the residual blocks.
        in_channels: number of input channels.
        out_channels: number of output channels.
        stride: by which the size is divided.
        level_root: hand down the input, made smaller.
        root_dim: channels that are joined in the end; those of the two blocks if 0.
        root_kernel_size: size of the convolution there.
        dilation: of the blocks' convolutions.
        root_residual: add the last block's output there.
        norm_layer: class of the normalisations.
        norm_kwargs: arguments of it.
        names: ``prefix`` and ``params``.
    """

    def __init__(
        self,
        levels: int,
        block: Callable[..., HybridBlock],
        in_channels: int,
        out_channels: int,
        stride: int = 1,
        level_root: bool = False,
        root_dim: int = 0,
        root_kernel_size: int = 1,
        dilation: int = 1,
        root_residual: bool = False,
        norm_layer: Norm = nn.BatchNorm,
        norm_kwargs: Mapping[str, Any] | None = None,
        **names: Any,
    ) -> None:
        super().__init__(**names)
        root_dim = (root_dim or 2 * out_channels) + (in_channels if level_root else 0)
        normalised: dict[str, Any] = {"norm_layer": norm_layer, "norm_kwargs": norm_kwargs}
        deeper = {
            "root_kernel_size": root_kernel_size, "dilation": dilation, "root_residual": root_residual, **normalised
        }  # fmt: skip
        self._levels, self._level_root = levels, level_root
        with self.name_scope():
            self.downsample = nn.HybridSequential()
            self.project = nn.HybridSequential()
            if levels > 1:
                self.tree1 = Tree(levels - 1, block, in_channels, out_channels, stride, prefix="tree_1_", **deeper)
                self.tree2 = Tree(
                    levels - 1, block, out_channels, out_channels, root_dim=root_dim + out_channels, prefix="tree_2_",
                    **deeper,
                )  # fmt: skip
            else:
                widths = {"dilation": dilation, **normalised}
                self.tree1 = block(in_channels, out_channels, stride, prefix="block_tree_1_", **widths)
                self.tree2 = block(out_channels, out_channels, 1, prefix="block_tree_2_", **widths)
                if in_channels != out_channels:
                    self.project.add(
                        nn.Conv2D(out_channels, 1, use_bias=False, in_channels=in_channels, prefix="proj_conv0_"),
                        norm_layer(in_channels=out_channels, prefix="proj_bn0_", **(norm_kwargs or {})),
                    )
                self.root = Root(root_dim, out_channels, root_kernel_size, root_residual, prefix="root_", **normalised)
            if stride > 1:
                self.downsample.add(nn.MaxPool2D(stride, stride, prefix="maxpool"))

    def hybrid_forward(self, F: Any, x: Any, residual: Any = None, children: Any = None) -> Any:  # noqa: ARG002
        """Return the joined map.

        Args:
            F: the face.
            x: the input.
            residual: accepted for GluonCV's sake; a tree makes its own.
            children: maps handed down.
        """
        children = list(children or ())
        bottom = self.downsample(x)
        if self._level_root:
            children.append(bottom)
        first = self.tree1(x, self.project(bottom))
        if self._levels == 1:
            return self.root(self.tree2(first), first, *children)
        return self.tree2(first, None, [*children, first])


class Root(HybridBlock):
    """Join maps by a convolution.

    Args:
        in_channels: channels of all inputs together.
        out_channels: number of output channels.
        kernel_size: size of the convolution.
        residual: add the first input.
        norm_layer: class of the normalisation.
        norm_kwargs: arguments of it.
        names: ``prefix`` and ``params``.
    """

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: int,
        residual: bool,
        norm_layer: Norm = nn.BatchNorm,
        norm_kwargs: Mapping[str, Any] | None = None,
        **names: Any,
    ) -> None:
        super().__init__(**names)
        self.residual = residual
        with self.name_scope():
            # GluonCV's convolution is 1x1 whatever the size, which only pads it then.
            self.conv = nn.Conv2D(
                out_channels, 1, padding=(kernel_size - 1) // 2, use_bias=False, in_channels=in_channels
            )
            self.bn = norm_layer(in_channels=out_channels, **(norm_kwargs or {}))
            self.relu = nn.Activation("relu")

    def hybrid_forward(self, F: Any, x: Any, *others: Any) -> Any:
        """Join ``(B, C, H, W)`` maps."""
        joined = self.bn(self.conv(F.concat(x, *others, dim=1)))
        return self.relu(joined + x if self.residual else joined)


class BasicBlock(HybridBlock):
    """Add the result of two 3x3 convolutions to the input, or to what stands in for it.

    Args:
        inplanes: number of input channels.
        planes: number of output channels.
        stride: step of the first convolution.
        dilation: of both.
        norm_layer: class of the normalisations.
        norm_kwargs: arguments of it.
        names: ``prefix`` and ``params``.
    """

    def __init__(
        self,
        inplanes: int,
        planes: int,
        stride: int = 1,
        dilation: int = 1,
        norm_layer: Norm = nn.BatchNorm,
        norm_kwargs: Mapping[str, Any] | None = None,
        **names: Any,
    ) -> None:
        super().__init__(**names)
        with self.name_scope():
            self.conv1 = nn.Conv2D(planes, 3, stride, dilation, dilation, use_bias=False, in_channels=inplanes)
            self.bn1 = norm_layer(in_channels=planes, **(norm_kwargs or {}))
            self.relu = nn.Activation("relu")
            self.conv2 = nn.Conv2D(planes, 3, 1, dilation, dilation, use_bias=False, in_channels=planes)
            self.bn2 = norm_layer(in_channels=planes, **(norm_kwargs or {}))

    def hybrid_forward(self, F: Any, x: Any, residual: Any = None) -> Any:  # noqa: ARG002
        """Return ``(B, planes, H / stride, W / stride)``."""
        out = self.relu(self.bn1(self.conv1(x)))
        return self.relu(self.bn2(self.conv2(out)) + (x if residual is None else residual))


def get_dla(
    layers: int, pretrained: Pretrained = False, ctx: Any = None, root: str | os.PathLike[str] = ROOT, **kwargs: Any
) -> DLA:
    """Make a DLA.

    Args:
        layers: names its weights.
        pretrained: load weights, as ``load_pretrained`` says; those of a classifier that it has not are passed over.
        ctx: devices for them.
        root: folder where they are kept.
        kwargs: arguments of ``DLA``.
    """
    net = DLA(**kwargs)
    load_pretrained(net, f"dla{layers}", pretrained, root, ctx, ignore_extra=True)
    return net


@register_model
def dla34(**kwargs: Any) -> DLA:
    """Make DLA-34; arguments as for ``get_dla`` after the first.

    Examples:
        >>> from regluon import nd
        >>> net = dla34(use_feature=True)
        >>> net.initialize()
        >>> [one.shape[1:3] for one in net(nd.zeros((1, 3, 32, 32)))]
        [(16, 32), (32, 16), (64, 8), (128, 4), (256, 2), (512, 1)]
    """
    return get_dla(34, levels=(1, 1, 1, 2, 2, 1), channels=(16, 32, 64, 128, 256, 512), **kwargs)


def _convolutions(
    before: int, channels: int, count: int, stride: int, norm_layer: Norm, norm_kwargs: Mapping[str, Any]
) -> nn.HybridSequential:
    """Stack 3x3 convolutions, the first of the stride."""
    level = nn.HybridSequential()
    for i in range(count):
        level.add(
            nn.Conv2D(channels, 3, stride if i == 0 else 1, 1, use_bias=False, in_channels=channels if i else before),
            norm_layer(**norm_kwargs),
            nn.Activation("relu"),
        )
    return level
