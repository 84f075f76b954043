"""Values from and to files: what comes back, and what is said where something does not fit."""

from pathlib import Path

import numpy as np
import pytest
import torch

import regluon as mx
from regluon import nd
from regluon.core.errors import ArgumentError, ArgumentTypeError, FormatError, ShapeError, UnknownNameError
from regluon.gluon import nn
from tests.recorded import GOLDEN


def network(units: int = 2, inputs: int = 3) -> nn.HybridSequential:
    net = nn.HybridSequential(prefix="net_")
    with net.name_scope():
        net.add(nn.Dense(4, in_units=inputs), nn.Dense(units, in_units=4))
    return net


@pytest.fixture
def saved(tmp_path: Path) -> tuple[nn.HybridSequential, Path]:
    net = network()
    net.initialize()
    net.save_parameters(tmp_path / "net.params")
    return net, tmp_path / "net.params"


def assert_equal(one: nn.HybridSequential, other: nn.HybridSequential) -> None:
    for name, parameter in one.collect_params().items():
        np.testing.assert_array_equal(parameter.data().asnumpy(), other.collect_params()[name].data().asnumpy())


def test_come_back_into_a_network_without_values(saved):
    other = network(inputs=0)
    other.load_parameters(saved[1])
    assert_equal(saved[0], other)
    waiting = network(inputs=0)
    waiting.initialize(ctx=mx.cpu(1))
    waiting.load_parameters(saved[1])
    assert waiting[0].weight.list_ctx() == [mx.cpu(1)]


def test_devices_may_be_chosen(saved):
    other = network()
    other.load_parameters(saved[1], ctx=[mx.cpu(0), mx.cpu(1)])
    assert other[0].weight.list_ctx() == [mx.cpu(0), mx.cpu(1)]
    other.load_parameters(saved[1], device=mx.cpu(2))
    assert other[0].weight.list_ctx() == [mx.cpu(2)]
    assert_equal(saved[0], other)


def test_of_mxnet_by_any_of_its_names():
    folder = GOLDEN / "symbols"
    nets = []
    for file in ("exported_classifier.params", "exported_classifier-0000.params"):
        net = nn.HybridSequential(prefix="net_")
        with net.name_scope():
            net.add(nn.Conv2D(3, 3, padding=1, use_bias=False), nn.BatchNorm(), nn.Activation("relu"))
            net.add(nn.MaxPool2D(), nn.LeakyReLU(0.1), nn.GlobalAvgPool2D(), nn.Flatten(), nn.Dropout(0.5), nn.Dense(4))
        net.load_parameters(folder / file)
        nets.append(net)
    assert_equal(*nets)


def test_missing_names_are_listed(saved):
    (net, path) = saved
    bigger = network()
    bigger.add(nn.Dense(1, in_units=2))
    with pytest.raises(
        UnknownNameError, match=r"net.params must hold 2.weight, 2.bias, but holds 0.weight, .*allow_missing=True"
    ):
        bigger.load_parameters(path)
    bigger.initialize(mx.init.One())
    bigger.load_parameters(path, allow_missing=True)
    np.testing.assert_array_equal(bigger[2].weight.data().asnumpy(), 1)
    np.testing.assert_array_equal(bigger[0].weight.data().asnumpy(), net[0].weight.data().asnumpy())


def test_extra_names_are_listed(saved):
    with pytest.raises(
        UnknownNameError, match=r"holds 1.weight, 1.bias, which are no Parameters here .*ignore_extra=True"
    ):
        network()[:1].load_parameters(saved[1])
    part = network()[:1]
    part.load_parameters(saved[1], ignore_extra=True)
    np.testing.assert_array_equal(part[0].bias.data().asnumpy(), saved[0][0].bias.data().asnumpy())


@pytest.mark.parametrize(
    ("other", "cause"),
    [
        pytest.param({"units": 7}, "classes or channels: 2 in the file, 7 in the network", id="outputs differ"),
        pytest.param({"inputs": 5}, "another number of channels", id="inputs differ"),
        pytest.param({"units": 7, "inputs": 5}, "another architecture", id="most of them differ"),
    ],
)
def test_shapes_are_listed_with_the_likely_cause(saved, other, cause):
    net = network(**other)
    net.initialize(mx.init.One())
    with pytest.raises(ShapeError, match=rf"load: shapes in .*net.params must be as here: \d.weight is .*{cause}"):
        net.load_parameters(saved[1])
    np.testing.assert_array_equal(net[0].weight.data().asnumpy(), 1)  # nothing was set


@pytest.mark.parametrize(
    ("here", "there", "boxes", "more"),
    [
        pytest.param(3, 20, (4, 6, 6), 1, id="scores with a background"),
        pytest.param(80, 20, (3, 3, 3), 5, id="scores with boxes"),
        pytest.param(2, 1, (1,), 0, id="scores alone"),
    ],
)
def test_classes_are_counted(here, there, boxes, more):
    def detector(classes: int) -> nn.HybridSequential:
        net = nn.HybridSequential(prefix="net_")
        net.add(nn.Dense(8, in_units=3), *(nn.Dense(count * (classes + more), in_units=8) for count in boxes))
        net.classes = ["one"] * classes
        return net

    net = detector(there)
    net.initialize()
    values = {name: one.data() for name, one in net.collect_params().items()}
    with pytest.raises(
        ShapeError, match=f"there are {there} classes in the file and {here} in the network: .*reset_class"
    ):
        detector(here).load_dict(values)


