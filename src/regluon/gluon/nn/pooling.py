"""Pooling over one, two or three axes, over windows or over all of them."""

from typing import Any, Literal

from regluon.gluon.hybrid import HybridBlock
from regluon.gluon.nn.sizes import Size, check_layout, each

__all__ = [
    "AvgPool1D",
    "AvgPool2D",
    "AvgPool3D",
    "GlobalAvgPool1D",
    "GlobalAvgPool2D",
    "GlobalAvgPool3D",
    "GlobalMaxPool1D",
    "GlobalMaxPool2D",
    "GlobalMaxPool3D",
    "MaxPool1D",
    "MaxPool2D",
    "MaxPool3D",
]


class _Pool(HybridBlock):
    """What the poolings share."""

    _axes = 0
    _pool_type: Literal["max", "avg"] = "max"

    def __init__(
        self,
        pool_size: Size,
        strides: Size | None,
        padding: Size,
        layout: str | None,
        ceil_mode: bool = False,
        global_pool: bool = False,
        count_include_pad: bool | None = None,
        **names: Any,
    ) -> None:
        super().__init__(**names)
        who = type(self).__name__
        kernel = each(who, "pool_size", pool_size, self._axes, 1)
        self._kwargs: dict[str, Any] = {
            "kernel": kernel,
            "stride": kernel if strides is None else each(who, "strides", strides, self._axes, 1),
            "pad": each(who, "padding", padding, self._axes),
            "global_pool": global_pool,
            "pool_type": self._pool_type,
            "layout": check_layout(who, layout, self._axes),
            "pooling_convention": "full" if ceil_mode else "valid",
        }
        if count_include_pad is not None:
            self._kwargs["count_include_pad"] = count_include_pad

    def _alias(self) -> str:
        return "pool"

    def hybrid_forward(self, F: Any, x: Any) -> Any:
        """Pool."""
        return F.Pooling(x, name="fwd", **self._kwargs)

    def __repr__(self) -> str:
        given = self._kwargs
        return (
            f"{type(self).__name__}(size={given['kernel']}, stride={given['stride']}, padding={given['pad']}, "
            f"ceil_mode={given['pooling_convention'] == 'full'}, global_pool={given['global_pool']}, "
            f"pool_type={given['pool_type']}, layout={given['layout']})"
        )


class _GlobalPool(_Pool):
    """What the poolings over everything share."""

    def __init__(self, layout: str | None = None, **names: Any) -> None:
        """Set the layer up.

        Args:
            layout: order of the axes, channels second (the default) or last.
            names: ``prefix`` and ``params``.
        """
        super().__init__(1, None, 0, layout, ceil_mode=True, global_pool=True, **names)


class MaxPool1D(_Pool):
    """Take the largest element of each window over one axis of ``(N, C, W)``; MXNet's ``gluon.nn.MaxPool1D``.

    Examples:
        >>> from regluon import nd
        >>> MaxPool1D()(nd.ones((1, 1, 4))).shape
        (1, 1, 2)
    """

    _axes = 1
    _pool_type = "max"

    def __init__(
        self,
        pool_size: Size = 2,
        strides: Size | None = None,
        padding: Size = 0,
        layout: str | None = None,
        ceil_mode: bool = False,
        **names: Any,
    ) -> None:
        """Set the layer up; sizes are one int, or one for each axis.

        Args:
            pool_size: size of the windows.
            strides: their step; their size if not given.
            padding: put around the input.
            layout: order of the axes, channels second (the default) or last.
            ceil_mode: round the number of windows up, and keep even those that begin beyond the input.
            names: ``prefix`` and ``params``.
        """
        super().__init__(pool_size, strides, padding, layout, ceil_mode, **names)


