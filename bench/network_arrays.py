"""Cases of the operators that networks are made of, for MXNet and for regluon's ``nd``. Runs under Python 3.8 too."""

import inputs
from library import autograd, nd, put, recorded

IMAGES = (4, 64, 56, 56)
MAPS = (4, 256, 28, 28)
ROWS = (64, 1000)
BOXES = (8, 8732, 4)


def forward(name, *shapes, **options):
    """Prepare a call of an operator on arrays of floats."""

    def prepare():
        arrays = [put(inputs.floats(*shape)) for shape in shapes]
        return lambda: getattr(nd, name)(*arrays, **options)

    return prepare


def positive(name, *shapes, **options):
    """Prepare a call on arrays of floats above 0."""

    def prepare():
        arrays = [put(abs(inputs.floats(*shape)) + 0.1) for shape in shapes]
        return lambda: getattr(nd, name)(*arrays, **options)

    return prepare


def both(name, *shapes, **options):
    """Prepare a call and its gradients by all arrays."""

    def prepare():
        arrays = [put(inputs.floats(*shape)) for shape in shapes]
        return recorded(lambda: getattr(nd, name)(*arrays, **options), *arrays)

    return prepare


def trained(name, *shapes, **options):
    """Prepare a call in training mode and its gradients by the first array."""

    def prepare():
        arrays = [put(inputs.floats(*shape)) for shape in shapes]
        return recorded(lambda: getattr(nd, name)(*arrays, **options), arrays[0])

    return prepare


def predicted(name, *shapes, **options):
    """Prepare a call in prediction mode."""

    def prepare():
        arrays = [put(abs(inputs.floats(*shape)) + 0.1) for shape in shapes]

        def call():
            with autograd.predict_mode():
                return getattr(nd, name)(*arrays, **options)

        return call

    return prepare


def indexed(name, shape, count, size, **options):
    """Prepare a call on an array and as many indices below a size."""

    def prepare():
        data, index = put(inputs.floats(*shape)), put(inputs.generator().randint(0, size, count))
        return lambda: getattr(nd, name)(data, index, **options)

    return prepare


def embedding():
    index, weight = put(inputs.generator().randint(0, 10_000, (64, 50))), put(inputs.floats(10_000, 128))
    return lambda: nd.Embedding(index, weight, input_dim=10_000, output_dim=128)


def one_hot():
    index = put(inputs.generator().randint(0, 21, 8732))
    return lambda: nd.one_hot(index, depth=21)


def chosen():
    mask, one, other = (put(inputs.floats(*IMAGES)) for _ in range(3))
    mask = mask > 0
    return lambda: nd.where(mask, one, other)


def updated(name, states, **options):
    def prepare():
        weight, gradient = put(inputs.floats(1_000_000)), put(inputs.floats(1_000_000))
        others = [put(abs(inputs.floats(1_000_000))) for _ in range(states)]
        return lambda: getattr(nd, name)(weight, gradient, *others, out=weight, lr=1e-4, **options)

    return prepare


def drawn(name, **options):
    return lambda: lambda: getattr(nd.random, name)(shape=IMAGES, **options)


def picture(name, *shape, **options):
    def prepare():
        data = put(inputs.generator().randint(0, 256, shape), "uint8")
        return lambda: getattr(nd.image, name)(data, **options)

    return prepare


def cast():
    data = put(inputs.floats(*IMAGES))
    return lambda: nd.Cast(data, dtype="int32")


CONVOLUTION = {"kernel": (3, 3), "pad": (1, 1), "num_filter": 64, "no_bias": True}
POINTWISE = {"kernel": (1, 1), "num_filter": 64, "no_bias": True}
DEPTHWISE = {"kernel": (3, 3), "pad": (1, 1), "num_filter": 64, "num_group": 64, "no_bias": True}
UP = {"kernel": (4, 4), "stride": (2, 2), "pad": (1, 1), "num_filter": 64, "no_bias": True}

