"""Turn, scale and move pictures and points together, as CenterNet does."""

from collections.abc import Sequence

import numpy as np
import torch

__all__ = ["affine_transform", "get_affine_transform", "warp"]


def get_affine_transform(
    center: Sequence[float] | np.ndarray,
    scale: float | Sequence[float] | np.ndarray,
    rot: float,
    output_size: Sequence[float],
    shift: Sequence[float] | np.ndarray = (0, 0),
    inv: bool = False,
) -> np.ndarray:
    """Make the matrix that brings a part of a picture into another; GluonCV's ``bbox.get_affine_transform``.

    Args:
        center: x and y of the part's centre.
        scale: its width, or its width and height, of which the width alone counts.
        rot: by how much it is turned, in degrees.
        output_size: width and height of the other picture.
        shift: what to add to the centre, as a part of ``scale``.
        inv: make the matrix for the way back.

    Returns:
        ``(2, 3)``.

    Examples:
        >>> get_affine_transform((50, 40), 100, 0, (20, 10)) @ [55, 40, 1]
        array([11.,  5.])
    """
    extent = np.broadcast_to(np.asarray(scale, np.float64), 2)
    ratio, angle = output_size[0] / extent[0], np.pi * rot / 180
    turn = ratio * np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    origin = np.asarray(center, np.float64) + extent * shift
    matrix = np.column_stack([turn, np.array(output_size) / 2 - turn @ origin])
    return _back(matrix) if inv else matrix


def affine_transform(pt: Sequence[float] | np.ndarray, t: np.ndarray) -> np.ndarray:
    """Move points by a matrix.

    Args:
        pt: ``(..., 2)`` x and y.
        t: ``(2, 3)``.

    Returns:
        ``(..., 2)``.
    """
    return np.asarray(pt) @ t[:, :2].T + t[:, 2]


def warp(pixels: torch.Tensor, matrix: np.ndarray, size: tuple[int, int]) -> torch.Tensor:
    """Move a picture by a matrix, black where nothing was: OpenCV's ``warpAffine``, linear and exact.

    Args:
        pixels: ``(H, W, C)``.
        matrix: ``(2, 3)``, from the picture into the new one.
        size: width and height of the new one.

    Returns:
        ``(size[1], size[0], C)`` of the picture's type; whole numbers are rounded.
    """
    width, height = size
    places = np.stack(np.meshgrid(np.arange(width), np.arange(height)), axis=-1)
    found = affine_transform(places, _back(matrix))
    grid = (2 * found + 1) / np.array([pixels.shape[1], pixels.shape[0]]) - 1
    moved = torch.nn.functional.grid_sample(
        pixels.permute(2, 0, 1)[None].float(),
        torch.from_numpy(grid)[None].float().to(pixels.device),
        align_corners=False,
    )[0].permute(1, 2, 0)
    return moved.to(pixels.dtype) if pixels.is_floating_point() else moved.round().to(pixels.dtype)


def _back(matrix: np.ndarray) -> np.ndarray:
    return np.linalg.inv(np.vstack([matrix, [0, 0, 1]]))[:2]
