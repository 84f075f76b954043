"""Data sets and loaders."""

from regluon.gluon.data.dataloader import DataLoader, default_batchify_fn
from regluon.gluon.data.dataset import ArrayDataset, Dataset, SimpleDataset
from regluon.gluon.data.sampler import BatchSampler, FilterSampler, RandomSampler, Sampler, SequentialSampler

__all__ = [
    "ArrayDataset",
    "BatchSampler",
    "DataLoader",
    "Dataset",
    "FilterSampler",
    "RandomSampler",
    "Sampler",
    "SequentialSampler",
    "SimpleDataset",
    "default_batchify_fn",
]
