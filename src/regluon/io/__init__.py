"""Iterators over batches, as MXNet's older training loops take them: ``mx.io``."""

from regluon.io.arrays import NDArrayIter
from regluon.io.batch import DataBatch, DataDesc, DataIter
from regluon.io.left_out import (
    CSVIter,
    ImageDetRecordIter,
    ImageRecordInt8Iter,
    ImageRecordIter,
    ImageRecordUInt8Iter,
    LibSVMIter,
    MNISTIter,
)
from regluon.io.wrap import PrefetchingIter, ResizeIter

__all__ = [
    "CSVIter",
    "DataBatch",
    "DataDesc",
    "DataIter",
    "ImageDetRecordIter",
    "ImageRecordInt8Iter",
    "ImageRecordIter",
    "ImageRecordUInt8Iter",
    "LibSVMIter",
    "MNISTIter",
    "NDArrayIter",
    "PrefetchingIter",
    "ResizeIter",
]
