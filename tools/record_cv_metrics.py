"""Record what MXNet 1.9.1's ``mx.metric`` and GluonCV 0.10.5's VOC metrics answer, for tests/golden/cv_metrics_*.npz.

Run it with a Python that has both: ``python tools/record_cv_metrics.py tests/golden``. An ``.npz`` holds all
input arrays end to end under ``numbers``, and under ``cases`` a JSON list that says where each begins.
"""

import json
import sys
import warnings
from pathlib import Path

import mxnet as mx
import numpy as np
from gluoncv.utils.metrics.voc_detection import VOC07MApMetric, VOCMApMetric


class Recorder:
    """Arrays end to end, and the cases that name them."""

    def __init__(self):
        self.arrays = []
        self.cases = []

    def keep(self, array):
        """Take an array, or a list of them; give what finds it again."""
        if array is None:
            return None
        if isinstance(array, list):
            return [self.keep(item) for item in array]
        start = sum(item.size for item in self.arrays)
        self.arrays.append(array.ravel().astype("float64"))
        return {"start": start, "shape": array.shape, "dtype": str(array.dtype)}

    def save(self, path):
        """Write everything kept."""
        text = np.frombuffer(json.dumps(self.cases).encode(), np.uint8)
        np.savez_compressed(path, cases=text, numbers=np.concatenate(self.arrays))


def to_nd(array):
    """Make NDArrays of the same dtype."""
    return [mx.nd.array(item, dtype=item.dtype) for item in array]


def plain(value):
    """Make something JSON takes."""
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    return value if isinstance(value, str) else float(value)


def probabilities(random, count, classes):
    """Make ``(count, classes)`` rows that sum to 1."""
    scores = random.rand(count, classes).astype("float32") + np.float32(0.05)
    return scores / scores.sum(axis=1, keepdims=True)


def metric_batches(random, kind):
    """Make the labels and predictions of one update."""
    if kind == "binary":
        return [random.randint(0, 2, 7).astype("float32")], [probabilities(random, 7, 2)]
    if kind == "one class":
        return [np.zeros(5, "float32")], [np.array([[0.9, 0.1]] * 5, "float32")]
    if kind == "classes":
        return [random.randint(0, 5, 9).astype("float32")], [probabilities(random, 9, 5)]
    if kind == "chosen":
        return [random.randint(0, 4, 9).astype("float32")], [random.randint(0, 4, 9).astype("float32")]
    if kind == "two outputs":
        pairs = [metric_batches(random, "classes") for _ in range(2)]
        return [pair[0][0] for pair in pairs], [pair[1][0] for pair in pairs]
    if kind == "pixels":
        return [random.randint(0, 3, (2, 4, 4)).astype("float32")], [random.rand(2, 3, 4, 4).astype("float32")]
    if kind == "ignored":
        return [random.randint(-1, 5, 12).astype("float32")], [probabilities(random, 12, 5)]
    if kind == "vector":
        return [random.randn(6).astype("float32")], [random.randn(6).astype("float32")]
    if kind == "matrix":
        return [random.randn(6, 3).astype("float32")], [random.randn(6, 3).astype("float32")]
    if kind == "column":
        return [random.randn(6).astype("float32")], [random.randn(6, 1).astype("float32")]
    raise ValueError(kind)


METRICS = [
    ("Accuracy", {}, ["classes", "chosen", "two outputs", "pixels"]),
    ("Accuracy", {"axis": 0}, ["square"]),
    ("TopKAccuracy", {"top_k": 2}, ["classes", "two outputs"]),
    ("TopKAccuracy", {"top_k": 4}, ["classes"]),
    ("F1", {}, ["binary", "one class"]),
    ("F1", {"average": "micro"}, ["binary", "one class"]),
    ("MCC", {}, ["binary", "one class"]),
    ("MCC", {"average": "micro"}, ["binary", "one class"]),
    ("PCC", {}, ["binary", "one class", "classes", "chosen"]),
    ("Perplexity", {"ignore_label": None}, ["classes", "two outputs"]),
    ("Perplexity", {"ignore_label": -1}, ["ignored"]),
    ("Perplexity", {"ignore_label": 2, "axis": 1}, ["classes"]),
    ("MAE", {}, ["vector", "matrix", "column"]),
    ("MSE", {}, ["vector", "matrix", "column"]),
    ("RMSE", {}, ["vector", "matrix", "column"]),
    ("CrossEntropy", {}, ["classes", "two outputs"]),
    ("CrossEntropy", {"eps": 0.125}, ["classes"]),
    ("NegativeLogLikelihood", {}, ["classes"]),
    ("NegativeLogLikelihood", {"eps": 0.125}, ["two outputs"]),
    ("PearsonCorrelation", {}, ["vector", "matrix"]),
    ("PearsonCorrelation", {"average": "micro"}, ["vector", "matrix"]),
    ("Loss", {}, ["matrix", "two outputs"]),
]


