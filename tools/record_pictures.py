"""Record how MXNet 1.9.1 reads picture files and goes through them, for tests/golden/pictures.npz.

Run it with a Python that has MXNet and Pillow: ``python tools/record_pictures.py tests/golden``. The ``.npz`` holds the
bytes of each file under ``file <name>``, what ``mx.image.imread`` makes of it under ``color <name>`` and
``gray <name>``, and what ``mx.image.ImageIter`` gives: ``cases`` is a JSON list that names the arrays of its batches.
"""

import json
import os
import random
import sys
import tempfile
from pathlib import Path

import mxnet as mx
import numpy as np
from PIL import Image

SOURCES = {
    "records": {"path_imgrec": "pictures.rec"},
    "records by number": {"path_imgrec": "pictures.rec", "path_imgidx": "pictures.idx"},
    "shuffled": {"path_imgrec": "pictures.rec", "path_imgidx": "pictures.idx", "shuffle": True},
    "a part": {"path_imgrec": "pictures.rec", "path_imgidx": "pictures.idx", "num_parts": 2, "part_index": 1},
    "a list file": {"path_imglist": "pictures.lst", "path_root": "."},
    "a list": {"imglist": [[0, "rgb.png"], [1, "rgb.jpg"], [2.5, "gray.png"]], "path_root": "."},
    "two labels": {"path_imgrec": "two.rec", "label_width": 2},
}


def pictures():
    """Make pictures of every kind."""
    rows, columns = np.mgrid[0:12, 0:16]
    colors = np.stack([rows * 16 % 256, columns * 16 % 256, rows * columns % 256], 2).astype("uint8")
    rgb = Image.fromarray(colors)
    turned = Image.Exif()
    turned[0x112] = 6
    opacity = (columns * 16).astype("uint8")
    return {
        "rgb.png": (rgb, {}),
        "rgb.jpg": (rgb, {"quality": 90}),
        "rgb.bmp": (rgb, {}),
        "turned.jpg": (rgb, {"quality": 90, "exif": turned}),
        "gray.png": (rgb.convert("L"), {}),
        "gray.jpg": (rgb.convert("L"), {"quality": 90}),
        "palette.png": (rgb.convert("P"), {}),
        "opacity.png": (Image.fromarray(np.dstack([colors, opacity])), {}),
        "gray opacity.png": (Image.fromarray(np.dstack([colors[..., 0], opacity]), "LA"), {}),
        "deep.png": (Image.fromarray((rows * columns * 300).astype("uint16")), {}),
        "bits.png": (rgb.convert("1"), {}),
    }


def record_files(found):
    """Write the pictures, and record how they are read."""
    for name, (picture, options) in pictures().items():
        picture.save(name, **options)
        found[f"file {name}"] = np.frombuffer(Path(name).read_bytes(), "uint8")
        found[f"color {name}"] = mx.image.imread(name).asnumpy()
        found[f"gray {name}"] = mx.image.imread(name, flag=0).asnumpy()


def write_records():
    """Write five pictures as records and as a list."""
    writer = mx.recordio.MXIndexedRecordIO("pictures.idx", "pictures.rec", "w")
    twice = mx.recordio.MXRecordIO("two.rec", "w")
    lines = []
    for number in range(5):
        name = f"small{number}.png"
        Image.fromarray((np.arange(4 * 5 * 3).reshape(4, 5, 3) + 30 * number).astype("uint8")).save(name)
        content = Path(name).read_bytes()
        writer.write_idx(number, mx.recordio.pack(mx.recordio.IRHeader(0, number / 2, number, 0), content))
        twice.write(mx.recordio.pack(mx.recordio.IRHeader(0, [number, -number], number, 0), content))
        lines.append(f"{number + 10}\t{number * 3}\t{name}\n")
    writer.close()
    twice.close()
    Path("pictures.lst").write_text("".join(lines))


def record_batches(found):
    """Record two times around of every source and every way to end."""
    cases = []
    for source, arguments in SOURCES.items():
        for last in ("pad", "discard", "roll_over"):
            random.seed(3)
            batches = mx.image.ImageIter(
                2, (3, 3, 4), last_batch_handle=last, aug_list=[mx.image.ForceResizeAug((4, 3)), mx.image.CastAug()],
                **arguments,
            )  # fmt: skip
            rounds = []
            for _ in range(2):
                rounds.append([])
                for batch in batches:
                    place = f"batch {len(found)}"
                    found[place] = batch.data[0].asnumpy().astype("uint8")
                    rounds[-1].append({"data": place, "labels": batch.label[0].asnumpy().tolist(), "pad": batch.pad})
                batches.reset()
            cases.append({"source": source, "arguments": arguments, "last": last, "rounds": rounds})
    found["cases"] = np.array(json.dumps(cases))


def main():
    """Record everything."""
    target = Path(sys.argv[1]).resolve() / "pictures.npz"
    found = {}
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        record_files(found)
        write_records()
        for name in ("pictures.rec", "pictures.idx", "pictures.lst", "two.rec"):
            found[f"file {name}"] = np.frombuffer(Path(name).read_bytes(), "uint8")
        for number in range(5):
            found[f"file small{number}.png"] = np.frombuffer(Path(f"small{number}.png").read_bytes(), "uint8")
        record_batches(found)
        os.chdir("/")
    np.savez_compressed(target, **found)


if __name__ == "__main__":
    main()
