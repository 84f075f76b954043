import pytest
import torch

from regluon.core.errors import ArgumentError
from regluon.engine import device as devices
from regluon.engine.device import available_devices, pick_device


@pytest.fixture
def two_gpus(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    monkeypatch.setattr(torch.cuda, "get_device_name", lambda number: f"GPU {number}")


@pytest.fixture
def no_gpu(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 0)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: False)


@pytest.mark.parametrize(
    ("text", "picked"),
    [
        pytest.param("cpu", "cpu", id="cpu"),
        pytest.param("auto", "cuda:0", id="auto takes the first GPU"),
        pytest.param("cuda", "cuda:0", id="cuda is the first GPU"),
        pytest.param("1", "cuda:1", id="by number"),
        pytest.param("cuda:1", "cuda:1", id="by torch's name"),
    ],
)
@pytest.mark.usefixtures("two_gpus")
def test_picks(text, picked):
    assert pick_device(text) == torch.device(picked)


@pytest.mark.usefixtures("no_gpu")
def test_auto_falls_back_to_the_cpu():
    assert pick_device("auto") == torch.device("cpu")


@pytest.mark.usefixtures("no_gpu")
def test_a_device_that_is_not_here_is_refused_with_those_that_are():
    for text in ("cuda", "0", "mps", "cuda:3"):
        with pytest.raises(ArgumentError, match=rf"^demo: device must be one that is here \(cpu\), got '{text}'$"):
            pick_device(text, "demo")


@pytest.mark.usefixtures("two_gpus")
def test_several_devices_are_refused():
    with pytest.raises(ArgumentError, match=r"^demo: device must be one device, got '0,1'"):
        pick_device("0,1", "demo")


def test_mps_is_picked_where_it_is(monkeypatch):
    monkeypatch.setattr(devices.torch.backends.mps, "is_available", lambda: True)
    assert pick_device("mps") == torch.device("mps")
    assert "mps" in available_devices()
