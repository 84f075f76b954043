"""Small stories told with Gluon in two worlds: by real MXNet when they are recorded, by this package when tested.

Each takes ``mx`` and gives what JSON can hold. This file runs on Python 3.8, as real MXNet does.
"""

import tempfile
from pathlib import Path
from typing import Any

import numpy as np

__all__ = ["SCENARIOS"]


def drawn(*shape: int, seed: int = 0) -> np.ndarray:
    """Draw numbers that have few digits."""
    return (np.round(np.random.RandomState(seed).normal(size=shape) * 16) / 16).astype("float32")


def settle(net: Any, mx: Any) -> None:
    """Give every parameter values that do not depend on random numbers."""
    for i, parameter in enumerate(unique(net)):
        values = drawn(*parameter.shape, seed=i + 1) / 4
        parameter.set_data(mx.nd.array(np.abs(values) + 0.5 if parameter.name.endswith("var") else values))


def unique(net: Any) -> Any:
    """List the parameters, a shared one once: MXNet 1.x finds it under one name, this package under several."""
    return list(dict.fromkeys(net.collect_params().values()))


def numbers(array: Any) -> Any:
    """Turn an array into lists."""
    return np.round(array.asnumpy().astype("float64"), 6).tolist()


def classifier(mx: Any, **attrs: Any) -> Any:
    """Make a network of the usual layers."""
    nn = mx.gluon.nn
    net = nn.HybridSequential(**attrs)
    with net.name_scope():
        net.add(nn.Conv2D(3, 3, padding=1, use_bias=False), nn.BatchNorm(), nn.Activation("relu"))
        net.add(nn.MaxPool2D(), nn.Dropout(0), nn.Flatten(), nn.Dense(4, activation="tanh"), nn.Dense(2))
    return net


def make_tree(mx: Any) -> Any:
    """Make the class of a network with children, parameters and a constant of its own."""
    nn = mx.gluon.nn

    class Tree(mx.gluon.HybridBlock):
        def __init__(self, **attrs: Any) -> None:
            super().__init__(**attrs)
            with self.name_scope():
                self.stem = nn.Dense(3, in_units=3)
                self.limbs = nn.HybridSequential(prefix="limbs_")
                with self.limbs.name_scope():
                    self.limbs.add(nn.Dense(3, in_units=3), nn.Dense(3, in_units=3, params=self.stem.params))
                self.scale = self.params.get("scale", shape=(1, 3), init="ones", lr_mult=0.5, wd_mult=0.0)
                self.offset = self.params.get_constant("offset", mx.nd.array([[1, 2, 3]]))
            self.outside = nn.Dense(1, in_units=3)

        def hybrid_forward(self, F: Any, x: Any, scale: Any, offset: Any) -> Any:
            x = F.broadcast_mul(self.limbs(self.stem(x)), scale)
            return self.outside(F.broadcast_add(x, offset))

    return Tree


def names(mx: Any) -> Any:
    nn = mx.gluon.nn
    blocks = [nn.Dense(1), nn.Dense(1), nn.Conv2D(1, 1), nn.Conv1DTranspose(1, 1), nn.MaxPool2D(), nn.GlobalAvgPool1D()]
    blocks += [nn.Activation("relu"), nn.LeakyReLU(0.1), nn.Dropout(0.5), nn.Flatten(), nn.BatchNorm(), nn.ELU()]
    blocks += [nn.Dense(1, prefix="mine_"), nn.Dense(1, prefix=""), nn.Lambda("relu"), nn.HybridLambda("relu")]
    blocks += [nn.Sequential(), nn.HybridSequential(), mx.gluon.loss.L2Loss(), nn.Embedding(2, 2), nn.LayerNorm()]
    found = [[block.prefix, block.name] for block in blocks]
    tree = make_tree(mx)(prefix="tree_")
    found += [[one.name for one in unique(tree)], [child.name for child in tree._children.values()]]
    outer = nn.HybridSequential(prefix="outer_")
    with outer.name_scope():
        inner = nn.HybridSequential(prefix="")
        with inner.name_scope():
            inner.add(nn.Dense(1, in_units=1), nn.Dense(1, in_units=1))
        outer.add(inner, nn.Dense(1, in_units=1))
    found += [[one.name for one in unique(outer)], inner.prefix, list(outer._collect_params_with_prefix())]
    again = make_tree(mx)()
    found += [[one.name for one in unique(again)], list(again._children), list(again.params.keys())]
    return found


