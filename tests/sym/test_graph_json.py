"""Graph files: of old releases, and of people who mean ill."""

import json
import sys

import pytest

from regluon import nd, sym
from regluon.core.errors import ArgumentError, ArgumentTypeError, FormatError, MXNetError, UnknownNameError
from tests.recorded import GOLDEN


def graph(*nodes, heads=None, **more):
    """Write a graph of ``(op, name, inputs, further keys)``."""
    records = [
        {"op": kind, "name": name, "inputs": [[one, 0, 0] for one in inputs], **rest}
        for kind, name, inputs, rest in nodes
    ]
    return json.dumps({"nodes": records, "heads": heads or [[len(nodes) - 1, 0, 0]], **more})


X = ("null", "x", [], {})


# Old releases


@pytest.mark.parametrize("key", ["param", "attr", "attrs"])
def test_attributes_by_their_old_names(key):
    text = graph(
        X, ("null", "w", [], {}), ("FullyConnected", "fc", [0, 1], {key: {"num_hidden": "3", "no_bias": "True"}})
    )
    assert sym.load_json(text).infer_shape(x=(2, 5)) == ([(2, 5), (3, 5)], [(2, 3)], [])


def test_both_kinds_of_attributes_of_an_old_file():
    fc = {"param": {"num_hidden": "3"}, "attr": {"lr_mult": "0.5", "ctx_group": "dev1", "weight_wd_mult": "2"}}
    text = graph(X, ("null", "w", [], {}), ("null", "b", [], {}), ("FullyConnected", "fc", [0, 1, 2], fc))
    found = sym.load_json(text).attr_dict()
    assert found["fc"] == {
        "num_hidden": "3",
        "__lr_mult__": "0.5",
        "lr_mult": "0.5",
        "__ctx_group__": "dev1",
        "ctx_group": "dev1",
    }
    assert found["w"] == {"__wd_mult__": "2", "wd_mult": "2"}


def test_states_that_old_files_do_not_list():
    text = graph(X, ("null", "g", [], {}), ("null", "b", [], {}), ("BatchNorm", "bn", [0, 1, 2], {"param": {}}))
    symbol = sym.load_json(text)
    assert symbol.list_auxiliary_states() == ["bn_moving_mean", "bn_moving_var"]
    assert symbol.attr_dict()["bn_moving_var"] == {"__init__": '["one", {}]'}


def test_short_entries_of_old_files():
    text = json.dumps({
        "nodes": [{"op": "null", "name": "x", "inputs": []}, {"op": "exp", "name": "e", "inputs": [[0, 0]]}],
        "heads": [[1, 0]],
    })  # fmt: skip
    assert sym.load_json(text).eval(x=nd.zeros(1))[0].asscalar() == 1


@pytest.mark.parametrize(("version", "shape"), [(None, (1,)), (904, (1,)), (905, (2,)), (10901, (2,)), (20000, (2,))])
def test_the_last_axis_of_argmax_meant_all_axes_before_0_9_5(version, shape):
    graph = json.loads(sym.argmax(sym.var("x"), axis=-1, name="top").tojson())
    graph["attrs"] = {"mxnet_version": ["int", version]} if version else {}
    loaded = sym.load_json(json.dumps(graph))
    assert loaded.infer_shape(x=(2, 3))[1] == [shape]


def test_spellings_of_release_2():
    attrs = {"kernel": "[1,1]", "num_filter": "2", "no_bias": "1", "stride": "[]"}
    text = graph(
        X, ("null", "w", [], {}), ("Convolution", "c", [0, 1], {"attrs": attrs}), attrs={"is_np_shape": ["int", 1]}
    )
    assert sym.load_json(text).infer_shape(x=(1, 3, 4, 4))[1] == [(1, 2, 4, 4)]


def test_another_name_of_an_operator():
    assert json.loads(sym.load_json(graph(X, ("identity", "i", [0], {}))).tojson())["nodes"][1]["op"] == "_copy"


# What is wrong with a file


