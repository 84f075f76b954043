"""Where OpenCV's ways to resize look, and how much each place counts.

One axis at a time: output ``i`` is the sum over ``k`` of ``weight[k, i]`` times input ``index[k, i]``. Positions are
taken in float64 and weights in float32, as OpenCV 3.4 takes them, because whole numbers come out of the rounding.
"""

import math
from dataclasses import dataclass

import torch
from torch import Tensor

__all__ = ["Taps", "area", "cubic", "lanczos", "linear", "nearest", "shrinks_whole"]

# OpenCV's cubic kernel; other libraries take -0.5.
_SHARPNESS = -0.75
# A part of a pixel that is smaller counts for nothing.
_LEAST_PART = 1e-3


@dataclass(frozen=True, slots=True)
class Taps:
    """The inputs of every output along one axis.

    Attributes:
        index: ``(K, new)`` int64.
        weight: ``(K, new)`` float32.
    """

    index: Tensor
    weight: Tensor


def shrinks_whole(old: int, new: int) -> bool:
    """Say whether every output covers the same whole number of inputs."""
    return old % new == 0


def nearest(old: int, new: int, device: torch.device) -> Tensor:
    """Return the ``(new,)`` inputs that the outputs are copies of."""
    return (_numbers(new, device) * _scale(old, new)).floor().long().clamp(max=old - 1)


def linear(old: int, new: int, device: torch.device, *, cells: bool = False, inside: bool = False) -> Taps:
    """Look at the two neighbours.

    Args:
        old: inputs.
        new: outputs.
        device: where the tables go.
        cells: take positions as the area method does where it enlarges.
        inside: beyond the outermost inputs take these alone, rather than twice with two weights.
    """
    scale = _scale(old, new)
    if cells:
        low = (_numbers(new, device) * scale).floor()
        part = ((_numbers(new, device) + 1) - (low + 1) * (new / old)).float()
        part = torch.where(part <= 0, 0.0, part - part.floor())
        low = low.float()
    else:
        low, part = _position(scale, new, device)
    if inside:
        part = torch.where((low < 0) | (low >= old - 1), 0.0, part)
    return _clamped(low, [0, 1], torch.stack([1 - part, part]), old)


def cubic(old: int, new: int, device: torch.device) -> Taps:
    """Look at four neighbours, through a piecewise cubic."""
    low, part = _position(_scale(old, new), new, device)
    a, before, after = _SHARPNESS, part + 1, 1 - part
    first = ((a * before - 5 * a) * before + 8 * a) * before - 4 * a
    second = ((a + 2) * part - (a + 3)) * part * part + 1
    third = ((a + 2) * after - (a + 3)) * after * after + 1
    return _clamped(low, [-1, 0, 1, 2], torch.stack([first, second, third, 1 - first - second - third]), old)


def lanczos(old: int, new: int, device: torch.device) -> Taps:
    """Look at eight neighbours, through a windowed sinc."""
    low, part = _position(_scale(old, new), new, device)
    places = list(range(-3, 5))
    distance = part.double() - torch.tensor(places, dtype=torch.float64, device=device)[:, None]
    weight = (torch.sinc(distance) * torch.sinc(distance / 4)).float()
    return _clamped(low, places, weight / weight.sum(0), old)


def area(old: int, new: int, device: torch.device) -> Taps:
    """Look at every input that an output covers, by how much it does; for shrinking alone."""
    scale = _scale(old, new)
    begin = _numbers(new, device) * scale
    end = begin + scale
    width = (old - begin).clamp(max=scale)
    last = end.floor().clamp(max=old - 1)
    first = torch.minimum(begin.ceil(), last)
    most = math.floor(scale) + 2
    place = first - 1 + torch.arange(most, dtype=torch.float64, device=device)[:, None]
    head, tail = first - begin, torch.minimum((end - last).clamp(max=1), width)
    weight = torch.where((place >= first) & (place < last), 1.0, 0.0)
    weight = torch.where((place < first) & (head > _LEAST_PART), head, weight)
    weight = torch.where((place == last) & (end - last > _LEAST_PART), tail, weight)
    return Taps(place.clamp(0, old - 1).long(), (weight / width).float())


def _numbers(count: int, device: torch.device) -> Tensor:
    return torch.arange(count, dtype=torch.float64, device=device)


def _scale(old: int, new: int) -> float:
    # Not old / new: OpenCV inverts the inverse, which rounds twice.
    return 1.0 / (new / old)


def _position(scale: float, new: int, device: torch.device) -> tuple[Tensor, Tensor]:
    """Return the input left of each output's middle, and how far beyond it that is; both float32."""
    position = ((_numbers(new, device) + 0.5) * scale - 0.5).float()
    low = position.floor()
    return low, position - low


def _clamped(low: Tensor, places: list[int], weight: Tensor, old: int) -> Taps:
    offset = torch.tensor(places, dtype=torch.int64, device=low.device)[:, None]
    return Taps((low.long() + offset).clamp(0, old - 1), weight)
