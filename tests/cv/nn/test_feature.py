"""Feature extractors: GluonCV's parameters, values and gradients; how they begin; what they refuse."""

import copy
import pickle
from typing import Any

import numpy as np
import pytest
import torch

import regluon
from regluon import autograd, gluon, nd, sym
from regluon.core.errors import ArgumentError, ArgumentTypeError, UnknownNameError
from regluon.cv.nn import feature
from regluon.gluon import nn
from tests.recorded import Case, recorded, recorded_params

EXPANDERS = ("FeatureExtractor", "FeatureExpander", "FPNFeatureExpander")
MAPS = ["relu0_fwd", "relu1_fwd"]


def backbone() -> nn.HybridSequential:
    """Make the network of the recordings: two maps."""
    net = nn.HybridSequential(prefix="net_")
    with net.name_scope():
        net.add(nn.Conv2D(3, 3, strides=2, padding=1), nn.BatchNorm(), nn.Activation("relu"))
        net.add(nn.Conv2D(4, 3, strides=2, padding=1), nn.Activation("relu"))
    return net


def made(name: str, attrs: Any, network: Any = None) -> gluon.SymbolBlock:
    given = dict(attrs)
    if "norm_layer" in given:
        given["norm_layer"] = getattr(sym, given["norm_layer"])
    with regluon.NameManager():
        block = getattr(feature, name)(network or backbone(), **given)
    block.initialize()
    return block


def filled(block: gluon.SymbolBlock, case: Case) -> nd.NDArray:
    """Give a Block the recorded parameters; return the recorded image."""
    image = nd.array(case.inputs["x"])
    block(image)
    for name, value in case.inputs.items():
        if name != "x":
            block.collect_params()[name].set_data(nd.array(value))
    return image


def listed(outputs: Any) -> list[Any]:
    return list(outputs) if isinstance(outputs, (list, tuple)) else [outputs]


