"""Operators whose registered names begin with an underscore, on symbols; generated from the registry."""

from regluon.ops.namespaces import install
from regluon.sym.lift import face

install(globals(), "_internal", face)
