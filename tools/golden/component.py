"""Record whole components (losses, coders, matchers, optimizers) in the layout the operators have."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Callable, Dict, Iterator, List, Sequence, Tuple

import numpy as np

from golden import archive
from golden.case import Case
from golden.invoke import Question, ask

__all__ = ["Component", "recordings"]


@dataclass(frozen=True)
class Component:
    """A class of MXNet or GluonCV and the cases it is put to.

    Args:
        make: takes a case's attributes, gives what is called with the inputs.
        names: of the inputs, in order; a case may have None for one of them.
        cases: what is tried.
        fixed: inputs that get no gradient, "*" for all.
    """

    make: Callable[..., Callable[..., Any]]
    names: Sequence[str]
    cases: List[Case]
    fixed: Sequence[str] = ()


def recordings(components: Dict[str, Component]) -> Iterator[Tuple[str, bytes]]:
    """Record components; yield the path of each file below ``tests/golden`` and its bytes."""
    for title, component in components.items():
        arrays: Dict[str, np.ndarray] = {"n_cases": np.array(len(component.cases))}
        for index, item in enumerate(component.cases):
            arrays.update(_record(title, index, item, component))
        yield f"components/{title}.npz", archive.pack(arrays)


def _record(title: str, index: int, item: Case, component: Component) -> Dict[str, np.ndarray]:
    given = [value is not None for value in item.inputs]
    names = [name for name, here in zip(component.names, given) if here]
    call = component.make(**item.attrs)

    def run(arrays: List[Any]) -> List[Any]:
        left = iter(arrays)
        return _flat(call(*[next(left) if here else None for here in given]))

    fixed = names if "*" in component.fixed else component.fixed
    present = replace(item, inputs=tuple(value for value in item.inputs if value is not None))
    return ask(title, index, present, Question(run, names, fixed=fixed))


def _flat(outputs: Any) -> List[Any]:
    if not isinstance(outputs, (list, tuple)):
        return [outputs]
    return [leaf for output in outputs for leaf in _flat(output)]
