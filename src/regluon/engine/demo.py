"""``regluon demo``: train a small SSD, made of this package's parts, on digits over photographs."""

import random
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch

from regluon import autograd, gluon, lr_scheduler, nd
from regluon.core.device import Device, as_device
from regluon.cv.data.batchify import Pad, Stack, Tuple
from regluon.cv.data.digits import DigitScenes
from regluon.cv.loss import SSDMultiBoxLoss
from regluon.cv.metrics import VOCMApMetric
from regluon.cv.model_zoo import get_model
from regluon.cv.target import SSDTargetGenerator
from regluon.cv.transforms import Preprocess
from regluon.engine import report
from regluon.engine.checkpoint import ModelCard
from regluon.engine.config import DemoConfig
from regluon.engine.detector import Detector
from regluon.engine.device import pick_device
from regluon.engine.run_folder import RunFolder
from regluon.engine.talk import Talk
from regluon.engine.train import Learner, fit

__all__ = ["run_demo"]

ARCHITECTURE = "ssd_128_small"
SHOWN = 16
"""Validation pictures that are drawn."""


def run_demo(config: DemoConfig, talk: Talk) -> dict[str, Any]:
    """Train, measure, draw; return what came of it.

    Args:
        config: the arguments.
        talk: the terminal.

    Returns:
        The folder, the mAP before and after, the epochs and seconds.
    """
    device = pick_device(config.device, config.verb)
    _seed(config.seed)
    folder = RunFolder(config.project, config.name, config.exist_ok)
    talk.log_to(folder.log)
    folder.write_arguments(config)
    folder.write_environment(device=str(device), seed=config.seed)
    with folder.running():
        return _Demo(config, talk, folder, device).run()


def _seed(seed: int) -> None:
    random.seed(seed)
    np.random.seed(seed)
    torch.manual_seed(seed)


@dataclass(frozen=True, slots=True)
class _Batch:
    """Some pictures and their labels.

    Attributes:
        images: ``(B, H, W, 3)`` uint8.
        boxes: ``(B, M, 4)`` corner boxes, -1 where there are no more.
        ids: ``(B, M, 1)`` classes, -1 where there are no more.
    """

    images: np.ndarray
    boxes: np.ndarray
    ids: np.ndarray

    @classmethod
    def of(cls, scenes: DigitScenes, numbers: Iterable[int]) -> "_Batch":
        """Make the pictures of these numbers."""
        images, labels = Tuple(Stack(), Pad(pad_val=-1))([scenes[number] for number in numbers])
        return cls(images, labels[..., :4], labels[..., 4:5])

    def __len__(self) -> int:
        return len(self.images)


class _Stream:
    """Batches of pictures that have not been seen before, epoch after epoch."""

    def __init__(self, config: DemoConfig) -> None:
        self._scenes = DigitScenes("train", config.images * config.epochs, config.imgsz, config.seed)
        self._size, self._count = min(config.batch, config.images), config.images
        self._next = 0

    def __len__(self) -> int:
        return self._count // self._size

    def __iter__(self) -> Iterator[_Batch]:
        start, self._next = self._next, self._next + self._count
        for i in range(len(self)):
            yield _Batch.of(self._scenes, range(start + i * self._size, start + (i + 1) * self._size))


