"""What is left out on purpose says so wherever one meets it."""

import pytest

from regluon import nd, sym, th
from regluon.core.errors import NotSupportedError, UnknownNameError
from regluon.ops.namespaces import place
from regluon.ops.registry import find, left_out, operators

NAMES = list(left_out())


@pytest.mark.parametrize("face", [nd, th, sym], ids=lambda face: face.__name__)
@pytest.mark.parametrize("name", NAMES)
def test_calling_it_says_why(name: str, face) -> None:
    namespace, plain = place(name)
    function = getattr(getattr(face, namespace), plain)
    assert function.__name__ == plain
    with pytest.raises(NotSupportedError, match=f"^operator '{name}' is not supported: .* "):
        function(1, nothing=2)


def test_a_graph_file_with_it_says_why_and_where() -> None:
    text = '{"nodes": [{"op": "_contrib_edge_id", "name": "edges", "inputs": []}], "heads": [[0, 0, 0]]}'
    with pytest.raises(
        NotSupportedError, match="'_contrib_edge_id' is not supported: it works on sparse graphs"
    ) as found:
        sym.load_json(text)
    assert found.value.__notes__ == ["in node 'edges' (_contrib_edge_id)"]


def test_nothing_is_both_there_and_left_out() -> None:
    assert not set(NAMES) & {name for operator in operators() for name in operator.names}
    with pytest.raises(UnknownNameError, match="operator '_contrib_nothing' is not supported"):
        find("_contrib_nothing")