def sharing(mx: Any) -> Any:
    nn = mx.gluon.nn
    one = nn.Dense(2, in_units=2, prefix="one_")
    two = nn.Dense(2, in_units=2, params=one.collect_params())
    three = nn.Dense(2, params=two.params, prefix="three_")
    one.initialize()
    same = [two.weight is one.weight, three.bias is one.bias, list(three.collect_params().keys()) != [], three.prefix]
    unrelated = nn.Dense(2, in_units=2, prefix="one_")
    return [*same, unrelated.weight is one.weight, three.weight.name, three.weight.shape]


def keys(mx: Any) -> Any:
    tree = make_tree(mx)(prefix="tree_")
    tree.initialize()
    with tempfile.TemporaryDirectory() as folder:
        path = str(Path(folder) / "values")
        found = []
        for deduplicate in (False, True):
            tree.save_parameters(path, deduplicate=deduplicate)
            found.append(sorted(mx.nd.load(path)))
        tree.collect_params().save(path, strip_prefix="")
        found.append(sorted(mx.nd.load(path)))
    return found


def old_files(mx: Any) -> Any:
    net = classifier(mx, prefix="net_")
    net.initialize()
    net(mx.nd.zeros((1, 2, 4, 4)))
    settle(net, mx)
    x = mx.nd.array(drawn(2, 2, 4, 4))
    with tempfile.TemporaryDirectory() as folder:
        path = str(Path(folder) / "values")
        net.collect_params().save(path, strip_prefix="net_")
        again = classifier(mx, prefix="other_")
        again.load_parameters(path)
        return [numbers(net(x)), numbers(again(x))]


def selection(mx: Any) -> Any:
    tree = make_tree(mx)(prefix="tree_")
    wanted = [".*weight", "tree_.*bias", "tree_limbs", "nothing", ".*weight|.*scale"]
    return [list(dict.fromkeys(one.name for one in tree.collect_params(select).values())) for select in wanted]


def shown(mx: Any) -> Any:
    nn = mx.gluon.nn
    net = classifier(mx, prefix="net_")
    found = [str(net), str(make_tree(mx)(prefix="tree_"))]
    net.initialize()
    net(mx.nd.zeros((1, 2, 4, 4)))
    found += [str(net), str(net[1:3]), str(nn.Sequential()), str(nn.Lambda("relu")), str(mx.gluon.loss.L1Loss())]
    dense = nn.Dense(2, in_units=3, prefix="d_")
    return [*found, str(mx.sym.var("x") * 2) != "", str(nn.HybridSequential()), dense.weight.name]


def summary(mx: Any) -> Any:
    import contextlib
    import io

    text = io.StringIO()
    net = classifier(mx, prefix="net_")
    net.initialize()
    tree = make_tree(mx)(prefix="tree_")
    tree.initialize()
    net(mx.nd.zeros((2, 2, 4, 4)))  # otherwise MXNet shows the symbols of tracing as well
    with contextlib.redirect_stdout(text):
        net.summary(mx.nd.zeros((2, 2, 4, 4)))
        tree.summary(mx.nd.zeros((2, 3)))
        pair(mx)().summary(mx.nd.zeros((2, 2)), [mx.nd.zeros((2, 1)), mx.nd.zeros((1, 2))])
    return text.getvalue().splitlines()


def pair(mx: Any) -> Any:
    """Make the class of a Block with nested inputs and outputs."""

    class Pair(mx.gluon.HybridBlock):
        def hybrid_forward(self, F: Any, x: Any, others: Any, last: Any = None) -> Any:
            total = F.broadcast_add(x, others[0]) * F.ones_like(x)
            total = total if last is None else total - last
            return [total, (F.broadcast_mul(x, others[1]), [x])], F.split(total, num_outputs=2, axis=1)

    return Pair


