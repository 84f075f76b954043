"""Every operator with a public name, on NDArrays; generated from the registry."""

from regluon.nd.lift import face
from regluon.ops.namespaces import install

install(globals(), "op", face)
