"""The files MXNet left behind, read and written with numpy alone.

``.params`` (both layouts), RecordIO (``.rec``, ``.idx``) and image lists (``.lst``).
"""

from regluon.formats.dtype import BFLOAT16, widen_bfloat16
from regluon.formats.image_record import IRHeader, pack, unpack
from regluon.formats.lst import ListEntry, read_lst, write_lst
from regluon.formats.params import load_params, read_params, save_npz, save_params, strip_prefixes
from regluon.formats.params_file import ParamsFile
from regluon.formats.recordio import MXIndexedRecordIO, MXRecordIO

__all__ = [
    "BFLOAT16",
    "IRHeader",
    "ListEntry",
    "MXIndexedRecordIO",
    "MXRecordIO",
    "ParamsFile",
    "load_params",
    "pack",
    "read_lst",
    "read_params",
    "save_npz",
    "save_params",
    "strip_prefixes",
    "unpack",
    "widen_bfloat16",
    "write_lst",
]
