"""Drawing classes that are the rarer the higher their number (MXNet, ``contrib.rand_zipfian``)."""

import math
from collections.abc import Callable
from typing import Any

from regluon.core.errors import ArgumentError, ArgumentTypeError

__all__ = ["zipfian"]


def zipfian(kind: type, call: Callable[[str], Callable[..., Any]]) -> Callable[..., tuple[Any, Any, Any]]:
    """Make the function of one face.

    Args:
        kind: type of the face's arrays.
        call: gives the face's function of a registered name.
    """
    cast = call("Cast")

    def rand_zipfian(true_classes: Any, num_sampled: int, range_max: int, **options: Any) -> tuple[Any, Any, Any]:
        """Draw classes from a log-uniform distribution.

        Class c has the chance ``log((c + 2) / (c + 1)) / log(range_max + 1)``.

        Args:
            true_classes: any shape, the classes to tell the expected count of.
            num_sampled: how many to draw.
            range_max: how many classes there are; those drawn are below.
            options: ``ctx``, where the face has it.

        Returns:
            ``(num_sampled,)`` classes, int64; how often each of ``true_classes`` is expected among them, of their
            shape, and how often each of those drawn, ``(num_sampled,)``, both float64.

        Examples:
            >>> from regluon import nd
            >>> drawn, true, sampled = nd.contrib.rand_zipfian(nd.array([3]), 4, 5)
            >>> drawn.shape, true.asnumpy().round(4), bool((drawn < 5).asnumpy().all())
            ((4,), array([0.4982]), True)
        """
        if not isinstance(true_classes, kind):
            raise ArgumentTypeError(
                f"rand_zipfian: true_classes must be of type {kind.__name__}, got {type(true_classes).__name__}"
            )
        if range_max < 1:
            raise ArgumentError(f"rand_zipfian: range_max must be >= 1, got {range_max}")
        width = math.log(range_max + 1)

        def expected(classes: Any) -> Any:
            share = call("_rdiv_scalar")(call("_plus_scalar")(cast(classes, dtype="float64"), scalar=1.0), scalar=1.0)
            return call("_mul_scalar")(call("log1p")(share), scalar=num_sampled / width)

        drawn = call("_random_uniform")(low=0.0, high=width, shape=(num_sampled,), dtype="float64", **options)
        whole = cast(call("_minus_scalar")(call("exp")(drawn), scalar=1.0), dtype="int64")
        # Rounding may push a draw to the end, which is no class.
        samples = call("_mod_scalar")(whole, scalar=float(range_max))
        return samples, expected(true_classes), expected(samples)

    return rand_zipfian
