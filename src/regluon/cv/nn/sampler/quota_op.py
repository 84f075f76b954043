"""The quota sampler as a custom operator: MXNet's protocol of an operator written in Python."""

from collections.abc import Sequence
from typing import Any

from regluon import nd, operator
from regluon.core.errors import ArgumentError
from regluon.cv.nn.sampler.quota import Quota, Source, draw

__all__ = ["QuotaSamplerOp", "QuotaSamplerProp"]


class QuotaSamplerOp(operator.CustomOp):
    """Sample as ``QuotaSampler`` does, but take an anchor that could be both as positive; GluonCV's ``QuotaSamplerOp``.

    Args:
        num_sample: anchors to sample in each image.
        pos_thresh: overlap from which an anchor is positive.
        neg_thresh_high: overlap below which an anchor is negative.
        neg_thresh_low: overlap from which it is.
        pos_ratio: positive anchors are at most this part of all.
        neg_ratio: negative anchors are at most this part; what the positives leave if None.
        fill_negative: let negative anchors take the room that positive ones leave.
        generator: where random numbers come from, as of ``QuotaSampler``.
    """

    def __init__(
        self,
        num_sample: int,
        pos_thresh: float,
        neg_thresh_high: float = 0.5,
        neg_thresh_low: float = float("-inf"),
        pos_ratio: float = 0.5,
        neg_ratio: float | None = None,
        fill_negative: bool = True,
        *,
        generator: Any = None,
    ) -> None:
        self._quota = Quota(
            num_sample, pos_thresh, neg_thresh_high, neg_thresh_low, pos_ratio, neg_ratio, fill_negative
        )
        self._source = Source(generator)

    def forward(self, is_train: bool, req: Sequence[str], in_data: Any, out_data: Any, aux: Any) -> None:  # noqa: ARG002
        """Write samples ``(B, N)`` to ``out_data[0]``.

        Args:
            is_train: of no consequence.
            req: whether to ``write``, ``add``, or do nothing (``null``).
            in_data: NDArrays, matches ``(B, N)`` and overlaps ``(B, N, M)``.
            out_data: NDArrays.
            aux: of no consequence.
        """
        matches, ious = in_data
        found = draw(nd, self._quota, matches, ious, self._source, negative_wins=False)
        self.assign(out_data[0], req[0], found.astype(out_data[0].dtype))

    def backward(
        self, req: Sequence[str], out_grad: Any, in_data: Any, out_data: Any, in_grad: Any, aux: Any  # noqa: ARG002
    ) -> None:  # fmt: skip
        """Write zeros to the gradients of both inputs."""
        for each, grad in zip(req, in_grad, strict=False):
            self.assign(grad, each, nd.zeros_like(grad))


@operator.register("quota_sampler")
class QuotaSamplerProp(operator.CustomOpProp):
    """Describe ``QuotaSamplerOp`` to a graph, which keeps arguments as texts; GluonCV's ``QuotaSamplerProp``.

    ``F.Custom(matches, ious, op_type="quota_sampler", num_sample=128, pos_thresh=0.5)`` calls it.

    In GluonCV the text ``False`` counts as true and ``None`` is an error; here texts mean what they say.

    Args:
        num_sample: anchors to sample in each image.
        pos_thresh: overlap from which an anchor is positive.
        neg_thresh_high: overlap below which an anchor is negative.
        neg_thresh_low: overlap from which it is; not that of the operator by itself.
        pos_ratio: positive anchors are at most this part of all.
        neg_ratio: negative anchors are at most this part; what the positives leave if None.
        fill_negative: let negative anchors take the room that positive ones leave.

    Examples:
        >>> QuotaSamplerProp("128", "0.5", fill_negative="False").infer_shape([[2, 9], [2, 9, 3]])
        ([[2, 9], [2, 9, 3]], [[2, 9]], [])
    """

    def __init__(
        self,
        num_sample: int | str,
        pos_thresh: float | str,
        neg_thresh_high: float | str = 0.5,
        neg_thresh_low: float | str = 0.0,
        pos_ratio: float | str = 0.5,
        neg_ratio: float | str | None = None,
        fill_negative: bool | str = True,
    ) -> None:
        super().__init__(need_top_grad=False)
        self._arguments: dict[str, Any] = {
            "num_sample": int(num_sample),
            "pos_thresh": float(pos_thresh),
            "neg_thresh_high": float(neg_thresh_high),
            "neg_thresh_low": float(neg_thresh_low),
            "pos_ratio": float(pos_ratio),
            "neg_ratio": None if neg_ratio in (None, "None") else float(neg_ratio),
            "fill_negative": _truth("fill_negative", fill_negative),
        }

    def list_arguments(self) -> list[str]:
        """Name the inputs."""
        return ["matches", "ious"]

    def infer_shape(self, in_shape: Sequence[Any]) -> tuple[list[Any], list[Any], list[Any]]:
        """Give the output the shape of the matches."""
        return list(in_shape), [in_shape[0]], []

    def infer_type(self, in_type: Sequence[Any]) -> tuple[list[Any], list[Any], list[Any]]:
        """Give everything the type of the matches."""
        return [in_type[0], in_type[0]], [in_type[0]], []

    def create_operator(self, ctx: Any, in_shapes: Any, in_dtypes: Any) -> QuotaSamplerOp:  # noqa: ARG002
        """Make the operator."""
        return QuotaSamplerOp(**self._arguments)


def _truth(name: str, value: bool | str) -> bool:
    if str(value) not in ("True", "False", "1", "0"):
        raise ArgumentError(f"QuotaSamplerProp: {name} must be True or False, got {value!r}")
    return str(value) in ("True", "1")
