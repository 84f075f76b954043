"""Train a small Faster R-CNN on handwritten digits over photographs, and print its mAP.

python examples/train_faster_rcnn_digits.py
python examples/train_faster_rcnn_digits.py --epochs 1 --pictures 64     # only to see that it runs
"""

import argparse
import time
from collections.abc import Iterator

import numpy as np

import regluon as mx
from regluon import autograd, gluon, nd
from regluon.cv.data import DigitScenes
from regluon.cv.data.batchify import Pad, Stack, Tuple
from regluon.cv.metrics import VOCMApMetric, evaluate
from regluon.cv.model_zoo import get_model
from regluon.cv.model_zoo.rcnn import FasterRCNNLoss
from regluon.cv.target import RPNTargetGenerator
from regluon.cv.transforms import Preprocess

SIZE, BATCH = 128, 16


def main() -> None:
    """Train, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--epochs", type=int, default=6)
    parser.add_argument("--pictures", type=int, default=1600, help="new ones in every epoch")
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    np.random.seed(given.seed)
    mx.random.seed(given.seed)
    scenes = DigitScenes("train", given.epochs * given.pictures, SIZE, given.seed)
    tests = DigitScenes("val", min(given.pictures, 400), SIZE, given.seed)

    net = get_model("faster_rcnn_128_small", classes=scenes.classes)
    net.initialize()
    net(nd.zeros((1, 3, SIZE, SIZE)))  # settles the shapes of all weights
    net.hybridize()
    steps = given.epochs * given.pictures // BATCH
    schedule = mx.lr_scheduler.CosineScheduler(steps, base_lr=0.002, final_lr=0.00004, warmup_steps=20)
    trainer = gluon.Trainer(net.collect_train_params(), "adam", {"lr_scheduler": schedule, "wd": 1e-4})
    targets = RPNTargetGenerator(num_sample=64, pos_iou_thresh=0.6, neg_iou_thresh=0.3)
    losses = FasterRCNNLoss()

    begin = time.perf_counter()
    for epoch in range(given.epochs):
        some = range(epoch * given.pictures, (epoch + 1) * given.pictures)
        sums = np.zeros(4)
        for pictures, labels in batches(scenes, some):
            boxes, classes = labels[:, :, :4], labels[:, :, 4:5]
            with autograd.record():
                scores, shifts, *_, first_scores, first_shifts, anchors, of_class, of_box, masks, _ = net(
                    pictures, boxes, classes
                )
                proposals = targets.for_batch(boxes, anchors, SIZE, SIZE)
                parts = losses((scores, shifts), (first_scores, first_shifts), (of_class, of_box, masks), proposals)
            autograd.backward(list(parts))
            trainer.step(len(pictures))
            sums += [float(one.mean().asscalar()) for one in parts]
        sums /= max(1, len(some) // BATCH)
        found = evaluate(net, batches(tests, range(len(tests))), VOCMApMetric(0.5, list(scenes.classes)))
        words = ", ".join(f"{one:.3f}" for one in sums)
        print(f"epoch {epoch + 1}: losses {words}; mAP@0.5 {found.get()[1][-1]:.3f}", flush=True)
    print(f"mAP@0.5: {found.get()[1][-1]:.3f} after {time.perf_counter() - begin:.0f} s")


def batches(scenes: DigitScenes, numbers: range) -> Iterator[tuple[nd.NDArray, nd.NDArray]]:
    """Give pictures ``(B, 3, H, W)`` and labels ``(B, M, 5)``, padded with -1."""
    normalize, batchify = Preprocess(SIZE).normalize, Tuple(Stack(), Pad(pad_val=-1))
    for start in range(0, len(numbers) - BATCH + 1, BATCH):
        images, labels = batchify([scenes[number] for number in numbers[start : start + BATCH]])
        yield nd.array(normalize(images)), nd.array(labels)


if __name__ == "__main__":
    main()
