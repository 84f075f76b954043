"""Optimizers with MXNet's arithmetic: MXNet's ``mx.optimizer``."""

from regluon.optimizer.adaptive import Adam
from regluon.optimizer.base import Optimizer, Updater, create, get_updater, register
from regluon.optimizer.momentum import NAG, SGD

__all__ = ["NAG", "SGD", "Adam", "Optimizer", "Updater", "create", "get_updater", "register"]
