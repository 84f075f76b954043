"""Losses of Gluon and of GluonCV: values and gradients."""

from __future__ import annotations

from typing import Any, Callable, Dict, List

from gluoncv import loss as gluoncv_loss
from mxnet import autograd
from mxnet.gluon import loss as gluon_loss

from golden.case import Case, Draw, array, case, integers, normal, uniform
from golden.component import Component

__all__ = ["TABLE"]

PAIR = ("pred", "label", "sample_weight")


def signs(*shape: int) -> Draw:
    """Draw -1 and 1."""
    return Draw(lambda random: (random.randint(0, 2, shape) * 2 - 1).astype("float32"))


def bits(*shape: int) -> Draw:
    """Draw 0 and 1."""
    return integers(0, 2, *shape)


def shares(*shape: int) -> Draw:
    """Draw weights over the last axis that sum to 1."""

    def sample(random: Any) -> Any:
        drawn = random.randint(1, 5, shape)
        return (drawn / drawn.sum(-1, keepdims=True)).astype("float32")

    return Draw(sample)


def poisson(compute_full: bool = False, **attrs: Any) -> Callable[..., Any]:
    """Make the loss; in full it changes arrays in place, which autograd refuses, so then it gives values alone."""
    made = gluon_loss.PoissonNLLLoss(compute_full=compute_full, **attrs)

    def call(*arrays: Any) -> Any:
        with autograd.pause():
            return made(*arrays)

    return call if compute_full else made


def weighted(label: Callable[..., Draw]) -> List[Case]:
    """List the cases every loss on two arrays of one shape has."""
    return [
        case("two axes", normal(4, 3), label(4, 3)),
        case("three axes", normal(2, 3, 2), label(2, 3, 2)),
        case("one axis", normal(5), label(5)),
        case("label of another shape", normal(4, 1), label(4)),
        case("weight", normal(4, 3), label(4, 3), weight=0.25),
        case("sample_weight", normal(4, 3), label(4, 3), uniform(0, 2, 4, 1)),
        case("element weight", normal(2, 3), label(2, 3), uniform(0, 2, 2, 3), weight=2.0),
        case("batch axis 1", normal(3, 4), label(3, 4), batch_axis=1),
        case("float64", normal(2, 3, dtype="float64"), _float64(label(2, 3))),
    ]


def _float64(draw: Draw) -> Draw:
    return Draw(lambda random: draw.sample(random).astype("float64"))


SIGMOID = [
    *weighted(bits),
    case("soft labels", normal(3, 4), uniform(0, 1, 3, 4)),
    case("probabilities", uniform(0.1, 0.9, 3, 4), bits(3, 4), from_sigmoid=True),
    case("probabilities of 0 and 1", array([[0, 1, 0, 1]]), array([[0, 1, 1, 0]]), from_sigmoid=True),
    case("large values", array([[100, -100, 100, -100]]), array([[1, 0, 0, 1]])),
    case("pos_weight", normal(3, 4), bits(3, 4), None, uniform(1, 3, 1, 4)),
    case(
        "pos_weight, probabilities", uniform(0.1, 0.9, 3, 4), bits(3, 4), None, uniform(1, 3, 1, 4), from_sigmoid=True
    ),
    case("pos_weight and sample_weight", normal(3, 4), bits(3, 4), uniform(0, 2, 3, 1), uniform(1, 3, 1, 4)),
]

