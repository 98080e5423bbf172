"""PEFT's low-rank layer, with base and update as one step of autograd.

    y = x · Wᵀ + scale · (x · Aᵀ) · Bᵀ

PEFT computes the update in the precision of A and B, fp32, on a copy of x. Here both are rounded to
that of the weights first, the update is added by the product itself, and of what grows with x only
x and x · Aᵀ are kept for the backward pass. A and B themselves, their gradients and the optimiser
stay in fp32.
"""

from __future__ import annotations

from typing import Any

import torch
from peft.tuners import lora
from torch import Tensor, nn
from torch.autograd.function import once_differentiable
from torch.nn import functional


class Linear(lora.Linear):
    """PEFT's layer in all but how it computes."""

    def forward(self, x: Tensor, *args: Any, **kwargs: Any) -> Tensor:
        """The layer's output for `x` [..., width]."""
        active = self.active_adapters
        asleep = self.disable_adapters or self.merged or len(active) != 1
        if asleep or args or kwargs or torch.is_autocast_enabled(x.device.type):
            plain: Tensor = super().forward(x, *args, **kwargs)
            return plain
        (name,) = active
        base = self.get_base_layer()
        down, up = self.lora_A[name].weight, self.lora_B[name].weight
        found: Tensor = _Update.apply(x, base.weight, base.bias, down, up, self.scaling[name])
        return found


def replace(model: nn.Module) -> None:
    """Have a PEFT model's low-rank layers compute as above, but for what is more than that: DoRA,
    dropout, biases that are tuned, quantised weights."""
    for layer in model.modules():
        if type(layer) is lora.Linear and _is_plain(layer):
            layer.__class__ = Linear


def _is_plain(layer: lora.Linear) -> bool:
    base = layer.get_base_layer()
    return (
        type(base) is nn.Linear
        and not any(each.requires_grad for each in base.parameters())
        and not layer.fan_in_fan_out
        and not layer.lora_variant
        and not any(layer.lora_bias.values())
        and all(isinstance(each, nn.Identity) for each in layer.lora_dropout.values())
    )


class _Update(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: Any,
        x: Tensor,
        weight: Tensor,
        bias: Tensor | None,
        down: Tensor,
        up: Tensor,
        scale: float,
    ) -> Tensor:
        flat = x.reshape(-1, x.shape[-1])
        down, up = down.to(weight.dtype), (up * scale).to(weight.dtype)
        low = flat @ down.T
        out = functional.linear(flat, weight, bias).addmm_(low, up.T)
        ctx.save_for_backward(x, weight, down, up, low)
        ctx.scale = scale
        return out.view(*x.shape[:-1], -1)

    @staticmethod
    @once_differentiable  # type: ignore[untyped-decorator]
    def backward(ctx: Any, *upstream: Any) -> Any:
        x, weight, down, up, low = ctx.saved_tensors
        flat = x.reshape(-1, x.shape[-1])
        slope = upstream[0].reshape(len(flat), -1)
        slope_low = slope @ up
        to_x = to_down = to_up = None
        if ctx.needs_input_grad[0]:
            to_x = (slope @ weight).addmm_(slope_low, down).view_as(x)
        if ctx.needs_input_grad[3]:
            to_down = (slope_low.T @ flat).float()
        if ctx.needs_input_grad[4]:
            to_up = (low.T @ slope).T.float().mul_(ctx.scale)
        return to_x, None, None, to_down, to_up, None
