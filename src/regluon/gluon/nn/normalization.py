"""Normalisation over the batch."""

from typing import Any

from regluon.core.dtype import dtype_name
from regluon.gluon.hybrid import HybridBlock

__all__ = ["BatchNorm", "BatchNormReLU", "SyncBatchNorm"]


class _BatchNorm(HybridBlock):
    """What the batch normalisations share."""

    _shown = ("axis", "eps", "momentum", "fix_gamma", "use_global_stats")

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
        """Set the layer up.

        Args:
            axis: the channels' axis.
            momentum: weight of the running statistics' old values.
            epsilon: added to the variance.
            center: learn ``beta``, else it stays as it begins.
            scale: learn ``gamma``, else it is 1.
            use_global_stats: use the running statistics while training too.
            beta_initializer: initializer of ``beta``.
            gamma_initializer: initializer of ``gamma``.
            running_mean_initializer: initializer of the running mean.
            running_variance_initializer: initializer of the running variance.
            in_channels: number of channels; 0 takes it from the first input.
            names: ``prefix`` and ``params``.
        """
        super().__init__(**names)
        self._kwargs: dict[str, Any] = {
            "axis": axis,
            "eps": epsilon,
            "momentum": momentum,
            "fix_gamma": not scale,
            "use_global_stats": use_global_stats,
        }
        kinds = {
            "gamma": (scale, gamma_initializer),
            "beta": (center, beta_initializer),
            "running_mean": (False, running_mean_initializer),
            "running_var": (False, running_variance_initializer),
        }
        for name, (learnt, init) in kinds.items():
            parameter = self.params.get(
                name, grad_req="write" if learnt else "null", shape=(in_channels,), init=init, allow_deferred_init=True,
                differentiable=learnt,
            )  # fmt: skip
            setattr(self, name, parameter)

    def cast(self, dtype: Any) -> None:
        """Change the number type; what belongs to 16-bit floats stays float32, as in MXNet."""
        super().cast("float32" if dtype_name(dtype) == "float16" else dtype)

    def hybrid_forward(self, F: Any, x: Any, gamma: Any, beta: Any, running_mean: Any, running_var: Any) -> Any:
        """Normalise."""
        return self._operator(F)(x, gamma, beta, running_mean, running_var, name="fwd", **self._kwargs)

    def _operator(self, F: Any) -> Any:
        return F.BatchNorm

    def __repr__(self) -> str:
        given = ", ".join(f"{key}={self._kwargs[key]!r}" for key in self._shown)
        return f"{type(self).__name__}({given}, in_channels={self._reg_params['gamma'].shape[0] or None})"  # type: ignore[index]


class BatchNorm(_BatchNorm):
    """Normalise each channel over the batch (Ioffe and Szegedy, 2015); MXNet's ``gluon.nn.BatchNorm``.

    While training it uses the batch's mean and biased variance, and moves the running ones towards them; otherwise it
    uses the running ones.

    Examples:
        >>> from regluon import nd
        >>> layer = BatchNorm()
        >>> layer.initialize()
        >>> layer(nd.ones((1, 2, 3, 3))).shape
        (1, 2, 3, 3)
    """


class BatchNormReLU(_BatchNorm):
    """``BatchNorm`` and then a rectifier, as one layer; MXNet's ``gluon.nn.BatchNormReLU``.

    Examples:
        >>> from regluon import nd
        >>> layer = BatchNormReLU(epsilon=0)
        >>> layer.initialize()
        >>> layer(nd.array([[-1.0, 2.0]])).asnumpy()
        array([[0., 2.]], dtype=float32)
    """

    def _operator(self, F: Any) -> Any:
        return F.contrib.BatchNormWithReLU


class SyncBatchNorm(_BatchNorm):
    """``BatchNorm`` over the batches of all devices; MXNet's ``gluon.contrib.nn.SyncBatchNorm``.

    On one device the two are equal, and one device is all that a call sees here. For training by several processes,
    ``torch.nn.SyncBatchNorm`` has what is missing.

    Args:
        in_channels: number of channels; 0 takes it from the first input.
        num_devices: written into graphs; 1 if not given.
        momentum: weight of the running statistics' old values.
        epsilon: added to the variance.
        center: learn ``beta``, else it stays as it begins.
        scale: learn ``gamma``, else it is 1.
        use_global_stats: use the running statistics while training too.
        beta_initializer: initializer of ``beta``.
        gamma_initializer: initializer of ``gamma``.
        running_mean_initializer: initializer of the running mean.
        running_variance_initializer: initializer of the running variance.
        names: ``prefix`` and ``params``.
    """

    _shown = ("eps", "momentum", "fix_gamma", "use_global_stats", "ndev", "key")

    def __init__(
        self,
        in_channels: int = 0,
        num_devices: int | None = None,
        momentum: float = 0.9,
        epsilon: float = 1e-5,
        center: bool = True,
        scale: bool = True,
        use_global_stats: bool = False,
        beta_initializer: Any = "zeros",
        gamma_initializer: Any = "ones",
        running_mean_initializer: Any = "zeros",
        running_variance_initializer: Any = "ones",
        **names: Any,
    ) -> None:
        super().__init__(
            1, momentum, epsilon, center, scale, use_global_stats, beta_initializer, gamma_initializer,
            running_mean_initializer, running_variance_initializer, in_channels, **names,
        )  # fmt: skip
        del self._kwargs["axis"]
        self._kwargs |= {"ndev": num_devices or 1, "key": self.prefix}

    def _operator(self, F: Any) -> Any:
        return F.contrib.SyncBatchNorm
