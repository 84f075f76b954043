"""MXNet's iterators that are written in C++, which are not here."""

from typing import Any, NoReturn

from regluon.core.errors import NotSupportedError

__all__ = [
    "CSVIter",
    "ImageDetRecordIter",
    "ImageRecordInt8Iter",
    "ImageRecordIter",
    "ImageRecordUInt8Iter",
    "LeftOut",
    "LibSVMIter",
    "MNISTIter",
]


class LeftOut:
    """Refuse to be called, and say what to use.

    Args:
        name: of what is left out.
        instead: what to use.
    """

    def __init__(self, name: str, instead: str) -> None:
        self._name, self._instead = name, instead

    def __call__(self, *args: Any, **kwargs: Any) -> NoReturn:  # noqa: ARG002
        """Raise."""
        raise NotSupportedError(f"{self._name}: not supported; {self._instead}")


_RECORDS = "use image.ImageIter(path_imgrec=...), or gluon.data.vision.ImageRecordDataset with a DataLoader"

CSVIter = LeftOut("CSVIter", "use NDArrayIter(numpy.loadtxt(path, delimiter=','), ...)")
ImageDetRecordIter = LeftOut("ImageDetRecordIter", "regluon.cv.data reads pictures with boxes")
ImageRecordInt8Iter = LeftOut("ImageRecordInt8Iter", _RECORDS)
ImageRecordIter = LeftOut("ImageRecordIter", _RECORDS)
ImageRecordUInt8Iter = LeftOut("ImageRecordUInt8Iter", _RECORDS)
LibSVMIter = LeftOut("LibSVMIter", "read the file with another library, and give its numbers to NDArrayIter")
MNISTIter = LeftOut("MNISTIter", "use gluon.data.vision.MNIST with a DataLoader")
