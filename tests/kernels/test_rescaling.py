"""Levels in other levels: the compiled loops, their plain-torch twins and a loop from the definition agree."""

import numpy as np
import pytest
import torch
from torch import Tensor
from torch._subclasses import FakeTensorMode

from regluon.kernels import jit, rescaling
from regluon.kernels.rescaling import as_numbers, as_numbers_plain, rescale, rescale_plain

JOINS = {"custom op": rescale, "plain": rescale_plain}
every_join = pytest.mark.parametrize("join", JOINS.values(), ids=JOINS)
NUMBERS = {"custom op": as_numbers, "plain": as_numbers_plain}
every_form = pytest.mark.parametrize("form", NUMBERS.values(), ids=NUMBERS)

# From, to, whether halves go away from 0.
KINDS = [
    (torch.int32, torch.int8, False), (torch.int32, torch.uint8, True), (torch.int32, torch.int8, True),
    (torch.int8, torch.int8, True), (torch.uint8, torch.int8, False), (torch.uint8, torch.uint8, True),
]  # fmt: skip
every_kind = pytest.mark.parametrize(("dtype", "into", "away"), KINDS, ids=str)


def drawn(dtype: torch.dtype, *shape: int) -> Tensor:
    low, high = (-1000, 1000) if dtype == torch.int32 else (torch.iinfo(dtype).min, torch.iinfo(dtype).max + 1)
    return torch.from_numpy(np.random.default_rng(sum(shape)).integers(low, high, shape)).to(dtype)


def one(number: float) -> Tensor:
    return torch.tensor([number])


def defined(values: Tensor, into: torch.dtype, away: bool, step: float, scale=1.0, shift=0.0, first=0.0) -> Tensor:
    """Do it number by number."""
    factor, scale, shift, first = (np.float32(number) for number in (step, scale, shift, first))
    low = 0 if into == torch.uint8 else -127 if away else -128
    found = []
    for level in values.flatten().tolist():
        number = ((np.float32(level) * factor + shift) - first) * scale
        whole = int(np.sign(number)) * int(np.floor(abs(number) + np.float32(0.5))) if away else round(float(number))
        found.append(min(max(whole, low), 255 if into == torch.uint8 else 127))
    return torch.tensor(found, dtype=into).reshape(values.shape)


@every_join
@every_kind
def test_levels_equal_the_definition(join, dtype, into, away):
    values = drawn(dtype, 3, 5, 40)
    assert torch.equal(join([values], one(0.5), into, away), defined(values, into, away, 0.5))
    given = {"scale": 1.3, "shift": -2.5, "first": 7.25}
    found = join([values], one(0.37), into, away, 0, **{name: one(number) for name, number in given.items()})
    assert torch.equal(found, defined(values, into, away, 0.37, **given))


@every_join
def test_arrays_have_steps_of_their_own_and_are_joined_along_the_axis(join):
    first, second = drawn(torch.uint8, 2, 3, 4), drawn(torch.uint8, 2, 1, 4)
    found = join([first, second], torch.tensor([1.0, 0.25]), torch.uint8, False, 1)
    assert torch.equal(found[:, :3], first)
    assert torch.equal(found[:, 3:], defined(second, torch.uint8, False, 0.25))


@every_join
def test_levels_that_stay_are_copied_and_lose_minus_128_away_from_zero(join):
    values = drawn(torch.int8, 1, 300)
    values[0, 0] = -128
    even, away = join([values], one(1.0), torch.int8, False), join([values], one(1.0), torch.int8, True)
    assert torch.equal(even, values)
    assert even.data_ptr() != values.data_ptr()
    assert away[0, 0] == -127
    assert torch.equal(away[0, 1:], values[0, 1:].clamp(min=-127))


@every_form
@pytest.mark.parametrize("dtype", [torch.int8, torch.uint8], ids=str)
def test_numbers_equal_the_definition(form, dtype):
    values = drawn(dtype, 4, 90)
    product = values.numpy().astype(np.float32) * np.float32(0.3)
    np.testing.assert_array_equal(form(values, one(0.3)).numpy(), product)
    np.testing.assert_array_equal(form(values, one(0.3), one(-1.7)).numpy(), product + np.float32(-1.7))


@every_form
def test_level_0_of_a_negative_step_keeps_its_sign(form):
    assert torch.signbit(form(torch.zeros(3, dtype=torch.int8), one(-0.5))).all()


ORDERS = {
    "channels last": lambda values: values.contiguous(memory_format=torch.channels_last),
    "turned": lambda values: values.permute(3, 1, 0, 2),
    "every other": lambda values: values[:, ::2],
    "repeated": lambda values: values[:1].expand(3, -1, -1, -1),
    "empty": lambda values: values[:0],
    "one number": lambda values: values[0, 0, 0, 0],
    "from the middle": lambda values: values[1:],
}


@pytest.mark.parametrize("order", ORDERS.values(), ids=ORDERS)
def test_any_order_in_memory(order):
    values = order(drawn(torch.int8, 2, 4, 5, 6))
    found = rescale([values], one(0.6), torch.int8, False)
    assert torch.equal(found, rescale_plain([values], one(0.6), torch.int8, False))
    assert torch.equal(as_numbers(values, one(0.6)), as_numbers_plain(values, one(0.6)))


def test_threads_share_the_numbers(threads):
    values = drawn(torch.int32, 3, 20_001)
    threads(1)
    alone = rescale([values], one(0.1), torch.int8, True), as_numbers(values, one(0.1))
    threads(3)
    assert torch.equal(rescale([values], one(0.1), torch.int8, True), alone[0])
    assert torch.equal(as_numbers(values, one(0.1)), alone[1])


def test_without_a_compiler_plain_torch_answers(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(rescaling, "runs_compiled", lambda data: False)
    values = drawn(torch.int8, 2, 30)
    assert torch.equal(rescale([values], one(0.6), torch.int8, True), defined(values, torch.int8, True, 0.6))
    assert torch.equal(as_numbers(values, one(0.5)), values * 0.5)


def test_custom_operators_keep_their_promises():
    values = [drawn(torch.uint8, 2, 3), drawn(torch.uint8, 2, 4)]
    two = torch.tensor([0.5, 0.25])
    for operator, inputs in (
        (rescale, (values, two, torch.int8, True, 1, two, two, two)),
        (rescale, (values[:1], one(1.0), torch.uint8, False)),
        (as_numbers, (values[0], one(0.5), one(1.0))),
    ):
        assert set(torch.library.opcheck(operator, inputs).values()) == {"SUCCESS"}


def test_nothing_is_run_on_fake_arrays():
    with FakeTensorMode():
        fake = torch.empty(2, 3, dtype=torch.int8)
        assert rescale([fake, fake], torch.empty(2), torch.uint8, False, 1).shape == (2, 6)
        assert as_numbers(fake, torch.empty(1)).dtype == torch.float32


@pytest.mark.skipif(not jit.available(), reason="there is no compiler here")
def test_loops_are_compiled():
    rescale([drawn(torch.int32, 5)], one(0.1), torch.int8, False)
    assert rescaling.write_levels._ready
