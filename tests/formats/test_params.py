"""Parameter files: what real MXNet wrote is read, and what is written is what it would have written."""

import json
import struct
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays_of

from regluon.core.errors import ArgumentError, ArgumentTypeError
from regluon.formats import (
    BFLOAT16,
    load_params,
    read_params,
    save_npz,
    save_params,
    strip_prefixes,
    widen_bfloat16,
)

GOLDEN = Path(__file__).parent.parent / "golden" / "formats"
ANSWERS: dict[str, Any] = {
    file: content
    for number in (1, 2)
    for file, content in json.loads((GOLDEN / f"mxnet{number}.json").read_text(encoding="utf-8")).items()
    if file.endswith(".params")
}

V1, V2, V3 = (struct.pack("<I", 0xF993FAC8 + step) for step in range(3))
CPU = struct.pack("<ii", 1, 0)
FLOAT32 = struct.pack("<i", 0)


def whole(*arrays: bytes, names: tuple[bytes, ...] = ()) -> bytes:
    """A file, from the table of its layout."""
    return b"".join(
        [
            struct.pack("<QQQ", 0x112, 0, len(arrays)),
            *arrays,
            struct.pack("<Q", len(names)),
            *(struct.pack("<Q", len(name)) + name for name in names),
        ]
    )


def shape(*sizes: int) -> bytes:
    return struct.pack(f"<i{len(sizes)}q", len(sizes), *sizes)


def equal(left: np.ndarray, right: np.ndarray) -> bool:
    return left.dtype == right.dtype and left.shape == right.shape and left.tobytes() == right.tobytes()


def answer(description: dict[str, Any]) -> np.ndarray:
    dtype = BFLOAT16 if description["dtype"] == "bfloat16" else np.dtype(description["dtype"])
    return np.frombuffer(bytes.fromhex(description["bytes"]), dtype).reshape(description["shape"])


@pytest.mark.parametrize("file", ANSWERS)
def test_reads_what_mxnet_reads(file: str):
    read = read_params(GOLDEN / file)
    expected = ANSWERS[file]
    by_name = {description["name"]: answer(description) for description in expected}
    if None in by_name or not expected:
        assert read.names is None
        assert all(map(equal, read.arrays, map(answer, expected)))
    else:
        assert set(read.data) == set(by_name)
        assert all(equal(array, by_name[name]) for name, array in read.data.items())
    assert len(read.arrays) == len(expected)
    assert all(array.flags.writeable and array.flags.aligned for array in read.arrays)


@pytest.mark.parametrize("file", ["dtypes", "named", "np_shape", "nothing", "integers"])
def test_writes_what_mxnet_writes(file: str, tmp_path: Path):
    descriptions = ANSWERS[f"{file}.params"]
    named = bool(descriptions) and descriptions[0]["name"] is not None
    data = {each["name"]: answer(each) for each in descriptions} if named else [answer(each) for each in descriptions]
    save_params(tmp_path / "x.params", data, np_shape=file == "np_shape")
    assert (tmp_path / "x.params").read_bytes() == (GOLDEN / f"{file}.params").read_bytes()


def test_keeps_the_order_of_names():
    names = read_params(GOLDEN / "named.params").names
    assert names == ("arg:conv0_weight", "aux:bn0_running_mean", "größe/尺寸", "", "no rows")


@pytest.mark.parametrize(
    ("file", "notes"),
    [
        ("named", ()),
        ("dtypes", ("array 8: bfloat16, which numpy lacks: kept as its bits",)),
        (
            "sparse",
            (
                "array 0 ('rows'): row_sparse, read as dense",
                "array 1 ('no rows'): row_sparse, read as dense",
                "array 2 ('csr'): csr, read as dense",
                "array 3 ('empty csr'): csr, read as dense",
            ),
        ),
    ],
)
def test_notes_what_changed(file: str, notes: tuple[str, ...]):
    assert read_params(GOLDEN / f"{file}.params").notes == notes


def test_notes_what_changed_in_an_archive():
    assert sorted(read_params(GOLDEN / "sparse2.params").notes) == [
        "array 'csr': csr, read as dense",
        "array 'empty csr': csr, read as dense",
        "array 'no rows': row_sparse, read as dense",
        "array 'rows': row_sparse, read as dense",
    ]


def test_tells_np_shape():
    assert read_params(GOLDEN / "np_shape.params").np_shape
    assert not read_params(GOLDEN / "named.params").np_shape


def test_reads_bytes_as_it_reads_files():
    content = (GOLDEN / "named.params").read_bytes()
    from_file = load_params(GOLDEN / "named.params")
    for source in (content, bytearray(content), memoryview(content)):
        from_bytes = load_params(source)
        assert isinstance(from_bytes, dict)
        assert isinstance(from_file, dict)
        assert all(equal(from_bytes[name], from_file[name]) for name in from_file)


# The oldest layouts, and the rarer corners of the newer: by hand, since nothing writes them any more.
ONE_TWO = np.array([[1, 2]], np.float32)
VALUES = ONE_TWO.tobytes()


