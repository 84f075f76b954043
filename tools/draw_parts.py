"""Draw the pictures of the documentation's pages about detection parts into ``docs/images``.

    python tools/draw_parts.py [NAME ...]

Each picture shows what the parts themselves return for one scene of the demo's digits; nothing is drawn by hand.
"""

import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from regluon.cv.anchor import SSDAnchorGenerator
from regluon.cv.data import DigitScenes
from regluon.cv.nn.bbox import BBoxBatchIOU, BBoxCenterToCorner, BBoxClipToImage
from regluon.cv.nn.coder import CenterNetDecoder, NormalizedBoxCenterDecoder, NormalizedBoxCenterEncoder
from regluon.cv.nn.matcher import BipartiteMatcher, CompositeMatcher, MaximumMatcher
from regluon.cv.nn.sampler import OHEMSampler, QuotaSampler

IMAGES = Path(__file__).parents[1] / "docs" / "images"
SCENE = 11
GREEN, RED, BLUE, GRAY = "#1b9e77", "#d95f02", "#1f5fbf", "#9a9a9a"
COLORS = ("#1b9e77", "#d95f02", "#7570b3", "#e7298a", "#66a61e", "#e6ab02")


def scene() -> tuple[np.ndarray, torch.Tensor]:
    """Return a picture and its boxes, ``(1, M, 4)``."""
    image, label = DigitScenes("val", size=128)[SCENE]
    return image, torch.tensor(label[None, :, :4], dtype=torch.float32)


def anchors() -> tuple[torch.Tensor, torch.Tensor]:
    """Return anchors of one map of 16 x 16 cells in centre and in corner form, ``(1, N, 4)``."""
    make = SSDAnchorGenerator(0, (128, 128), (28, 40), (1, 0.6), step=8, alloc_size=(16, 16))
    make.initialize()
    center = make(torch.zeros(1, 1, 16, 16)).detach()
    return center, BBoxCenterToCorner()(center)


def figure(count: int, titles: tuple[str, ...], image: np.ndarray | None) -> tuple[Figure, list[Axes]]:
    """Make axes side by side that show a picture, dimmed."""
    made = Figure(figsize=(3.6 * count, 3.9), layout="constrained")
    axes = [made.add_subplot(1, count, i + 1) for i in range(count)]
    for one, title in zip(axes, titles, strict=True):
        one.set_title(title, fontsize=11)
        one.set_axis_off()
        if image is not None:
            one.imshow(image, alpha=0.75)
    return made, axes


def box(axes: Axes, corners: torch.Tensor, color: str, width: float = 1.2, **more: object) -> None:
    """Draw one box."""
    left, top, right, bottom = corners.tolist()
    axes.add_patch(Rectangle((left, top), right - left, bottom - top, fill=False, edgecolor=color, lw=width, **more))


def boxes() -> Figure:
    """Overlaps of boxes, and boxes cut at the border."""
    image, truth = scene()
    made, (left, right) = figure(2, ("BBoxBatchIOU", "BBoxClipToImage"), image)
    shifted = truth + torch.tensor([9.0, 6.0, 3.0, 12.0])
    overlaps = BBoxBatchIOU()(truth, shifted)
    for i in range(truth.shape[1]):
        box(left, truth[0, i], GREEN, 2)
        box(left, shifted[0, i], RED, 2)
        x, y = shifted[0, i, 0], truth[0, i, 1]
        left.text(x, y - 2, f"{overlaps[0, i, i]:.2f}", color="black", backgroundcolor="white", fontsize=8)
    wide = torch.tensor([[[-20.0, 20, 60, 70], [70, 60, 150, 140], [40, 80, 60, 100]]])
    clipped = BBoxClipToImage()(wide, torch.zeros(1, 3, 128, 128))
    for before, after in zip(wide[0], clipped[0], strict=True):
        box(right, before, RED, 1.5, linestyle="dashed", clip_on=False)
        box(right, after, GREEN, 2.5)
    right.set_xlim(-25, 153)
    right.set_ylim(145, -25)
    return made


