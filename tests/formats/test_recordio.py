"""RecordIO: what real MXNet wrote is read, what is written is what it would have written, and damage is named."""

import json
import os
import pickle
import random
import struct
import threading
import time
import tracemalloc
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from regluon.core.errors import (
    ArgumentError,
    ArgumentTypeError,
    FormatError,
    MXNetError,
    NotSupportedError,
    UnknownNameError,
)
from regluon.formats import IRHeader, MXIndexedRecordIO, MXRecordIO, pack, unpack

GOLDEN = Path(__file__).parent.parent / "golden" / "formats"
ANSWERS: dict[str, Any] = json.loads((GOLDEN / "mxnet1.json").read_text(encoding="utf-8"))
RECORDS = [bytes.fromhex(record) for record in ANSWERS["records.rec"]]
IMAGES = ANSWERS["images.rec"]

MARK = bytes.fromhex("0a23d7ce")


def part(kind: int, content: bytes, length: int | None = None) -> bytes:
    """One part of a record: 0 whole, 1 first, 2 middle, 3 last."""
    word = kind << 29 | (len(content) if length is None else length)
    return MARK + struct.pack("<I", word) + content + bytes(-len(content) % 4)


def read_all(path: Path) -> list[bytes]:
    with MXRecordIO(path, "r") as reader:
        return list(iter(reader.read, None))


def write_all(path: Path, records: list[bytes]) -> None:
    with MXRecordIO(path, "w") as writer:
        for record in records:
            writer.write(record)


@pytest.fixture
def pair(tmp_path: Path) -> tuple[Path, Path]:
    """An index and its records, keys 0 to 49."""
    paths = tmp_path / "x.idx", tmp_path / "x.rec"
    with MXIndexedRecordIO(*paths, "w") as writer:
        for key in range(50):
            writer.write_idx(key, content(key))
    return paths


def content(key: int) -> bytes:
    return b"%d " % key * (key + 1)


def test_reads_what_mxnet_reads():
    assert read_all(GOLDEN / "records.rec") == RECORDS
    with MXIndexedRecordIO(GOLDEN / "records.idx", GOLDEN / "records.rec", "r") as reader:
        assert reader.keys == [10 * index for index in range(len(RECORDS))]
        assert [reader.read_idx(key) for key in reversed(reader.keys)] == RECORDS[::-1]


def test_writes_what_mxnet_writes(tmp_path: Path):
    with MXIndexedRecordIO(tmp_path / "x.idx", tmp_path / "x.rec", "w") as writer:
        for index, record in enumerate(RECORDS):
            writer.write_idx(10 * index, record)
    assert (tmp_path / "x.rec").read_bytes() == (GOLDEN / "records.rec").read_bytes()
    assert (tmp_path / "x.idx").read_bytes() == (GOLDEN / "records.idx").read_bytes()


def test_unpacks_what_mxnet_packed():
    for record, answer in zip(read_all(GOLDEN / "images.rec"), IMAGES, strict=True):
        header, image = unpack(record)
        assert np.asarray(header.label).tolist() == answer["label"]
        assert (header.flag, header.id, header.id2) == (answer["flag"], answer["id"], answer["id2"])
        assert image == answer["image"].encode()


def test_packs_what_mxnet_packed():
    packed = [pack((9, each["given"], each["id"], each["id2"]), each["image"].encode()) for each in IMAGES]
    assert packed == read_all(GOLDEN / "images.rec")


def test_labels_can_be_changed():
    header, _ = unpack(pack(IRHeader(0, np.array([1, 2]), 0, 0), b""))
    header.label[0] = 5
    assert header.label.tolist() == [5, 2]


# Every piece is a mark, part of one, or bytes that move the next out of step.
PIECES = st.lists(st.sampled_from([MARK, MARK[:1], MARK[:3], b"a", b"four"]), max_size=12).map(b"".join)


@given(records=st.lists(st.one_of(PIECES, st.binary(max_size=40)), max_size=8))
def test_what_is_written_comes_back(records: list[bytes], tmp_path_factory: pytest.TempPathFactory):
    path = tmp_path_factory.getbasetemp() / "any.rec"
    write_all(path, records)
    assert read_all(path) == records
    words = path.read_bytes()
    marks = sum(words[start : start + 4] == MARK for start in range(0, len(words), 4))
    inside = sum(record[start : start + 4] == MARK for record in records for start in range(0, len(record), 4))
    assert marks == len(records) + inside


def test_a_record_of_many_parts(tmp_path: Path):
    record = b"begin123" + MARK * 3 + b"end"
    write_all(tmp_path / "x.rec", [record])
    parts = part(1, b"begin123") + part(2, b"") + part(2, b"") + part(3, b"end")
    assert (tmp_path / "x.rec").read_bytes() == parts
    assert read_all(tmp_path / "x.rec") == [record]


