"""What draws by chance: the distribution, the limits, the refusals. What is certain is in test_recorded.py."""

import numpy as np
import pytest
import torch

from regluon import th
from regluon.core.errors import ArgumentError, ShapeError

image = th.image


def drawn(function, count: int = 400) -> np.ndarray:
    torch.manual_seed(5)
    return np.array([float(function()) for _ in range(count)])


class TestFactors:
    def test_brightness_is_even_between_its_bounds(self):
        one = torch.ones(1, 1, 3)
        factors = drawn(lambda: image.random_brightness(one, 0.5, 2.0)[0, 0, 0])
        assert factors.min() >= 0.5
        assert factors.max() <= 2.0
        # The deviation of the mean is 0.02.
        assert abs(factors.mean() - 1.25) < 0.07
        assert abs(factors.std() - 1.5 / 12**0.5) < 0.03

    @pytest.mark.parametrize(
        ("name", "middle"), [("brightness", 1.0), ("contrast", 1.0), ("saturation", 1.0), ("hue", 0.0)]
    )
    def test_jitter_of_one_kind_is_that_kind(self, name: str, middle: float):
        data = torch.rand(4, 5, 3) * 255
        amounts = {**dict.fromkeys(("brightness", "contrast", "saturation", "hue"), 0.0), name: 0.4}
        torch.manual_seed(3)
        found = image.random_color_jitter(data, **amounts)
        torch.manual_seed(3)
        factor = float(torch.rand(())) * 0.8 + middle - 0.4
        # The factors of the operators must not be negative; a turn by -x is one by 1 - x.
        factor += 1.0 if name == "hue" else 0.0
        expected = getattr(image, f"random_{name}")(data, factor, factor)
        torch.testing.assert_close(found, expected, rtol=1e-4, atol=1e-2)

    def test_jitter_goes_in_every_order(self):
        data = torch.tensor([[[250, 250, 250], [10, 10, 10]]], dtype=torch.uint8)
        steps, seen = [image.random_brightness, image.random_contrast], set()
        for seed in range(40):
            torch.manual_seed(seed)
            order = torch.randperm(2).tolist()
            factors = [float(torch.rand(()) * 1.8 + 0.1) for _ in order]
            expected = data
            for place, factor in zip(order, factors, strict=True):
                expected = steps[place](expected, factor, factor)
            torch.manual_seed(seed)
            assert torch.equal(image.random_color_jitter(data, 0.9, 0.9, 0.0, 0.0), expected)
            seen.add(tuple(order))
        assert seen == {(0, 1), (1, 0)}

    def test_no_jitter_is_a_copy(self):
        data = torch.rand(2, 2, 3)
        found = image.random_color_jitter(data, 0, 0, 0, 0)
        assert torch.equal(found, data)
        assert found.data_ptr() != data.data_ptr()

    def test_gray_pictures_have_no_hue(self):
        gray = torch.rand(2, 2, 1)
        assert torch.equal(image.random_hue(gray, 0.3, 0.3), gray)
        assert torch.equal(image.adjust_lighting(gray, (1, 2, 3)), gray)
        assert torch.equal(image.random_saturation(gray, 0.3, 0.3), gray)

    def test_lighting_is_normal(self):
        data = torch.zeros(1, 1, 3)
        torch.manual_seed(5)
        added = torch.stack([image.random_lighting(data, 0.1)[0, 0] for _ in range(2000)]).double()
        directions = torch.tensor([[-0.5675, 0.7192, 0.4009], [-0.5808, -0.0045, -0.8140], [-0.5836, -0.6948, 0.4203]])
        scaled = directions.double() * torch.tensor([55.46, 4.794, 1.148]).double() * 0.1
        torch.testing.assert_close(torch.cov(added.T), scaled @ scaled.T, rtol=0.1, atol=0.02)

    @pytest.mark.parametrize("name", ["brightness", "contrast", "saturation", "hue"])
    def test_refusals(self, name: str):
        function = getattr(image, f"random_{name}")
        with pytest.raises(
            ArgumentError, match=f"_image_random_{name}: max_factor must be >= min_factor, 2.0, got 1.0"
        ):
            function(torch.zeros(1, 1, 3), 2.0, 1.0)
        with pytest.raises(ArgumentError, match=f"_image_random_{name}: min_factor must be a float >= 0, got -1"):
            function(torch.zeros(1, 1, 3), -1, 1.0)
        with pytest.raises(ShapeError, match=r"data must be \(H, W, C\) with 1 or 3 channels, got shape \(1, 1, 4\)"):
            function(torch.zeros(1, 1, 4), 1.0, 1.0)
        with pytest.raises(ArgumentError, match=r"alpha must be 3 floats, got \(1.0, 2.0\)"):
            image.adjust_lighting(torch.zeros(1, 1, 3), (1, 2))