CASES = {
    "Convolution 3 x 3": forward("Convolution", IMAGES, (64, 64, 3, 3), **CONVOLUTION),
    "Convolution 3 x 3 and gradients": both("Convolution", IMAGES, (64, 64, 3, 3), **CONVOLUTION),
    "Convolution 1 x 1": forward("Convolution", MAPS, (64, 256, 1, 1), **POINTWISE),
    "Convolution depthwise": forward("Convolution", IMAGES, (64, 1, 3, 3), **DEPTHWISE),
    "Convolution depthwise and gradients": both("Convolution", IMAGES, (64, 1, 3, 3), **DEPTHWISE),
    "Deconvolution": forward("Deconvolution", (4, 64, 28, 28), (64, 64, 4, 4), **UP),
    "Deconvolution and gradients": both("Deconvolution", (4, 64, 28, 28), (64, 64, 4, 4), **UP),
    "FullyConnected": forward("FullyConnected", (64, 2048), (1000, 2048), (1000,), num_hidden=1000),
    "FullyConnected and gradients": both("FullyConnected", (64, 2048), (1000, 2048), (1000,), num_hidden=1000),
    "BatchNorm": predicted("BatchNorm", IMAGES, *[(64,)] * 4),
    "BatchNorm and gradients": trained("BatchNorm", IMAGES, *[(64,)] * 4, fix_gamma=False),
    "LayerNorm": forward("LayerNorm", (64, 197, 256), (256,), (256,)),
    "LayerNorm and gradients": trained("LayerNorm", (64, 197, 256), (256,), (256,)),
    "GroupNorm": forward("GroupNorm", IMAGES, (32,), (32,), num_groups=32),
    "InstanceNorm": forward("InstanceNorm", IMAGES, (64,), (64,)),
    "L2Normalization": forward("L2Normalization", (4, 512, 38, 38), mode="channel"),
    "Pooling max": forward("Pooling", IMAGES, kernel=(3, 3), stride=(2, 2), pad=(1, 1), pool_type="max"),
    "Pooling max and gradients": both("Pooling", IMAGES, kernel=(3, 3), stride=(2, 2), pad=(1, 1), pool_type="max"),
    "Pooling avg": forward("Pooling", IMAGES, kernel=(2, 2), stride=(2, 2), pool_type="avg"),
    "Pooling avg and gradients": both("Pooling", IMAGES, kernel=(2, 2), stride=(2, 2), pool_type="avg"),
    "Pooling global": forward("Pooling", IMAGES, kernel=(1, 1), global_pool=True, pool_type="avg"),
    "Activation relu": forward("Activation", IMAGES, act_type="relu"),
    "Activation relu and gradients": both("Activation", IMAGES, act_type="relu"),
    "Activation sigmoid": forward("Activation", IMAGES, act_type="sigmoid"),
    "LeakyReLU leaky": forward("LeakyReLU", IMAGES, act_type="leaky", slope=0.1),
    "LeakyReLU leaky and gradients": both("LeakyReLU", IMAGES, act_type="leaky", slope=0.1),
    "LeakyReLU gelu": forward("LeakyReLU", IMAGES, act_type="gelu"),
    "Dropout": trained("Dropout", IMAGES, p=0.5),
    "Concat": forward("Concat", IMAGES, IMAGES, dim=1),
    "Concat and gradients": both("Concat", IMAGES, IMAGES, dim=1),
    "stack": forward("stack", IMAGES, IMAGES, axis=1),
    "SliceChannel": forward("SliceChannel", IMAGES, num_outputs=4),
    "add_n": forward("add_n", IMAGES, IMAGES, IMAGES),
    "elemwise_add": forward("elemwise_add", IMAGES, IMAGES),
    "elemwise_mul and gradients": both("elemwise_mul", IMAGES, IMAGES),
    "broadcast_add": forward("broadcast_add", IMAGES, (1, 64, 1, 1)),
    "broadcast_mul": forward("broadcast_mul", IMAGES, (4, 64, 1, 1)),
    "broadcast_mul and gradients": both("broadcast_mul", IMAGES, (4, 64, 1, 1)),
    "broadcast_div": positive("broadcast_div", IMAGES, (4, 64, 1, 1)),
    "broadcast_maximum": forward("broadcast_maximum", IMAGES, (4, 64, 1, 1)),
    "broadcast_greater": forward("broadcast_greater", IMAGES, (4, 64, 1, 1)),
    "broadcast_like": forward("broadcast_like", (4, 64, 1, 1), IMAGES),
    "broadcast_to": forward("broadcast_to", (4, 64, 1, 1), shape=IMAGES),
    "clip": forward("clip", IMAGES, a_min=-1, a_max=1),
    "exp": forward("exp", IMAGES),
    "log": positive("log", IMAGES),
    "log2": positive("log2", IMAGES),
    "sqrt": positive("sqrt", IMAGES),
    "square": forward("square", IMAGES),
    "abs": forward("abs", IMAGES),
    "floor": forward("floor", IMAGES),
    "tanh": forward("tanh", IMAGES),
    "sigmoid and gradients": both("sigmoid", IMAGES),
    "smooth_l1": forward("smooth_l1", BOXES, scalar=1.0),
    "smooth_l1 and gradients": both("smooth_l1", BOXES, scalar=1.0),
    "softmax": forward("softmax", (8, 8732, 21)),
    "softmax of channels": forward("softmax", (8, 21, 8732), axis=1),
    "log_softmax": forward("log_softmax", (8, 8732, 21)),
    "log_softmax and gradients": both("log_softmax", (8, 8732, 21)),
    "SoftmaxOutput": indexed("SoftmaxOutput", ROWS, 64, 1000),
    "mean": forward("mean", IMAGES, axis=(2, 3)),
    "sum of channels": forward("sum", IMAGES, axis=1),
    "sum of all": forward("sum", IMAGES),
    "sum and gradients": both("sum", IMAGES, axis=(2, 3)),
    "max": forward("max", IMAGES, axis=1),
    "norm": forward("norm", IMAGES, axis=1),
    "argmax": forward("argmax", (8, 21, 8732), axis=1),
    "argsort": forward("argsort", (8, 8732), axis=1),
    "sort": forward("sort", (8, 8732), axis=1),
    "topk": forward("topk", (8, 8732), axis=1, k=400, ret_typ="indices"),
    "topk of both": forward("topk", (8, 8732), axis=1, k=400, ret_typ="both"),
    "transpose": forward("transpose", IMAGES, axes=(0, 2, 3, 1)),
    "SwapAxis": forward("SwapAxis", IMAGES, dim1=1, dim2=2),
    "Reshape": forward("Reshape", IMAGES, shape=(0, -1)),
    "Flatten": forward("Flatten", IMAGES),
    "expand_dims": forward("expand_dims", IMAGES, axis=1),
    "squeeze": forward("squeeze", (4, 1, 64, 56, 56), axis=1),
    "slice": forward("slice", IMAGES, begin=(0, 0, 8, 8), end=(4, 64, 48, 48)),
    "slice_axis": forward("slice_axis", IMAGES, axis=1, begin=8, end=40),
    "slice_like": forward("slice_like", IMAGES, (4, 64, 40, 40), axes=(2, 3)),
    "reverse": forward("reverse", IMAGES, axis=3),
    "tile": forward("tile", (4, 64, 28, 28), reps=(1, 1, 2, 2)),
    "repeat": forward("repeat", (4, 64, 28, 28), repeats=2, axis=3),
    "Pad": forward("Pad", IMAGES, mode="constant", pad_width=(0, 0, 0, 0, 1, 1, 1, 1), constant_value=0),
    "UpSampling": forward("UpSampling", (4, 64, 28, 28), scale=2, sample_type="nearest", num_args=1),
    "UpSampling and gradients": both("UpSampling", (4, 64, 28, 28), scale=2, sample_type="nearest", num_args=1),
    "take": indexed("take", (10_000, 64), 5_000, 10_000),
    "pick": indexed("pick", (8732, 21), 8732, 21),
    "one_hot": one_hot,
    "Embedding": embedding,
    "where": chosen,
    "Cast": cast,
    "zeros_like": forward("zeros_like", IMAGES),
    "ones_like": forward("ones_like", IMAGES),
    "arange": lambda: lambda: nd.arange(100_000),
    "BlockGrad": forward("BlockGrad", IMAGES),
    "dot": forward("dot", (512, 512), (512, 512)),
    "batch_dot": forward("batch_dot", (32, 128, 64), (32, 64, 128)),
    "SequenceMask": forward("SequenceMask", (100, 32, 64)),
    "random.uniform": drawn("uniform"),
    "random.normal": drawn("normal"),
    "sgd_update": updated("sgd_update", 0),
    "sgd_mom_update": updated("sgd_mom_update", 1, momentum=0.9, wd=1e-4),
    "adam_update": updated("adam_update", 2),
    "image.to_tensor": picture("to_tensor", 300, 400, 3),
    "image.flip_left_right": picture("flip_left_right", 300, 400, 3),
}