SOFTMAX = [
    case("sparse", normal(4, 3), integers(0, 3, 4)),
    case("sparse, three axes", normal(2, 3, 4), integers(0, 4, 2, 3)),
    case("sparse, axis 1", normal(2, 3, 2, 2), integers(0, 3, 2, 2, 2), axis=1),
    case("sparse, axis kept in the label", normal(4, 3), integers(0, 3, 4, 1)),
    case("sparse, label -1 is cut to 0", normal(4, 3), [-1, 0, 2, 5]),
    case("dense", normal(4, 3), shares(4, 3), sparse_label=False),
    case("dense, axis 1", normal(2, 3, 4), uniform(0, 1, 2, 3, 4), sparse_label=False, axis=1),
    case("sparse, from logits", normal(4, 3), integers(0, 3, 4), from_logits=True),
    case("dense, from logits", normal(4, 3), shares(4, 3), sparse_label=False, from_logits=True),
    case("weight", normal(4, 3), integers(0, 3, 4), weight=0.5),
    case("sample_weight", normal(4, 3), integers(0, 3, 4), uniform(0, 2, 4, 1)),
    case("batch axis 1", normal(3, 4, 2), integers(0, 2, 3, 4), batch_axis=1),
    case("large values", array([[1000, 0, -1000], [0, 1000, 0]]), [0, 0]),
    case("int32 label", normal(4, 3), integers(0, 3, 4, dtype="int32")),
]

DIVERGENCE = [
    case("from logits", normal(4, 3), shares(4, 3)),
    case("not from logits", normal(4, 3), shares(4, 3), from_logits=False),
    case("not from logits, axis 1", normal(2, 3, 4), uniform(0.1, 1, 2, 3, 4), from_logits=False, axis=1),
    case("label with 0", normal(2, 3), array([[0, 1, 0], [0.5, 0.5, 0]])),
    case("weight", normal(4, 3), shares(4, 3), weight=2.0),
    case("sample_weight", normal(4, 3), shares(4, 3), uniform(0, 2, 4, 1)),
    case("batch axis 1", normal(3, 4), shares(3, 4), batch_axis=1),
]

CTC_LABELS = [[1, 0, 1, -1], [2, 2, -1, -1]]
CTC = [
    case("defaults", normal(2, 6, 4), CTC_LABELS),
    case("time first", normal(6, 2, 4), CTC_LABELS, layout="TNC"),
    case("label time first", normal(2, 6, 4), [[1, 2], [0, 2], [1, -1]], label_layout="TN"),
    case("lengths of predictions", normal(2, 6, 4), CTC_LABELS, [5, 4]),
    case("lengths of labels", normal(2, 6, 4), [[1, 0, 1, 2], [2, 2, 1, 0]], None, [3, 2]),
    case("both lengths", normal(2, 6, 4), [[1, 0, 1, 2], [2, 2, 1, 0]], [5, 6], [3, 2]),
    case("weight", normal(2, 6, 4), CTC_LABELS, weight=0.5),
    case("sample_weight", normal(2, 6, 4), CTC_LABELS, None, None, [0.5, 2]),
]

LOGISTIC = [
    *weighted(signs),
    case("labels of 0 and 1", normal(4, 3), bits(4, 3), label_format="binary"),
    case("large values", array([[100, -100]]), array([[-1, -1]])),
]

POISSON = [
    *weighted(lambda *shape: integers(0, 5, *shape)),
    case("not from logits", uniform(0.25, 3, 3, 4), integers(0, 5, 3, 4), from_logits=False),
    case("full", normal(3, 4), integers(0, 5, 3, 4), compute_full=True),
    case("full, weight", normal(3, 4), integers(0, 5, 3, 4), compute_full=True, weight=0.5),
    case("full, not from logits", uniform(0.25, 3, 2, 4), integers(0, 5, 2, 4), compute_full=True, from_logits=False),
]

TRIPLET = [
    case("defaults", normal(4, 3), normal(4, 3), normal(4, 3)),
    case("margin", normal(4, 3), normal(4, 3), normal(4, 3), margin=0.25),
    case("weight", normal(4, 3), normal(4, 3), normal(4, 3), weight=0.5),
    case("three axes", normal(2, 3, 2), normal(2, 3, 2), normal(2, 3, 2)),
]

COSINE = [
    case("defaults", normal(4, 3), normal(4, 3), signs(4)),
    case("margin", normal(4, 3), normal(4, 3), [-1, -1, 1, -1], margin=0.5),
    case("weight", normal(4, 3), normal(4, 3), signs(4), weight=0.5),
    case("sample_weight", normal(4, 3), normal(4, 3), signs(4), uniform(0, 2, 4, 1)),
    case("zeros", array([[0, 0], [1, 1]]), array([[1, 0], [0, 0]]), [1, -1]),
]

