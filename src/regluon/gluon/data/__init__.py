"""Data sets and loaders."""

from regluon.gluon.data import batchify, vision
from regluon.gluon.data.dataloader import DataLoader, default_batchify_fn
from regluon.gluon.data.dataset import ArrayDataset, Dataset, RecordFileDataset, SimpleDataset
from regluon.gluon.data.sampler import (
    BatchSampler,
    FilterSampler,
    IntervalSampler,
    RandomSampler,
    Sampler,
    SequentialSampler,
)

__all__ = [
    "ArrayDataset",
    "BatchSampler",
    "DataLoader",
    "Dataset",
    "FilterSampler",
    "IntervalSampler",
    "RandomSampler",
    "RecordFileDataset",
    "Sampler",
    "SequentialSampler",
    "SimpleDataset",
    "batchify",
    "default_batchify_fn",
    "vision",
]
