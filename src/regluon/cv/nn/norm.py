"""Group normalisation with a scale and a shift for each channel."""

from typing import Any

from regluon.core.errors import ArgumentError
from regluon.gluon.hybrid import HybridBlock

__all__ = ["GroupNorm"]


class GroupNorm(HybridBlock):
    """Normalise each group of channels of each picture (Wu and He, 2018); GluonCV's ``GroupNorm``.

    Unlike Gluon's layer of this name, ``gamma`` and ``beta`` have one element for each channel.

    Args:
        ngroups: number of groups, which divides ``in_channels``.
        in_channels: number of channels.
        axis: the channels' axis, always 1.
        epsilon: added to the variance.
        beta_initializer: initializer of ``beta``.
        gamma_initializer: initializer of ``gamma``.
        scale: multiply by ``gamma``.
        names: ``prefix`` and ``params``.

    Examples:
        >>> from regluon import nd
        >>> layer = GroupNorm(1, in_channels=2)
        >>> layer.initialize()
        >>> layer(nd.array([[[[1]], [[3]]]])).asnumpy().round(3).ravel()
        array([-1.,  1.], dtype=float32)
    """

    def __init__(
        self, ngroups: int = 32, in_channels: int = 0, axis: int = 1, epsilon: float = 1e-5,
        beta_initializer: Any = "zeros", gamma_initializer: Any = "ones", scale: bool = True, **names: Any,
    ) -> None:  # fmt: skip
        super().__init__(**names)
        if axis != 1:
            raise ArgumentError(f"GroupNorm: axis must be 1, got {axis!r}")
        if in_channels < 1 or in_channels % ngroups:
            raise ArgumentError(f"GroupNorm: in_channels must be a multiple of ngroups={ngroups}, got {in_channels}")
        self.ngroups, self.scale, self._epsilon = ngroups, scale, epsilon
        self.gamma = self.params.get("gamma", shape=(in_channels,), init=gamma_initializer)
        self.beta = self.params.get("beta", shape=(in_channels,), init=beta_initializer)

    def hybrid_forward(self, F: Any, x: Any, gamma: Any, beta: Any) -> Any:
        """Compute what has the shape of ``x``."""
        gamma = gamma if self.scale else F.ones_like(gamma)
        return F.GroupNorm(x, gamma, beta, num_groups=self.ngroups, eps=self._epsilon)
