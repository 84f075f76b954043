"""Times networks of MXNet and GluonCV, or regluon's of the same names, which are called the same way."""

import sys

import numpy as np
from timing import serve

if sys.argv[1:] == ["mxnet"]:
    import mxnet as mx
    from gluoncv.loss import SSDMultiBoxLoss
    from gluoncv.model_zoo import get_model
    from gluoncv.model_zoo.ssd.target import SSDTargetGenerator
else:
    import torch

    import regluon as mx
    from regluon.cv.loss import SSDMultiBoxLoss
    from regluon.cv.model_zoo import get_model
    from regluon.cv.target import SSDTargetGenerator

    torch.set_num_threads(2)
gluon, nd, autograd = mx.gluon, mx.nd, mx.autograd


def made(name, shape, **arguments):
    """Make a network with weights that keep numbers finite, and a picture for it."""
    random = np.random.RandomState(0)
    net = get_model(name, pretrained=False, **arguments)
    net.initialize()
    picture = nd.array(random.uniform(size=shape))
    net(picture)
    for key, one in sorted(net._collect_params_with_prefix().items()):
        if one.grad_req != "null" and len(one.shape) > 1:
            deviation = (1.0 / np.prod(one.shape[1:])) ** 0.5
            one.set_data(nd.array(random.normal(0, deviation, one.shape)))
        elif key.endswith(("gamma", "running_var")):
            one.set_data(nd.ones(one.shape))
        elif key.endswith(("beta", "bias", "running_mean")):
            one.set_data(nd.zeros(one.shape))
    net.hybridize(static_alloc=True, static_shape=True)
    return net, picture


def forward(name, shape, half=False, **arguments):
    """Predict."""

    def prepare():
        net, picture = made(name, shape, **arguments)
        if not half:
            return lambda: net(picture)

        def call():
            with torch.autocast("cpu", torch.bfloat16):
                return net(picture)

        return call

    return prepare


def training_step(name, shape):
    """Classify, send gradients back, and move the weights."""

    def prepare():
        net, pictures = made(name, shape)
        loss, labels = gluon.loss.SoftmaxCrossEntropyLoss(), nd.array(list(range(shape[0])))
        trainer = gluon.Trainer(net.collect_params(), "sgd", {"learning_rate": 1e-4, "momentum": 0.9, "wd": 1e-4})

        def call():
            with autograd.record():
                losses = loss(net(pictures), labels)
            losses.backward()
            trainer.step(shape[0])
            return losses

        return call

    return prepare


def ssd_training_step():
    """Make targets of eight pictures, compute the loss of an SSD, send gradients back, and move the weights."""
    net, pictures = made("ssd_300_vgg16_atrous_voc", (8, 3, 300, 300), pretrained_base=False)
    random = np.random.RandomState(1)
    corners = random.uniform(0, 200, (8, 6, 2))
    boxes = nd.array(np.concatenate([corners, corners + random.uniform(20, 100, (8, 6, 2))], 2))
    ids = nd.array(random.randint(0, 20, (8, 6, 1)))
    generate, loss = SSDTargetGenerator(), SSDMultiBoxLoss()
    trainer = gluon.Trainer(net.collect_params(), "sgd", {"learning_rate": 1e-5, "momentum": 0.9, "wd": 5e-4})

    def call():
        with autograd.record():
            scores, offsets, anchors = net(pictures)
            with autograd.pause():
                targets = generate(anchors, scores, boxes, ids)
            losses = loss(scores, offsets, targets[0], targets[1])[0]
            total = sum(losses[1:], losses[0]) if isinstance(losses, (list, tuple)) else losses
        total.backward()
        trainer.step(8)
        return total

    return call


DETECTORS = {
    "ssd_300_vgg16_atrous_voc": (300, 300),
    "ssd_512_resnet50_v1_voc": (512, 512),
    "yolo3_darknet53_voc": (416, 416),
    "faster_rcnn_resnet50_v1b_voc": (600, 800),
    "center_net_resnet18_v1b_voc": (512, 512),
}
CASES = {
    "resnet50_v1 forward": forward("resnet50_v1", (1, 3, 512, 512)),
    "resnet50_v1 training step": training_step("resnet50_v1", (4, 3, 224, 224)),
    "ssd_300_vgg16_atrous_voc training step": ssd_training_step,
    **{name: forward(name, (1, 3, *size), pretrained_base=False) for name, size in DETECTORS.items()},
}
if sys.argv[1:] == ["bfloat16"]:
    CASES = {"resnet50_v1 forward": forward("resnet50_v1", (1, 3, 512, 512), half=True)}
    for name, size in DETECTORS.items():
        CASES[name] = forward(name, (1, 3, *size), half=True, pretrained_base=False)
CASES.update({f"{name} in bfloat16": case for name, case in CASES.items()})


def settle(result):
    """Wait until a result is there."""
    for one in result if isinstance(result, (list, tuple)) else [result]:
        one.wait_to_read()
    nd.waitall()


serve(CASES, settle)
