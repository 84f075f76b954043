"""``mx.image`` does to pictures what real MXNet does, with the same random numbers."""

import pytest

from tests.pieces import check, pieces

DIFFERENT: frozenset[str] = frozenset()


@pytest.mark.parametrize(("code", "told"), pieces("image"))
def test_answers_as_mxnet_does(code, told):
    check(code, told, DIFFERENT)
