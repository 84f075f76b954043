"""Loops and choices as nodes of graphs: each node has graphs within it, which its function runs.

The faces that compute at once need none of this: there, loops are plain Python.
"""

from collections.abc import Callable, Sequence

import torch
from torch import Tensor
from torch._subclasses.fake_tensor import FakeTensorMode

from regluon.core.errors import ArgumentError, ShapeError
from regluon.ops.registry import Attributes, op

__all__ = ["cond", "foreach", "while_loop"]

Body = Callable[..., Sequence[Tensor]]


def _numbered(attributes: Attributes) -> tuple[str, ...]:
    count = attributes["num_outputs"]
    return ("output",) if count == 1 else tuple(f"output{place}" for place in range(count))


@op("_foreach", outputs=_numbered)
def foreach(
    *data: Tensor,
    num_outputs: int,
    num_out_data: int,
    in_data_locs: tuple[int, ...] = (),
    in_state_locs: tuple[int, ...] = (),
    remain_locs: tuple[int, ...] = (),
    bodies: Sequence[Body],
) -> Tensor | tuple[Tensor, ...]:
    """Go through arrays slice by slice, and hand states on from one to the next (MXNet, ``_foreach``).

    Args:
        data: the arrays ``(L, *)`` to slice, of which one of ``(L,)`` gives slices ``(1,)``; then the first states
            ``(*)``; then what every step gets whole.
        num_outputs: number of results.
        num_out_data: how many of them are stacked outputs; the others are states.
        in_data_locs: for each array that is sliced, which variable of the body gets the slice.
        in_state_locs: the same for each state.
        remain_locs: the same for what stays whole.
        bodies: the step, which gets its variables and returns outputs and states.

    Returns:
        The outputs of all steps ``(L, *)``, then the last states; a tensor if that is one thing, else a tuple.

    Examples:
        >>> def add(row, total):
        ...     return row + total, row + total
        >>> rows, start = torch.tensor([[1.0], [2.0], [3.0]]), torch.tensor([10.0])
        >>> foreach(
        ...     rows, start, num_outputs=2, num_out_data=1, in_data_locs=(0,), in_state_locs=(1,), bodies=[add]
        ... )
        (tensor([[11.],
                [13.],
                [16.]]), tensor([16.]))
    """
    count = len(in_data_locs)
    arrays, states = data[:count], list(data[count : count + len(in_state_locs)])
    lengths = {array.shape[0] if array.ndim else 0 for array in arrays}
    if len(lengths) != 1 or not min(lengths):
        shapes = [tuple(array.shape) for array in arrays]
        raise ShapeError(f"_foreach: data must be of one length, 1 or more, along the first axis, got shapes {shapes}")
    places = [*in_data_locs, *in_state_locs, *remain_locs]
    whole = data[count + len(states) :]
    steps = []
    for place in range(lengths.pop()):
        slices = [array[place] if array.ndim > 1 else array[place : place + 1] for array in arrays]
        results = bodies[0](*_arranged(places, [*slices, *states, *whole]))
        steps.append(results[:num_out_data])
        states = _next("_foreach", states, results[num_out_data:])
    return _one_or_all([*_stacked(steps), *states])


