"""Transforms made of others."""

import random
from collections.abc import Callable, Sequence
from typing import Any

from regluon.core.errors import ArgumentError, ArgumentTypeError
from regluon.gluon.block import Block
from regluon.gluon.data.vision.transforms.base import Transform, drawn, handed_on
from regluon.gluon.hybrid import HybridBlock
from regluon.gluon.nn.sequential import HybridSequential, Sequential

__all__ = ["Compose", "HybridCompose", "HybridRandomApply", "RandomApply"]


class Compose(Sequential):
    """Apply transforms one after the other; HybridBlocks in a row run as one graph.

    Args:
        transforms: the transforms, which are Blocks.

    Examples:
        >>> from regluon import nd
        >>> from regluon.gluon.data.vision import transforms
        >>> change = Compose([transforms.Resize(6), transforms.CenterCrop(4), transforms.ToTensor()])
        >>> change(nd.ones((5, 7, 3))).shape
        (3, 4, 4)
    """

    def __init__(self, transforms: Sequence[Block]) -> None:
        super().__init__()
        row: list[HybridBlock] = []
        for one in transforms:
            if isinstance(one, HybridBlock):
                row.append(one)
                continue
            if not isinstance(one, Block):
                raise ArgumentTypeError(f"Compose: transforms must be Blocks, got {type(one).__name__}")
            self._add_row(row)
            self.add(one)
            row = []
        self._add_row(row)

    def __call__(self, x: Any, *args: Any) -> Any:
        """Change a picture, and hand other arguments on."""
        return handed_on(super().__call__(x), args)

    def _add_row(self, row: list[HybridBlock]) -> None:
        if len(row) > 1:
            together = HybridSequential(*row)
            together.hybridize()
            row = [together]
        self.add(*row)


class HybridCompose(HybridSequential):
    """Apply transforms one after the other, as one graph; from MXNet 2.

    Args:
        transforms: the transforms, which are HybridBlocks.
    """

    def __init__(self, transforms: Sequence[HybridBlock]) -> None:
        for one in transforms:
            if not isinstance(one, HybridBlock):
                raise ArgumentTypeError(
                    f"HybridCompose: transforms must be HybridBlocks, got {type(one).__name__}; Compose takes others"
                )
        super().__init__(*transforms)
        self.hybridize()

    def __call__(self, x: Any, *args: Any) -> Any:
        """Change a picture, and hand other arguments on."""
        return handed_on(super().__call__(x), args)


class RandomApply(Sequential):
    """Apply a transform by chance, from Python's generator.

    Args:
        transforms: the transform, or several to be applied one after the other.
        p: the chance.
    """

    def __init__(self, transforms: Callable[..., Any] | Sequence[Block], p: float = 0.5) -> None:
        super().__init__()
        self.transforms = Compose(transforms) if isinstance(transforms, Sequence) else transforms
        self.p = _chance("RandomApply", p)

    def __call__(self, x: Any, *args: Any) -> Any:
        """Change a picture, and hand other arguments on."""
        return handed_on(super().__call__(x), args)

    def forward(self, x: Any) -> Any:  # pyright: ignore[reportIncompatibleMethodOverride]
        """Return the picture, changed or not."""
        return x if self.p < random.random() else self.transforms(x)


class HybridRandomApply(Transform):
    """Apply a transform by chance, drawn anew each time the graph runs; from MXNet 2.

    Args:
        transforms: the transform, a HybridBlock.
        p: the chance.
    """

    def __init__(self, transforms: HybridBlock, p: float = 0.5) -> None:
        super().__init__()
        if not isinstance(transforms, HybridBlock):
            raise ArgumentTypeError(
                f"HybridRandomApply: transforms must be a HybridBlock, got {type(transforms).__name__}; RandomApply "
                "takes others"
            )
        self.transforms = transforms
        self.p = _chance("HybridRandomApply", p)

    def hybrid_forward(self, F: Any, x: Any) -> Any:
        """Return the picture, changed or not."""
        chosen = drawn(F, x) < self.p
        return F.contrib.cond(chosen, lambda: self.transforms(x), lambda: F.identity(x))


def _chance(who: str, p: float) -> float:
    if not 0 <= p <= 1:
        raise ArgumentError(f"{who}: p must be in [0, 1], got {p}")
    return p