class MaxPool2D(_Pool):
    """Take the largest element of each window over two axes of ``(N, C, H, W)``; MXNet's ``gluon.nn.MaxPool2D``.

    Examples:
        >>> from regluon import nd
        >>> MaxPool2D()(nd.ones((1, 1, 4, 4))).shape
        (1, 1, 2, 2)
    """

    _axes = 2
    _pool_type = "max"

    def __init__(
        self,
        pool_size: Size = (2, 2),
        strides: Size | None = None,
        padding: Size = 0,
        layout: str | None = None,
        ceil_mode: bool = False,
        **names: Any,
    ) -> None:
        """Set the layer up; sizes are one int, or one for each axis.

        Args:
            pool_size: size of the windows.
            strides: their step; their size if not given.
            padding: put around the input.
            layout: order of the axes, channels second (the default) or last.
            ceil_mode: round the number of windows up, and keep even those that begin beyond the input.
            names: ``prefix`` and ``params``.
        """
        super().__init__(pool_size, strides, padding, layout, ceil_mode, **names)


class MaxPool3D(_Pool):
    """Take the largest element of each window over three axes of ``(N, C, D, H, W)``; MXNet's ``gluon.nn.MaxPool3D``.

    Examples:
        >>> from regluon import nd
        >>> MaxPool3D()(nd.ones((1, 1, 4, 4, 4))).shape
        (1, 1, 2, 2, 2)
    """

    _axes = 3
    _pool_type = "max"

    def __init__(
        self,
        pool_size: Size = (2, 2, 2),
        strides: Size | None = None,
        padding: Size = 0,
        ceil_mode: bool = False,
        layout: str | None = None,
        **names: Any,
    ) -> None:
        """Set the layer up; sizes are one int, or one for each axis.

        Args:
            pool_size: size of the windows.
            strides: their step; their size if not given.
            padding: put around the input.
            ceil_mode: round the number of windows up, and keep even those that begin beyond the input.
            layout: order of the axes, channels second (the default) or last.
            names: ``prefix`` and ``params``.
        """
        super().__init__(pool_size, strides, padding, layout, ceil_mode, **names)


class AvgPool1D(_Pool):
    """Take the mean of each window over one axis of ``(N, C, W)``; MXNet's ``gluon.nn.AvgPool1D``.

    Examples:
        >>> from regluon import nd
        >>> AvgPool1D()(nd.ones((1, 1, 4))).shape
        (1, 1, 2)
    """

    _axes = 1
    _pool_type = "avg"

    def __init__(
        self,
        pool_size: Size = 2,
        strides: Size | None = None,
        padding: Size = 0,
        layout: str | None = None,
        ceil_mode: bool = False,
        count_include_pad: bool = True,
        **names: Any,
    ) -> None:
        """Set the layer up; sizes are one int, or one for each axis.

        Args:
            pool_size: size of the windows.
            strides: their step; their size if not given.
            padding: put around the input.
            layout: order of the axes, channels second (the default) or last.
            ceil_mode: round the number of windows up, and keep even those that begin beyond the input.
            count_include_pad: let padding count in the mean.
            names: ``prefix`` and ``params``.
        """
        super().__init__(pool_size, strides, padding, layout, ceil_mode, count_include_pad=count_include_pad, **names)


class AvgPool2D(_Pool):
    """Take the mean of each window over two axes of ``(N, C, H, W)``; MXNet's ``gluon.nn.AvgPool2D``.

    Examples:
        >>> from regluon import nd
        >>> AvgPool2D()(nd.ones((1, 1, 4, 4))).shape
        (1, 1, 2, 2)
    """

    _axes = 2
    _pool_type = "avg"

    def __init__(
        self,
        pool_size: Size = (2, 2),
        strides: Size | None = None,
        padding: Size = 0,
        ceil_mode: bool = False,
        layout: str | None = None,
        count_include_pad: bool = True,
        **names: Any,
    ) -> None:
        """Set the layer up; sizes are one int, or one for each axis.

        Args:
            pool_size: size of the windows.
            strides: their step; their size if not given.
            padding: put around the input.
            ceil_mode: round the number of windows up, and keep even those that begin beyond the input.
            layout: order of the axes, channels second (the default) or last.
            count_include_pad: let padding count in the mean.
            names: ``prefix`` and ``params``.
        """
        super().__init__(pool_size, strides, padding, layout, ceil_mode, count_include_pad=count_include_pad, **names)


