"""Operators of MXNet's ``contrib``, on NDArrays, generated from the registry; and its functions in Python."""

from regluon.nd.lift import call, face
from regluon.nd.ndarray import NDArray
from regluon.ops.adamw import AdamW
from regluon.ops.control_flow import ControlFlow
from regluon.ops.namespaces import install
from regluon.ops.zipfian import zipfian

install(globals(), "contrib", face)

_flow = ControlFlow(NDArray, call)
foreach = _flow.foreach
while_loop = _flow.while_loop
cond = _flow.cond
rand_zipfian = zipfian(NDArray, call)
_adamw = AdamW(NDArray, call)
adamw_update = _adamw.adamw_update
mp_adamw_update = _adamw.mp_adamw_update
multi_adamw_update = _adamw.multi_adamw_update
multi_mp_adamw_update = _adamw.multi_mp_adamw_update
multi_lamb_update = _adamw.multi_lamb_update
multi_mp_lamb_update = _adamw.multi_mp_lamb_update
