"""Operators on images, on symbols; generated from the registry."""

from regluon.ops.namespaces import install
from regluon.sym.lift import face

install(globals(), "image", face)
