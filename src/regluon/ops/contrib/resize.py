"""Feature maps of another size: adaptive average pooling and bilinear interpolation."""

from typing import Annotated, Literal

from torch import Tensor

from regluon.core.errors import ArgumentError, ArgumentTypeError, ShapeError
from regluon.kernels.resample import adaptive_average, bilinear
from regluon.ops.attr import Range, Shape
from regluon.ops.number import single
from regluon.ops.registry import op

__all__ = ["adaptive_avg_pooling", "bilinear_resize"]

Count = Annotated[int, Range(1)]
Mode = Literal["size", "odd_scale", "like", "to_even_down", "to_even_up", "to_odd_down", "to_odd_up"]


@op("_contrib_AdaptiveAvgPooling2D")
def adaptive_avg_pooling(data: Tensor, output_size: Shape = ()) -> Tensor:
    """Average data over windows that make a given output size (MXNet, ``AdaptiveAvgPooling2D``).

    Output row i averages rows ``floor(i H / h)`` to ``ceil((i + 1) H / h) - 1``; columns likewise.

    Args:
        data: ``(N, C, H, W)``.
        output_size: ``(h, w)``, or one number for both; 1 if not given, or if there are more than two, as in MXNet.

    Returns:
        ``(N, C, h, w)``.

    Examples:
        >>> import torch
        >>> adaptive_avg_pooling(torch.arange(5.0).reshape(1, 1, 1, 5), (1, 3))
        tensor([[[[0.5000, 2.0000, 3.5000]]]])
    """
    if data.ndim != 4:
        raise ShapeError(f"AdaptiveAvgPooling2D: data must be (N, C, H, W), got shape {tuple(data.shape)}")
    if not data.is_floating_point():
        raise ArgumentTypeError(f"AdaptiveAvgPooling2D: data must hold floats, got {data.dtype}")
    size = output_size * 2 if len(output_size) == 1 else output_size
    return adaptive_average(data, *(size if len(size) == 2 else (1, 1)))


@op("_contrib_BilinearResize2D", omit=lambda attributes: () if attributes["mode"] == "like" else ("like",))
def bilinear_resize(
    data: Tensor,
    like: Tensor | None = None,
    *,
    height: Count = 1,
    width: Count = 1,
    scale_height: float | None = None,
    scale_width: float | None = None,
    mode: Mode = "size",
    align_corners: bool = True,
) -> Tensor:
    """Interpolate between the four nearest pixels (MXNet, ``BilinearResize2D``).

    Output pixel i lies at ``i (H - 1) / (h - 1)`` with ``align_corners``, else at ``(i + 0.5) H / h - 0.5`` but not
    before the first. An output of height or width 1 takes the first row or column, as in MXNet. Unlike there, in mode
    ``size`` each of the two scales counts where it is given.

    Args:
        data: ``(N, C, H, W)``.
        like: ``(., ., h, w)``, for mode ``like``; gets no gradient.
        height: for mode ``size`` without ``scale_height``.
        width: for mode ``size`` without ``scale_width``.
        scale_height: for modes ``size`` and ``odd_scale``.
        scale_width: for modes ``size`` and ``odd_scale``.
        mode: what the new height is; the width likewise. ``size``: ``scale_height`` times H, cut to an int, or
            ``height``. ``odd_scale``: the same, but an odd H becomes ``scale_height`` times ``H - 1``, plus 1.
            ``like``: that of ``like``. ``to_even_down``, ``to_even_up``, ``to_odd_down``, ``to_odd_up``: the nearest
            even or odd number.
        align_corners: whether corners lie on corners.

    Returns:
        ``(N, C, h, w)``.

    Examples:
        >>> import torch
        >>> bilinear_resize(torch.tensor([[[[1.0, 3.0]]]]), height=1, width=3)
        tensor([[[[1., 2., 3.]]]])
    """
    if data.ndim != 4:
        raise ShapeError(f"BilinearResize2D: data must be (N, C, H, W), got shape {tuple(data.shape)}")
    if not data.is_floating_point():
        raise ArgumentTypeError(f"BilinearResize2D: data must hold floats, got {data.dtype}")
    if (mode == "like") is (like is None):
        raise ArgumentError(f"BilinearResize2D: like must be given for mode='like', and only then, got mode={mode!r}")
    if like is not None:
        if like.ndim != 4:
            raise ShapeError(f"BilinearResize2D: like must be (N, C, H, W), got shape {tuple(like.shape)}")
        size = (like.shape[2], like.shape[3])
    else:
        size = (
            _new_size(data.shape[2], mode, height, scale_height),
            _new_size(data.shape[3], mode, width, scale_width),
        )
    if min(size) < 1:
        raise ShapeError(f"BilinearResize2D: the output must have a height and width of 1 or more, got {size}")
    if size == data.shape[2:]:
        return data.clone()
    if size[0] == 1:
        data = data[:, :, :1]
    if size[1] == 1:
        data = data[..., :1]
    return bilinear(data, *size, align_corners)


def _new_size(size: int, mode: Mode, wanted: int, scale: float | None) -> int:
    if mode == "size":
        return wanted if scale is None else _scaled(size, scale)
    if mode == "odd_scale":
        if scale is None:
            raise ArgumentError(
                "BilinearResize2D: scale_height and scale_width must be given for mode='odd_scale', got None"
            )
        return _scaled(size, scale) if size % 2 == 0 else _scaled(size - 1, scale) + 1
    step = 1 if mode.endswith("up") else -1
    return size + step if (size % 2 == 0) is ("odd" in mode) else size


def _scaled(size: int, scale: float) -> int:
    # In float32, as MXNet does.
    return int(single(single(scale) * size))
