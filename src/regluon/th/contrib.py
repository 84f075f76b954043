"""Operators of MXNet's ``contrib``, on torch tensors, generated from the registry; and its functions in Python."""

from torch import Tensor

from regluon.ops.adamw import AdamW
from regluon.ops.control_flow import ControlFlow
from regluon.ops.namespaces import install
from regluon.ops.zipfian import zipfian
from regluon.th.lift import call, face

install(globals(), "contrib", face)

_flow = ControlFlow(Tensor, call)
foreach = _flow.foreach
while_loop = _flow.while_loop
cond = _flow.cond
rand_zipfian = zipfian(Tensor, call)
_adamw = AdamW(Tensor, call)
adamw_update = _adamw.adamw_update
mp_adamw_update = _adamw.mp_adamw_update
multi_adamw_update = _adamw.multi_adamw_update
multi_mp_adamw_update = _adamw.multi_mp_adamw_update
multi_lamb_update = _adamw.multi_lamb_update
multi_mp_lamb_update = _adamw.multi_mp_lamb_update
