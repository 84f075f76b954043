"""Operators whose registered names begin with an underscore, on symbols; generated from the registry."""

from regluon.ops.namespaces import install
from regluon.sym.lift import lift

install(globals(), "_internal", lift)
