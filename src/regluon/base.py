"""Names that MXNet keeps in ``mx.base``: its error, and the types that its checks speak of."""

import numpy as np

from regluon.core.errors import MXNetError

__all__ = ["MXNetError", "integer_types", "mx_real_t", "numeric_types", "py_str", "string_types"]

mx_real_t = np.float32
string_types = (str,)
numeric_types = (float, int, np.generic)
integer_types = (int, np.int32, np.int64)


def py_str(text: bytes) -> str:
    """Decode UTF-8 bytes.

    Examples:
        >>> py_str(b"data")
        'data'
    """
    return text.decode("utf-8")
