"""Connectionist temporal classification: the loss of a label whose place in a sequence is not known.

(Graves et al., Connectionist Temporal Classification: Labelling Unsegmented Sequence Data with Recurrent Neural
Networks, 2006.)
"""

from typing import Any

import torch
from torch import Tensor

from regluon.kernels.ctc_loops import memory_for, write_losses
from regluon.kernels.dispatch import runs_compiled
from regluon.kernels.precision import at_least_single
from regluon.kernels.threads import over_batch

__all__ = ["ctc_loss", "ctc_loss_plain"]


def ctc_loss(data: Tensor, labels: Tensor, label_lengths: Tensor, lengths: Tensor, blank: int) -> Tensor:
    """Give the negative logarithm of each label's probability, over all ways to read it off the sequence.

    A sequence too short for its label has loss 0 and no gradient, as in MXNet 1.9.1. A blank within a label is read
    like another symbol, but another blank must come before it. Half precision is computed in float32. On the CPU this
    is a compiled loop, sequences spread over threads; elsewhere, and without numba, plain torch.

    Args:
        data: ``(T, B, A)`` activations, of which a softmax makes probabilities.
        labels: ``(B, L)`` integers in ``[0, A)`` up to the length of each label.
        label_lengths: ``(B,)`` integers up to L.
        lengths: ``(B,)`` integers up to T, the steps of each sequence.
        blank: the symbol for blank.

    Returns:
        ``(B,)`` losses in the type of ``data``.

    Examples:
        >>> ctc_loss(torch.zeros(3, 1, 3), torch.tensor([[1]]), torch.tensor([1]), torch.tensor([3]), 0)
        tensor([1.5041])
    """
    if not runs_compiled(data):
        return ctc_loss_plain(at_least_single(data), labels, label_lengths, lengths, blank).to(data.dtype)
    wanted = torch.is_grad_enabled() and data.requires_grad
    loss, _ = _compiled(at_least_single(data), labels, label_lengths, lengths, blank, wanted)
    return loss.to(data.dtype)


def ctc_loss_plain(data: Tensor, labels: Tensor, label_lengths: Tensor, lengths: Tensor, blank: int) -> Tensor:
    """Answer as :func:`ctc_loss` does, in plain torch, which autograd differentiates: for every device.

    Args:
        data: ``(T, B, A)`` activations.
        labels: ``(B, L)`` integers.
        label_lengths: ``(B,)`` integers.
        lengths: ``(B,)`` integers.
        blank: the symbol for blank.

    Returns:
        ``(B,)`` losses.
    """
    steps, items, _ = data.shape
    width = labels.shape[1]
    inside = torch.arange(width, device=data.device) < label_lengths.unsqueeze(1)
    labels = torch.where(inside, labels, blank)
    symbols = torch.full((items, 2 * width + 1), blank, device=data.device)
    symbols[:, 1::2] = labels
    follows = torch.zeros_like(symbols, dtype=torch.bool)
    follows[:, 3::2] = (labels[:, 1:] != labels[:, :-1]) & (labels[:, 1:] != blank)
    least = label_lengths + (inside[:, 1:] & ~follows[:, 3::2]).sum(1)
    chances = data.log_softmax(2).gather(2, symbols.expand(steps, -1, -1))
    # No -inf: the gradient of a sum of nothing would be NaN.
    nothing = torch.finfo(data.dtype).min / 4
    states = torch.nn.functional.pad(chances.new_zeros(items, 1), (2, 2 * width), value=nothing)
    for step in range(steps):
        ways = [states[:, 2:], states[:, 1:-1], torch.where(follows, states[:, :-2], nothing)]
        moved = torch.logsumexp(torch.stack(ways), 0) + chances[step]
        alive = (step < lengths).unsqueeze(1)
        states = torch.cat([states[:, :2], torch.where(alive, moved, states[:, 2:]).clamp(min=nothing)], 1)
    last = states.gather(1, (2 * label_lengths + 2).unsqueeze(1) - torch.arange(2, device=data.device))
    last = torch.where((label_lengths > 0).unsqueeze(1) | (torch.arange(2, device=data.device) == 0), last, nothing)
    return torch.where((least <= lengths) & (lengths > 0), -last.logsumexp(1), 0)


@torch.library.custom_op("regluon::ctc_loss", mutates_args=())
def _compiled(
    data: Tensor, labels: Tensor, label_lengths: Tensor, lengths: Tensor, blank: int, wanted: bool
) -> tuple[Tensor, Tensor]:
    # The losses, and their gradient by the activations; empty if not wanted.
    chances = data.detach().log_softmax(2)
    losses = data.new_empty(data.shape[1])
    gradient = chances.exp()
    arrays = [one.contiguous().numpy() for one in (chances, labels, label_lengths, lengths)]
    answers = (losses.numpy(), gradient.numpy())
    steps, width = data.shape[0], labels.shape[1]
    over_batch(
        lambda start, stop: write_losses(*arrays, *answers, memory_for(steps, width), start, stop, blank, wanted),
        len(losses),
        steps * (2 * width + 1) * len(losses),
    )
    return losses, gradient if wanted else data.new_empty(0, 0, 0)


@_compiled.register_fake
def _(
    data: Tensor, labels: Tensor, label_lengths: Tensor, lengths: Tensor, blank: int, wanted: bool
) -> tuple[Tensor, Tensor]:
    del labels, label_lengths, lengths, blank
    return data.new_empty(data.shape[1]), data.new_empty(data.shape if wanted else (0, 0, 0))


def _remember(ctx: Any, inputs: tuple[Any, ...], output: tuple[Tensor, Tensor]) -> None:
    del inputs
    ctx.save_for_backward(output[1])
    ctx.set_materialize_grads(False)


def _send_back(ctx: Any, heads: Tensor | None, _: Tensor | None) -> tuple[Tensor | None, ...]:
    (gradient,) = ctx.saved_tensors
    return None if heads is None else gradient * heads.reshape(-1, 1), None, None, None, None, None


_compiled.register_autograd(_send_back, setup_context=_remember)
