"""Linear algebra, on NDArrays; generated from the registry."""

from regluon.nd.lift import face
from regluon.ops.namespaces import install

install(globals(), "linalg", face)
