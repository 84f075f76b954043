"""What Blocks refuse when they are saved, loaded, summed up, or walked as graphs."""

import pytest

from regluon import nd
from regluon.core.errors import ArgumentError, FormatError, MXNetError
from regluon.gluon import nn
from regluon.sym.infer import run
from regluon.sym.symbol import var


def _net() -> nn.HybridSequential:
    net = nn.HybridSequential()
    net.add(nn.Dense(2, in_units=3))
    net.initialize()
    return net


def test_load_refuses_what_save_has_not_written(tmp_path):
    prefix = str(tmp_path / "net")
    net = _net()
    net.save(prefix)
    (tmp_path / "net-model.json").write_text("{ no json")
    with pytest.raises(FormatError, match="must be written by save, got no JSON"):
        net.load(prefix)


def test_load_refuses_another_structure(tmp_path):
    prefix = str(tmp_path / "net")
    _net().save(prefix)
    with pytest.raises(FormatError, match="must nest Blocks as here, where conv2d"):
        nn.Conv2D(1, 1).load(prefix)


def test_summary_refuses_a_hybridized_block():
    net = _net()
    net.hybridize()
    with pytest.raises(MXNetError, match="must not be hybridized, as its layers run as one then"):
        net.summary(nd.ones((1, 3)))


def test_a_variable_has_nothing_to_run():
    with pytest.raises(ArgumentError, match="the node must have an operator, got the variable 'x'"):
        run(var("x")._entries[0].node, [])
