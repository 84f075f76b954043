"""How networks that enlarge maps begin."""

from typing import Any

from regluon import nd
from regluon.gluon.hybrid import HybridBlock
from regluon.initializer import Bilinear, Initializer, Normal

__all__ = ["BilinearUpSample", "begin"]


class BilinearUpSample(Initializer):
    """Fill the first output channel of a transposed convolution with bilinear upsampling, the others with noise.

    A convolution that treats each channel by itself has one output channel for each: it upsamples all of them.
    GluonCV's ``BilinearUpSample``.

    Examples:
        >>> weight = nd.zeros((2, 1, 4, 4))
        >>> BilinearUpSample()("weight", weight)
        >>> weight[1, 0, 0].asnumpy()
        array([0.0625, 0.1875, 0.1875, 0.0625], dtype=float32)
    """

    def _init_weight(self, name: str, arr: nd.NDArray) -> None:
        Normal(0.01)._init_weight(name, arr)
        first = nd.zeros((arr.shape[0], 1, *arr.shape[2:]))
        Bilinear()._init_weight(name, first)
        arr[:, :1] = first


def begin(net: HybridBlock, ctx: Any = None) -> None:
    """Initialize those Parameters that have no values yet: GluonCV hands these networks out ready to run.

    Args:
        net: the network.
        ctx: a device, or a list of them.
    """
    for parameter in net.collect_params().values():
        if not parameter.initialized:
            parameter.initialize(ctx=ctx)