def record_metrics(path):
    """Record mx.metric."""
    recorder = Recorder()
    random = np.random.RandomState(7)
    for name, arguments, kinds in METRICS:
        for kind in kinds:
            metric = getattr(mx.metric, name)(**arguments)
            updates = []
            for step in range(4):
                if kind == "square":
                    labels, preds = [random.randint(0, 4, 6).astype("float32")], [random.rand(4, 6).astype("float32")]
                else:
                    labels, preds = metric_batches(random, kind)
                if step == 2:
                    metric.reset_local()
                metric.update(to_nd(labels), to_nd(preds))
                updates.append(
                    {
                        "labels": recorder.keep(labels),
                        "preds": recorder.keep(preds),
                        "get": plain(metric.get()),
                        "get_global": plain(metric.get_global()),
                    }
                )
            recorder.cases.append({"metric": name, "arguments": arguments, "kind": kind, "updates": updates})
    recorder.save(path)


def detections(random, images, classes, most_boxes, most_truths, tie=False, dtype="float32"):
    """Make padded arrays: true boxes, and predictions of which many are true boxes moved a little."""
    gt_boxes = -np.ones((images, most_truths, 4), dtype)
    gt_labels = -np.ones((images, most_truths, 1), dtype)
    difficult = np.zeros((images, most_truths, 1), dtype)
    boxes = -np.ones((images, most_boxes, 4), dtype)
    labels = -np.ones((images, most_boxes, 1), dtype)
    scores = -np.ones((images, most_boxes, 1), dtype)
    for image in range(images):
        truths = random.randint(0, most_truths + 1)
        corner = random.randint(0, 80, (truths, 2))
        gt_boxes[image, :truths] = np.hstack([corner, corner + random.randint(5, 60, (truths, 2))])
        gt_labels[image, :truths, 0] = random.randint(0, classes, truths)
        difficult[image, :truths, 0] = random.rand(truths) < 0.25
        count = random.randint(0, most_boxes + 1)
        corner = random.randint(0, 80, (count, 2))
        boxes[image, :count] = np.hstack([corner, corner + random.randint(5, 60, (count, 2))])
        labels[image, :count, 0] = random.randint(0, classes, count)
        if truths:
            for row in np.where(random.rand(count) < 0.7)[0]:
                truth = random.randint(truths)
                boxes[image, row] = gt_boxes[image, truth] + random.randint(-6, 7, 4) * (random.rand() < 0.8)
                if random.rand() < 0.9:
                    labels[image, row] = gt_labels[image, truth]
        values = random.rand(count) if not tie else random.randint(0, 4, count) / 4.0
        scores[image, :count, 0] = values
        # Holes in the middle: padding is found by its label, not by its place.
        labels[image, :count, 0][random.rand(count) < 0.1] = -1
    return boxes, labels, scores, gt_boxes, gt_labels, difficult


def record_voc(path):
    """Record GluonCV's VOC metrics."""
    recorder = Recorder()
    random = np.random.RandomState(11)
    shapes = {
        "few": {"images": 2, "classes": 3, "most_boxes": 6, "most_truths": 4},
        "many": {"images": 6, "classes": 4, "most_boxes": 30, "most_truths": 8},
        "one class": {"images": 3, "classes": 1, "most_boxes": 12, "most_truths": 5},
        "ties": {"images": 2, "classes": 3, "most_boxes": 8, "most_truths": 5, "tie": True},
        "float64": {"images": 2, "classes": 2, "most_boxes": 9, "most_truths": 5, "dtype": "float64"},
    }
    options = [
        {},
        {"iou_thresh": 0.7},
        {"iou_thresh": 0.3, "class_names": ["a", "b", "c", "d", "e", "f"]},
        {"class_names": ["a", "b"]},
    ]
    for shape_name, shape in shapes.items():
        for repeat in range(16):
            arguments = options[repeat % len(options)]
            metrics = {
                "VOCMApMetric": VOCMApMetric(**arguments),
                "VOC07MApMetric": VOC07MApMetric(**arguments),
            }
            updates = []
            for _ in range(2):
                arrays = list(detections(random, **shape))
                if repeat % 2:
                    arrays[5] = None
                if repeat % 4 >= 2:  # classes that never come
                    for place in (1, 4):
                        arrays[place] = np.where(arrays[place] == 1, 3, arrays[place]).astype(arrays[place].dtype)
                for metric in metrics.values():
                    metric.update(*arrays)
                updates.append(recorder.keep(arrays))
            recorder.cases.append(
                {
                    "name": "%s %d" % (shape_name, repeat),
                    "arguments": arguments,
                    "updates": updates,
                    "get": {name: plain(metric.get()) for name, metric in metrics.items()},
                }
            )
    recorder.save(path)


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    folder = Path(sys.argv[1])
    folder.mkdir(exist_ok=True)
    record_metrics(str(folder / "cv_metrics_eval.npz"))
    record_voc(str(folder / "cv_metrics_voc.npz"))