def coders() -> Figure:
    """From anchors to boxes, and from a heat map to boxes."""
    image, truth = scene()
    center, corner = anchors()
    made, axes = figure(3, ("anchor, box and its code", "decoded", "CenterNetDecoder"), image)
    overlaps = BBoxBatchIOU()(corner, truth)
    best = overlaps.argmax(1)  # (1, M)
    chosen, codes = corner[:, best[0]], torch.zeros(1, truth.shape[1], 4)
    samples = torch.ones(1, truth.shape[1])
    codes, _ = NormalizedBoxCenterEncoder()(samples, torch.arange(truth.shape[1])[None].float(), chosen, truth)
    decoded = torch.cat([NormalizedBoxCenterDecoder()(codes[:, i : i + 1], center[:, best[0, i] : best[0, i] + 1])
                         for i in range(truth.shape[1])], 1)  # fmt: skip
    for i in range(truth.shape[1]):
        box(axes[0], chosen[0, i], BLUE, 1.5, linestyle="dashed")
        box(axes[0], truth[0, i], GREEN, 2)
        text = "{:+.1f} {:+.1f}\n{:+.1f} {:+.1f}".format(*codes[0, i].tolist())
        axes[0].text(truth[0, i, 0] + 1, truth[0, i, 1] + 2, text, fontsize=7, va="top", backgroundcolor="#ffffffcc")
        box(axes[1], decoded[0, i], GREEN, 2)
    heat, size, offset = torch.zeros(1, 1, 32, 32), torch.zeros(1, 2, 32, 32), torch.zeros(1, 2, 32, 32)
    rows, columns = torch.meshgrid(torch.arange(32.0), torch.arange(32.0), indexing="ij")
    for x1, y1, x2, y2 in truth[0] / 4:
        x, y = (x1 + x2) / 2, (y1 + y2) / 2
        bump = torch.exp(-((columns - x.floor()) ** 2 + (rows - y.floor()) ** 2) / 6)
        heat[0, 0] = torch.maximum(heat[0, 0], bump)
        place = (0, slice(None), int(y), int(x))
        size[place], offset[place] = torch.stack([x2 - x1, y2 - y1]), torch.stack([x - x.floor(), y - y.floor()])
    peaks = heat * (torch.nn.functional.max_pool2d(heat, 3, 1, 1) == heat)
    _, _, found = CenterNetDecoder(topk=truth.shape[1])(peaks, size, offset)
    axes[2].imshow(heat[0, 0].numpy(), extent=(0, 128, 128, 0), cmap="magma", alpha=0.6)
    for one in found[0]:
        box(axes[2], one, GREEN, 2)
    return made


def matchers() -> Figure:
    """Anchors in the colour of the object that they are matched to."""
    image, truth = scene()
    _, corner = anchors()
    overlaps = BBoxBatchIOU()(corner, truth)
    bipartite = BipartiteMatcher(share_max=False)
    kinds = {
        "BipartiteMatcher": bipartite,
        "MaximumMatcher(0.5)": MaximumMatcher(0.5),
        "CompositeMatcher of both": CompositeMatcher([bipartite, MaximumMatcher(0.5)]),
    }
    made, axes = figure(3, tuple(kinds), image)
    for one, matcher in zip(axes, kinds.values(), strict=True):
        matches = matcher(overlaps)[0]
        for place in (matches >= 0).nonzero().flatten().tolist():
            box(one, corner[0, place], COLORS[int(matches[place]) % len(COLORS)], 0.9)
        for number, true in enumerate(truth[0]):
            box(one, true, COLORS[number % len(COLORS)], 3)
        one.text(2, 125, f"{int((matches >= 0).sum())} of {len(matches)} anchors", backgroundcolor="white", fontsize=8)
    return made


