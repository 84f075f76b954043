"""ParameterDict: the parameters of a Block by name, with MXNet 1.x's methods on all of them at once."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from regluon.core.errors import ArgumentError, UnknownNameError
from regluon.gluon.parameter import Constant, Devices, Parameter
from regluon.gluon.parameter_file import assign, read_named, write_named

__all__ = ["ParameterDict"]


class ParameterDict(dict[str, Parameter]):
    """Parameters by name.

    What ``collect_params`` returns is keyed by structure (``features.0.weight``, as in MXNet 2.x and in torch's
    ``state_dict``); a Parameter is also found by its own full name (``net0_conv0_weight``, as in 1.x).

    Args:
        prefix: put before the names that ``get`` makes.
        shared: where ``get`` looks before it makes one.
    """

    def __init__(self, prefix: str = "", shared: "ParameterDict | None" = None) -> None:
        super().__init__()
        self.prefix, self._shared = prefix, shared

    def __missing__(self, name: str) -> Parameter:
        for one in self.values():
            if one.name == name:
                return one
        raise UnknownNameError(f"parameters: there is no {name!r}; there are {', '.join(self) or 'none'}")

    def __contains__(self, name: object) -> bool:
        return super().__contains__(name) or any(one.name == name for one in self.values())

    def __repr__(self) -> str:
        lines = "".join(f"  {name}: {one!r}\n" for name, one in self.items())
        return f"{self.prefix or 'parameters'} (\n{lines})"

    def get(self, name: str, default: Any = None, **kwargs: Any) -> Any:  # type: ignore[override]
        """Return the Parameter ``prefix + name``, making it if there is none.

        Args:
            name: name without the prefix.
            default: unused; a ParameterDict makes what is missing.
            kwargs: arguments of ``Parameter``; for one that is there, its shape must agree.
        """
        if not kwargs and (default is not None or self._is_collected()):
            return self[name] if name in self else default
        full = self.prefix + name
        found = self._find(full)
        if found is None:
            found = Parameter(full, **kwargs)
        elif kwargs.get("shape") is not None:
            found.shape = kwargs["shape"]
        super().__setitem__(full, found)
        return found

    def get_constant(self, name: str, value: Any = None) -> Constant:
        """Return the Constant ``prefix + name``, making it of ``value`` if there is none."""
        full = self.prefix + name
        found = self._find(full)
        if found is None:
            if value is None:
                raise ArgumentError(f"get_constant: value must be given for {full!r}, as there is none yet")
            found = Constant(full, value)
        if not isinstance(found, Constant):
            raise ArgumentError(f"get_constant: {full!r} must be a Constant, got a Parameter")
        super().__setitem__(full, found)
        return found

    def _is_collected(self) -> bool:
        """Tell a dict of ``collect_params``, keyed by structure, from a Block's own, keyed by full names."""
        return any(key != one.name for key, one in self.items())

    def _find(self, full: str) -> Parameter | None:
        if super().__contains__(full):
            return self[full]
        return self._shared._find(full) if self._shared is not None else None

    def initialize(
        self, init: Any = None, ctx: Devices = None, verbose: bool = False, force_reinit: bool = False, device: Devices = None
    ) -> None:  # fmt: skip
        """Initialise all Parameters; see ``Block.initialize``."""
        for one in dict.fromkeys(self.values()):
            one.initialize(None, ctx if ctx is not None else device, init, force_reinit)
        del verbose

    def zero_grad(self) -> None:
        """Set all gradients to zero."""
        for one in self.values():
            one.zero_grad()

    def reset_ctx(self, ctx: Devices) -> None:
        """Move all Parameters to a device or a list of them."""
        for one in self.values():
            one.reset_ctx(ctx)

    reset_device = reset_ctx

    def list_ctx(self) -> list[Any]:
        """List all devices that Parameters are on."""
        return list(dict.fromkeys(device for one in self.values() for device in one.list_ctx()))

    list_device = list_ctx

    def setattr(self, name: str, value: Any) -> None:
        """Set an attribute of all Parameters, such as ``grad_req`` or ``lr_mult``."""
        for one in self.values():
            setattr(one, name, value)

    def select(self, expression: str) -> "ParameterDict":
        """Return those whose key, or whose full name, matches a regular expression from its start."""
        pattern = re.compile(expression)
        found = ParameterDict(self.prefix, self._shared)
        for name, one in self.items():
            if pattern.match(name) or pattern.match(one.name):
                found[name] = one
        return found

    def update(self, other: Mapping[str, Parameter] | Any = (), /, **kwargs: Parameter) -> None:
        """Take in other Parameters; a name that is there must mean the same one."""
        for name, one in dict(other, **kwargs).items():
            if super().__contains__(name) and self[name] is not one:
                raise ArgumentError(f"parameters: {name!r} must mean one Parameter, got two different ones")
            self[name] = one

    def save(self, filename: str | Path, strip_prefix: str = "") -> None:
        """Write the values to a ``.params`` file, names without ``strip_prefix``."""
        for name in self:
            if not name.startswith(strip_prefix):
                raise ArgumentError(f"save: every name must start with {strip_prefix!r}, got {name!r}")
        write_named(filename, {name.removeprefix(strip_prefix): one for name, one in self.items()})

    def load(
        self,
        filename: str | Path,
        ctx: Devices = None,
        allow_missing: bool = False,
        ignore_extra: bool = False,
        restore_prefix: str = "",
    ) -> None:
        """Read the values from a ``.params`` file.

        Args:
            filename: the file.
            ctx: a device or a list of them, the current one if not given.
            allow_missing: leave Parameters alone that the file lacks.
            ignore_extra: pass over arrays that no Parameter is named after.
            restore_prefix: put before the names of the file.
        """
        named = {restore_prefix + name: value for name, value in read_named(filename).items()}
        assign(self, named, str(filename), ctx, allow_missing=allow_missing, ignore_extra=ignore_extra)
