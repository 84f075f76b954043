"""Learning rates that follow the number of updates: MXNet's ``mx.lr_scheduler``."""

import math
from collections.abc import Sequence
from itertools import pairwise
from typing import Literal

from regluon.core.errors import ArgumentError

__all__ = ["CosineScheduler", "FactorScheduler", "LRScheduler", "MultiFactorScheduler", "PolyScheduler"]


class LRScheduler:
    """Base of schedulers: a warm-up, and then the rate that a subclass gives.

    Args:
        base_lr: the rate to begin with.
        warmup_steps: updates that the warm-up takes.
        warmup_begin_lr: rate at its beginning.
        warmup_mode: ``linear`` growth, or ``constant`` at ``warmup_begin_lr``.
    """

    def __init__(
        self,
        base_lr: float = 0.01,
        warmup_steps: int = 0,
        warmup_begin_lr: float = 0,
        warmup_mode: Literal["linear", "constant"] = "linear",
    ) -> None:
        if warmup_mode not in ("linear", "constant"):
            raise ArgumentError(f"LRScheduler: warmup_mode must be one of 'linear', 'constant', got {warmup_mode!r}")
        if warmup_steps < 0 or warmup_begin_lr > base_lr:
            raise ArgumentError(
                "LRScheduler: warmup_steps must be >= 0 and warmup_begin_lr <= base_lr, got "
                f"{warmup_steps} and {warmup_begin_lr} for {base_lr}"
            )
        self.base_lr = self.warmup_final_lr = base_lr
        self.warmup_steps, self.warmup_begin_lr, self.warmup_mode = warmup_steps, warmup_begin_lr, warmup_mode

    def get_warmup_lr(self, num_update: int) -> float:
        """Return the rate within the warm-up."""
        if self.warmup_mode == "constant":
            return self.warmup_begin_lr
        grown = (self.warmup_final_lr - self.warmup_begin_lr) * num_update / self.warmup_steps
        return self.warmup_begin_lr + grown

    def __call__(self, num_update: int) -> float:
        """Return the rate for the given number of updates."""
        raise NotImplementedError(f"{type(self).__name__}: __call__ must be written")


class FactorScheduler(LRScheduler):
    """Multiply the rate by a factor every so many updates.

    Args:
        step: updates between changes.
        factor: the factor, at most 1.
        stop_factor_lr: rate not to go below.
        base_lr: see ``LRScheduler``.
        warmup_steps: see ``LRScheduler``.
        warmup_begin_lr: see ``LRScheduler``.
        warmup_mode: see ``LRScheduler``.
    """

    def __init__(
        self, step: int, factor: float = 1, stop_factor_lr: float = 1e-8, base_lr: float = 0.01, warmup_steps: int = 0,
        warmup_begin_lr: float = 0, warmup_mode: Literal["linear", "constant"] = "linear",
    ) -> None:  # fmt: skip
        super().__init__(base_lr, warmup_steps, warmup_begin_lr, warmup_mode)
        if step < 1 or factor > 1:
            raise ArgumentError(f"FactorScheduler: step must be >= 1 and factor <= 1, got {step} and {factor}")
        self.step, self.factor, self.stop_factor_lr, self.count = step, factor, stop_factor_lr, 0

    def __call__(self, num_update: int) -> float:
        """Return the rate for the given number of updates, which must not go back."""
        if num_update < self.warmup_steps:
            return self.get_warmup_lr(num_update)
        while num_update > self.count + self.step:
            self.count += self.step
            self.base_lr = max(self.base_lr * self.factor, self.stop_factor_lr)
        return self.base_lr


