"""Linear algebra, on symbols; generated from the registry."""

from regluon.ops.namespaces import install
from regluon.sym.lift import face

install(globals(), "linalg", face)
