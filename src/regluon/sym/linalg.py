"""Linear algebra, on symbols; generated from the registry."""

from regluon.ops.namespaces import install
from regluon.sym.lift import lift

install(globals(), "linalg", lift)
