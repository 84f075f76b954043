"""Optimizers with MXNet's arithmetic: MXNet's ``mx.optimizer``."""

from regluon.optimizer import contrib
from regluon.optimizer.adam import Adam, Adamax, AdamW, Nadam
from regluon.optimizer.adaptive import FTML, AdaDelta, AdaGrad, Ftrl, GroupAdaGrad, RMSProp
from regluon.optimizer.base import Optimizer, create, register
from regluon.optimizer.large_batch import LAMB, LARS, LBSGD
from regluon.optimizer.momentum import DCASGD, NAG, SGD, SGLD, CcSGD, Signum
from regluon.optimizer.updater import Updater, get_updater

__all__ = [
    "DCASGD",
    "FTML",
    "LAMB",
    "LARS",
    "LBSGD",
    "NAG",
    "SGD",
    "SGLD",
    "AdaDelta",
    "AdaGrad",
    "Adam",
    "AdamW",
    "Adamax",
    "CcSGD",
    "Ftrl",
    "GroupAdaGrad",
    "Nadam",
    "Optimizer",
    "RMSProp",
    "Signum",
    "Updater",
    "contrib",
    "create",
    "get_updater",
    "register",
]
