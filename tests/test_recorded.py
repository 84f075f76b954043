"""The reader of MXNet's recorded answers, held against answers written by hand."""

import numpy as np
import pytest

from tests.recorded import operators, recorded, recorded_params

FOLDERS = ("ops", "components", "symbols")


def test_reads_inputs_outputs_and_gradients_of_a_case():
    case = next(case for case in recorded("box_nms") if case.name == "topk 1")
    assert case.attrs == {"topk": 1}
    assert list(case.inputs) == ["data"]
    np.testing.assert_allclose(case.outputs[0][0], [-1, 0.31, 6, 6, 7, 7], rtol=1e-6)
    np.testing.assert_array_equal(case.outputs[0][1:], -1)
    # The gradient of the one row that was kept goes back to where it came from.
    np.testing.assert_array_equal(case.grads["data"][3], case.head_grads[0][0])
    assert case.train
    assert not case.aux


def test_reads_states_before_and_after():
    case = next(case for case in recorded("BatchNorm") if case.name == "momentum")
    mean = case.inputs["data"].mean(axis=(0, 2, 3))
    np.testing.assert_allclose(
        case.aux["moving_mean"], 0.25 * case.inputs["moving_mean"] + 0.75 * mean, rtol=1e-5, atol=1e-6
    )


def test_sequences_are_tuples():
    assert recorded("Reshape")[0].attrs == {"shape": (4, 6)}


@pytest.mark.parametrize(("folder", "name"), [(folder, name) for folder in FOLDERS for name in operators(folder)])
def test_every_file_is_whole(folder: str, name: str):
    cases = recorded(name, folder)
    names = [case.name for case in cases]
    assert names
    assert len(set(names)) == len(names)
    for case in cases:
        assert case.outputs
        assert len(case.head_grads) in (0, len(case.outputs))
        assert bool(case.head_grads) == bool(case.grads)
        for key, gradient in case.grads.items():
            assert gradient.shape == case.inputs[key].shape
        for key, state in case.aux.items():
            assert state.shape == case.inputs[key].shape


def test_parameters_carry_the_names_of_cases():
    assert [param.id for param in recorded_params("_zeros")] == [case.name for case in recorded("_zeros")]
    assert recorded_params("_zeros", "_ones")[-1].id == "_ones: context"


def test_a_name_without_recording_is_said():
    with pytest.raises(FileNotFoundError, match="nothing is recorded for 'no_such_operator' in ops"):
        recorded("no_such_operator")
