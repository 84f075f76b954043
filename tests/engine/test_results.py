import json
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from PIL import Image

from regluon.core.errors import ArgumentError, ShapeError
from regluon.engine.boxes import Boxes
from regluon.engine.results import Results

# Height 100, width 200; a box of 20 x 40 around (20, 40) and one of 100 x 50 around (150, 75).
ROWS = [[10, 20, 30, 60, 0.875, 7], [100, 50, 200, 100, 0.5, 0]]
NAMES = {0: "zero", 7: "seven"}


@pytest.fixture
def picture():
    return np.random.default_rng(0).integers(0, 256, (100, 200, 3), np.uint8)


@pytest.fixture
def results(picture):
    return Results(picture, ROWS, NAMES, "photos/a.png", {"inference": 2.0})


class TestBoxes:
    def test_four_forms(self):
        boxes = Boxes(ROWS, (100, 200))
        np.testing.assert_array_equal(boxes.xyxy, [[10, 20, 30, 60], [100, 50, 200, 100]])
        np.testing.assert_array_equal(boxes.xywh, [[20, 40, 20, 40], [150, 75, 100, 50]])
        np.testing.assert_allclose(boxes.xyxyn, [[0.05, 0.2, 0.15, 0.6], [0.5, 0.5, 1, 1]], rtol=1e-6)
        np.testing.assert_allclose(boxes.xywhn, [[0.1, 0.4, 0.1, 0.4], [0.75, 0.75, 0.5, 0.5]], rtol=1e-6)
        np.testing.assert_array_equal(boxes.conf, np.float32([0.875, 0.5]))
        np.testing.assert_array_equal(boxes.cls, [7, 0])
        assert boxes.data.dtype == boxes.xywhn.dtype == np.float32
        assert boxes.id is None
        assert not boxes.is_track

    @pytest.mark.parametrize(
        ("index", "classes"),
        [
            pytest.param(1, [0], id="number"),
            pytest.param(-1, [0], id="from the end"),
            pytest.param(slice(0, 1), [7], id="slice"),
            pytest.param([1, 0], [0, 7], id="numbers"),
            pytest.param(np.array([True, False]), [7], id="mask"),
            pytest.param([], [], id="none"),
        ],
    )
    def test_index(self, index, classes):
        chosen = Boxes(ROWS, (100, 200))[index]
        assert chosen.cls.tolist() == classes
        assert chosen.shape == (len(classes), 6)
        assert chosen.orig_shape == (100, 200)

    def test_iterates_over_boxes_of_one(self):
        assert [box.xyxy.tolist() for box in Boxes(ROWS, (100, 200))] == [[row[:4]] for row in ROWS]

    def test_none(self):
        boxes = Boxes([], (100, 200))
        assert len(boxes) == 0
        assert boxes.xywhn.shape == (0, 4)
        assert list(boxes) == []

    def test_rows_of_another_width(self):
        with pytest.raises(ShapeError, match=r"^Boxes: data must be \(N, 6\), got shape \(1, 5\)$"):
            Boxes([[1, 2, 3, 4, 5]], (10, 10))

    def test_reads_as_tensors_do(self):
        boxes = Boxes(ROWS, (100, 200)).cpu()
        assert type(boxes.xyxy.cpu().numpy()) is np.ndarray
        assert type(boxes.xywhn[0].cpu().detach().numpy()) is np.ndarray
        assert boxes.numpy().conf[0].item() == 0.875
        assert [(int(box.cls), float(box.conf)) for box in boxes] == [(7, 0.875), (0, 0.5)]


