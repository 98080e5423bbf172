"""PEFT's low-rank layers with the update added by the matrix product itself.

    y = x·Wᵀ + scale · (x·Aᵀ)·Bᵀ

PEFT computes the update, multiplies it and adds it, each a pass over a tensor as large as y, of
which autograd keeps some. Here the products add to y, and to the gradient of x, where they stand.
The values are the same but for rounding.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn

if TYPE_CHECKING:
    from transformers import PreTrainedModel


class _LowRankLinear(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: Any, x: Tensor, weight: Tensor, bias: Tensor | None, a: Tensor, b: Tensor, scale: float
    ) -> Tensor:
        flat = x.reshape(-1, x.shape[-1])
        low = flat @ a.T
        y = nn.functional.linear(flat, weight, bias).addmm_(low, b.T, alpha=scale)
        ctx.save_for_backward(flat, low, weight, a, b)
        ctx.scale, ctx.shape = scale, x.shape
        return y.view(*x.shape[:-1], y.shape[-1])

    @staticmethod
    def backward(ctx: Any, *upstream: Any) -> Any:
        flat, low, weight, a, b = ctx.saved_tensors
        dy = upstream[0].reshape(-1, upstream[0].shape[-1])
        through = (dy @ b).mul_(ctx.scale)
        dx = None
        if ctx.needs_input_grad[0]:
            dx = (dy @ weight).addmm_(through, a).view(ctx.shape)
        return dx, None, None, through.T @ flat, (dy.T @ low).mul_(ctx.scale), None


def fuse(model: PreTrainedModel) -> None:
    """Give every plain low-rank layer of a PEFT model the faster way; others stay as they are."""
    from peft.tuners.lora import Linear

    for layer in model.modules():
        if isinstance(layer, Linear) and _is_plain(layer):
            layer.forward = partial(_forward, layer, layer.forward)


def _is_plain(layer: Any) -> bool:
    """Whether nothing but a frozen linear layer and one low-rank update of the same kind of numbers
    is computed: no dropout, no DoRA, no 4-bit weights."""
    if list(layer.lora_A) != ["default"] or layer.lora_variant:
        return False
    base, dropout = layer.get_base_layer(), layer.lora_dropout["default"]
    parameters = [base.weight, layer.lora_A["default"].weight, layer.lora_B["default"].weight]
    return (
        type(base) is nn.Linear
        and isinstance(dropout, nn.Identity)
        and len({each.dtype for each in parameters}) == 1
        and not layer.lora_bias["default"]
    )


def _forward(layer: Any, plain: Any, x: Tensor, *args: Any, **kwargs: Any) -> Tensor:
    if layer.disable_adapters or layer.merged or args or kwargs:
        found: Tensor = plain(x, *args, **kwargs)
        return found
    base = layer.get_base_layer()
    y: Tensor = _LowRankLinear.apply(
        x,
        base.weight,
        base.bias,
        layer.lora_A["default"].weight,
        layer.lora_B["default"].weight,
        layer.scaling["default"],
    )
    return y
