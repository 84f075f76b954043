"""Promises that every operator keeps, read off the registry: a new operator is tested once it is registered."""

import doctest
import inspect
import sys
from collections.abc import Iterator
from typing import Any, get_args, get_type_hints

import pytest
import torch
from torch import Tensor

import regluon.nd
import regluon.sym
import regluon.th
from regluon.core.errors import ArgumentError, ArgumentTypeError, UnknownNameError
from regluon.nd.lift import lift as nd_lift
from regluon.ops.attr import REQUIRED, Attribute
from regluon.ops.namespaces import place
from regluon.ops.registry import Operator, find, op, operators
from regluon.th.lift import lift as th_lift
from tests import recorded

RECORDED = frozenset(recorded.operators())
OPERATORS = list(operators())
FACES = (regluon.nd, regluon.th, regluon.sym)

RANDOM = "draws; its tests look at the distribution"
TWIN = "the same function as broadcast_*, to which its tests compare it"

UNRECORDED = {
    "_linalg_syevd": "the sign of a vector is anyone's; held against its equation in its tests",
    "reset_arrays": "gives nothing; its tests look at the arrays",
    "Custom": "runs what is written in Python; its numbers are in the tests of regluon.operator",
    **dict.fromkeys(("_cond", "_foreach", "_while_loop"), "never called alone; recorded as graphs, see tests of sym"),
    **dict.fromkeys(("_sg_mkldnn_conv", "_sg_mkldnn_fully_connected"), "never called alone; recorded as graphs"),
    "_contrib_BatchNormWithReLU": "BatchNorm and relu",
    "_contrib_SyncBatchNorm": "BatchNorm on one device",
    "_contrib_backward_quadratic": "MXNet's cannot be called; held against the gradient of quadratic in its tests",
    "_contrib_count_sketch": "MXNet has it on GPUs alone; held against a loop in its tests",
    "_contrib_fft": "MXNet has it on GPUs alone; held against a loop in its tests",
    "_contrib_ifft": "MXNet has it on GPUs alone; held against a loop in its tests",
    "_contrib_isfinite": "MXNet has it in Python alone",
    "_contrib_isinf": "MXNet has it in Python alone",
    "_contrib_isnan": "MXNet has it in Python alone",
    "_contrib_group_adagrad_update": "MXNet's takes sparse gradients; held against numpy in its tests",
    **dict.fromkeys(
        """
        _contrib_quantized_batch_norm _contrib_quantized_concat _contrib_quantized_conv _contrib_quantized_elemwise_add
        """.split(),  # noqa: SIM905
        "recorded of the oneDNN dialect, see their tests",
    ),
    "_contrib_quantize_asym": "MXNet's crashes; held against its formula in its tests",
    "_identity_with_attr_like_rhs": "a copy",
    "_linalg_gemm2": "held against numpy in its tests",
    "_ravel_multi_index": "held against numpy in its tests",
    "_unravel_index": "held against numpy in its tests",
    **dict.fromkeys(
        """
        _equal _greater _greater_equal _hypot _lesser _lesser_equal _logical_and _logical_or _logical_xor _maximum
        _minimum _mod _not_equal _power
        """.split(),  # noqa: SIM905
        TWIN,
    ),
    "_image_random_color_jitter": RANDOM,
    "_image_random_crop": RANDOM,
    "_image_random_flip_left_right": RANDOM,
    "_image_random_flip_top_bottom": RANDOM,
    "_image_random_resized_crop": RANDOM,
    **dict.fromkeys(
        """
        _random_exponential _random_gamma _random_generalized_negative_binomial _random_negative_binomial _random_normal
        _random_normal_like _random_poisson _random_randint _random_uniform _random_uniform_like _sample_multinomial
        _sample_normal _sample_uniform _shuffle
        """.split(),  # noqa: SIM905
        RANDOM,
    ),
}

