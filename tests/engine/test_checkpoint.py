import contextlib
import json
import struct

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors.torch import load_file, save_file

from regluon.core.errors import FormatError
from regluon.engine.checkpoint import KEY, ModelCard, load_checkpoint, read_card, save_checkpoint

CARD = ModelCard(
    architecture="ssd_128",
    arguments={"classes": 10, "ratios": [1, 2.5], "base": None},
    class_names=("null", "eins", "zwei", "fünf"),
    preprocessing={"size": [128, 128], "mean": [0.485, 0.456, 0.406]},
    metrics={"mAP50": 0.8125, "mAP75": float("nan")},
    facts={"epoch": 3},
)
TENSORS = {"weight": torch.arange(12.0).reshape(3, 4), "count": torch.tensor(7), "half": torch.ones(2).half()}


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "best.safetensors"
    save_checkpoint(path, TENSORS, CARD)
    return path


def test_comes_back_as_it_was(path):
    tensors, card = load_checkpoint(path)
    assert {name: tensor.dtype for name, tensor in tensors.items()} == {
        name: tensor.dtype for name, tensor in TENSORS.items()
    }
    assert all(torch.equal(tensors[name], TENSORS[name]) for name in TENSORS)
    # JSON has no NaN.
    assert card.metrics == {"mAP50": 0.8125, "mAP75": None}
    assert (card.architecture, card.arguments, card.class_names) == (
        CARD.architecture,
        CARD.arguments,
        CARD.class_names,
    )
    assert (card.preprocessing, card.facts, card.version) == (CARD.preprocessing, CARD.facts, CARD.version)
    assert read_card(path) == card


def test_is_a_plain_safetensors_file(path):
    assert torch.equal(load_file(path)["weight"], TENSORS["weight"])


def test_takes_what_the_format_itself_does_not(tmp_path):
    shared = torch.arange(6.0)
    tensors = {
        "a": shared,
        "b": shared[:3],
        "turned": torch.arange(6.0).reshape(2, 3).T,
        "last": torch.arange(48.0).reshape(1, 3, 4, 4).contiguous(memory_format=torch.channels_last),
        "learnt": torch.nn.Parameter(torch.ones(2)),
    }
    save_checkpoint(tmp_path / "w.safetensors", tensors, CARD)
    loaded, _ = load_checkpoint(tmp_path / "w.safetensors")
    assert all(torch.equal(loaded[name], tensors[name]) for name in tensors)


def test_a_failed_save_leaves_the_old_file(path, monkeypatch):
    def fill_the_disk(handle):
        raise OSError("no space left")

    before = path.read_bytes()
    monkeypatch.setattr("os.fsync", fill_the_disk)
    with pytest.raises(OSError, match="no space left"):
        save_checkpoint(path, TENSORS, CARD)
    assert path.read_bytes() == before
    assert list(path.parent.iterdir()) == [path]


def test_only_the_architectures_asked_for(path):
    assert load_checkpoint(path, ["ssd_128"])[1].architecture == "ssd_128"
    with pytest.raises(
        FormatError, match=r"best.safetensors: holds a model 'ssd_128', which is not one of yolo3, rcnn$"
    ):
        load_checkpoint(path, ["yolo3", "rcnn"])


def broken(content):
    return lambda whole: content


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        pytest.param(broken(b""), "the file is empty", id="empty"),
        pytest.param(lambda whole: whole[:-8], "the file is damaged or cut short", id="cut in the weights"),
        pytest.param(lambda whole: whole[:40], "the file is damaged or cut short", id="cut in the header"),
        pytest.param(lambda whole: whole[:4], "must be a safetensors file, got something else", id="cut at once"),
        pytest.param(lambda whole: whole + b"more", "the file is damaged or cut short", id="too long"),
        pytest.param(lambda whole: whole[:9] + b"?" + whole[10:], "the file is damaged or cut short", id="no JSON"),
        pytest.param(broken(b"PK\x03\x04" + bytes(99)), "got a PyTorch or other zip archive", id="torch.save"),
        pytest.param(broken(b"\x80\x02\x8a\nl\xfc\x9cF\xf9 j"), "got a Python pickle, which is never", id="pickle"),
        pytest.param(broken(struct.pack("<QQQ", 0x112, 0, 1)), "got an MXNet parameter file", id="params"),
        pytest.param(broken(b"\x89HDF\r\n\x1a\n" + bytes(9)), "got an HDF5 file", id="hdf5"),
        pytest.param(broken(b"\xff\xd8\xff\xe0" * 9), "must be a safetensors file, got something else", id="jpeg"),
        pytest.param(broken(struct.pack("<Q", 2**62) + b"{"), "the file is damaged or cut short", id="huge header"),
    ],
)
def test_damaged_files(path, spoil, words):
    path.write_bytes(spoil(path.read_bytes()))
    for read in (load_checkpoint, read_card):
        with pytest.raises(FormatError, match=words) as caught:
            read(path)
        assert str(caught.value).startswith(f"{path}: ")
        assert "\n" not in str(caught.value)


