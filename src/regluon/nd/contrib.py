"""Operators of MXNet's ``contrib``, on NDArrays; generated from the registry."""

from regluon.nd.lift import lift
from regluon.ops.namespaces import install

install(globals(), "contrib", lift)