# Attributes that no case gives another value: they take no other, or change nothing.
CONSTANT = {
    ("BatchNorm", "max_calib_range"): "for quantisation, ignored",
    ("BatchNorm", "min_calib_range"): "for quantisation, ignored",
    ("all_finite", "init_output"): "true is the only one",
    ("multi_all_finite", "init_output"): "true is the only one",
    ("Embedding", "sparse_grad"): "ignored: gradients are dense, and MXNet refuses it for dense weights",
    ("SequenceReverse", "axis"): "0 is the only one",
    ("_arange", "infer_range"): "refused if true",
    (
        "_contrib_SparseEmbedding",
        "sparse_grad",
    ): "MXNet's gradients are sparse always; held against dense ones in its tests",
    ("_contrib_dequantize", "out_type"): "float32 is the only one",
    ("_contrib_quantized_embedding", "dtype"): "ignored",
    ("_contrib_quantized_embedding", "sparse_grad"): "ignored",
    ("_contrib_quantized_pooling", "p_value"): "ignored",
    ("_contrib_boolean_mask", "axis"): "MXNet has 0 alone; held against numpy in its tests",
    ("log_softmax", "use_length"): "false is the only one",
    ("ones_like", "dtype"): "ignored, but models give it",
    ("softmin", "use_length"): "false is the only one",
    ("zeros_like", "dtype"): "ignored, but models give it",
}

# Values of attributes that must be given, for operators without recordings.
SOME: dict[str, Any] = {
    **{"out_dim": 3, "kernel": (1, 1), "key": "k", "lr": 0.1, "num_filter": 1, "shape": (2, 2)},
    **{"brightness": 0, "contrast": 0, "saturation": 0, "hue": 0, "width": 1, "height": 1},
    **{"num_outputs": 1, "num_out_data": 1, "max_iterations": 1},
}

# Operators whose results' shapes follow from values, so that there is none without data.
DATA_DEPENDENT = {"_contrib_boolean_mask"}

every_operator = pytest.mark.parametrize("operator", OPERATORS, ids=lambda operator: operator.name)
every_recorded = pytest.mark.parametrize(
    "operator", [one for one in OPERATORS if RECORDED.intersection(one.names)], ids=lambda operator: operator.name
)


def cases_of(operator: Operator) -> list[recorded.Case]:
    return [case for name in operator.names if name in RECORDED for case in recorded.recorded(name)]


def tensors_of(case: recorded.Case) -> list[Tensor]:
    return [torch.from_numpy(values.copy()) for values in case.inputs.values()]


def as_list(found: Any) -> list[Tensor]:
    return [found] if isinstance(found, Tensor) else list(found)


# Registration


@every_operator
def test_is_found_under_all_its_names(operator: Operator) -> None:
    for name in operator.names:
        assert find(name) is operator
        namespace, plain = place(name)
        for face in FACES:
            assert callable(getattr(getattr(face, namespace), plain)), f"{face.__name__}.{namespace}.{plain}"


def test_a_name_is_registered_once() -> None:
    def again(data: Tensor) -> Tensor:
        return data

    with pytest.raises(ValueError, match="operator 'relu' is registered twice"):
        op("relu")(again)


def test_an_unknown_name_is_told_close_ones() -> None:
    with pytest.raises(UnknownNameError, match=r"operator 'Convolutoin' is not supported. Close names: Convolution"):
        find("Convolutoin")


# Help


@every_operator
def test_is_documented(operator: Operator) -> None:
    text = inspect.getdoc(operator.function) or ""
    first = text.split("\n", 1)[0]
    assert first.endswith((".", ":")), "the first line must be a sentence"
    for part in ("Args:", "Returns:", "Examples:", "    >>> ", "``("):
        assert part in text or (part == "Args:" and not operator.inputs and not operator.attributes), part
    arguments = text.partition("Args:")[2].partition("\nReturns:")[0]
    for name in (*operator.inputs, *operator.attributes):
        assert f"    {name}: " in arguments or _shares_a_line(name, arguments), f"{name} is not described"


