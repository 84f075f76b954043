"""Normalisation layers."""

from typing import Any

from regluon.gluon.hybrid import HybridBlock

__all__ = ["BatchNorm"]


class BatchNorm(HybridBlock):
    """Normalise each channel over the batch (Ioffe and Szegedy, 2015); MXNet's ``gluon.nn.BatchNorm``.

    While training it uses the batch's mean and biased variance, and moves the running ones towards them; otherwise it
    uses the running ones.

    Args:
        axis: the channels' axis.
        momentum: weight of the running statistics' old values.
        epsilon: added to the variance.
        center: add ``beta``, else it stays 0.
        scale: multiply by ``gamma``, else it stays 1.
        use_global_stats: use the running statistics while training too.
        beta_initializer: initializer of ``beta``.
        gamma_initializer: initializer of ``gamma``.
        running_mean_initializer: initializer of the running mean.
        running_variance_initializer: initializer of the running variance.
        in_channels: number of channels; 0 takes it from the first input.
        names: ``prefix`` and ``params``.

    Examples:
        >>> from regluon import nd
        >>> layer = BatchNorm()
        >>> layer.initialize()
        >>> layer(nd.ones((1, 2, 3, 3))).shape
        (1, 2, 3, 3)
    """

    def __init__(
        self,
        axis: int = 1,
        momentum: float = 0.9,
        epsilon: float = 1e-5,
        center: bool = True,
        scale: bool = True,
        use_global_stats: bool = False,
        beta_initializer: Any = "zeros",
        gamma_initializer: Any = "ones",
        running_mean_initializer: Any = "zeros",
        running_variance_initializer: Any = "ones",
        in_channels: int = 0,
        **names: Any,
    ) -> None:
        super().__init__(**names)
        self._kwargs = {
            "axis": axis,
            "eps": epsilon,
            "momentum": momentum,
            "fix_gamma": not scale,
            "use_global_stats": use_global_stats,
        }
        shape = (in_channels,)
        self.gamma = self.params.get(
            "gamma", grad_req="write" if scale else "null", shape=shape, init=gamma_initializer,
            allow_deferred_init=True, differentiable=scale,
        )  # fmt: skip
        self.beta = self.params.get(
            "beta", grad_req="write" if center else "null", shape=shape, init=beta_initializer,
            allow_deferred_init=True, differentiable=center,
        )  # fmt: skip
        self.running_mean = self.params.get(
            "running_mean", grad_req="null", shape=shape, init=running_mean_initializer, allow_deferred_init=True,
            differentiable=False,
        )  # fmt: skip
        self.running_var = self.params.get(
            "running_var", grad_req="null", shape=shape, init=running_variance_initializer, allow_deferred_init=True,
            differentiable=False,
        )  # fmt: skip

    def cast(self, dtype: Any) -> None:
        """Change the number type; statistics stay float32 where it is float16, as in MXNet."""
        super().cast("float32" if str(dtype) in ("float16", "<class 'numpy.float16'>") else dtype)

    def hybrid_forward(self, F: Any, x: Any, gamma: Any, beta: Any, running_mean: Any, running_var: Any) -> Any:  # noqa: N803
        """Normalise."""
        return F.BatchNorm(x, gamma, beta, running_mean, running_var, name="fwd", **self._kwargs)

    def __repr__(self) -> str:
        given = ", ".join(f"{key}={value}" for key, value in self._kwargs.items())
        return f"BatchNorm({given}, in_channels={(self.gamma.shape or (0,))[0] or None})"
