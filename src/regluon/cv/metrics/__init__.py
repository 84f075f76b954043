"""How good detections are: Pascal VOC's mean average precision and the curves behind it."""

from regluon.cv.metrics.curve import OperatingPoint, PrecisionRecallCurve, best_point
from regluon.cv.metrics.evaluate import evaluate
from regluon.cv.metrics.voc import VOC07MApMetric, VOCMApMetric

__all__ = ["OperatingPoint", "PrecisionRecallCurve", "VOC07MApMetric", "VOCMApMetric", "best_point", "evaluate"]