DENSE = {"num_class": 4, "sparse_label": False}
FOCAL = [
    case("sparse", normal(2, 3, 4), integers(0, 4, 2, 3), num_class=4),
    case("dense, axis 1", normal(2, 4, 3), bits(2, 4, 3), axis=1, **DENSE),
    case("dense", normal(2, 3, 4), bits(2, 3, 4), **DENSE),
    case("alpha and gamma", normal(2, 3, 4), bits(2, 3, 4), alpha=0.75, gamma=1.5, **DENSE),
    case("probabilities", uniform(0.1, 0.9, 2, 3, 4), bits(2, 3, 4), from_logits=True, **DENSE),
    case("weight, sum, eps", normal(2, 3, 4), bits(2, 3, 4), weight=0.5, size_average=False, eps=1e-3, **DENSE),
    case("sample_weight", normal(2, 3, 4), bits(2, 3, 4), uniform(0, 2, 2, 1, 1), **DENSE),
    case("batch axis 1", normal(3, 2, 4), bits(3, 2, 4), batch_axis=1, **DENSE),
]

HEATMAP = [
    case("probabilities", uniform(0.1, 0.9, 2, 2, 3, 3), uniform(0, 1.2, 2, 2, 3, 3), from_logits=True),
    case("raw", normal(2, 2, 3, 3), uniform(0, 1.2, 2, 2, 3, 3), from_logits=False),
    case("no positive", normal(1, 2, 3, 3), uniform(0, 0.9, 1, 2, 3, 3)),
]

YOLO_NAMES = ("objness", "box_centers", "box_scales", "cls_preds")
YOLO_TARGETS = ("objness_t", "center_t", "scale_t", "weight_t", "class_t", "class_mask")
YOLO = [
    case(
        "drawn",
        normal(2, 5, 1),
        normal(2, 5, 2),
        normal(2, 5, 2),
        normal(2, 5, 3),
        integers(-1, 2, 2, 5, 1),
        uniform(0, 1, 2, 5, 2),
        normal(2, 5, 2),
        uniform(0, 2, 2, 5, 2),
        bits(2, 5, 3),
        bits(2, 5, 3),
    ),
    case(
        "weighted objects",
        normal(1, 4, 1),
        normal(1, 4, 2),
        normal(1, 4, 2),
        normal(1, 4, 2),
        uniform(-0.5, 1, 1, 4, 1),
        uniform(0, 1, 1, 4, 2),
        normal(1, 4, 2),
        uniform(0, 2, 1, 4, 2),
        bits(1, 4, 2),
        bits(1, 4, 2),
    ),
]

SSD = [
    case("defaults", normal(2, 12, 4), normal(2, 12, 4), integers(-1, 3, 2, 12), normal(2, 12, 4)),
    case(
        "few positives",
        normal(2, 9, 3),
        normal(2, 9, 4),
        [[1, 0, 0, 0, 0, 0, 0, 0, -1], [0, 2, 0, 0, 0, 1, 0, 0, 0]],
        normal(2, 9, 4),
    ),
    case(
        "negative_mining_ratio",
        normal(2, 9, 3),
        normal(2, 9, 4),
        integers(0, 2, 2, 9),
        normal(2, 9, 4),
        negative_mining_ratio=1,
    ),
    case(
        "negative_mining_ratio 0",
        normal(1, 9, 3),
        normal(1, 9, 4),
        integers(0, 2, 1, 9),
        normal(1, 9, 4),
        negative_mining_ratio=0,
    ),
    case("rho", normal(2, 6, 3), normal(2, 6, 4), integers(0, 3, 2, 6), normal(2, 6, 4), rho=0.25),
    case("lambd", normal(2, 6, 3), normal(2, 6, 4), integers(0, 3, 2, 6), normal(2, 6, 4), lambd=2.5),
    case(
        "min_hard_negatives",
        normal(1, 6, 3),
        normal(1, 6, 4),
        [[0, 0, 0, 0, 0, 0]],
        normal(1, 6, 4),
        min_hard_negatives=2,
    ),
    case("no positive at all", normal(1, 6, 3), normal(1, 6, 4), [[0, 0, 0, 0, -1, 0]], normal(1, 6, 4)),
    case("no positive in one image", normal(2, 4, 3), normal(2, 4, 4), [[0, 0, 0, 0], [1, 0, 0, 2]], normal(2, 4, 4)),
    case("flat boxes", normal(2, 4, 3), normal(2, 16), [[0, 0, 0, 0], [1, 0, 0, 2]], normal(2, 4, 4)),
]

