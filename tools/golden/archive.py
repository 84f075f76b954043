"""Small ``.npz`` files whose bytes depend on their contents alone."""

from __future__ import annotations

import io
import zipfile
from typing import Dict, List, Mapping

import numpy as np

__all__ = ["differences", "pack"]

#: Relative tolerance when answers of two machines are compared, by dtype.
TOLERANCES = {"float16": 4e-3, "float32": 2e-5, "float64": 1e-9}


def pack(arrays: Mapping[str, np.ndarray]) -> bytes:
    """Write arrays as a compressed npz with fixed time stamps and attributes."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, values in arrays.items():
            member = io.BytesIO()
            np.lib.format.write_array(member, np.asarray(values, order="C"), allow_pickle=False)
            entry = zipfile.ZipInfo(name + ".npy", date_time=(1980, 1, 1, 0, 0, 0))
            archive.writestr(entry, member.getvalue(), zipfile.ZIP_DEFLATED, 9)
    return buffer.getvalue()


def differences(old: bytes, new: bytes) -> List[str]:
    """Say in which arrays two recordings disagree by more than another processor's rounding."""
    if not old.startswith(b"PK"):
        return [] if old == new else ["differs"]
    before, after = _unpack(old), _unpack(new)
    found = [f"{name}: only in one of the two" for name in sorted(set(before) ^ set(after))]
    for name in sorted(set(before) & set(after)):
        left, right = before[name], after[name]
        if left.dtype != right.dtype or left.shape != right.shape:
            found.append(f"{name}: {left.dtype}{left.shape} became {right.dtype}{right.shape}")
        elif left.dtype.name in TOLERANCES:
            rtol = TOLERANCES[left.dtype.name]
            if not np.allclose(left, right, rtol=rtol, atol=rtol / 10, equal_nan=True):
                found.append(f"{name}: differs by up to {np.nanmax(np.abs(left - right)):.3g}")
        elif not np.array_equal(left, right):
            found.append(f"{name}: differs")
    return found


def _unpack(content: bytes) -> Dict[str, np.ndarray]:
    with np.load(io.BytesIO(content), allow_pickle=False) as archive:
        return {name: archive[name] for name in archive.files}
