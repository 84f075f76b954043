"""``regluon demo``: train a small SSD, made of this package's parts, on digits over photographs."""

import random
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
from regluon.gluon.block import predicting

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
    np.random.seed(seed)  # noqa: NPY002
    torch.manual_seed(seed)


@dataclass(slots=True)
class _Scenes:
    """Pictures and labels of one split, made once and kept.

    Attributes:
        images: ``(N, H, W, 3)`` uint8.
        boxes: ``(N, M, 4)`` corner boxes, -1 where there are no more.
        ids: ``(N, M, 1)`` classes, -1 where there are no more.
    """

    images: np.ndarray
    boxes: np.ndarray
    ids: np.ndarray

    @classmethod
    def make(cls, split: Any, count: int, config: DemoConfig) -> "_Scenes":
        """Make the pictures of a split, in two processes where there are that many."""
        scenes = DigitScenes(split, count, config.imgsz, config.seed)
        gather = Tuple(Stack(), Pad(pad_val=-1))
        workers = 2 if count >= 512 else 0
        loader = torch.utils.data.DataLoader(scenes, 64, num_workers=workers, collate_fn=gather)
        parts = list(loader)
        most = max(labels.shape[1] for _, labels in parts)
        labels = np.concatenate([
            np.pad(one, ((0, 0), (0, most - one.shape[1]), (0, 0)), constant_values=-1) for _, one in parts
        ])  # fmt: skip
        return cls(np.concatenate([images for images, _ in parts]), labels[..., :4], labels[..., 4:5])


class _Batches:
    """Shuffled batches of numbers of pictures; a last short one is left out."""

    def __init__(self, count: int, size: int, seed: int) -> None:
        self._count, self._size = count, min(size, count)
        self._random = np.random.default_rng(seed)

    def __len__(self) -> int:
        return self._count // self._size

    def __iter__(self) -> Any:
        order = self._random.permutation(self._count)
        return (order[i * self._size : (i + 1) * self._size] for i in range(len(self)))


class _Demo:
    """One run: the data, the network, and what is done with them."""

    def __init__(self, config: DemoConfig, talk: Talk, folder: RunFolder, device: torch.device) -> None:
        self.config, self.talk, self.folder = config, talk, folder
        self.ctx: Device = as_device(device)
        talk.say(f"making {config.images} pictures to train on and {config.val_images} to validate on")
        self.train = _Scenes.make("train", config.images, config)
        self.val = _Scenes.make("val", config.val_images, config)
        self.names = DigitScenes.classes
        self.preprocess = Preprocess(config.imgsz)
        self.net = get_model(ARCHITECTURE, classes=self.names)
        self.net.initialize(ctx=self.ctx)
        self.net(nd.zeros((1, 3, config.imgsz, config.imgsz), ctx=self.ctx))
        self.net.to(memory_format=torch.channels_last)  # type: ignore[call-overload]  # the layout that CPUs convolve fastest
        self.net.hybridize()
        self.batches = _Batches(config.images, config.batch, config.seed)
        schedule = lr_scheduler.CosineScheduler(
            len(self.batches) * config.epochs, base_lr=config.lr0, final_lr=config.lr0 / 50, warmup_steps=20,
            warmup_begin_lr=config.lr0 / 10,
        )  # fmt: skip
        self.trainer = gluon.Trainer(
            self.net.collect_params(), "adam", {"learning_rate": config.lr0, "lr_scheduler": schedule, "wd": 1e-4}
        )
        self.targets = SSDTargetGenerator(iou_thresh=0.5, neg_thresh=0.5, negative_mining_ratio=3)
        self.loss = SSDMultiBoxLoss()
        self.noise = np.random.default_rng([config.seed, 1])
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
            train_step=self.step, validate=self.validate, save=self.save, learning_rate=lambda: self.trainer.learning_rate
        )
        outcome = fit(self.batches, learner, folder, talk, epochs=config.epochs, patience=config.patience)
        self.net.load_parameters(folder.weights / "best.params", ctx=self.ctx)
        metric = self.measure(keep=True)
        after = metric.get()[1][-1]
        report.write_curves(folder.path, metric)
        report.write_pictures(folder.path, self.val.images, self.val.boxes, self.val.ids, self.shown, self.names)
        talk.say(f"mAP@0.5: {after:.3f} (untrained: {before:.3f}), {outcome.seconds:.0f} s of training; see {folder.path}")
        return {
            "folder": str(folder.path), "mAP50": after, "untrained mAP50": before, "epochs": outcome.epochs,
            "best epoch": outcome.best_epoch, "seconds": round(outcome.seconds, 1),
            "weights": str(folder.weights / "best.safetensors"),
        }  # fmt: skip

    def step(self, indices: np.ndarray) -> dict[str, torch.Tensor]:
        """Make one step of the optimizer on the pictures of these numbers."""
        x = self.inputs(self.jittered(self.train.images[indices]))
        boxes, ids = (nd.array(one[indices], ctx=self.ctx) for one in (self.train.boxes, self.train.ids))
        with autograd.record():
            scores, offsets, anchors = self.net(x)
            with autograd.pause():
                targets = self.targets(anchors, scores, boxes, ids)
            total, of_classes, of_boxes = self.loss(scores, offsets, targets[0], targets[1])
        autograd.backward(total)
        self.trainer.step(1)  # the loss is divided by the number of objects already
        return {"cls_loss": of_classes[0].sum().as_torch(), "box_loss": of_boxes[0].sum().as_torch()}

    def jittered(self, images: np.ndarray) -> np.ndarray:
        """Change the brightness and contrast of each picture."""
        gain = self.noise.uniform(0.7, 1.3, (len(images), 1, 1, 1)).astype(np.float32)
        shift = self.noise.uniform(-25, 25, (len(images), 1, 1, 1)).astype(np.float32)
        return ((images - np.float32(128)) * gain + (128 + shift)).clip(0, 255).astype(np.uint8)

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
        with predicting(self.net):
            self.detector.save(path, **facts)