def nesting(mx: Any) -> Any:
    found = []
    for active in (False, True):
        block = pair(mx)()
        block.hybridize(active)
        x, others = mx.nd.array(drawn(2, 2)), [mx.nd.array(drawn(2, 1)), mx.nd.array(drawn(1, 2, seed=1))]
        for args in ((x, others), (x, others, None)):
            (total, (product, one)), parts = block(*args)
            found.append([numbers(array) for array in (total, product, one[0], parts[0], parts[1])])
        fresh = pair(mx)()
        fresh.hybridize(active)
        (total, _), _ = fresh(x, others, x)
        found.append(numbers(total))
    return found


def training(mx: Any) -> Any:
    net = classifier(mx, prefix="net_")
    net.initialize()
    x, y = mx.nd.array(drawn(4, 2, 4, 4)), mx.nd.array([0, 1, 1, 0])
    net(x)
    settle(net, mx)
    net.collect_params(".*conv").setattr("lr_mult", 0.25)
    net.collect_params(".*bias").setattr("wd_mult", 0.0)
    schedule = mx.lr_scheduler.FactorScheduler(step=2, factor=0.5, base_lr=0.2)
    options = {"learning_rate": 0.2, "momentum": 0.9, "wd": 0.1, "lr_scheduler": schedule, "clip_gradient": 0.5}
    trainer = mx.gluon.Trainer(net.collect_params(), "sgd", options)
    loss = mx.gluon.loss.SoftmaxCrossEntropyLoss()
    found = []
    for step in range(6):
        if step == 3:
            net.hybridize()
        with mx.autograd.record():
            value = loss(net(x), y)
        value.backward()
        trainer.step(4)
        found.append([numbers(value), round(trainer.learning_rate, 6)])
    return [found, numbers(net(x)), [numbers(one.data()) for one in unique(net)]]


def many_optimizers(mx: Any) -> Any:
    found = {}
    for name in ("sgd", "nag", "adam", "nadam", "rmsprop", "adagrad", "ftrl", "signum", "lamb", "lars", "adadelta"):
        net = make_tree(mx)(prefix="tree_")
        net.initialize()
        settle(net, mx)
        trainer = mx.gluon.Trainer(net.collect_params(), name, {"wd": 0.05})
        for step in range(3):
            with mx.autograd.record():
                value = (net(mx.nd.array(drawn(4, 3, seed=step))) ** 2).sum()
            value.backward()
            trainer.step(4)
        found[name] = [numbers(one.data()) for one in unique(net)]
    return found


def requests(mx: Any) -> Any:
    net = mx.gluon.nn.Dense(1, in_units=2, prefix="d_")
    net.initialize(mx.init.One())
    x = mx.nd.array([[1, 2]])

    def run() -> None:
        with mx.autograd.record():
            value = net(x)
        value.backward()

    run()
    found = [numbers(net.weight.grad())]
    run()
    found.append(numbers(net.weight.grad()))
    net.weight.grad_req = "add"
    found.append(numbers(net.weight.grad()))
    run()
    run()
    found += [numbers(net.weight.grad()), numbers(net.bias.grad())]
    net.collect_params().zero_grad()
    found += [numbers(net.weight.grad()), numbers(net.bias.grad())]
    # MXNet's kernel of the layer forgets the bias as well then.
    net.weight.grad_req = "null"
    run()
    found.append(net.weight.grad_req)
    net.weight.grad_req = "write"
    found += [net.weight.grad_req, numbers(net.weight.grad())]
    run()
    return [*found, numbers(net.weight.grad())]


