import pytest

from regluon.core.errors import ArgumentError, ArgumentTypeError
from regluon.cv.model_zoo.reuse import match_classes

OLD, NEW = ("ape", "cat", "cow"), ["dog", "cow"]


@pytest.mark.parametrize(
    ("reuse_weights", "expected"),
    [
        pytest.param(None, {}, id="nothing"),
        pytest.param({}, {}, id="empty"),
        pytest.param({"cow": "cow"}, {1: 2}, id="names"),
        pytest.param({0: 1}, {0: 1}, id="numbers"),
        pytest.param({"dog": 1, 1: "ape"}, {0: 1, 1: 0}, id="both"),
        pytest.param(["cow"], {1: 2}, id="list"),
        pytest.param(("cow",), {1: 2}, id="tuple"),
    ],
)
def test_matches(reuse_weights, expected):
    assert match_classes(reuse_weights, OLD, NEW) == expected


@pytest.mark.parametrize(
    ("reuse_weights", "words"),
    [
        pytest.param(
            {"cow": "cat's"},
            "reset_class: reuse_weights' old classes must be among ape, cat, cow, got \"cat's\"; close ones are cat",
            id="old name",
        ),
        pytest.param({"hen": "cow"}, "reuse_weights' new classes must be among dog, cow, got 'hen'$", id="new name"),
        pytest.param({0: 3}, "old classes must be names or numbers from 0 to 2, got 3", id="old number"),
        pytest.param({-1: 0}, "new classes must be names or numbers from 0 to 1, got -1", id="new number"),
    ],
)
def test_wrong_classes(reuse_weights, words):
    with pytest.raises(ArgumentError, match=words):
        match_classes(reuse_weights, OLD, NEW)


def test_many_classes_are_not_all_listed():
    with pytest.raises(ArgumentError, match="must be among 0, 1, 2, 3, 4, 5 and 94 more, got 'x'"):
        match_classes({"x": "1"}, OLD, [str(i) for i in range(100)])


@pytest.mark.parametrize("reuse_weights", ["cow", 3])
def test_wrong_type(reuse_weights):
    with pytest.raises(ArgumentTypeError, match="must be a dict of new and old classes or a list of names, got"):
        match_classes(reuse_weights, OLD, NEW)


@pytest.mark.parametrize(
    ("name", "lacking"),
    [("ape", "none of the new classes"), ("dog", "none of the old classes"), ("hen", "none of the old and new")],
)
def test_a_list_may_have_more_names_which_are_warned_of(name, lacking):
    with pytest.warns(UserWarning, match=f"reuse_weights has '{name}', which is {lacking}"):
        assert match_classes([name, "cow"], OLD, NEW) == {1: 2}
