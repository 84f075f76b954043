"""Operators of MXNet's ``contrib``, on symbols; generated from the registry."""

from regluon.ops.namespaces import install
from regluon.sym.lift import face

install(globals(), "contrib", face)
