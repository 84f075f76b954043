import pickle
import threading

import pytest
import torch

import regluon as mx
from regluon.core import device
from regluon.core.device import Device, as_device, cpu, cpu_pinned, cpu_shared, current_device, device_of, gpu
from regluon.core.errors import ArgumentError, ArgumentTypeError


def test_names():
    assert [str(one) for one in (cpu(), gpu(1), cpu_pinned(), cpu_shared(2))] == [
        "cpu(0)",
        "gpu(1)",
        "cpu_pinned(0)",
        "cpu_shared(2)",
    ]
    assert [one.device_typeid for one in (cpu(), gpu(), cpu_pinned(), cpu_shared())] == [1, 2, 3, 5]
    assert mx.Context is mx.Device


def test_equality():
    assert cpu(1) == Device("cpu", 1) == Device(cpu(1))
    assert cpu(1) != cpu(0)
    assert cpu() != "cpu(0)"
    assert len({cpu(0), cpu(0), gpu(0)}) == 2
    assert pickle.loads(pickle.dumps(gpu(3))) == gpu(3)


def test_where_torch_has_them():
    assert gpu(2).torch == torch.device("cuda", 2)
    assert cpu(2).torch == cpu_pinned().torch == torch.device("cpu")
    assert device_of(torch.zeros(1)) == cpu()
    assert device_of(torch.zeros(1, device="meta")) == cpu()


@pytest.mark.parametrize(
    ("spelling", "expected"),
    [
        ("cpu", cpu()),
        ("cpu(1)", cpu(1)),
        ("cpu:1", cpu(1)),
        ("gpu", gpu()),
        ("cuda:1", gpu(1)),
        ("cpu_pinned(0)", cpu_pinned()),
        (torch.device("cuda", 1), gpu(1)),
        (torch.device("cuda"), gpu()),
        (torch.device("cpu"), cpu()),
        (gpu(4), gpu(4)),
        (None, cpu()),
    ],
    ids=str,
)
def test_spellings(spelling, expected):
    assert as_device(spelling) == expected


def test_the_current_one():
    with cpu(1) as outer:
        assert current_device() == mx.current_context() == outer
        with outer, gpu(0):
            assert as_device(None) == gpu(0)
        assert current_device() == outer
        seen = []
        other = threading.Thread(target=lambda: seen.append(current_device()))
        other.start()
        other.join()
    assert seen == [current_device()] == [cpu(0)]


def test_the_current_one_after_an_error():
    with pytest.raises(RuntimeError, match="stop"), cpu(1):
        raise RuntimeError("stop")
    assert current_device() == cpu(0)


def test_gpus(monkeypatch):
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 3)
    monkeypatch.setattr(torch.cuda, "mem_get_info", lambda number: (number, 10))
    emptied = []
    monkeypatch.setattr(torch.cuda, "empty_cache", lambda: emptied.append(True))
    assert device.num_gpus() == 3
    assert device.gpu_memory_info(2) == (2, 10)
    cpu().empty_cache()
    gpu().empty_cache()
    assert emptied == [True]


@pytest.mark.parametrize(
    ("act", "error", "words"),
    [
        pytest.param(
            lambda: Device("tpu"),
            ArgumentError,
            "device_type must be one of cpu, gpu, .*, got 'tpu'",
            id="type",
        ),
        pytest.param(lambda: cpu(-1), ArgumentError, "device_id must be an int >= 0, got -1", id="number"),
        pytest.param(lambda: cpu(True), ArgumentError, "device_id must be an int >= 0, got True", id="bool"),
        pytest.param(lambda: as_device("cpu(a)"), ArgumentTypeError, r"must be a Device such as cpu\(0\)", id="text"),
        pytest.param(lambda: as_device(3), ArgumentTypeError, "must be a Device such as .*, got 3", id="int"),
        pytest.param(lambda: as_device("mps"), ArgumentError, "device_type must be one of", id="other"),
    ],
)
def test_errors(act, error, words):
    with pytest.raises(error, match=words):
        act()
