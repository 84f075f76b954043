"""The one place where picture files are decoded and encoded; Pillow does it, which is imported at the first picture."""

import io
import struct
import zlib
from typing import TYPE_CHECKING, BinaryIO, Literal

import numpy as np

from regluon.core.errors import ArgumentError, FormatError

if TYPE_CHECKING:
    from PIL.Image import Image as Picture

__all__ = ["Reading", "decode", "encode"]

Reading = Literal["seen", "color", "gray", "stored"]
"""How a picture is read: ``seen`` as it is meant to be seen, the others as OpenCV reads it."""

# Weights of red, green and blue, what is added, and how many bits are dropped: OpenCV's, and those of the PNG library,
# to which OpenCV leaves PNG.
_GRAY = np.array([4899, 9617, 1868]), 1 << 13, 14
_GRAY_OF_PNG = np.array([9797, 19234, 3737]), 0, 15


def decode(stream: BinaryIO, who: str, reading: Reading) -> np.ndarray:
    """Read a picture file; of an animation the first picture.

    Args:
        stream: the file, which can seek.
        who: begins what errors say.
        reading: ``seen`` turns as the EXIF orientation says, lays what is transparent over white, and keeps the upper
            8 bits of 16; ``color`` and ``gray`` do not turn, and drop the transparency; ``stored`` besides keeps the
            channels and the depth.

    Returns:
        ``(H, W, 3)`` uint8 RGB; for ``gray`` ``(H, W)`` uint8; for ``stored`` also ``(H, W, 4)``, and uint16.

    Raises:
        FormatError: it is empty, cut short, not a picture, of floating-point numbers, or larger than Pillow's limit
            against decompression bombs.

    Examples:
        >>> decode(io.BytesIO(b"P5 2 1 255 " + bytes([0, 255])), "data", "gray")
        array([[  0, 255]], dtype=uint8)
    """
    from PIL import Image, ImageOps

    if not stream.read(1):
        raise FormatError(f"{who} must be a picture, got an empty file")
    stream.seek(0)
    try:
        with Image.open(stream) as picture:
            if reading == "gray" and picture.mode in ("RGB", "YCbCr"):
                picture.draft("L", picture.size)
            picture.load()
            if reading == "seen":
                return np.array(_over_white(ImageOps.exif_transpose(picture), who))
            return _as_opencv(picture, who, reading, picture.format)
    except Image.UnidentifiedImageError as error:
        raise FormatError(f"{who} must be a picture in a format that Pillow reads, got something else") from error
    except Image.DecompressionBombError as error:
        limit = Image.MAX_IMAGE_PIXELS
        raise FormatError(
            f"{who} must be no larger than PIL.Image.MAX_IMAGE_PIXELS allows ({limit}): {error}"
        ) from error
    except FormatError:
        raise
    except (OSError, ValueError, SyntaxError, EOFError, IndexError, KeyError, struct.error, zlib.error) as error:
        raise FormatError(f"{who} must be a whole, undamaged picture: {error}") from error


def encode(pixels: np.ndarray, who: str, suffix: str, **options: int) -> bytes:
    r"""Make the bytes of a picture file.

    Args:
        pixels: ``(H, W)`` or ``(H, W, 3)`` or ``(H, W, 4)`` uint8, RGB.
        who: begins what errors say, up to "must".
        suffix: the ending of the files that hold such bytes.
        options: Pillow's for this form.

    Examples:
        >>> encode(np.zeros((1, 2), np.uint8), "encode: suffix must", ".pgm")
        b'P5\n2 1\n255\n\x00\x00'
    """
    from PIL import Image

    form = Image.registered_extensions().get(suffix.lower())
    if form not in Image.SAVE:
        raise ArgumentError(f"{who} be one that Pillow writes, as '.jpg' or '.png', got {suffix!r}")
    stream = io.BytesIO()
    Image.fromarray(pixels).save(stream, form, **options)
    return stream.getvalue()


def _over_white(picture: "Picture", who: str) -> "Picture":
    from PIL import Image

    if picture.mode == "F":
        raise _floating(who)
    if picture.mode.startswith("I"):
        return Image.fromarray(_upper_bits(picture)).convert("RGB")
    if picture.has_transparency_data:
        picture = picture.convert("RGBA")
        return Image.alpha_composite(Image.new("RGBA", picture.size, "white"), picture).convert("RGB")
    return picture.convert("RGB")


def _as_opencv(picture: "Picture", who: str, reading: Reading, form: str | None) -> np.ndarray:
    if picture.mode == "F":
        raise _floating(who)
    if picture.mode.startswith("I"):
        gray = np.array(picture).clip(0, 65535).astype(np.uint16) if reading == "stored" else _upper_bits(picture)
    elif picture.mode in ("1", "L"):
        gray = np.array(picture.convert("L"))
    else:
        if reading == "stored" and picture.mode in ("LA", "RGBA"):
            return np.array(picture.convert("RGBA"))
        pixels = np.array(picture.convert("RGB"))
        weights, half, bits = _GRAY_OF_PNG if form == "PNG" else _GRAY
        return pixels if reading != "gray" else ((pixels @ weights + half) >> bits).astype(np.uint8)
    return gray if reading != "color" else np.repeat(gray[:, :, None], 3, axis=2)


def _upper_bits(picture: "Picture") -> np.ndarray:
    return (np.clip(np.asarray(picture), 0, 65535) >> 8).astype(np.uint8)


def _floating(who: str) -> FormatError:
    return FormatError(f"{who} must be a picture of whole numbers, got floating-point ones: scale them to 0..255 first")
