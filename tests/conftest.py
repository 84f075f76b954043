"""What every test gets: seeds, the device to run on, and an order that fails early."""

import inspect
import random

import hypothesis
import numpy as np
import pytest
import torch

LAYERS = "core formats kernels ops th nd autograd sym initializer optimizer gluon cv export engine cli".split()  # noqa: SIM905
"""Parts of the package, lowest first: a fault in one shows before everything built on it fails too."""


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--device", default="cpu", help="where tests that take `device` run: cpu, cuda, cuda:1 ...")


def pytest_configure(config: pytest.Config) -> None:
    # The first call of a compiled kernel takes as long as a thousand others.
    hypothesis.settings.register_profile("regluon", deadline=None)
    hypothesis.settings.load_profile("regluon")
    if hasattr(config, "workerinput"):
        # One worker per core: a second thread in each would only wait for the first.
        torch.set_num_threads(1)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    on_cpu = torch.device(config.getoption("--device")).type == "cpu"
    left_out = [item for item in items if _is_generated(item) or (on_cpu and item.get_closest_marker("gpu"))]
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if item not in left_out]
    items.sort(key=_rank)


def _is_generated(item: pytest.Item) -> bool:
    """Whether these are the examples of a function that a face made of an operator; they run where it is written."""
    if not isinstance(item, pytest.DoctestItem):
        return False
    thing = item.dtest.globs.get(item.name.rpartition(".")[2])
    return inspect.isfunction(thing) and inspect.unwrap(thing).__module__ != thing.__module__


def _rank(item: pytest.Item) -> tuple[bool, int]:
    """Order by speed, then by layer; tests of one file stay as they were written."""
    parts = [part.removesuffix(".py").removeprefix("test_") for part in item.path.parts]
    layer = next((LAYERS.index(part) for part in parts if part in LAYERS), len(LAYERS))
    return item.get_closest_marker("slow") is not None, layer


@pytest.fixture(autouse=True)
def _seeded() -> None:
    """Start every test from the same random numbers, whatever ran before it."""
    random.seed(0)
    np.random.seed(0)
    torch.manual_seed(0)


@pytest.fixture(scope="session")
def device(request: pytest.FixtureRequest) -> torch.device:
    """Where to run, as ``--device`` says."""
    return torch.device(request.config.getoption("--device"))
