"""``mx.io`` gives the batches that real MXNet gives."""

import pytest

from tests.pieces import check, pieces

DIFFERENT: frozenset[str] = frozenset()


@pytest.mark.parametrize(("code", "told"), pieces("io"))
def test_answers_as_mxnet_does(code, told):
    check(code, told, DIFFERENT)
