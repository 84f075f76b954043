"""What every contrib operator keeps to besides its numbers: types, empty arrays, any number of threads."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import pytest
import torch
from torch import Tensor

from regluon import th
from regluon.ops.registry import Operator, find, operators
from regluon.th.lift import lift
from tests import recorded

FOLDERS = ("ops", "onednn")
OPERATORS = [
    one
    for one in operators()
    if one.name.startswith("_contrib_") and any(one.name in recorded.operators(folder) for folder in FOLDERS)
]
every_operator = pytest.mark.parametrize("operator", OPERATORS, ids=lambda one: one.name)


def cases_of(operator: Operator) -> list[recorded.Case]:
    return [
        case
        for folder in FOLDERS
        if operator.name in recorded.operators(folder)
        for case in recorded.recorded(operator.name, folder)
    ]


def tensors_of(case: recorded.Case) -> list[Tensor]:
    return [torch.from_numpy(values.copy()) for values in case.inputs.values()]


def run(operator: Operator, tensors: Sequence[Tensor], attrs: Any) -> list[Tensor]:
    found = lift(operator, operator.name)(*tensors, **attrs)
    return [found] if isinstance(found, Tensor) else list(found)


@contextmanager
def threads(count: int) -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(count)
    try:
        yield
    finally:
        torch.set_num_threads(before)


@every_operator
def test_answers_do_not_depend_on_the_number_of_threads(operator: Operator) -> None:
    for case in cases_of(operator):
        answers = []
        for count in (1, 2):
            inputs = tensors_of(case)
            for name, tensor in zip(case.inputs, inputs, strict=True):
                tensor.requires_grad_(name in case.grads and name not in case.aux)
            with threads(count):
                outputs = run(operator, inputs, case.attrs)
                pairs = [
                    (output, torch.from_numpy(head.copy()))
                    for output, head in zip(outputs, case.head_grads, strict=False)
                    if output.requires_grad
                ]
                if pairs:
                    torch.autograd.backward(*zip(*pairs, strict=True))
            answers.append([*outputs, *(one.grad for one in inputs if one.grad is not None)])
        for one, other in zip(*answers, strict=True):
            assert torch.equal(torch.nan_to_num(one), torch.nan_to_num(other)), case.name


# Precision

HALVES = {torch.float16: 2e-2, torch.bfloat16: 1e-1}

# These take float32 alone: levels come from it; or they decide by comparing what less precision makes equal.
SINGLE = {
    "_contrib_MultiProposal": "float32 alone in MXNet; boxes of an image do not fit into less",
    "_contrib_Proposal": "float32 alone in MXNet; boxes of an image do not fit into less",
    "_contrib_MultiBoxTarget": "matches by overlaps that are met exactly, which rounding changes",
    "_contrib_RROIAlign": "takes samples that lie on a border or beside it, as rounding has it",
    "_contrib_allclose": "compares to within less than half precision has",
}


@every_operator
@pytest.mark.parametrize("dtype", [torch.float64, *HALVES], ids=str)
def test_takes_floats_of_any_type(operator: Operator, dtype: torch.dtype) -> None:
    if operator.name in SINGLE or "quantize" in operator.name or operator.name == "_contrib_calibrate_entropy":
        return
    case = next(one for one in cases_of(operator) if one.inputs)
    rounded = [one.to(dtype).to(one.dtype) if one.is_floating_point() else one for one in tensors_of(case)]
    expected = run(operator, rounded, case.attrs)
    given = [one.to(dtype) if one.is_floating_point() else one for one in rounded]
    found = run(operator, given, case.attrs)
    bound = HALVES.get(dtype, 1e-4)
    for one, other in zip(found, expected, strict=True):
        assert one.shape == other.shape
        torch.testing.assert_close(one.double(), other.double(), rtol=bound, atol=bound, equal_nan=True)


# Nothing to work on


def first(*places: int) -> Callable[[Sequence[Tensor]], list[Tensor]]:
    """Cut the first axis of some inputs down to nothing."""
    return lambda tensors: [one[:0] if place in places else one for place, one in enumerate(tensors)]


# Which inputs have one entry for each of the batch, of the regions, or of whatever the first axis counts.
BATCHED = {
    "_contrib_AdaptiveAvgPooling2D": first(0),
    "_contrib_BilinearResize2D": first(0, 1),
    "_contrib_DeformableConvolution": first(0, 1),
    "_contrib_ModulatedDeformableConvolution": first(0, 1, 2),
    "_contrib_DeformablePSROIPooling": first(1, 2),
    "_contrib_PSROIPooling": first(1),
    "_contrib_ROIAlign": first(1),
    "_contrib_RROIAlign": first(1),
    "_contrib_MultiBoxDetection": first(0, 1),
    "_contrib_SparseEmbedding": first(0),
    "_contrib_bipartite_matching": first(0),
    "_contrib_box_decode": first(0),
    "_contrib_box_encode": first(0, 1, 2, 3),
    "_contrib_box_iou": first(0),
    "_contrib_box_nms": first(0),
    "_contrib_dequantize": first(0),
    "_contrib_div_sqrt_dim": first(0),
    "_contrib_gradientmultiplier": first(0),
    "_contrib_index_array": first(0),
    "_contrib_quadratic": first(0),
    "_contrib_quantize": first(0),
    "_contrib_quantized_act": first(0),
    "_contrib_quantized_conv": first(0),
    "_contrib_quantized_flatten": first(0),
    "_contrib_quantized_fully_connected": first(0),
    "_contrib_quantized_pooling": first(0),
    "_contrib_round_ste": first(0),
    "_contrib_sign_ste": first(0),
}


@pytest.mark.parametrize("name", BATCHED)
def test_an_empty_batch_gives_an_empty_answer(name: str) -> None:
    operator = find(name)
    folder = "ops" if name in recorded.operators("ops") else "onednn"
    for case in recorded.recorded(name, folder):
        inputs = tensors_of(case)
        # Where the first axis may be left out, it is no batch.
        if case.inputs and inputs[0].ndim > (2 if name == "_contrib_bipartite_matching" else 1):
            whole = run(operator, inputs, case.attrs)
            found = run(operator, BATCHED[name](inputs), case.attrs)
            # Ends of ranges stay as they are.
            shapes = [tuple(one.shape) if one.shape == (1,) else (0, *one.shape[1:]) for one in whole]
            assert [tuple(one.shape) for one in found] == shapes, case.name
            assert [one.dtype for one in found] == [one.dtype for one in whole], case.name


def test_no_boxes_are_suppressed() -> None:
    for shape in ((0, 6), (3, 0, 6), (0, 4, 6)):
        assert th.contrib.box_nms(torch.zeros(shape)).shape == shape


def test_nothing_overlaps_nothing() -> None:
    one, none = torch.tensor([[0.0, 0, 1, 1]]), torch.zeros(0, 4)
    assert th.contrib.box_iou(one, none).shape == (1, 0)
    assert th.contrib.box_iou(none, one).shape == (0, 1)
    assert th.contrib.box_iou(none, none).shape == (0, 0)


@pytest.mark.parametrize("shape", [(0, 3), (3, 0), (2, 0, 3), (2, 3, 0)])
def test_nothing_matches_nothing(shape: tuple[int, ...]) -> None:
    rows, columns = th.contrib.bipartite_matching(torch.zeros(shape), threshold=0.5)
    assert (rows.shape, columns.shape) == (shape[:-1], (*shape[:-2], shape[-1]))
    assert (rows == -1).all()
    assert (columns == -1).all()


def test_no_ground_truth_is_as_good_as_padding() -> None:
    anchors, scores = torch.tensor([[[0.0, 0, 1, 1], [0, 0, 0.5, 0.5]]]), torch.zeros(2, 3, 2)
    found = th.contrib.MultiBoxTarget(anchors, torch.zeros(2, 0, 5), scores)
    assert [tuple(one.shape) for one in found] == [(2, 8), (2, 8), (2, 2)]
    for one, other in zip(found, th.contrib.MultiBoxTarget(anchors, torch.full((2, 3, 5), -1.0), scores), strict=True):
        assert torch.equal(one, other)


def test_nothing_is_detected_among_no_anchors() -> None:
    found = th.contrib.MultiBoxDetection(torch.zeros(2, 3, 0), torch.zeros(2, 0), torch.zeros(1, 0, 4))
    assert found.shape == (2, 0, 6)


@pytest.mark.parametrize("dtype", HALVES, ids=str)
@pytest.mark.parametrize("options", [
    {}, {"id_index": 0}, {"overlap_thresh": 0.3, "topk": 40},
    {"valid_thresh": 0.25, "force_suppress": True, "id_index": 0},
], ids=str)  # fmt: skip
def test_suppression_keeps_the_same_boxes_in_less_precision(dtype: torch.dtype, options: dict[str, Any]) -> None:
    generator = torch.Generator().manual_seed(7)
    low = torch.rand(200, 2, generator=generator) * 4
    rows = torch.cat([
        torch.randint(0, 3, (200, 1), generator=generator).float(),
        torch.rand(200, 1, generator=generator),
        low,
        low + torch.rand(200, 2, generator=generator) * 2,
    ], 1).to(dtype)  # fmt: skip
    found = th.contrib.box_nms(rows, **options)
    assert found.dtype == dtype
    assert torch.equal(found.float(), th.contrib.box_nms(rows.float(), **options))
