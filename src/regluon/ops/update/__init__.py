"""One step of each optimizer as an operator: the new weight is the output, the states are changed in place.

``nd.sgd_update(weight, grad, lr=0.1, out=weight)`` changes the weight in place too. No gradient flows.
"""

from regluon.ops.update import adaptive, layerwise, momentum, root_mean_square, sign

__all__ = ["adaptive", "layerwise", "momentum", "root_mean_square", "sign"]
