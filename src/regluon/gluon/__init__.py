"""Gluon: Blocks, Parameters, Trainer, layers, losses, data."""

from regluon.core.errors import DeferredInitializationError
from regluon.gluon import contrib, data, loss, metric, model_zoo, nn, utils
from regluon.gluon.block import Block
from regluon.gluon.constant import Constant
from regluon.gluon.hybrid import HybridBlock
from regluon.gluon.parameter import Parameter
from regluon.gluon.parameter_dict import ParameterDict
from regluon.gluon.symbol_block import SymbolBlock
from regluon.gluon.trainer import Trainer

__all__ = [
    "Block",
    "Constant",
    "DeferredInitializationError",
    "HybridBlock",
    "Parameter",
    "ParameterDict",
    "SymbolBlock",
    "Trainer",
    "contrib",
    "data",
    "loss",
    "metric",
    "model_zoo",
    "nn",
    "utils",
]