@pytest.mark.parametrize(("name", "case"), recorded_params(*EXPANDERS, folder="components"))
def test_equals_gluoncv(name: str, case: Case) -> None:
    block = made(name, case.attrs)
    assert {one.name for one in block.collect_params().values()} == set(case.inputs) - {"x"}
    image = filled(block, case)
    image.attach_grad()
    with autograd.record(train_mode=False):
        outputs = listed(block(image))
    for got, want in zip(outputs, case.outputs, strict=True):
        np.testing.assert_allclose(got.asnumpy(), want, rtol=1e-4, atol=1e-5)
    if case.grads:
        autograd.backward(outputs, [nd.array(head) for head in case.head_grads])
        np.testing.assert_allclose(image.grad.asnumpy(), case.grads["x"], rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("name", EXPANDERS)
def test_tensors_give_the_same_as_arrays(name: str) -> None:
    case = recorded(name, "components")[0]
    block = made(name, case.attrs)
    image = filled(block, case)
    block.eval()
    for got, want in zip(listed(block(image.as_torch())), case.outputs, strict=True):
        assert isinstance(got, torch.Tensor)
        np.testing.assert_allclose(got.detach().numpy(), want, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize(
    "copied", [copy.deepcopy, lambda block: pickle.loads(pickle.dumps(block))], ids=["copy", "pickle"]
)
def test_copies_have_parameters_of_their_own(copied: Any) -> None:
    case = recorded("FeatureExpander", "components")[0]
    block = made("FeatureExpander", case.attrs)
    image = filled(block, case)
    other = copied(block)
    block.collect_params()["net_conv0_weight"].set_data(nd.zeros((3, 2, 3, 3)))
    for got, want in zip(other(image), case.outputs, strict=True):
        np.testing.assert_allclose(got.asnumpy(), want, rtol=1e-4, atol=1e-5)


def test_one_output_comes_alone_and_several_as_a_list() -> None:
    image = nd.zeros((1, 2, 8, 8))
    assert made("FeatureExtractor", {"outputs": MAPS[0]})(image).shape == (1, 3, 4, 4)
    assert made("FeatureExtractor", {"outputs": MAPS[:1]})(image).shape == (1, 3, 4, 4)
    assert [one.shape for one in made("FeatureExtractor", {"outputs": MAPS})(image)] == [(1, 3, 4, 4), (1, 4, 2, 2)]


def test_parameters_are_those_of_the_network() -> None:
    net = backbone()
    extractor = made("FeatureExtractor", {"outputs": MAPS[0]}, net)
    assert extractor.collect_params()["net_conv0_weight"] is net[0].weight


@pytest.mark.parametrize("name", ["relu0_fwd", "relu0_fwd_output", "net_relu0_fwd", "net_relu0_fwd_output"])
def test_names_may_be_short_or_full(name: str) -> None:
    assert made("FeatureExtractor", {"outputs": name})(nd.zeros((1, 2, 8, 8))).shape == (1, 3, 4, 4)


def test_a_symbol_is_a_network_too() -> None:
    graph = sym.FullyConnected(sym.Activation(sym.var("picture"), act_type="relu", name="cut"), num_hidden=3, name="fc")
    weight = gluon.Parameter("fc_weight", shape=(3, 2), init="ones")
    extractor = feature.FeatureExtractor(graph, ["cut", "fc"], inputs="picture", params={"fc_weight": weight})
    extractor.initialize()
    first, second = extractor(nd.array([[-1, 2]]))
    assert first.asnumpy().tolist() == [[0, 2]]
    assert second.asnumpy().tolist() == [[2, 2, 2]]
    assert extractor.collect_params()["fc_weight"] is weight


def test_inputs_may_be_symbols() -> None:
    data = sym.var("picture")
    extractor = feature.FeatureExtractor(backbone(), MAPS[0], inputs=[data])
    assert extractor(sym.var("other")).list_arguments()[0] == "other"


def test_a_name_is_looked_up_in_the_zoo() -> None:
    extractor = feature.FeatureExtractor("ssd_128_small", "small_relu4_fwd", classes=("cat",), prefix="ssd_")
    extractor.initialize()
    assert extractor(nd.zeros((1, 3, 32, 32))).shape == (1, 64, 4, 4)
    with pytest.raises(UnknownNameError, match="there is no model 'resnet9000_v7'"):
        feature.FeatureExtractor("resnet9000_v7", "relu0")


def test_names_follow_the_scope_around() -> None:
    outer = nn.HybridSequential(prefix="ssd_")
    with outer.name_scope():
        expander = feature.FeatureExpander(backbone(), MAPS, [8])
    names = [one.name for one in expander.collect_params().values()]
    assert "ssd_net_conv0_weight" in names
    assert {"ssd_expand_conv0_weight", "ssd_expand_trans_bn0_gamma", "ssd_expand_bn0_moving_var"} <= set(names)


# Beginnings


def test_expanders_begin_as_xavier_and_normalised() -> None:
    block = made("FeatureExpander", {"outputs": MAPS, "num_filters": [64]})
    block(nd.zeros((1, 2, 16, 16)))
    values = {one.name: one.data().asnumpy() for one in block.collect_params().values()}
    assert (values["expand_bn0_gamma"] == 1).all()
    assert (values["expand_bn0_moving_var"] == 1).all()
    assert not values["expand_bn0_beta"].any()
    assert not values["expand_bn0_moving_mean"].any()
    weight = values["expand_conv0_weight"]
    assert weight.shape == (64, 128, 3, 3)
    assert weight.std() == pytest.approx(np.sqrt(2 / (64 * 9)), rel=0.02)
    assert abs(weight).max() > 3 * weight.std(), "drawn from a normal distribution"


def test_pyramids_begin_as_xavier() -> None:
    block = made("FPNFeatureExpander", {"outputs": MAPS, "num_filters": [64, 64], "no_bias": False})
    block(nd.zeros((1, 2, 16, 16)))
    values = {one.name: one.data().asnumpy() for one in block.collect_params().values()}
    assert not values["P2_conv1_bias"].any()
    bound = np.sqrt(1 / (64 * 9))
    assert bound * 0.99 < abs(values["P2_conv1_weight"]).max() <= bound


def test_transitions_round_half_to_even() -> None:
    block = made("FeatureExpander", {"outputs": MAPS, "num_filters": [5, 7], "reduce_ratio": 0.5, "min_depth": 1})
    block(nd.zeros((1, 2, 16, 16)))
    shapes = {one.name: one.shape for one in block.collect_params().values()}
    assert shapes["expand_trans_conv0_weight"] == (2, 4, 1, 1)
    assert shapes["expand_trans_conv1_weight"] == (4, 5, 1, 1)


def test_odd_sizes_are_cut_after_upsampling() -> None:
    block = made("FPNFeatureExpander", {"outputs": MAPS, "num_filters": [5, 5]})
    assert [one.shape[2:] for one in block(nd.zeros((1, 2, 18, 10)))] == [(9, 5), (5, 3)]


def test_maps_of_one_size_need_no_upsampling() -> None:
    attrs = {"outputs": ["conv0_fwd", "relu0_fwd"], "num_filters": [3, 3], "use_1x1": False, "use_upsample": False}
    block = made("FPNFeatureExpander", attrs)
    weight = nd.array(np.eye(3, dtype=np.float32).reshape(3, 3, 1, 1) * np.pad([[1.0]], 1))
    image = nd.random.normal(shape=(1, 2, 8, 8))
    block(image)
    for level in ("P2", "P3"):
        block.collect_params()[f"{level}_conv1_weight"].set_data(weight)
    shallow, deep = block(image)
    before = made("FeatureExtractor", {"outputs": attrs["outputs"]})
    for one in before.collect_params().values():
        one.set_data(block.collect_params()[one.name].data())
    plain, cut = before(image)
    np.testing.assert_allclose(deep.asnumpy(), cut.asnumpy(), rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(shallow.asnumpy(), (plain + cut).asnumpy(), rtol=1e-5, atol=1e-6)


def test_a_normalisation_may_be_a_layer() -> None:
    with regluon.NameManager():
        block = feature.FPNFeatureExpander(
            backbone(), MAPS, [5, 5], norm_layer=nn.BatchNorm, norm_kwargs={"epsilon": 0.01}
        )  # fmt: skip
    block.initialize()
    block(nd.zeros((1, 2, 8, 8)))
    variances = [one for one in block.collect_params().values() if one.name.endswith("running_var")]
    assert len(variances) == 1 + 4, "that of the network, and one after each convolution"
    assert all((one.data().asnumpy() == 1).all() for one in variances)


# Errors


@pytest.mark.parametrize(
    ("make", "error", "words"),
    [
        (
            lambda: feature.FeatureExtractor(backbone(), []),
            ArgumentError,
            "outputs must be at least one name, got none",
        ),
        (
            lambda: feature.FeatureExtractor(sym.relu(sym.var("picture")), "relu0"),
            UnknownNameError,
            "inputs must be among picture, got 'data'",
        ),
        (
            lambda: feature.FeatureExtractor(backbone(), "relu7_fwd"),
            UnknownNameError,
            "outputs must be names in the network's graph, got 'relu7_fwd'. Close names: net_relu1_fwd_output",
        ),
        (lambda: feature.FeatureExtractor(backbone(), "zzz"), UnknownNameError, "graph, got 'zzz'."),
        (
            lambda: feature.FeatureExpander(None, "relu0_fwd", [8]),  # type: ignore[arg-type]
            ArgumentTypeError,
            "network must be a HybridBlock, a Symbol or the name of a model, got NoneType",
        ),
        (
            lambda: feature.FPNFeatureExpander(backbone(), MAPS, []),
            ArgumentError,
            "FPNFeatureExpander: num_filters must be at least one number, got none",
        ),
    ],
)
def test_wrong_arguments_are_refused(make: Any, error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words):
        make()
