"""Normalisation within each sample."""

from typing import Any

from regluon.gluon.hybrid import HybridBlock

__all__ = ["GroupNorm", "InstanceNorm", "LayerNorm"]


class _Norm(HybridBlock):
    """What the normalisations within samples share: ``gamma``, ``beta`` and how they are shown."""

    def __init__(
        self,
        size: int,
        shown: dict[str, Any],
        scale: bool,
        center: bool,
        initializers: tuple[Any, Any],
        names: dict[str, Any],
    ) -> None:
        super().__init__(**names)
        self._kwargs = {**shown, "center": center, "scale": scale}
        self.gamma = self.params.get(
            "gamma",
            grad_req="write" if scale else "null",
            shape=(size,),
            init=initializers[0],
            allow_deferred_init=True,
        )
        self.beta = self.params.get(
            "beta",
            grad_req="write" if center else "null",
            shape=(size,),
            init=initializers[1],
            allow_deferred_init=True,
        )

    def _shown(self) -> dict[str, Any]:
        return {**self._kwargs, "in_channels": (self.gamma.shape or (0,))[0]}

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join(f'{key}={value}' for key, value in self._shown().items())})"


class InstanceNorm(_Norm):
    """Normalise each channel of each sample (Ulyanov et al., 2016); MXNet's ``gluon.nn.InstanceNorm``.

    Args:
        axis: the channels' axis.
        epsilon: added to the variance.
        center: learn ``beta``, else it stays as it begins.
        scale: learn ``gamma``, else it stays as it begins.
        beta_initializer: initializer of ``beta``.
        gamma_initializer: initializer of ``gamma``.
        in_channels: number of channels; 0 takes it from the first input.
        names: ``prefix`` and ``params``.

    Examples:
        >>> from regluon import nd
        >>> layer = InstanceNorm()
        >>> layer.initialize()
        >>> layer(nd.array([[[1, 3]]])).asnumpy().round(3)
        array([[[-1.,  1.]]], dtype=float32)
    """

    def __init__(
        self, axis: int = 1, epsilon: float = 1e-5, center: bool = True, scale: bool = False,
        beta_initializer: Any = "zeros", gamma_initializer: Any = "ones", in_channels: int = 0, **names: Any,
    ) -> None:  # fmt: skip
        shown = {"eps": epsilon, "axis": axis}
        super().__init__(in_channels, shown, scale, center, (gamma_initializer, beta_initializer), names)

    def hybrid_forward(self, F: Any, x: Any, gamma: Any, beta: Any) -> Any:
        """Normalise."""
        axis, eps = self._kwargs["axis"], self._kwargs["eps"]
        if axis == 1:
            return F.InstanceNorm(x, gamma, beta, name="fwd", eps=eps)
        second = F.swapaxes(x, dim1=1, dim2=axis)
        return F.swapaxes(F.InstanceNorm(second, gamma, beta, name="fwd", eps=eps), dim1=1, dim2=axis)


class LayerNorm(_Norm):
    """Normalise along one axis of each sample (Ba et al., 2016); MXNet's ``gluon.nn.LayerNorm``.

    Args:
        axis: the axis.
        epsilon: added to the variance.
        center: learn ``beta``, else it stays as it begins.
        scale: learn ``gamma``, else it stays as it begins.
        beta_initializer: initializer of ``beta``.
        gamma_initializer: initializer of ``gamma``.
        in_channels: size of the axis; 0 takes it from the first input.
        names: ``prefix`` and ``params``.

    Examples:
        >>> from regluon import nd
        >>> layer = LayerNorm()
        >>> layer.initialize()
        >>> layer(nd.array([[1, 3]])).asnumpy().round(3)
        array([[-1.,  1.]], dtype=float32)
    """

    def __init__(
        self, axis: int = -1, epsilon: float = 1e-5, center: bool = True, scale: bool = True,
        beta_initializer: Any = "zeros", gamma_initializer: Any = "ones", in_channels: int = 0, **names: Any,
    ) -> None:  # fmt: skip
        shown = {"eps": epsilon, "axis": axis}
        super().__init__(in_channels, shown, scale, center, (gamma_initializer, beta_initializer), names)

    def hybrid_forward(self, F: Any, data: Any, gamma: Any, beta: Any) -> Any:
        """Normalise."""
        return F.LayerNorm(data, gamma, beta, axis=self._kwargs["axis"], eps=self._kwargs["eps"])


class GroupNorm(_Norm):
    """Normalise each group of channels of each sample (Wu and He, 2018); MXNet 1.x's ``gluon.nn.GroupNorm``.

    ``gamma`` and ``beta`` have one element for each group, not for each channel as elsewhere.

    Args:
        num_groups: number of groups.
        epsilon: added to the variance.
        center: learn ``beta``, else it stays as it begins.
        scale: learn ``gamma``, else it stays as it begins.
        beta_initializer: initializer of ``beta``.
        gamma_initializer: initializer of ``gamma``.
        names: ``prefix`` and ``params``.

    Examples:
        >>> from regluon import nd
        >>> layer = GroupNorm(2)
        >>> layer.initialize()
        >>> layer(nd.array([[[1, 3], [5, 9]]])).asnumpy().round(3)
        array([[[-1.,  1.],
                [-1.,  1.]]], dtype=float32)
    """

    def __init__(
        self, num_groups: int = 1, epsilon: float = 1e-5, center: bool = True, scale: bool = True,
        beta_initializer: Any = "zeros", gamma_initializer: Any = "ones", **names: Any,
    ) -> None:  # fmt: skip
        shown = {"eps": epsilon, "num_groups": num_groups}
        super().__init__(num_groups, shown, scale, center, (gamma_initializer, beta_initializer), names)

    def _shown(self) -> dict[str, Any]:
        return self._kwargs

    def hybrid_forward(self, F: Any, data: Any, gamma: Any, beta: Any) -> Any:
        """Normalise."""
        return F.GroupNorm(data, gamma, beta, num_groups=self._kwargs["num_groups"], eps=self._kwargs["eps"])
