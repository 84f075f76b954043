"""Image lists."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from regluon.core.errors import ArgumentError, FormatError
from regluon.formats import ListEntry, read_lst, write_lst

GOLDEN = Path(__file__).parent.parent / "golden" / "formats" / "images.lst"
ENTRIES = [
    ListEntry(0, (3.0,), "cat/first one.jpg"),
    ListEntry(7, (2.0, 5.0, 1.0, 0.25, 0.5, 0.75, 1.0), "dog/2.jpg"),
    ListEntry(8, (-1.5,), "3.jpg"),
]


def test_reads_what_im2rec_wrote():
    assert read_lst(GOLDEN) == ENTRIES


def test_writes_what_im2rec_writes(tmp_path: Path):
    write_lst(tmp_path / "x.lst", ENTRIES)
    assert (tmp_path / "x.lst").read_bytes() == GOLDEN.read_bytes()


def test_reads_what_editors_make_of_a_list(tmp_path: Path):
    (tmp_path / "x.lst").write_bytes(b"\xef\xbb\xbf1\t2\ta.jpg\r\n\r\n 2 \t 3 \t 4 \t b c.jpg \r\n")
    assert read_lst(tmp_path / "x.lst") == [ListEntry(1, (2.0,), "a.jpg"), ListEntry(2, (3.0, 4.0), "b c.jpg")]


def test_six_decimals_where_they_are_enough_and_more_where_not(tmp_path: Path):
    labels = (0.1, np.float32(1) / 3, 1e-7, float("inf"))
    write_lst(tmp_path / "x.lst", [ListEntry(1, labels, "a.jpg")])
    assert (tmp_path / "x.lst").read_text() == "1\t0.100000\t0.33333334\t1e-07\tinf\ta.jpg\n"


PATHS = st.text(st.characters(exclude_categories=["C", "Z"]), min_size=1)
LABELS = st.lists(st.floats(width=32, allow_nan=False), min_size=1, max_size=6).map(tuple)


@settings(max_examples=40)
@given(entries=st.lists(st.builds(ListEntry, st.integers(0, 1 << 60), LABELS, PATHS), max_size=5))
def test_what_is_written_comes_back(entries: list[ListEntry], tmp_path_factory: pytest.TempPathFactory):
    path = tmp_path_factory.getbasetemp() / "any.lst"
    write_lst(path, entries)
    read = read_lst(path)
    assert [(entry.index, entry.path) for entry in read] == [(entry.index, entry.path) for entry in entries]
    assert [np.float32(entry.labels).tobytes() for entry in read] == [
        np.float32(entry.labels).tobytes() for entry in entries
    ]


@pytest.mark.parametrize(
    "line", [b"1\ta.jpg", b"1 2 a.jpg", b"one\t2\ta.jpg", b"1\tcat\ta.jpg", b"1\t2\t\xff.jpg", b"1.0\t2\ta"]
)
def test_names_the_line_that_is_wrong(line: bytes, tmp_path: Path):
    (tmp_path / "x.lst").write_bytes(b"1\t2\ta.jpg\n\n" + line + b"\n")
    with pytest.raises(
        FormatError, match=r"read_lst: .*x\.lst, line 3: must be a number, one label or more, and a path"
    ):
        read_lst(tmp_path / "x.lst")


@pytest.mark.parametrize(
    "entry", [(1, (), "a.jpg"), (1, (1.0,), ""), (1, (1.0,), "a\tb"), (1, (1.0,), "a\nb"), (1, (1.0,), " a")]
)
def test_refuses_what_would_not_come_back(entry: Any, tmp_path: Path):
    with pytest.raises(ArgumentError, match="write_lst: an entry must have a label, and a path without tabs"):
        write_lst(tmp_path / "x.lst", [ENTRIES[0], ListEntry(*entry)])
    assert list(tmp_path.iterdir()) == []