def test_without_classes_the_cause_is_less_sure():
    def network(*units: int) -> nn.HybridSequential:
        net = nn.HybridSequential(prefix="net_")
        net.add(*(nn.Dense(one, in_units=3) for one in units))
        return net

    for here, there, cause in (
        ((5, 6), (4, 4), "another architecture"),
        ((9,) * 5 + (5, 6), (9,) * 5 + (4, 4), "classes or channels"),
    ):
        net = network(*there)
        net.initialize()
        with pytest.raises(ShapeError, match=f"likely cause is (another number of )?{cause}$"):
            network(*here).load_dict({name: one.data() for name, one in net.collect_params().items()})


def test_other_parts_are_told():
    net = network()
    with pytest.raises(
        UnknownNameError, match=r"must hold 1.weight, 1.bias, and not hold more\. .*2 names being the same"
    ):
        net.load_dict({"0.weight": np.ones((4, 3)), "0.bias": np.ones(4), "more": np.ones(1)})
    with pytest.raises(
        UnknownNameError, match="cause is another architecture; allow_missing=True and ignore_extra=True"
    ):
        net.load_dict({"weight": np.ones(1)})


def test_many_names_are_cut_short():
    values = {f"extra{i}": np.zeros(1, np.float32) for i in range(9)}
    with pytest.raises(UnknownNameError, match="extra0, extra1, extra2, extra3, extra4, extra5 and 3 more"):
        network().load_dict(values, allow_missing=True)


def test_number_types(saved):
    net = network()
    net.cast("float64")
    with pytest.raises(ArgumentTypeError, match=r"net_dense0_weight must be float64, got float32 in .*cast_dtype=True"):
        net.load_parameters(saved[1])
    net.load_parameters(saved[1], cast_dtype=True)
    assert net[0].weight.dtype == np.float64
    net.load_parameters(saved[1], cast_dtype=True, dtype_source="saved")
    assert net[0].weight.dtype == np.float32
    with pytest.raises(ArgumentError, match="dtype_source must be one of 'current', 'saved', got 'file'"):
        net.load_parameters(saved[1], dtype_source="file")


def test_dictionaries_of_any_arrays():
    net = network()
    net.load_dict(
        {
            "arg:0.weight": np.ones((4, 3), np.float32), "0.bias": nd.ones((4,)), "1.weight": torch.ones(2, 4),
            "aux:1.bias": [0.5, 1],
        }
    )  # fmt: skip
    assert net[1].bias.data().asnumpy().tolist() == [0.5, 1]


def test_shared_parameters_are_written_once_if_asked(tmp_path: Path):
    net = network()
    net.add(nn.Dense(2, in_units=4, params=net[1].params))
    net.initialize()
    path = tmp_path / "it"
    net.save_parameters(path, deduplicate=True)
    assert sorted(nd.load(path)) == ["0.bias", "0.weight", "2.bias", "2.weight"]
    other = network()
    other.add(nn.Dense(2, in_units=4, params=other[1].params))
    other.load_parameters(path)
    assert_equal(net, other)


def test_copies_on_several_devices_are_averaged(tmp_path: Path):
    net = nn.Dense(1, in_units=1)
    net.initialize(ctx=[mx.cpu(0), mx.cpu(1)])
    for i in range(2):
        net.weight.data(mx.cpu(i))[:] = i
    net.save_parameters(tmp_path / "it")
    assert nd.load(tmp_path / "it")["weight"].asscalar() == 0.5


def test_bfloat16_comes_back(tmp_path: Path):
    net = nn.Dense(2, in_units=2, dtype="bfloat16")
    net.initialize()
    net.save_parameters(tmp_path / "it")
    other = nn.Dense(2, in_units=2, dtype="bfloat16")
    other.load_parameters(tmp_path / "it")
    assert torch.equal(other.weight.tensor(), net.weight.tensor())


def test_files_by_full_names(tmp_path: Path):
    net, path = network(), tmp_path / "it"
    net.initialize()
    net.collect_params().save(path, strip_prefix="net_")
    assert "dense0_weight" in nd.load(path)
    other = network()
    other.collect_params().load(path, restore_prefix="net_")
    assert_equal(net, other)
    with pytest.raises(ArgumentError, match="every name must start with 'other_', got 'net_dense0_weight'"):
        net.collect_params().save(path, strip_prefix="other_")


def test_files_without_names(tmp_path: Path):
    nd.save(tmp_path / "list", [nd.ones((1,))])
    with pytest.raises(FormatError, match="list: must hold named arrays, got a list of 1 without names"):
        network().load_parameters(tmp_path / "list")
    nd.save(tmp_path / "empty", {})
    nn.Flatten().load_parameters(tmp_path / "empty")
    with pytest.raises(UnknownNameError, match="must hold weight, bias, but holds nothing"):
        nn.Dense(1).load_parameters(tmp_path / "empty")


def test_nothing_is_written_without_values(tmp_path: Path):
    with pytest.raises(mx.MXNetError, match="'net_dense0_weight' has no value"):
        network().save_parameters(tmp_path / "it")
    assert not (tmp_path / "it").exists()
