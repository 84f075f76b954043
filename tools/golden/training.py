"""Optimizers, learning rate schedules and initializers.

Left out: SGLD, whose steps are random, and what only sparse arrays reach; DCASGD with a momentum, which
MXNet cannot run.
"""

from __future__ import annotations

from typing import Any, Callable, Dict, Sequence

import mxnet as mx
import numpy as np

from golden.case import Case, case, normal
from golden.component import Component

__all__ = ["TABLE"]

STEPS = 5
WEIGHT, GRADIENTS = normal(3, 4), normal(STEPS, 3, 4)
HALF = (normal(3, 4, dtype="float16"), normal(STEPS, 3, 4, dtype="float16"))


def optimizer(name: str) -> Callable[..., Callable[..., Any]]:
    """Make what takes a weight and one gradient per step, stacked, and gives the weight after each step, stacked."""

    def made(**attrs: Any) -> Callable[..., Any]:
        updater = mx.optimizer.get_updater(mx.optimizer.create(name, **attrs))

        def call(weight: Any, gradients: Any) -> Any:
            after = []
            with mx.autograd.pause():
                weight = weight.copy()
                for gradient in gradients:
                    updater(0, gradient.copy(), weight)
                    after.append(weight.copy())
                return mx.nd.stack(*after)

        return call

    return made


def steps(name: str, *inputs: Any, **attrs: Any) -> Case:
    """Write a case of five updates; without inputs, of a float32 weight."""
    return case(name, *(inputs or (WEIGHT, GRADIENTS)), **attrs)


def optimized(name: str, *special: Case, decay: bool = True) -> Component:
    """List what every optimizer is tried with, and its own cases."""
    cases = [
        steps("defaults"),
        steps("learning_rate", learning_rate=0.25),
        steps("rescale_grad", rescale_grad=0.125, learning_rate=0.25),
        steps("clip_gradient", clip_gradient=0.5, learning_rate=0.25),
    ]
    if decay:
        cases.append(steps("wd", wd=0.25, learning_rate=0.25))
        cases.append(steps("all three", wd=0.1, rescale_grad=0.5, clip_gradient=0.75, learning_rate=0.25))
    return Component(optimizer(name), ("weight", "gradients"), [*cases, *special], fixed="*")


RATE = {"learning_rate": 0.25}
MASTER = steps("float16 with a float32 master", *HALF, multi_precision=True, **RATE)
MOMENTUM = steps("momentum", momentum=0.9, **RATE)
MOMENTUM_WD = steps("momentum and wd", momentum=0.9, wd=0.1, clip_gradient=1.0, **RATE)
MOMENTUM_MASTER = steps("float16 with a float32 master, momentum", *HALF, multi_precision=True, momentum=0.9, **RATE)

