"""Transforms: faces, hybridizing, chances, what is handed on. Their numbers are in test_pieces.py."""

import random

import numpy as np
import pytest
import torch

from regluon import gluon, nd, sym
from regluon import np as mx_np
from regluon.core.errors import ArgumentError, ArgumentTypeError
from regluon.gluon.data.vision import transforms as T

PICTURE = np.random.RandomState(0).randint(0, 256, (9, 11, 3)).astype(np.uint8)

HYBRID = [
    T.Cast("float32"),
    T.ToTensor(),
    T.Resize((5, 4)),
    T.Resize(4, keep_ratio=True, interpolation=3),
    T.CropResize(1, 2, 4, 5, size=(3, 3), interpolation=2),
    T.CenterCrop(6),
    T.RandomCrop(5),
    T.RandomCrop(5, pad=2, pad_value=7),
    T.RandomResizedCrop(5),
    T.RandomResizedCrop(5, scale=0.5),
    T.RandomFlipLeftRight(),
    T.RandomFlipTopBottom(p=0.9),
    T.RandomBrightness(0.5),
    T.RandomContrast(0.5),
    T.RandomSaturation(2),
    T.RandomHue(0.3),
    T.RandomColorJitter(0.3, 0.2, 0.1, 0.2),
    T.RandomLighting(0.5),
    T.RandomGray(0.5),
    T.HybridRandomApply(T.RandomBrightness(0.5), 0.5),
]

every_hybrid = pytest.mark.parametrize("transform", HYBRID, ids=lambda one: type(one).__name__)


def seeded(transform, picture, count: int = 6) -> list[np.ndarray]:
    torch.manual_seed(7)
    return [np.asarray(transform(picture)) for _ in range(count)]


@every_hybrid
def test_arrays_tensors_and_graphs_agree(transform: gluon.HybridBlock):
    arrays = seeded(transform, nd.array(PICTURE, dtype="uint8"))
    tensor = torch.from_numpy(PICTURE)
    assert isinstance(transform(tensor), torch.Tensor)
    for one, other in zip(arrays, seeded(transform, tensor), strict=True):
        np.testing.assert_array_equal(one, other)
    transform.hybridize()
    try:
        for one, other in zip(arrays, seeded(transform, nd.array(PICTURE, dtype="uint8")), strict=True):
            np.testing.assert_array_equal(one, other)
    finally:
        transform.hybridize(False)
    assert isinstance(transform(sym.var("data")), sym.Symbol)


@every_hybrid
def test_numpy_style_arrays_stay_such(transform: gluon.HybridBlock):
    found = seeded(transform, mx_np.array(PICTURE, dtype="uint8"), 2)
    assert type(transform(mx_np.array(PICTURE, dtype="uint8"))) is mx_np.ndarray
    for one, other in zip(found, seeded(transform, nd.array(PICTURE, dtype="uint8"), 2), strict=True):
        np.testing.assert_array_equal(one, other)


@every_hybrid
def test_labels_are_handed_on(transform: gluon.HybridBlock):
    picture, label, more = transform(nd.array(PICTURE, dtype="uint8"), 3, "name")
    assert picture.ndim == 3
    assert (label, more) == (3, "name")