def test_accepts_any_bytes(tmp_path: Path):
    with MXRecordIO(str(tmp_path / "x.rec"), "w") as writer:
        writer.write(bytearray(b"one"))
        writer.write(memoryview(b"two"))
    assert read_all(tmp_path / "x.rec") == [b"one", b"two"]


def test_tells_and_seeks_and_resets(pair: tuple[Path, Path]):
    with MXIndexedRecordIO(*pair, "r") as reader:
        assert reader.tell() == 0
        assert reader.read() == content(0)
        assert reader.tell() == reader.idx[1]
        reader.seek(7)
        assert reader.read() == content(7)
        assert reader.read_idx(3) == content(3)
        assert reader.read() == content(4)
        reader.reset()
        assert reader.read() == content(0)
        reader.seek(49)
        assert (reader.read(), reader.read(), reader.read()) == (content(49), None, None)


def test_reset_of_a_writer_empties_both_files(pair: tuple[Path, Path]):
    with MXIndexedRecordIO(*pair, "w") as writer:
        writer.write_idx(1, b"old")
        writer.reset()
        assert (writer.tell(), writer.keys, writer.idx) == (0, [], {})
        writer.write_idx(2, b"new")
    assert pair[0].read_text() == "2\t0\n"
    assert read_all(pair[1]) == [b"new"]


def test_records_are_in_the_file_at_once(tmp_path: Path):
    writer = MXIndexedRecordIO(tmp_path / "x.idx", tmp_path / "x.rec", "w", key_type=str)
    writer.write_idx("first one", b"abc")
    assert read_all(tmp_path / "x.rec") == [b"abc"]
    assert (tmp_path / "x.idx").read_text() == "first one\t0\n"
    writer.close()


def test_keys_may_be_text(tmp_path: Path):
    with MXIndexedRecordIO(tmp_path / "x.idx", tmp_path / "x.rec", "w", key_type=str) as writer:
        writer.write_idx("größe", b"abc")
        writer.write_idx("größe", b"abcd")
        for key in ("a\tb", "a\nb", " a"):
            with pytest.raises(ArgumentError, match="idx must have no tabs, line ends or outer blanks, got"):
                writer.write_idx(key, b"")
    with MXIndexedRecordIO(tmp_path / "x.idx", tmp_path / "x.rec", "r", key_type=str) as reader:
        assert reader.keys == ["größe", "größe"]
        assert reader.read_idx("größe") == b"abcd"


def test_closing_twice_and_opening_again(pair: tuple[Path, Path]):
    reader = MXIndexedRecordIO(*pair, "r")
    reader.close()
    reader.close()
    assert not reader.is_open
    reader.open()
    assert reader.is_open
    assert reader.read() == content(0)
    reader.close()


def in_child(action: Callable[[], bool]) -> bool:
    """Fork, and say whether the action was true there."""
    child = os.fork()
    if child == 0:
        right = False
        try:
            right = action()
        finally:
            os._exit(0 if right else 1)
    return os.waitpid(child, 0)[1] == 0


fork = pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")


@fork
# Python warns of forks beside threads, which torch has started; the child here touches none of it.
@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_a_fork_reads_on_its_own(pair: tuple[Path, Path]):
    with MXIndexedRecordIO(*pair, "r") as reader:
        assert [reader.read() for _ in range(3)] == [content(0), content(1), content(2)]

        def goes_on() -> bool:
            mine = [reader.read() for _ in range(20)]
            return mine == [content(key) for key in range(3, 23)] and reader.read_idx(40) == content(40)

        assert in_child(goes_on)
        assert reader.read() == content(3)


@fork
@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_forks_read_at_the_same_time(pair: tuple[Path, Path]):
    with MXIndexedRecordIO(*pair, "r") as reader:
        reader.read()
        children = []
        for seed in range(3):
            child = os.fork()
            if child == 0:
                right = False
                try:
                    dice = random.Random(seed)
                    keys = [dice.randrange(50) for _ in range(300)]
                    right = all(reader.read_idx(key) == content(key) for key in keys)
                finally:
                    os._exit(0 if right else 1)
            children.append(child)
        assert all(reader.read_idx(key % 50) == content(key % 50) for key in range(300))
        assert [os.waitpid(child, 0)[1] for child in children] == [0, 0, 0]


