"""Random arrays, on NDArrays; generated from the registry, but for those that MXNet writes in Python."""

from regluon.nd.lift import call, face
from regluon.nd.ndarray import NDArray
from regluon.ops.composed import Draws
from regluon.ops.namespaces import install

install(globals(), "random", face)

_draws = Draws(NDArray, call)
uniform = _draws.uniform
normal = _draws.normal
randn = _draws.randn
exponential = _draws.exponential
multinomial = _draws.multinomial
shuffle = _draws.shuffle
