"""Double-Head R-CNN (Wu et al., 2020): dense layers tell classes, convolutions tell where boxes are."""

from collections.abc import Sequence
from typing import Any

from regluon.core.errors import ArgumentError
from regluon.cv.model_zoo.rcnn.faster_rcnn import FasterRCNN
from regluon.gluon import nn
from regluon.gluon.hybrid import HybridBlock
from regluon.initializer import Normal

__all__ = ["DoubleHeadRCNN"]


class BottleneckV1(HybridBlock):
    """A residual block without normalisation, whose way past is a convolution, too; GluonCV's of the double head.

    Args:
        channels: of the output.
        names: ``prefix`` and ``params``.
    """

    def __init__(self, channels: int, **names: Any) -> None:
        super().__init__(**names)
        self.body = nn.HybridSequential(prefix="")
        self.body.add(nn.Conv2D(channels // 4, 1), nn.Activation("relu"))
        self.body.add(nn.Conv2D(channels // 4, 3, 1, 1, use_bias=False), nn.Activation("relu"))
        self.body.add(nn.Conv2D(channels, 1))
        self.downsample = nn.HybridSequential(prefix="")
        self.downsample.add(nn.Conv2D(channels, 1, use_bias=False))

    def hybrid_forward(self, F: Any, x: Any) -> Any:
        """Map ``(B, C, H, W)`` to ``(B, channels, H, W)``."""
        return F.Activation(self.body(x) + self.downsample(x), act_type="relu")


class DoubleHeadRCNN(FasterRCNN):
    """Find objects in pictures ``(B, 3, H, W)``, with a head for classes and one for boxes.

    GluonCV's ``DoubleHeadRCNN``.

    Args:
        features: makes the feature map, or the maps of a pyramid.
        top_features: goes over the features of each region; None for nothing.
        classes: names of the classes.
        box_features: None, as there are two heads. (GluonCV takes others and fails when it runs.)
        kwargs: further arguments of ``FasterRCNN``.
    """

    def __init__(
        self,
        features: HybridBlock,
        top_features: HybridBlock | None,
        classes: Sequence[str],
        box_features: HybridBlock | None = None,
        **kwargs: Any,
    ) -> None:
        if box_features is not None:
            raise ArgumentError(
                f"DoubleHeadRCNN: box_features must be None, as it has two heads, got {type(box_features).__name__}"
            )
        super().__init__(features, top_features, classes, **kwargs)
        with self.name_scope():
            self.class_features = nn.HybridSequential(prefix="double_fc_")
            with self.class_features.name_scope():
                for _ in range(2):
                    self.class_features.add(nn.Dense(1024, weight_initializer=Normal(0.01)), nn.Activation("relu"))
            self.newbox_features = nn.HybridSequential(prefix="double_")
            with self.newbox_features.name_scope():
                for _ in range(2):
                    self.newbox_features.add(BottleneckV1(1024))

    def _heads(self, F: Any, top: Any) -> tuple[Any, Any]:
        of_box = F.contrib.AdaptiveAvgPooling2D(self.newbox_features(top), output_size=1)
        return self.class_features(top), of_box
