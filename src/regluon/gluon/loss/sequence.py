"""Losses on sequences."""

from typing import Any, Literal

from regluon.core.errors import ArgumentError
from regluon.gluon.loss.base import Loss

__all__ = ["CTCLoss"]


class CTCLoss(Loss):
    """Connectionist temporal classification: labels in order, wherever they are (Graves et al., 2006).

    The last symbol of the alphabet is the blank; labels are padded with -1.

    Args:
        layout: order of the predictions' axes, ``NTC`` or ``TNC``: samples, steps, symbols.
        label_layout: order of the labels' axes, ``NT`` or ``TN``.
        weight: factor of the loss.
        names: ``prefix`` and ``params``.

    Examples:
        >>> from regluon import nd
        >>> CTCLoss()(nd.zeros((1, 3, 3)), nd.array([[0, 1]])).asnumpy().round(4)  # 5 of the 27 paths
        array([1.6864], dtype=float32)
    """

    def __init__(
        self, layout: Literal["NTC", "TNC"] = "NTC", label_layout: Literal["NT", "TN"] = "NT",
        weight: float | None = None, **names: Any,
    ) -> None:  # fmt: skip
        if layout not in ("NTC", "TNC"):
            raise ArgumentError(f"CTCLoss: layout must be one of 'NTC', 'TNC', got {layout!r}")
        if label_layout not in ("NT", "TN"):
            raise ArgumentError(f"CTCLoss: label_layout must be one of 'NT', 'TN', got {label_layout!r}")
        super().__init__(weight, label_layout.index("N"), **names)
        self._layout, self._label_layout = layout, label_layout

    def hybrid_forward(
        self, F: Any, pred: Any, label: Any, pred_lengths: Any = None, label_lengths: Any = None,
        sample_weight: Any = None,
    ) -> Any:  # fmt: skip
        """Return a loss for each sample.

        Args:
            F: the face.
            pred: scores before the softmax.
            label: numbers of symbols.
            pred_lengths: ``(N,)`` steps that count; all if not given.
            label_lengths: ``(N,)`` labels that count; those before the first -1 if not given.
            sample_weight: broadcasts to ``(N,)``.
        """
        if self._layout == "NTC":
            pred = F.swapaxes(pred, dim1=0, dim2=1)
        if self._label_layout == "TN":
            label = F.swapaxes(label, dim1=0, dim2=1)
        lengths = {
            name: value
            for name, value in (("data_lengths", pred_lengths), ("label_lengths", label_lengths))
            if value is not None
        }
        loss = F.CTCLoss(
            pred, label, use_data_lengths=pred_lengths is not None, use_label_lengths=label_lengths is not None,
            blank_label="last", **lengths,
        )  # fmt: skip
        return self._weighted(F, loss, sample_weight)
