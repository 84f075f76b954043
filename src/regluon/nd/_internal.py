"""Operators whose registered names begin with an underscore, on NDArrays; generated from the registry."""

from regluon.nd.lift import face
from regluon.ops.namespaces import install

install(globals(), "_internal", face)
