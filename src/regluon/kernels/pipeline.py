"""A shorter way through numba for loops: no more of its steps than these loops need.

The numbers are those of numba's own way; only the compiler has less to do. A loop that is a part of others is never run
by itself, so it becomes machine code only in the loop that calls it.
"""

from collections.abc import Mapping
from typing import Any, ClassVar, Literal

from llvmlite.binding import create_pass_builder, create_pipeline_tuning_options
from numba.core import typed_passes, untyped_passes
from numba.core.codegen import JITCodeLibrary
from numba.core.compiler import CompilerBase, DefaultPassBuilder, Flags
from numba.core.compiler_machinery import PassManager, register_pass
from numba.core.types import BoundFunction, Dispatcher

__all__ = ["LoopCompiler", "PartCompiler"]

# For closures, comprehensions, ``with``, ``raise`` with computed text, unrolled tuples, arithmetic on whole arrays and
# loops made parallel: there are none of them here.
_NEEDLESS = frozenset(
    {
        untyped_passes.WithLifting,
        untyped_passes.RewriteSemanticConstants,
        untyped_passes.DeadBranchPrune,
        untyped_passes.InlineClosureLikes,
        untyped_passes.RewriteDynamicRaises,
        untyped_passes.MakeFunctionToJitFunction,
        untyped_passes.InlineInlinables,
        untyped_passes.FindLiterallyCalls,
        untyped_passes.LiteralUnroll,
        untyped_passes.LiteralPropagationSubPipelinePass,
        typed_passes.NopythonRewrites,
        typed_passes.AnnotateTypes,
        typed_passes.DumpParforDiagnostics,
    }
)


class _Options(Flags):
    # Numba compares a compilation's options at each call that it gives a type, and lists them all by name to do so.
    def values(self) -> dict[str, Any]:
        return {**_DEFAULTS, **self._values}

    def __eq__(self, other: Any) -> bool:
        return isinstance(other, Flags) and self.values() == other.values()

    def __hash__(self) -> int:
        return _HASH


_DEFAULTS = Flags().values()
_HASH = hash(Flags())


class _RememberedTypes:
    # Asked what one of its functions gives for some types, numba tries each of its meanings in turn; loops ask the same
    # again and again.
    _known: ClassVar[dict[tuple[Any, ...], Any]] = {}

    def __init__(self, types: Any) -> None:
        self._types = types

    def __getattr__(self, name: str) -> Any:
        return getattr(self._types, name)

    def resolve_function_type(self, function: Any, arguments: tuple[Any, ...], named: dict[str, Any]) -> Any:
        if isinstance(function, BoundFunction | Dispatcher) or named:
            return self._types.resolve_function_type(function, arguments, named)
        question = (function, arguments)
        if question not in self._known:
            self._known[question] = self._types.resolve_function_type(function, arguments, named)
        return self._known[question]


@register_pass(mutates_CFG=True, analysis_only=False)
class _InferTypes(typed_passes.NopythonTypeInference):
    _name = "infer_types"

    def run_pass(self, state: Any) -> Literal[True]:
        types = state.typingctx
        state.typingctx = _RememberedTypes(types)
        try:
            return super().run_pass(state)
        finally:
            state.typingctx = types


class _Code(JITCodeLibrary):
    # Numba has each function optimised by itself, then all of them a little, then all in earnest. A loop does as well
    # with the last of the three; and without copies of its innermost loops, which take a tenth of the whole time to
    # compile.
    def _optimize_functions(self, ll_module: Any) -> None:
        ll_module.data_layout = self._codegen._data_layout

    def _optimize_final_module(self) -> None:
        options = create_pipeline_tuning_options(speed_level=3)
        options.loop_vectorization = True
        options.loop_interleaving = options.loop_unrolling = options.slp_vectorization = False
        builder = create_pass_builder(self._codegen._tm, options)
        passes = builder.getModulePassManager()
        passes.add_refprune_pass()
        passes.run(self._final_module, builder)


class _CodeOfPart(_Code):
    # Simplified by itself, before it stands in another function, more of it is vectorised there.
    def _optimize_functions(self, ll_module: Any) -> None:
        super()._optimize_functions(ll_module)
        for function in ll_module.functions:
            if not function.is_declaration:
                passes, builder = self._codegen._function_pass_manager()
                passes.run(function, builder)

    def _optimize_final_module(self) -> None:
        pass

    def _finalize_final_module(self) -> None:
        self._finalized = True


@register_pass(mutates_CFG=True, analysis_only=False)
class _LowerPart(typed_passes.NativeLowering):
    _name = "lower_part"

    def run_pass(self, state: Any) -> Literal[True]:
        # With the options of other loops until here, or numba would make its own functions for each of the two anew.
        state.flags.no_cpython_wrapper = True
        # Without an address. Callers find it by a mark, for which numba takes built-in functions alone:
        # that of a new list is equal to no other.
        state.flags.no_compile = True
        super().run_pass(state)
        mark = [].append
        state.targetctx.insert_user_function(mark, state.cr.fndesc, [state.library])
        # Numba 0.62 has nothing to do when machine code is loaded again.
        state.reload_init.extend(getattr(state.library, "_reload_init", ()))
        state.cr = state.cr._replace(cfunc=mark)
        return True


class LoopCompiler(CompilerBase):
    """Compile a loop that Python calls."""

    _code: type[JITCodeLibrary] = _Code
    _instead: Mapping[type, type] = {typed_passes.NopythonTypeInference: _InferTypes}

    def __init__(
        self, types: Any, target: Any, library: Any, arguments: Any, answer: Any, options: Any, variables: Any
    ) -> None:
        super().__init__(types, target, library, arguments, answer, _Options(options), variables)

    def define_pipelines(self) -> list[PassManager]:
        """Name the steps; numba calls this.

        Returns:
            One manager, that of numba's own steps without those that loops do not need.
        """
        library = self._code(self.state.targetctx.codegen(), self.state.func_id.func_qualname)
        library.enable_object_caching()
        self.state.library = library
        steps = PassManager("loop")
        for define in (
            DefaultPassBuilder.define_untyped_pipeline,
            DefaultPassBuilder.define_typed_pipeline,
            DefaultPassBuilder.define_nopython_lowering_pipeline,
        ):
            for step, meaning in define(self.state).passes:
                if step not in _NEEDLESS:
                    steps.add_pass(self._instead.get(step, step), meaning)
        steps.finalize()
        return [steps]


class PartCompiler(LoopCompiler):
    """Compile a loop that other loops call: it becomes a part of their machine code."""

    _code = _CodeOfPart
    _instead: Mapping[type, type] = {**LoopCompiler._instead, typed_passes.NativeLowering: _LowerPart}
