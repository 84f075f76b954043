"""How new parameters are filled: MXNet's ``mx.init``."""

from regluon.initializer.base import InitDesc, Initializer, create, register
from regluon.initializer.fixed import Bilinear, Constant, Load, LSTMBias, Mixed, One, Zero
from regluon.initializer.random import MSRAPrelu, Normal, Orthogonal, Uniform, Xavier

__all__ = [
    "Bilinear",
    "Constant",
    "InitDesc",
    "Initializer",
    "LSTMBias",
    "Load",
    "MSRAPrelu",
    "Mixed",
    "Normal",
    "One",
    "Orthogonal",
    "Uniform",
    "Xavier",
    "Zero",
    "create",
    "register",
]
