"""Parameter files that are damaged, lie, or are something else: one named error, at once, in little memory."""

import io
import random
import struct
import time
import tracemalloc
import zipfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from regluon.core.errors import FormatError
from regluon.formats import load_params, save_npz, save_params

GOLDEN = Path(__file__).parent.parent / "golden" / "formats"

HEADER = struct.pack("<QQQ", 0x112, 0, 1)
V2, V3 = (struct.pack("<I", 0xF993FAC9 + step) for step in range(2))
DENSE, ROW_SPARSE, CSR = (struct.pack("<i", kind) for kind in range(3))
CPU_FLOAT32 = struct.pack("<iii", 1, 0, 0)
INT64 = struct.pack("<i", 6)
NO_NAMES = bytes(8)
HUGE = 1 << 59


def shape(*sizes: int) -> bytes:
    return struct.pack(f"<i{len(sizes)}q", len(sizes), *sizes)


def rows(values: bytes, indices: bytes, stored: bytes, whole: bytes) -> bytes:
    count = len(indices) // 8
    return HEADER + V2 + ROW_SPARSE + stored + whole + CPU_FLOAT32 + INT64 + shape(count) + values + indices + NO_NAMES


def csr(pointers: list[int], columns: list[int], whole: bytes = shape(2, 3), values: int = 2) -> bytes:
    return b"".join(
        [
            HEADER, V2, CSR, shape(values), whole, CPU_FLOAT32, INT64, shape(len(pointers)), INT64, shape(len(columns)),
            bytes(4 * values), struct.pack(f"<{len(pointers)}q", *pointers), struct.pack(f"<{len(columns)}q", *columns),
            NO_NAMES,
        ]
    )  # fmt: skip


ONE = HEADER + V2 + DENSE + shape(1) + CPU_FLOAT32 + bytes(4)


WRONG_LISTS = {
    "head": (HEADER[:20], "header at byte 0: the file is cut short: 24 bytes must follow, but only 20"),
    "2**60 arrays": (
        struct.pack("<QQQ", 0x112, 0, 1 << 60),
        "header at byte 0: number of arrays must fit in the 0 bytes left",
    ),
    "2**59 elements": (
        HEADER + V2 + DENSE + shape(HUGE) + CPU_FLOAT32,
        f"array 0 at byte 56: the file is cut short: {HUGE * 4} bytes must follow, but only 0 are left",
    ),
    "2**60 elements": (
        HEADER + V2 + DENSE + shape(1 << 30, 1 << 30) + CPU_FLOAT32,
        r"array 0 at byte 36: shape must have no negative axis and fewer than 2\*\*60 elements",
    ),
    "empty, yet huge": (HEADER + V2 + DENSE + shape(0, 1 << 62, 1 << 62) + CPU_FLOAT32, "fewer than .* elements"),
    "negative axis": (HEADER + V2 + DENSE + shape(-1) + CPU_FLOAT32, r"no negative axis .* got \(-1,\)"),
    "V0 axes": (HEADER + struct.pack("<I", 77), "at byte 24: number of axes must be 0 to 32, got 77"),
    "V2 axes": (HEADER + V2 + DENSE + struct.pack("<i", -1), "number of axes must be 0 to 32, got -1"),
    "V3 axes": (HEADER + V3 + DENSE + struct.pack("<i", -2), "number of axes must be 0 to 32, got -2"),
    "kind": (HEADER + V2 + struct.pack("<i", 3), r"at byte 28: storage kind must be 0 .* 1 .* or 2 \(csr\), got 3"),
    "sparse V3": (HEADER + V3 + ROW_SPARSE, r"storage kind must be 0 \(dense\), got 1"),
    "type": (
        HEADER + V2 + DENSE + shape(1) + struct.pack("<iii", 1, 0, 13),
        "at byte 52: type code must be 0 to 12, got 13",
    ),
    "type of indices": (
        HEADER + V2 + ROW_SPARSE + shape(1) + shape(1) + CPU_FLOAT32 + bytes(4) + shape(1) + bytes(8),
        "row_sparse indices must be signed integers, got float32",
    ),
    "names": (ONE + struct.pack("<Q", 2), "names at byte 60: number of names must be 0 or that .* 1, got 2"),
    "length of a name": (ONE + struct.pack("<QQ", 1, 1 << 63), "name of array 0 at byte 76: the file is cut short"),
    "letters of a name": (
        ONE + struct.pack("<QQ", 1, 1) + b"\xff",
        r"name of array 0 at byte 76: name must be UTF-8, got b'\\xff'",
    ),
    "more": (ONE + NO_NAMES + b"!", "end at .*: nothing must follow the names, got 1 more bytes"),
    "row beyond": (
        rows(bytes(8), struct.pack("<q", 5), shape(1, 2), shape(5, 2)),
        r"array 0 at byte 108: row_sparse indices must be in \[0, 5\), got 5 to 5",
    ),
    "row -1": (rows(bytes(8), struct.pack("<q", -1), shape(1, 2), shape(5, 2)), "indices must be in .* got -1 to -1"),
    "rows' shape": (rows(bytes(8), struct.pack("<q", 0), shape(2, 1), shape(5, 2)), "row_sparse values must be"),
    "2**40 rows": (
        rows(bytes(4), struct.pack("<q", 0), shape(1), shape(1 << 40)),
        f"at most expansion=1073741824 bytes more than the file, but shape .* takes {4 << 40}; give a larger expansion",
    ),
    "column beyond": (csr([0, 1, 2], [0, 3]), r"csr indices must be in \[0, 3\), got 0 to 3"),
    "pointers": (csr([0, 1], [0, 1]), r"csr parts must be .* got \(2,\), \(2,\), \(2,\)"),
    "columns": (csr([0, 1, 2], [0]), "csr parts must be"),
    "csr of one axis": (csr([0, 1, 2], [0, 1], shape(2)), "csr parts must be"),
    "pointer beyond": (csr([0, 3, 2], [0, 1]), r"csr indptr must be in \[0, 3\), got 0 to 3"),
    "falling": (csr([0, 2, 1, 2], [0, 1], shape(3, 3)), "indptr must rise from 0 to .* 2, and never"),
    "value of no row": (csr([0, 1, 1], [0, 1]), "csr indptr must rise"),
    "late start": (csr([1, 1, 2], [0, 1]), "csr indptr must rise"),
}


