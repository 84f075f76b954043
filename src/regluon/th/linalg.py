"""Linear algebra, on torch tensors; generated from the registry."""

from regluon.ops.namespaces import install
from regluon.th.lift import face

install(globals(), "linalg", face)
