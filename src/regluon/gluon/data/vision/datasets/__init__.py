"""Data sets of pictures: an item is a picture ``(H, W, C)`` uint8 and a label."""

from regluon.gluon.data.vision.datasets.cifar import CIFAR10, CIFAR100
from regluon.gluon.data.vision.datasets.files import ImageFolderDataset, ImageListDataset, ImageRecordDataset
from regluon.gluon.data.vision.datasets.mnist import MNIST, FashionMNIST

__all__ = [
    "CIFAR10",
    "CIFAR100",
    "MNIST",
    "FashionMNIST",
    "ImageFolderDataset",
    "ImageListDataset",
    "ImageRecordDataset",
]
