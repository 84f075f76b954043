"""The same inputs for every system, as numpy arrays. Runs under Python 3.8 too."""

import numpy as np


def generator():
    """Return the generator that all inputs are drawn from."""
    return np.random.RandomState(0)


def boxes(count, size, largest):
    """Draw ``(count, 4)`` corner boxes in a square of ``size``."""
    random = generator()
    corner = random.uniform(0, size, (count, 2))
    extent = random.uniform(size / 50.0, largest, (count, 2))
    return np.concatenate([corner, corner + extent], 1).astype("float32")


def rows(batch, count, classes):
    """Draw ``(batch, count, 6)`` rows of class, score and box."""
    random = generator()
    ids = random.randint(0, classes, (batch * count, 1))
    scores = random.uniform(0.01, 1, (batch * count, 1))
    return np.concatenate([ids, scores, boxes(batch * count, 512, 80)], 1).astype("float32").reshape(batch, count, 6)


def overlaps(batch, anchors, truths):
    """Draw ``(batch, anchors, truths)`` scores, most of them 0 as between anchors and objects."""
    random = generator()
    values = random.uniform(0, 1, (batch, anchors, truths)).astype("float32")
    return np.where(values > 0.8, values, 0).astype("float32")


def labels(batch, truths, classes):
    """Draw ``(batch, truths, 5)`` rows of class and box in [0, 1]."""
    random = generator()
    ids = random.randint(0, classes, (batch, truths, 1))
    return np.concatenate([ids, (boxes(batch * truths, 1, 0.4)).reshape(batch, truths, 4)], 2).astype("float32")


def floats(*shape):
    """Draw normal values."""
    return generator().normal(size=shape).astype("float32")


def probabilities(*shape):
    """Draw probabilities along the second axis."""
    values = np.exp(3 * floats(*shape))
    return (values / values.sum(1, keepdims=True)).astype("float32")


def rois(count, size):
    """Draw ``(count, 5)`` rows of picture and box."""
    return np.concatenate([np.zeros((count, 1), "float32"), boxes(count, size, size / 2.0).clip(0, size - 1)], 1)