def samplers() -> Figure:
    """Centres of the anchors that a sampler calls positive and negative."""
    image, truth = scene()
    center, corner = anchors()
    overlaps = BBoxBatchIOU()(corner, truth)
    matches = MaximumMatcher(0.5)(overlaps)
    # A network that is not sure yet takes bright places for objects.
    gray = torch.tensor(image, dtype=torch.float32).mean(2)
    spots = torch.nn.functional.avg_pool2d(gray[None, None], 8)[0, 0].flatten()
    logits = torch.stack([torch.zeros_like(spots), (spots - spots.mean()) / 20], 1)
    logits = logits.repeat_interleave(corner.shape[1] // len(spots), 0)[None]
    kinds = {
        "QuotaSampler: 64, a quarter positive": QuotaSampler(64, 0.5, 0.4, pos_ratio=0.25, generator=3)(
            matches, overlaps
        ),
        "OHEMSampler: 3 negatives each": OHEMSampler(3, thresh=0.4)(matches, logits, overlaps),
    }
    made, axes = figure(2, tuple(kinds), image)
    for one, samples in zip(axes, kinds.values(), strict=True):
        for sign, color, name in ((-1, RED, "negative"), (1, GREEN, "positive")):
            places = (samples[0] == sign).nonzero().flatten()
            x, y = center[0, places, 0], center[0, places, 1]
            one.scatter(x, y, s=22, color=color, edgecolor="white", lw=0.5, label=f"{len(places)} {name}")
        for true in truth[0]:
            box(one, true, BLUE, 2)
        one.legend(loc="lower left", fontsize=8)
    return made


def features() -> Figure:
    """The maps of a pyramid, and the anchors of one cell of each."""
    image, _ = scene()
    strides = (8, 16, 32)
    made, axes = figure(3, tuple(f"stride {one}: {128 // one} x {128 // one} cells" for one in strides), image)
    for one, stride in zip(axes, strides, strict=True):
        cells = 128 // stride
        make = SSDAnchorGenerator(0, (128, 128), (2.5 * stride, 3.5 * stride), (1, 2, 0.5), stride, (cells, cells))
        make.initialize()
        corner = BBoxCenterToCorner()(make(torch.zeros(1, 1, cells, cells)).detach())
        for edge in range(0, 129, stride):
            one.axhline(edge - 0.5, color="white", lw=0.6)
            one.axvline(edge - 0.5, color="white", lw=0.6)
        depth = make.num_depth
        middle = (cells // 2 * cells + cells // 2) * depth
        for i in range(depth):
            box(one, corner[0, middle + i], COLORS[i], 2)
        one.set_xlim(-0.5, 127.5)
        one.set_ylim(127.5, -0.5)
    return made


def predictors() -> Figure:
    """Which channels of a predictor belong to which anchor of a cell."""
    image, _ = scene()
    classes = ("background", "cat", "dog")
    make = SSDAnchorGenerator(0, (128, 128), (40, 60), (1, 2, 0.5), 32, (4, 4))
    make.initialize()
    corner = BBoxCenterToCorner()(make(torch.zeros(1, 1, 4, 4)).detach())
    made, (left, right) = figure(2, ("the anchors of one cell", "ConvPredictor's channels at that cell"), None)
    left.imshow(image, alpha=0.75)
    for i in range(make.num_depth):
        box(left, corner[0, 5 * make.num_depth + i], COLORS[i], 2.5)
        for k, name in enumerate(classes):
            channel = i * len(classes) + k
            right.add_patch(Rectangle((0, channel), 1, 0.9, color=COLORS[i]))
            right.text(0.5, channel + 0.45, str(channel), color="white", ha="center", va="center", fontsize=9)
            right.text(1.15, channel + 0.45, name, va="center", fontsize=9)
    right.set_xlim(-1, 4)
    right.set_ylim(make.num_depth * len(classes), 0)
    return made


PICTURES: dict[str, Callable[[], Figure]] = {
    "parts-boxes": boxes,
    "parts-coders": coders,
    "parts-matchers": matchers,
    "parts-samplers": samplers,
    "parts-features": features,
    "parts-predictors": predictors,
}


def main() -> int:
    """Draw the pictures that are named, or all."""
    for name in sys.argv[1:] or PICTURES:
        if name not in PICTURES:
            sys.stderr.write(f"draw_parts: name must be one of {', '.join(PICTURES)}, got {name!r}\n")
            return 2
        PICTURES[name]().savefig(IMAGES / f"{name}.jpg", dpi=90, pil_kwargs={"quality": 85})
    return 0


if __name__ == "__main__":
    sys.exit(main())
