"""Classifiers that MXNet's zoo has too, other than ResNets; see ``gluon.model_zoo.vision``."""

from regluon.cv.model_zoo.pretrained import shared
from regluon.cv.model_zoo.registry import register, register_model
from regluon.gluon.model_zoo import vision

__all__ = [
    "alexnet",
    "densenet121",
    "densenet161",
    "densenet169",
    "densenet201",
    "inception_v3",
    "mobilenet0_5",
    "mobilenet0_25",
    "mobilenet0_75",
    "mobilenet1_0",
    "mobilenet_v2_0_5",
    "mobilenet_v2_0_25",
    "mobilenet_v2_0_75",
    "mobilenet_v2_1_0",
    "squeezenet1_0",
    "squeezenet1_1",
    "vgg11",
    "vgg11_bn",
    "vgg13",
    "vgg13_bn",
    "vgg16",
    "vgg16_bn",
    "vgg19",
    "vgg19_bn",
]

alexnet = register_model(shared(vision.alexnet))
densenet121 = register_model(shared(vision.densenet121))
densenet161 = register_model(shared(vision.densenet161))
densenet169 = register_model(shared(vision.densenet169))
densenet201 = register_model(shared(vision.densenet201))
inception_v3 = register("inceptionv3", shared(vision.inception_v3, "inceptionv3"))
mobilenet0_5 = register("mobilenet0.5", shared(vision.mobilenet0_5, "mobilenet0.5"))
mobilenet0_25 = register("mobilenet0.25", shared(vision.mobilenet0_25, "mobilenet0.25"))
mobilenet0_75 = register("mobilenet0.75", shared(vision.mobilenet0_75, "mobilenet0.75"))
mobilenet1_0 = register("mobilenet1.0", shared(vision.mobilenet1_0, "mobilenet1.0"))
mobilenet_v2_0_5 = register("mobilenetv2_0.5", shared(vision.mobilenet_v2_0_5, "mobilenetv2_0.5", widen_always=False))
mobilenet_v2_0_25 = register(
    "mobilenetv2_0.25", shared(vision.mobilenet_v2_0_25, "mobilenetv2_0.25", widen_always=False)
)
mobilenet_v2_0_75 = register(
    "mobilenetv2_0.75", shared(vision.mobilenet_v2_0_75, "mobilenetv2_0.75", widen_always=False)
)
mobilenet_v2_1_0 = register("mobilenetv2_1.0", shared(vision.mobilenet_v2_1_0, "mobilenetv2_1.0", widen_always=False))
squeezenet1_0 = register("squeezenet1.0", shared(vision.squeezenet1_0, "squeezenet1.0"))
squeezenet1_1 = register("squeezenet1.1", shared(vision.squeezenet1_1, "squeezenet1.1"))
vgg11 = register_model(shared(vision.vgg11))
vgg11_bn = register_model(shared(vision.vgg11_bn))
vgg13 = register_model(shared(vision.vgg13))
vgg13_bn = register_model(shared(vision.vgg13_bn))
vgg16 = register_model(shared(vision.vgg16))
vgg16_bn = register_model(shared(vision.vgg16_bn))
vgg19 = register_model(shared(vision.vgg19))
vgg19_bn = register_model(shared(vision.vgg19_bn))
