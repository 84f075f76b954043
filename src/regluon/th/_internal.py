"""Operators whose registered names begin with an underscore, on torch tensors; generated from the registry."""

from regluon.ops.namespaces import install
from regluon.th.lift import face

install(globals(), "_internal", face)
