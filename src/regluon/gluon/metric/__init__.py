"""Metrics that average over batches: MXNet's ``mx.metric``."""

from regluon.gluon.metric.base import EvalMetric, check_label_shapes
from regluon.gluon.metric.classification import F1, MCC, PCC, Accuracy, TopKAccuracy
from regluon.gluon.metric.composite import CompositeEvalMetric, create
from regluon.gluon.metric.custom import CustomMetric, Loss, np
from regluon.gluon.metric.probability import CrossEntropy, NegativeLogLikelihood, Perplexity
from regluon.gluon.metric.registry import alias, register
from regluon.gluon.metric.regression import MAE, MSE, RMSE, PearsonCorrelation

__all__ = [
    "F1",
    "MAE",
    "MCC",
    "MSE",
    "PCC",
    "RMSE",
    "Accuracy",
    "CompositeEvalMetric",
    "CrossEntropy",
    "CustomMetric",
    "EvalMetric",
    "Loss",
    "NegativeLogLikelihood",
    "PearsonCorrelation",
    "Perplexity",
    "TopKAccuracy",
    "alias",
    "check_label_shapes",
    "create",
    "np",
    "register",
]
