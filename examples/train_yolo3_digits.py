"""Train a small YOLOv3 from scratch on handwritten digits over photographs; a few minutes on two cores.

    python examples/train_yolo3_digits.py
    python examples/train_yolo3_digits.py --epochs 1 --pictures 64
"""

import argparse
import time

import torch

from regluon import autograd, gluon, lr_scheduler, nd
from regluon.cv.data import DigitScenes, batchify
from regluon.cv.metrics import VOCMApMetric
from regluon.cv.model_zoo import YOLOV3
from regluon.cv.target import YOLOV3PrefetchTargetGenerator
from regluon.cv.transforms import Preprocess
from regluon.gluon import nn

SIZE, BATCH = 128, 32
PREPARE = Preprocess(SIZE)


def make_network() -> YOLOV3:
    """Stack convolutions that halve the map three and four times, and look at both."""
    stages = []
    for layers in (((16, 2), (32, 2), (32, 1), (64, 2), (64, 1)), ((96, 2), (96, 1))):
        stages.append(nn.HybridSequential())
        for channels, stride in layers:
            stages[-1].add(nn.Conv2D(channels, 3, stride, 1, use_bias=False), nn.BatchNorm(), nn.LeakyReLU(0.1))
    anchors = [[18, 22, 24, 30], [34, 38, 40, 52]]
    net = YOLOV3(stages, [48, 32], anchors, [8, 16], DigitScenes.classes, (32, 32))
    net.initialize()
    net(nd.zeros((1, 3, SIZE, SIZE)))
    return net


def batches(scenes: DigitScenes, first: int, count: int):
    """Yield pictures ``(B, 3, H, W)``, boxes ``(B, M, 4)`` and classes ``(B, M, 1)``."""
    stack = batchify.Tuple(batchify.Stack(), batchify.Pad(pad_val=-1))
    for start in range(first, first + count, BATCH):
        images, labels = stack([scenes[i] for i in range(start, min(start + BATCH, first + count))])
        yield nd.array(PREPARE.normalize(images)), nd.array(labels[..., :4]), nd.array(labels[..., 4:])


def measure(net: YOLOV3, scenes: DigitScenes) -> float:
    """Return the mAP at an overlap of 0.5."""
    metric = VOCMApMetric(0.5, list(net.classes))
    for x, boxes, ids in batches(scenes, 0, len(scenes)):
        found_ids, scores, found = net(x)
        metric.update(found, found_ids, scores, boxes, ids)
    return metric.get()[1][-1]


def main() -> None:
    """Train and measure."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--epochs", type=int, default=10)
    parser.add_argument("--pictures", type=int, default=3200, help="new ones in every epoch")
    given = parser.parse_args()
    torch.manual_seed(0)
    net = make_network()
    net.hybridize()
    generate = YOLOV3PrefetchTargetGenerator(net.num_class)
    with autograd.train_mode():
        _, anchors, cells, maps, *_ = net(nd.zeros((1, 3, SIZE, SIZE)))
    steps = given.epochs * (given.pictures // BATCH)
    schedule = lr_scheduler.CosineScheduler(steps, base_lr=0.003, final_lr=1e-5, warmup_steps=20)
    trainer = gluon.Trainer(net.collect_params(), "adam", {"learning_rate": 0.003, "lr_scheduler": schedule})
    train, val = DigitScenes("train", given.epochs * given.pictures), DigitScenes("val", min(500, given.pictures))
    for epoch in range(given.epochs):
        began, total = time.perf_counter(), 0.0
        for x, boxes, ids in batches(train, epoch * given.pictures, given.pictures):
            targets = generate(x, maps, anchors, cells, boxes, ids)
            with autograd.record():
                loss = nd.add_n(*net(x, boxes, *targets))
            loss.backward()
            trainer.step(len(x))
            total += loss.sum().asscalar()
        taken = time.perf_counter() - began
        print(f"epoch {epoch + 1}: loss {total / given.pictures:.2f}, {taken:.0f} s")
    print(f"mAP@0.5: {measure(net, val):.3f}")


if __name__ == "__main__":
    main()
