import numpy as np
import pytest
import torch

from regluon import autograd, nd, sym
from regluon.core.errors import ArgumentError
from regluon.cv.model_zoo import SSD, get_model, ssd_128_small
from regluon.gluon import nn


@pytest.fixture(scope="module")
def net():
    torch.manual_seed(0)
    made = ssd_128_small(classes=("a", "b"))
    made.initialize()
    made(nd.zeros((1, 3, 64, 64)))
    return made


@pytest.fixture
def x():
    return nd.from_torch(torch.rand(2, 3, 64, 64))


def test_training_gives_predictions_for_every_anchor(net, x):
    with autograd.record():
        scores, offsets, anchors = net(x)
    count = 3 * (8 * 8 + 4 * 4 + 2 * 2)
    assert (scores.shape, offsets.shape, anchors.shape) == ((2, count, 3), (2, count, 4), (1, count, 4))


def test_prediction_is_what_the_parts_say(net, x):
    """Put together anew: decode, choose classes, one row for each class and anchor, suppress."""
    with autograd.train_mode():
        net.hybridize(False)
    ids, scores, boxes = net(x)
    net.set_nms(nms_thresh=0)
    all_ids, all_scores, all_boxes = net(x)
    net.set_nms()
    count = 3 * (8 * 8 + 4 * 4 + 2 * 2)
    assert all_ids.shape == (2, 2 * count, 1)
    rows = np.concatenate([all_ids.asnumpy(), all_scores.asnumpy(), all_boxes.asnumpy()], -1)
    # The rows of a class stand together, those of an anchor have one box.
    np.testing.assert_array_equal(rows[:, :count, 2:], rows[:, count:, 2:])
    assert set(np.unique(rows[:, :count, 0])) <= {-1.0, 0.0}
    assert set(np.unique(rows[:, count:, 0])) <= {-1.0, 1.0}
    kept = nd.contrib.box_nms(
        nd.array(rows), overlap_thresh=0.45, topk=400, valid_thresh=0.01, id_index=0, score_index=1, coord_start=2
    ).asnumpy()[:, :100]
    np.testing.assert_allclose(np.concatenate([ids.asnumpy(), scores.asnumpy(), boxes.asnumpy()], -1), kept)


def test_all_faces_agree(net, x):
    plain = [one.asnumpy() for one in net(x)]
    net.eval()
    for other in (net(x.as_torch()), torch.compile(net, fullgraph=True, backend="eager")(x.as_torch())):
        for mine, its in zip(plain, other, strict=True):
            np.testing.assert_allclose(mine, its.detach().numpy(), rtol=1e-4, atol=1e-4)
    net.hybridize()
    for mine, its in zip(plain, net(x), strict=True):
        np.testing.assert_allclose(mine, its.asnumpy(), rtol=1e-4, atol=1e-4)
    net.hybridize(False)
    outputs = net(sym.var("data"))
    assert [len(one) for one in outputs] == [1, 1, 1]


def test_names_of_parameters_are_structural(net):
    names = list(net.collect_params())
    assert "class_predictors.0.predictor.weight" in names
    assert any(name.startswith("features.") for name in names)
    assert set(net.state_dict()) == set(names)


def test_trains_with_torch_alone():
    """Ten lines of plain torch; the loss falls."""
    torch.manual_seed(0)
    net = get_model("ssd_128_small", classes=("a",))
    net.initialize()
    x = torch.rand(2, 3, 64, 64)
    net(x)
    optimizer = torch.optim.SGD(net.parameters(), lr=0.05)
    losses = []
    for _ in range(10):
        scores, offsets, _ = net(x)
        loss = torch.nn.functional.cross_entropy(
            scores.flatten(0, 1), torch.zeros(len(scores[0]) * 2, dtype=torch.long)
        )
        optimizer.zero_grad()
        (loss + offsets.square().mean()).backward()
        optimizer.step()
        losses.append(loss.item())
    assert losses[-1] < 0.5 * losses[0]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        pytest.param({"classes": ()}, "classes must be at least one name, got none", id="no classes"),
        pytest.param({"steps": [8]}, "ratios and steps must be one for each of 3 layers", id="steps"),
        pytest.param({"sizes": [8, 9]}, "sizes one more, got 3, 3 and 2", id="sizes"),
    ],
)
def test_errors(change, words):
    with pytest.raises(ArgumentError, match=words):
        ssd_128_small(**change)


def test_backbone_may_be_any_block():
    backbone = nn.HybridSequential(prefix="mine_")
    with backbone.name_scope():
        backbone.add(nn.Conv2D(4, 3, 2, 1), nn.Activation("relu"))
    net = SSD(backbone, 32, ["mine_relu0_fwd"], [], [8, 16], [(1.0,)], [2], ("a",))
    net.initialize()
    assert net(nd.zeros((1, 3, 32, 32)))[2].shape == (1, 100, 4)
