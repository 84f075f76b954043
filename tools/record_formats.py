#!/usr/bin/env python
"""Record the files that real MXNet writes: ``.params``, RecordIO and image lists into ``tests/golden/formats``.

Runs where MXNet is installed, never beside the package itself: under 1.9.1 for most of the files, under 2.0 for
those that only 2.x has. Beside the files go ``mxnet1.json`` and ``mxnet2.json``, which say what MXNet reads in them.

    record_formats.py             record what the MXNet that runs it can write
    record_formats.py FOLDER      record into another folder, to compare (``sparse2.params`` has the time in it)
"""

import json
import sys
import types
from pathlib import Path
from typing import Any, Dict, List, Union

import mxnet as mx
import numpy as np

GOLDEN = Path(__file__).resolve().parent.parent / "tests" / "golden" / "formats"
MARK = bytes.fromhex("0a23d7ce")
RECORDS = [
    b"abc", b"", b"four", MARK, MARK + MARK, b"x" + MARK + b"yyy", b"four" + MARK, b"four" + MARK + b"z",
    MARK + b"q", b"abcdefgh" + MARK + b"12345678" + MARK + MARK + b"tail!", MARK[:3] + MARK, MARK * 3 + MARK[:2],
]  # fmt: skip
LABELS = [3, 2.5, [1.0, 2.0, 3.5], [4.0], np.arange(6, dtype=np.float32).reshape(2, 3), [], True]


def main() -> None:
    """Record everything this MXNet can write."""
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else GOLDEN
    folder.mkdir(parents=True, exist_ok=True)
    first = mx.__version__.startswith("1.")
    answers = _record_first(folder) if first else _record_second(folder)
    text = json.dumps(answers, indent=1, ensure_ascii=False) + "\n"
    (folder / ("mxnet1.json" if first else "mxnet2.json")).write_text(text, encoding="utf-8")


def _record_first(folder: Path) -> Dict[str, Any]:
    """Record the list format of 1.x, RecordIO and an image list."""
    params = {
        "dtypes.params": [_filled(dtype) for dtype in mx.nd.ndarray._DTYPE_NP_TO_MX if dtype is not None],
        "named.params": {
            "arg:conv0_weight": _filled(np.float32, (2, 1, 3, 3)),
            "aux:bn0_running_mean": _filled(np.float32, (2,)),
            "größe/尺寸": _filled(np.float16, (1,)),
            "": _filled(np.int8, (2, 2)),
            "no rows": mx.nd.array(np.zeros((0, 3)), dtype="float32"),
        },
        "sparse.params": _sparse_arrays(mx.nd.sparse),
        "nothing.params": {},
    }
    answers = {}
    for name, data in params.items():
        mx.nd.waitall()
        mx.nd.save(str(folder / name), data)
        answers[name] = _described(mx.nd.load(str(folder / name)))
    with mx.util.np_shape(True):
        scalars = {"scalar": mx.nd.array(np.array(2.5)), "no rows": mx.nd.array(np.zeros((0, 3))), "row": mx.nd.ones(2)}
        mx.nd.save(str(folder / "np_shape.params"), scalars)
        answers["np_shape.params"] = _described(mx.nd.load(str(folder / "np_shape.params")))
    answers["records.rec"] = _write_records(folder)
    answers["images.rec"] = _write_images(folder)
    _write_list(folder)
    return answers


