"""Pictures as numpy-style arrays: ``mx.npx.image``."""

from typing import Any

from regluon.np.dispatch import invoke

__all__ = ["crop", "flip_left_right", "flip_top_bottom", "normalize", "resize", "to_tensor"]


def to_tensor(data: Any) -> Any:
    """Turn ``(H, W, C)`` or ``(B, H, W, C)`` bytes into ``(C, H, W)`` or ``(B, C, H, W)`` floats within 0 and 1."""
    return invoke("_image_to_tensor", data)


def normalize(data: Any, mean: Any = 0.0, std: Any = 1.0) -> Any:
    """Take means off channels of ``(C, H, W)`` or ``(B, C, H, W)`` pictures, and divide by deviations."""
    return invoke("_image_normalize", data, mean=mean, std=std)


def resize(data: Any, size: Any, keep_ratio: bool = False, interp: int = 1) -> Any:
    """Give ``(H, W, C)`` or ``(B, H, W, C)`` pictures another size, an int or width and height."""
    return invoke("_image_resize", data, size=size, keep_ratio=keep_ratio, interp=interp)


def crop(data: Any, x: int, y: int, width: int, height: int) -> Any:
    """Cut a rectangle out of ``(H, W, C)`` or ``(B, H, W, C)`` pictures."""
    return invoke("_image_crop", data, x=x, y=y, width=width, height=height)


def flip_left_right(data: Any) -> Any:
    """Turn ``(H, W, C)`` pictures round, left to right."""
    return invoke("_image_flip_left_right", data)


def flip_top_bottom(data: Any) -> Any:
    """Turn ``(H, W, C)`` pictures round, top to bottom."""
    return invoke("_image_flip_top_bottom", data)
