"""Every operator with a public name, on symbols; generated from the registry."""

from regluon.ops.namespaces import install
from regluon.sym.lift import face

install(globals(), "op", face)