class AvgPool3D(_Pool):
    """Take the mean of each window over three axes of ``(N, C, D, H, W)``; MXNet's ``gluon.nn.AvgPool3D``.

    Examples:
        >>> from regluon import nd
        >>> AvgPool3D()(nd.ones((1, 1, 4, 4, 4))).shape
        (1, 1, 2, 2, 2)
    """

    _axes = 3
    _pool_type = "avg"

    def __init__(
        self,
        pool_size: Size = (2, 2, 2),
        strides: Size | None = None,
        padding: Size = 0,
        ceil_mode: bool = False,
        layout: str | None = None,
        count_include_pad: bool = True,
        **names: Any,
    ) -> None:
        """Set the layer up; sizes are one int, or one for each axis.

        Args:
            pool_size: size of the windows.
            strides: their step; their size if not given.
            padding: put around the input.
            ceil_mode: round the number of windows up, and keep even those that begin beyond the input.
            layout: order of the axes, channels second (the default) or last.
            count_include_pad: let padding count in the mean.
            names: ``prefix`` and ``params``.
        """
        super().__init__(pool_size, strides, padding, layout, ceil_mode, count_include_pad=count_include_pad, **names)


class GlobalMaxPool1D(_GlobalPool):
    """Take the largest element of each channel of ``(N, C, W)``, axes kept; MXNet's ``gluon.nn.GlobalMaxPool1D``.

    Examples:
        >>> from regluon import nd
        >>> GlobalMaxPool1D()(nd.ones((1, 3, 4))).shape
        (1, 3, 1)
    """

    _axes = 1
    _pool_type = "max"


class GlobalMaxPool2D(_GlobalPool):
    """Take the largest element of each channel of ``(N, C, H, W)``, axes kept; MXNet's ``gluon.nn.GlobalMaxPool2D``.

    Examples:
        >>> from regluon import nd
        >>> GlobalMaxPool2D()(nd.ones((1, 3, 4, 4))).shape
        (1, 3, 1, 1)
    """

    _axes = 2
    _pool_type = "max"


class GlobalMaxPool3D(_GlobalPool):
    """Take the largest element of each channel of ``(N, C, D, H, W)``, axes kept; MXNet's ``gluon.nn.GlobalMaxPool3D``.

    Examples:
        >>> from regluon import nd
        >>> GlobalMaxPool3D()(nd.ones((1, 3, 4, 4, 4))).shape
        (1, 3, 1, 1, 1)
    """

    _axes = 3
    _pool_type = "max"


class GlobalAvgPool1D(_GlobalPool):
    """Take the mean of each channel of ``(N, C, W)``, axes kept; MXNet's ``gluon.nn.GlobalAvgPool1D``.

    Examples:
        >>> from regluon import nd
        >>> GlobalAvgPool1D()(nd.ones((1, 3, 4))).shape
        (1, 3, 1)
    """

    _axes = 1
    _pool_type = "avg"


class GlobalAvgPool2D(_GlobalPool):
    """Take the mean of each channel of ``(N, C, H, W)``, axes kept; MXNet's ``gluon.nn.GlobalAvgPool2D``.

    Examples:
        >>> from regluon import nd
        >>> GlobalAvgPool2D()(nd.ones((1, 3, 4, 4))).shape
        (1, 3, 1, 1)
    """

    _axes = 2
    _pool_type = "avg"


class GlobalAvgPool3D(_GlobalPool):
    """Take the mean of each channel of ``(N, C, D, H, W)``, axes kept; MXNet's ``gluon.nn.GlobalAvgPool3D``.

    Examples:
        >>> from regluon import nd
        >>> GlobalAvgPool3D()(nd.ones((1, 3, 4, 4, 4))).shape
        (1, 3, 1, 1, 1)
    """

    _axes = 3
    _pool_type = "avg"
