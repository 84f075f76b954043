import numpy as np
import pytest
import torch

from regluon import nd
from regluon.core.errors import ArgumentError
from regluon.cv.anchor import RPNAnchorGenerator


def test_the_first_cell_has_the_anchors_of_the_paper_s_code():
    # The nine anchors that the authors' own code prints for its defaults (stride 16, scales 8, 16, 32).
    expected = [
        [-84, -40, 99, 55], [-176, -88, 191, 103], [-360, -184, 375, 199], [-56, -56, 71, 71], [-120, -120, 135, 135],
        [-248, -248, 263, 263], [-36, -80, 51, 95], [-80, -168, 95, 183], [-168, -344, 183, 359],
    ]  # fmt: skip
    generate = RPNAnchorGenerator(16, 16, (0.5, 1, 2), (8, 16, 32), (4, 4))
    generate.initialize()
    assert generate.num_depth == 9
    np.testing.assert_array_equal(generate(nd.zeros((1, 1, 1, 1))).asnumpy()[0], expected)


def test_cells_follow_row_by_row():
    generate = RPNAnchorGenerator(4, 8, 1, (1, 2), (5, 6))
    generate.initialize()
    anchors = generate(nd.zeros((2, 7, 2, 3))).asnumpy().reshape(2, 3, 2, 4)
    first = anchors[0, 0]
    for row in range(2):
        for column in range(3):
            np.testing.assert_array_equal(anchors[row, column], first + np.array([column, row] * 2) * 4)


def test_ratios_are_heights_by_widths():
    generate = RPNAnchorGenerator(16, 16, 4, 1, (1, 1))
    generate.initialize()
    left, top, right, bottom = generate(nd.zeros((1, 1, 1, 1))).asnumpy()[0, 0]
    assert (right - left + 1, bottom - top + 1) == (8, 32)


def test_tensors_give_the_same():
    generate = RPNAnchorGenerator(16, 16, (0.5, 1), 2, (8, 8))
    generate.initialize()
    expected = generate(nd.zeros((1, 3, 2, 5))).asnumpy()
    np.testing.assert_array_equal(generate(torch.zeros(1, 3, 2, 5)).numpy(), expected)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"base_size": 0}, "base_size must be above 0, got 0"),
        ({"alloc_size": (1, 2, 3)}, r"alloc_size must be 2 numbers, got \(1, 2, 3\)"),
    ],
)
def test_refuses(given, words):
    with pytest.raises(ArgumentError, match=words):
        RPNAnchorGenerator(**{"stride": 16, "base_size": 16, "ratios": 1, "scales": 1, "alloc_size": (2, 2), **given})
