"""Write pictures whole or not at all."""

from pathlib import Path

import numpy as np

from regluon.engine.atomic import replacing

__all__ = ["write_picture"]

WRITTEN = (".bmp", ".jpeg", ".jpg", ".png", ".tif", ".tiff", ".webp")


def write_picture(path: Path, picture: np.ndarray) -> Path:
    """Write a picture whole or not at all.

    Args:
        path: where to; a suffix that pictures are not written in becomes ``.jpg``. Missing folders are made.
        picture: ``(H, W, 3)`` red, green, blue bytes.

    Returns:
        The path written.
    """
    from PIL import Image

    target = path if path.suffix.lower() in WRITTEN else path.with_suffix(".jpg")
    target.parent.mkdir(parents=True, exist_ok=True)
    with replacing(target) as draft:
        Image.fromarray(picture).save(draft, quality=92)
    return target
