import pytest

from regluon.core.errors import ArgumentTypeError, UnknownNameError
from regluon.cv.model_zoo import get_model, get_model_list, register_model, registry
from regluon.gluon.model_zoo import vision
from regluon.gluon.model_zoo.registry import Zoo


def test_every_name_is_of_a_documented_function():
    for name in get_model_list():
        assert name == name.lower()
        assert registry._ZOO._functions[name].__doc__.startswith(("Make ", "Raise ")), name


def test_letters_may_be_large():
    assert get_model("SSD_128_Small").classes
    assert vision.get_model("ResNet18_V1", classes=3).output.weight.shape == (3, 512)


def test_a_further_name(monkeypatch):
    monkeypatch.setattr(registry, "_ZOO", Zoo())
    assert registry.register("other-name", dict) is dict
    assert registry.get_model("Other-Name", a=1) == {"a": 1}
    assert registry.get_model_list() == ["other-name"]


def test_unknown_name_lists_close_ones():
    with pytest.raises(UnknownNameError, match="there is no model 'ssd_128_smal'; there are ssd_128_small"):
        get_model("ssd_128_smal")


def test_name_must_be_a_text():
    with pytest.raises(ArgumentTypeError, match="name must be a str, got int"):
        get_model(3)


def test_registering_twice_is_an_error():
    def ssd_128_small():
        raise AssertionError

    with pytest.raises(ValueError, match="model 'ssd_128_small' is registered twice"):
        register_model(ssd_128_small)
