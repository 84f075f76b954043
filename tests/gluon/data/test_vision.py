"""Data sets of pictures: the files that others publish, folders, lists and records."""

import gzip
import hashlib
import io
import struct
import tarfile
import warnings
from pathlib import Path

import numpy as np
import pytest

from regluon import gluon, recordio
from regluon.core.errors import ArgumentTypeError, FormatError, MissingFileError
from regluon.gluon.data import vision
from regluon.gluon.data.vision.datasets import mnist
from regluon.gluon.data.vision.datasets.local import LocalDataset

RANDOM = np.random.RandomState(0)
DIGITS = RANDOM.randint(0, 256, (5, 28, 28)).astype(np.uint8)
CLASSES = np.array([3, 1, 4, 1, 5], np.uint8)


def write_idx(path: Path, values: np.ndarray) -> None:
    head = struct.pack(f">{1 + values.ndim}I", 0x800 + values.ndim, *values.shape)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(gzip.compress(head + values.tobytes(), mtime=0))


@pytest.fixture(autouse=True)
def no_mirror(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("REGLUON_DATA_MIRROR", raising=False)


class TestMNIST:
    @pytest.mark.parametrize(("kind", "folder"), [(vision.MNIST, "mnist"), (vision.FashionMNIST, "fashion-mnist")])
    def test_reads_what_lies_in_its_folder(self, kind, folder: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
        root = tmp_path / "datasets" / folder
        for images, labels, count in ((*mnist.TRAIN, 5), (*mnist.TEST, 2)):
            write_idx(root / images, DIGITS[:count])
            write_idx(root / labels, CLASSES[:count])
        monkeypatch.setenv("MXNET_HOME", str(tmp_path))
        train, test = kind(), kind(root=root, train=False, transform=lambda picture, label: (label, picture))
        assert (len(train), len(test)) == (5, 2)
        picture, label = train[2]
        assert (picture.shape, picture.dtype, label, label.dtype) == ((28, 28, 1), np.uint8, 4, np.int32)
        np.testing.assert_array_equal(picture.asnumpy()[..., 0], DIGITS[2])
        assert test[0][0] == 3
        batch, labels = next(iter(gluon.data.DataLoader(train.transform_first(vision.transforms.ToTensor()), 5)))
        np.testing.assert_allclose(batch.asnumpy()[:, 0], DIGITS / 255, rtol=1e-6)
        assert labels.asnumpy().tolist() == CLASSES.tolist()

    def test_says_which_file_must_be_where(self, tmp_path: Path):
        with pytest.raises(
            MissingFileError, match=r"'train-images-idx3-ubyte.gz' must be in the folder '.*absent'; put"
        ):
            vision.MNIST(root=tmp_path / "absent")
        assert not (tmp_path / "absent").exists()

    @pytest.mark.parametrize(
        ("content", "words"),
        [
            pytest.param(b"no gzip", "must be a whole, undamaged idx file, compressed with gzip", id="no gzip"),
            pytest.param(gzip.compress(b"\0\0\x08\3")[:-4], "must be a whole, undamaged idx file", id="cut short"),
            pytest.param(gzip.compress(b"\0\0\x08\3"), "must be a whole, undamaged idx file", id="no head"),
            pytest.param(
                gzip.compress(struct.pack(">4I", 0x803, 2**32 - 1, 2**32 - 1, 9)),
                "must be an idx file of bytes",
                id="huge",
            ),
            pytest.param(gzip.compress(struct.pack(">4I", 0x801, 1, 1, 1)), "must be an idx file of bytes", id="magic"),
            pytest.param(
                gzip.compress(struct.pack(">4I", 0x803, 1, 1, 9) + b"12"), "must have 9 bytes after", id="few"
            ),
            pytest.param(
                gzip.compress(struct.pack(">4I", 0x803, 1, 1, 1) + b"12"), "must have 1 bytes after", id="many"
            ),
        ],
    )
    def test_damaged_files(self, content: bytes, words: str, tmp_path: Path):
        write_idx(tmp_path / mnist.TRAIN[1], CLASSES)
        (tmp_path / mnist.TRAIN[0]).write_bytes(content)
        with pytest.raises(FormatError, match=words):
            vision.MNIST(tmp_path)

    def test_lengths_must_agree(self, tmp_path: Path):
        write_idx(tmp_path / mnist.TRAIN[0], DIGITS[:3])
        write_idx(tmp_path / mnist.TRAIN[1], CLASSES)
        with pytest.raises(FormatError, match="must have as many items as each other, got 3 and 5"):
            vision.MNIST(tmp_path)


class TestMirror:
    @pytest.fixture
    def mirror(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
        there = tmp_path / "there" / "gluon" / "dataset" / "mnist"
        write_idx(there / mnist.TRAIN[0], DIGITS)
        write_idx(there / mnist.TRAIN[1], CLASSES)
        monkeypatch.setenv("REGLUON_DATA_MIRROR", (tmp_path / "there").as_uri())
        return there

    def test_fills_the_folder(self, mirror: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
        hashes = {name: hashlib.sha1((mirror / name).read_bytes()).hexdigest() for name in mnist.TRAIN}
        monkeypatch.setattr(vision.MNIST, "_hashes", hashes)
        assert len(vision.MNIST(tmp_path / "here")) == 5
        assert sorted(one.name for one in (tmp_path / "here").iterdir()) == sorted(mnist.TRAIN)

    def test_other_content_is_refused(self, mirror: Path, tmp_path: Path):
        with pytest.raises(FormatError, match="must have the SHA-1 6c95f4b05d2bf285e1bfb0e7960c31bd3b3f8a7d"):
            vision.MNIST(tmp_path / "here")
        assert not (tmp_path / "here").exists()

    def test_what_is_not_there(self, mirror: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
        with pytest.raises(MissingFileError, match=r"t10k-images-idx3-ubyte.gz could not be read"):
            vision.MNIST(tmp_path / "here", train=False)
        monkeypatch.setenv("REGLUON_DATA_MIRROR", "ftp://somewhere")
        with pytest.raises(MissingFileError, match="REGLUON_DATA_MIRROR must begin with http://, https:// or file://"):
            vision.MNIST(tmp_path / "here")


class TestCIFAR:
    pictures = RANDOM.randint(0, 256, (4, 32, 32, 3)).astype(np.uint8)

    def content(self, labels: np.ndarray) -> bytes:
        return np.hstack([labels, self.pictures.transpose(0, 3, 1, 2).reshape(4, -1)]).astype(np.uint8).tobytes()

    def archive(self, path: Path, files: dict[str, bytes]) -> None:
        with tarfile.open(path, "w:gz") as archive:
            for name, content in files.items():
                member = tarfile.TarInfo(f"folder/{name}")
                member.size = len(content)
                archive.addfile(member, io.BytesIO(content))

    def test_cifar10(self, tmp_path: Path):
        for number in range(1, 6):
            (tmp_path / f"data_batch_{number}.bin").write_bytes(self.content(np.arange(4)[:, None] + number))
        found = vision.CIFAR10(tmp_path)
        assert len(found) == 20
        picture, label = found[6]
        np.testing.assert_array_equal(picture.asnumpy(), self.pictures[2])
        assert (label, label.dtype) == (4, np.int32)

    def test_cifar100_out_of_its_archive(self, tmp_path: Path):
        labels = np.array([[0, 9], [1, 8], [2, 7], [3, 6]])
        self.archive(tmp_path / "cifar-100-binary.tar.gz", {"train.bin": self.content(labels), "test.bin": b""})
        coarse, fine = (vision.CIFAR100(tmp_path, fine_label=one) for one in (False, True))
        assert [int(coarse[i][1]) for i in range(4)] == [0, 1, 2, 3]
        assert [int(fine[i][1]) for i in range(4)] == [9, 8, 7, 6]
        np.testing.assert_array_equal(fine[3][0].asnumpy(), self.pictures[3])
        assert [one.name for one in tmp_path.iterdir()] == ["cifar-100-binary.tar.gz"]
        with pytest.raises(FormatError, match=r"CIFAR100: test.bin must have rows of 3074 bytes, got 0"):
            vision.CIFAR100(tmp_path, train=False)

    def test_damage(self, tmp_path: Path):
        with pytest.raises(MissingFileError, match=r"CIFAR10: the file 'cifar-10-binary.tar.gz' must be in the folder"):
            vision.CIFAR10(tmp_path)
        archive = tmp_path / "cifar-10-binary.tar.gz"
        archive.write_bytes(b"nothing")
        with pytest.raises(FormatError, match="must be a whole, undamaged archive"):
            vision.CIFAR10(tmp_path)
        self.archive(archive, {"test_batch.bin": b"123"})
        with pytest.raises(
            FormatError, match=r"must have the files data_batch_1.bin, .*, data_batch_5.bin is not there"
        ):
            vision.CIFAR10(tmp_path)
        with pytest.raises(FormatError, match=r"CIFAR10: test_batch.bin must have rows of 3073 bytes, got 3"):
            vision.CIFAR10(tmp_path, train=False)


def bitmap(value: int) -> bytes:
    return b"P5 2 1 255 " + bytes([value, 0])


class TestFiles:
    def test_folders(self, tmp_path: Path):
        for name in ("dog/b.PNG", "dog/a.jpg", "cat/z.jpeg", "cat/notes.txt"):
            (tmp_path / name).parent.mkdir(exist_ok=True)
            (tmp_path / name).write_bytes(bitmap(len(name)))
        (tmp_path / "file").touch()
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            found = vision.ImageFolderDataset(tmp_path, flag=0)
        assert [str(one.message).split()[1].rpartition("/")[2].rstrip(".,") for one in caught] == ["notes.txt", "file"]
        assert found.synsets == ["cat", "dog"]
        assert found.items == [
            (str(tmp_path / "cat/z.jpeg"), 0),
            (str(tmp_path / "dog/a.jpg"), 1),
            (str(tmp_path / "dog/b.PNG"), 1),
        ]
        picture, label = found[1]
        assert (picture.asnumpy().tolist(), label, len(found)) == ([[[9], [0]]], 1, 3)
        (tmp_path / "cat/notes.txt").unlink()
        (tmp_path / "file").unlink()
        turned = vision.ImageFolderDataset(tmp_path, transform=lambda picture, label: (label, picture.shape))
        assert turned[0] == (0, (1, 2, 3))
        with pytest.raises(
            MissingFileError, match=r"ImageFolderDataset: root must be a folder that exists, got '.*none'"
        ):
            vision.ImageFolderDataset(tmp_path / "none")

    def test_lists(self, tmp_path: Path):
        for name in ("a.jpg", "b.jpg"):
            (tmp_path / name).write_bytes(bitmap(ord(name[0])))
        (tmp_path / "all.lst").write_text("0\t5\ta.jpg\n1\t6\t7\tb.jpg\n")
        for given in ("all.lst", [[5, "a.jpg"], [6, 7, "b.jpg"]], [[[5], "a.jpg"], [np.array([6, 7]), "b.jpg"]]):
            found = vision.ImageListDataset(tmp_path, given, flag=0)
            assert len(found) == 2
            assert [(one.asnumpy().tolist(), label.asnumpy().tolist()) for one, label in (found[0], found[1])] == [
                ([[[97], [0]]], [5]),
                ([[[98], [0]]], [6, 7]),
            ]
        with pytest.raises(ArgumentTypeError, match="ImageListDataset: imglist must be a file or a list, got NoneType"):
            vision.ImageListDataset(tmp_path)

    def test_records(self, tmp_path: Path):
        with recordio.MXIndexedRecordIO(tmp_path / "all.idx", tmp_path / "all.rec", "w") as writer:
            for number in (7, 8):
                writer.write_idx(number, recordio.pack(recordio.IRHeader(0, number / 2, number, 0), bitmap(number)))
        plain = gluon.data.RecordFileDataset(tmp_path / "all.rec")
        assert (len(plain), plain[1][-2:]) == (2, bytes([8, 0]))
        found = vision.ImageRecordDataset(tmp_path / "all.rec", flag=0)
        assert (found[0][0].asnumpy().tolist(), found[0][1]) == ([[[7], [0]]], 3.5)
        turned = vision.ImageRecordDataset(
            str(tmp_path / "all.rec"), transform=lambda picture, label: (label, picture.shape)
        )
        assert turned[1] == (4.0, (1, 2, 3))
        batches = list(gluon.data.DataLoader(found, 2, num_workers=1))
        assert batches[0][1].asnumpy().tolist() == [3.5, 4.0]


def test_the_base_says_what_is_missing():
    class Own(LocalDataset):
        _namespace = "own"

    with pytest.raises(NotImplementedError, match="Own: _read must be written"):
        Own(None, None)