@pytest.mark.parametrize(("content", "words"), WRONG_LISTS.values(), ids=WRONG_LISTS)
def test_says_what_is_wrong(content: bytes, words: str):
    with pytest.raises(FormatError, match=f"^load_params: bytes, .*{words}"):
        load_params(content)


def test_names_the_file(tmp_path: Path):
    (tmp_path / "my.params").write_bytes(HEADER)
    with pytest.raises(FormatError, match=r"^load_params: .*my\.params, header at byte 0: number of arrays must fit"):
        load_params(tmp_path / "my.params")


def test_a_file_that_shrinks_meanwhile_is_cut_short(monkeypatch: pytest.MonkeyPatch):
    class Shrinking(io.BytesIO):
        def seek(self, offset: int, whence: int = 0) -> int:
            return super().seek(offset, whence) + (8 if whence else 0)

    monkeypatch.setattr("regluon.formats.params.io.BytesIO", Shrinking)
    with pytest.raises(FormatError, match="8 bytes must follow, but only 0 came: the size stated is wrong"):
        load_params(ONE)


@pytest.mark.parametrize(
    ("head", "words"),
    [
        (b"", "an empty file"),
        (b"<!DOCTYPE html><html>", "a web page or the error message of a file server: the download failed"),
        (b'\n<?xml version="1.0"?><Error><Code>AccessDenied', "a web page or the error message"),
        (b"\x1f\x8b\x08", "a gzip archive: unpack it first .SageMaker's model.tar.gz holds"),
        (b"version https://git-lfs.github.com/spec/v1\n", "a Git LFS pointer, .* run 'git lfs pull'"),
        (b"\x80\x04\x95", "a Python pickle, which can run any code and is never opened here"),
        (struct.pack("<Q", 40) + b'{"x":{"dtype":"F32"', "a safetensors file"),
        (b'{"nodes": [', "JSON: a '-symbol.json' file holds the graph"),
        (b"\x0a\x23\xd7\xce\x03\x00", "a RecordIO file: MXRecordIO reads it"),
        (b"\xb7\x9c\x04\x05\x4f\x8d\xe5\xf7", "the parameters of a model compiled by TVM"),
        (b"7767517\n75 83\n", "the graph of an ncnn model"),
        (b"\x93NUMPY\x01\x00", "a single numpy array: numpy.load reads it"),
        (b"model/".ljust(257, b"\0") + b"ustar", "a tar archive: unpack it first"),
        (bytes(600), "nothing but zeros"),
        (b"\x12\x02\x00\x00\x00\x00\x00\x00", r"no file known here; it begins with b'\\x12\\x02"),
    ],
)
def test_says_what_else_the_file_is(head: bytes, words: str):
    with pytest.raises(FormatError, match=f"^load_params: bytes: must be an MXNet parameter file, got {words}"):
        load_params(head)