def _shares_a_line(name: str, arguments: str) -> bool:
    """Whether an argument is described with others, as in ``std0, std1:``."""
    return any(name in line.partition(":")[0].replace(",", " ").split() for line in arguments.splitlines())


@every_operator
def test_its_examples_run(operator: Operator) -> None:
    function = operator.function
    names = {**vars(sys.modules[function.__module__]), function.__name__: function, "torch": torch}
    test = doctest.DocTestParser().get_doctest(function.__doc__ or "", names, operator.name, None, None)
    runner = doctest.DocTestRunner(verbose=False, optionflags=doctest.NORMALIZE_WHITESPACE | doctest.ELLIPSIS)
    report: list[str] = []
    runner.run(test, out=report.append)
    assert not runner.failures, "".join(report)


@every_operator
def test_is_typed(operator: Operator) -> None:
    hints = get_type_hints(operator.function)
    assert {*inspect.signature(operator.function).parameters, "return"} <= set(hints)
    assert hints["return"] is Tensor or Tensor in _inside(hints["return"])


def _inside(annotation: Any) -> Iterator[Any]:
    for one in get_args(annotation):
        yield one
        yield from _inside(one)


# Recordings


def test_every_operator_is_recorded_or_excused() -> None:
    # Those with numpy's rules are recorded as expressions; a test beside these sees that each is reached.
    missing = {one.name for one in OPERATORS if not RECORDED.intersection(one.names) and not one.name.startswith("_np")}
    assert missing == set(UNRECORDED) & {one.name for one in OPERATORS}


@every_recorded
def test_every_attribute_is_exercised(operator: Operator) -> None:
    given = [case.attrs for case in cases_of(operator)]
    for name, attribute in operator.attributes.items():
        values = [operator.read(attribute, attrs[name]) for attrs in given if name in attrs]
        if (operator.name, name) not in CONSTANT:
            assert any(value != attribute.default for value in values), f"{name} is {attribute.default!r} in every case"


def test_every_constant_attribute_is_one() -> None:
    for name, attribute in CONSTANT:
        assert attribute in find(name).attributes


# Arguments


@every_operator
def test_an_unknown_argument_is_refused(operator: Operator) -> None:
    if operator.named is not None:  # it takes any
        return
    for lift in (nd_lift, th_lift):
        with pytest.raises(ArgumentTypeError, match=f"^{operator.name}: has no argument 'nonsense'"):
            lift(operator, operator.name)(nonsense=1)


ATTRIBUTES = [
    pytest.param(operator, attribute, id=f"{operator.name}.{attribute.name}")
    for operator in OPERATORS
    for attribute in operator.attributes.values()
]


@pytest.mark.parametrize(("operator", "attribute"), ATTRIBUTES)
def test_a_value_of_the_wrong_kind_is_refused(operator: Operator, attribute: Attribute) -> None:
    values: list[Any] = [object()]
    if " or " not in attribute.rule and "one of" in attribute.rule:
        values.append("no such choice")
    for lift in (nd_lift, th_lift):
        for value in values:
            with pytest.raises(ArgumentError, match=f"^{operator.name}: {attribute.name} must be .*, got "):
                lift(operator, operator.name)(**{attribute.name: value})


@every_operator
def test_a_missing_attribute_is_named(operator: Operator) -> None:
    needed = [name for name, attribute in operator.attributes.items() if attribute.default is REQUIRED]
    if needed:
        with pytest.raises(ArgumentTypeError, match=f"^{operator.name}: {needed[0]} must be given"):
            th_lift(operator, operator.name)()


@every_operator
def test_a_missing_input_is_named(operator: Operator) -> None:
    needed = [name for name in operator.inputs if name not in operator.optional]
    if not needed or operator.variadic:
        return
    cases = cases_of(operator)
    attributes = dict(cases[0].attrs) if cases else {name: _some(operator, name) for name in operator.required}
    with pytest.raises(ArgumentTypeError, match=f"^{operator.name}: {needed[0]} must be an array, got nothing"):
        th_lift(operator, operator.name)(**attributes)


