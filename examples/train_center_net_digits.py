"""Train a small CenterNet from scratch on handwritten digits over photographs, and print its mAP.

python examples/train_center_net_digits.py
python examples/train_center_net_digits.py --epochs 1 --pictures 64     # only to see that it runs
"""

import argparse
import time
from collections.abc import Iterator

import regluon as mx
from regluon import autograd, gluon, nd
from regluon.cv.data import DigitScenes
from regluon.cv.data.batchify import Pad, Stack, Tuple
from regluon.cv.loss import HeatmapFocalLoss, MaskedL1Loss
from regluon.cv.metrics import VOCMApMetric, evaluate
from regluon.cv.model_zoo import get_model
from regluon.cv.target import CenterNetTargetGenerator
from regluon.cv.transforms import Preprocess

SIZE, BATCH, SCALE = 128, 32, 4


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

    net = get_model("center_net_128_small", classes=scenes.classes)
    net.initialize("xavier")
    net.hybridize()
    steps = given.epochs * (given.pictures // BATCH)
    schedule = mx.lr_scheduler.CosineScheduler(steps, base_lr=0.004, final_lr=0.00002, warmup_steps=20)
    trainer = gluon.Trainer(net.collect_params(), "adam", {"lr_scheduler": schedule})
    targets = CenterNetTargetGenerator(len(scenes.classes), SIZE // SCALE, SIZE // SCALE)
    of_heat, of_sizes, of_shifts = HeatmapFocalLoss(from_logits=True), MaskedL1Loss(weight=0.1), MaskedL1Loss()

    begin = time.perf_counter()
    for epoch in range(given.epochs):
        total = count = 0.0
        for pictures, labels in batches(scenes, range(epoch * given.pictures, (epoch + 1) * given.pictures)):
            heat, sizes, sizes_mask, shifts, shifts_mask = targets.for_batch(
                labels[:, :, :4] / SCALE, labels[:, :, 4:5]
            )
            with autograd.record():
                scores, widths, offsets = net(pictures)
                loss = of_heat(scores, heat) + of_sizes(widths, sizes, sizes_mask)
                loss = loss + of_shifts(offsets, shifts, shifts_mask)
            loss.backward()
            trainer.step(1)  # the losses are already relative to the number of objects
            total, count = total + float(loss.asscalar()), count + 1
        found = evaluate(net, batches(tests, range(len(tests))), VOCMApMetric(0.5, list(scenes.classes)))
        print(f"epoch {epoch + 1}: loss {total / count:.3f}; mAP@0.5 {found.get()[1][-1]:.3f}", flush=True)
    print(f"mAP@0.5: {found.get()[1][-1]:.3f} after {time.perf_counter() - begin:.0f} s")


def batches(scenes: DigitScenes, numbers: range) -> Iterator[tuple[nd.NDArray, nd.NDArray]]:
    """Give pictures ``(B, 3, H, W)`` and labels ``(B, M, 5)``, padded with -1."""
    normalize, batchify = Preprocess(SIZE).normalize, Tuple(Stack(), Pad(pad_val=-1))
    for start in range(0, len(numbers), BATCH):
        images, labels = batchify([scenes[number] for number in numbers[start : start + BATCH]])
        yield nd.array(normalize(images)), nd.array(labels)


if __name__ == "__main__":
    main()