OPTIMIZERS = {
    "SGD": optimized("sgd", MOMENTUM, MOMENTUM_WD, MASTER, MOMENTUM_MASTER),
    "NAG": optimized("nag", MOMENTUM, MOMENTUM_WD, MASTER, MOMENTUM_MASTER),
    "Signum": optimized(
        "signum", steps("momentum 0", momentum=0.0, **RATE), steps("wd_lh", wd_lh=0.1, wd=0.05, **RATE)
    ),
    "FTML": optimized("ftml", steps("betas and epsilon", beta1=0.8, beta2=0.9, epsilon=0.01, **RATE)),
    "LARS": optimized(
        "lars", MOMENTUM, MOMENTUM_WD, steps("eta", eta=0.1, wd=0.1, **RATE), steps("eps", eta=0.1, eps=1.0, **RATE)
    ),
    "LAMB": optimized(
        "lamb",
        steps("betas and epsilon", beta1=0.8, beta2=0.9, epsilon=0.01, **RATE),
        steps("bounds", lower_bound=0.5, upper_bound=1.5, wd=0.1, **RATE),
        steps("without bias correction", bias_correction=False, **RATE),
        MASTER,
    ),
    "DCASGD": optimized("dcasgd", steps("lamda", lamda=0.5, **RATE)),
    "Adam": optimized("adam", steps("betas and epsilon", beta1=0.8, beta2=0.9, epsilon=0.01, **RATE), MASTER),
    "Adamax": optimized("adamax", steps("betas", beta1=0.8, beta2=0.9, **RATE)),
    "Nadam": optimized(
        "nadam", steps("betas and decay", beta1=0.8, beta2=0.9, epsilon=0.01, schedule_decay=0.02, **RATE)
    ),
    "AdaGrad": optimized("adagrad", steps("eps", eps=0.01, **RATE)),
    "AdaDelta": optimized("adadelta", steps("rho and epsilon", rho=0.8, epsilon=0.01)),
    "RMSProp": optimized(
        "rmsprop",
        steps("gamma1 and epsilon", gamma1=0.8, epsilon=0.01, **RATE),
        steps("centered", centered=True, **RATE),
        steps("centered, gammas and wd", centered=True, gamma1=0.8, gamma2=0.5, wd=0.1, **RATE),
        steps("clip_weights", clip_weights=0.5, **RATE),
        steps("centered, clip_weights", centered=True, clip_weights=0.5, **RATE),
    ),
    "Ftrl": optimized("ftrl", steps("lamda1 and beta", lamda1=0.5, beta=0.5, **RATE)),
    "GroupAdaGrad": optimized("groupadagrad", steps("eps", eps=0.01, **RATE), decay=False),
}


def schedule(name: str) -> Callable[..., Callable[..., Any]]:
    """Make what gives the rates at the numbers of updates that are asked for, in order."""

    def made(updates: Sequence[int], **attrs: Any) -> Callable[..., Any]:
        scheduler = getattr(mx.lr_scheduler, name)(**attrs)
        return lambda: mx.nd.array(np.array([scheduler(update) for update in updates]), dtype="float64")

    return made


def scheduled(name: str, **shape: Any) -> Component:
    """List what every schedule is tried with; ``shape`` is what it cannot do without."""
    updates = {"updates": tuple(range(25))}
    cases = [
        case("defaults", **shape, **updates),
        case("base_lr", **shape, base_lr=0.5, **updates),
        case("linear warmup", **shape, base_lr=0.5, warmup_steps=5, **updates),
        case("warmup from a rate", **shape, base_lr=0.5, warmup_steps=5, warmup_begin_lr=0.1, **updates),
        case(
            "constant warmup",
            **shape,
            base_lr=0.5,
            warmup_steps=5,
            warmup_begin_lr=0.1,
            warmup_mode="constant",
            **updates,
        ),
        case("asked now and then", **shape, base_lr=0.5, updates=(0, 3, 11, 12, 30)),
    ]
    return Component(schedule(name), (), cases)


def also(component: Component, *cases: Case) -> Component:
    """Add cases to a component's."""
    return Component(component.make, component.names, [*component.cases, *cases], component.fixed)


UPDATES = {"updates": tuple(range(25)), "base_lr": 0.5}
SCHEDULES = {
    "FactorScheduler": also(
        scheduled("FactorScheduler", step=4, factor=0.5),
        case("stop", step=2, factor=0.1, stop_factor_lr=0.01, **UPDATES),
    ),
    "MultiFactorScheduler": scheduled("MultiFactorScheduler", step=[3, 7, 15], factor=0.5),
    "PolyScheduler": also(
        scheduled("PolyScheduler", max_update=20),
        case("pwr", max_update=20, pwr=1, **UPDATES),
        case("final_lr", max_update=20, final_lr=0.1, **UPDATES),
    ),
    "CosineScheduler": also(
        scheduled("CosineScheduler", max_update=20), case("final_lr", max_update=20, final_lr=0.1, **UPDATES)
    ),
}


