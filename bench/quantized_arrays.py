"""Cases of quantised operators, for MXNet and for regluon's ``nd``. Runs under Python 3.8 too."""

import inputs
from library import nd, put

C = nd.contrib


def bytes_of(*shape):
    """Draw an array of 8-bit numbers and its range."""
    return put(inputs.generator().randint(-127, 128, shape), "int8"), put([-1.0]), put([1.0])


def levels_of(*shape):
    """Draw an array of unsigned 8-bit numbers and its range."""
    return put(inputs.generator().randint(0, 256, shape), "uint8"), put([0.0]), put([1.0])


def quantize():
    x, low, high = put(inputs.floats(8, 64, 56, 56)), put([-4.0]), put([4.0])
    return lambda: C.quantize(x, low, high, out_type="uint8")


def quantize_v2(calibrated):
    def prepare():
        x = put(inputs.floats(8, 64, 56, 56))
        limits = {"min_calib_range": -4.0, "max_calib_range": 4.0} if calibrated else {}
        return lambda: C.quantize_v2(x, out_type="int8", **limits)

    return prepare


def dequantize():
    x = bytes_of(8, 64, 56, 56)
    return lambda: C.dequantize(*x)


def requantize():
    x = put(inputs.generator().randint(-(10**6), 10**6, (8, 64, 56, 56)), "int32")
    low, high = put([-100.0]), put([100.0])
    return lambda: C.requantize(x, low, high, min_calib_range=-0.05, max_calib_range=0.05)


def convolution(size, kernel, channels):
    def prepare():
        x, low, high = levels_of(1, channels, size, size)
        weight, weight_low, weight_high = bytes_of(channels, channels, kernel, kernel)
        options = {"kernel": (kernel, kernel), "pad": (kernel // 2,) * 2, "num_filter": channels, "no_bias": True}
        names = {"min_data": low, "max_data": high, "min_weight": weight_low, "max_weight": weight_high}
        return lambda: C.quantized_conv(x, weight, **names, **options)

    return prepare


def fully_connected():
    x, low, high = levels_of(64, 1024)
    weight, weight_low, weight_high = bytes_of(1000, 1024)
    names = {"min_data": low, "max_data": high, "min_weight": weight_low, "max_weight": weight_high}
    return lambda: C.quantized_fully_connected(x, weight, **names, num_hidden=1000, no_bias=True)


def pooling(kind):
    def prepare():
        x = levels_of(8, 64, 56, 56)
        return lambda: C.quantized_pooling(*x, kernel=(3, 3), stride=(2, 2), pool_type=kind)

    return prepare


def unary(name, **attributes):
    def prepare():
        x = bytes_of(8, 64, 56, 56)
        return lambda: getattr(C, name)(*x, **attributes)

    return prepare


def concat():
    (x, low, high), (y, other_low, other_high) = levels_of(8, 64, 56, 56), levels_of(8, 64, 56, 56)
    return lambda: C.quantized_concat(x, y, low, high, other_low, other_high, dim=1, num_args=2)


def pointwise(name):
    def prepare():
        (x, low, high), (y, other_low, other_high) = bytes_of(8, 64, 56, 56), bytes_of(8, 64, 56, 56)
        return lambda: getattr(C, name)(x, y, low, high, other_low, other_high)

    return prepare


def norm():
    x = bytes_of(8, 64, 56, 56)
    own = [put([value] * 64) for value in (1.0, 0.0, 0.0, 1.0)]
    return lambda: C.quantized_batch_norm(
        x[0], *own, x[1], x[2], fix_gamma=False, min_calib_range=-1.0, max_calib_range=1.0
    )


def embedding():
    index = put(inputs.generator().randint(0, 10000, (64, 50)))
    weight = bytes_of(10000, 128)
    return lambda: C.quantized_embedding(index, *weight, input_dim=10000, output_dim=128)


CASES = {
    "quantize 8 x 64 x 56 x 56": quantize,
    "quantize_v2 8 x 64 x 56 x 56": quantize_v2(False),
    "quantize_v2 8 x 64 x 56 x 56 calibrated": quantize_v2(True),
    "dequantize 8 x 64 x 56 x 56": dequantize,
    "requantize 8 x 64 x 56 x 56": requantize,
    "quantized_conv 64 x 56 x 56, 3 x 3": convolution(56, 3, 64),
    "quantized_conv 256 x 14 x 14, 3 x 3": convolution(14, 3, 256),
    "quantized_conv 256 x 28 x 28, 1 x 1": convolution(28, 1, 256),
    "quantized_fully_connected 64 x 1024 x 1000": fully_connected,
    "quantized_pooling max 8 x 64 x 56 x 56": pooling("max"),
    "quantized_pooling avg 8 x 64 x 56 x 56": pooling("avg"),
    "quantized_act 8 x 64 x 56 x 56": unary("quantized_act", act_type="relu"),
    "quantized_flatten 8 x 64 x 56 x 56": unary("quantized_flatten"),
    "quantized_concat 2 x 8 x 64 x 56 x 56": concat,
    "quantized_elemwise_add 8 x 64 x 56 x 56": pointwise("quantized_elemwise_add"),
    "quantized_elemwise_mul 8 x 64 x 56 x 56": pointwise("quantized_elemwise_mul"),
    "quantized_batch_norm 8 x 64 x 56 x 56": norm,
    "quantized_embedding 3,200 x 128": embedding,
}