@op("_while_loop", outputs=_numbered)
def while_loop(
    *data: Tensor,
    num_outputs: int,
    num_out_data: int,
    max_iterations: int,
    cond_input_locs: tuple[int, ...],
    func_input_locs: tuple[int, ...],
    func_var_locs: tuple[int, ...],
    bodies: Sequence[Body],
) -> Tensor | tuple[Tensor, ...]:
    """Repeat a step while a condition holds (MXNet, ``_while_loop``).

    Whether to go on is decided by values, so that ``torch.compile`` leaves the graph here.

    Args:
        data: the variables ``(*)`` at first, and what stays.
        num_outputs: number of results.
        num_out_data: how many of them are stacked outputs; the others are variables.
        max_iterations: how many steps at most.
        cond_input_locs: for each variable of the condition, which of ``data`` it gets.
        func_input_locs: the same for the step.
        func_var_locs: for each variable of the loop, which variable of the step it is.
        bodies: the condition, which returns one element; and the step, which returns outputs and variables.

    Returns:
        The outputs of all steps ``(max_iterations, *)``, of which those after the last step are zeros (in MXNet
        anything), then the last variables; a tensor if that is one thing, else a tuple.

    Examples:
        >>> def below_three(i):
        ...     return [i < 3]
        >>> def square(i):
        ...     return i * i, i + 1
        >>> while_loop(
        ...     torch.tensor([1.0]), num_outputs=2, num_out_data=1, max_iterations=3, cond_input_locs=(0,),
        ...     func_input_locs=(0,), func_var_locs=(0,), bodies=[below_three, square],
        ... )
        (tensor([[1.],
                [4.],
                [0.]]), tensor([3.]))
    """  # fmt: skip
    condition, step = bodies
    values, changing = list(data), [func_input_locs[place] for place in func_var_locs]
    steps: list[Sequence[Tensor]] = []
    while len(steps) < max_iterations and _holds("_while_loop", condition(*[values[i] for i in cond_input_locs])):
        results = step(*[values[i] for i in func_input_locs])
        steps.append(results[:num_out_data])
        states = _next("_while_loop", [values[place] for place in changing], results[num_out_data:])
        for place, value in zip(changing, states, strict=True):
            values[place] = value
    if len(steps) < max_iterations and num_out_data:
        empty = steps[0] if steps else _shapes_of(step, [values[i] for i in func_input_locs])[:num_out_data]
        missing = [torch.zeros(one.shape, dtype=one.dtype, device=values[0].device) for one in empty]
        steps += [missing] * (max_iterations - len(steps))
    return _one_or_all([*_stacked(steps), *(values[place] for place in changing)])


@op("_cond", outputs=_numbered)
def cond(
    *data: Tensor,
    num_outputs: int,
    cond_input_locs: tuple[int, ...],
    then_input_locs: tuple[int, ...],
    else_input_locs: tuple[int, ...],
    bodies: Sequence[Body],
) -> Tensor | tuple[Tensor, ...]:
    """Do one of two things (MXNet, ``_cond``).

    Which of them is decided by a value, so that ``torch.compile`` leaves the graph here.

    Args:
        data: what the condition and the two things work on, ``(*)`` each.
        num_outputs: number of results.
        cond_input_locs: for each variable of the condition, which of ``data`` it gets.
        then_input_locs: the same for the first thing.
        else_input_locs: the same for the second.
        bodies: the condition, which returns one element, not 0 for the first thing; and the two.

    Returns:
        What the one of the two returns, ``(*)`` each; a tensor if that is one thing, else a tuple.

    Examples:
        >>> def choose(x):
        ...     return cond(
        ...         x, num_outputs=1, cond_input_locs=(0,), then_input_locs=(0,), else_input_locs=(0,),
        ...         bodies=[lambda x: [x > 1], lambda x: [x * 10], lambda x: [x - 10]],
        ...     )
        >>> choose(torch.tensor([2.0])), choose(torch.tensor([1.0]))
        (tensor([20.]), tensor([-9.]))
    """  # fmt: skip
    condition, first, second = bodies
    if _holds("_cond", condition(*[data[i] for i in cond_input_locs])):
        return _one_or_all(first(*[data[i] for i in then_input_locs]))
    return _one_or_all(second(*[data[i] for i in else_input_locs]))


def _arranged(places: Sequence[int], values: Sequence[Tensor]) -> list[Tensor]:
    """Bring values into the order of the variables that they are for."""
    return [value for _, value in sorted(zip(places, values, strict=True), key=lambda pair: pair[0])]


def _next(who: str, old: Sequence[Tensor], new: Sequence[Tensor]) -> list[Tensor]:
    """Return the new states, which must look like the old ones: a graph has one shape for both."""
    for before, after in zip(old, new, strict=True):
        if before.shape != after.shape:
            raise ShapeError(
                f"{who}: a state must keep its shape {tuple(before.shape)} at every step, got {tuple(after.shape)}"
            )
    return list(new)


def _holds(who: str, results: Sequence[Tensor]) -> bool:
    (value,) = results
    if value.numel() != 1:
        raise ArgumentError(f"{who}: the condition must have one element, got shape {tuple(value.shape)}")
    return bool(value)


def _shapes_of(step: Body, values: Sequence[Tensor]) -> Sequence[Tensor]:
    """Return what a step would give, without data."""
    with FakeTensorMode() as fake, torch.no_grad():
        return step(*[fake.from_tensor(one) for one in values])


def _stacked(steps: Sequence[Sequence[Tensor]]) -> list[Tensor]:
    return [torch.stack(column) for column in zip(*steps, strict=True)]


def _one_or_all(results: Sequence[Tensor]) -> Tensor | tuple[Tensor, ...]:
    return results[0] if len(results) == 1 else tuple(results)
