"""ParameterDict: the parameters of a Block by name, with MXNet 1.x's methods on all of them at once."""

import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from regluon.core.dtype import dtype_name, torch_dtype
from regluon.core.errors import ArgumentError, UnknownNameError
from regluon.gluon.constant import Constant
from regluon.gluon.parameter import Devices, Parameter
from regluon.gluon.parameter_file import Loading, assign, read_named, write_named

__all__ = ["ParameterDict"]


class ParameterDict(dict[str, Parameter]):
    """Parameters by name.

    A Block's own ``params`` is keyed by full names (``net0_conv0_weight``), and its ``get`` makes what is missing. What
    ``collect_params`` returns is keyed by structure (``features.0.weight``, as in MXNet 2.x and in torch's
    ``state_dict``). Either finds a Parameter by its full name too.

    Args:
        prefix: put before the names that ``get`` makes.
        shared: where ``get`` looks before it makes one.
        collected: what it begins with, keyed by structure; then ``get`` makes nothing.
    """

    def __init__(
        self,
        prefix: str = "",
        shared: "ParameterDict | None" = None,
        collected: Iterable[tuple[str, Parameter]] | None = None,
    ) -> None:
        super().__init__(collected or ())
        self.prefix, self._shared, self._makes = prefix, shared, collected is None

    def __missing__(self, name: str) -> Parameter:
        found = self._named(name)
        if found is None:
            raise UnknownNameError(f"parameters: there is no {name!r}; there are {', '.join(self) or 'none'}")
        return found

    def __contains__(self, name: object) -> bool:
        return super().__contains__(name) or self._named(name) is not None

    def _named(self, name: object) -> Parameter | None:
        return next((one for one in self.values() if one.name == name), None)

    def __repr__(self) -> str:
        lines = "\n".join(f"  {one!r}" for one in self.values())
        return f"{self.prefix + ' ' if self.prefix else ''}(\n{lines}\n)"

    def get(self, name: str, default: Any = None, **kwargs: Any) -> Any:  # type: ignore[override]
        """Return the Parameter ``prefix + name``, making it if there is none.

        Args:
            name: name without the prefix; in a dict of ``collect_params`` the whole one.
            default: what a dict of ``collect_params``, which makes none, returns instead.
            kwargs: arguments of ``Parameter``; one that is there must agree with them.
        """
        if not self._makes:
            found = self._find(name)
            return default if found is None else found
        full = self.prefix + name
        found = self._find(full)
        if found is None:
            found = Parameter(full, **kwargs)
        else:
            _agree(found, kwargs)
        self[full] = found
        return found

    def get_constant(self, name: str, value: Any = None) -> Constant:
        """Return the Constant ``prefix + name``, making it of ``value`` if there is none."""
        full = self.prefix + name
        found = self._find(full)
        if found is None:
            if value is None:
                raise ArgumentError(f"get_constant: value must be given for {full!r}, as there is none yet")
            found = Constant(full, value)
        elif not isinstance(found, Constant):
            raise ArgumentError(f"get_constant: {full!r} must be a Constant, got a Parameter")
        elif value is not None and not np.array_equal(Constant(full, value).value.asnumpy(), found.value.asnumpy()):
            raise ArgumentError(f"get_constant: value must be that of {full!r}, which is there already, got another")
        self[full] = found
        return found

    def _find(self, full: str) -> Parameter | None:
        """Look a full name up here and in what is shared."""
        if full in self:
            return self[full]
        return None if self._shared is None else self._shared._find(full)

    def initialize(
        self, init: Any = None, ctx: Devices = None, verbose: bool = False, force_reinit: bool = False,  # noqa: ARG002
        device: Devices = None,
    ) -> None:  # fmt: skip
        """Initialise all Parameters; arguments as for ``Block.initialize``."""
        for one in dict.fromkeys(self.values()):
            one.initialize(None, ctx if ctx is not None else device, init, force_reinit)

    def zero_grad(self) -> None:
        """Set all gradients to zero."""
        for one in self.values():
            one.zero_grad()

    def reset_ctx(self, ctx: Devices) -> None:
        """Move all Parameters to a device or a list of them; also ``reset_device``."""
        for one in dict.fromkeys(self.values()):
            one.reset_ctx(ctx)

    reset_device = reset_ctx

    def list_ctx(self) -> list[Any]:
        """List all devices that Parameters are on; also ``list_device``."""
        return list(dict.fromkeys(device for one in self.values() for device in one.list_ctx()))

    list_device = list_ctx

    def setattr(self, name: str, value: Any) -> None:
        """Set an attribute of all Parameters, such as ``grad_req`` or ``lr_mult``."""
        for one in self.values():
            setattr(one, name, value)

    def select(self, expression: str) -> "ParameterDict":
        """Return those whose key, or whose full name, matches a regular expression from its start."""
        pattern = re.compile(expression)
        pairs = self.items()
        return ParameterDict(
            self.prefix, None, [(k, one) for k, one in pairs if pattern.match(k) or pattern.match(one.name)]
        )

    def update(self, other: Mapping[str, Parameter] | Any = (), /, **kwargs: Parameter) -> None:
        """Take in other Parameters; a name that is there must mean the same one."""
        new = dict(other, **kwargs)
        for name, one in new.items():
            if super().__contains__(name) and self[name] is not one:
                raise ArgumentError(f"parameters: {name!r} must mean one Parameter, got two different ones")
        super().update(new)

    def save(self, filename: str | Path, strip_prefix: str = "") -> None:
        """Write the values to a ``.params`` file under full names, as MXNet 1.x does.

        Args:
            filename: the file.
            strip_prefix: taken off every name.
        """
        for one in self.values():
            if not one.name.startswith(strip_prefix):
                raise ArgumentError(
                    f"save: every name must start with {strip_prefix!r}, got {one.name!r}; Blocks made inside "
                    "`with net.name_scope()` have such names"
                )
        write_named(filename, {one.name.removeprefix(strip_prefix): one for one in self.values()})

    def load(
        self,
        filename: str | Path,
        ctx: Devices = None,
        allow_missing: bool = False,
        ignore_extra: bool = False,
        restore_prefix: str = "",
        cast_dtype: bool = False,
        dtype_source: str = "current",
    ) -> None:
        """Read the values from a ``.params`` file, by full names.

        Args:
            filename: the file.
            ctx: a device or a list of them; where the Parameters are, or the current one, if not given.
            allow_missing: leave Parameters alone that the file lacks.
            ignore_extra: pass over arrays that no Parameter is named after.
            restore_prefix: put before the names of the file.
            cast_dtype: allow another number type.
            dtype_source: with ``cast_dtype``, whose type wins: ``current`` (the Parameter's) or ``saved``.
        """
        named = {restore_prefix + name: value for name, value in read_named(filename).items()}
        how = Loading(str(filename), ctx, allow_missing, ignore_extra, cast_dtype, dtype_source)
        assign({one.name: one for one in self.values()}, named, how)


def _agree(found: Parameter, wanted: Mapping[str, Any]) -> None:
    """Raise where a Parameter that is there is not what is asked for; take in sizes that become known.

    Raises:
        ArgumentError: an attribute differs.
        ShapeError: sizes differ.
    """
    for name, value in wanted.items():
        if name == "shape" and value is not None:
            known = found.shape
            sizes = (value,) if isinstance(value, int) else tuple(value)
            if known is not None and len(known) == len(sizes):
                sizes = tuple(b if b > 0 else a for a, b in zip(known, sizes, strict=True))
            found.shape = sizes
        elif name == "dtype" and torch_dtype(value) != torch_dtype(found.dtype):
            here = dtype_name(found.dtype)
            raise ArgumentError(
                f"parameter {found.name!r}: dtype must be {here}, as it is there, got {dtype_name(value)}"
            )
        elif name in ("grad_req", "init", "lr_mult", "wd_mult"):
            there = getattr(found, name)
            if value is not None and there is not None and value != there:
                raise ArgumentError(
                    f"parameter {found.name!r}: {name} must be {there!r}, as it is there, got {value!r}"
                )