def contexts(mx: Any) -> Any:
    places = [mx.cpu(0), mx.cpu(1)]
    net = classifier(mx, prefix="net_")
    net.initialize(ctx=places)
    found = [str(net.collect_params()["net_conv0_weight"].list_ctx())]
    net(mx.nd.zeros((1, 2, 4, 4)))
    settle(net, mx)
    weight = net[0].weight
    found += [str([one.context for one in weight.list_data()]), str(weight.data(mx.cpu(1)).context)]
    trainer = mx.gluon.Trainer(net.collect_params(), "sgd", {"learning_rate": 0.1, "momentum": 0.5})
    loss = mx.gluon.loss.SoftmaxCrossEntropyLoss()
    x, y = drawn(6, 2, 4, 4), np.array([0, 1, 1, 0, 1, 0], "float32")
    for _ in range(3):
        xs = mx.gluon.utils.split_and_load(mx.nd.array(x), places)
        ys = mx.gluon.utils.split_and_load(mx.nd.array(y), places)
        with mx.autograd.record():
            losses = [loss(net(one), other) for one, other in zip(xs, ys)]  # noqa: B905
        for one in losses:
            one.backward()
        found.append([numbers(weight.grad(place)) for place in places])
        trainer.step(6)
        found.append([str(losses[1].context), numbers(losses[0]), numbers(losses[1])])
    found += [[numbers(array) for array in one.list_data()] for one in net.collect_params().values()]
    net.collect_params().reset_ctx(mx.cpu(1))
    return [*found, str(weight.list_ctx()), numbers(net(mx.nd.array(x, ctx=mx.cpu(1))))]


def reducing(mx: Any) -> Any:
    weight = mx.gluon.Parameter("w", shape=(2,), init="ones")
    weight.initialize(ctx=[mx.cpu(0), mx.cpu(1)])
    trainer = mx.gluon.Trainer([weight], "sgd", {"learning_rate": 0.5}, update_on_kvstore=False)
    with mx.autograd.record():
        values = [(weight.data(mx.cpu(i)) * (i + 1)).sum() for i in range(2)]
    for value in values:
        value.backward()
    trainer.allreduce_grads()
    found = [[numbers(one) for one in weight.list_grad()]]
    trainer.update(1)
    return [*found, [numbers(one) for one in weight.list_data()]]


def stale(mx: Any) -> Any:
    nn = mx.gluon.nn
    used, unused = nn.Dense(1, in_units=1, prefix="u_"), nn.Dense(1, in_units=1, prefix="v_")
    both = nn.Sequential(prefix="b_")
    both.add(used, unused)
    both.initialize(mx.init.One())
    trainer = mx.gluon.Trainer(both.collect_params(), "sgd", {"learning_rate": 0.5, "wd": 0.1})
    found: list = []
    for ignore in (False, True):
        with mx.autograd.record():
            value = used(mx.nd.ones((1, 1)))
        value.backward()
        try:
            trainer.step(1, ignore_stale_grad=ignore)
            found.append("stepped")
        except (UserWarning, RuntimeError):
            found.append("refused")
    return [*found, numbers(used.weight.data()), numbers(unused.weight.data())]


def hooks(mx: Any) -> Any:
    nn = mx.gluon.nn
    seen: list = []
    net = nn.HybridSequential(prefix="net_")
    net.add(nn.Dense(2, in_units=2, prefix="a_"), nn.Dense(1, in_units=2, prefix="b_"))
    net.initialize()
    handles = []
    for block in (net, net[0], net[1]):
        handles.append(
            block.register_forward_pre_hook(lambda block, inputs: seen.append(["pre", block.name, len(inputs)]))
        )
        handles.append(
            block.register_forward_hook(lambda block, inputs, output: seen.append([block.name, list(output.shape)]))
        )
    x = mx.nd.ones((1, 2))
    net(x)
    handles[2].detach()
    handles[2].detach()
    with handles[3]:
        net(x)
    net(x)
    return seen


def casting(mx: Any) -> Any:
    net = classifier(mx, prefix="net_")
    net.initialize()
    net(mx.nd.zeros((1, 2, 4, 4)))
    found = []
    for dtype in ("float16", "float64", "float32"):
        net.cast(dtype)
        found.append([np.dtype(one.dtype).name for one in net.collect_params().values()])
        found.append(np.dtype(net(mx.nd.zeros((1, 2, 4, 4), dtype=dtype)).dtype).name if dtype != "float16" else "")
    return found


def constants(mx: Any) -> Any:
    tree = make_tree(mx)(prefix="tree_")
    tree.initialize()
    settle(tree, mx)
    x = mx.nd.array(drawn(2, 3))
    trainer = mx.gluon.Trainer(tree.collect_params(), "sgd", {"learning_rate": 0.1})
    with mx.autograd.record():
        value = tree(x)
    value.backward()
    trainer.step(1)
    tree.offset.set_data(mx.nd.array([[0, 0, 1]]))
    return [numbers(tree.offset.data()), tree.offset.grad_req, numbers(tree(x)), str(tree.offset.shape)]


