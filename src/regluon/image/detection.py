"""MXNet's augmenters and iterator for detection, which are not here: ``regluon.cv`` has what does their work."""

from regluon.io.left_out import LeftOut

__all__ = [
    "CreateDetAugmenter",
    "CreateMultiRandCropAugmenter",
    "DetAugmenter",
    "DetBorrowAug",
    "DetHorizontalFlipAug",
    "DetRandomCropAug",
    "DetRandomPadAug",
    "DetRandomSelectAug",
    "ImageDetIter",
]


_INSTEAD = "regluon.cv.transforms changes pictures together with their boxes, and gluon.data.DataLoader gathers them"

CreateDetAugmenter = LeftOut("CreateDetAugmenter", _INSTEAD)
CreateMultiRandCropAugmenter = LeftOut("CreateMultiRandCropAugmenter", _INSTEAD)
DetAugmenter = LeftOut("DetAugmenter", _INSTEAD)
DetBorrowAug = LeftOut("DetBorrowAug", _INSTEAD)
DetHorizontalFlipAug = LeftOut("DetHorizontalFlipAug", _INSTEAD)
DetRandomCropAug = LeftOut("DetRandomCropAug", _INSTEAD)
DetRandomPadAug = LeftOut("DetRandomPadAug", _INSTEAD)
DetRandomSelectAug = LeftOut("DetRandomSelectAug", _INSTEAD)
ImageDetIter = LeftOut("ImageDetIter", _INSTEAD)
