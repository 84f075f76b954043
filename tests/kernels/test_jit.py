"""Loops compile when first called, are kept on disk where that is possible, and are not missed where it is not."""

import importlib.util
import os
import pickle
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from regluon.kernels import jit
from regluon.kernels.jit import compiled

LOOPS = '''
from regluon.kernels.jit import compiled

@compiled
def square(value):
    return value * value

@compiled
def sum_of_squares(values):
    """Add up."""
    total = 0.0
    for value in values:
        total += square(value)
    return total
'''


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a module of loops; the user's cache folder is beside it."""
    (tmp_path / "package").mkdir()
    (tmp_path / "package" / "loops.py").write_text(LOOPS)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "user"))
    monkeypatch.setattr("numba.core.config.CACHE_DIR", "")
    return tmp_path


def load(folder: Path) -> ModuleType:
    """Import the loops anew, as another process would."""
    spec = importlib.util.spec_from_file_location("loops", folder / "package" / "loops.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def kept(folder: Path) -> set[str]:
    return {path.relative_to(folder).parts[0] for path in folder.rglob("*.nbc")}


def answer(folder: Path) -> float:
    return load(folder).sum_of_squares(np.array([1.0, 2.0, 3.0]))


def test_a_loop_calls_another_and_keeps_its_name(folder: Path):
    loop = load(folder).sum_of_squares
    assert loop(np.array([1.0, 2.0])) == 5.0
    assert loop(np.array([1.0, 2.0], np.float32)) == 5.0
    assert (loop.__name__, loop.__doc__) == ("sum_of_squares", "Add up.")


def test_division_by_zero_is_no_exception():
    @compiled
    def ratio(first, second):
        return first / second

    assert ratio(1.0, 0.0) == float("inf")
    assert np.isnan(ratio(0.0, 0.0))


def test_lock_of_the_interpreter_is_released():
    @compiled
    def busy(turns):
        total = 0.0
        for turn in range(turns):
            total += 1.0 / (turn + 1.0)
        return total

    busy(1)
    thread = threading.Thread(target=busy, args=(200_000_000,))
    thread.start()
    ticks = 0
    while thread.is_alive():
        time.sleep(0.001)
        ticks += 1
    assert ticks > 10


def test_machine_code_is_kept_beside_the_source(folder: Path):
    assert answer(folder) == 14.0
    assert kept(folder) == {"package"}
    again = load(folder).sum_of_squares
    assert again(np.array([3.0])) == 9.0
    assert sum(again._machine_code.stats.cache_hits.values()) == 1


def test_the_next_process_compiles_nothing(folder: Path):
    program = """
import numpy as np
from numba.core import event
compilations = []
class Count(event.Listener):
    def on_start(self, happening):
        compilations.append(happening)
    def on_end(self, happening):
        pass
with event.install_listener("numba:compile", Count()):
    from loops import sum_of_squares
    print(len(compilations), sum_of_squares(np.array([1.0, 2.0, 3.0])), len(compilations))
"""
    environment = {**os.environ, "NUMBA_CACHE_DIR": str(folder / "kept"), "PYTHONPATH": str(folder / "package")}

    def run() -> str:
        command = [sys.executable, "-c", program]
        return subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout

    assert run() == "0 14.0 2\n"
    assert run() == "0 14.0 0\n"


def test_a_part_is_no_machine_code_of_its_own(folder: Path):
    module = load(folder)
    assert module.sum_of_squares(np.array([1.0, 2.0])) == 5.0
    assert module.square._machine_code is None
    assert module.square(3.0) == 9.0


def test_a_package_that_cannot_be_written_keeps_it_in_the_users_folder(folder: Path):
    # A file where the folder of kept code would be: not even root can write there.
    (folder / "package" / "__pycache__").write_text("")
    assert answer(folder) == 14.0
    assert kept(folder) == {"user"}


def test_nowhere_to_write_is_no_error(folder: Path):
    (folder / "package" / "__pycache__").write_text("")
    (folder / "user").write_text("")
    assert answer(folder) == 14.0
    assert kept(folder) == set()


@pytest.mark.parametrize("suffix", [".nbi", ".nbc"])
@pytest.mark.parametrize("content", [b"", b"damaged"], ids=["cut short", "damaged"])
def test_damaged_kept_code_is_no_error(folder: Path, suffix: str, content: bytes):
    answer(folder)
    for path in (folder / "package" / "__pycache__").glob(f"*{suffix}"):
        path.write_bytes(content)
    assert answer(folder) == 14.0


@pytest.mark.parametrize("error", [OSError("no space left on device"), pickle.UnpicklingError("cut short")])
def test_a_failing_disk_is_no_error(folder: Path, monkeypatch: pytest.MonkeyPatch, error: Exception):
    def fail(*arguments: object) -> None:
        raise error

    monkeypatch.setattr("numba.core.caching.Cache.save_overload", fail)
    assert answer(folder) == 14.0


def test_many_threads_may_make_the_first_call(folder: Path):
    loop = load(folder).sum_of_squares
    together = threading.Barrier(8)

    def call(value: int) -> float:
        together.wait(timeout=30)
        return loop(np.array([float(value)]))

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(call, range(8))) == [float(value**2) for value in range(8)]


@pytest.mark.skipif(sys.platform == "win32", reason="this system does not fork")
@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
def test_a_fork_waits_for_a_loop_that_compiles(folder: Path):
    first, second = load(folder), load(folder)
    compiling = threading.Thread(target=first.sum_of_squares, args=(np.ones(1),))
    compiling.start()
    while jit._COMPILING.acquire(blocking=False):
        jit._COMPILING.release()
        time.sleep(0)
    child = os.fork()
    if child == 0:
        signal.alarm(30)
        status = 1
        try:
            status = int(second.sum_of_squares(np.ones(3, np.float32)) != 3)
        finally:
            os._exit(status)
    compiling.join(timeout=60)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


def test_numba_is_loaded_at_the_first_call_alone():
    program = """
import sys
import regluon.kernels
print("numba" in sys.modules)
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"


@pytest.fixture
def asked_again(monkeypatch: pytest.MonkeyPatch):
    """Forget whether there is a compiler, and that numba is loaded; put both back afterwards."""
    jit.available.cache_clear()
    for name in [name for name in sys.modules if name.partition(".")[0] == "numba"]:
        monkeypatch.delitem(sys.modules, name)
    yield monkeypatch
    monkeypatch.undo()
    jit.available.cache_clear()


def test_not_available_where_numba_is_missing(asked_again: pytest.MonkeyPatch):
    asked_again.setitem(sys.modules, "numba", None)
    assert not jit.available()


def test_not_available_where_its_library_does_not_load(asked_again: pytest.MonkeyPatch):
    class Broken:
        @staticmethod
        def find_spec(name: str, *arguments: object) -> None:
            if name == "numba":
                raise OSError("could not load shared object file: libllvmlite.so")

    asked_again.setattr(sys, "meta_path", [Broken, *sys.meta_path])
    assert not jit.available()


def test_not_available_where_numba_is_told_not_to_compile(monkeypatch: pytest.MonkeyPatch):
    assert jit.available.__wrapped__()
    monkeypatch.setattr("numba.core.config.DISABLE_JIT", 1)
    assert not jit.available.__wrapped__()
