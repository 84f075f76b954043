"""Operators of MXNet's ``contrib``, on torch tensors; generated from the registry."""

from regluon.ops.namespaces import install
from regluon.th.lift import lift

install(globals(), "contrib", lift)