@fork
@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_a_fork_does_not_write(tmp_path: Path):
    with MXIndexedRecordIO(tmp_path / "x.idx", tmp_path / "x.rec", "w") as writer:
        writer.write_idx(0, b"before")

        def refused() -> bool:
            with pytest.raises(MXNetError, match="must be written by the process that opened it, got a fork of it"):
                writer.write(b"from the child")
            return True

        assert in_child(refused)
        writer.write_idx(1, b"after")
    assert read_all(tmp_path / "x.rec") == [b"before", b"after"]
    assert (tmp_path / "x.idx").read_text() == "0\t0\n1\t16\n"


def test_another_process_opens_a_file_of_its_own(pair: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch):
    with MXIndexedRecordIO(*pair, "r") as reader:
        reader.seek(5)
        before = reader._file
        monkeypatch.setattr("os.getpid", lambda: -1)
        assert reader.read() == content(5)
        assert reader._file is not before
        assert reader.read() == content(6)


def test_another_process_does_not_write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    with MXRecordIO(tmp_path / "x.rec", "w") as writer:
        monkeypatch.setattr("os.getpid", lambda: -1)
        with pytest.raises(MXNetError, match="must be written by the process that opened it, got a fork of it"):
            writer.write(b"")


def test_threads_share_a_reader(pair: tuple[Path, Path]):
    with MXIndexedRecordIO(*pair, "r") as reader, ThreadPoolExecutor(4) as pool:
        keys = [key % 50 for key in range(2000)]
        assert list(pool.map(reader.read_idx, keys)) == [content(key) for key in keys]


