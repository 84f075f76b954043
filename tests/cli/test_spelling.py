import pytest

from regluon.cli.spelling import normalise
from regluon.engine.config import DemoConfig, PredictConfig

VERBS = {"demo": DemoConfig, "predict": PredictConfig, "version": None}


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        pytest.param("demo --epochs 3", "demo --epochs 3", id="as it is"),
        pytest.param("demo epochs=3", "demo --epochs=3", id="pair"),
        pytest.param("demo name=", "demo --name=", id="pair without a value"),
        pytest.param("demo name=a=b", "demo --name=a=b", id="pair with an equals sign in it"),
        pytest.param("demo --exist_ok --val_images=9", "demo --exist-ok --val-images=9", id="underscore"),
        pytest.param("predict max-det=9", "predict --max-det=9", id="dash in a pair"),
        pytest.param("demo -b 8 --batch-size=8 batch_size=8", "demo --batch 8 --batch=8 --batch=8", id="other names"),
        pytest.param("demo --lr 0.1 --data-shape 96", "demo --lr0 0.1 --imgsz 96", id="GluonCV's names"),
        pytest.param("predict --thresh 0.1 --gpus 0", "predict --conf 0.1 --device 0", id="GluonCV's names to predict"),
        pytest.param("predict --weights w a.png", "predict --model w a.png", id="weights are the model"),
        pytest.param("predict --source a.png source=b.png --source=c.png", "predict a.png b.png c.png", id="source"),
        pytest.param("predict --no-save a.png", "predict --no-save a.png", id="negation"),
        pytest.param("predict --save-txt a.png conf=0.5", "predict --save-txt a.png --conf=0.5", id="after a switch"),
        pytest.param("demo --name epochs=3", "demo --name epochs=3", id="a value that looks like a pair"),
        pytest.param("demo -- epochs=3", "demo -- epochs=3", id="after the end of flags"),
        pytest.param("demo epoch=3", "demo --epoch=3", id="unknown pair"),
        pytest.param("demo -h", "demo -h", id="help"),
        pytest.param("infer a.png", "predict a.png", id="infer"),
        pytest.param("detect model=x", "predict --model=x", id="detect"),
        pytest.param("--version", "version", id="version as a flag"),
        pytest.param("-V", "version", id="version as a letter"),
        pytest.param("--json --quiet demo epochs=3", "demo --json --quiet --epochs=3", id="before the verb"),
        pytest.param("version json=true", "version --json=true", id="a verb without arguments"),
        pytest.param("train epochs=3", "train epochs=3", id="no verb of ours"),
        pytest.param("--json", "--json", id="no verb"),
        pytest.param("", "", id="nothing"),
    ],
)
def test_spellings(typed, meant):
    assert normalise(typed.split(), VERBS) == meant.split()


def test_a_file_with_an_equals_sign_is_a_file(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a=b.png").touch()
    (tmp_path / "conf=1").touch()
    assert normalise(["predict", "a=b.png", "c=d.png", "conf=1"], VERBS) == [
        "predict",
        "a=b.png",
        "--c=d.png",
        "--conf=1",
    ]
