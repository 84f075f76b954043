"""The dialect: whom it holds for, and that whatever runs the operators asks for it anew."""

import os
import subprocess
import sys
import threading

import pytest
import torch

import regluon as mx
from regluon import nd, sym, th
from regluon.core.errors import ArgumentError
from regluon.core.mode import _from_environment, mode
from regluon.gluon import HybridBlock
from regluon.quantization import current_dialect, dialect
from regluon.sym import lower

DATA = torch.tensor([-1.0, 0.5])
NATIVE, ONEDNN = [-127, 64], [-128, 64]


def test_it_holds_inside_and_not_after() -> None:
    assert th.contrib.quantize_v2(DATA)[0].tolist() == NATIVE
    with dialect("onednn"):
        assert th.contrib.quantize_v2(DATA)[0].tolist() == ONEDNN
        with dialect("native"):
            assert nd.contrib.quantize_v2(nd.NDArray(DATA))[0].asnumpy().tolist() == NATIVE
        assert nd.contrib.quantize_v2(nd.NDArray(DATA))[0].asnumpy().tolist() == ONEDNN
    assert current_dialect() == "native"


def test_an_error_inside_ends_it_too() -> None:
    with pytest.raises(ZeroDivisionError, match="inside"), dialect("onednn"):
        raise ZeroDivisionError("inside")
    assert current_dialect() == "native"


def test_it_decorates() -> None:
    @dialect("onednn")
    def run() -> list[int]:
        return th.contrib.quantize_v2(DATA)[0].tolist()

    assert run() == run() == ONEDNN
    assert current_dialect() == "native"


def test_it_holds_for_its_thread() -> None:
    found = []
    with dialect("onednn"):
        other = threading.Thread(target=lambda: found.append(current_dialect()))
        other.start()
        other.join()
    assert found == ["native"]


def test_an_unknown_one_is_refused() -> None:
    with pytest.raises(ArgumentError, match="dialect: name must be one of 'native', 'onednn', got 'mkldnn'"):
        dialect("mkldnn").__enter__()  # type: ignore[arg-type]
    assert mode.dialect == "native"


def test_a_lowered_graph_asks_at_every_run() -> None:
    module = lower(sym.contrib.quantize_v2(sym.var("data"))._entries)
    assert module(DATA)[0].tolist() == NATIVE
    with dialect("onednn"):
        assert module(DATA)[0].tolist() == ONEDNN
    assert module(DATA)[0].tolist() == NATIVE


class Quantize(HybridBlock):
    def hybrid_forward(self, F, x):
        return F.contrib.quantize_v2(x)[0]


@pytest.mark.parametrize("hybrid", [False, True])
def test_a_block_asks_at_every_run(hybrid: bool) -> None:
    block = Quantize()
    if hybrid:
        block.hybridize()
    data = nd.NDArray(DATA)
    assert block(data).asnumpy().tolist() == NATIVE
    with dialect("onednn"):
        assert block(data).asnumpy().tolist() == ONEDNN
    assert block(data).asnumpy().tolist() == NATIVE


def test_a_compiled_function_asks_at_every_run() -> None:
    torch._dynamo.reset()
    run = torch.compile(lambda data: th.contrib.quantize_v2(data)[0], fullgraph=True, backend="eager")
    assert run(DATA).tolist() == NATIVE
    with dialect("onednn"):
        assert run(DATA).tolist() == ONEDNN
    assert run(DATA).tolist() == NATIVE


@pytest.mark.parametrize(("given", "words"), [("onednn", "onednn onednn"), ("neither", "got 'neither'")])
def test_the_environment_chooses_for_the_process(given: str, words: str) -> None:
    script = (
        "import threading\nfrom regluon.core.mode import current_dialect\n"
        "one = threading.Thread(target=lambda: print(current_dialect(), end=' ')); one.start(); one.join()\n"
        "print(current_dialect())"
    )
    environment = {**os.environ, "REGLUON_QUANTIZE_DIALECT": given}
    done = subprocess.run([sys.executable, "-c", script], env=environment, capture_output=True, text=True, check=False)
    assert words in done.stdout + done.stderr
    if given == "neither":
        assert "REGLUON_QUANTIZE_DIALECT must be one of 'native', 'onednn', got 'neither'" in done.stderr


def test_an_unknown_one_in_the_environment_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REGLUON_QUANTIZE_DIALECT", "mkldnn")
    with pytest.raises(ArgumentError, match="REGLUON_QUANTIZE_DIALECT must be one of 'native', 'onednn', got 'mkldnn'"):
        _from_environment()


def test_it_is_found_at_the_top() -> None:
    assert mx.quantization.dialect is dialect
