"""Shapes and number types of a graph, by running its operators on tensors without data.

Operators write no shape rules. Only those with learnt inputs say what these must be (``complete``), and that is applied
here until nothing more becomes known. A size that is not known is 0. Where some sizes are 0, the operators run twice,
with two guesses for them: what comes out the same either way is known.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import torch
from torch import Tensor

from regluon.core.errors import ArgumentError, ShapeError
from regluon.core.mode import current_dialect
from regluon.ops.attr import Attribute, Shape
from regluon.sym.bodies import Body, bodies_of
from regluon.sym.lower import lower
from regluon.sym.node import Entry, Node, walk

__all__ = ["DTYPE_CODES", "infer", "infer_partial", "run"]

DTYPE_CODES: dict[torch.dtype, int] = {
    torch.float32: 0,
    torch.float64: 1,
    torch.float16: 2,
    torch.uint8: 3,
    torch.int32: 4,
    torch.int8: 5,
    torch.int64: 6,
    torch.bool: 7,
    torch.int16: 8,
    torch.uint16: 9,
    torch.uint32: 10,
    torch.uint64: 11,
    torch.bfloat16: 12,
}
"""MXNet's numbers for number types, which graph files hold."""

_CODES = {str(code): dtype for dtype, code in DTYPE_CODES.items()}
_SHAPE = Attribute.of("__shape__", Shape, ())

# Sizes to try for unknown ones: large enough for any kernel, and what most numbers of parts divide.
_GUESSES = (5040, 10080)

Sizes = tuple[int, ...]
Shapes = Mapping[str, Sizes]
DTypes = Mapping[str, torch.dtype]


def run(node: Node, inputs: Sequence[Tensor], training: bool = False) -> tuple[Tensor, ...]:
    """Run a node's operator; return its outputs and then the new values of its states."""
    operator = node.operator
    if operator is None:
        raise ArgumentError(f"run: the node must have an operator, got the variable {node.name!r}")
    bodies = [lower(body, training) for body in node.bodies]
    args, kwargs = node.arguments(inputs, training, current_dialect(), bodies)
    result = operator.function(*args, **kwargs)
    return (result,) if isinstance(result, Tensor) else tuple(result)


def infer(entries: Sequence[Entry], shapes: Shapes, dtypes: DTypes) -> dict[Entry, Tensor]:
    """Return a tensor without data for each output whose shape can be known.

    Args:
        entries: outputs of the graph.
        shapes: known shapes of variables by name; 0 for an unknown size.
        dtypes: known number types of variables by name.

    Raises:
        ShapeError: shapes contradict each other; the node is named.
    """
    return _solved(entries, shapes, dtypes).metas


def infer_partial(entries: Sequence[Entry], shapes: Shapes, dtypes: DTypes) -> dict[Entry, Sizes]:
    """Return the shape of each output of which anything is known, 0 for an unknown size; arguments as for ``infer``."""
    return _solved(entries, shapes, dtypes).sizes


@dataclass(slots=True)
class _Known:
    """What is known so far.

    Attributes:
        dtypes: number types of variables by name.
        sizes: shapes, with 0 for unknown sizes.
        metas: tensors for the shapes that are known wholly.
        rounds: how often something new became known.
    """

    dtypes: DTypes
    sizes: dict[Entry, Sizes] = field(default_factory=dict)
    metas: dict[Entry, Tensor] = field(default_factory=dict)
    rounds: int = 0

    def learn(self, entry: Entry, shape: Sizes, dtype: torch.dtype | None = None) -> None:
        """Take in a shape, joined with what is known of it."""
        old = self.sizes.get(entry)
        new = shape if old is None else _joined(entry.node.name, old, shape)
        if new == old:
            return
        self.sizes[entry] = new
        self.rounds += 1
        if entry.node.operator is None and 0 not in new:
            own = declared_dtype(entry.node, self.dtypes)
            self.metas[entry] = torch.empty(new, dtype=own or dtype or torch.float32, device="meta")


def declared_dtype(node: Node, dtypes: DTypes) -> torch.dtype | None:
    """Return the number type of a variable, as given or as declared."""
    return dtypes.get(node.name) or _CODES.get(node.extra.get("__dtype__", ""))


def _solved(entries: Sequence[Entry], shapes: Shapes, dtypes: DTypes) -> _Known:
    known = _Known(dtypes)
    nodes = walk(entries)
    for node in nodes:
        if node.operator is None:
            declared = node.extra.get("__shape__")
            shape = shapes.get(node.name, _SHAPE.read(declared) if declared else None)
            if shape:
                known.learn(Entry(node), tuple(max(size, 0) for size in shape))
            elif shape is not None and node.name in shapes:
                known.learn(Entry(node), ())
    open_nodes = [node for node in nodes if node.operator is not None]
    before = -1
    while open_nodes and before < known.rounds:
        before = known.rounds
        for node in open_nodes:
            try:
                _visit(node, known)
            except Exception as error:
                found = [known.sizes.get(entry) for entry in node.inputs]
                error.add_note(
                    f"in node {node.name!r} ({node.operator.name if node.operator else ''}) with inputs {found}"
                )
                raise
        open_nodes = [node for node in open_nodes if Entry(node) not in known.metas]
    return known


