"""A trained detector: weights that say themselves how to be used, and a function from picture to boxes."""

import time
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import torch

from regluon import gluon
from regluon.core.errors import FormatError, MXNetError
from regluon.cv.model_zoo import get_model, get_model_list
from regluon.cv.transforms import Preprocess
from regluon.engine.checkpoint import ModelCard, load_checkpoint, save_checkpoint
from regluon.engine.config import PredictConfig
from regluon.engine.device import pick_device
from regluon.engine.results import Boxes, Results
from regluon.engine.talk import Talk

__all__ = ["Detector", "load_detector"]


class Detector:
    """Find objects in one picture at a time.

    Args:
        net: a network that returns ids, scores and boxes.
        card: what it is; its preprocessing and class names are used.
        device: where to compute.
    """

    def __init__(self, net: gluon.HybridBlock, card: ModelCard, device: torch.device) -> None:
        self.net, self.card, self.device = net.to(device).eval(), card, device
        self.preprocess = Preprocess.from_card(card.preprocessing)
        self.names = dict(enumerate(card.class_names))

    def __call__(self, image: np.ndarray) -> Results:
        """Return what is found in a picture ``(H, W, 3)`` uint8."""
        times = [time.perf_counter()]
        values, placement = self.preprocess(image)
        times.append(time.perf_counter())
        with torch.inference_mode():
            ids, scores, boxes = self.net(torch.from_numpy(values[None]).to(self.device))
        found = [one[0].float().cpu().numpy() for one in (ids, scores, boxes)]
        times.append(time.perf_counter())
        alive = found[0][:, 0] >= 0
        corners = placement.restore(found[2][alive])
        rows = np.column_stack([corners, found[1][alive], found[0][alive]]).astype(np.float32)
        times.append(time.perf_counter())
        spent = [1000 * (later - sooner) for sooner, later in pairwise(times)]
        speed: dict[str, float] = dict(zip(("preprocess", "inference", "postprocess"), spent, strict=True))
        return Results(image, Boxes(rows, image.shape[:2]), self.names, speed=speed)

    def save(self, path: Path, **facts: Any) -> None:
        """Write the weights as ``.safetensors`` with the card, and as ``.params`` for MXNet.

        Args:
            path: the files' name without the ending.
            facts: further facts for the card; ``metrics`` takes the card's place of that name.
        """
        card = self.card
        metrics = facts.pop("metrics", None) or card.metrics
        told = ModelCard(
            architecture=card.architecture, arguments=card.arguments, class_names=card.class_names,
            preprocessing=card.preprocessing, metrics=metrics, facts={**card.facts, **facts},
        )  # fmt: skip
        save_checkpoint(path.with_suffix(".safetensors"), self.net.state_dict(), told)
        self.net.save_parameters(path.with_suffix(".params"))


def load_detector(config: PredictConfig, talk: Talk) -> Detector:
    """Build the network that a file of weights describes, and load them.

    Args:
        config: which file, device, and what to change of the network's own settings.
        talk: the terminal.

    Raises:
        FormatError: the file is missing, damaged, or not of a network that is known here.
    """
    device = pick_device(config.device, config.verb)
    tensors, card = load_checkpoint(config.model, get_model_list())
    try:
        net: Any = get_model(card.architecture, **card.arguments)
        net.load_dict(tensors)
    except (MXNetError, TypeError) as error:
        raise FormatError(
            f"{config.model}: does not fit the network {card.architecture!r} it names: {error}"
        ) from error
    threshold = net.nms_thresh if config.iou is None else config.iou
    net.set_nms(threshold, net.nms_topk, config.max_det)
    preprocess = Preprocess.from_card(card.preprocessing)
    if config.imgsz is not None:
        preprocess = Preprocess(config.imgsz, preprocess.mean, preprocess.std)
        card = ModelCard(**{**_fields(card), "preprocessing": preprocess.to_card()})
    talk.say(
        f"{card.architecture} on {device}: pictures at {preprocess.size} pixels, boxes that overlap by more than "
        f"{threshold} dropped"
    )
    return Detector(net, card, device)


def _fields(card: ModelCard) -> dict[str, Any]:
    return {name: getattr(card, name) for name in card.__dataclass_fields__}
