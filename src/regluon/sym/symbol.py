"""Symbol: a graph of operators, named by its outputs."""

import importlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar

from regluon.core.dtype import numpy_dtype, torch_dtype
from regluon.core.errors import ArgumentError, ArgumentTypeError, OutOfRangeError, UnknownNameError
from regluon.core.files import write_text
from regluon.core.names import current_attributes
from regluon.ops.attr import to_text
from regluon.sym import graph_json
from regluon.sym.attributes import kept, shown
from regluon.sym.infer import DTYPE_CODES, infer_partial
from regluon.sym.infer_type import infer_types
from regluon.sym.methods import SymbolMethods
from regluon.sym.node import Entry, Node, substitute, variables, walk

__all__ = ["Group", "Symbol", "Variable", "fromjson", "load", "load_json", "var"]


class Symbol(SymbolMethods):
    """One or more outputs of a graph; made by ``sym.var`` and by every operator of ``sym``.

    Examples:
        >>> from regluon import sym
        >>> net = sym.Activation(sym.FullyConnected(sym.var("data"), num_hidden=4, name="fc"), act_type="relu")
        >>> net.list_arguments()
        ['data', 'fc_weight', 'fc_bias']
        >>> net.infer_shape(data=(2, 3))[1]
        [(2, 4)]
    """

    __slots__ = ("_entries",)
    # ``==`` makes a symbol, so equality cannot serve dictionaries.
    __hash__ = object.__hash__

    # What operators make of it: results are of this class.
    _kind: ClassVar[type["Symbol"]]

    def __init__(self, entries: Sequence[Entry]) -> None:
        self._entries = tuple(entries)

    # What it is

    @property
    def name(self) -> str | None:
        """Name of the node; None for a group."""
        names = {id(entry.node): entry.node.name for entry in self._entries}
        return next(iter(names.values())) if len(names) == 1 else None

    @property
    def num_outputs(self) -> int:
        """Number of outputs."""
        return len(self._entries)

    def list_arguments(self) -> list[str]:
        """Name the variables in graph order, auxiliary states left out."""
        return [node.name for node in variables(walk(self._entries))[0]]

    def list_auxiliary_states(self) -> list[str]:
        """Name the variables that operators change (moving averages)."""
        return [node.name for node in variables(walk(self._entries))[1]]

    def list_inputs(self) -> list[str]:
        """Name all variables in graph order."""
        return [node.name for node in walk(self._entries) if node.operator is None]

    def list_outputs(self) -> list[str]:
        """Name the outputs."""
        return [entry.name for entry in self._entries]

    def get_internals(self) -> "Symbol":
        """Return every output of every node as one group; pick from it by name."""
        return Symbol([Entry(node, i) for node in walk(self._entries) for i in range(len(node.outputs))])

    def get_children(self) -> "Symbol | None":
        """Return the inputs of the nodes as a group; None for variables."""
        children = [entry for one in dict.fromkeys(e.node for e in self._entries) for entry in one.inputs]
        return Symbol(children) if children else None

    def get_inputs(self) -> "Symbol":
        """Return all variables as a group."""
        return Symbol([Entry(node) for node in walk(self._entries) if node.operator is None])

    # Attributes

    def attr(self, key: str) -> str | None:
        """Return an attribute of the node as text; None where it has none."""
        return self.list_attr().get(key)

    def list_attr(self, recursive: bool = False) -> dict[str, str]:
        """Return all attributes of the node; none for a group."""
        if recursive:
            raise ArgumentError("list_attr: recursive must be False, as in MXNet; use attr_dict()")
        return _attributes(self._entries[0].node) if self.name is not None else {}

    def attr_dict(self) -> dict[str, dict[str, str]]:
        """Return the attributes of every node that has some, by the node's name."""
        pairs = {node.name: _attributes(node) for node in walk(self._entries)}
        return {name: attributes for name, attributes in pairs.items() if attributes}

    def _set_attr(self, **attributes: str) -> None:
        """Set attributes of the node."""
        if self.name is None:
            raise ArgumentTypeError("set_attr: a group of symbols has no attributes of its own")
        node = self._entries[0].node
        node.extra.update(kept("set_attr", attributes, node.operator))

    # Parts and wholes

    def __getitem__(self, index: int | slice | str) -> "Symbol":
        if isinstance(index, str):
            found = [entry for entry in self._entries if entry.name == index]
            if not found:
                close = [name for name in self.list_outputs() if index in name or name in index]
                raise UnknownNameError(f"symbol: there is no output {index!r}; close: {', '.join(close[:5]) or 'none'}")
            return Symbol(found[:1])
        if isinstance(index, slice):
            return Symbol(self._entries[index])
        if not isinstance(index, int):
            raise ArgumentTypeError(f"symbol: output must be an int, a slice or a name, got {index!r:.60}")
        if not -len(self._entries) <= index < len(self._entries):
            raise OutOfRangeError(f"symbol: output must be in [0, {len(self._entries) - 1}], got {index}")
        return Symbol([self._entries[index]])

    def as_nd_ndarray(self) -> "Symbol":
        """Return the symbol as one without numpy's rules: itself."""
        return self

    def as_np_ndarray(self) -> Any:
        """Return the symbol as one with numpy's rules, on which ``mx.np`` works."""
        return importlib.import_module("regluon.sym.numpy_symbol").NumpySymbol(self._entries)

    def __iter__(self) -> Iterator["Symbol"]:
        return (Symbol([entry]) for entry in self._entries)

    def __len__(self) -> int:
        return len(self._entries)

    def __bool__(self) -> bool:
        raise ArgumentTypeError(
            "a Symbol has no value while the graph is built, so it cannot decide an `if` or `while`"
        )

    def __call__(self, *args: "Symbol", name: str | None = None, **kwargs: "Symbol") -> "Symbol":
        """Return a copy whose variables are replaced by other symbols, by position or name.

        Args:
            args: for the arguments in order.
            name: a name for the copied output node.
            kwargs: for the arguments by name.
        """
        names = self.list_inputs()
        given = {**dict(zip(self.list_arguments(), args, strict=False)), **kwargs}
        for key, value in given.items():
            if key not in names:
                raise UnknownNameError(f"compose: there is no variable {key!r}; there are {', '.join(names)}")
            if not isinstance(value, Symbol) or len(value) != 1:
                raise ArgumentTypeError(f"compose: {key} must be a Symbol of one output, got {value!r:.60}")
        leaves = {node.name: node for node in walk(self._entries) if node.operator is None}
        by = {leaves[key]: value._entries[0] for key, value in given.items()}
        return Symbol(substitute(self._entries, by, name, [entry.node for entry in self._entries]))

    def __copy__(self) -> "Symbol":
        return self.__deepcopy__({})

    def __deepcopy__(self, memo: dict[int, Any]) -> "Symbol":
        # Symbols that share nodes share the copies too: a Block's graph and its parameters' variables.
        for node in walk(self._entries):
            if id(node) not in memo:
                inputs = tuple(Entry(memo[id(entry.node)], entry.index) for entry in node.inputs)
                memo[id(node)] = Node(
                    node.operator, node.name, inputs, dict(node.given), dict(node.extra), bodies=node.bodies
                )
        return Symbol([Entry(memo[id(entry.node)], entry.index) for entry in self._entries])

    def __repr__(self) -> str:
        return f"<Symbol {self.name or 'group [' + ', '.join(entry.node.name for entry in self._entries) + ']'}>"

    def __reduce__(self) -> tuple[Any, ...]:
        return load_json, (self.tojson(remove_amp_cast=False),)

    # Shapes and types

    def infer_shape(self, *args: Any, **kwargs: Any) -> tuple[Any, Any, Any]:
        """Infer the shapes of all arguments, outputs and auxiliary states from some.

        Args:
            args: shapes of the arguments in order, None where unknown.
            kwargs: shapes by name; 0 is an unknown size.

        Returns:
            Three lists of shapes; three Nones if some size stays unknown.

        Raises:
            ShapeError: shapes contradict each other; the node is named.
        """
        found = self.infer_shape_partial(*args, **kwargs)
        return found if all(shape and 0 not in shape for shapes in found for shape in shapes) else (None, None, None)

    def infer_shape_partial(self, *args: Any, **kwargs: Any) -> tuple[list[Any], list[Any], list[Any]]:
        """Infer what shapes can be inferred; 0 where a size stays unknown, ``()`` where the number of axes does."""
        given = self._by_argument("infer_shape", args, kwargs)
        shapes = {name: _sizes(name, shape) for name, shape in given.items()}
        return self._parts(infer_partial(self._entries, shapes, {}), lambda shape: shape or ())

    def infer_type(self, *args: Any, **kwargs: Any) -> tuple[Any, Any, Any]:
        """Infer the number types of all arguments, outputs and auxiliary states from some.

        Args:
            args: number types of the arguments in order, None where unknown.
            kwargs: number types by name.

        Returns:
            Three lists of types; three Nones if some type stays unknown.

        Raises:
            ArgumentError: types contradict each other; the node is named.
        """
        found = self.infer_type_partial(*args, **kwargs)
        return found if all(dtype is not None for dtypes in found for dtype in dtypes) else (None, None, None)

    def infer_type_partial(self, *args: Any, **kwargs: Any) -> tuple[list[Any], list[Any], list[Any]]:
        """Infer what number types can be inferred; None where a type stays unknown."""
        given = self._by_argument("infer_type", args, kwargs)
        found = infer_types(self._entries, {name: torch_dtype(dtype) for name, dtype in given.items()})
        return self._parts(found, lambda dtype: None if dtype is None else numpy_dtype(dtype))

    # Text and files

    def tojson(self, remove_amp_cast: bool = True) -> str:
        """Write the graph as MXNet's JSON text.

        Args:
            remove_amp_cast: leave out the casts that mixed precision put between the operators.
        """
        return graph_json.dump(self._entries, remove_amp_cast)

    def save(self, fname: str | Path, remove_amp_cast: bool = True) -> None:
        """Write the graph to a file, whole or not at all."""
        write_text(fname, self.tojson(remove_amp_cast))

    # Helpers of the above

    def _by_argument(self, who: str, args: Sequence[Any], kwargs: Mapping[str, Any]) -> dict[str, Any]:
        names, arguments = self.list_inputs(), self.list_arguments()
        if len(args) > len(arguments):
            raise ArgumentError(f"{who}: takes {len(arguments)} arguments ({', '.join(arguments)}), got {len(args)}")
        for key in kwargs:
            if key not in names:
                raise UnknownNameError(f"{who}: there is no variable {key!r}; there are {', '.join(names)}")
        given = {**dict(zip(arguments, args, strict=False)), **kwargs}
        return {name: value for name, value in given.items() if value is not None}

    def _parts(self, found: Mapping[Entry, Any], show: Callable[[Any], Any]) -> tuple[list[Any], list[Any], list[Any]]:
        """Part what was found out into arguments, outputs and auxiliary states."""
        arguments, states = variables(walk(self._entries))
        return (
            [show(found.get(Entry(node))) for node in arguments],
            [show(found.get(entry)) for entry in self._entries],
            [show(found.get(Entry(node))) for node in states],
        )


