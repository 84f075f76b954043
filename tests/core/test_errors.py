import pytest

from regluon.core import errors
from regluon.core.errors import MXNetError


@pytest.mark.parametrize(
    ("name", "builtin"),
    [
        ("ArgumentError", ValueError),
        ("ArgumentTypeError", TypeError),
        ("DeferredInitializationError", RuntimeError),
        ("FormatError", ValueError),
        ("MXNetError", RuntimeError),
        ("NotSupportedError", NotImplementedError),
        ("MissingFileError", FileNotFoundError),
        ("OutOfRangeError", IndexError),
        ("ShapeError", ValueError),
        ("UnknownNameError", KeyError),
    ],
)
def test_each_is_mxnets_and_pythons(name, builtin):
    error = getattr(errors, name)("nothing is\nquoted: 'a'")
    assert isinstance(error, MXNetError)
    assert isinstance(error, builtin)
    assert str(error) == "nothing is\nquoted: 'a'"


def test_all_are_tried():
    (mark,) = test_each_is_mxnets_and_pythons.pytestmark
    assert {name for name, _ in mark.args[1]} == set(errors.__all__)


def test_no_words():
    assert str(errors.UnknownNameError()) == ""