def test_threads_share_a_writer(tmp_path: Path):
    with MXIndexedRecordIO(tmp_path / "x.idx", tmp_path / "x.rec", "w") as writer:
        threads = [
            threading.Thread(target=lambda first=first: [writer.write_idx(k, content(k)) for k in range(first, 50, 4)])
            for first in range(4)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    with MXIndexedRecordIO(tmp_path / "x.idx", tmp_path / "x.rec", "r") as reader:
        assert [reader.read_idx(key) for key in range(50)] == [content(key) for key in range(50)]


class Named(MXIndexedRecordIO):
    """A reader with something of its own."""

    name = "none"


def test_a_reader_can_be_pickled(pair: tuple[Path, Path]):
    with Named(*pair, "r") as reader:
        reader.name = "mine"
        reader.seek(5)
        with pickle.loads(pickle.dumps(reader)) as again:
            assert (again.read(), again.keys, again.name) == (content(0), reader.keys, "mine")
        assert reader.read() == content(5)
    closed = pickle.loads(pickle.dumps(reader))
    assert not closed.is_open
    assert closed.tell() == 0


def test_an_open_writer_cannot_be_pickled(tmp_path: Path):
    with MXRecordIO(tmp_path / "x.rec", "w") as writer:
        writer.write(b"abc")
        with pytest.raises(NotSupportedError, match=r"an open writer must not be pickled.*close it first"):
            pickle.dumps(writer)
    assert not pickle.loads(pickle.dumps(writer)).is_open
    assert read_all(tmp_path / "x.rec") == [b"abc"]


def test_says_what_it_is_not_for(pair: tuple[Path, Path]):
    with pytest.raises(ArgumentError, match="MXRecordIO: flag must be one of 'r', 'w', got 'a'"):
        MXRecordIO(pair[1], "a")
    with pytest.raises(FileNotFoundError, match="No such file"):
        MXRecordIO(pair[1].with_name("none.rec"), "r")
    with MXIndexedRecordIO(*pair, "r") as reader:
        with pytest.raises(ArgumentError, match=r"MXIndexedRecordIO: flag must be 'w' for this, got 'r' for .*x\.rec"):
            reader.write_idx(1, b"")
        with pytest.raises(UnknownNameError, match=r"idx must be one of the 50 keys of .*x\.idx, got 99"):
            reader.read_idx(99)
    with pytest.raises(ArgumentError, match=r"file must be open, got .*x\.rec' closed; call open\(\) first"):
        reader.read()
    with MXRecordIO(pair[1], "w") as writer:
        with pytest.raises(ArgumentError, match="flag must be 'r' for this, got 'w'"):
            writer.read()
        with pytest.raises(ArgumentTypeError, match="buf must be bytes, got str"):
            writer.write("text")  # type: ignore[arg-type]


def test_says_that_a_record_is_too_long(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("regluon.formats.recordio.MAX_LENGTH", 10)
    with (
        MXRecordIO(tmp_path / "x.rec", "w") as writer,
        pytest.raises(ArgumentError, match=r"buf must have fewer than 2\*\*29 bytes, got 11"),
    ):
        writer.write(bytes(11))


@pytest.mark.parametrize(
    ("file", "words"),
    [
        pytest.param(b"\x00" * 8, "byte 0: a record must begin with 0a23d7ce and a length, got 0000", id="mark"),
        pytest.param(part(0, b"abc") + MARK, "byte 12: a record must begin with .* got 0a23d7ce$", id="cut head"),
        pytest.param(
            part(0, b"", (1 << 29) - 1),
            "byte 0: the file is cut short: 536870912 bytes must follow, but only 0 are left",
            id="length",
        ),
        pytest.param(part(0, b"abc")[:-1], "cut short: 4 bytes must follow, but only 3 are left", id="padding"),
        pytest.param(part(2, b"abc"), r"part of the record must be 0 \(whole\) or 1 \(first\), got 2", id="middle"),
        pytest.param(part(7, b"abc"), "part of the record must be 0 .* got 7", id="part 7"),
        pytest.param(
            part(1, b"abcd") + part(0, b"abc"), r"byte 12: .* 2 \(middle\) or 3 \(last\), got 0", id="no last"
        ),
        pytest.param(part(1, b"abcd"), "byte 12: a record must begin with .* got $", id="end after first"),
    ],
)
def test_says_what_is_wrong(file: bytes, words: str, tmp_path: Path):
    (tmp_path / "x.rec").write_bytes(file)
    with pytest.raises(FormatError, match=rf"MXRecordIO: .*x\.rec, record at {words}|MXRecordIO: .*x\.rec, .*{words}"):
        read_all(tmp_path / "x.rec")


@pytest.mark.parametrize(
    ("index", "words"),
    [
        (b"0\t0\n1\n", r"line 2: must be a key, a tab and a position, got b'1\\n'"),
        (b"zero\t0\n", "line 1: must be a key, a tab and a position"),
        (b"0\t0\n\n1\tx\n", "line 3: must be a key, a tab and a position"),
        (b"\xff\t0\n", "line 1: must be a key, a tab and a position"),
        (b"0\t99999\n", r"line 1: position must be within the \d+ bytes of .*x\.rec, got 99999; is it the index of"),
        (b"0\t-4\n", "line 1: position must be within .* got -4"),
    ],
)
def test_says_what_is_wrong_with_an_index(index: bytes, words: str, pair: tuple[Path, Path]):
    pair[0].write_bytes(index)
    with pytest.raises(FormatError, match=rf"MXIndexedRecordIO: .*x\.idx, {words}"):
        MXIndexedRecordIO(*pair, "r")


def test_says_that_a_file_was_cut_after_its_index_was_read(pair: tuple[Path, Path]):
    with MXIndexedRecordIO(*pair, "r") as reader:
        os.truncate(pair[1], reader.idx[49])
        with pytest.raises(FormatError, match="the file is cut short: the index promises a record 49 here"):
            reader.read_idx(49)
        os.truncate(pair[1], reader.idx[48] - 8)
        with pytest.raises(FormatError, match="a record must begin with"):
            reader.read_idx(48)


@pytest.mark.parametrize(
    ("header", "image"),
    [
        ((0, "cat", 0, 0), b""),
        ((0, 1, -1, 0), b""),
        ((0, 1, 0, 1 << 64), b""),
        ((0, 1, 0, 0), "text"),
        ((0, 1j, 0, 0), b""),
    ],
)
def test_refuses_to_pack(header: Any, image: Any):
    with pytest.raises(ArgumentError, match="pack: header must have numbers as label and integers of 64 bits"):
        pack(header, image)


def test_refuses_to_unpack():
    with pytest.raises(FormatError, match="unpack: record must have a header of 24 bytes, got 23 bytes"):
        unpack(bytes(23))
    with pytest.raises(FormatError, match="unpack: record must have 4294967295 labels after its header, got 30 bytes"):
        unpack(b"\xff" * 4 + bytes(26))


def test_damage_is_found_or_harmless_quick_and_small(tmp_path: Path):
    dice = random.Random(0)
    sample = (GOLDEN / "records.rec").read_bytes()
    refused = 0
    slowest = 0.0
    tracemalloc.start()
    try:
        for case in range(600):
            damaged = bytearray(sample)
            start = dice.randrange(len(damaged))
            match case % 4:
                case 0:
                    del damaged[start:]
                case 1:
                    damaged[start] ^= 1 << dice.randrange(8)
                case 2:
                    damaged[start : start + 4] = b"\xff\xff\xff\x1f"
                case _:
                    damaged[start : start + 5] = damaged[start // 2 : start // 2 + 9]
            (tmp_path / "x.rec").write_bytes(damaged)
            before = time.perf_counter()
            try:
                for record in read_all(tmp_path / "x.rec"):
                    unpack(record)
            except FormatError:
                refused += 1
            slowest = max(slowest, time.perf_counter() - before)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert refused > 300
    assert peak < 1_000_000
    assert slowest < 1
