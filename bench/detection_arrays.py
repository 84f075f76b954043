"""Cases of detection, for MXNet and for regluon's ``nd``. Runs under Python 3.8 too."""

import inputs
from library import nd, put, recorded


def maybe_recorded(forward, backward, *variables):
    return recorded(forward, *variables) if backward else forward


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


def proposal(images):
    def prepare():
        scores = put(inputs.probabilities(images, 24, 38, 50))
        offsets, sizes = put(0.1 * inputs.floats(images, 48, 38, 50)), put([[600, 800, 1.0]] * images)
        operator = nd.contrib.MultiProposal if images > 1 else nd.contrib.Proposal
        return lambda: operator(scores, offsets, sizes, rpn_pre_nms_top_n=6000, rpn_post_nms_top_n=300)

    return prepare


def deformable(modulated=False, backward=False):
    def prepare():
        x, weight = put(inputs.floats(2, 256, 40, 40)), put(0.02 * inputs.floats(256, 256, 3, 3))
        offset, mask = put(inputs.floats(2, 18, 40, 40)), put(inputs.probabilities(2, 9, 40, 40))
        options = {"kernel": (3, 3), "pad": (1, 1), "num_filter": 256, "no_bias": True}
        if modulated:
            variables, operator = (x, offset, mask, weight), nd.contrib.ModulatedDeformableConvolution
        else:
            variables, operator = (x, offset, weight), nd.contrib.DeformableConvolution
        return maybe_recorded(lambda: operator(*variables, **options), backward, *variables)

    return prepare


def psroi(backward=False):
    def prepare():
        x, rois = put(inputs.floats(1, 21 * 49, 38, 50)), put(inputs.rois(300, 600))
        options = {"spatial_scale": 0.0625, "output_dim": 21, "pooled_size": 7}
        return maybe_recorded(lambda: nd.contrib.PSROIPooling(x, rois, **options), backward, x)

    return prepare


def deformable_psroi(backward=False):
    def prepare():
        x, rois = put(inputs.floats(1, 21 * 49, 38, 50)), put(inputs.rois(300, 600))
        trans = put(inputs.floats(300, 2, 7, 7))
        options = {"spatial_scale": 0.0625, "output_dim": 21, "group_size": 7, "pooled_size": 7, "part_size": 7}
        options.update(sample_per_part=4, trans_std=0.1)
        return maybe_recorded(lambda: nd.contrib.DeformablePSROIPooling(x, rois, trans, **options), backward, x, trans)

    return prepare


def roi_align(backward=False):
    def prepare():
        x, rois = put(inputs.floats(1, 64, 38, 50)), put(inputs.rois(300, 600))
        options = {"pooled_size": (7, 7), "spatial_scale": 0.0625, "sample_ratio": 2}
        return maybe_recorded(lambda: nd.contrib.ROIAlign(x, rois, **options), backward, x)

    return prepare


def turned_align():
    x, upright = put(inputs.floats(1, 64, 38, 50)), inputs.rois(300, 600)
    middle, size = (upright[:, 1:3] + upright[:, 3:]) / 2, upright[:, 3:] - upright[:, 1:3]
    rois = put(inputs.np.concatenate([upright[:, :1], middle, size, 30 + 0 * upright[:, :1]], 1))
    return lambda: nd.contrib.RROIAlign(x, rois, pooled_size=(7, 7), spatial_scale=0.0625, sampling_ratio=2)


def iou():
    a, b = put(inputs.boxes(8732, 1, 0.3)), put(inputs.boxes(100, 1, 0.3))
    return lambda: nd.contrib.box_iou(a, b)


def adaptive_pool(backward=False):
    def prepare():
        x = put(inputs.floats(4, 64, 128, 128))
        return maybe_recorded(lambda: nd.contrib.AdaptiveAvgPooling2D(x, output_size=7), backward, x)

    return prepare


def resize(backward=False):
    def prepare():
        x = put(inputs.floats(4, 64, 128, 128))
        return maybe_recorded(lambda: nd.contrib.BilinearResize2D(x, height=256, width=256), backward, x)

    return prepare


def ctc(backward=False):
    def prepare():
        x, label = put(inputs.floats(100, 16, 80)), put(inputs.generator().randint(1, 80, (16, 20)))
        return maybe_recorded(lambda: nd.CTCLoss(x, label), backward, x)

    return prepare


def encode():
    random, every = inputs.generator(), put(inputs.boxes(8732, 1, 0.3)[None].repeat(8, 0))
    samples = put(random.randint(-1, 2, (8, 8732)))
    matches = put(random.randint(0, 50, (8, 8732)))
    boxes = put(inputs.boxes(400, 1, 0.3).reshape(8, 50, 4))
    means, stds = put([0.0] * 4), put([0.1, 0.1, 0.2, 0.2])
    return lambda: nd.contrib.box_encode(samples, matches, every, boxes, means, stds)


def decode():
    offsets, anchor = put(inputs.floats(8, 8732, 4)), anchors(8732)
    return lambda: nd.contrib.box_decode(offsets, anchor, std0=0.1, std1=0.1, std2=0.2, std3=0.2, format="corner")


def prior():
    x = put(inputs.floats(1, 8, 64, 64))
    return lambda: nd.contrib.MultiBoxPrior(x, sizes=(0.2, 0.27), ratios=(1, 2, 0.5), steps=(0.1, 0.1))


CASES = {
    "box_nms 5,000": nms(1, 5000),
    "box_nms 20,000": nms(1, 20000),
    "box_nms 8 x 1,000": nms(8, 1000),
    "bipartite_matching 8 x 8732 x 50": matching,
    "MultiBoxTarget 16 x 8732": multibox_target,
    "MultiBoxDetection 8 x 21 x 8732": multibox_detection,
    "MultiBoxPrior 64 x 64 x 4": prior,
    "Proposal 22,800": proposal(1),
    "MultiProposal 2 x 22,800": proposal(2),
    "DeformableConvolution": deformable(),
    "DeformableConvolution and gradients": deformable(backward=True),
    "ModulatedDeformableConvolution": deformable(modulated=True),
    "ModulatedDeformableConvolution and gradients": deformable(modulated=True, backward=True),
    "PSROIPooling 300": psroi(),
    "PSROIPooling 300 and gradients": psroi(backward=True),
    "DeformablePSROIPooling 300": deformable_psroi(),
    "DeformablePSROIPooling 300 and gradients": deformable_psroi(backward=True),
    "ROIAlign 300 x 64": roi_align(),
    "ROIAlign 300 x 64 and gradients": roi_align(backward=True),
    "RROIAlign 300 x 64": turned_align,
    "box_iou 8732 x 100": iou,
    "box_encode 8 x 8732": encode,
    "box_decode 8 x 8732": decode,
    "AdaptiveAvgPooling2D 4 x 64 x 128 x 128": adaptive_pool(),
    "AdaptiveAvgPooling2D and gradients": adaptive_pool(backward=True),
    "BilinearResize2D 4 x 64 x 128 x 128": resize(),
    "BilinearResize2D and gradients": resize(backward=True),
    "CTCLoss 100 x 16 x 80": ctc(),
    "CTCLoss 100 x 16 x 80 and gradients": ctc(backward=True),
}
