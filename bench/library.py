"""MXNet, or regluon in its place, as the first argument says; and what every case needs of it."""

import os
import sys

if sys.argv[1:2] == ["mxnet"]:
    import mxnet as mx
else:
    import torch

    import regluon as mx

    torch.set_num_threads(int(os.environ.get("OMP_NUM_THREADS", 2)))
nd, autograd = mx.nd, mx.autograd


def put(values, dtype="float32"):
    """Make an array."""
    return nd.array(values, dtype=dtype)


def recorded(function, *variables):
    """Make a call that runs forward and backward."""
    for one in variables:
        one.attach_grad()

    def call():
        with autograd.record():
            result = function()
        result.backward()
        return [one.grad for one in variables]

    return call


def wait(result):
    """Wait until results are there."""
    for one in result if isinstance(result, (list, tuple)) else [result]:
        if hasattr(one, "wait_to_read"):
            one.wait_to_read()