def initializer(name: str, digest: Callable[[np.ndarray], np.ndarray]) -> Callable[..., Callable[..., Any]]:
    """Make what fills an array and gives a digest of it.

    ``desc`` names the parameter; ``chosen`` says that it asks for this initializer, so its name plays no part.
    """

    def made(
        shape: Sequence[int], desc: str = "layer_weight", chosen: bool = False, **attrs: Any
    ) -> Callable[..., Any]:
        def call() -> Any:
            mx.random.seed(0)
            filled = mx.nd.full(shape, 7.0)
            chooser = getattr(mx.init, name)(**attrs)
            chooser(mx.init.InitDesc(desc, {"__init__": chooser.dumps()} if chosen else None), filled)
            return mx.nd.array(digest(filled.asnumpy()), dtype="float64")

        return call

    return made


def statistics(values: np.ndarray) -> np.ndarray:
    """Give mean, standard deviation, least and largest."""
    return np.array([values.mean(), values.std(), values.min(), values.max()])


def products(values: np.ndarray) -> np.ndarray:
    """Give the products of the rows with each other."""
    rows = values.reshape(len(values), -1)
    return rows @ rows.T


def whole(values: np.ndarray) -> np.ndarray:
    """Give the values themselves."""
    return values


LARGE = {"shape": (64, 32, 3, 3)}
WAYS = [
    case(f"{kind}, {factor}", rnd_type=kind, factor_type=factor, **LARGE)
    for kind in ("uniform", "gaussian")
    for factor in ("avg", "in", "out")
]
ENDINGS = ("bias", "gamma", "beta")

INITIALIZERS = {
    "Zero": Component(initializer("Zero", whole), (), [case("matrix", shape=(2, 3))]),
    "One": Component(initializer("One", whole), (), [case("matrix", shape=(2, 3))]),
    "Constant": Component(
        initializer("Constant", whole),
        (),
        [case("a number", shape=(2, 3), value=2.5), case("an array", shape=(2, 2), value=((1.0, 2.0), (3.0, 4.0)))],
    ),
    "Bilinear": Component(
        initializer("Bilinear", whole),
        (),
        [case("even", shape=(1, 1, 4, 4)), case("odd", shape=(2, 1, 3, 3)), case("more channels", shape=(2, 3, 2, 2))],
    ),
    "LSTMBias": Component(
        initializer("LSTMBias", whole),
        (),
        [
            case("forget gate", shape=(8,), desc="lstm_bias", chosen=True),
            case("value", shape=(8,), desc="lstm_bias", chosen=True, forget_bias=2.0),
        ],
    ),
    "Uniform": Component(
        initializer("Uniform", statistics),
        (),
        [
            case("defaults", **LARGE),
            case("scale", scale=0.5, **LARGE),
            *(case(f"{ending} has its own rule", desc=f"layer_{ending}", shape=(4,)) for ending in ENDINGS),
        ],
    ),
    "Normal": Component(
        initializer("Normal", statistics), (), [case("defaults", **LARGE), case("sigma", sigma=0.5, **LARGE)]
    ),
    "Xavier": Component(
        initializer("Xavier", statistics),
        (),
        [
            case("defaults", **LARGE),
            *WAYS,
            case("magnitude", magnitude=2, **LARGE),
            case("two axes", shape=(128, 96)),
            case("two axes, in", factor_type="in", rnd_type="gaussian", shape=(128, 96)),
        ],
    ),
    "MSRAPrelu": Component(
        initializer("MSRAPrelu", statistics),
        (),
        [
            case("defaults", **LARGE),
            case("in, slope 0", factor_type="in", slope=0.0, **LARGE),
            case("out", factor_type="out", **LARGE),
        ],
    ),
    "Orthogonal": Component(
        initializer("Orthogonal", products),
        (),
        [
            case("defaults", shape=(4, 9)),
            case("scale", shape=(3, 2, 2), scale=1.0),
            case("normal", shape=(4, 6), rand_type="normal"),
        ],
    ),
}

TABLE: Dict[str, Component] = {**OPTIMIZERS, **SCHEDULES, **INITIALIZERS}
