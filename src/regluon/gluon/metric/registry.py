"""Metrics by name: what ``mx.metric.create`` knows, and how a class joins it."""

import json
import warnings
from collections.abc import Callable
from typing import Any, TypeVar

from regluon.core.errors import ArgumentError, ArgumentTypeError, UnknownNameError
from regluon.gluon.metric.base import EvalMetric

__all__ = ["alias", "from_config", "register"]

_Metric = TypeVar("_Metric", bound=type[EvalMetric])

_METRICS: dict[str, type[EvalMetric]] = {}


def register(klass: _Metric, name: str | None = None) -> _Metric:
    """Let ``create`` find ``klass`` by ``name``, in lower case; by its class name if None.

    Returns:
        ``klass``, so that it serves as a decorator. Taking a name that is in use warns, as MXNet does.
    """
    if not (isinstance(klass, type) and issubclass(klass, EvalMetric)):
        raise ArgumentTypeError(f"metric.register: klass must be a class that extends EvalMetric, got {klass!r}")
    name = (klass.__name__ if name is None else name).lower()
    if name in _METRICS:
        message = f"metric.register: {name!r} was {_METRICS[name].__qualname__} and is now {klass.__qualname__}"
        warnings.warn(message, UserWarning, stacklevel=2)
    _METRICS[name] = klass
    return klass


def alias(*aliases: str) -> Callable[[_Metric], _Metric]:
    """Return a decorator that lets ``create`` find a class by each of ``aliases``."""

    def named(klass: _Metric) -> _Metric:
        for name in aliases:
            register(klass, name)
        return klass

    return named


def from_config(metric: Any, *args: Any, **kwargs: Any) -> EvalMetric:
    """Make a metric from its name, its ``get_config()`` or the JSON text of either; an instance passes through."""
    if isinstance(metric, (EvalMetric, dict)) or (isinstance(metric, str) and metric.startswith(("[", "{"))):
        if args or kwargs:
            raise ArgumentError(
                f"metric.create: a metric that is made or described in full takes no further arguments, "
                f"got {args} and {kwargs}"
            )
        match json.loads(metric) if isinstance(metric, str) else metric:
            case EvalMetric() as made:
                return made
            case {"metric": name, **config}:
                return from_config(name, **config)
            case [str(name), dict(config)]:
                return from_config(name, **config)
            case other:
                raise ArgumentError(
                    f'metric.create: a description must be {{"metric": name, ...}} or [name, {{...}}], got {other!r}'
                )
    if not isinstance(metric, str):
        raise ArgumentTypeError(
            f"metric.create: metric must be a name, an EvalMetric, a function or a list of these, got {metric!r}"
        )
    if metric.lower() not in _METRICS:
        raise UnknownNameError(f"metric.create: metric must be one of {sorted(_METRICS)}, got {metric!r}")
    return _METRICS[metric.lower()](*args, **kwargs)
