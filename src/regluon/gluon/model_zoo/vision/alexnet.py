"""AlexNet in its one-column form (Krizhevsky, 2014)."""

import os
from typing import Any

from regluon.gluon import nn
from regluon.gluon.hybrid import HybridBlock
from regluon.gluon.model_zoo.model_store import ROOT, Pretrained, load_pretrained
from regluon.gluon.model_zoo.vision.registry import register

__all__ = ["AlexNet", "alexnet"]


class AlexNet(HybridBlock):
    """Classify pictures ``(B, 3, H, W)`` of at least 63 pixels.

    Args:
        classes: number of classes.
        names: ``prefix`` and ``params``.
    """

    def __init__(self, classes: int = 1000, **names: Any) -> None:
        super().__init__(**names)
        with self.name_scope():
            self.features = nn.HybridSequential(prefix="")
            self.features.add(
                nn.Conv2D(64, 11, 4, 2, activation="relu"),
                nn.MaxPool2D(3, 2),
                nn.Conv2D(192, 5, padding=2, activation="relu"),
                nn.MaxPool2D(3, 2),
                nn.Conv2D(384, 3, padding=1, activation="relu"),
                nn.Conv2D(256, 3, padding=1, activation="relu"),
                nn.Conv2D(256, 3, padding=1, activation="relu"),
                nn.MaxPool2D(3, 2),
                nn.Flatten(),
            )
            for _ in range(2):
                self.features.add(nn.Dense(4096, activation="relu"), nn.Dropout(0.5))
            self.output = nn.Dense(classes)

    def hybrid_forward(self, F: Any, x: Any) -> Any:  # noqa: ARG002
        """Return scores ``(B, classes)``."""
        return self.output(self.features(x))


def alexnet(
    pretrained: Pretrained = False, ctx: Any = None, root: str | os.PathLike[str] = ROOT, **kwargs: Any
) -> AlexNet:
    """Make an AlexNet.

    Args:
        pretrained: load weights, as ``load_pretrained`` says.
        ctx: devices for them.
        root: folder where they are kept.
        kwargs: arguments of ``AlexNet``.

    Examples:
        >>> from regluon import nd
        >>> net = alexnet(classes=10)
        >>> net.initialize()
        >>> net(nd.zeros((1, 3, 64, 64))).shape
        (1, 10)
    """
    net = AlexNet(**kwargs)
    load_pretrained(net, "alexnet", pretrained, root, ctx)
    return net


register("alexnet", alexnet)