@pytest.mark.parametrize(
    ("text", "words"),
    [
        pytest.param("", "graph: must be JSON, got ''", id="empty"),
        pytest.param("{", "graph: must be JSON", id="cut short"),
        pytest.param("[" * 100_000, "graph: must be JSON", id="nested"),
        pytest.param('{"nodes": ' + "9" * 10_000 + "}", "graph: must be JSON", id="a number without end"),
        pytest.param("3", "nodes must be a list, got None", id="a number"),
        pytest.param("[]", "nodes must be a list, got None", id="a list"),
        pytest.param("{}", "nodes must be a list, got None", id="nothing"),
        pytest.param('{"nodes": {}, "heads": []}', "nodes must be a list, got {}", id="a table of nodes"),
        pytest.param('{"nodes": []}', "heads must be a list, got None", id="no heads"),
        pytest.param('{"nodes": [], "heads": []}', "heads must be at least one output, got none", id="no head"),
        pytest.param(
            '{"nodes": [], "heads": [[0, 0, 0]]}',
            "must be of a node before it, got node 0",
            id="head of nothing",
        ),
        pytest.param(
            '{"nodes": [7], "heads": []}',
            "op of node 0 must be a text, got None",
            id="a node that is a number",
        ),
        pytest.param(graph(("null", 5, [], {})), "name of node 0 must be a text, got 5", id="a name that is a number"),
        pytest.param(graph(("null", "\ud800", [], {})), "name of node 0 must be a text", id="a name that is no text"),
        pytest.param(
            graph(([], "x", [], {})),
            r"op of node 0 must be a text, got \[\]",
            id="an operator that is a list",
        ),
        pytest.param(graph(X, ("exp", "e", [], {"inputs": 3})), "inputs must be a list, got 3", id="inputs"),
        pytest.param(
            graph(X, ("exp", "e", [], {"inputs": [[]]})),
            r"must be up to 3 ints >= 0, got \[\]",
            id="no number",
        ),
        pytest.param(graph(X, ("exp", "e", [-1], {})), r"must be up to 3 ints >= 0, got \[-1, 0, 0\]", id="below zero"),
        pytest.param(graph(X, ("exp", "e", [True], {})), r"must be up to 3 ints >= 0, got \[True", id="a bool"),
        pytest.param(graph(X, ("exp", "e", [0.0], {})), r"must be up to 3 ints >= 0, got \[0.0", id="a float"),
        pytest.param(graph(X, ("exp", "e", ["0"], {})), r"must be up to 3 ints >= 0, got \['0'", id="a text"),
        pytest.param(
            graph(X, ("exp", "e", [10**30], {})),
            "must be of a node before it, got node 1000",
            id="a huge number",
        ),
        pytest.param(graph(X, ("exp", "e", [1], {})), "'e' must be of a node before it, got node 1", id="itself"),
        pytest.param(graph(X, ("exp", "e", [2], {}), ("exp", "f", [1], {})), "before it, got node 2", id="a circle"),
        pytest.param(graph(X, heads=[[0, 1, 0]]), "must be one of 1 outputs of node 0, got 1", id="an output too many"),
        pytest.param(
            graph(X, heads=[[0, 10**30, 0]]),
            "must be one of 1 outputs of node 0, got 1000",
            id="a huge output",
        ),
        pytest.param(
            graph(X, ("exp", "e", [0], {"attrs": [1]})),
            r"attrs of node 'e' must be a table, got \[1\]",
            id="attrs",
        ),
        pytest.param(graph(X, X, ("exp", "e", [0, 1], {})), "inputs must be at most 1, got 2", id="too many inputs"),
        pytest.param(
            graph(X, ("elemwise_add", "a", [0], {})),
            "inputs must be lhs, rhs, got 1 of them",
            id="too few inputs",
        ),
        pytest.param(
            graph(X, ("SliceChannel", "s", [0], {"attrs": {"num_outputs": "1000000000"}})),
            "num_outputs must be at most 999999, got 1000000000",
            id="outputs without end",
        ),
    ],
)
def test_what_is_no_graph(text, words):
    with pytest.raises(FormatError, match=words):
        sym.load_json(text)


@pytest.mark.parametrize(
    ("node", "error", "words"),
    [
        pytest.param(("nosuch", "n", [0], {}), UnknownNameError, "operator 'nosuch' is not supported", id="operator"),
        pytest.param(
            ("Activation", "n", [0], {"attrs": {"act_type": "nonsense"}}),
            ArgumentError,
            "act_type must be one of 'relu'",
            id="value",
        ),
        pytest.param(
            ("Activation", "n", [0], {"attrs": {"act_type": ["relu"]}}),
            ArgumentError,
            "act_type must be",
            id="a list",
        ),
        pytest.param(("Activation", "n", [0], {}), ArgumentTypeError, "act_type must be given", id="missing"),
        pytest.param(
            ("Activation", "n", [0], {"attrs": {"act_type": "relu", "slope": "2"}}),
            ArgumentTypeError,
            "attribute slope must be one of act_type, or have underscores, as in __slope__",
            id="unknown",
        ),
        pytest.param(
            ("sum", "n", [0], {"attrs": {"axis": " " * 50_000 + "("}}),
            ArgumentError,
            "axis must be",
            id="a long text",
        ),
        pytest.param(
            ("sum", "n", [0], {"attrs": {"axis": "9" * 10_000}}),
            ArgumentError,
            "axis must be",
            id="a long number",
        ),
    ],
)
def test_what_is_wrong_with_a_node_names_it(node, error, words):
    with pytest.raises(error, match=words) as caught:
        sym.load_json(graph(X, node))
    assert caught.value.__notes__ == [f"in node 'n' ({node[0]})"]


def test_what_is_wrong_with_a_file_names_it(tmp_path):
    path = tmp_path / "net-symbol.json"
    path.write_text("{}")
    with pytest.raises(FormatError, match="nodes must be a list") as caught:
        sym.load(path)
    assert caught.value.__notes__ == [f"in file {path}"]
    path.write_bytes(b"\xff\xfe")
    with pytest.raises(FormatError, match=r"net-symbol.json: a graph must be UTF-8 text, got other bytes at offset 0"):
        sym.load(path)
    with pytest.raises(FormatError, match=r"nothing.json: must be a file that can be read, got No such file"):
        sym.load(tmp_path / "nothing.json")


@pytest.mark.parametrize("name", ["classifier", "attributed", "exported_detector"])
def test_a_damaged_file_is_refused_or_read_but_never_hangs(name):
    text = (GOLDEN / "symbols" / f"{name}-symbol.json").read_text()
    refused = 0
    for place in range(0, len(text), 97):
        for damaged in (text[:place], text[:place] + "7" + text[place + 1 :], text[:place] + text[place + 40 :]):
            try:
                sym.load_json(damaged)
            except MXNetError:
                refused += 1
    assert refused > 10


def test_a_deep_graph():
    depth = sys.getrecursionlimit() * 5
    symbol = sym.load_json(graph(X, *(("relu", f"r{i}", [i], {}) for i in range(depth))))
    assert len(symbol.get_internals()) == depth + 1
    assert len(json.loads(symbol.tojson())["nodes"]) == depth + 1