def _some(operator: Operator, name: str) -> Any:
    """Give any value that an attribute takes."""
    for value in (*([SOME[name]] if name in SOME else []), 1, (1,), ((1, 1),), "float32", "relu", "constant", (1, 1)):
        try:
            operator.read(operator.attributes[name], value)
        except ArgumentError:
            continue
        return value
    raise LookupError(f"no value for {name} of {operator.name}")


# Ways to run


@every_recorded
def test_meta_tensors_give_the_same_shapes_and_dtypes(operator: Operator) -> None:
    for case in cases_of(operator) if operator.name not in DATA_DEPENDENT else ():
        with torch.no_grad():
            found = as_list(operator(*(tensor.to("meta") for tensor in tensors_of(case)), **_placed(operator, case)))
        assert [(tuple(one.shape), str(one.dtype).removeprefix("torch.")) for one in found] == [
            (one.shape, one.dtype.name) for one in case.outputs
        ], case.name


def _placed(operator: Operator, case: recorded.Case) -> dict[str, Any]:
    return {**case.attrs, **({"ctx": torch.device("cpu")} if "ctx" in operator.attributes else {})}


@every_recorded
def test_strided_input_gives_the_same_answer(operator: Operator) -> None:
    for case in cases_of(operator):
        if case.inputs:
            with torch.no_grad():
                expected = as_list(operator(*tensors_of(case), **case.attrs))
                found = as_list(operator(*map(_strided, tensors_of(case)), **case.attrs))
            for one, other in zip(found, expected, strict=True):
                torch.testing.assert_close(
                    one, other, equal_nan=True, msg=lambda text, case=case: f"{case.name}: {text}"
                )


def _strided(tensor: Tensor) -> Tensor:
    """Give equal elements that lie apart in memory, last axis first."""
    backwards = tensor.permute(*range(tensor.ndim - 1, -1, -1)).contiguous()
    apart = torch.stack([backwards, torch.zeros_like(backwards)], -1)[..., 0]
    return apart.permute(*range(tensor.ndim - 1, -1, -1))


def _chunks(operators: list[Operator]) -> list[Any]:
    """Group operators: one compilation takes longer than what it compiles."""
    parts = [operators[start : start + 16] for start in range(0, len(operators), 16)]
    return [pytest.param(part, id=f"{part[0].name} to {part[-1].name}") for part in parts]


# Torch's tracer itself makes an instance of every autograd.Function it meets.
@pytest.mark.filterwarnings("ignore:.*should not be instantiated:DeprecationWarning")
@pytest.mark.parametrize("part", _chunks([one for one in OPERATORS if RECORDED.intersection(one.names)]))
def test_compiles_to_one_graph(part: list[Operator]) -> None:
    cases = [max(cases_of(operator), key=lambda case: len(case.attrs)) for operator in part]

    def run(inputs: list[list[Tensor]]) -> list[Any]:
        return [
            th_lift(operator, operator.name)(*tensors, **case.attrs)
            for operator, case, tensors in zip(part, cases, inputs, strict=True)
        ]

    expected = run([_leaves(case) for case in cases])
    torch._dynamo.reset()
    found = torch.compile(run, fullgraph=True, backend="eager")([_leaves(case) for case in cases])
    for operator, outputs, others in zip(part, found, expected, strict=True):
        for one, other in zip(as_list(outputs), as_list(others), strict=True):
            torch.testing.assert_close(
                one, other, equal_nan=True, msg=lambda text, operator=operator: f"{operator.name}: {text}"
            )


def _leaves(case: recorded.Case) -> list[Tensor]:
    """Give the inputs, those that have a gradient as variables."""
    names = [name in case.grads and name not in case.aux for name in case.inputs]
    return [tensor.requires_grad_(wanted) for tensor, wanted in zip(tensors_of(case), names, strict=True)]
