"""The compiler of the inner loops: numba, which no other module of the package knows.

A loop is a plain Python function over numpy arrays and numbers that writes its answer into an array it is given.
:func:`compiled` makes it machine code at its first call, so importing this package costs nothing; machine code is kept
on disk for the next process. Where numba is missing :func:`available` says so, and callers take plain torch instead.
"""

import gc
import os
import pickle
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache, update_wrapper
from typing import Any

__all__ = ["CompiledLoop", "available", "compiled"]

# The numbers of a loop must not depend on the compiler: no fast maths. A division by zero gives inf or NaN, as in C,
# and no exception; besides the meaning, only so are loops with a division vectorised.
_OPTIONS: dict[str, Any] = {"nogil": True, "fastmath": False, "error_model": "numpy", "no_cfunc_wrapper": True}

# Held while a loop compiles, and across a fork: a child born while another thread compiles would wait for ever for
# locks inside numba that nobody is left to release.
_COMPILING = threading.RLock()
if sys.platform != "win32":
    os.register_at_fork(
        before=_COMPILING.acquire, after_in_parent=_COMPILING.release, after_in_child=_COMPILING.release
    )


@cache
def available() -> bool:
    """Say whether loops can be compiled here; the first call imports numba.

    Returns:
        False where numba is missing, cannot be imported, or is told by ``NUMBA_DISABLE_JIT`` not to compile.
    """
    try:
        from numba.core import config
    except (ImportError, OSError):  # OSError: its compiler's shared library does not load
        return False
    return not getattr(config, "DISABLE_JIT", False)


class CompiledLoop:
    """Compile a loop at its first call, once for each combination of argument types.

    Loops may call each other by name, if they stand in one file: machine code on disk is renewed when the file of the
    outermost loop changes. Safe to call from many threads at once, and after a fork.

    Args:
        loop: the Python function; numba must understand all of it.
    """

    def __init__(self, loop: Callable[..., Any]) -> None:
        update_wrapper(self, loop)
        self._loop = loop
        self._ready: set[tuple[Any, ...]] = set()
        self._machine_code: Any = None
        self._part: Any = None

    @property
    def _numba_type_(self) -> Any:
        # How numba asks a value it meets in a loop for its type: to a calling loop, this one is a numba function. It
        # becomes a part of the caller's machine code, and is neither kept itself nor made ready for Python.
        import numba

        with _COMPILING:
            if self._part is None:
                self._part = _numba_function(self._loop, keep=False, part=True)
        return numba.types.Dispatcher(self._part)

    def __call__(self, *arguments: Any) -> Any:
        """Run the loop; the interpreter's lock is released meanwhile."""
        kinds = tuple(getattr(argument, "dtype", type(argument)) for argument in arguments)
        if kinds in self._ready:
            return self._machine_code(*arguments)
        with _COMPILING, _without_collection():
            try:
                answer = self._dispatcher()(*arguments)
            except (OSError, EOFError, pickle.UnpicklingError):
                # A full disk or a damaged file among the kept machine code is no reason to fail.
                self._leave_disk()
                answer = self._machine_code(*arguments)
            self._ready.add(kinds)
        return answer

    def _dispatcher(self) -> Any:
        with _COMPILING:
            if self._machine_code is None:
                self._machine_code = _numba_function(self._loop, keep=True)
            return self._machine_code

    def _leave_disk(self) -> None:
        self._ready.clear()
        self._machine_code = _numba_function(self._loop, keep=False)


def compiled(loop: Callable[..., Any]) -> CompiledLoop:
    """Make a nested-loop function one that runs as machine code.

    Args:
        loop: the Python function; it writes its answer into an array it is given, or returns numbers and arrays.

    Returns:
        The loop to call in its place.

    Examples:
        >>> import numpy as np
        >>> @compiled
        ... def total(values):
        ...     answer = 0.0
        ...     for value in values:
        ...         answer += value
        ...     return answer
        >>> total(np.array([1.0, 2.0, 3.5])) if available() else 6.5
        6.5
    """
    return CompiledLoop(loop)


@contextmanager
def _without_collection() -> Iterator[None]:
    # The compiler makes many objects that live long; to search all of the program's for cycles meanwhile takes an
    # eighth of the whole time.
    collecting = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collecting:
            gc.enable()


def _numba_function(loop: Callable[..., Any], keep: bool, part: bool = False) -> Any:
    import numba

    from regluon.kernels.pipeline import LoopCompiler, PartCompiler

    pipeline = PartCompiler if part else LoopCompiler
    options = {**_OPTIONS, "pipeline_class": pipeline}
    if keep:
        try:
            return _one_for_all_constants(numba.njit(cache=True, **options)(loop))
        except RuntimeError:
            # Neither the folder of the package nor the user's cache folder can be written.
            pass
    return _one_for_all_constants(numba.njit(**options)(loop))


def _one_for_all_constants(machine_code: Any) -> Any:
    # A loop that another calls with 0 here and 1 there would be compiled for each of these constants.
    import numba

    template = machine_code.get_call_template

    def get_call_template(kinds: Any, named: Any) -> Any:
        return template(tuple(numba.types.unliteral(kind) for kind in kinds), named)

    machine_code.get_call_template = get_call_template
    return machine_code
