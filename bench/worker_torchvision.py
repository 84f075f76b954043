"""Times the operators of torchvision, and of torch, that do the same."""

import os

import inputs
import torch
import torch.nn.functional as F
import torchvision
from timing import serve
from torchvision.ops import batched_nms, box_iou, deform_conv2d, ps_roi_pool, roi_align

torch.set_num_threads(int(os.environ.get("OMP_NUM_THREADS", 2)))


def put(values):
    return torch.from_numpy(values)


def nms(batch, count):
    def prepare():
        rows = put(inputs.rows(batch, count, 20))
        return lambda: [batched_nms(one[:, 2:], one[:, 1], one[:, 0].long(), 0.45) for one in rows]

    return prepare


def maybe_recorded(forward, backward, *variables):
    """Make a call that runs forward and, if asked, backward."""
    if not backward:
        return forward
    for one in variables:
        one.requires_grad_()
    return lambda: torch.autograd.grad(forward().sum(), variables)


def deformable(modulated=False, backward=False):
    def prepare():
        x, weight = put(inputs.floats(2, 256, 40, 40)), put(0.02 * inputs.floats(256, 256, 3, 3))
        offset = put(inputs.floats(2, 18, 40, 40))
        mask = put(inputs.probabilities(2, 9, 40, 40)) if modulated else None
        variables = [x, offset, weight] if mask is None else [x, offset, weight, mask]
        return maybe_recorded(lambda: deform_conv2d(x, offset, weight, padding=1, mask=mask), backward, *variables)

    return prepare


def psroi(backward=False):
    def prepare():
        x, rois = put(inputs.floats(1, 21 * 49, 38, 50)), put(inputs.rois(300, 600))
        return maybe_recorded(lambda: ps_roi_pool(x, rois, 7, 0.0625), backward, x)

    return prepare


def align(backward=False):
    def prepare():
        x, rois = put(inputs.floats(1, 64, 38, 50)), put(inputs.rois(300, 600))
        return maybe_recorded(lambda: roi_align(x, rois, 7, 0.0625, 2), backward, x)

    return prepare


def iou():
    a, b = put(inputs.boxes(8732, 1, 0.3)), put(inputs.boxes(100, 1, 0.3))
    return lambda: box_iou(a, b)


def adaptive_pool(backward=False):
    def prepare():
        x = put(inputs.floats(4, 64, 128, 128))
        return maybe_recorded(lambda: F.adaptive_avg_pool2d(x, 7), backward, x)

    return prepare


def resize(backward=False):
    def prepare():
        x = put(inputs.floats(4, 64, 128, 128))
        return maybe_recorded(lambda: F.interpolate(x, (256, 256), mode="bilinear", align_corners=True), backward, x)

    return prepare


def ctc(backward=False):
    def prepare():
        x = put(inputs.floats(100, 16, 80))
        label = put(inputs.generator().randint(1, 80, (16, 20)))
        lengths = torch.full((16,), 100), torch.full((16,), 20)

        def call():
            return F.ctc_loss(F.log_softmax(x, -1), label, *lengths, reduction="none", zero_infinity=True)

        return maybe_recorded(call, backward, x)

    return prepare


CASES = {
    "box_nms 5,000": nms(1, 5000),
    "box_nms 20,000": nms(1, 20000),
    "box_nms 8 x 1,000": nms(8, 1000),
    "DeformableConvolution": deformable(),
    "DeformableConvolution and gradients": deformable(backward=True),
    "ModulatedDeformableConvolution": deformable(modulated=True),
    "ModulatedDeformableConvolution and gradients": deformable(modulated=True, backward=True),
    "PSROIPooling 300": psroi(),
    "PSROIPooling 300 and gradients": psroi(backward=True),
    "ROIAlign 300 x 64": align(),
    "ROIAlign 300 x 64 and gradients": align(backward=True),
    "box_iou 8732 x 100": iou,
    "AdaptiveAvgPooling2D 4 x 64 x 128 x 128": adaptive_pool(),
    "AdaptiveAvgPooling2D and gradients": adaptive_pool(backward=True),
    "BilinearResize2D 4 x 64 x 128 x 128": resize(),
    "BilinearResize2D and gradients": resize(backward=True),
    "CTCLoss 100 x 16 x 80": ctc(),
    "CTCLoss 100 x 16 x 80 and gradients": ctc(backward=True),
}

assert torchvision.__version__
serve(CASES)
