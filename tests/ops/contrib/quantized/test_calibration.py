"""The range of least divergence: where it must lie, and what is refused.

That it equals MXNet's is tested with all recordings.
"""

import numpy as np
import pytest
import torch

from regluon.core.errors import ShapeError
from regluon.th.contrib import calibrate_entropy, quantize_v2


def test_far_outliers_are_cut_off() -> None:
    counts = torch.zeros(2001)
    place = torch.arange(2001) - 1000
    counts += torch.floor(1000 * torch.exp(-((place / 60.0) ** 2)))
    counts[0] = counts[-1] = 1.0
    threshold, divergence = calibrate_entropy(counts, torch.linspace(-10, 10, 2002))
    assert 1.2 <= threshold.item() < 5
    assert 0 <= divergence.item() < 0.1


def test_a_flat_histogram_is_kept_whole() -> None:
    threshold, divergence = calibrate_entropy(torch.full((255,), 7.0), torch.linspace(-4, 4, 256))
    assert threshold.item() == 4.0
    assert threshold.shape == divergence.shape == (1,)


def test_a_range_cut_so_tells_most_numbers_better() -> None:
    numbers = torch.distributions.StudentT(2.5).sample((20000,))
    reach = numbers.abs().max().item()
    counts, edges = np.histogram(numbers.numpy(), bins=2001, range=(-reach, reach))
    threshold = calibrate_entropy(torch.tensor(counts).float(), torch.tensor(edges).float())[0].item()
    assert threshold < reach / 2

    def error(end: float) -> float:
        levels = quantize_v2(numbers, min_calib_range=-end, max_calib_range=end)[0]
        return (levels * end / 127 - numbers).abs().median().item()

    assert error(threshold) < error(reach)


def test_what_does_not_fit_is_refused() -> None:
    edges = torch.linspace(-1, 1, 8)
    for bins in (6, 8):
        with pytest.raises(ShapeError, match=rf"hist must be \(N,\) with N odd .* got shape \({bins},\) and 3"):
            calibrate_entropy(torch.ones(bins), edges, num_quantized_bins=3)
    with pytest.raises(ShapeError, match=r"hist must be \(N,\) .* got shape \(7,\) and 9"):
        calibrate_entropy(torch.ones(7), edges, num_quantized_bins=9)
    with pytest.raises(ShapeError, match=r"hist must be \(N,\) .* got shape \(7,\) and 4"):
        calibrate_entropy(torch.ones(7), edges, num_quantized_bins=4)
    with pytest.raises(ShapeError, match=r"hist_edges must have shape \(8,\), got \(7,\)"):
        calibrate_entropy(torch.ones(7), edges[1:], num_quantized_bins=3)
