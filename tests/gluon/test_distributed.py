"""Several processes train one network by torch's DistributedDataParallel."""

import os
from datetime import timedelta
from pathlib import Path

import pytest
import torch
from torch import multiprocessing
from torch.nn.parallel import DistributedDataParallel

from regluon import gluon
from regluon.gluon import nn


def network() -> nn.HybridSequential:
    torch.manual_seed(0)
    net = nn.HybridSequential()
    net.add(nn.Conv2D(4, 3, activation="relu"), nn.Flatten(), nn.Dense(3))
    net.initialize()
    net(batch()[0])
    return net


def batch() -> tuple[torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(1)
    return torch.randn(8, 2, 5, 5, generator=generator), torch.randint(0, 3, (8,), generator=generator)


def learn(
    model: torch.nn.Module, net: nn.HybridSequential, images: torch.Tensor, labels: torch.Tensor
) -> dict[str, object]:
    """Take one step; return the gradients before it and the weights after it."""
    trainer = gluon.Trainer(net.collect_params(), "sgd", {"learning_rate": 0.5})
    torch.nn.functional.cross_entropy(model(images), labels).backward()
    gradients = {name: one.grad.clone() for name, one in net.named_parameters()}
    trainer.step(1)
    return {"gradients": gradients, "weights": net.state_dict()}


def work(rank: int, folder: str) -> None:
    """What each process does with its half of the batch."""
    torch.set_num_threads(1)
    os.environ.setdefault("GLOO_SOCKET_IFNAME", "lo")
    torch.distributed.init_process_group(
        "gloo", init_method=f"file://{folder}/meeting", rank=rank, world_size=2, timeout=timedelta(seconds=60)
    )
    net = network()
    if rank == 1:  # DDP is to bring the weights of the first over
        net[2].weight.set_data(torch.zeros_like(net[2].weight.tensor()))
    images, labels = batch()
    half = slice(4 * rank, 4 * rank + 4)
    torch.save(learn(DistributedDataParallel(net), net, images[half], labels[half]), f"{folder}/{rank}.pt")
    torch.distributed.destroy_process_group()


@pytest.mark.slow
def test_gradients_and_weights_equal_those_of_one_process(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    # The processes find this file by its name in the package of tests, wherever pytest was started from.
    monkeypatch.syspath_prepend(Path(__file__).parents[2])
    multiprocessing.spawn(work, (str(tmp_path),), nprocs=2)
    net = network()
    expected = learn(net, net, *batch())
    for rank in range(2):
        found = torch.load(tmp_path / f"{rank}.pt")
        torch.testing.assert_close(found, expected, rtol=1e-5, atol=1e-6)
