"""Where kernels run."""

import pytest
import torch

from regluon.kernels import jit
from regluon.kernels.dispatch import runs_compiled


def test_loops_serve_the_cpu_alone(monkeypatch: pytest.MonkeyPatch):
    assert runs_compiled(torch.zeros(1))
    assert not runs_compiled(torch.zeros(1, device="meta"))
    monkeypatch.setattr(jit, "available", lambda: False)
    assert not runs_compiled(torch.zeros(1))


def test_a_traced_graph_holds_the_answer():
    def run(data: torch.Tensor) -> torch.Tensor:
        return data + 1 if runs_compiled(data) else data - 1

    assert torch.compile(run, fullgraph=True, backend="eager")(torch.zeros(1)).tolist() == [1]
