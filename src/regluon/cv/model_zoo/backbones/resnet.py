"""ResNet and SE-ResNet of the first and second kind, which MXNet's zoo has too; see ``gluon.model_zoo.vision``."""

from regluon.cv.model_zoo.pretrained import shared
from regluon.cv.model_zoo.registry import register_model
from regluon.gluon.model_zoo import vision

__all__ = [
    "resnet18_v1",
    "resnet18_v2",
    "resnet34_v1",
    "resnet34_v2",
    "resnet50_v1",
    "resnet50_v2",
    "resnet101_v1",
    "resnet101_v2",
    "resnet152_v1",
    "resnet152_v2",
    "se_resnet18_v1",
    "se_resnet18_v2",
    "se_resnet34_v1",
    "se_resnet34_v2",
    "se_resnet50_v1",
    "se_resnet50_v2",
    "se_resnet101_v1",
    "se_resnet101_v2",
    "se_resnet152_v1",
    "se_resnet152_v2",
]

resnet18_v1 = register_model(shared(vision.resnet18_v1))
resnet18_v2 = register_model(shared(vision.resnet18_v2))
resnet34_v1 = register_model(shared(vision.resnet34_v1))
resnet34_v2 = register_model(shared(vision.resnet34_v2))
resnet50_v1 = register_model(shared(vision.resnet50_v1))
resnet50_v2 = register_model(shared(vision.resnet50_v2))
resnet101_v1 = register_model(shared(vision.resnet101_v1))
resnet101_v2 = register_model(shared(vision.resnet101_v2))
resnet152_v1 = register_model(shared(vision.resnet152_v1))
resnet152_v2 = register_model(shared(vision.resnet152_v2))
se_resnet18_v1 = register_model(shared(vision.se_resnet18_v1))
se_resnet18_v2 = register_model(shared(vision.se_resnet18_v2))
se_resnet34_v1 = register_model(shared(vision.se_resnet34_v1))
se_resnet34_v2 = register_model(shared(vision.se_resnet34_v2))
se_resnet50_v1 = register_model(shared(vision.se_resnet50_v1))
se_resnet50_v2 = register_model(shared(vision.se_resnet50_v2))
se_resnet101_v1 = register_model(shared(vision.se_resnet101_v1))
se_resnet101_v2 = register_model(shared(vision.se_resnet101_v2))
se_resnet152_v1 = register_model(shared(vision.se_resnet152_v1))
se_resnet152_v2 = register_model(shared(vision.se_resnet152_v2))
