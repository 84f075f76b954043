"""Dense layers, activations, dropout and the output layers with gradients of their own."""

from __future__ import annotations

from golden.case import Table, array, case, integers, normal, uniform

__all__ = ["TABLE"]

DENSE = [
    case("bias", normal(3, 4), normal(2, 4), normal(2), num_hidden=2),
    case("no bias", normal(3, 4), normal(2, 4), num_hidden=2, no_bias=True),
    case("flattens", normal(2, 3, 2, 2), normal(4, 12), normal(4), num_hidden=4),
    case("keeps the leading axes", normal(2, 3, 5), normal(4, 5), normal(4), num_hidden=4, flatten=False),
    case(
        "keeps the leading axes, no bias", normal(2, 2, 3, 5), normal(2, 5), num_hidden=2, flatten=False, no_bias=True
    ),
    case("one row, one unit", normal(1, 3), normal(1, 3), normal(1), num_hidden=1),
    case(
        "float64",
        normal(2, 3, dtype="float64"),
        normal(2, 3, dtype="float64"),
        normal(2, dtype="float64"),
        num_hidden=2,
    ),
]

EDGES = array([-100, -20, -3, -1, -0.5, -0.0, 0, 0.5, 1, 3, 20, 100])

ACTIVATION = [
    *(case(kind, normal(2, 3, 2), act_type=kind) for kind in ("relu", "sigmoid", "tanh", "softrelu", "softsign")),
    *(case(f"{kind}, edges", EDGES, act_type=kind) for kind in ("relu", "sigmoid", "tanh", "softrelu", "softsign")),
    case("float64", normal(2, 3, dtype="float64"), act_type="softrelu"),
    case("float16", normal(2, 3, dtype="float16"), act_type="sigmoid"),
]

LEAKY = [
    case("leaky", normal(2, 3, 2)),
    case("leaky, slope", EDGES, act_type="leaky", slope=0.1),
    case("leaky, slope 0", EDGES, act_type="leaky", slope=0.0),
    case("elu", EDGES, act_type="elu"),
    case("elu, slope 1", EDGES, act_type="elu", slope=1.0),
    case("prelu, one slope per channel", normal(2, 3, 2, 2), uniform(-1, 1, 3), act_type="prelu"),
    case("prelu, one slope", normal(2, 3, 2), [0.25], act_type="prelu"),
    case("prelu, two axes", normal(4, 3), uniform(-1, 1, 3), act_type="prelu"),
    case("selu", EDGES, act_type="selu"),
    case("gelu", EDGES, act_type="gelu"),
    case("gelu, drawn", normal(3, 4, scale=2.0), act_type="gelu"),
    case(
        "rrelu, predict, uses the middle of the bounds",
        normal(2, 3),
        act_type="rrelu",
        lower_bound=0.2,
        upper_bound=0.6,
        train=False,
        outputs=1,
    ),
    case("leaky, float64", normal(2, 3, dtype="float64"), act_type="leaky", slope=0.1),
    case("elu, float16", normal(2, 3, dtype="float16"), act_type="elu", slope=0.5),
]

DROPOUT = [
    case("p of 0, train", normal(3, 4), p=0.0),
    case("predict", normal(3, 4), p=0.5, train=False),
    case("predict, axes", normal(3, 4), p=0.5, axes=(1,), train=False),
    case("predict, hints", normal(3, 4), p=0.9, mode="training", cudnn_off=True, train=False),
    case("mode always, p of 0, predict", normal(3, 4), p=0.0, mode="always", train=False),
]

LABELS = [0, 2, 1, 2]

SOFTMAX_OUTPUT = [
    case("defaults ignore the head gradient", normal(4, 3), LABELS),
    case("out_grad uses it", normal(4, 3), LABELS, out_grad=True),
    case("grad_scale", normal(4, 3), LABELS, grad_scale=0.5),
    case("normalization batch", normal(4, 3), LABELS, normalization="batch"),
    case("normalization valid", normal(4, 3), [0, -1, 1, -1], normalization="valid", use_ignore=True),
    case("ignored label", normal(4, 3), [0, 2, 1, 2], use_ignore=True, ignore_label=2.0),
    case("ignored label without use_ignore", normal(4, 3), [0, 2, 1, 2], ignore_label=2.0),
    case("smoothing", normal(4, 3), LABELS, smooth_alpha=0.2),
    case("multi_output", normal(2, 3, 4), integers(0, 3, 2, 4), multi_output=True),
    case("multi_output, flattened label", normal(2, 3, 2, 2), integers(0, 3, 2, 4), multi_output=True),
    case(
        "multi_output, ignored, valid",
        normal(2, 3, 4),
        integers(-1, 3, 2, 4),
        multi_output=True,
        use_ignore=True,
        normalization="valid",
    ),
    case(
        "multi_output, batch",
        normal(2, 3, 4),
        integers(0, 3, 2, 4),
        multi_output=True,
        normalization="batch",
        grad_scale=2.0,
    ),
    case("preserve_shape", normal(2, 3, 4), integers(0, 4, 2, 3), preserve_shape=True),
    case("probabilities as labels", normal(2, 3), [[0.25, 0.25, 0.5], [1, 0, 0]]),
    case("float64", normal(4, 3, dtype="float64"), array(LABELS, "float64")),
    case("predict", normal(4, 3), LABELS, train=False),
]

REGRESSION = [
    case("same shapes", normal(3, 2), normal(3, 2)),
    case("grad_scale", normal(3, 2), normal(3, 2), grad_scale=0.25),
    case("label without its last axis", normal(4, 1), normal(4)),
    case("three axes", normal(2, 3, 2), normal(2, 3, 2), grad_scale=2.0),
    case("float64", normal(3, 2, dtype="float64"), normal(3, 2, dtype="float64")),
]

HINGE = [
    case("defaults", normal(4, 3), LABELS),
    case("margin", normal(4, 3), LABELS, margin=0.5),
    case("coefficient", normal(4, 3), LABELS, regularization_coefficient=0.25),
    case("linear", normal(4, 3), LABELS, use_linear=True, margin=0.75),
]

TABLE: Table = {
    "FullyConnected": DENSE,
    "Activation": ACTIVATION,
    "LeakyReLU": LEAKY,
    "Dropout": DROPOUT,
    "SoftmaxOutput": SOFTMAX_OUTPUT,
    "LinearRegressionOutput": REGRESSION,
    "MAERegressionOutput": REGRESSION,
    "LogisticRegressionOutput": REGRESSION,
    "SVMOutput": HINGE,
}
