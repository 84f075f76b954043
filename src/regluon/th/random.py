"""Random arrays, on torch tensors; generated from the registry, but for those that MXNet writes in Python."""

from torch import Tensor

from regluon.ops.composed import Draws
from regluon.ops.namespaces import install
from regluon.th.lift import call, face

install(globals(), "random", face)

_draws = Draws(Tensor, call)
uniform = _draws.uniform
normal = _draws.normal
randn = _draws.randn
exponential = _draws.exponential
multinomial = _draws.multinomial
shuffle = _draws.shuffle
