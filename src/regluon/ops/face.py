"""A face: one way to call the operators, and how its functions look to those who read their signatures."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from inspect import Parameter, Signature
from typing import Any, get_origin

from torch import Tensor

from regluon.ops.registry import Operator, find

__all__ = ["Face"]

Call = Callable[..., Any]


@dataclass(frozen=True, slots=True, eq=False)
class Face:
    """One way to call the operators.

    Attributes:
        array: its type of arrays.
        lift: makes its function of an operator; the name is what graphs call nodes after.
        several: what a function of several outputs returns.
        extra: arguments that every function takes besides the operator's.
        makes_variables: whether inputs may be left out, to become variables of a graph.
    """

    array: type
    lift: Callable[[Operator, str], Call]
    several: Any
    extra: Sequence[Parameter]
    makes_variables: bool = False
    _calls: dict[str, Call] = field(default_factory=dict)
    _signatures: dict[Operator, Signature] = field(default_factory=dict)

    def call(self, registered: str) -> Call:
        """Return the function of a registered name."""
        if registered not in self._calls:
            self._calls[registered] = self.lift(find(registered), registered)
        return self._calls[registered]

    def signature(self, operator: Operator) -> Signature:
        """Return the signature of an operator's function."""
        if operator not in self._signatures:
            self._signatures[operator] = self._signature(operator)
        return self._signatures[operator]

    def _signature(self, operator: Operator) -> Signature:
        declared = operator.signature
        parameters = [self._parameter(operator, one) for one in declared.parameters.values() if _shown(operator, one)]
        if self.makes_variables:
            # After an argument that may be left out no other may be asked for by place.
            for place, one in enumerate(parameters):
                if one.kind is one.POSITIONAL_OR_KEYWORD and one.default is one.empty:
                    parameters[place] = one.replace(default=None)
        return Signature([*parameters, *self.extra], return_annotation=self._result(operator, declared))

    def _parameter(self, operator: Operator, declared: Parameter) -> Parameter:
        if declared.name not in operator.inputs:
            return declared
        if declared.kind is declared.VAR_POSITIONAL:
            return declared.replace(annotation=self.array)
        optional = declared.name in operator.optional or self.makes_variables
        return declared.replace(
            annotation=self.array | None if optional else self.array,
            default=None if self.makes_variables else declared.default,
        )

    def _result(self, operator: Operator, declared: Signature) -> Any:
        """Say what comes back, or Any where the attributes decide."""
        if declared.return_annotation is Tensor:
            return self.array
        if get_origin(declared.return_annotation) is not tuple or operator.required:
            return Any
        return self.array if len(operator.outputs(operator.fill({}))) == 1 else self.several


def _shown(operator: Operator, parameter: Parameter) -> bool:
    """Tell arguments from those that faces fill in."""
    return parameter.name in operator.inputs or parameter.name in operator.attributes
