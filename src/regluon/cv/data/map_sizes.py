"""How large the feature maps of a network are, found without running it."""

from typing import Any

from regluon import sym

__all__ = ["MapSizes"]


class MapSizes:
    """Tell heights and widths of a network's feature maps.

    Args:
        net: a network whose ``features`` give a map, or several.

    Examples:
        >>> from regluon.gluon import nn
        >>> net = nn.HybridSequential()
        >>> net.features = nn.Conv2D(8, 3, 2, 1)
        >>> MapSizes(net)(20, 30)
        [(10, 15)]
    """

    def __init__(self, net: Any) -> None:
        maps = net.features(sym.var("data"))
        self._maps = list(maps) if isinstance(maps, (list, tuple)) else [maps]
        self._known: dict[tuple[int, int], list[tuple[int, int]]] = {}

    def __call__(self, height: int, width: int) -> list[tuple[int, int]]:
        """Return heights and widths for a picture of this size."""
        size = height, width
        if size not in self._known:
            self._known[size] = [tuple(one.infer_shape(data=(1, 3, *size))[1][0][2:]) for one in self._maps]
        return self._known[size]
