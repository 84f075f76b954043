"""Loops and choices on arrays, once for the faces that compute at once (MXNet, ``contrib.foreach`` and its like).

They are plain Python: every step runs now and gradients flow through all of them.
"""

from collections.abc import Callable
from typing import Any

from regluon.core.errors import ArgumentError, ArgumentTypeError, ShapeError
from regluon.core.nested import flatten, regroup

__all__ = ["ControlFlow"]

Call = Callable[..., Any]


class ControlFlow:
    """The loops and choices of one face.

    Args:
        kind: type of the face's arrays.
        call: gives the face's function of a registered name.
    """

    def __init__(self, kind: type, call: Callable[[str], Call]) -> None:
        self._kind = kind
        self._call = call

    def foreach(self, body: Call, data: Any, init_states: Any, name: str = "foreach") -> tuple[Any, Any]:  # noqa: ARG002
        """Go through arrays slice by slice, and hand states on from one to the next.

        Args:
            body: gets a slice of each array and the states, nested as ``data`` and ``init_states`` are; returns outputs
                and as many states.
            data: an array, or nested lists of them, of one length along the first axis.
            init_states: the states that the first step gets, an array or nested lists of them; may be an empty list.
            name: for graphs.

        Returns:
            The outputs of all steps, each stacked along a new first axis, and the last states.

        Examples:
            >>> from regluon import nd
            >>> total, last = nd.contrib.foreach(lambda x, s: (x + s, x + s), nd.array([[1], [2], [3]]), nd.array([0]))
            >>> total.asnumpy().ravel(), last.asscalar().item()
            (array([1., 3., 6.], dtype=float32), 6.0)
        """
        arrays, states = self._arrays("foreach", "data", data), init_states
        count = len(self._arrays("foreach", "init_states", init_states))
        lengths = {array.shape[0] if array.ndim else 0 for array in arrays}
        if len(lengths) != 1 or not min(lengths):
            shapes = [tuple(array.shape) for array in arrays]
            raise ShapeError(
                f"foreach: data must be of one length, 1 or more, along the first axis, got shapes {shapes}"
            )
        steps: list[list[Any]] = []
        outputs: Any = None
        for place in range(lengths.pop()):
            slices = [array[place] if array.ndim > 1 else array[place : place + 1] for array in arrays]
            outputs, states = self._pair("foreach", "body", body(regroup(iter(slices), data), states))
            steps.append(self._arrays("foreach", "outputs", outputs))
            given = len(self._arrays("foreach", "states", states))
            if given != count:
                raise ArgumentError(
                    f"foreach: body must return as many states as init_states has, {count}, got {given}"
                )
        return regroup(iter([self._stack(column) for column in zip(*steps, strict=True)]), outputs), states

    def while_loop(
        self,
        cond: Call,
        func: Call,
        loop_vars: Any,
        max_iterations: int | None = None,
        name: str = "while_loop",  # noqa: ARG002
    ) -> tuple[Any, Any]:
        """Repeat steps while a condition holds.

        Args:
            cond: gets the variables, one argument each; returns an array of one element, or a number.
            func: gets the same; returns outputs of the step (None or ``[]`` for none) and as many new variables.
            loop_vars: the variables at first, an array or a list of them.
            max_iterations: how many steps at most.
            name: for graphs.

        Returns:
            The outputs of all steps, each stacked along a new first axis of ``max_iterations`` places, of which those
            after the last step hold zeros (in MXNet anything); ``[]`` if there was no step. Then the last variables.

        Examples:
            >>> from regluon import nd
            >>> squares, (i,) = nd.contrib.while_loop(
            ...     lambda i: i < 3, lambda i: (i * i, [i + 1]), [nd.array([1])], max_iterations=4
            ... )
            >>> squares.asnumpy().ravel(), i.asscalar().item()
            (array([1., 4., 0., 0.], dtype=float32), 3.0)
        """
        if max_iterations is None:
            raise ArgumentError("while_loop: max_iterations must be an int, got None")
        values = self._arrays("while_loop", "loop_vars", loop_vars)
        if not values:
            raise ArgumentError("while_loop: loop_vars must hold an array or more, got none")
        steps: list[list[Any]] = []
        outputs: Any = None
        variables, count = loop_vars, len(values)
        while len(steps) < max_iterations and self._holds("while_loop", cond(*_listed(variables))):
            outputs, variables = self._pair("while_loop", "func", func(*_listed(variables)))
            steps.append(self._arrays("while_loop", "outputs", outputs))
            given = len(self._arrays("while_loop", "variables", variables))
            if given != count:
                raise ArgumentError(
                    f"while_loop: func must return as many variables as loop_vars has, {count}, got {given}"
                )
            if len(steps[-1]) != len(steps[0]):
                raise ArgumentError(
                    f"while_loop: func must return as many outputs at every step, {len(steps[0])}, got {len(steps[-1])}"
                )
        stacked = [self._filled(list(column), int(max_iterations)) for column in zip(*steps, strict=True)]
        return regroup(iter(stacked), outputs) if stacked else [], variables

    def cond(self, pred: Any, then_func: Call, else_func: Call, name: str = "cond") -> Any:  # noqa: ARG002
        """Do one of two things.

        Args:
            pred: an array of one element, or a number, that decides.
            then_func: called without arguments if that is not 0.
            else_func: called if it is.
            name: for graphs.

        Returns:
            What the chosen one returns.

        Examples:
            >>> from regluon import nd
            >>> nd.contrib.cond(nd.array([2]) > 1, lambda: nd.array([5]), lambda: nd.array([6])).asscalar().item()
            5.0
        """
        return then_func() if self._holds("cond", pred) else else_func()

    def _arrays(self, who: str, name: str, value: Any) -> list[Any]:
        """List the arrays in nested lists."""
        leaves = flatten(value)
        for one in leaves:
            if not isinstance(one, self._kind):
                raise ArgumentTypeError(f"{who}: {name} must be nested lists of arrays, got {type(one).__name__}")
        return leaves

    def _pair(self, who: str, name: str, value: Any) -> tuple[Any, Any]:
        if not isinstance(value, (list, tuple)) or len(value) != 2:
            raise ArgumentTypeError(f"{who}: {name} must return two things, outputs and states, got {value!r:.60}")
        return value[0], value[1]

    def _holds(self, who: str, value: Any) -> bool:
        if isinstance(value, self._kind):
            size = 1
            for length in value.shape:
                size *= length
            if size != 1:
                raise ArgumentError(f"{who}: the condition must have one element, got shape {tuple(value.shape)}")
        return bool(value)

    def _stack(self, arrays: Any) -> Any:
        return self._call("stack")(*arrays, axis=0)

    def _filled(self, arrays: list[Any], count: int) -> Any:
        """Stack arrays and as many zeros as are missing."""
        if len(arrays) < count:
            arrays += [self._call("zeros_like")(arrays[0])] * (count - len(arrays))
        return self._stack(arrays)


def _listed(variables: Any) -> Any:
    return variables if isinstance(variables, (list, tuple)) else [variables]
