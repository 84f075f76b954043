"""Modules that scripts reach for by MXNet's paths."""

import pytest

import regluon as mx


@pytest.mark.parametrize(
    ("path", "same"),
    [
        ("context.Context", mx.Context),
        ("context.cpu", mx.cpu),
        ("context.num_gpus", mx.num_gpus),
        ("context.current_context", mx.current_context),
        ("device.Device", mx.Device),
        ("name.NameManager", mx.NameManager),
        ("name.Prefix", mx.Prefix),
        ("attribute.AttrScope", mx.AttrScope),
        ("base.MXNetError", mx.MXNetError),
        ("rnd.uniform", mx.random.uniform),
    ],
)
def test_paths(path, same):
    module, name = path.split(".")
    assert getattr(getattr(mx, module), name) is same


def test_types():
    assert isinstance("x", mx.base.string_types)
    assert isinstance(mx.base.mx_real_t(1), mx.base.numeric_types)
    assert not isinstance(1.5, mx.base.integer_types)
