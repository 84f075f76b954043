"""Call every operator that has compiled loops, forward and backward, and print how long these took to compile.

Where the loops have been compiled before, and nothing has changed since, this prints no loops and no time.
"""

import importlib
import json
import pkgutil
import time

import detection_arrays
import inputs
import other_arrays
import torch
from library import nd, put, recorded, wait
from numba.core import event

import regluon.kernels
from regluon.cv.nn.matcher import BipartiteMatcher, match_boxes
from regluon.kernels import descent
from regluon.kernels.jit import CompiledLoop


class Watch(event.Listener):
    """Adds up the time of the outermost compilations, and their number."""

    def __init__(self):
        self.depth, self.loops, self.seconds, self.start = 0, 0, 0.0, 0.0

    def on_start(self, _):
        if self.depth == 0:
            self.start = time.thread_time()
        self.depth += 1

    def on_end(self, _):
        self.depth -= 1
        if self.depth == 0:
            self.loops += 1
            self.seconds += time.thread_time() - self.start


def region_max():
    x, rois = put(inputs.floats(1, 8, 20, 20)), put(inputs.rois(9, 100))
    return recorded(lambda: nd.ROIPooling(x, rois, pooled_size=(3, 3), spatial_scale=0.2), x)


def align(position_sensitive, count):
    def prepare():
        x, rois = put(inputs.floats(1, 18, 20, 20)), put(inputs.rois(count, 100))
        options = {"pooled_size": (3, 3), "spatial_scale": 0.2, "position_sensitive": position_sensitive}
        return recorded(lambda: nd.contrib.ROIAlign(x, rois, **options), x)

    return prepare


def turned():
    x, rois = put(inputs.floats(1, 8, 20, 20)), put([[0, 30, 30, 20, 10, 30.0]])
    return recorded(lambda: nd.contrib.RROIAlign(x, rois, pooled_size=(3, 3), spatial_scale=0.2), x)


def match():
    anchors, boxes = put(inputs.boxes(50, 1, 0.3)), put(inputs.boxes(4, 1, 0.3)[None])
    return lambda: match_boxes(BipartiteMatcher(), anchors, boxes)


def descend():
    weights, rates = [torch.ones(1 << 18) for _ in range(3)], ([0.1], [0.0])
    return lambda: descent.descend(*([one] for one in weights), *rates, 0.9, 1.0, None)


def resize():
    picture = put(inputs.floats(300, 400, 3), "uint8")
    return lambda: nd.image.resize(picture, size=(130, 90))


def rescale():
    levels, ends = put(inputs.floats(8, 40), "int32"), (put([-3.0]), put([3.0]))

    def call():
        found = nd.contrib.requantize(levels, *ends, min_calib_range=-2.0, max_calib_range=2.0)
        return nd.contrib.dequantize(*found, out_type="float32")

    return call


def encode():
    samples, matches = put([[1.0, 0.0, 1.0]]), put([[0.0, 1.0, 1.0]])
    anchors, refs = put(inputs.boxes(3, 1, 0.3)[None]), put(inputs.boxes(2, 1, 0.3)[None])
    return lambda: nd.contrib.box_encode(samples, matches, anchors, refs, put([0.0] * 4), put([1.0] * 4))


MORE = [region_max, align(True, 5), align(False, 1), turned, match, descend, resize, rescale, encode]


def main():
    watch = Watch()
    torch.set_num_threads(1)
    modules = [
        importlib.import_module(f"regluon.kernels.{one.name}") for one in pkgutil.iter_modules(regluon.kernels.__path__)
    ]
    with event.install_listener("numba:compile", watch):
        for prepare in (*detection_arrays.CASES.values(), other_arrays.entropy, *MORE):
            wait(prepare()())
    loops = {
        id(value): f"{module.__name__}.{name}"
        for module in modules
        for name, value in vars(module).items()
        if isinstance(value, CompiledLoop) and not name.startswith("_")
    }
    left = [name for key, name in loops.items() if not _called(key, modules)]
    print(json.dumps({"seconds": watch.seconds, "loops": watch.loops, "left out": left}))


def _called(key, modules):
    return any(
        id(value) == key and value._ready
        for module in modules
        for value in vars(module).values()
        if isinstance(value, CompiledLoop)
    )


main()