class TestResults:
    def test_is_a_list_of_boxes_with_names(self, results):
        assert len(results) == 2
        assert [result.names[int(result.boxes.cls[0])] for result in results] == ["seven", "zero"]
        assert results[1].path == "photos/a.png"
        assert results[[False, True]].boxes.cls.tolist() == [0]
        assert results.orig_shape == (100, 200)
        assert results.cpu().numpy() is results
        assert str(results) == "1 zero, 1 seven"
        assert str(results[[]]) == "nothing found"

    def test_a_gray_picture_is_refused(self):
        with pytest.raises(ShapeError, match=r"^Results: orig_img must be \(H, W, 3\), got shape \(10, 20\)$"):
            Results(np.zeros((10, 20), np.uint8), [], {})

    def test_json(self, results):
        assert json.loads(results.to_json()) == results.summary()
        assert results.summary()[0] == {
            "name": "seven",
            "class": 7,
            "confidence": 0.875,
            "box": {"x1": 10.0, "y1": 20.0, "x2": 30.0, "y2": 60.0},
        }

    def test_a_class_without_a_name_is_called_by_number(self, picture):
        assert Results(picture, ROWS, {}).summary()[0]["name"] == "7"

    def test_txt(self, results, tmp_path):
        path = results.save_txt(tmp_path / "labels" / "a.txt", save_conf=True)
        assert path.read_text() == "7 0.1 0.4 0.1 0.4 0.875\n0 0.75 0.75 0.5 0.5 0.5\n"
        assert results[:1].save_txt(path).read_text() == "7 0.1 0.4 0.1 0.4\n"
        assert results[[]].save_txt(path).read_text() == ""

    def test_crops(self, tmp_path):
        across, down = np.meshgrid(np.arange(200), np.arange(100))
        picture = np.stack([across, down, across + 0 * down], axis=2).astype(np.uint8)
        first, second = Results(picture, ROWS, NAMES, "photos/a.png").save_crop(tmp_path)
        assert first == tmp_path / "seven" / "a-1.jpg"
        assert second == tmp_path / "zero" / "a-2.jpg"
        with Image.open(second) as crop:
            assert crop.size == (100, 50)
            np.testing.assert_allclose(np.asarray(crop, int), picture[50:100, 100:200], atol=8)

    def test_crops_stay_in_their_folder_and_their_picture(self, picture, tmp_path):
        rows = [[-50, -50, 10, 10, 0.9, 0], [300, 300, 400, 400, 0.9, 0], [5, 5, 5, 50, 0.9, 0]]
        (path,) = Results(picture, rows, {0: "../../etc/x"}).save_crop(tmp_path / "crops")
        assert path == tmp_path / "crops" / "______etc_x" / "picture-1.jpg"
        with Image.open(path) as crop:
            assert crop.size == (10, 10)

    def test_plot_draws_every_box_and_nothing_else(self, results, picture):
        drawn = results.plot()
        assert drawn.dtype == np.uint8
        # Small pictures are enlarged by a whole number.
        scale = drawn.shape[0] // 100
        assert drawn.shape == (100 * scale, 200 * scale, 3)
        plain = results[[]].plot().astype(int)
        changed = np.abs(drawn.astype(int) - plain).max(axis=2) > 0
        for left, top, right, bottom, *_ in ROWS:
            for side in (left, right):
                near = slice(max(side * scale - 3, 0), side * scale + 4)
                assert changed[top * scale + 5 : bottom * scale - 5, near].all(axis=0).any()
        assert not changed[: 15 * scale, 150 * scale :].any()
        assert not changed[65 * scale :, : 90 * scale].any()

    def test_plot_draws_boxes_of_any_score(self, picture):
        faint = Results(picture, [[10, 20, 30, 60, 0.01, 7]], NAMES)
        assert (faint.plot() != faint[[]].plot()).any()

    def test_save(self, results, tmp_path):
        path = results.save(tmp_path / "new" / "a.gif")
        assert path == tmp_path / "new" / "a.jpg"
        with Image.open(path) as picture:
            assert (picture.height, picture.width) == results.plot().shape[:2]

    def test_gluon(self, results):
        ids, scores, boxes = results.to_gluon(size=3)
        np.testing.assert_array_equal(ids, [[[7], [0], [-1]]])
        np.testing.assert_array_equal(scores, np.float32([[[0.875], [0.5], [-1]]]))
        np.testing.assert_array_equal(boxes, [[[10, 20, 30, 60], [100, 50, 200, 100], [-1, -1, -1, -1]]])
        assert [array.shape for array in results.to_gluon()] == [(1, 2, 1), (1, 2, 1), (1, 2, 4)]
        assert results.to_gluon(size=1)[0].tolist() == [[[7]]]

    def test_gluon_of_negative_size(self, results):
        with pytest.raises(ArgumentError, match=r"^Results: size must be an int >= 0, got -1$"):
            results.to_gluon(-1)

    def test_torchvision(self, results):
        target = results.to_torchvision()
        assert target["boxes"].tolist() == [row[:4] for row in ROWS]
        assert target["labels"].tolist() == [7, 0]
        assert target["labels"].dtype == torch.int64
        assert target["scores"].tolist() == [0.875, 0.5]
        target["boxes"].zero_()
        assert results.boxes.xyxy[0, 0] == 10

    def test_coco(self, results):
        row = {"image_id": 5, "category_id": 7, "bbox": [10.0, 20.0, 20.0, 40.0], "score": 0.875}
        assert results.to_coco(5)[0] == row
        assert [row["category_id"] for row in results.to_coco(5, {7: 70, 0: 1})] == [70, 1]

    def test_answers_to_readers_of_other_toolkits(self, results):
        """What supervision's and SAHI's readers ask of a result."""
        assert getattr(results, "obb", None) is None
        assert results.masks is None
        detections = SimpleNamespace(
            xyxy=results.boxes.xyxy.cpu().numpy(),
            confidence=results.boxes.conf.cpu().numpy(),
            class_id=results.boxes.cls.cpu().numpy().astype(int),
            tracker_id=results.boxes.id.int().cpu().numpy() if results.boxes.id is not None else None,
        )
        assert detections.class_id.tolist() == [7, 0]
        assert detections.tracker_id is None
        assert results.boxes.data.cpu().detach().numpy().shape == (2, 6)