@pytest.mark.parametrize(
    ("array", "expected"),
    [
        pytest.param(struct.pack("<III", 2, 1, 2) + CPU + FLOAT32 + VALUES, ONE_TWO, id="V0"),
        pytest.param(V1 + shape(1, 2) + CPU + FLOAT32 + VALUES, ONE_TWO, id="V1"),
        pytest.param(V1 + shape(0) + CPU + FLOAT32, np.empty(0, np.float32), id="V1 without elements"),
        pytest.param(V2 + bytes(4) + shape(1, 2) + struct.pack("<ii", 2, 3) + FLOAT32 + VALUES, ONE_TWO, id="on a GPU"),
        pytest.param(V3 + bytes(4) + shape() + CPU + FLOAT32 + VALUES[:4], np.float32(1).reshape(()), id="V3 scalar"),
        pytest.param(
            V2 + bytes(4) + shape(3) + CPU + struct.pack("<i", 7) + b"\x00\x02\xff",
            np.array([False, True, True]),
            id="bool of any bits",
        ),
        pytest.param(
            V2 + struct.pack("<i", 1) + shape(2, 1) + shape(3, 1) + CPU + FLOAT32
            + struct.pack("<i", 4) + shape(2) + VALUES + struct.pack("<ii", 1, 1),
            np.array([[0], [2], [0]], np.float32),
            id="row_sparse, one row twice, int32 indices",
        ),
        pytest.param(
            V2 + struct.pack("<i", 2) + shape(2) + shape(1, 3) + CPU + FLOAT32
            + (struct.pack("<i", 6) + shape(2)) * 2 + VALUES + struct.pack("<qqqq", 0, 2, 1, 1),
            np.array([[0, 2, 0]], np.float32),
            id="csr, one place twice",
        ),
    ],
)  # fmt: skip
def test_reads_other_layouts(array: bytes, expected: np.ndarray):
    (first, second) = load_params(whole(array, V1 + shape(1, 2) + CPU + FLOAT32 + VALUES))
    assert isinstance(first, np.ndarray)
    assert equal(first, expected)
    assert equal(second, ONE_TWO)


@pytest.mark.parametrize(
    "array",
    [
        pytest.param(bytes(4), id="V0"),
        pytest.param(V1 + shape(), id="V1"),
        pytest.param(V2 + bytes(4) + shape(), id="V2"),
        pytest.param(V2 + struct.pack("<i", 1) + shape(0) + shape(), id="V2 row_sparse"),
        pytest.param(V3 + bytes(4) + struct.pack("<i", -1), id="V3"),
    ],
)
def test_reads_an_array_without_shape_as_empty(array: bytes):
    read = read_params(whole(array, names=(b"x",)))
    assert equal(read.arrays[0], np.empty(0, np.float32))
    assert read.notes == ("array 0 ('x'): has no shape and no values: read as an empty float32 array",)


def test_the_last_of_equal_names_counts():
    layouts = [V1 + shape(1) + CPU + FLOAT32 + struct.pack("<f", value) for value in (1, 2)]
    read = read_params(whole(*layouts, names=(b"x", b"x")))
    assert read.data == {"x": np.float32(2)}
    assert read.notes == ("several arrays have the same name: the last of each counts",)


def test_widens_bfloat16_exactly():
    bits = np.array([[0x3F80, 0xC000, 0x7F80], [0x0000, 0x8000, 0x4049]], np.uint16).view(BFLOAT16)
    expected = np.array([[1, -2, np.inf], [0, -0.0, 3.140625]], np.float32)
    assert equal(widen_bfloat16(bits), expected)
    assert widen_bfloat16(expected) is expected


DTYPES = ("<f2", "<f4", "<f8", ">f4", ">i8", "i1", "u1", "<i2", "<u2", "<i4", "<u4", "<i8", "<u8", "?")
ANY_ARRAY = st.sampled_from(DTYPES).flatmap(
    lambda dtype: arrays_of.arrays(dtype, arrays_of.array_shapes(min_dims=0, max_dims=4, min_side=0, max_side=4))
)
NAMES = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=8)


@settings(max_examples=40)
@given(data=st.one_of(st.dictionaries(NAMES, ANY_ARRAY, max_size=4), st.lists(ANY_ARRAY, max_size=4)))
def test_what_is_saved_comes_back(data: Any, tmp_path_factory: pytest.TempPathFactory):
    path = tmp_path_factory.getbasetemp() / "any.params"
    save_params(path, data, np_shape=True)
    check_came_back(data, load_params(path))
    save_npz(path, data)
    if isinstance(data, list):
        data = {f"arr_{index}": array for index, array in enumerate(data)}
    check_came_back(data, load_params(path))


def check_came_back(data: Any, read: Any) -> None:
    if not data:
        assert len(read) == 0
        return
    if isinstance(data, dict):
        assert list(read) == list(data)
        data, read = list(data.values()), list(read.values())
    for left, right in zip(data, read, strict=True):
        assert equal(left.astype(left.dtype.newbyteorder("=")), right)


