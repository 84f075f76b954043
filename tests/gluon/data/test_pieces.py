"""``gluon.data`` and ``mx.recordio`` answer as real MXNet does."""

import pytest

from tests.pieces import check, pieces

DIFFERENT: frozenset[str] = frozenset()


@pytest.mark.parametrize(("code", "told"), pieces("data"))
def test_answers_as_mxnet_does(code, told):
    check(code, told, DIFFERENT)
