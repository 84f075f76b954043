"""One training step of an SSD: which networks, on what batch, and what is compared.

Needs neither MXNet nor the package, so that the recorder and the test use the same text.
"""

from __future__ import annotations

from typing import Dict, Mapping, Tuple

import numpy as np

from golden.zoo import ROWS, Row

__all__ = ["SAMPLES", "STEPS", "batch", "summary"]

#: Networks. The one with normalisations uses running statistics: by those of two pictures, gradients of float32 are
#: several per cent from those of float64, in MXNet as here.
STEPS = {
    "ssd_300_vgg16_atrous": ROWS["ssd_300_vgg16_atrous_custom"],
    "ssd_300_mobilenet0.25": Row(
        "ssd_300_mobilenet0.25",
        "ssd_300_mobilenet0.25_custom",
        options={"classes": ("a", "b", "c"), "use_bn": False, "norm_kwargs": {"use_global_stats": True}},
    ),
}

#: Numbers of each gradient that are kept beside its length.
SAMPLES = 6

_SIZE = 300

# Ground truths of each picture: corners in pixels and class. A picture has none but padding: GluonCV makes targets of
# no number for one, so there is none here.
_TRUTHS = (
    ((20, 30, 120, 200, 0), (150, 40, 290, 130, 2), (200, 220, 236, 262, 1)),
    ((10, 10, 290, 280, 1), (60, 70, 95, 100, 0), (-1, -1, -1, -1, -1)),
)


def batch(label: str) -> Tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Draw pictures ``(B, 3, 300, 300)``, boxes ``(B, 3, 4)`` and classes ``(B, 3, 1)``, for VGG of one picture."""
    truths = np.array(_TRUTHS[:1] if "vgg" in label else _TRUTHS, np.float32)
    pictures = np.random.default_rng(1).normal(size=(len(truths), 3, _SIZE, _SIZE)).astype(np.float32)
    return pictures, truths[..., :4], truths[..., 4:]


def summary(arrays: Mapping[str, np.ndarray]) -> Dict[str, np.ndarray]:
    """Boil gradients down to the length of each and some of its numbers.

    Args:
        arrays: by structural name.

    Returns:
        ``lengths`` ``(K,)`` and ``samples`` ``(K, SAMPLES)``, in the order of sorted names.
    """
    ordered = [arrays[name].astype(np.float64).reshape(-1) for name in sorted(arrays)]
    places = [np.linspace(0, one.size - 1, SAMPLES).astype(int) for one in ordered]
    return {
        "lengths": np.array([np.sqrt(np.square(one).sum()) for one in ordered], np.float32),
        "samples": np.array([one[at] for one, at in zip(ordered, places)], np.float32),
    }