def _visit(node: Node, known: _Known) -> None:
    """Complete the shapes of a node's inputs, and run it where enough is known."""
    if node.bodies:
        _visit_bodies(node, known)
        if node.operator is None or not node.operator.fuses:
            return
    if any(entry not in known.metas for entry in node.inputs):
        _complete(node, known)
    if all(entry in known.metas for entry in node.inputs):
        for i, output in enumerate(_outputs(node, [known.metas[entry] for entry in node.inputs])):
            entry = Entry(node, i)
            known.learn(entry, tuple(output.shape))
            known.metas[entry] = output
        return
    shapes = [known.sizes.get(entry) for entry in node.inputs]
    if None in shapes:
        return
    dtypes = [known.metas[entry].dtype if entry in known.metas else torch.float32 for entry in node.inputs]

    def outputs(guess: int) -> list[Sizes]:
        metas = [
            torch.empty(_guessed(shape or (), guess), dtype=dtype, device="meta")
            for shape, dtype in zip(shapes, dtypes, strict=True)
        ]
        return [tuple(output.shape) for output in _outputs(node, metas)]

    for i, shape in enumerate(_either_way(outputs)):
        known.learn(Entry(node, i), shape)


def _visit_bodies(node: Node, known: _Known) -> None:
    """Infer within the graphs of a node, from its inputs and for them; its outputs follow unless it is a fused one."""
    giving = []
    for body in bodies_of(node):
        inner = _solved(body.outputs, *_handed_in(node, body, known))
        for variable, source in zip(body.variables, body.sources, strict=True):
            entry, meta = node.inputs[source], inner.metas.get(Entry(variable))
            outer, size = known.sizes.get(entry), inner.sizes.get(Entry(variable))
            if size is not None and source in body.sliced:
                # Slices of one element may be of an array of one axis or of two.
                size = (outer[0], *size) if outer is not None and len(outer) > 1 else None
            if size is not None:
                known.learn(entry, size, None if meta is None else meta.dtype)
        if body.gives:
            giving.append((body, inner))
    for place in range(len(node.outputs)):
        found = [_handed_out(node, body, inner, place, known) for body, inner in giving]
        # Two choices need not give the same; then it is not known before.
        if found and found[0] is not None and all(one == found[0] for one in found):
            shape, dtype = found[0]
            entry = Entry(node, place)
            known.learn(entry, shape)
            if dtype is not None:
                known.metas[entry] = torch.empty(shape, dtype=dtype, device="meta")
    for body, _ in giving:
        for before, after in body.again:
            size = known.sizes.get(node.inputs[before])
            if size is not None:
                known.learn(Entry(node, after), size)


def _handed_in(node: Node, body: Body, known: _Known) -> tuple[dict[str, Sizes], dict[str, torch.dtype]]:
    """Return what is known of a body's variables, by name."""
    shapes, dtypes = {}, {}
    for variable, source in zip(body.variables, body.sources, strict=True):
        entry = node.inputs[source]
        size = known.sizes.get(entry)
        if size is not None:
            shapes[variable.name] = (size[1:] or (1,)) if source in body.sliced else size
        # Within a fused node real numbers stand for its levels.
        if entry in known.metas and node.operator is not None and not node.operator.fuses:
            dtypes[variable.name] = known.metas[entry].dtype
    return shapes, dtypes


def _handed_out(
    node: Node, body: Body, inner: _Known, place: int, known: _Known
) -> tuple[Sizes, torch.dtype | None] | None:
    """Return the shape of an output of a node that comes from a body, with the type where the shape is whole."""
    size = inner.sizes.get(body.outputs[place])
    if size is None:
        return None
    if place < body.stacked:
        lengths = [known.sizes[node.inputs[one]][:1] for one in body.sliced if node.inputs[one] in known.sizes]
        size = (body.length or max((one[0] for one in lengths if one), default=0), *size)
    meta = inner.metas.get(body.outputs[place])
    return size, None if meta is None or 0 in size else meta.dtype


def _outputs(node: Node, metas: Sequence[Tensor]) -> list[Tensor]:
    with torch.no_grad(), torch.device("meta"):
        return [output.to("meta") for output in run(node, metas)[: len(node.outputs)]]


def _complete(node: Node, known: _Known) -> None:
    """Ask the operator for the shape of each input that is not wholly known, from the shapes of the others."""
    operator = node.operator
    if operator is None or operator.complete is None:
        return
    complete, names = operator.complete, node.slots
    sizes = {name: known.sizes.get(entry) for name, entry in zip(names, node.inputs, strict=True)}
    first = next((known.metas[entry].dtype for entry in node.inputs if entry in known.metas), None)
    for name, entry in zip(names, node.inputs, strict=True):
        others = {other: None if other == name else shape for other, shape in sizes.items()}
        if entry in known.metas or not any(shape is not None for shape in others.values()):
            continue

        def shape_of(guess: int, name: str = name, others: Mapping[str, Sizes | None] = others) -> list[Sizes]:
            given = {other: None if shape is None else _guessed(shape, guess) for other, shape in others.items()}
            found = complete(given, node.filled).get(name)
            return [] if found is None else [tuple(found)]

        whole = all(shape is None or 0 not in shape for shape in others.values())
        for shape in shape_of(0) if whole else _either_way(shape_of):
            known.learn(entry, shape, first)


def _guessed(shape: Sizes, guess: int) -> Sizes:
    return tuple(size or guess for size in shape)


def _either_way(shapes: Callable[[int], list[Sizes]]) -> list[Sizes]:
    """Return what comes out the same for two guesses; nothing where a guess does not even fit."""
    try:
        first, second = (shapes(guess) for guess in _GUESSES)
    except Exception:
        return []
    return [
        tuple(a if a == b else 0 for a, b in zip(one, other, strict=True))
        for one, other in zip(first, second, strict=True)
        if len(one) == len(other)
    ]


def _joined(name: str, old: Sizes, new: Sizes) -> Sizes:
    """Join two views of one shape."""
    if len(old) != len(new) or any(a and b and a != b for a, b in zip(old, new, strict=True)):
        raise ShapeError(f"{name}: shape must be {old}, as said before, got {new}")
    return tuple(a or b for a, b in zip(old, new, strict=True))