def _record_second(folder: Path) -> Dict[str, Any]:
    """Record the archives of 2.x, and the number types that the list format gained."""
    kinds = ["int16", "uint16", "uint32", "uint64"]
    mx.npx.reset_np()
    mx.nd.save(str(folder / "integers.params"), {kind: mx.nd.array([1, 2, 300], dtype=kind) for kind in kinds})
    sparse = _sparse_arrays(mx.nd.sparse)
    mx.nd.waitall()
    mx.npx.savez(str(folder / "sparse2.params"), **sparse)
    answers = {
        "integers.params": _described(mx.nd.load(str(folder / "integers.params"))),
        "sparse2.params": _described(sparse),
    }
    mx.npx.set_np()
    arrays = {
        "features.0.weight": mx.np.arange(6).reshape(2, 3),
        "arg:scalar": mx.np.array(2.5),
        "no/rows": mx.np.zeros((0, 3)),
        **{kind: mx.np.array([1, 0, 100], dtype=kind) for kind in [*kinds, "bool", "float16", "float64", "int64"]},
    }
    mx.npx.savez(str(folder / "archive.params"), **arrays)
    answers["archive.params"] = _described(mx.npx.load(str(folder / "archive.params")))
    return answers


def _filled(dtype: Any, shape: Any = (2, 3)) -> Any:
    values = np.linspace(-1.5, 3, int(np.prod(shape))).reshape(shape)
    if dtype in (np.uint8, np.bool_):
        values = np.abs(values)
    return mx.nd.array(values).astype(dtype)


def _sparse_arrays(sparse: Any) -> Dict[str, Any]:
    rows = np.array([[1, 2], [3, 4]], np.float32)
    values = np.array([1, 2, 3], np.float32)
    return {
        "rows": sparse.row_sparse_array((rows, [1, 3]), shape=(5, 2)),
        "no rows": sparse.zeros("row_sparse", (5, 2)),
        "csr": sparse.csr_matrix((values, [1, 0, 2], [0, 1, 1, 3]), shape=(3, 4)),
        "empty csr": sparse.zeros("csr", (5, 2)),
    }


def _described(data: Union[Dict[str, Any], List[Any]]) -> List[Dict[str, Any]]:
    """Say name, type, shape and bytes of each array, dense."""
    items = data.items() if isinstance(data, dict) else ((None, array) for array in data)
    described = []
    for name, array in items:
        is_sparse = isinstance(array, mx.nd.sparse.BaseSparseNDArray)
        dense = (array.tostype("default") if is_sparse else array).asnumpy()
        kind = "bfloat16" if dense.dtype.names else dense.dtype.name
        described.append({"name": name, "dtype": kind, "shape": dense.shape, "bytes": dense.tobytes().hex()})
    return described


def _write_records(folder: Path) -> List[str]:
    writer = mx.recordio.MXIndexedRecordIO(str(folder / "records.idx"), str(folder / "records.rec"), "w")
    for index, record in enumerate(RECORDS):
        writer.write_idx(index * 10, record)
    writer.close()
    reader = mx.recordio.MXRecordIO(str(folder / "records.rec"), "r")
    return [reader.read().hex() for _ in RECORDS]


def _write_images(folder: Path) -> List[Dict[str, Any]]:
    writer = mx.recordio.MXRecordIO(str(folder / "images.rec"), "w")
    for number, label in enumerate(LABELS):
        writer.write(mx.recordio.pack(mx.recordio.IRHeader(9, label, number, number * 2), b"image %d" % number))
    writer.close()
    reader = mx.recordio.MXRecordIO(str(folder / "images.rec"), "r")
    answers = []
    for given in LABELS:
        header, image = mx.recordio.unpack(reader.read())
        kept = {"flag": header.flag, "label": np.asarray(header.label).tolist(), "id": header.id, "id2": header.id2}
        answers.append({**kept, "given": np.asarray(given).tolist(), "image": image.decode()})
    return answers


def _write_list(folder: Path) -> None:
    sys.path.insert(0, str(Path(mx.__file__).parent / "tools"))
    # im2rec wants OpenCV at once, though it writes lists without.
    sys.modules.setdefault("cv2", types.ModuleType("cv2"))
    import im2rec

    entries = [(0, "cat/first one.jpg", 3), (7, "dog/2.jpg", 2, 5, 1, 0.25, 0.5, 0.75, 1.0), (8, "3.jpg", -1.5)]
    im2rec.write_list(str(folder / "images.lst"), entries)


if __name__ == "__main__":
    main()
