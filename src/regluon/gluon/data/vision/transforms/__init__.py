"""What is done to pictures before a network sees them: Blocks that take ``(H, W, C)``, NDArrays or torch tensors.

Arguments after the picture, such as its label, are handed on. Most are HybridBlocks, so that several in a row run as
one graph. Chances are drawn from torch's global generator (``torch.manual_seed``) unless said otherwise.
"""

from regluon.gluon.data.vision.transforms.color import (
    RandomBrightness,
    RandomColorJitter,
    RandomContrast,
    RandomGray,
    RandomHue,
    RandomLighting,
    RandomSaturation,
)
from regluon.gluon.data.vision.transforms.compose import Compose, HybridCompose, HybridRandomApply, RandomApply
from regluon.gluon.data.vision.transforms.place import (
    CenterCrop,
    CropResize,
    RandomCrop,
    RandomFlipLeftRight,
    RandomFlipTopBottom,
    RandomResizedCrop,
    Resize,
)
from regluon.gluon.data.vision.transforms.rotate import RandomRotation, Rotate
from regluon.gluon.data.vision.transforms.values import Cast, Normalize, ToTensor

__all__ = [
    "Cast",
    "CenterCrop",
    "Compose",
    "CropResize",
    "HybridCompose",
    "HybridRandomApply",
    "Normalize",
    "RandomApply",
    "RandomBrightness",
    "RandomColorJitter",
    "RandomContrast",
    "RandomCrop",
    "RandomFlipLeftRight",
    "RandomFlipTopBottom",
    "RandomGray",
    "RandomHue",
    "RandomLighting",
    "RandomResizedCrop",
    "RandomRotation",
    "RandomSaturation",
    "Resize",
    "Rotate",
    "ToTensor",
]
