"""Schedules of the learning rate against real MXNet."""

import numpy as np
import pytest

from regluon import lr_scheduler
from regluon.core.errors import ArgumentError
from regluon.lr_scheduler import CosineScheduler, FactorScheduler, LRScheduler, MultiFactorScheduler, PolyScheduler
from tests.recorded import Case, recorded_params

NAMES = ("FactorScheduler", "MultiFactorScheduler", "PolyScheduler", "CosineScheduler")


@pytest.mark.parametrize(("name", "case"), recorded_params(*NAMES, folder="components"))
def test_equals_mxnet(name: str, case: Case):
    options = dict(case.attrs)
    updates = options.pop("updates")
    schedule = getattr(lr_scheduler, name)(**options)
    np.testing.assert_allclose([schedule(update) for update in updates], case.outputs[0], rtol=1e-12, atol=1e-15)


@pytest.mark.parametrize(
    ("make", "words"),
    [
        pytest.param(
            lambda: LRScheduler(warmup_mode="cubic"),
            "warmup_mode must be one of 'linear', 'constant', got 'cubic'",
            id="mode",
        ),
        pytest.param(
            lambda: LRScheduler(0.1, 5, 0.5),
            "warmup_steps must be >= 0 and warmup_begin_lr <= base_lr, got 5 and 0.5 for 0.1",
            id="falling warmup",
        ),
        pytest.param(lambda: LRScheduler(warmup_steps=-1), "warmup_steps must be >= 0", id="negative warmup"),
        pytest.param(lambda: FactorScheduler(0), "step must be >= 1 and factor <= 1, got 0 and 1", id="step"),
        pytest.param(lambda: FactorScheduler(1, 2.0), "got 1 and 2.0", id="growing"),
        pytest.param(
            lambda: MultiFactorScheduler([]), r"step must be increasing ints >= 1 .*, got \[\] and 1", id="no steps"
        ),
        pytest.param(lambda: MultiFactorScheduler([5, 3]), r"got \[5, 3\]", id="falling steps"),
        pytest.param(lambda: MultiFactorScheduler([0, 3]), r"got \[0, 3\]", id="step 0"),
        pytest.param(lambda: PolyScheduler(0), "PolyScheduler: max_update must be >= 1, got 0", id="poly"),
        pytest.param(lambda: CosineScheduler(0), "CosineScheduler: max_update must be >= 1, got 0", id="cosine"),
    ],
)
def test_arguments_are_checked(make, words: str):
    with pytest.raises(ArgumentError, match=words):
        make()


@pytest.mark.parametrize("kind", [PolyScheduler, CosineScheduler])
def test_a_warmup_of_all_updates_ends_at_the_rate(kind):
    schedule = kind(4, base_lr=1.0, warmup_steps=4)
    assert [schedule(update) for update in (0, 2, 4, 5)] == [0, 0.5, 1, 1]


def test_the_base_gives_no_rate():
    with pytest.raises(NotImplementedError, match="LRScheduler: __call__ must be written"):
        LRScheduler()(1)
