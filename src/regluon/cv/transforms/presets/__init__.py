"""What is done to pictures before each detector: GluonCV's ``data.transforms.presets``."""

from regluon.cv.transforms.presets import center_net, rcnn, ssd, yolo

__all__ = ["center_net", "rcnn", "ssd", "yolo"]
