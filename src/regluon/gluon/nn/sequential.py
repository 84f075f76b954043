"""Blocks run one after another."""

import warnings
from collections.abc import Iterator
from typing import Any

from regluon.core.errors import ArgumentTypeError
from regluon.gluon.block import Block
from regluon.gluon.hybrid import HybridBlock

__all__ = ["HybridSequential", "Sequential"]


class Sequential(Block):
    """Run Blocks one after another.

    Args:
        blocks: Blocks to begin with.
        names: ``prefix`` and ``params``.

    Examples:
        >>> from regluon import nd
        >>> from regluon.gluon import nn
        >>> net = nn.Sequential()
        >>> net.add(nn.Dense(4), nn.Dense(2))
        >>> len(net), net[1:]
        (2, Sequential(
          (0): Dense(None -> 2, linear)
        ))
    """

    _only_holds = True

    def __init__(self, *blocks: Block, **names: Any) -> None:
        super().__init__(**names)
        self.add(*blocks)

    def add(self, *blocks: Block) -> None:
        """Append Blocks."""
        _add(self, blocks)

    def forward(self, x: Any, *args: Any) -> Any:  # pyright: ignore[reportIncompatibleMethodOverride]
        """Run every Block on the result of the one before, a list being one argument; ``args`` go to the first."""
        return _run(self, x, args)

    def hybridize(self, active: bool = True, **kwargs: Any) -> None:
        """Let the HybridBlocks among its children run as graphs, each on its own."""
        if active and len(self) and all(isinstance(one, HybridBlock) for one in self):
            warnings.warn(
                f"Sequential {self.name!r} has only HybridBlocks: a HybridSequential would run them as one graph",
                stacklevel=2,
            )
        super().hybridize(active, **kwargs)

    def _empty(self) -> "Sequential":
        """Return one of its kind without Blocks."""
        return type(self)(prefix=self._prefix)

    def __len__(self) -> int:
        return len(self._modules)

    def __iter__(self) -> Iterator[Block]:
        return iter(self._children.values())

    def __getitem__(self, key: int | slice) -> Any:
        return _get(self, key)


class HybridSequential(HybridBlock):
    """Run HybridBlocks one after another.

    Args:
        blocks: HybridBlocks to begin with.
        names: ``prefix`` and ``params``.

    Examples:
        >>> from regluon import nd
        >>> from regluon.gluon import nn
        >>> net = nn.HybridSequential()
        >>> net.add(nn.Dense(4, activation="relu"), nn.Dense(2))
        >>> net.initialize()
        >>> net.hybridize()
        >>> net(nd.ones((1, 3))).shape
        (1, 2)
    """

    _only_holds = True

    def __init__(self, *blocks: HybridBlock, **names: Any) -> None:
        super().__init__(**names)
        self.add(*blocks)

    def add(self, *blocks: HybridBlock) -> None:
        """Append HybridBlocks."""
        _add(self, blocks)

    def hybrid_forward(self, F: Any, x: Any, *args: Any) -> Any:  # noqa: ARG002
        """Run every Block on the result of the one before, a list being one argument; ``args`` go to the first."""
        return _run(self, x, args)

    def _empty(self) -> "HybridSequential":
        """Return one of its kind without Blocks."""
        return type(self)(prefix=self._prefix)

    def __len__(self) -> int:
        return len(self._modules)

    def __iter__(self) -> Iterator[Block]:
        return iter(self._children.values())

    def __getitem__(self, key: int | slice) -> Any:
        return _get(self, key)


def _add(net: Block, blocks: tuple[Any, ...]) -> None:
    for one in blocks:
        if not isinstance(one, Block):
            raise ArgumentTypeError(f"{type(net).__name__}: add takes Blocks, got {type(one).__name__}")
        net.register_child(one)


def _run(net: Block, x: Any, args: tuple[Any, ...]) -> Any:
    for one in net._modules.values():
        x = one(x, *args)  # type: ignore[misc]  # a child is never None here
        args = ()
    return x


def _get(net: Any, key: int | slice) -> Any:
    layers = list(net._modules.values())[key]
    if isinstance(key, int):
        return layers
    part = net._empty()
    part.add(*layers)
    return part