class _Demo:
    """One run: the data, the network, and what is done with them."""

    def __init__(self, config: DemoConfig, talk: Talk, folder: RunFolder, device: torch.device) -> None:
        self.config, self.talk, self.folder = config, talk, folder
        self.ctx: Device = as_device(device)
        self.names = DigitScenes.classes
        self.batches = _Stream(config)
        scenes = DigitScenes("val", config.val_images, config.imgsz, config.seed)
        self.val = _Batch.of(scenes, range(len(scenes)))
        self.preprocess = Preprocess(config.imgsz)
        self.net = get_model(ARCHITECTURE, classes=self.names)
        self.net.initialize(ctx=self.ctx)
        self.net(nd.zeros((1, 3, config.imgsz, config.imgsz), ctx=self.ctx))
        self.net.hybridize()
        schedule = lr_scheduler.CosineScheduler(
            len(self.batches) * config.epochs, base_lr=config.lr0, final_lr=config.lr0 / 50, warmup_steps=20,
            warmup_begin_lr=config.lr0 / 10,
        )  # fmt: skip
        self.trainer = gluon.Trainer(
            self.net.collect_params(), "adam", {"learning_rate": config.lr0, "lr_scheduler": schedule, "wd": 1e-4}
        )
        self.targets = SSDTargetGenerator(iou_thresh=0.5, neg_thresh=0.5, negative_mining_ratio=3)
        self.loss = SSDMultiBoxLoss()
        card = ModelCard(
            architecture=ARCHITECTURE, arguments={"classes": list(self.names)}, class_names=self.names,
            preprocessing=self.preprocess.to_card(), facts={"seed": config.seed},
        )  # fmt: skip
        self.detector = Detector(self.net, card, device)
        self.net.train()

    def run(self) -> dict[str, Any]:
        """Measure the untrained network, train, measure again, draw."""
        config, talk, folder = self.config, self.talk, self.folder
        before = self.measure().get()[1][-1]
        talk.say(f"mAP@0.5 of the untrained network: {before:.3f}")
        learner = Learner(
            train_step=self.step,
            validate=self.validate,
            save=self.save,
            learning_rate=lambda: self.trainer.learning_rate,
            pictures=len,
        )
        outcome = fit(self.batches, learner, folder, talk, epochs=config.epochs, patience=config.patience)
        if outcome.best_epoch:
            self.net.load_parameters(folder.weights / "best.params", ctx=self.ctx)
        metric = self.measure(keep=True)
        after = metric.get()[1][-1]
        report.write_curves(folder.path, metric)
        best = metric.best_point().confidence  # where precision and recall are balanced best
        report.write_pictures(folder.path, self.val.images, self.val.boxes, self.val.ids, self.shown, self.names, best)
        talk.say(f"mAP@0.5: {after:.3f} (untrained: {before:.3f}), after {outcome.seconds:.0f} s; see {folder.path}")
        return {
            "folder": str(folder.path), "mAP50": after, "untrained mAP50": before, "epochs": outcome.epochs,
            "best epoch": outcome.best_epoch, "seconds": round(outcome.seconds, 1),
            "weights": str(folder.weights / "best.safetensors"),
        }  # fmt: skip

    def step(self, batch: _Batch) -> dict[str, torch.Tensor]:
        """Make one step of the optimizer."""
        x = self.inputs(batch.images)
        boxes, ids = (nd.array(one, ctx=self.ctx) for one in (batch.boxes, batch.ids))
        with autograd.record():
            scores, offsets, anchors = self.net(x)
            with autograd.pause():
                targets = self.targets(anchors, scores, boxes, ids)
            total, of_classes, of_boxes = self.loss(scores, offsets, targets[0], targets[1])
        autograd.backward(total)
        self.trainer.step(1)  # the loss is divided by the number of objects already
        return {"cls_loss": of_classes[0].sum().as_torch(), "box_loss": of_boxes[0].sum().as_torch()}

    def inputs(self, images: np.ndarray) -> nd.NDArray:
        """Make the network's input of pictures."""
        values = torch.from_numpy(self.preprocess.normalize(images))
        return nd.from_torch(values.to(self.ctx.torch, memory_format=torch.channels_last))

    def measure(self, keep: bool = False) -> VOCMApMetric:
        """Run the network on the validation pictures; ``keep`` what it finds in the first ones."""
        metric = VOCMApMetric(0.5, list(self.names))
        found: list[list[np.ndarray]] = []
        for start in range(0, len(self.val.images), 64):
            part = slice(start, start + 64)
            ids, scores, boxes = (one.asnumpy() for one in self.net(self.inputs(self.val.images[part])))
            metric.update(boxes, ids, scores, self.val.boxes[part], self.val.ids[part])
            found += [list(one) for one in zip(boxes, ids, scores, strict=True)]
        if keep:
            self.shown = found[:SHOWN]
        return metric

    def validate(self) -> dict[str, float]:
        """Return the metrics of the network as it is."""
        metric = self.measure()
        point = metric.best_point()
        return {"precision": point.precision, "recall": point.recall, "mAP50": metric.get()[1][-1]}

    def save(self, path: Path, facts: dict[str, Any]) -> None:
        """Write the weights."""
        self.detector.save(path, **facts)
