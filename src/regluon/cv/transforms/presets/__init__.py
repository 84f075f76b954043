"""What is done to pictures before each detector: GluonCV's ``data.transforms.presets``."""

from regluon.cv.transforms.presets import rcnn, ssd, yolo

__all__ = ["rcnn", "ssd", "yolo"]
