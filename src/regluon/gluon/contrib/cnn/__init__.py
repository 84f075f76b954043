"""The layers of MXNet 1.x's ``gluon.contrib.cnn``."""

from regluon.gluon.nn.deformable import DeformableConvolution, ModulatedDeformableConvolution

__all__ = ["DeformableConvolution", "ModulatedDeformableConvolution"]
