"""Cross-entropy of a linear projection, without ever holding all the logits.

For a vocabulary of 262,144 words, 1,024 positions of logits are 1 GB, and autograd would keep
three of them. Here each chunk's logits become gradients at once, while they are at hand, so the
backward pass has nothing left to compute.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

_LOGITS_AT_ONCE = 1 << 26  # elements: 256 MiB in fp32


class _LinearCrossEntropy(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: Any,
        hidden: Tensor,
        projection: Tensor,
        targets: Tensor,
        weights: Tensor,
        softcap: float | None,
    ) -> Tensor:
        total = hidden.new_zeros((), dtype=torch.float32)
        grad_hidden = torch.empty_like(hidden)
        grad_projection = torch.zeros_like(projection) if ctx.needs_input_grad[1] else None
        chunk = max(1, _LOGITS_AT_ONCE // projection.shape[0])
        for start in range(0, hidden.shape[0], chunk):
            part = slice(start, start + chunk)
            logits = (hidden[part] @ projection.T).float()
            if softcap is not None:
                logits.div_(softcap).tanh_().mul_(softcap)
                slope = 1 - (logits / softcap) ** 2
            rows = torch.arange(logits.shape[0], device=logits.device)
            scale = weights[part].float()
            normaliser = logits.logsumexp(dim=-1)
            total += (scale * (normaliser - logits[rows, targets[part]])).sum()
            # From here on `logits` is its own gradient: scale * (softmax - onehot).
            logits.sub_(normaliser[:, None]).exp_()
            logits[rows, targets[part]] -= 1
            logits.mul_(scale[:, None])
            if softcap is not None:
                logits.mul_(slope)
            gradient = logits.to(hidden.dtype)
            torch.matmul(gradient, projection, out=grad_hidden[part])
            if grad_projection is not None:
                grad_projection += gradient.T @ hidden[part]
        ctx.save_for_backward(grad_hidden, grad_projection)
        return total

    @staticmethod
    def backward(ctx: Any, *upstream: Any) -> Any:
        grad_hidden, grad_projection = ctx.saved_tensors
        (scale,) = upstream
        projection = None if grad_projection is None else grad_projection * scale
        return grad_hidden * scale, projection, None, None, None


def linear_cross_entropy(
    hidden: Tensor,
    projection: Tensor,
    targets: Tensor,
    weights: Tensor,
    softcap: float | None = None,
) -> Tensor:
    """The weighted sum of -log softmax(hidden @ projection.T)[target], a scalar.

    `hidden` is [positions, width], `projection` [vocabulary, width], `targets` and `weights`
    [positions]; `softcap` squeezes the logits into ±softcap by tanh first (Gemma 2).
    """
    total: Tensor = _LinearCrossEntropy.apply(hidden, projection, targets, weights, softcap)
    return total
