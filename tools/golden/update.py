"""One step of each optimizer as an operator: the new weight is the output, the states are updated in place.

Left out: an infinite scale for ``_adamw_update``, which skips the step and leaves the output unwritten.
"""

from __future__ import annotations

from typing import Any, Tuple

from golden.case import Case, Draw, Table, case, normal, uniform

__all__ = ["TABLE"]

SHAPE = (2, 3)
DECAY = {"wd": 0.125, "rescale_grad": 0.5, "clip_gradient": 0.75}
BETAS = {"beta1": 0.75, "beta2": 0.875, "epsilon": 0.0625}


def step(name: str, *inputs: Any, **attrs: Any) -> Case:
    """Write a step; it has no gradient."""
    return case(name, *inputs, grad=False, **attrs)


def pair(dtype: str = "float32") -> Tuple[Draw, Draw]:
    """Draw weight and gradient."""
    return normal(*SHAPE, dtype=dtype), normal(*SHAPE, dtype=dtype)


def signed() -> Draw:
    """Draw a state of either sign."""
    return normal(*SHAPE)


def positive() -> Draw:
    """Draw a state that is a sum of squares."""
    return uniform(0.5, 2, *SHAPE)


MASTER = normal(*SHAPE)

SGD = [
    step("plain", *pair(), lr=0.25),
    step("everything", *pair(), lr=0.25, lazy_update=False, **DECAY),
    step("float64", *pair("float64"), lr=0.25, wd=0.125),
]
SGD_MOMENTUM = [
    step("plain", *pair(), signed(), lr=0.25),
    step("everything", *pair(), signed(), lr=0.25, momentum=0.75, lazy_update=False, **DECAY),
]

TABLE: Table = {
    "sgd_update": SGD,
    "sgd_mom_update": SGD_MOMENTUM,
    "mp_sgd_update": [step("everything", *pair("float16"), MASTER, lr=0.25, lazy_update=False, **DECAY)],
    "mp_sgd_mom_update": [
        step("everything", *pair("float16"), signed(), MASTER, lr=0.25, momentum=0.75, lazy_update=False, **DECAY)
    ],
    "nag_mom_update": [
        step("plain", *pair(), signed(), lr=0.25),
        step("everything", *pair(), signed(), lr=0.25, momentum=0.75, **DECAY),
    ],
    "mp_nag_mom_update": [step("everything", *pair("float16"), signed(), MASTER, lr=0.25, momentum=0.75, **DECAY)],
    "adam_update": [
        step("plain", *pair(), signed(), positive(), lr=0.25),
        step("everything", *pair(), signed(), positive(), lr=0.25, lazy_update=False, **BETAS, **DECAY),
    ],
    "_adamw_update": [
        step("plain", *pair(), signed(), positive(), [1.0], lr=0.25, eta=1.0),
        step(
            "everything", *pair(), signed(), positive(), [0.5], lr=0.25, eta=0.5, wd=0.125, clip_gradient=0.75, **BETAS
        ),
    ],
    "_mp_adamw_update": [
        step(
            "everything",
            *pair("float16"),
            signed(),
            positive(),
            MASTER,
            [0.5],
            lr=0.25,
            eta=0.5,
            wd=0.125,
            clip_gradient=0.75,
            **BETAS,
        ),
    ],
    "ftml_update": [
        step("plain", *pair(), signed(), positive(), signed(), lr=0.25, t=1),
        step(
            "everything",
            *pair(),
            positive(),
            positive(),
            signed(),
            lr=0.25,
            t=3,
            wd=0.125,
            rescale_grad=0.5,
            clip_grad=0.75,
            **BETAS,
        ),
    ],
    "ftrl_update": [
        step("plain", *pair(), signed(), positive(), lr=0.25),
        step("everything", *pair(), signed(), positive(), lr=0.25, lamda1=0.5, beta=0.75, **DECAY),
    ],
    "rmsprop_update": [
        step("plain", *pair(), positive(), lr=0.25),
        step("everything", *pair(), positive(), lr=0.25, gamma1=0.75, epsilon=0.0625, clip_weights=0.5, **DECAY),
    ],
    "rmspropalex_update": [
        step("plain", *pair(), uniform(2, 4, *SHAPE), uniform(-0.5, 0.5, *SHAPE), signed(), lr=0.25),
        step(
            "everything",
            *pair(),
            uniform(2, 4, *SHAPE),
            uniform(-0.5, 0.5, *SHAPE),
            signed(),
            lr=0.25,
            gamma1=0.75,
            gamma2=0.5,
            epsilon=0.0625,
            clip_weights=0.5,
            **DECAY,
        ),
    ],
    "signsgd_update": [
        step("plain", *pair(), lr=0.25),
        step("everything", *pair(), lr=0.25, **DECAY),
    ],
    "signum_update": [
        step("plain", *pair(), signed(), lr=0.25),
        step("everything", *pair(), signed(), lr=0.25, momentum=0.75, wd_lh=0.0625, **DECAY),
    ],
    "lamb_update_phase1": [
        step("plain", *pair(), signed(), positive(), t=1, wd=0.0),
        step("everything", *pair(), signed(), positive(), t=3, bias_correction=True, **BETAS, **DECAY),
        step("without bias correction", *pair(), signed(), positive(), t=3, bias_correction=False, wd=0.125),
    ],
    "lamb_update_phase2": [
        step("plain", *pair(), [2.0], [4.0], lr=0.25),
        step("bounds", *pair(), [2.0], [4.0], lr=0.25, lower_bound=0.5, upper_bound=1.5),
        step("norms of 0", *pair(), [0.0], [4.0], lr=0.25),
    ],
}
