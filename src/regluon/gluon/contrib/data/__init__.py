"""What MXNet 1.x keeps in ``gluon.contrib.data``."""

from regluon.gluon.data.sampler import IntervalSampler

__all__ = ["IntervalSampler"]
