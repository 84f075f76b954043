"""R-CNNs: detectors that propose regions first and judge each of them then."""

from regluon.cv.model_zoo.rcnn.double_head import DoubleHeadRCNN
from regluon.cv.model_zoo.rcnn.faster_rcnn import FasterRCNN
from regluon.cv.model_zoo.rcnn.loss import FasterRCNNLoss
from regluon.cv.model_zoo.rcnn.mask_rcnn import MaskRCNN
from regluon.cv.model_zoo.rcnn.more_networks import (
    custom_mask_rcnn_fpn,
    doublehead_rcnn_resnet50_v1b_voc,
    get_doublehead_rcnn,
    get_mask_rcnn,
    mask_rcnn_fpn_resnet18_v1b_coco,
    mask_rcnn_fpn_resnet50_v1b_coco,
    mask_rcnn_fpn_resnet101_v1d_coco,
    mask_rcnn_fpn_syncbn_mobilenet1_0_coco,
    mask_rcnn_fpn_syncbn_resnet18_v1b_coco,
    mask_rcnn_resnet18_v1b_coco,
    mask_rcnn_resnet50_v1b_coco,
    mask_rcnn_resnet101_v1d_coco,
)
from regluon.cv.model_zoo.rcnn.networks import (
    custom_faster_rcnn_fpn,
    faster_rcnn_fpn_resnet50_v1b_coco,
    faster_rcnn_fpn_resnet101_v1d_coco,
    faster_rcnn_fpn_syncbn_resnet50_v1b_coco,
    faster_rcnn_fpn_syncbn_resnet101_v1d_coco,
    faster_rcnn_resnet50_v1b_coco,
    faster_rcnn_resnet50_v1b_custom,
    faster_rcnn_resnet50_v1b_voc,
    faster_rcnn_resnet101_v1d_coco,
    faster_rcnn_resnet101_v1d_custom,
    faster_rcnn_resnet101_v1d_voc,
    get_faster_rcnn,
)
from regluon.cv.model_zoo.rcnn.rcnn import RCNN
from regluon.cv.model_zoo.rcnn.rpn import RPN, RPNHead, RPNProposal
from regluon.cv.model_zoo.rcnn.small import faster_rcnn_128_small

__all__ = [
    "RCNN",
    "RPN",
    "DoubleHeadRCNN",
    "FasterRCNN",
    "FasterRCNNLoss",
    "MaskRCNN",
    "RPNHead",
    "RPNProposal",
    "custom_faster_rcnn_fpn",
    "custom_mask_rcnn_fpn",
    "doublehead_rcnn_resnet50_v1b_voc",
    "faster_rcnn_128_small",
    "faster_rcnn_fpn_resnet50_v1b_coco",
    "faster_rcnn_fpn_resnet101_v1d_coco",
    "faster_rcnn_fpn_syncbn_resnet50_v1b_coco",
    "faster_rcnn_fpn_syncbn_resnet101_v1d_coco",
    "faster_rcnn_resnet50_v1b_coco",
    "faster_rcnn_resnet50_v1b_custom",
    "faster_rcnn_resnet50_v1b_voc",
    "faster_rcnn_resnet101_v1d_coco",
    "faster_rcnn_resnet101_v1d_custom",
    "faster_rcnn_resnet101_v1d_voc",
    "get_doublehead_rcnn",
    "get_faster_rcnn",
    "get_mask_rcnn",
    "mask_rcnn_fpn_resnet18_v1b_coco",
    "mask_rcnn_fpn_resnet50_v1b_coco",
    "mask_rcnn_fpn_resnet101_v1d_coco",
    "mask_rcnn_fpn_syncbn_mobilenet1_0_coco",
    "mask_rcnn_fpn_syncbn_resnet18_v1b_coco",
    "mask_rcnn_resnet18_v1b_coco",
    "mask_rcnn_resnet50_v1b_coco",
    "mask_rcnn_resnet101_v1d_coco",
]