def archive(compression: int = zipfile.ZIP_STORED, **members: bytes) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", compression) as made:
        for name, content in members.items():
            made.writestr(name.replace("__", "/"), content)
    return stream.getvalue()


def npy(header: str, values: bytes = b"") -> bytes:
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header.encode() + values


def described(shape: str, kind: str = "'<f4'", order: str = "False") -> str:
    return f"{{'descr': {kind}, 'fortran_order': {order}, 'shape': ({shape}), }}\n"


WRONG_ARCHIVES = {
    "no arrays": (archive(**{"x.txt": b"hello"}), "must hold .npy arrays, got 'x.txt'"),
    "torch": (archive(**{"archive__data.pkl": b"", "archive__version": b"3"}), "got a PyTorch checkpoint: torch.load"),
    "not npy": (archive(**{"x.npy": b"hello there"}), "array 'x' at byte 0: member must begin as a .npy"),
    "short": (archive(**{"x.npy": b"hi"}), "array 'x' at byte 0: the file is cut short: 8 bytes must"),
    "2**59 elements": (archive(**{"x.npy": npy(described(f"{HUGE},"))}), "'x' at byte .*: the file is cut short"),
    "2**60 elements": (
        archive(**{"x.npy": npy(described(f"{1 << 30}, {1 << 30}"))}),
        "shape must have at most 32 axes",
    ),
    "33 axes": (archive(**{"x.npy": npy(described("1," * 33))}), "shape must have at most 32 axes"),
    "object": (
        archive(**{"x.npy": npy(described("1,", "'|O'"), b"x")}),
        "a number type that MXNet has, got {'descr': '|O'",
    ),
    "negative axis": (archive(**{"x.npy": npy(described("-1,"))}), "header must be numpy's"),
    "code": (archive(**{"x.npy": npy("__import__('os')")}), "header must be numpy's"),
    "more": (archive(**{"x.npy": npy(described("1,"), bytes(5))}), "nothing must follow the values, got 1 more"),
    "bzip2": (
        archive(zipfile.ZIP_BZIP2, **{"x.npy": npy(described("1,"), bytes(4))}),
        "array 'x': compression must be 0 .none. or 8 .deflate., got 12",
    ),
    "bomb": (
        archive(zipfile.ZIP_DEFLATED, **{"x.npy": npy(described(f"{1 << 22},"), bytes(1 << 24))}),
        "at most expansion=1000000 .* but its members take 167",
    ),
    "cut": (archive(**{"x.npy": npy(described("1,"), bytes(4))})[:-30], "zip archive must be whole"),
}


@pytest.mark.parametrize(("content", "words"), WRONG_ARCHIVES.values(), ids=WRONG_ARCHIVES)
def test_says_what_is_wrong_with_an_archive(content: bytes, words: str):
    with pytest.raises(FormatError, match=f"^load_params: bytes.*{words}"):
        load_params(content, expansion=1_000_000)


def test_says_that_an_archive_is_damaged():
    content = bytearray(archive(**{"x.npy": npy(described("4,"), b"0123456789abcdef")}))
    content[content.index(b"9ab")] ^= 1
    with pytest.raises(FormatError, match=r"zip archive must be whole and unlocked, got Bad CRC-32 for file 'x\.npy'"):
        load_params(bytes(content))


def test_says_that_an_archive_holds_a_name_twice():
    content = archive(**{"a.npy": npy(described("1,"), bytes(4)), "b.npy": npy(described("1,"), bytes(4))})
    with pytest.raises(FormatError, match="the zip archive must hold each name once"):
        load_params(content.replace(b"b.npy", b"a.npy"))


def test_many_members_of_the_same_bytes_take_no_more_than_allowed():
    # Each entry of the directory points at the first member: little to store, much to unpack.
    members = {f"{index:03}.npy": npy(described("1000,"), bytes(4000)) if index == 0 else b"" for index in range(300)}
    content = bytearray(archive(**members))
    first = content.index(b"PK\x01\x02")
    size = content.index(b"PK\x01\x02", first + 4) - first
    for index in range(1, 300):
        entry = first + index * size
        content[entry + 16 : entry + 28] = content[first + 16 : first + 28]
        content[entry + 42 : entry + 46] = content[first + 42 : first + 46]
    with pytest.raises(FormatError, match="but its members take 1"):
        load_params(bytes(content), expansion=1_000_000)