def test_files_that_are_not_there(tmp_path):
    with pytest.raises(FormatError, match=r"nothing\.safetensors: no such file$"):
        load_checkpoint(tmp_path / "nothing.safetensors")
    with pytest.raises(FormatError, match=r"is a folder, not a file of weights$"):
        load_checkpoint(tmp_path)


def test_a_file_that_may_not_be_read(path, monkeypatch):
    def refuse(*arguments, **named):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("regluon.engine.checkpoint.safe_open", refuse)
    with pytest.raises(FormatError, match=r"best\.safetensors: Permission denied$"):
        load_checkpoint(path)


GOOD = {
    "edition": 1, "architecture": "a", "arguments": {}, "class_names": [], "preprocessing": {}, "metrics": {},
    "facts": {}, "version": "1",
}  # fmt: skip


@pytest.mark.parametrize(
    ("header", "words"),
    [
        pytest.param(None, "holds weights, but does not say of which model .no 'regluon' in its metadata", id="none"),
        pytest.param({"format": "pt"}, "does not say of which model", id="somebody else's"),
        pytest.param({KEY: "{"}, "its card is not JSON", id="broken JSON"),
        pytest.param({KEY: "[" * 100_000}, "its card is not JSON", id="bottomless JSON"),
        pytest.param({KEY: "[]"}, "its card must be of edition 1, got None", id="a list"),
        pytest.param({KEY: json.dumps(GOOD | {"edition": 2})}, "must be of edition 1, got 2", id="of the future"),
        pytest.param(
            {KEY: json.dumps(GOOD | {"architecture": None})},
            "architecture in its card must be a str, got None",
            id="no architecture",
        ),
        pytest.param(
            {KEY: json.dumps(GOOD | {"arguments": [1]})}, r"arguments in its card must be a dict, got \[1\]", id="types"
        ),
        pytest.param(
            {KEY: json.dumps(GOOD | {"class_names": ["a", 1]})},
            r"class_names in its card must be texts, got \['a', 1\]",
            id="class names",
        ),
    ],
)
def test_cards_that_are_wrong(tmp_path, header, words):
    path = tmp_path / "w.safetensors"
    save_file(TENSORS, path, header)
    with pytest.raises(FormatError, match=words):
        load_checkpoint(path)


def test_the_smallest_good_card_is_read(tmp_path):
    path = tmp_path / "w.safetensors"
    save_file(TENSORS, path, {KEY: json.dumps(GOOD)})
    assert read_card(path) == ModelCard(architecture="a", version="1")


@settings(max_examples=60)
@given(position=st.integers(0, 2000), byte=st.integers(0, 255), length=st.integers(0, 2000))
def test_no_damage_gets_past_the_error(tmp_path_factory, position, byte, length):
    path = tmp_path_factory.mktemp("fuzz") / "w.safetensors"
    save_checkpoint(path, TENSORS, CARD)
    whole = np.frombuffer(path.read_bytes(), np.uint8).copy()
    whole[position % len(whole)] = byte
    path.write_bytes(whole[: max(1, length)].tobytes())
    with contextlib.suppress(FormatError):
        tensors, card = load_checkpoint(path)
        # A flipped letter may spell another name or another number, which nobody can know.
        assert len(tensors) == 3
        assert isinstance(card.architecture, str)
