"""Pictures and their boxes: reading, batching, and a data set to try things on."""

from regluon.cv.data import batchify
from regluon.cv.data.digits import DigitScenes
from regluon.cv.data.errors import MissingFileError, MissingPackageError
from regluon.cv.data.image import IMAGE_SUFFIXES, imdecode, imencode, imread, list_images

__all__ = [
    "IMAGE_SUFFIXES",
    "DigitScenes",
    "MissingFileError",
    "MissingPackageError",
    "batchify",
    "imdecode",
    "imencode",
    "imread",
    "list_images",
]
