import json

import numpy as np
import pytest
from PIL import Image

from regluon.core.errors import ArgumentError
from regluon.engine.config import PredictConfig
from regluon.engine.predict import predict
from regluon.engine.results import Results
from regluon.engine.run_folder import RunFolder

NAMES = {0: "zero", 1: "one", 2: "two"}
# Out of order on purpose: a detector need not sort.
ROWS = [[1, 2, 11, 12, 0.3, 1], [5, 5, 15, 15, 0.9, 0], [0, 0, 8, 8, 0.1, 2], [2, 2, 9, 9, 0.6, 1]]


def detect(picture):
    return Results(picture, ROWS, NAMES, speed={"inference": 1.0})


@pytest.fixture
def photos(tmp_path):
    folder = tmp_path / "photos"
    folder.mkdir()
    for name in ("a.png", "b.jpg"):
        Image.new("RGB", (40, 30), "navy").save(folder / name)
    return folder


@pytest.fixture
def run(tmp_path, photos):
    def run(*sources, write=True, **given):
        config = PredictConfig(source=tuple(map(str, sources)), model="m", project=str(tmp_path / "runs"), **given)
        folder = RunFolder(config.project, config.name, config.exist_ok) if write else None
        return list(predict(config, detect, folder)), folder.path if folder else None

    return run


def test_boxes_are_cut_by_score_and_ranked(run, photos):
    (outcome,), _ = run(photos / "a.png", write=False)
    assert outcome.results.boxes.conf.tolist() == np.float32([0.9, 0.6, 0.3]).tolist()
    assert outcome.results.path == str(photos / "a.png")
    assert outcome.results.speed == {"inference": 1.0}
    assert outcome.saved == ()


@pytest.mark.parametrize(
    ("given", "classes"),
    [
        pytest.param({"conf": 0.6}, [0, 1], id="the score itself counts"),
        pytest.param({"conf": 0}, [0, 1, 1, 2], id="all"),
        pytest.param({"conf": 1}, [], id="none"),
        pytest.param({"max_det": 2}, [0, 1], id="the best two"),
        pytest.param({"classes": (1, 2)}, [1, 1], id="classes"),
        pytest.param({"classes": (1,), "max_det": 1}, [1], id="the best of a class"),
    ],
)
def test_which_boxes_are_kept(run, photos, given, classes):
    (outcome,), _ = run(photos / "a.png", write=False, **given)
    assert outcome.results.boxes.cls.tolist() == classes


def test_a_class_the_model_does_not_know(run, photos):
    with pytest.raises(ArgumentError, match=r"^predict: classes must be among \[0, 1, 2\], got \[7\]$"):
        run(photos / "a.png", classes=(1, 7))


def test_what_is_written(run, photos):
    outcomes, folder = run(photos, save_txt=True, save_conf=True, save_crop=True)
    assert [outcome.path.name for outcome in outcomes] == ["a.png", "b.jpg"]
    assert sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()) == [
        "a.json", "a.png", "b.jpg", "b.json",
        "crops/one/a-2.jpg", "crops/one/a-3.jpg", "crops/one/b-2.jpg", "crops/one/b-3.jpg",
        "crops/zero/a-1.jpg", "crops/zero/b-1.jpg",
        "labels/a.txt", "labels/b.txt", "predictions.json",
    ]  # fmt: skip
    assert json.loads((folder / "a.json").read_text()) == outcomes[0].results.summary()
    assert (folder / "labels" / "a.txt").read_text().splitlines()[0] == "0 0.25 0.333333 0.25 0.333333 0.9"
    rows = json.loads((folder / "predictions.json").read_text())
    assert [(row["image_id"], row["category_id"]) for row in rows[:4]] == [("a", 0), ("a", 1), ("a", 1), ("b", 0)]
    assert set(outcomes[0].saved) == {path for path in folder.rglob("a*") if path.is_file()}


def test_nothing_is_drawn_where_only_text_is_wanted(run, photos):
    _, folder = run(photos / "a.png", save=False, save_txt=True)
    assert [path.name for path in folder.rglob("*") if path.is_file()] == ["a.txt"]


def test_pictures_that_cannot_be_read_do_not_stop_the_others(run, photos):
    (photos / "c.png").write_bytes(b"")
    (photos / "d.png").write_bytes(b"this is text")
    (photos / "e.png").write_bytes((photos / "a.png").read_bytes()[:60])
    (photos / "empty").mkdir()
    outcomes, folder = run(photos, photos / "nothing.png", photos / "empty", photos / "*.bmp", photos / "d.png")
    assert {outcome.path.name: outcome.error for outcome in outcomes if outcome.results is None} == {
        "c.png": f"'{photos}/c.png' must be a picture, got an empty file",
        "d.png": f"'{photos}/d.png' must be a picture in a format that Pillow reads, got something else",
        "e.png": outcomes[4].error,
        "nothing.png": f"paths must be files, folders or patterns that exist, got '{photos}/nothing.png'",
        "empty": outcomes[6].error,
        "*.bmp": f"paths must be files, folders or patterns that exist, got '{photos}/*.bmp'",
    }
    assert "whole, undamaged picture" in outcomes[4].error
    assert "paths must lead to at least one picture" in outcomes[6].error
    assert all("\n" not in outcome.error for outcome in outcomes if outcome.error)
    assert [outcome.path.name for outcome in outcomes if outcome.results is not None] == ["a.png", "b.jpg"]
    assert (folder / "b.json").exists()


def test_a_picture_that_may_not_be_read(run, photos, monkeypatch):
    def refuse(path):
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr("regluon.engine.predict.imread", refuse)
    (outcome,), _ = run(photos / "a.png")
    assert outcome.error == f"[Errno 13] Permission denied: '{photos}/a.png'"


def test_a_picture_named_twice_is_looked_at_once(run, photos):
    outcomes, _ = run(photos / "a.png", photos, photos / "*.png", write=False)
    assert [outcome.path.name for outcome in outcomes] == ["a.png", "b.jpg"]


def test_pictures_of_the_same_name_do_not_replace_each_other(run, photos, tmp_path):
    other = tmp_path / "other"
    other.mkdir()
    for name in ("a.jpg", "A.png", "predictions.png", "args.png"):
        Image.new("RGB", (40, 30)).save(other / name)
    _, folder = run(photos / "a.png", other / "a.jpg", other / "A.png", other / "predictions.png", other / "args.png")
    assert {path.name for path in folder.iterdir()} == {
        "a.png", "a.json", "a-2.jpg", "a-2.json", "A-3.png", "A-3.json",
        "predictions-2.png", "predictions-2.json", "args-2.png", "args-2.json", "predictions.json",
    }  # fmt: skip


def test_numbered_pictures_keep_their_number_in_the_coco_file(run, photos):
    (photos / "a.png").rename(photos / "000000397133.png")
    _, folder = run(photos / "000000397133.png")
    assert json.loads((folder / "predictions.json").read_text())[0]["image_id"] == 397133


def test_what_was_found_is_kept_when_the_caller_stops(photos, tmp_path):
    config = PredictConfig(source=(str(photos),), model="m", project=str(tmp_path / "runs"))
    folder = RunFolder(config.project, config.name)
    outcomes = predict(config, detect, folder)
    next(outcomes)
    outcomes.close()
    assert {row["image_id"] for row in json.loads((folder.path / "predictions.json").read_text())} == {"a"}
