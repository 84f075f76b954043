"""The arguments of each verb, with their defaults and rules.

Torch is not loaded here, so whether a device is there is only known to ``engine.device``.
"""

import re
from dataclasses import MISSING, dataclass
from typing import ClassVar

from regluon.core.errors import ArgumentError
from regluon.engine.arguments import argument, check_types

__all__ = ["DemoConfig", "PredictConfig"]

DEVICE = re.compile(r"auto|cpu|mps|cuda(:\d+)?|\d+(,\d+)*")
DEVICE_HELP = "where to compute: auto, cpu, cuda, mps, or the number of a GPU"
SMALLEST_PICTURE, LARGEST_PICTURE, STRIDE = 64, 2048, 32


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoConfig:
    """Train and show a small SSD on handwritten digits; the fields are the flags of ``regluon demo``."""

    verb: ClassVar[str] = "demo"

    epochs: int = argument(10, "passes over the training pictures")
    batch: int = argument(32, "pictures per training step", "batch-size", "b")
    imgsz: int = argument(128, "side of the square pictures, a multiple of 32", "data-shape", "resolution")
    images: int = argument(4000, "pictures made for training")
    val_images: int = argument(500, "pictures made for validation")
    lr0: float = argument(0.003, "learning rate at the start", "lr", "learning-rate")
    patience: int = argument(0, "stop after this many epochs without a better mAP; 0 never stops early")
    seed: int = argument(0, "starts every random number: the same seed, the same run")
    device: str = argument("auto", DEVICE_HELP, "gpus")
    project: str = argument("runs/detect", "folder that holds the runs", "output-dir", "work-dir")
    name: str = argument("demo", "folder of this run inside the project; -2, -3 ... is added where it exists")
    exist_ok: bool = argument(False, "write into the folder of an earlier run")

    def __post_init__(self) -> None:
        check_types(self)
        for count in ("epochs", "batch", "images", "val_images"):
            if getattr(self, count) < 1:
                raise ArgumentError(f"{self.verb}: {count} must be an int >= 1, got {getattr(self, count)}")
        _check_picture_side(self.verb, self.imgsz)
        if not 0 < self.lr0 < float("inf"):
            raise ArgumentError(f"{self.verb}: lr0 must be a number > 0, got {self.lr0}")
        if self.patience < 0:
            raise ArgumentError(f"{self.verb}: patience must be an int >= 0, got {self.patience}")
        if not 0 <= self.seed < 2**32:
            raise ArgumentError(f"{self.verb}: seed must be an int in 0 ... 4294967295, got {self.seed}")
        _check_device(self.verb, self.device)
        _check_place(self.verb, self.project, self.name)


@dataclass(frozen=True, slots=True, kw_only=True)
class PredictConfig:
    """Find objects in pictures; the fields are the flags of ``regluon predict``."""

    verb: ClassVar[str] = "predict"

    source: tuple[str, ...] = argument(MISSING, "pictures, folders of pictures, or patterns such as 'photos/*.jpg'")
    model: str = argument(
        MISSING, "weights that a run has written, such as runs/detect/demo/weights/best.safetensors", "weights"
    )
    conf: float = argument(0.25, "least score of a box", "confidence-threshold", "pred-score-thr", "thresh")
    iou: float | None = argument(
        None, "overlap from which the lower-scored box is dropped [default: the model's own]", "nms-thresh"
    )
    max_det: int = argument(300, "most boxes per picture")
    classes: tuple[int, ...] | None = argument(None, "keep only these class numbers: 0,3,5")
    imgsz: int | None = argument(
        None, "side of the model's input, a multiple of 32 [default: the model's own]", "data-shape", "resolution"
    )
    device: str = argument("auto", DEVICE_HELP, "gpus")
    save: bool = argument(True, "write the drawn pictures, and their boxes as JSON beside them")
    save_txt: bool = argument(
        False, "write labels/*.txt: class, centre x, centre y, width, height as shares of the picture"
    )
    save_conf: bool = argument(False, "add the score to each line of labels/*.txt")
    save_crop: bool = argument(False, "write every box as a picture of its own to crops/<class>/")
    project: str = argument("runs/detect", "folder that holds the runs", "output-dir", "work-dir")
    name: str = argument("predict", "folder of this run inside the project; -2, -3 ... is added where it exists")
    exist_ok: bool = argument(False, "write into the folder of an earlier run")

    def __post_init__(self) -> None:
        check_types(self)
        if not self.source or not all(self.source):
            raise ArgumentError(f"{self.verb}: source must be one picture or folder at least, got {self.source!r}")
        if not self.model:
            raise ArgumentError(f"{self.verb}: model must be a file of weights, got ''")
        for share in ("conf", "iou"):
            value = getattr(self, share)
            if value is not None and not 0 <= value <= 1:
                raise ArgumentError(f"{self.verb}: {share} must be a number in 0 ... 1, got {value}")
        if self.max_det < 1:
            raise ArgumentError(f"{self.verb}: max_det must be an int >= 1, got {self.max_det}")
        if self.classes is not None and (not self.classes or min(self.classes) < 0):
            raise ArgumentError(f"{self.verb}: classes must be class numbers from 0, got {self.classes}")
        if self.imgsz is not None:
            _check_picture_side(self.verb, self.imgsz)
        _check_device(self.verb, self.device)
        _check_place(self.verb, self.project, self.name)


def _check_picture_side(verb: str, side: int) -> None:
    if side % STRIDE or not SMALLEST_PICTURE <= side <= LARGEST_PICTURE:
        near = min(max(round(side / STRIDE) * STRIDE, SMALLEST_PICTURE), LARGEST_PICTURE)
        rule = f"a multiple of {STRIDE} in {SMALLEST_PICTURE} ... {LARGEST_PICTURE}"
        raise ArgumentError(f"{verb}: imgsz must be {rule}, got {side}; the nearest is {near}")


def _check_device(verb: str, device: str) -> None:
    if not DEVICE.fullmatch(device):
        choices = "one of 'auto', 'cpu', 'cuda', 'mps', or a GPU's number such as '0' or '0,1'"
        raise ArgumentError(f"{verb}: device must be {choices}, got {device!r}")


def _check_place(verb: str, project: str, name: str) -> None:
    if not project or "\0" in project:
        raise ArgumentError(f"{verb}: project must be a folder, got {project!r}")
    if name.strip(". ") != name or not name or not name.isprintable() or set(name) & set('/\\:*?"<>|'):
        raise ArgumentError(f"{verb}: name must be a plain folder name (the folder above it is project), got {name!r}")
