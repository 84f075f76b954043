"""Measures what calling one small operator on NDArrays costs beyond calling torch itself, and prints it as JSON."""

import json
import timeit

import torch
from torch.nn import functional

from regluon import nd

# A call of an operator on one number costs at most so many microseconds more than torch's own.
BAR = 12
CALLS, ROUNDS = 5_000, 9

ONE, ROW = nd.ones((1, 1)), nd.ones((1,))
X, Y = ONE._tensor, ROW._tensor
PAIRS = {
    "relu": (lambda: nd.relu(ONE), lambda: torch.relu(X)),
    "broadcast_add": (lambda: nd.broadcast_add(ONE, ROW), lambda: torch.add(X, Y)),
    "x + y": (lambda: ONE + ROW, lambda: X + Y),
    "x * 2": (lambda: ONE * 2, lambda: X * 2),
    "reshape": (lambda: ONE.reshape((-1,)), lambda: X.reshape(-1).clone()),
    "sum": (lambda: nd.sum(ONE), lambda: torch.sum(X)),
    "softmax": (lambda: nd.softmax(ONE), lambda: torch.softmax(X, -1)),
    "FullyConnected": (
        lambda: nd.FullyConnected(ONE, ONE, ROW, num_hidden=1),
        lambda: functional.linear(X, X, Y),
    ),
}


def cost(call):
    """Return the microseconds of the fastest round's average call."""
    return min(timeit.repeat(call, number=CALLS, repeat=ROUNDS)) / CALLS * 1e6


if __name__ == "__main__":
    torch.set_num_threads(1)
    with torch.no_grad():
        print(json.dumps({name: [cost(ours), cost(theirs)] for name, (ours, theirs) in PAIRS.items()}))
