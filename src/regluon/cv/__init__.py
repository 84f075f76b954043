"""GluonCV's detection stack: parts of detectors, detectors, data, measures and pictures."""

from regluon.cv import anchor, data, loss, metrics, model_zoo, nn, target, transforms, viz

__all__ = ["anchor", "data", "loss", "metrics", "model_zoo", "nn", "target", "transforms", "viz"]