class MultiFactorScheduler(LRScheduler):
    """Multiply the rate by a factor at given numbers of updates.

    Args:
        step: those numbers, increasing.
        factor: the factor, at most 1.
        base_lr: see ``LRScheduler``.
        warmup_steps: see ``LRScheduler``.
        warmup_begin_lr: see ``LRScheduler``.
        warmup_mode: see ``LRScheduler``.
    """

    def __init__(
        self, step: Sequence[int], factor: float = 1, base_lr: float = 0.01, warmup_steps: int = 0,
        warmup_begin_lr: float = 0, warmup_mode: Literal["linear", "constant"] = "linear",
    ) -> None:  # fmt: skip
        super().__init__(base_lr, warmup_steps, warmup_begin_lr, warmup_mode)
        steps = list(step)
        if not steps or steps[0] < 1 or any(a >= b for a, b in pairwise(steps)) or factor > 1:
            raise ArgumentError(
                f"MultiFactorScheduler: step must be increasing ints >= 1 and factor <= 1, got {step} and {factor}"
            )
        self.step, self.factor, self.cur_step_ind, self.count = steps, factor, 0, 0

    def __call__(self, num_update: int) -> float:
        """Return the rate for the given number of updates, which must not go back."""
        if num_update < self.warmup_steps:
            return self.get_warmup_lr(num_update)
        while self.cur_step_ind < len(self.step) and num_update > self.step[self.cur_step_ind]:
            self.count = self.step[self.cur_step_ind]
            self.cur_step_ind += 1
            self.base_lr *= self.factor
        return self.base_lr


class PolyScheduler(LRScheduler):
    """Let the rate fall to a final one as a power of the updates that are left.

    Args:
        max_update: updates until the final rate.
        base_lr: see ``LRScheduler``.
        pwr: the power.
        final_lr: the final rate.
        warmup_steps: see ``LRScheduler``.
        warmup_begin_lr: see ``LRScheduler``.
        warmup_mode: see ``LRScheduler``.
    """

    def __init__(
        self, max_update: int, base_lr: float = 0.01, pwr: float = 2, final_lr: float = 0, warmup_steps: int = 0,
        warmup_begin_lr: float = 0, warmup_mode: Literal["linear", "constant"] = "linear",
    ) -> None:  # fmt: skip
        super().__init__(base_lr, warmup_steps, warmup_begin_lr, warmup_mode)
        if max_update < 1:
            raise ArgumentError(f"PolyScheduler: max_update must be >= 1, got {max_update}")
        self.power, self.base_lr_orig, self.max_update, self.final_lr = pwr, base_lr, max_update, final_lr
        self.max_steps = max(max_update - warmup_steps, 1)

    def __call__(self, num_update: int) -> float:
        """Return the rate for the given number of updates."""
        if num_update < self.warmup_steps:
            return self.get_warmup_lr(num_update)
        if num_update <= self.max_update:
            left = 1 - (num_update - self.warmup_steps) / self.max_steps
            self.base_lr = self.final_lr + (self.base_lr_orig - self.final_lr) * left**self.power
        return self.base_lr


class CosineScheduler(LRScheduler):
    """Let the rate fall to a final one along half a cosine (Loshchilov and Hutter, 2016).

    Args:
        max_update: updates until the final rate.
        base_lr: see ``LRScheduler``.
        final_lr: the final rate.
        warmup_steps: see ``LRScheduler``.
        warmup_begin_lr: see ``LRScheduler``.
        warmup_mode: see ``LRScheduler``.

    Examples:
        >>> schedule = CosineScheduler(100, base_lr=1.0)
        >>> schedule(0), schedule(50), schedule(100)
        (1.0, 0.5, 0.0)
    """

    def __init__(
        self, max_update: int, base_lr: float = 0.01, final_lr: float = 0, warmup_steps: int = 0,
        warmup_begin_lr: float = 0, warmup_mode: Literal["linear", "constant"] = "linear",
    ) -> None:  # fmt: skip
        super().__init__(base_lr, warmup_steps, warmup_begin_lr, warmup_mode)
        if max_update < 1:
            raise ArgumentError(f"CosineScheduler: max_update must be >= 1, got {max_update}")
        self.base_lr_orig, self.max_update, self.final_lr = base_lr, max_update, final_lr
        self.max_steps = max(max_update - warmup_steps, 1)

    def __call__(self, num_update: int) -> float:
        """Return the rate for the given number of updates."""
        if num_update < self.warmup_steps:
            return self.get_warmup_lr(num_update)
        if num_update <= self.max_update:
            turn = math.cos(math.pi * (num_update - self.warmup_steps) / self.max_steps)
            self.base_lr = self.final_lr + (self.base_lr_orig - self.final_lr) * (1 + turn) / 2
        return self.base_lr