Symbol._kind = Symbol


def _attributes(node: Node) -> dict[str, str]:
    return {**node.given, **shown(node.extra)}


def _sizes(name: str, shape: Any) -> tuple[int, ...]:
    if isinstance(shape, (tuple, list)) and all(isinstance(size, int) for size in shape):
        return tuple(shape)
    raise ArgumentTypeError(f"infer_shape: the shape of {name!r} must be a tuple of ints, got {shape!r:.60}")


def var(
    name: str,
    attr: Mapping[str, str] | None = None,
    shape: Sequence[int] | None = None,
    lr_mult: float | None = None,
    wd_mult: float | None = None,
    dtype: Any = None,
    init: Any = None,
    stype: str | None = None,
    **kwargs: str,
) -> Symbol:
    """Make a variable: an input of the graph, or a parameter of it.

    Args:
        name: how it is called when the graph runs.
        attr: attributes as texts.
        shape: its shape where known; 0 for an unknown size.
        lr_mult: factor of the learning rate.
        wd_mult: factor of the weight decay.
        dtype: number type where known.
        init: initializer, or its text.
        stype: storage type; only ``default``.
        kwargs: more attributes, named ``__like_this__``.
    """
    if not isinstance(name, str):
        raise ArgumentTypeError(f"var: name must be a str, got {type(name).__name__}")
    extra = kept("var", {**current_attributes(), **(attr or {})})
    if shape is not None:
        extra["__shape__"] = to_text(tuple(shape))
    if dtype is not None:
        extra["__dtype__"] = str(DTYPE_CODES[torch_dtype(dtype)])
    for key, value in (("__lr_mult__", lr_mult), ("__wd_mult__", wd_mult)):
        if value is not None:
            extra[key] = str(value)
    if init is not None:
        extra["__init__"] = init if isinstance(init, str) else init.dumps()
    if stype is not None:
        if stype != "default":
            raise ArgumentError(f"var: stype must be 'default', as arrays are dense here, got {stype!r}")
        extra["__storage_type__"] = "0"
    for key, value in kwargs.items():
        if not (key.startswith("__") and key.endswith("__")):
            raise ArgumentTypeError(f"var: further attributes must be named __like_this__, got {key!r}")
        extra[key] = str(value)
    return Symbol([Entry(Node(None, name, extra=extra))])


Variable = var


def Group(symbols: Sequence[Symbol]) -> Symbol:
    """Join the outputs of several symbols into one."""
    if not symbols or not all(isinstance(one, Symbol) for one in symbols):
        raise ArgumentTypeError(f"Group: symbols must be a list of Symbols, got {symbols!r:.60}")
    return Symbol([entry for one in symbols for entry in one._entries])


def load_json(json_str: str) -> Symbol:
    """Read a graph from MXNet's JSON text; also ``fromjson``.

    Raises:
        FormatError: the text is no graph.
        UnknownNameError: it has an operator that is not supported; the node is named.
    """
    return Symbol(graph_json.parse(json_str))


fromjson = load_json


def load(fname: str | Path) -> Symbol:
    """Read a graph from a ``-symbol.json`` file."""
    return Symbol(graph_json.read(fname))