class TestPlaces:
    @pytest.mark.parametrize("name", ["left_right", "top_bottom"])
    def test_flips_come_with_their_chance(self, name: str):
        data = torch.arange(12.0).reshape(2, 2, 3)
        random, certain = getattr(image, f"random_flip_{name}"), getattr(image, f"flip_{name}")
        torch.manual_seed(1)
        found = [random(data, p=0.25) for _ in range(400)]
        flipped = sum(torch.equal(one, certain(data)) for one in found)
        assert all(torch.equal(one, certain(data)) or torch.equal(one, data) for one in found)
        # Two and a half deviations of the binomial distribution.
        assert 78 < flipped < 122
        assert torch.equal(random(data, p=0.0), data)
        with pytest.raises(ShapeError, match=r"with 1 or 3 channels, got shape \(2, 3\)"):
            random(data[0])
        with pytest.raises(ShapeError, match=r"with 1 or 3 channels, got shape \(2, 3\)"):
            certain(data[0])

    @pytest.mark.parametrize("name", ["flip_left_right", "flip_top_bottom"])
    def test_the_middle_of_an_odd_number_is_there(self, name: str):
        data = torch.arange(27.0).reshape(3, 3, 3)
        assert torch.equal(getattr(image, name)(getattr(image, name)(data)), data)
        assert torch.equal(getattr(image, name)(data)[1, 1], data[1, 1])

    def test_random_crop_reaches_every_place_alike(self):
        data = torch.arange(20).reshape(4, 5, 1)
        torch.manual_seed(2)
        corners = [int(image.random_crop(data, width=3, height=2)[0, 0, 0]) for _ in range(900)]
        places, counts = np.unique(corners, return_counts=True)
        assert places.tolist() == [0, 1, 2, 5, 6, 7, 10, 11, 12]
        assert counts.min() > 65
        assert counts.max() < 135

    def test_ranges_of_a_crop(self):
        data = torch.arange(20).reshape(4, 5, 1)
        assert int(image.random_crop(data, (1, 1), (0, 0), width=2, height=2)[0, 0, 0]) == 3
        torch.manual_seed(2)
        columns = {int(image.random_crop(data, (0, 0.5), (0, 0), width=1, height=1)) for _ in range(60)}
        assert columns == {0, 1, 2}

    def test_what_does_not_fit_is_enlarged(self):
        data = torch.rand(4, 6, 3)
        found = image.random_crop(data, (0.5, 0.5), (0.5, 0.5), width=8, height=8, interp=9)
        # As high as the picture, and as wide as that.
        torch.testing.assert_close(found, image.resize(data[:, 1:5], size=(8, 8), interp=2))
        found = image.random_crop(data, (0.5, 0.5), (0.5, 0.5), width=3, height=8, interp=9)
        torch.testing.assert_close(found, image.resize(data[:, 2:3], size=(3, 8), interp=2))
        assert image.random_crop(data, width=8, height=2, interp=10).shape == (2, 8, 3)

    def test_random_resized_crop_keeps_its_limits(self):
        rows, columns = torch.meshgrid(torch.arange(40.0), torch.arange(60.0), indexing="ij")
        data = torch.stack([rows, columns], -1)
        torch.manual_seed(4)
        areas, ratios = [], []
        for _ in range(200):
            found = image.random_resized_crop(data, 50, 50, area=(0.1, 0.5), ratio=(0.5, 2.0), interp=0)
            tall = 1 + float(found[..., 0].max() - found[..., 0].min())
            wide = 1 + float(found[..., 1].max() - found[..., 1].min())
            areas.append(tall * wide / 2400)
            ratios.append(wide / tall)
        assert 0.09 < min(areas) < 0.15
        assert 0.45 < max(areas) < 0.53
        assert 0.45 < min(ratios) < 0.65
        assert 1.6 < max(ratios) < 2.2

    def test_a_crop_that_never_fits_is_the_middle(self):
        data = torch.rand(4, 6, 3)
        found = image.random_resized_crop(data, 4, 4, area=(1, 1), ratio=(9, 9))
        torch.testing.assert_close(found, data[:, 1:5])
        torch.testing.assert_close(image.random_resized_crop(data, 4, 4, max_trial=0), data[:, 1:5])

    @pytest.mark.parametrize(
        ("call", "error", "words"),
        [
            pytest.param(
                lambda x: image.crop(x, -1, 0, 2, 2), ArgumentError, "must lie within the 5 columns", id="left"
            ),
            pytest.param(lambda x: image.crop(x, 4, 0, 2, 2), ArgumentError, r"got \(4, 0, 2, 2\)", id="right"),
            pytest.param(lambda x: image.crop(x, 0, 0, 0, 2), ArgumentError, "must lie within", id="empty"),
            pytest.param(lambda x: image.crop(x[0], 0, 0, 1, 1), ShapeError, r"data must be \(H, W, C\)", id="shape"),
            pytest.param(
                lambda x: image.random_crop(x, (0.5, 0.2)),
                ArgumentError,
                r"xrange must be 2 floats in \[0, 1\]",
                id="order",
            ),
            pytest.param(
                lambda x: image.random_resized_crop(x, 1, 1, ratio=(0, 1)), ArgumentError, "ratio must be 2", id="ratio"
            ),
            pytest.param(lambda x: image.to_tensor(x[0]), ShapeError, r"data must be \(H, W, C\)", id="to_tensor"),
            pytest.param(lambda x: image.normalize(x), ShapeError, r"data must be \(C, H, W\)", id="normalize"),
            pytest.param(
                lambda x: image.normalize(x.movedim(2, 0), mean=(1, 2)), ArgumentError, "mean must be 1 or 3", id="mean"
            ),
            pytest.param(
                lambda x: image.normalize(x.movedim(2, 0), std=(1, 2)), ArgumentError, "std must be 1 or 3", id="std"
            ),
        ],
    )
    def test_refusals(self, call, error: type, words: str):
        with pytest.raises(error, match=words):
            call(torch.zeros(4, 5, 3))


def test_normalize_has_defaults_that_change_nothing():
    data = torch.rand(3, 2, 2)
    assert torch.equal(image.normalize(data), data)


def test_to_tensor_has_the_gradient_that_mxnet_lacks():
    data = torch.rand(2, 2, 3, requires_grad=True)
    image.to_tensor(data).sum().backward()
    torch.testing.assert_close(data.grad, torch.full((2, 2, 3), 1 / 255))
