"""Every operator with a public name, on torch tensors; generated from the registry."""

from regluon.ops.namespaces import install
from regluon.th.lift import face

install(globals(), "op", face)
