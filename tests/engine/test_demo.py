"""The demo, at a size that takes seconds."""

import csv
import json

import numpy as np
import pytest
import torch

import regluon as mx
from regluon.core.errors import FormatError
from regluon.engine.checkpoint import ModelCard, load_checkpoint, read_card, save_checkpoint
from regluon.engine.config import DemoConfig, PredictConfig
from regluon.engine.demo import run_demo
from regluon.engine.detector import load_detector
from regluon.engine.talk import Talk


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """A finished run and what it returned."""
    project = tmp_path_factory.mktemp("runs")
    config = DemoConfig(
        epochs=2, images=32, val_images=8, batch=8, imgsz=64, seed=3, project=str(project), device="cpu"
    )
    with Talk("quiet") as talk:
        return run_demo(config, talk), project / "demo"


def test_returns_what_came_of_it(run):
    outcome, folder = run
    assert outcome["folder"] == str(folder)
    assert outcome["epochs"] == 2
    assert 0 <= outcome["mAP50"] <= 1
    assert 0 <= outcome["untrained mAP50"] <= 1


def test_folder_is_laid_out(run):
    _, folder = run
    expected = {
        "args.yaml", "results.csv", "metrics.jsonl", "status.json", "train.log", "env.json", "results.png",
        "PR_curve.png", "F1_curve.png", "P_curve.png", "R_curve.png", "val_batch0_pred.jpg", "val", "weights",
    }  # fmt: skip
    assert expected <= {path.name for path in folder.iterdir()}
    weights = {path.name for path in (folder / "weights").iterdir()}
    assert weights == {"best.params", "best.safetensors", "last.params", "last.safetensors"}
    assert len(list((folder / "val").glob("*.jpg"))) == 8
    assert json.loads((folder / "status.json").read_text())["state"] == "finished"


def test_losses_and_metrics_are_written_for_every_epoch(run):
    rows = list(csv.DictReader((run[1] / "results.csv").read_text().splitlines()))
    assert [row["epoch"] for row in rows] == ["1", "2"]
    for name in ("train/cls_loss", "train/box_loss", "metrics/precision(B)", "metrics/recall(B)", "metrics/mAP50(B)"):
        assert all(np.isfinite(float(row[name])) for row in rows)


def test_params_and_safetensors_hold_the_same(run):
    weights = run[1] / "weights"
    from_params = mx.nd.load(str(weights / "last.params"))
    tensors, card = load_checkpoint(weights / "last.safetensors")
    assert set(from_params) == set(tensors)
    for name, tensor in tensors.items():
        np.testing.assert_array_equal(from_params[name].asnumpy(), tensor.numpy())
    assert card.class_names == tuple("0123456789")
    assert card.facts["epoch"] == 2


def test_same_seed_gives_the_same_weights(run, tmp_path):
    config = DemoConfig(
        epochs=2, images=32, val_images=8, batch=8, imgsz=64, seed=3, project=str(tmp_path), device="cpu"
    )
    with Talk("quiet") as talk:
        run_demo(config, talk)
    again, _ = load_checkpoint(tmp_path / "demo" / "weights" / "last.safetensors")
    first, _ = load_checkpoint(run[1] / "weights" / "last.safetensors")
    assert all(torch.equal(first[name], again[name]) for name in first)


def _predict(model, **options):
    return PredictConfig(source=("unused.jpg",), model=str(model), device="cpu", **options)


def test_detector_finds_what_the_network_says(run):
    detect = load_detector(_predict(run[1] / "weights" / "last.safetensors", conf=0.0), Talk("quiet"))
    image = np.random.default_rng(0).integers(0, 256, (40, 80, 3), np.uint8)
    found = detect(image)
    values, placement = detect.preprocess(image)
    with torch.inference_mode():
        ids, scores, boxes = detect.net(torch.from_numpy(values[None]))
    alive = ids[0, :, 0] >= 0
    assert len(found) == int(alive.sum())
    np.testing.assert_allclose(found.boxes.conf, scores[0, alive, 0].numpy())
    np.testing.assert_allclose(found.boxes.xyxy, placement.restore(boxes[0, alive].numpy()), atol=1e-4)
    assert set(found.speed) == {"preprocess", "inference", "postprocess"}


def test_detector_takes_settings_from_the_command_line(run):
    model = run[1] / "weights" / "last.safetensors"
    detect = load_detector(_predict(model, iou=0.9, imgsz=96, max_det=7), Talk("quiet"))
    assert (detect.net.nms_thresh, detect.net.post_nms, detect.preprocess.size) == (0.9, 7, 96)
    assert detect(np.zeros((10, 10, 3), np.uint8)).orig_shape == (10, 10)


def test_weights_of_another_network_are_refused(run, tmp_path):
    tensors, card = load_checkpoint(run[1] / "weights" / "last.safetensors")
    fewer = ModelCard(
        architecture=card.architecture,
        arguments={"classes": ["a"]},
        class_names=("a",),
        preprocessing=card.preprocessing,
    )
    path = tmp_path / "other.safetensors"
    save_checkpoint(path, tensors, fewer)
    with pytest.raises(FormatError, match="does not fit the network 'ssd_128_small' it names"):
        load_detector(_predict(path), Talk("quiet"))
    assert read_card(path).class_names == ("a",)
