"""YOLOv3: detectors that predict boxes, objects and classes in every cell of three maps."""

from regluon.cv.model_zoo.yolo.head import YOLODetectionBlockV3, YOLOOutputV3
from regluon.cv.model_zoo.yolo.presets import (
    custom_yolov3,
    get_yolov3,
    yolo3_darknet53_coco,
    yolo3_darknet53_custom,
    yolo3_darknet53_voc,
    yolo3_mobilenet0_25_coco,
    yolo3_mobilenet0_25_custom,
    yolo3_mobilenet0_25_voc,
    yolo3_mobilenet1_0_coco,
    yolo3_mobilenet1_0_custom,
    yolo3_mobilenet1_0_voc,
)
from regluon.cv.model_zoo.yolo.small import yolo3_128_small
from regluon.cv.model_zoo.yolo.yolo3 import YOLOV3

__all__ = [
    "YOLOV3",
    "YOLODetectionBlockV3",
    "YOLOOutputV3",
    "custom_yolov3",
    "get_yolov3",
    "yolo3_128_small",
    "yolo3_darknet53_coco",
    "yolo3_darknet53_custom",
    "yolo3_darknet53_voc",
    "yolo3_mobilenet0_25_coco",
    "yolo3_mobilenet0_25_custom",
    "yolo3_mobilenet0_25_voc",
    "yolo3_mobilenet1_0_coco",
    "yolo3_mobilenet1_0_custom",
    "yolo3_mobilenet1_0_voc",
]
