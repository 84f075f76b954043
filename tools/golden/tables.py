"""Every module of cases, by the name the command line knows it under."""

from __future__ import annotations

from functools import partial

from golden import (
    center_net,
    component,
    components_more,
    contrib_attention,
    contrib_boxes,
    contrib_multibox,
    contrib_quantized,
    contrib_regions,
    contrib_small,
    detection,
    dtypes,
    elemwise,
    fused,
    image,
    ladder,
    loops,
    losses,
    matrices,
    mixed,
    nn_convolution,
    nn_dense,
    nn_normalization,
    reduce,
    shape,
    symbols,
    training,
    transforms,
    unary,
    update,
    yolo,
)
from golden.case import merge

__all__ = ["COMPONENTS", "OPERATORS"]

#: Module name -> table of operators.
OPERATORS = {
    "contrib": merge(
        [
            contrib_boxes.TABLE,
            contrib_multibox.TABLE,
            contrib_regions.TABLE,
            contrib_small.TABLE,
            contrib_attention.TABLE,
        ]
    ),
    "nn": merge([nn_convolution.TABLE, nn_normalization.TABLE, nn_dense.TABLE]),
    "elemwise": elemwise.TABLE,
    "image": image.TABLE,
    "shape": shape.TABLE,
    "reduce": reduce.TABLE,
    "unary": unary.TABLE,
    "update": update.TABLE,
    "mixed": mixed.TABLE,
    "matrices": matrices.TABLE,
}

#: Module name -> function that yields (path under tests/golden, bytes).
COMPONENTS = {
    "losses": partial(component.recordings, losses.TABLE),
    "detection": partial(component.recordings, detection.TABLE),
    "center_net": partial(component.recordings, center_net.TABLE),
    "yolo": partial(component.recordings, yolo.TABLE),
    "transforms": partial(component.recordings, transforms.TABLE),
    "training": partial(component.recordings, training.TABLE),
    "components_more": components_more.recordings,
    "symbols": symbols.recordings,
    "ladder": ladder.recordings,
    "loops": loops.recordings,
    "fused": fused.recordings,
    "types": partial(
        dtypes.recordings, {**OPERATORS, "quantized": {**contrib_quantized.COMMON, **contrib_quantized.ONEDNN}}
    ),
}
