"""Block: MXNet's unit of a network, which is a ``torch.nn.Module``.

Called with NDArrays it follows ``autograd.record`` and ``train_mode``; called with torch tensors it follows torch's own
flags: ``block.train()``, ``block.eval()`` and whether gradients are on.
"""

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, Self

import torch
from torch import Tensor

from regluon import initializer
from regluon.core.errors import ArgumentError, ArgumentTypeError, MXNetError, ShapeError
from regluon.core.mode import mode
from regluon.gluon import model_file, structure
from regluon.gluon.hooks import HookHandle, silent
from regluon.gluon.naming import BlockScope
from regluon.gluon.parameter import Devices, Parameter
from regluon.gluon.parameter_dict import ParameterDict
from regluon.gluon.parameter_file import Loading, assign, read_named, write_named
from regluon.gluon.storage import is_waiting
from regluon.gluon.summary import summarize

__all__ = ["Block"]


class Block(torch.nn.Module):
    """Base of all layers and networks; subclasses write ``forward``.

    Blocks and Parameters assigned as attributes belong to it.

    Args:
        prefix: begins the full names of its Parameters; counted by class if not given.
        params: Parameters to share, from another Block's ``params`` or ``collect_params()``.

    Examples:
        >>> from regluon import gluon, nd
        >>> class Twice(gluon.Block):
        ...     def forward(self, x):
        ...         return x * 2
        >>> Twice()(nd.array([1, 2])).asnumpy()
        array([2., 4.], dtype=float32)
    """

    # Whether it is but a place for others, which a summary leaves out.
    _only_holds = False

    def __init__(self, prefix: str | None = None, params: ParameterDict | None = None) -> None:
        super().__init__()
        self._empty_prefix = prefix == ""
        self._prefix, self._params = BlockScope.create(prefix, params, self._alias())
        self._scope = BlockScope(self)
        self._reg_params: dict[str, Parameter] = {}

    def _alias(self) -> str:
        return type(self).__name__.lower()

    # Attributes

    def __setattr__(self, name: str, value: Any) -> None:
        old = {**self.__dict__.get("_modules", {}), **self.__dict__.get("_reg_params", {})}.get(name)
        if isinstance(old, Parameter) and isinstance(value, Tensor):
            # Torch replaces parameters so: load_state_dict(assign=True), fully sharded training.
            self._kind(old)[name] = value
            old.adopt(value)
            return
        if isinstance(old, (Parameter, Block)) and not isinstance(value, type(old)):
            kinds = f"{type(old).__name__}, got {type(value).__name__}"
            raise ArgumentTypeError(f"{type(self).__name__}: {name} must stay a {kinds}; del the attribute first")
        if isinstance(value, (Parameter, Block)):
            if "_reg_params" not in self.__dict__:
                raise MXNetError(f"{type(self).__name__}: super().__init__() must come before {name} is assigned")
            self.__dict__.pop(name, None)
            if isinstance(value, Parameter):
                self._register(name, value)
            else:
                self.register_child(value, name)
        else:
            super().__setattr__(name, value)

    def _register(self, name: str, parameter: Parameter) -> None:
        """Take a Parameter in, and let torch see its tensor under the same name."""
        self._reg_params[name] = parameter
        self.__dict__[name] = parameter
        self._kind(parameter)[name] = parameter._storage.first
        structure.changed()

    def _kind(self, parameter: Parameter) -> dict[str, Any]:
        """Return where torch keeps such a Parameter: among parameters or buffers."""
        return self._parameters if parameter._differentiable else self._buffers

    def _registered(self, name: str) -> Tensor:
        """Return the tensor that torch has for a Parameter now."""
        found = self._parameters.get(name)
        return self._buffers[name] if found is None else found  # type: ignore[return-value]

    def __delattr__(self, name: str) -> None:
        structure.changed()
        if self._reg_params.pop(name, None) is None:
            super().__delattr__(name)
            return
        del self.__dict__[name]
        self._parameters.pop(name, None)
        self._buffers.pop(name, None)

    @property
    def _children(self) -> dict[str, "Block"]:
        """The Blocks among torch's children, by name."""
        return {name: one for name, one in self._modules.items() if isinstance(one, Block)}

    @property
    def prefix(self) -> str:
        """What the full names of its Parameters begin with."""
        return self._prefix

    @property
    def name(self) -> str:
        """The prefix without its last underscore."""
        return self._prefix.removesuffix("_")

    @property
    def params(self) -> ParameterDict:
        """Its own Parameters, not its children's; ``params.get`` makes one."""
        for one in self._reg_params.values():
            self._params.setdefault(one.name, one)
        return self._params

    def name_scope(self) -> BlockScope:
        """Return the ``with`` inside which children get names that begin with this Block's."""
        return self._scope

    def register_child(self, block: "Block", name: str | None = None) -> None:
        """Make a Block a child, under a name or the next number."""
        self._modules[str(len(self._modules)) if name is None else name] = block
        structure.changed()

    def __repr__(self) -> str:
        children = [f"  ({name}): {repr(one).replace(chr(10), chr(10) + '  ')}" for name, one in self._modules.items()]
        return f"{type(self).__name__}(\n{chr(10).join(children)}\n)"

    # Parameters

    def collect_params(self, select: str | None = None) -> ParameterDict:
        """Return its Parameters and its children's, by structural name such as ``features.0.weight``.

        Args:
            select: regular expression; only names (structural or full) that match it from their start.
        """
        for module in self.modules():
            if isinstance(module, Block):
                structure.warn_of_loose(module, Block)
        found = ParameterDict(self._params.prefix, collected=self._structure())
        return found if select is None else found.select(select)

    def _structure(self, prefix: str = "") -> Iterator[tuple[str, Parameter]]:
        for name, one in self._reg_params.items():
            yield prefix + name, one
        for name, child in self._children.items():
            yield from child._structure(f"{prefix}{name}.")

    def _collect_params_with_prefix(self, prefix: str = "") -> dict[str, Parameter]:
        return dict(self._structure(f"{prefix}." if prefix else ""))

    def initialize(
        self,
        init: Any = None,
        ctx: Devices = None,
        verbose: bool = False,
        force_reinit: bool = False,
        device: Devices = None,
    ) -> None:
        """Give all Parameters their first values; those of unknown shape get them at the first forward.

        Args:
            init: initializer for Parameters without one of their own; ``Uniform(0.07)`` if not given.
            ctx: a device, or a list of them for a copy on each.
            verbose: accepted for MXNet's sake.
            force_reinit: replace values that are there.
            device: the same as ``ctx``.
        """
        chosen = initializer.Uniform() if init is None else initializer.create(init)
        self.collect_params().initialize(chosen, ctx, verbose, force_reinit, device)

    def save_parameters(self, filename: str | Path, deduplicate: bool = False) -> None:
        """Write all values to a ``.params`` file, which MXNet's ``load_parameters`` and ``mx.nd.load`` read.

        Args:
            filename: where to.
            deduplicate: write a shared Parameter once, under its last name.
        """
        found = dict(self._structure())
        if deduplicate:
            last = {one: name for name, one in found.items()}
            found = {name: one for one, name in last.items()}
        write_named(filename, found)

    def load_parameters(
        self,
        filename: str | Path,
        ctx: Devices = None,
        allow_missing: bool = False,
        ignore_extra: bool = False,
        cast_dtype: bool = False,
        dtype_source: str = "current",
        device: Devices = None,
    ) -> None:
        """Read values from a ``.params`` file, by structural names or by MXNet 1.x's full ones.

        Args:
            filename: the file.
            ctx: devices for the Parameters; where they are, or the current one, if not given.
            allow_missing: leave Parameters alone that the file lacks.
            ignore_extra: pass over arrays that no Parameter is named after.
            cast_dtype: allow another number type.
            dtype_source: with ``cast_dtype``, whose type wins: ``current`` (the Parameter's) or ``saved``.
            device: the same as ``ctx``.
        """
        devices = ctx if ctx is not None else device
        how = Loading(str(filename), devices, allow_missing, ignore_extra, cast_dtype, dtype_source)
        self._assign(read_named(filename), how)

    def load_dict(
        self,
        param_dict: Mapping[str, Any],
        ctx: Devices = None,
        allow_missing: bool = False,
        ignore_extra: bool = False,
        cast_dtype: bool = False,
        dtype_source: str = "current",
        device: Devices = None,
    ) -> None:
        """Set values from a dictionary of arrays; arguments as for ``load_parameters``."""
        values = {name.removeprefix("arg:").removeprefix("aux:"): value for name, value in param_dict.items()}
        devices = ctx if ctx is not None else device
        self._assign(values, Loading("the dict", devices, allow_missing, ignore_extra, cast_dtype, dtype_source))

    def _assign(self, values: Mapping[str, Any], how: Loading) -> None:
        parameters = dict(self._structure())
        if values and not any(name in parameters for name in values):
            # Files of export and of ParameterDict.save hold full names; the latter may lack this Block's prefix.
            full = {one.name: one for one in parameters.values()}
            short = {name.removeprefix(self._prefix): one for name, one in full.items()}
            parameters = short if any(name in short for name in values) else full
        assign(parameters, values, how, getattr(self, "classes", None))

    def save(self, prefix: str) -> None:
        """Write ``<prefix>-model.json``, how Blocks nest and what their graphs are, and ``<prefix>-model.params``."""
        model_file.save(self, prefix)

    def load(self, prefix: str) -> None:
        """Read what ``save`` has written into a Block made the same way; what was hybridized is so again."""
        model_file.load(self, prefix)

    def share_parameters(self, shared: Mapping[str, Parameter] | None) -> Self:
        """Use the Parameters of another Block, by structural names, in the place of its own.

        Args:
            shared: from ``collect_params()``; names that are not here only give a warning.
        """
        if shared is not None and not isinstance(shared, Mapping):
            raise ArgumentError(f"share_parameters: shared must be a dict of Parameters, got {type(shared).__name__}")
        structure.share(self, shared or {})
        return self

    def setattr(self, name: str, value: Any) -> None:
        """Set an attribute of all Parameters, such as ``grad_req``."""
        self.collect_params().setattr(name, value)

    def zero_grad(self, set_to_none: bool = False) -> None:
        """Set all gradients to zero.

        Args:
            set_to_none: forget them instead, as torch does.
        """
        super().zero_grad(set_to_none)
        self.collect_params().zero_grad()

    def cast(self, dtype: Any) -> None:
        """Change the number type of all Parameters."""
        for child in self._children.values():
            child.cast(dtype)
        for one in self._reg_params.values():
            one.cast(dtype)

    def reset_ctx(self, ctx: Devices) -> None:
        """Move all Parameters to a device or a list of them; also ``reset_device``."""
        self.collect_params().reset_ctx(ctx)

    reset_device = reset_ctx

    # Running

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Run ``forward`` and the hooks."""
        if not structure.holds(args, Tensor):
            return super().__call__(*args, **kwargs)
        old, new = (mode.recording, mode.training), (torch.is_grad_enabled(), self.training)
        if old == new:
            return super().__call__(*args, **kwargs)
        mode.recording, mode.training = new
        try:
            return super().__call__(*args, **kwargs)
        finally:
            mode.recording, mode.training = old

    def forward(self, *args: Any) -> Any:
        """Compute the outputs; subclasses write it."""
        raise NotImplementedError(f"{type(self).__name__}: forward must be written")

    def hybridize(self, active: bool = True, **kwargs: Any) -> None:
        """Let the HybridBlocks among its children run as graphs; see ``HybridBlock.hybridize``."""
        for child in self._children.values():
            child.hybridize(active, **kwargs)

    def register_forward_hook(self, hook: Callable[..., Any], **options: Any) -> HookHandle:  # type: ignore[override]
        """Call ``hook(block, inputs, output)`` after each forward, inputs being a tuple; its result is passed over.

        Args:
            hook: the function.
            options: torch's keywords (``prepend``, ``with_kwargs``, ...); with any of them the hook is torch's, whose
                result takes the output's place.
        """
        return HookHandle(super().register_forward_hook(hook if options else silent(hook), **options))

    def register_forward_pre_hook(self, hook: Callable[..., Any], **options: Any) -> HookHandle:  # type: ignore[override]
        """Call ``hook(block, inputs)`` before each forward; its result is passed over, but as for the other hook."""
        return HookHandle(super().register_forward_pre_hook(hook if options else silent(hook), **options))

    def register_op_hook(self, callback: Callable[[str, str, Any], None], monitor_all: bool = False) -> None:
        """Call ``callback(name, operator, array)`` for every operator that hybridized children run.

        Args:
            callback: gets names such as ``conv0_fwd_output``, and the array.
            monitor_all: show inputs as well as outputs.
        """
        for child in self._children.values():
            child.register_op_hook(callback, monitor_all)

    def summary(self, *inputs: Any) -> None:
        """Print the layers, their output shapes and numbers of parameters, as one forward of ``inputs`` shows them."""
        summarize(self, *inputs)

    # Torch's side

    def get_parameter(self, target: str) -> torch.nn.Parameter:
        """Return the torch parameter of a structural name; ``block.weight`` itself is the Gluon Parameter."""
        path, _, name = target.rpartition(".")
        found = self.get_submodule(path)._parameters.get(name)
        return super().get_parameter(target) if found is None else found

    def get_buffer(self, target: str) -> Tensor:
        """Return the torch buffer of a structural name."""
        path, _, name = target.rpartition(".")
        found = self.get_submodule(path)._buffers.get(name)
        return super().get_buffer(target) if found is None else found

    def _apply(self, fn: Callable[[Tensor], Tensor], recurse: bool = True) -> Self:
        """Convert all tensors (``to``, ``half``, ...) and let the Parameters follow."""
        for name, one in self._reg_params.items():
            # Another Block that shares a Parameter may have replaced its tensor.
            self._kind(one)[name] = one._storage.first
        super()._apply(fn, recurse)
        for name, one in self._reg_params.items():
            one.adopt(self._registered(name))
        return self

    def _save_to_state_dict(self, destination: Any, prefix: str, keep_vars: bool) -> None:
        for name in self._reg_params:
            if is_waiting(self._registered(name)):
                raise MXNetError(f"state_dict: {prefix + name} has no value yet: initialize the block and run it once")
        super()._save_to_state_dict(destination, prefix, keep_vars)

    def _load_from_state_dict(
        self, state_dict: Any, prefix: str, local_metadata: Any, strict: bool, missing_keys: list[str],
        unexpected_keys: list[str], error_msgs: list[str],
    ) -> None:  # fmt: skip
        """Let Parameters whose shape is not known yet take the shapes of a ``state_dict``."""
        for name, one in self._reg_params.items():
            value = state_dict.get(prefix + name)
            if value is not None and not one.initialized:
                try:
                    one.shape = tuple(value.shape)
                except ShapeError as error:
                    error_msgs.append(str(error))  # torch lists all such errors at once
                    return
                one.initialize("zeros", one.list_ctx() if one.is_deferred else None)
        super()._load_from_state_dict(
            state_dict, prefix, local_metadata, strict, missing_keys, unexpected_keys, error_msgs
        )
