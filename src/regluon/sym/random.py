"""Random arrays, on symbols; generated from the registry, but for those that MXNet writes in Python."""

from regluon.ops.composed import Draws
from regluon.ops.namespaces import install
from regluon.sym.lift import call, face
from regluon.sym.symbol import Symbol

install(globals(), "random", face)

_draws = Draws(Symbol, call)
uniform = _draws.uniform
normal = _draws.normal
randn = _draws.randn
exponential = _draws.exponential
multinomial = _draws.multinomial
shuffle = _draws.shuffle