TABLE: Dict[str, Component] = {
    "L1Loss": Component(gluon_loss.L1Loss, PAIR, weighted(normal)),
    "L2Loss": Component(gluon_loss.L2Loss, PAIR, weighted(normal)),
    "SigmoidBinaryCrossEntropyLoss": Component(
        gluon_loss.SigmoidBinaryCrossEntropyLoss, (*PAIR, "pos_weight"), SIGMOID
    ),
    "SoftmaxCrossEntropyLoss": Component(gluon_loss.SoftmaxCrossEntropyLoss, PAIR, SOFTMAX),
    "KLDivLoss": Component(gluon_loss.KLDivLoss, PAIR, DIVERGENCE),
    "CTCLoss": Component(
        gluon_loss.CTCLoss,
        ("pred", "label", "pred_lengths", "label_lengths", "sample_weight"),
        CTC,
        fixed=("label", "pred_lengths", "label_lengths"),
    ),
    "HuberLoss": Component(
        gluon_loss.HuberLoss, PAIR, [*weighted(normal), case("rho", normal(4, 3), normal(4, 3), rho=0.5)]
    ),
    "HingeLoss": Component(
        gluon_loss.HingeLoss, PAIR, [*weighted(signs), case("margin", normal(4, 3), signs(4, 3), margin=0.5)]
    ),
    "SquaredHingeLoss": Component(
        gluon_loss.SquaredHingeLoss, PAIR, [*weighted(signs), case("margin", normal(4, 3), signs(4, 3), margin=0.5)]
    ),
    "LogisticLoss": Component(gluon_loss.LogisticLoss, PAIR, LOGISTIC),
    "TripletLoss": Component(gluon_loss.TripletLoss, ("pred", "positive", "negative"), TRIPLET),
    "PoissonNLLLoss": Component(poisson, PAIR, POISSON),
    "CosineEmbeddingLoss": Component(
        gluon_loss.CosineEmbeddingLoss, ("input1", "input2", "label", "sample_weight"), COSINE
    ),
    "FocalLoss": Component(gluoncv_loss.FocalLoss, PAIR, FOCAL, fixed=("label",)),
    "HeatmapFocalLoss": Component(gluoncv_loss.HeatmapFocalLoss, ("pred", "label"), HEATMAP, fixed=("label",)),
    "MaskedL1Loss": Component(
        gluoncv_loss.MaskedL1Loss,
        ("pred", "label", "mask", "sample_weight"),
        [
            case("drawn", normal(2, 3, 2), normal(2, 3, 2), bits(2, 3, 2)),
            case("weight", normal(2, 3, 2), normal(2, 3, 2), bits(2, 3, 2), weight=0.25),
            case("nothing masked in", normal(2, 3), normal(2, 3), array([[0, 0, 0], [0, 0, 0]])),
        ],
    ),
    "YOLOV3Loss": Component(gluoncv_loss.YOLOV3Loss, (*YOLO_NAMES, *YOLO_TARGETS), YOLO, fixed=YOLO_TARGETS),
    "SSDMultiBoxLoss": Component(
        gluoncv_loss.SSDMultiBoxLoss,
        ("cls_pred", "box_pred", "cls_target", "box_target"),
        SSD,
        fixed=("cls_target", "box_target"),
    ),
}
