"""Cases of the other operators of ``contrib``, for MXNet and for regluon's ``nd``. Runs under Python 3.8 too."""

import inputs
from library import mx, nd, put, recorded

C = nd.contrib
MANY = (1000, 1000)


def unary(name, **attributes):
    def prepare():
        x = put(inputs.floats(*MANY))
        return lambda: getattr(C, name)(x, **attributes)

    return prepare


def quadratic_gradients():
    x = put(inputs.floats(*MANY))
    return recorded(lambda: C.quadratic(x, a=1, b=2, c=3), x)


def multiplier_gradients():
    x = put(inputs.floats(*MANY))
    return recorded(lambda: C.gradientmultiplier(x, scalar=0.5), x)


def close():
    x, y = put(inputs.floats(*MANY)), put(inputs.floats(*MANY))
    return lambda: C.allclose(x, y)


def copy_rows():
    old, new = put(inputs.floats(10000, 64)), put(inputs.floats(1000, 64))
    index = put(inputs.generator().permutation(10000)[:1000], "int32")
    return lambda: C.index_copy(old, index, new)


def masked():
    x, mask = put(inputs.floats(10000, 64)), put(inputs.generator().randint(0, 2, 10000))
    return lambda: C.boolean_mask(x, mask)


def embedding():
    index, weight = put(inputs.generator().randint(0, 10000, (64, 50))), put(inputs.floats(10000, 128))
    return lambda: C.SparseEmbedding(index, weight, input_dim=10000, output_dim=128)


def attention(name, backward=False):
    def prepare():
        length, batch, heads, size = 128, 8, 12, 64
        joined = put(inputs.floats(length, batch, heads * 3 * size))
        queries, pairs = (
            put(inputs.floats(length, batch, heads * size)),
            put(inputs.floats(length, batch, heads * 2 * size)),
        )
        weights = put(inputs.floats(batch * heads, length, length))
        variables = {
            "selfatt_qk": (joined,),
            "selfatt_valatt": (joined, weights),
            "encdec_qk": (queries, pairs),
            "encdec_valatt": (pairs, weights),
        }[name]
        operator = getattr(C, "interleaved_matmul_" + name)
        forward = lambda: operator(*variables, heads=heads)  # noqa: E731
        return recorded(forward, *variables) if backward else forward

    return prepare


def scale():
    x = put(inputs.floats(96, 128, 128))
    return lambda: C.div_sqrt_dim(x)


def norm(name):
    def prepare():
        x = put(inputs.floats(8, 64, 56, 56))
        own = [put([value] * 64) for value in (1.0, 0.0, 0.0, 1.0)]
        more = {"key": "k"} if name == "SyncBatchNorm" else {}
        return lambda: getattr(C, name)(x, *own, fix_gamma=False, **more)

    return prepare


def adagrad():
    weight, gradient, history = (
        put(inputs.floats(10000, 64)),
        put(inputs.floats(10000, 64)),
        put(0 * inputs.floats(10000, 1)),
    )
    return lambda: C.group_adagrad_update(weight, gradient, history, lr=0.1, out=weight)


def loop():
    x, state = put(inputs.floats(100, 16)), put(inputs.floats(16))
    return lambda: C.foreach(lambda one, total: (one + total, one + total), x, state)[0]


def repeat():
    start = put([0.0])
    return lambda: C.while_loop(lambda i: i < 50, lambda i: (i, [i + 1]), [start], max_iterations=60)[1]


def choose():
    x = put(inputs.floats(16, 16))
    return lambda: C.cond(x[0, 0] > 0, lambda: x + 1, lambda: x - 1)


def zipfian():
    classes = put(inputs.generator().randint(0, 1000, 100))
    return lambda: C.rand_zipfian(classes, 1000, 10000)


def entropy():
    counts = put(inputs.np.histogram(inputs.floats(100000), 2001)[0])
    edges = put(inputs.np.histogram(inputs.floats(100000), 2001)[1])
    return lambda: C.calibrate_entropy(counts, edges, num_quantized_bins=255)


CASES = {
    "quadratic 1,000,000": unary("quadratic", a=1, b=2, c=3),
    "quadratic 1,000,000 and gradients": quadratic_gradients,
    "gradientmultiplier 1,000,000 and gradients": multiplier_gradients,
    "round_ste 1,000,000": unary("round_ste"),
    "sign_ste 1,000,000": unary("sign_ste"),
    "isnan 1,000,000": unary("isnan"),
    "isinf 1,000,000": unary("isinf"),
    "isfinite 1,000,000": unary("isfinite"),
    "arange_like 1,000,000": unary("arange_like"),
    "index_array 1,000 x 1,000": unary("index_array"),
    "allclose 1,000,000": close,
    "index_copy 1,000 of 10,000 x 64": copy_rows,
    "boolean_mask 10,000 x 64": masked,
    "SparseEmbedding 3,200 x 128": embedding,
    "div_sqrt_dim 96 x 128 x 128": scale,
    "interleaved_matmul_selfatt_qk": attention("selfatt_qk"),
    "interleaved_matmul_selfatt_qk and gradients": attention("selfatt_qk", True),
    "interleaved_matmul_selfatt_valatt": attention("selfatt_valatt"),
    "interleaved_matmul_selfatt_valatt and gradients": attention("selfatt_valatt", True),
    "interleaved_matmul_encdec_qk": attention("encdec_qk"),
    "interleaved_matmul_encdec_valatt": attention("encdec_valatt"),
    "SyncBatchNorm 8 x 64 x 56 x 56": norm("SyncBatchNorm"),
    "BatchNormWithReLU 8 x 64 x 56 x 56": norm("BatchNormWithReLU"),
    "group_adagrad_update 10,000 x 64": adagrad,
    "foreach 100 steps": loop,
    "while_loop 50 steps": repeat,
    "cond": choose,
    "rand_zipfian 1,000": zipfian,
    "calibrate_entropy 2,001 bins": entropy,
}
assert mx
