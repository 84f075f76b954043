"""Train a small YOLOv3 from scratch on handwritten digits over photographs, and print its mAP.

python examples/train_yolo3_digits.py
python examples/train_yolo3_digits.py --epochs 1 --pictures 64     # only to see that it runs
"""

import argparse
import time
from collections.abc import Iterator
from typing import Any

import regluon as mx
from regluon import autograd, gluon, nd
from regluon.cv.data import DigitScenes
from regluon.cv.data.batchify import Pad, Stack, Tuple
from regluon.cv.metrics import VOCMApMetric, evaluate
from regluon.cv.model_zoo import get_model
from regluon.cv.target import YOLOV3PrefetchTargetGenerator
from regluon.cv.transforms import Preprocess

SIZE, BATCH = 128, 32


def main() -> None:
    """Train, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--epochs", type=int, default=6)
    parser.add_argument("--pictures", type=int, default=4000, help="new ones in every epoch")
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    mx.random.seed(given.seed)
    scenes = DigitScenes("train", given.epochs * given.pictures, SIZE, given.seed)
    tests = DigitScenes("val", min(given.pictures, 400), SIZE, given.seed)

    net: Any = get_model("yolo3_128_small", classes=scenes.classes)
    net.initialize()
    for output in net.yolo_outputs:  # nearly all anchors see no object: to begin with that saves learning it
        bias = output.prediction.bias.data()
        bias[4 :: 5 + net.num_class] = -4
    net.hybridize()
    with autograd.train_mode():  # which anchors and cells there are
        _, anchors, cells, maps, *_ = net(nd.zeros((1, 3, SIZE, SIZE)))
    generate = YOLOV3PrefetchTargetGenerator(net.num_class)
    steps = given.epochs * (given.pictures // BATCH)
    schedule = mx.lr_scheduler.CosineScheduler(steps, base_lr=0.003, final_lr=1e-5, warmup_steps=20)
    trainer = gluon.Trainer(net.collect_params(), "adam", {"lr_scheduler": schedule})

    begin = time.perf_counter()
    for epoch in range(given.epochs):
        total = 0.0
        for pictures, labels in batches(scenes, range(epoch * given.pictures, (epoch + 1) * given.pictures)):
            boxes, ids = labels[:, :, :4], labels[:, :, 4:5]
            targets = generate(pictures, maps, anchors, cells, boxes, ids)
            with autograd.record():
                loss = nd.add_n(*net(pictures, boxes, *targets))
            loss.backward()
            trainer.step(len(pictures))
            total += float(loss.sum().asscalar())
        print(f"epoch {epoch + 1}: loss {total / given.pictures:.3f}", flush=True)
    found = evaluate(net, batches(tests, range(len(tests))), VOCMApMetric(0.5, list(scenes.classes)))
    print(f"mAP@0.5: {found.get()[1][-1]:.3f} after {time.perf_counter() - begin:.0f} s")


def batches(scenes: DigitScenes, numbers: range) -> Iterator[tuple[nd.NDArray, nd.NDArray]]:
    """Give pictures ``(B, 3, H, W)`` and labels ``(B, M, 5)``, padded with -1."""
    normalize, batchify = Preprocess(SIZE).normalize, Tuple(Stack(), Pad(pad_val=-1))
    for start in range(0, len(numbers), BATCH):
        images, labels = batchify([scenes[number] for number in numbers[start : start + BATCH]])
        yield nd.array(normalize(images)), nd.array(labels)


if __name__ == "__main__":
    main()
