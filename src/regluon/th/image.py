"""Operators on images, on torch tensors; generated from the registry."""

from regluon.ops.namespaces import install
from regluon.th.lift import face

install(globals(), "image", face)
