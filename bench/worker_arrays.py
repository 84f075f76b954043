"""Times operators of MXNet or of regluon's ``nd`` face, which are called the same way."""

import sys

import inputs
from timing import serve

if sys.argv[1:] == ["mxnet"]:
    import mxnet as mx
else:
    import torch

    import regluon as mx

    torch.set_num_threads(2)
nd, autograd = mx.nd, mx.autograd


def put(values):
    return nd.array(values)


def recorded(function, *variables):
    """Make a call that runs forward and backward."""
    for one in variables:
        one.attach_grad()

    def call():
        with autograd.record():
            result = function()
        result.backward()
        return [one.grad for one in variables]

    return call


def nms(batch, count, topk=-1):
    def prepare():
        x = put(inputs.rows(batch, count, 20))
        return lambda: nd.contrib.box_nms(x, overlap_thresh=0.45, valid_thresh=0.01, topk=topk, id_index=0)

    return prepare


def matching():
    x = put(inputs.overlaps(8, 8732, 50))
    return lambda: nd.contrib.bipartite_matching(x, threshold=1e-12)


def anchors(count):
    return put(inputs.boxes(count, 1, 0.3)[None])


def multibox_target():
    anchor, label, scores = anchors(8732), put(inputs.labels(16, 10, 20)), put(inputs.floats(16, 21, 8732))
    return lambda: nd.contrib.MultiBoxTarget(
        anchor, label, scores, overlap_threshold=0.5, negative_mining_ratio=3, negative_mining_thresh=0.5
    )


def multibox_detection():
    scores, offsets = put(inputs.probabilities(8, 21, 8732)), put(0.1 * inputs.floats(8, 4 * 8732))
    anchor = anchors(8732)
    return lambda: nd.contrib.MultiBoxDetection(scores, offsets, anchor, nms_topk=400)


def proposal():
    scores, offsets = put(inputs.probabilities(2, 24, 38, 50)), put(0.1 * inputs.floats(2, 48, 38, 50))
    sizes = put([[600, 800, 1.0]] * 2)
    return lambda: nd.contrib.MultiProposal(scores, offsets, sizes, rpn_pre_nms_top_n=6000, rpn_post_nms_top_n=300)


def deformable(modulated=False, backward=False):
    def prepare():
        x, weight = put(inputs.floats(2, 256, 40, 40)), put(0.02 * inputs.floats(256, 256, 3, 3))
        offset = put(inputs.floats(2, 18, 40, 40))
        options = {"kernel": (3, 3), "pad": (1, 1), "num_filter": 256, "no_bias": True}
        if modulated:
            mask = put(inputs.probabilities(2, 9, 40, 40))
            return lambda: nd.contrib.ModulatedDeformableConvolution(x, offset, mask, weight, **options)
        forward = lambda: nd.contrib.DeformableConvolution(x, offset, weight, **options)  # noqa: E731
        return recorded(forward, x, offset, weight) if backward else forward

    return prepare


def psroi():
    x, rois = put(inputs.floats(1, 21 * 49, 38, 50)), put(inputs.rois(300, 600))
    return lambda: nd.contrib.PSROIPooling(x, rois, spatial_scale=0.0625, output_dim=21, pooled_size=7)


def deformable_psroi():
    x, rois = put(inputs.floats(1, 21 * 49, 38, 50)), put(inputs.rois(300, 600))
    trans = put(inputs.floats(300, 2, 7, 7))
    return lambda: nd.contrib.DeformablePSROIPooling(
        x, rois, trans, spatial_scale=0.0625, output_dim=21, group_size=7, pooled_size=7, part_size=7,
        sample_per_part=4, trans_std=0.1,
    )  # fmt: skip


def roi_align():
    x, rois = put(inputs.floats(1, 64, 38, 50)), put(inputs.rois(300, 600))
    return lambda: nd.contrib.ROIAlign(x, rois, pooled_size=(7, 7), spatial_scale=0.0625, sample_ratio=2)


def iou():
    a, b = put(inputs.boxes(8732, 1, 0.3)), put(inputs.boxes(100, 1, 0.3))
    return lambda: nd.contrib.box_iou(a, b)


def adaptive_pool():
    x = put(inputs.floats(4, 64, 128, 128))
    return lambda: nd.contrib.AdaptiveAvgPooling2D(x, output_size=7)


def resize():
    x = put(inputs.floats(4, 64, 128, 128))
    return lambda: nd.contrib.BilinearResize2D(x, height=256, width=256)


def ctc():
    x, label = put(inputs.floats(100, 16, 80)), put(inputs.generator().randint(1, 80, (16, 20)))
    return lambda: nd.CTCLoss(x, label)


CASES = {
    "box_nms 5,000": nms(1, 5000),
    "box_nms 20,000": nms(1, 20000),
    "box_nms 8 x 1,000": nms(8, 1000),
    "bipartite_matching 8 x 8732 x 50": matching,
    "MultiBoxTarget 16 x 8732": multibox_target,
    "MultiBoxDetection 8 x 21 x 8732": multibox_detection,
    "MultiProposal 2 x 22,800": proposal,
    "DeformableConvolution": deformable(),
    "DeformableConvolution and gradients": deformable(backward=True),
    "ModulatedDeformableConvolution": deformable(modulated=True),
    "PSROIPooling 300": psroi,
    "DeformablePSROIPooling 300": deformable_psroi,
    "ROIAlign 300 x 64": roi_align,
    "box_iou 8732 x 100": iou,
    "AdaptiveAvgPooling2D": adaptive_pool,
    "BilinearResize2D": resize,
    "CTCLoss 100 x 16 x 80": ctc,
}


def wait(result):
    for one in result if isinstance(result, (list, tuple)) else [result]:
        one.wait_to_read()


serve({name.replace(" ", "_"): case for name, case in CASES.items()}, wait)
