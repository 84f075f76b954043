"""Operators of MXNet's ``contrib``, on symbols, generated from the registry; and its functions in Python."""

from regluon.ops.adamw import AdamW
from regluon.ops.namespaces import install
from regluon.ops.zipfian import zipfian
from regluon.sym import control_flow
from regluon.sym.lift import call, face
from regluon.sym.symbol import Symbol

install(globals(), "contrib", face)

foreach = control_flow.foreach
while_loop = control_flow.while_loop
cond = control_flow.cond
rand_zipfian = zipfian(Symbol, call)
_adamw = AdamW(Symbol, call)
adamw_update = _adamw.adamw_update
mp_adamw_update = _adamw.mp_adamw_update
