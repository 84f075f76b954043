"""Records with pictures; the container itself is tested with the formats."""

import numpy as np
import pytest

from regluon import recordio
from regluon.core.errors import ArgumentError, FormatError, ShapeError

HEADER = recordio.IRHeader(0, 4.0, 7, 0)


@pytest.mark.parametrize("shape", [(6, 8), (6, 8, 1), (6, 8, 3), (6, 8, 4)], ids=str)
def test_png_loses_nothing(shape: tuple[int, ...]):
    picture = np.random.RandomState(0).randint(0, 256, shape).astype(np.uint8)
    header, found = recordio.unpack_img(recordio.pack_img(HEADER, picture, quality=3, img_fmt=".png"))
    assert header == HEADER
    np.testing.assert_array_equal(found, picture[..., 0] if shape[-1] == 1 else picture)


def test_jpeg_is_near():
    rows, columns = np.mgrid[0:16, 0:24]
    picture = np.stack([rows * 8, columns * 8, rows * 0 + 90], 2).astype(np.uint8)
    found = recordio.unpack_img(recordio.pack_img(HEADER, picture), iscolor=1)[1]
    assert np.abs(found.astype(int) - picture).max() < 16


def test_refusals():
    picture = np.zeros((2, 2, 3), np.uint8)
    with pytest.raises(
        ShapeError, match=r"pack_img: img must be \(H, W\) or \(H, W, 3\) uint8, got \(2, 2, 3\) float64"
    ):
        recordio.pack_img(HEADER, picture / 2)
    with pytest.raises(ShapeError, match=r"got \(2,\) uint8"):
        recordio.pack_img(HEADER, picture[0, 0, :2])
    with pytest.raises(ArgumentError, match=r"pack_img: img_fmt must be one that Pillow writes, as .*, got '.none'"):
        recordio.pack_img(HEADER, picture, img_fmt=".none")
    with pytest.raises(ArgumentError, match=r"pack_img: quality must be in \[0, 9\] for PNG, got 95"):
        recordio.pack_img(HEADER, picture, img_fmt=".png")
    with pytest.raises(ArgumentError, match="unpack_img: iscolor must be one of -1, 0, 1, got 2"):
        recordio.unpack_img(recordio.pack_img(HEADER, picture), 2)
    with pytest.raises(FormatError, match="unpack_img: the picture in s must be a picture"):
        recordio.unpack_img(recordio.pack(HEADER, b"nothing"))
