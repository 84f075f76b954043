import builtins
import hashlib
import pickle
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from regluon.core.errors import ArgumentError, MXNetError
from regluon.cv.data import DigitScenes, MissingPackageError
from regluon.cv.data import digits as module


@pytest.fixture(scope="module")
def train():
    return DigitScenes("train")


@pytest.fixture(scope="module")
def val():
    return DigitScenes("val", length=60)


def same(left, right):
    return np.array_equal(left[0], right[0]) and np.array_equal(left[1], right[1])


def test_items(val):
    counts = []
    for index in range(len(val)):
        image, label = val[index]
        assert image.shape == (128, 128, 3)
        assert image.dtype == np.uint8
        assert image.flags.c_contiguous
        assert label.dtype == np.float32
        assert label.shape[1] == 5
        assert (label[:, :4] == label[:, :4].round()).all()
        assert (label[:, :2] >= 0).all()
        assert (label[:, 2:4] <= 128).all()
        width, height = (label[:, 2:4] - label[:, :2]).T
        assert (height >= 14).all()
        assert (height <= 58).all()
        assert (width >= 4).all()
        assert (width <= 64).all()
        assert set(label[:, 4]) <= set(range(10))
        counts.append(len(label))
    assert set(counts) == {1, 2, 3, 4, 5, 6}
    assert len({image.tobytes() for image, _ in val}) == len(val)


def test_every_class_comes(train):
    seen = np.concatenate([train[index][1][:, 4] for index in range(200)])
    assert np.bincount(seen.astype(int), minlength=10).min() > 30
    assert train.classes == tuple("0123456789")
    assert train.num_class == 10
    assert len(train) == 4000
    assert len(DigitScenes("val")) == 500


def test_boxes_are_exact(monkeypatch):
    # The same picture without its ink differs inside the boxes alone, and up to every edge of each.
    scenes = DigitScenes("train", most=2, max_overlap=0)
    pictures = [scenes[index] for index in range(40)]
    blend = module._blend

    def blank(image, ink, box, random):
        blend(image.copy(), ink, box, random)

    monkeypatch.setattr(module, "_blend", blank)
    for index, (image, label) in enumerate(pictures):
        background, same_label = scenes[index]
        assert np.array_equal(label, same_label)
        changed = (image != background).any(axis=2)
        for left, top, right, bottom in label[:, :4].astype(int):
            inside = changed[top:bottom, left:right]
            for edge in (inside[0], inside[-1], inside[:, 0], inside[:, -1]):
                assert edge.any()
            changed[top:bottom, left:right] = False
        assert not changed.any()


def test_overlap_is_bounded(train):
    worst = 0.0
    for index in range(150):
        boxes = train[index][1][:, :4]
        shared = np.minimum(boxes[:, None, 2:], boxes[:, 2:]) - np.maximum(boxes[:, None, :2], boxes[:, :2])
        shared = np.triu(np.clip(shared, 0, None).prod(axis=2), 1)
        areas = (boxes[:, 2:] - boxes[:, :2]).prod(axis=1)
        worst = max(worst, (shared / np.minimum(areas[:, None], areas)).max())
    assert 0 < worst <= 0.15


def test_ink_stands_out(train):
    # Median difference, per digit, between the picture's ink and the paper around it.
    contrasts = []
    for index in range(100):
        image, label = train[index]
        gray = image.mean(axis=2)
        for left, top, right, bottom in label[:, :4].astype(int):
            box = gray[top:bottom, left:right]
            contrasts.append(np.percentile(box, 95) - np.percentile(box, 5))
    assert np.median(contrasts) > 80
    assert np.percentile(contrasts, 2) > 40


def test_an_item_depends_on_seed_split_and_index_alone(train, val):
    items = [train[index] for index in range(6)]
    assert all(same(train[index], items[index]) for index in reversed(range(6)))
    assert all(same(DigitScenes("train", length=6)[index], items[index]) for index in range(6))
    assert same(DigitScenes("train", length=6)[-1], items[5])
    with ThreadPoolExecutor(3) as pool:
        assert all(map(same, pool.map(train.__getitem__, range(6)), items))
    assert same(pickle.loads(pickle.dumps(train))[2], items[2])
    assert not same(DigitScenes("train", seed=1)[0], items[0])
    assert not same(val[0], items[0])


def test_an_item_is_the_same_in_another_process(train):
    code = "import hashlib; from regluon.cv.data import DigitScenes; i, b = DigitScenes('train')[3]"
    code += "; print(hashlib.sha256(i.tobytes() + b.tobytes()).hexdigest())"
    image, label = train[3]
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert answer.stdout.strip() == hashlib.sha256(image.tobytes() + label.tobytes()).hexdigest()


def test_splits_share_nothing(train, val):
    assert len(train._strokes) + len(val._strokes) == 1797
    ours = {strokes.tobytes() for strokes in train._strokes}
    assert sum(strokes.tobytes() in ours for strokes in val._strokes) == 0
    for left, right in zip(train._photographs, val._photographs, strict=True):
        assert abs(left.shape[1] - right.shape[1]) <= 1
        assert not np.array_equal(left[:100, :100], right[:100, :100])


@pytest.mark.parametrize("size", [32, 96, 300])
def test_other_sizes(size):
    image, label = DigitScenes("val", size=size)[0]
    assert image.shape == (size, size, 3)
    assert label[:, :4].max() <= size
    heights = [box[3] - box[1] for index in range(20) for box in DigitScenes("val", size=size)[index][1]]
    assert 0.3 * size < max(heights) < 0.46 * size


def test_iteration_ends():
    assert len(list(DigitScenes("val", length=3))) == 3
    assert list(DigitScenes("val", length=0)) == []


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        pytest.param({"split": "test"}, "split must be one of 'train', 'val', got 'test'", id="split"),
        pytest.param({"length": -1}, "length must be at least 0, got -1", id="length"),
        pytest.param({"size": 16}, "size must be at least 32, got 16", id="size"),
        pytest.param({"seed": -1}, "seed must be at least 0, got -1", id="seed"),
        pytest.param({"most": 0}, "most must be at least 1, got 0", id="most"),
        pytest.param({"max_overlap": 1.5}, r"max_overlap must be in \[0, 1\], got 1.5", id="overlap"),
    ],
)
def test_argument_errors(arguments, words):
    with pytest.raises(ArgumentError, match=words):
        DigitScenes(**arguments)


def test_index_error(val):
    for index in (60, -61):
        with pytest.raises(IndexError, match=f"index must be below 60, got {index}"):
            val[index]


@pytest.mark.parametrize("load", [module._load_digits, lambda split: module._load_photographs(split, 64)])
def test_without_scikit_learn(load, monkeypatch):
    real = builtins.__import__

    def refuse(name, *args, **kwargs):
        if name.startswith("sklearn"):
            raise ImportError(name)
        return real(name, *args, **kwargs)

    monkeypatch.setattr(builtins, "__import__", refuse)
    with pytest.raises(MissingPackageError, match=r"pip install regluon\[demo\]") as caught:
        load("train")
    assert isinstance(caught.value, MXNetError)
    assert isinstance(caught.value, ImportError)
    assert "\n" not in str(caught.value)