class TestCompose:
    def test_hybrid_blocks_in_a_row_are_one_graph(self):
        whole = T.Compose([T.Resize(6), T.CenterCrop(4), T.RandomApply(T.Cast(), 1), T.ToTensor()])
        assert [type(one).__name__ for one in whole] == ["HybridSequential", "RandomApply", "ToTensor"]
        picture, label = whole(nd.array(PICTURE, dtype="uint8"), 5)
        assert (picture.shape, label) == ((3, 4, 4), 5)
        assert whole(torch.from_numpy(PICTURE)).shape == (3, 4, 4)
        with pytest.raises(ArgumentTypeError, match="Compose: transforms must be Blocks, got function"):
            T.Compose([lambda x: x])

    def test_draws_anew_each_time(self):
        flips = T.Compose([T.RandomFlipLeftRight(), T.RandomFlipTopBottom()])
        torch.manual_seed(1)
        seen = {flips(nd.array(PICTURE, dtype="uint8")).asnumpy().tobytes() for _ in range(40)}
        assert len(seen) == 4

    def test_sizes_may_change_from_picture_to_picture(self):
        whole = T.Compose([T.Resize(6, keep_ratio=True), T.ToTensor()])
        assert whole(nd.ones((12, 24, 3))).shape == (3, 6, 12)
        assert whole(nd.ones((30, 10, 3))).shape == (3, 18, 6)

    def test_hybrid_compose(self):
        whole = T.HybridCompose([T.CenterCrop(4), T.ToTensor()])
        expected = T.Compose([T.CenterCrop(4), T.ToTensor()])(nd.array(PICTURE, dtype="uint8"))
        picture, label = whole(nd.array(PICTURE, dtype="uint8"), 1)
        np.testing.assert_array_equal(picture.asnumpy(), expected.asnumpy())
        assert label == 1
        with pytest.raises(
            ArgumentTypeError, match="transforms must be HybridBlocks, got Rotate; Compose takes others"
        ):
            T.HybridCompose([T.Rotate(3)])


class TestChances:
    def test_apply(self):
        random.seed(2)
        change = T.RandomApply([T.Cast("float64"), T.Cast("float16")], p=0.3)
        found = [change(nd.ones(1), 1)[0].dtype for _ in range(200)]
        assert set(found) == {np.float16, np.float32}
        assert 40 < found.count(np.float16) < 80
        with pytest.raises(ArgumentError, match=r"RandomApply: p must be in \[0, 1\], got 2"):
            T.RandomApply(T.Cast(), 2)

    def test_hybrid_apply(self):
        torch.manual_seed(2)
        change = T.HybridRandomApply(T.RandomLighting(1.0), p=0.3)
        for hybrid in (False, True):
            change.hybridize(hybrid)
            found = [float(change(nd.zeros((1, 1, 3))).sum().asscalar()) != 0 for _ in range(200)]
            assert 40 < sum(found) < 80
        with pytest.raises(ArgumentTypeError, match="transforms must be a HybridBlock, got Rotate; RandomApply takes"):
            T.HybridRandomApply(T.Rotate(1))
        with pytest.raises(ArgumentError, match=r"HybridRandomApply: p must be in \[0, 1\], got -1"):
            T.HybridRandomApply(T.Cast(), -1)

    def test_gray(self):
        picture = nd.array([[[10, 20, 30]]])
        np.testing.assert_array_equal(T.RandomGray(0)(picture).asnumpy(), picture.asnumpy())
        gray = 0.2989 * 10 + 0.587 * 20 + 0.114 * 30
        np.testing.assert_allclose(T.RandomGray(1)(picture).asnumpy(), np.full((1, 1, 3), gray), rtol=1e-6)
        torch.manual_seed(0)
        whole = T.RandomGray(0.25)
        found = [float(whole(picture)[0, 0, 0].asscalar()) > 11 for _ in range(200)]
        assert 32 < sum(found) < 68

    def test_hue_of_nothing_is_all_the_way_around(self):
        picture = nd.array(PICTURE)
        np.testing.assert_allclose(T.RandomHue(0)(picture).asnumpy(), PICTURE, atol=0.05)

    def test_rotation_takes_tensors(self):
        data = torch.rand(2, 5, 6)
        found = T.Rotate(20, zoom_out=True)(data, 4)
        np.testing.assert_allclose(found[0], T.Rotate(20, zoom_out=True)(nd.array(data)).asnumpy(), rtol=1e-6)
        assert found[1] == 4
        assert T.RandomRotation((0, 1), rotate_with_proba=0)(data, 2)[0] is data


def test_border_of_a_random_crop():
    whole = T.RandomCrop((3, 6), pad=(1, 2, 0, 1), pad_value=9)(nd.zeros((3, 2, 3)))
    assert whole.shape == (6, 3, 3)
    assert whole[:, :, 0].asnumpy().tolist() == [[9, 9, 9], [0, 0, 9], [0, 0, 9], [0, 0, 9], [9, 9, 9], [9, 9, 9]]
    with pytest.raises(ArgumentError, match="RandomCrop: pad must be an int or 4 ints, got"):
        T.RandomCrop(3, pad=(1, 2))
