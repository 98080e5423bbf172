"""Cross-entropy of a linear projection, without ever holding all the logits.

For a vocabulary of 262,144 words, 1,024 positions of logits are 1 GB, and autograd would keep
three of them. Here the vocabulary is gone through in blocks that fit the processor's cache, and
each block's logits become its share of the gradient at once, while they are at hand, so the
backward pass has nothing left to compute. The softmax's normaliser is not known before the last
block, so what has been summed is scaled down whenever a larger logit turns up (the online softmax
of Milakov and Gimelshein 2018, arXiv 1805.02867).

The target is kept out of that sum. With `others` for the log of the sum over all other words, its
probability is sigmoid(target - others): nothing has to be subtracted from nearly itself, which
bf16 could not do where the model is sure, as it is of most of a revision. What is to become
unlikely has -log(1 - probability) for a loss, which is the same with the sign of that difference
turned, so both are one function.
"""

from __future__ import annotations

import math
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

_BLOCK = 8192  # words of the vocabulary at a time
# A token that is surer than 1 - 1e-9 has the loss of 1e-9 and no gradient, as in the released code
# of language-aware tuning (papers.md §3.3); without that, its loss would have no bound.
_SUREST = -math.log(1e-9)


class _LinearCrossEntropy(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: Any,
        hidden: Tensor,
        projection: Tensor,
        targets: Tensor,
        weights: Tensor,
        softcap: float | None,
        unlikely: bool,
    ) -> Tensor:
        others, mean = _others(hidden, projection, targets, softcap)
        right = projection[targets].float()
        logit = (hidden.float() * right).sum(-1, keepdim=True)
        slope: Tensor | float = 1.0
        if softcap is not None:
            logit = softcap * torch.tanh(logit / softcap)
            slope = 1 - (logit / softcap) ** 2
        scale = weights.float()[:, None]
        losses = functional.softplus(logit - others if unlikely else others - logit)
        if unlikely:
            missed = -scale * torch.sigmoid(logit - others) * (losses < _SUREST)
            losses = losses.clamp(max=_SUREST)
        else:
            missed = scale * torch.sigmoid(others - logit)
        grad_hidden = (missed * (mean - slope * right)).to(hidden.dtype)
        grad_projection = None
        if ctx.needs_input_grad[1]:
            grad_projection = _projection_gradient(
                hidden, projection, targets, others, missed, softcap
            )
            wrong = (missed * slope * hidden.float()).to(projection.dtype)
            grad_projection.index_add_(0, targets, wrong, alpha=-1)
        ctx.save_for_backward(grad_hidden, grad_projection)
        return (scale * losses).sum()

    @staticmethod
    def backward(ctx: Any, *upstream: Any) -> Any:
        grad_hidden, grad_projection = ctx.saved_tensors
        (scale,) = upstream
        projection = None if grad_projection is None else grad_projection * scale
        return grad_hidden * scale, projection, None, None, None, None


def linear_cross_entropy(
    hidden: Tensor,
    projection: Tensor,
    targets: Tensor,
    weights: Tensor,
    softcap: float | None = None,
    unlikely: bool = False,
) -> Tensor:
    """The weighted sum of -log p, a scalar, p being softmax(hidden @ projection.T)[target]; with
    `unlikely` that of -log max(1 - p, 1e-9).

    `hidden` is [positions, width], `projection` [vocabulary, width], `targets` and `weights`
    [positions]; `softcap` squeezes the logits into ±softcap by tanh first (Gemma 2).
    """
    total: Tensor = _LinearCrossEntropy.apply(
        hidden, projection, targets, weights, softcap, unlikely
    )
    return total


def _others(
    hidden: Tensor, projection: Tensor, targets: Tensor, softcap: float | None
) -> tuple[Tensor, Tensor]:
    """Over all words but the target, for every position: the log of the sum of exp(logit),
    [positions, 1], and its gradient with respect to `hidden`, [positions, width], which without a
    cap is the mean row of `projection`.
    """
    lowest = torch.finfo(torch.float32).min
    highest = hidden.new_full((len(hidden), 1), lowest, dtype=torch.float32)
    total = torch.zeros_like(highest)
    mean = torch.zeros_like(hidden, dtype=torch.float32)
    for start in range(0, len(projection), _BLOCK):
        block = projection[start : start + _BLOCK]
        logits, slope = _logits(hidden, block, targets - start, softcap)
        raised = torch.maximum(highest, logits.amax(-1, keepdim=True))
        shrink = (highest - raised).exp_()
        shares = logits.sub_(raised).exp_()
        total = total * shrink + shares.sum(-1, keepdim=True)
        if slope is not None:
            shares = shares * slope
        mean = mean * shrink + (shares.to(block.dtype) @ block).float()
        highest = raised
    return highest + total.log(), mean / total


def _projection_gradient(
    hidden: Tensor,
    projection: Tensor,
    targets: Tensor,
    others: Tensor,
    missed: Tensor,
    softcap: float | None,
) -> Tensor:
    """[vocabulary, width], without the part of the targets. The logits are computed again."""
    gradient = torch.empty_like(projection)
    for start in range(0, len(projection), _BLOCK):
        part = slice(start, start + _BLOCK)
        logits, slope = _logits(hidden, projection[part], targets - start, softcap)
        shares = logits.sub_(others).exp_().mul_(missed)
        if slope is not None:
            shares.mul_(slope)
        gradient[part] = shares.to(hidden.dtype).T @ hidden
    return gradient


def _logits(
    hidden: Tensor, block: Tensor, targets: Tensor, softcap: float | None
) -> tuple[Tensor, Tensor | None]:
    """The block's logits in fp32, as low as can be for a target in it (`targets` are counted from
    the block's beginning), and with a cap how much each changes with what is capped."""
    logits, slope = (hidden @ block.T).float(), None
    if softcap is not None:
        logits.div_(softcap).tanh_()
        slope = 1 - logits**2
        logits.mul_(softcap)
    rows = ((targets >= 0) & (targets < len(block))).nonzero()[:, 0]
    # Not -inf: where a block holds nothing else, -inf less -inf would be nan.
    logits[rows, targets[rows]] = torch.finfo(torch.float32).min
    return logits, slope
