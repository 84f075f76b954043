import pytest

from regluon.core.errors import ArgumentTypeError, UnknownNameError
from regluon.cv.model_zoo import get_model, get_model_list, register_model


def test_every_name_makes_a_network():
    for name in get_model_list():
        assert get_model(name.upper()).classes


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
