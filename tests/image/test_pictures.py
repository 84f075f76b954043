"""Picture files are read, and gone through in batches, as real MXNet does; see ``tools/record_pictures.py``."""

import io
import json
import random
from pathlib import Path

import numpy as np
import pytest

from regluon import image, recordio
from regluon.core.errors import ArgumentError, FormatError, MissingFileError
from regluon.formats.picture import decode

RECORDED = dict(np.load(Path(__file__).parents[1] / "golden" / "pictures.npz"))
NAMES = [key.removeprefix("color ") for key in RECORDED if key.startswith("color ")]


@pytest.fixture
def folder(tmp_path, monkeypatch):
    for key, content in RECORDED.items():
        if key.startswith("file "):
            (tmp_path / key.removeprefix("file ")).write_bytes(content.tobytes())
    monkeypatch.chdir(tmp_path)
    return tmp_path


class TestReading:
    @pytest.mark.parametrize("name", NAMES)
    def test_equals_mxnet(self, name: str, folder: Path):
        np.testing.assert_array_equal(image.imread(name).asnumpy(), RECORDED[f"color {name}"])
        np.testing.assert_array_equal(image.imread(folder / name, flag=0).asnumpy(), RECORDED[f"gray {name}"])
        backwards = image.imdecode(np.frombuffer((folder / name).read_bytes(), np.uint8), to_rgb=False)
        np.testing.assert_array_equal(backwards.asnumpy(), RECORDED[f"color {name}"][..., ::-1])

    def test_into_an_array(self, folder: Path):
        out = image.imread("rgb.png") * 0
        assert image.imread("rgb.png", out=out) is out
        np.testing.assert_array_equal(out.asnumpy(), RECORDED["color rgb.png"])

    def test_what_is_stored(self, folder: Path):
        def stored(name):
            return decode(io.BytesIO((folder / name).read_bytes()), "data", "stored")

        assert stored("opacity.png").shape == (12, 16, 4)
        assert stored("deep.png").dtype == np.uint16
        assert stored("deep.png")[1, 2] == 600
        assert stored("gray.png").shape == (12, 16)

    def test_refusals(self, folder: Path):
        with pytest.raises(MissingFileError, match=r"imread: filename must be a file that exists, got 'none.png'"):
            image.imread("none.png")
        with pytest.raises(ArgumentError, match="imread: flag must be one of 0, 1, got 2"):
            image.imread("rgb.png", flag=2)
        Path("half.png").write_bytes(Path("rgb.png").read_bytes()[:60])
        with pytest.raises(FormatError, match=r"imread: 'half.png' must be a whole, undamaged picture"):
            image.imread("half.png")

    def test_a_bomb_is_refused_before_it_is_unpacked(self):
        header = b"P6 30000 30000 255 "
        with pytest.raises(FormatError, match=r"must be no larger than PIL.Image.MAX_IMAGE_PIXELS"):
            image.imdecode(header)

    def test_floats_are_refused(self):
        from PIL import Image

        stream = io.BytesIO()
        Image.new("F", (2, 2), 0.5).save(stream, "TIFF")
        with pytest.raises(FormatError, match="must be a picture of whole numbers, got floating-point ones"):
            image.imdecode(stream.getvalue())


CASES = json.loads(str(RECORDED["cases"]))


class TestBatches:
    @pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case['source']}, {case['last']}")
    def test_equal_mxnet(self, case: dict, folder: Path):
        random.seed(3)
        batches = image.ImageIter(
            2, (3, 3, 4), last_batch_handle=case["last"], aug_list=[image.ForceResizeAug((4, 3)), image.CastAug()],
            **case["arguments"],
        )  # fmt: skip
        for expected in case["rounds"]:
            found = list(batches)
            assert [(one.pad, one.label[0].asnumpy().tolist()) for one in found] == [
                (one["pad"], one["labels"]) for one in expected
            ]
            for one, other in zip(found, expected, strict=True):
                np.testing.assert_array_equal(one.data[0].asnumpy(), RECORDED[other["data"]])
            batches.reset()

    def test_augmenters_are_made_by_default(self, folder: Path):
        batches = image.ImageIter(5, (3, 2, 3), path_imgrec="pictures.rec", rand_mirror=True)
        assert [type(one).__name__ for one in batches.auglist] == ["CenterCropAug", "HorizontalFlipAug", "CastAug"]
        assert batches.provide_data == [("data", (5, 3, 2, 3))]
        assert batches.provide_label == [("softmax_label", (5,))]
        assert batches.next().data[0].shape == (5, 3, 2, 3)

    def test_hard_reset_forgets_what_was_kept(self, folder: Path):
        batches = image.ImageIter(2, (3, 4, 5), path_imgrec="pictures.rec", last_batch_handle="roll_over")
        assert len(list(batches)) == 2
        batches.hard_reset()
        assert batches.next().label[0].asnumpy().tolist() == [0, 0.5]

    @pytest.mark.parametrize(
        ("arguments", "words"),
        [
            pytest.param({}, "one of path_imgrec, path_imglist and imglist must be given", id="no source"),
            pytest.param({"imglist": [], "last_batch_handle": "keep"}, "last_batch_handle must be one of", id="end"),
            pytest.param(
                {"imglist": [], "data_shape": (1, 2, 2)}, r"data_shape must be \(3, height, width\)", id="gray"
            ),
            pytest.param({"path_imgrec": "pictures.rec", "shuffle": True}, "path_imgidx must be given", id="no index"),
            pytest.param(
                {"imglist": [], "num_parts": 2, "part_index": 2}, r"part_index must be in \[0, 1\], got 2", id="part"
            ),
        ],
    )
    def test_arguments_are_checked(self, arguments: dict, words: str, folder: Path):
        with pytest.raises(ArgumentError, match=words):
            image.ImageIter(**{"batch_size": 2, "data_shape": (3, 2, 2), **arguments})

    def test_damage_is_told_with_its_place(self, folder: Path):
        Path("bad.png").write_bytes(b"nothing")
        batches = image.ImageIter(1, (3, 2, 2), imglist=[[1, "bad.png"]], path_root=".")
        with pytest.raises(FormatError, match="imdecode: buf must be a picture") as caught:
            batches.next()
        assert caught.value.__notes__ == ["in picture 'bad.png'"]
        with pytest.raises(MissingFileError, match=r"the list names a file that does not exist: 'none.png'"):
            image.ImageIter(1, (3, 2, 2), imglist=[[1, "none.png"]], path_root=".").next()
        with recordio.MXIndexedRecordIO("bad.idx", "bad.rec", "w") as writer:
            writer.write_idx(4, recordio.pack(recordio.IRHeader(0, 1, 4, 0), b"nothing"))
        for index, note in (("bad.idx", "in picture 4"), (None, "in picture of a record file without index")):
            batches = image.ImageIter(1, (3, 2, 2), path_imgrec="bad.rec", path_imgidx=index)
            with pytest.raises(FormatError, match="must be a picture") as caught:
                batches.next()
            assert caught.value.__notes__ == [note]
        with pytest.raises(FormatError, match=r"a picture must be \(H, W, C\), got shape \(0, 2, 3\)"):
            batches.check_valid_image(np.zeros((0, 2, 3)))
