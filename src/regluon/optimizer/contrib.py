"""The optimizers that MXNet keeps in ``mx.optimizer.contrib``."""

from regluon.optimizer.adaptive import GroupAdaGrad

__all__ = ["GroupAdaGrad"]