def test_saves_any_layout_in_memory(tmp_path: Path):
    square = np.arange(6, dtype=np.float32).reshape(2, 3)
    for save in (save_params, save_npz):
        save(tmp_path / "x.params", {"T": square.T, "step": square[:, ::2], "still": square})
        read = load_params(tmp_path / "x.params")
        assert isinstance(read, dict)
        assert equal(read["T"], square.T.copy())
        assert equal(read["step"], square[:, ::2].copy())


def test_one_array_is_a_list_of_one(tmp_path: Path):
    save_params(tmp_path / "x.params", ONE_TWO)
    assert (tmp_path / "x.params").read_bytes() == whole(V2 + bytes(4) + shape(1, 2) + CPU + FLOAT32 + VALUES)


def test_an_archive_is_what_numpy_writes(tmp_path: Path):
    data = {"conv.weight": ONE_TWO, "arg:scalar": np.array(2.5), "bits": np.zeros(2, BFLOAT16)}
    save_npz(tmp_path / "x.params", data)
    np.savez(tmp_path / "numpy.npz", **data)
    assert (tmp_path / "x.params").read_bytes() == (tmp_path / "numpy.npz").read_bytes()


def test_reads_compressed_and_transposed_archives_of_numpy(tmp_path: Path):
    square = np.asfortranarray(np.arange(6, dtype=">f8").reshape(2, 3))
    np.savez_compressed(tmp_path / "x.npz", square=square, zeros=np.zeros(10_000, np.int16))
    read = load_params(tmp_path / "x.npz")
    assert isinstance(read, dict)
    assert equal(read["square"], np.arange(6, dtype=np.float64).reshape(2, 3))
    assert equal(read["zeros"], np.zeros(10_000, np.int16))


def test_keeps_bfloat16_in_an_archive(tmp_path: Path):
    bits = np.array([0x3F80, 0xC000], np.uint16).view(BFLOAT16)
    save_npz(tmp_path / "x.params", {"x": bits})
    read = read_params(tmp_path / "x.params")
    assert equal(read.arrays[0], bits)
    assert read.notes == ("array 'x': bfloat16, which numpy lacks: kept as its bits",)


def test_strips_prefixes_of_names_alone():
    assert strip_prefixes({"arg:a": 1, "aux:b": 2, "args:c": 3, "x.arg:d": 4}) == {
        "a": 1, "b": 2, "args:c": 3, "x.arg:d": 4,
    }  # fmt: skip
    with pytest.raises(ArgumentError, match="strip_prefixes: names must differ without their prefixes, got 'a' twice"):
        strip_prefixes({"arg:a": 1, "aux:a": 2})


@pytest.mark.parametrize("save", [save_params, save_npz])
@pytest.mark.parametrize(
    ("data", "error", "words"),
    [
        (3, ArgumentTypeError, "data must be a dict or a list of arrays, got int"),
        ({"x": [1, 2]}, ArgumentTypeError, "array 'x' must be a numpy array, got list"),
        ([np.array(["a"])], ArgumentTypeError, "array 0 must have one of the types float32, .* bfloat16, got <U1"),
        ([np.array([None])], ArgumentTypeError, "array 0 must have one of the types .* got object"),
        ({1: np.ones(1)}, ArgumentTypeError, "name must be a string, got 1"),
        ({"a\0": np.ones(1)}, ArgumentError, r"name must have neither zeros nor lone surrogates, got 'a\\x00'"),
        ({"\ud800": np.ones(1)}, ArgumentError, "name must have neither zeros nor lone surrogates"),
        ([np.ones((1,) * 33)], ArgumentError, "array 0 must have at most 32 axes, got 33"),
    ],
)
def test_refuses_to_save(save: Any, data: Any, error: type[Exception], words: str, tmp_path: Path):
    with pytest.raises(error, match=f"{save.__name__}: {words}"):
        save(tmp_path / "x.params", data)
    assert list(tmp_path.iterdir()) == []


def test_refuses_scalars_that_mxnet_could_not_read(tmp_path: Path):
    with pytest.raises(ArgumentError, match=r"save_params: array 'x' must have at least one axis.*np_shape=True"):
        save_params(tmp_path / "x.params", {"x": np.array(1.0)})


@pytest.mark.parametrize("old", [None, b"old"])
def test_an_interrupted_save_leaves_the_old_file(old: bytes | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    path = tmp_path / "x.params"
    if old is not None:
        path.write_bytes(old)

    def stop(*arguments: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("os.fsync", stop)
    for save in (save_params, save_npz):
        with pytest.raises(KeyboardInterrupt):
            save(path, [np.ones(100_000)])
    assert [(file.name, file.read_bytes()) for file in tmp_path.iterdir()] == ([("x.params", old)] if old else [])


def test_a_full_disk_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    path = tmp_path / "x.params"
    path.write_bytes(b"old")

    def full(stream: Any, *arguments: Any) -> None:
        stream.write(b"half")
        raise OSError("no space left on device")

    monkeypatch.setattr("regluon.formats.params.write_legacy", full)
    with pytest.raises(OSError, match="no space left"):
        save_params(path, [np.ones(3)])
    assert [(file.name, file.read_bytes()) for file in tmp_path.iterdir()] == [("x.params", b"old")]
