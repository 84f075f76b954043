"""What symbols say to those who use them wrongly."""

import pytest

import regluon as mx
from regluon import nd, sym
from regluon.core.errors import (
    ArgumentError,
    ArgumentTypeError,
    MXNetError,
    NotSupportedError,
    OutOfRangeError,
    ShapeError,
    UnknownNameError,
)

x, y = sym.var("x"), sym.var("y")


def bound():
    return (x * y).bind("cpu", [nd.ones(2), nd.ones(2)], [nd.zeros(2), nd.zeros(2)])


@pytest.mark.parametrize(
    ("act", "error", "words"),
    [
        pytest.param(
            lambda: 1 if x > 0 else 2,
            ArgumentTypeError,
            "a Symbol has no value while the graph is built",
            id="if",
        ),
        pytest.param(
            lambda: x.asnumpy(),
            NotSupportedError,
            r"asnumpy: a Symbol has no values; .* or call eval\(\)",
            id="asnumpy",
        ),
        pytest.param(
            lambda: x + "a",
            ArgumentTypeError,
            "add: an operand must be of type Symbol or a number, got str",
            id="+",
        ),
        pytest.param(lambda: x + nd.ones(1), ArgumentTypeError, "of type Symbol or a number, got NDArray", id="mixed"),
        pytest.param(lambda: x == None, ArgumentTypeError, "eq: an operand .* got NoneType", id="None"),  # noqa: E711
        pytest.param(
            lambda: sym.exp(nd.ones(1)),
            ArgumentTypeError,
            "exp: data must be a Symbol, got NDArray",
            id="array",
        ),
        pytest.param(
            lambda: sym.exp(sym.split(x, num_outputs=2)),
            ArgumentTypeError,
            "exp: data must be a Symbol of one output, got one of 2",
            id="outputs",
        ),
        pytest.param(
            lambda: sym.concat(),
            ArgumentTypeError,
            "Concat: inputs must be at least one Symbol, got none",
            id="none",
        ),
        pytest.param(
            lambda: sym.concat(x, 3),
            ArgumentTypeError,
            "Concat: inputs must be a Symbol, got int",
            id="joined",
        ),
        pytest.param(
            lambda: sym.FullyConnected(x, y, y, num_hidden=2, no_bias=True),
            ArgumentError,
            "FullyConnected: bias must not be given, as the attributes leave it out",
            id="bias",
        ),
        pytest.param(
            lambda: sym.Activation(x, act_type="relu", attr={"mood": "calm"}),
            ArgumentTypeError,
            "attribute mood must be one of act_type, or have underscores, as in __mood__",
            id="attr",
        ),
        pytest.param(
            lambda: sym.var("z", attr={"mood": 3}),
            ArgumentTypeError,
            "var: attribute mood must be a str, got 3",
            id="value",
        ),
        pytest.param(lambda: sym.var(3), ArgumentTypeError, "var: name must be a str, got int", id="name"),
        pytest.param(
            lambda: sym.var("z", mood="calm"),
            ArgumentTypeError,
            "must be named __like_this__, got 'mood'",
            id="var",
        ),
        pytest.param(
            lambda: sym.var("z", stype="csr"),
            ArgumentError,
            "stype must be 'default', .* got 'csr'",
            id="stype",
        ),
        pytest.param(
            lambda: mx.AttrScope(mood=3),
            ArgumentTypeError,
            "AttrScope: mood must be a str, got 3",
            id="scope",
        ),
        pytest.param(
            lambda: x.list_attr(recursive=True),
            ArgumentError,
            "recursive must be False, as in MXNet",
            id="recursive",
        ),
        pytest.param(
            lambda: sym.Group([x, y])._set_attr(mood="calm"),
            ArgumentTypeError,
            "has no attributes of its own",
            id="group",
        ),
        pytest.param(
            lambda: sym.Group([]),
            ArgumentTypeError,
            r"Group: symbols must be a list of Symbols, got \[\]",
            id="no group",
        ),
        pytest.param(lambda: x[1], OutOfRangeError, r"symbol: output must be in \[0, 0\], got 1", id="index"),
        pytest.param(
            lambda: x[1.0],
            ArgumentTypeError,
            "output must be an int, a slice or a name, got 1.0",
            id="float",
        ),
        pytest.param(
            lambda: sym.relu(x, name="hidden").get_internals()["hidden"],
            UnknownNameError,
            "there is no output 'hidden'; close: hidden_output",
            id="output",
        ),
        pytest.param(
            lambda: (x + y)(z=x),
            UnknownNameError,
            "compose: there is no variable 'z'; there are x, y",
            id="compose",
        ),
        pytest.param(
            lambda: (x + y)(x=3),
            ArgumentTypeError,
            "compose: x must be a Symbol of one output, got 3",
            id="composed",
        ),
        pytest.param(
            lambda: x.infer_shape(z=(2,)),
            UnknownNameError,
            "infer_shape: there is no variable 'z'; there are x",
            id="shape",
        ),
        pytest.param(
            lambda: x.infer_shape(x=3),
            ArgumentTypeError,
            "shape of 'x' must be a tuple of ints, got 3",
            id="no shape",
        ),
        pytest.param(
            lambda: x.infer_shape((1,), (2,)),
            ArgumentError,
            r"infer_shape: takes 1 arguments \(x\), got 2",
            id="shapes",
        ),
        pytest.param(
            lambda: (x + y).infer_type(x="float32", y="float64"),
            ArgumentError,
            r"inputs must have one dtype, got .* in node '_plus",
            id="types",
        ),
        pytest.param(
            lambda: x.eval(y=nd.ones(1)),
            UnknownNameError,
            "eval: there is no variable 'y'; there are x",
            id="eval",
        ),
        pytest.param(lambda: x.bind("cpu", []), ArgumentError, r"bind: args must be 1 arrays \(x\), got 0", id="bind"),
        pytest.param(
            lambda: x.bind("cpu", {}),
            ArgumentError,
            "an array for each of x, got none for 'x'",
            id="missing",
        ),
        pytest.param(
            lambda: x.bind("cpu", [3]),
            ArgumentTypeError,
            "args must hold NDArrays, got int for 'x'",
            id="no array",
        ),
        pytest.param(
            lambda: x.bind("cpu", [nd.ones(1)], grad_req="some"),
            ArgumentError,
            "grad_req must be one of 'write'",
            id="request",
        ),
        pytest.param(
            lambda: x.bind("cpu", [nd.ones(1)], grad_req=[]),
            ArgumentError,
            r"grad_req must be 1 requests \(x\), got 0",
            id="requests",
        ),
        pytest.param(
            lambda: x.simple_bind("cpu"),
            ShapeError,
            "the shapes of x must be given, or follow from those given",
            id="simple",
        ),
        pytest.param(
            lambda: x.simple_bind("cpu", z=(2,)),
            UnknownNameError,
            "simple_bind: there is no variable 'z'",
            id="simple name",
        ),
        pytest.param(
            lambda: bound().forward(z=nd.ones(2)),
            UnknownNameError,
            "forward: there is no argument 'z'",
            id="forward",
        ),
        pytest.param(lambda: bound().backward(), MXNetError, r"backward: forward\(\) must come first", id="backward"),
        pytest.param(
            lambda: (one := bound(), one.forward(), one.backward([nd.ones(2)] * 2)),
            ArgumentError,
            "backward: out_grads must be 1 arrays, got 2",
            id="out_grads",
        ),
        pytest.param(
            lambda: (one := x.bind("cpu", [nd.ones(1)]), one.forward(), one.backward()),
            MXNetError,
            "backward: an argument must have a gradient, got none bound",
            id="no gradient",
        ),
        pytest.param(
            lambda: bound().copy_params_from({"z": nd.ones(1)}),
            UnknownNameError,
            "copy_params_from: there is no 'z' in the graph; allow_extra_params passes over it",
            id="params",
        ),
    ],
)
def test_errors(act, error, words):
    with pytest.raises(error, match=words):
        act()


@pytest.mark.parametrize("name", ["get_backend_symbol", "optimize_for"])
def test_there_are_no_backends_but_torch(name):
    with pytest.raises(NotSupportedError, match=f"^{name}: a Symbol has no backends but torch; hybridize"):
        getattr(sym.var("x"), name)("MKLDNN")