SPARSE_PARTS = {
    "x__data": npy(described("1, 2"), bytes(8)),
    "x__indices": npy(described("1,", "'<i8'"), bytes(8)),
    "x__shape": npy(described("2,", "'<i8'"), struct.pack("<qq", 5, 2)),
    "x__format": npy("anything", b"row_sparse"),
}


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"x__format": npy("anything", b"csr")}, "format.npy must say 'row_sparse', got b'csr'"),
        ({"x__shape": npy(described("2,"), bytes(8))}, "shape.npy must be a row of int64 from 0 up, got float32"),
        ({"x__shape": npy(described("2,", "'<i8'"), struct.pack("<qq", -5, 2))}, "from 0 up, got int64"),
        ({"x__indices": npy(described("1,", "'<i8'"), struct.pack("<q", 9))}, r"must be in \[0, 5\), got 9 to 9"),
        (
            {"x__indices": npy(described("1,", "'<f4'"), bytes(4))},
            "row_sparse indices must be signed integers, got float32",
        ),
        ({"x__shape": npy(described("2,", "'<i8'"), struct.pack("<qq", 1 << 50, 2))}, "at most expansion=1073741824"),
    ],
)
def test_says_what_is_wrong_with_a_sparse_array_in_an_archive(change: dict[str, bytes], words: str):
    parts = {f"{name}.npy": content for name, content in (SPARSE_PARTS | change).items()}
    with pytest.raises(FormatError, match=f"^load_params: bytes, array 'x'.*{words}"):
        load_params(archive(**parts))


def test_leaves_out_what_is_no_array():
    content = archive(**{"x.npy": npy(described("1,"), bytes(4)), "note.txt": b"hello"})
    assert load_params(content) == {"x": np.float32(0)}


def samples(folder: Path) -> Iterator[bytes]:
    """Small files of every kind."""
    generator = np.random.default_rng(0)
    data = {"a": generator.random((2, 2), np.float32), "b": generator.integers(0, 9, 3)}
    save_params(folder / "x", data)
    yield (folder / "x").read_bytes()
    save_npz(folder / "x", {"a": np.ones(2, np.float32)})
    yield (folder / "x").read_bytes()
    np.savez_compressed(folder / "x.npz", a=np.ones(3), b=np.zeros((2, 2)))
    yield (folder / "x.npz").read_bytes()
    for name in ("sparse", "dtypes", "np_shape", "archive", "sparse2"):
        yield (GOLDEN / f"{name}.params").read_bytes()


def damaged(sample: bytes, dice: random.Random, cases: int) -> Iterator[bytes]:
    """Cut at every length or some hundred, flip, overwrite with extreme numbers, splice."""
    yield from (sample[:length] for length in range(0, len(sample), max(1, len(sample) // 150)))
    extremes = [bytes(8), b"\xff" * 8, b"\xff" * 7 + b"\x7f", struct.pack("<Q", 1 << 40), struct.pack("<Q", 1 << 20)]
    for _ in range(cases):
        content = bytearray(sample)
        for _ in range(dice.choice((1, 1, 2, 5))):
            start, size = dice.randrange(len(content)), dice.choice((1, 4, 8))
            match dice.randrange(4):
                case 0:
                    content[start] ^= 1 << dice.randrange(8)
                case 1:
                    content[start : start + size] = dice.choice(extremes)[:size]
                case 2:
                    content[start : start + size] = b""
                case _:
                    other = dice.randrange(len(content))
                    content[start : start + size * 3] = content[other : other + size * 5]
            content = content or bytearray(b"\0")
        yield bytes(content)


def test_damage_is_found_or_harmless_quick_and_small(tmp_path: Path):
    dice = random.Random(0)
    refused = total = 0
    slowest = 0.0
    tracemalloc.start()
    try:
        for sample in samples(tmp_path):
            for content in damaged(sample, dice, 400):
                total += 1
                before = time.perf_counter()
                try:
                    load_params(content, expansion=100_000)
                except FormatError:
                    refused += 1
                slowest = max(slowest, time.perf_counter() - before)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert total > 4000
    # Some damage falls on values, which only an archive has checksums for.
    assert refused > total / 2
    assert peak < 4_000_000
    assert slowest < 1


def test_every_cut_is_found(tmp_path: Path):
    save_params(tmp_path / "x", {"a": np.ones((2, 2), np.float32), "b": np.arange(3)})
    sample = (tmp_path / "x").read_bytes()
    for length in range(len(sample)):
        with pytest.raises(FormatError, match=r"cut short|must be an MXNet parameter file|must fit in"):
            load_params(sample[:length])


def test_a_false_claim_takes_no_memory():
    claim = HEADER + V2 + DENSE + shape(HUGE) + CPU_FLOAT32 + bytes(100)
    tracemalloc.start()
    try:
        with pytest.raises(FormatError, match="the file is cut short"):
            load_params(claim)
        assert tracemalloc.get_traced_memory()[1] < 100_000
    finally:
        tracemalloc.stop()