def graphs(mx: Any) -> Any:
    found = []
    for block, shape in ((classifier(mx, prefix="net_"), (1, 2, 4, 4)), (make_tree(mx)(prefix="tree_"), (1, 3))):
        block.initialize()
        block(mx.nd.zeros(shape))
        symbol = block(mx.sym.var("data"))
        found += [symbol.list_arguments(), symbol.list_auxiliary_states(), symbol.list_outputs()]
        found += [symbol.get_internals().list_outputs()]
    return found


def features(mx: Any) -> Any:
    net = classifier(mx, prefix="net_")
    net.initialize()
    x = mx.nd.array(drawn(2, 2, 4, 4))
    net(x)
    settle(net, mx)
    data = mx.sym.var("data")
    inner = net(data).get_internals()
    chosen = [inner[name] for name in inner.list_outputs() if name.endswith("fwd_output")][-3:]
    block = mx.gluon.SymbolBlock(chosen, data, params=net.collect_params())
    alone = mx.gluon.SymbolBlock([chosen[1]], [data], params=net.collect_params())
    keyed = sorted(block._collect_params_with_prefix())
    return [[numbers(one) for one in block(x)], numbers(alone(x)), str(alone), keyed]


def slices(mx: Any) -> Any:
    whole = mx.nd.array(drawn(7, 2))
    parts = mx.gluon.utils.split_data(whole, 3, even_split=False)
    arrays = [mx.nd.array(drawn(2, 3, seed=i)) for i in range(3)]
    norm = mx.gluon.utils.clip_global_norm(arrays, 0.5)
    loose = mx.gluon.utils.clip_global_norm(arrays, 100.0)
    across = mx.gluon.utils.split_data(mx.nd.array(drawn(2, 4)), 2, batch_axis=1)
    return [[list(one.shape) for one in parts], round(float(norm), 4), round(float(loose), 4),
            [numbers(one) for one in arrays], [numbers(one) for one in across]]  # fmt: skip


def matching(mx: Any) -> Any:
    found = []
    for smoothing in (0.3, 0.0):
        loss = mx.gluon.loss.SDMLLoss(smoothing)
        x1, x2 = mx.nd.array(drawn(4, 3)), mx.nd.array(drawn(4, 3, seed=1))
        x1.attach_grad()
        with mx.autograd.record():
            value = loss(x1, x2)
        value.backward()
        found.append([numbers(value), numbers(x1.grad)])
    return found


def beginnings(mx: Any) -> Any:
    init = mx.init
    endings = [init.InitDesc(name) for name in ("x_weight", "x_bias", "x_gamma", "x_beta", "x_min", "x_max")]
    # MXNet knows these only as plain text.
    endings += ["x_moving_mean", "x_moving_var", "x_moving_inv_var", "x_moving_avg"]
    found = []
    for name in endings:
        array = mx.nd.full((2, 2), 7.0)
        init.Constant(3)(name, array)
        found.append(numbers(array))
    mixed = init.Mixed([".*bias", ".*"], [init.Constant(2.0), init.One()])
    loaded = init.Load({"arg:x_weight": mx.nd.array([[1, 2], [3, 4]])}, default_init=init.Zero())
    for chooser in (mixed, loaded):
        for name in ("x_weight", "x_bias"):
            array = mx.nd.full((2, 2), 7.0)
            chooser(name, array)
            found.append(numbers(array))
    net = mx.gluon.nn.Dense(2, in_units=2, bias_initializer=init.Constant(5.0))
    net.initialize(init.Constant(0.5))
    return [*found, numbers(net.weight.data()), numbers(net.bias.data()), init.Xavier(magnitude=2).dumps()]


SCENARIOS = {
    function.__name__: function
    for function in (
        names, sharing, keys, old_files, selection, shown, summary, nesting, training, many_optimizers, requests,
        contexts, reducing, stale, hooks, casting, constants, graphs, features, slices, matching, beginnings,
    )
}  # fmt: skip
