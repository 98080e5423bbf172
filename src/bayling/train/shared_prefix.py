"""One pass over dialogues that begin alike, with their common beginning gone through once.

A template writes the same header in front of every dialogue, SmolLM2's two dozen tokens of it. A
causal network makes the same of it in each, so what the rows of a batch have in common is laid in
front of them as if all were one text,

    beginning | rest of row 1 | rest of row 2 | …

and only the attention has to know better: each rest sees the beginning and itself. Losses and
gradients are those of the rows one by one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from bayling import processes

if TYPE_CHECKING:
    from transformers import PreTrainedModel

_NAME = "bayling_shared_prefix"
# What a layer may also want of its attention, and this one cannot give.
_UNKNOWN = ("position_bias", "s_aux", "softcap")
# oneDNN compiles a product in bf16 anew for every number of rows, 0.4 ms and 0.75 MB each time, and
# a step has two dozen different ones; so numbers of rows are few (docs/log.md).
_ROUND = 64


@dataclass(frozen=True)
class _Layout:
    """How the tokens of a pass lie: `shared` of all `rows`, then what is left of each, then some
    that are `idle`."""

    shared: int
    rows: int
    idle: int


def prepare(network: PreTrainedModel) -> None:
    """Give the network this module's attention, if it then makes the same of two short texts as
    before: not every architecture lets its attention be replaced, or has no other way in which a
    token hears of those before it."""
    from transformers.integrations.sdpa_attention import sdpa_attention_forward
    from transformers.masking_utils import AttentionMaskInterface, sdpa_mask
    from transformers.modeling_utils import AttentionInterface

    def attention(module: nn.Module, *args: Any, **kwargs: Any) -> tuple[Tensor, None]:
        layout = kwargs.pop("layout", None)
        if layout is None:
            plain: tuple[Tensor, None] = sdpa_attention_forward(module, *args, **kwargs)
            return plain
        return _attention(module, layout, *args, **kwargs), None

    config = network.config.get_text_config()
    # Weights that processes share are not there yet to be tried.
    if config._attn_implementation != "sdpa" or processes.share_weights():
        return
    AttentionInterface.register(_NAME, attention)
    AttentionMaskInterface.register(_NAME, sdpa_mask)
    ids = torch.tensor([[0, 1, 2], [0, 1, 3]], device=network.device)
    mask, training = torch.ones_like(ids), network.training
    network.eval()
    with torch.no_grad():
        expected = network.get_decoder()(input_ids=ids, use_cache=False).last_hidden_state
        network.set_attn_implementation(_NAME)
        try:
            found = states(network, ids, mask)
            same = torch.allclose(found, expected, rtol=0, atol=0.02 * float(expected.abs().max()))
        except (TypeError, NotImplementedError):
            same = False
    network.train(training)
    if not same:
        network.set_attn_implementation("sdpa")


def is_prepared(network: PreTrainedModel) -> bool:
    """Whether the network has this module's attention."""
    return bool(network.config.get_text_config()._attn_implementation == _NAME)


def states(network: PreTrainedModel, ids: Tensor, mask: Tensor) -> Tensor:
    """What a network that was prepared makes of `ids` [rows, longest], padded at the end
    where `mask` is 0: its last states, [rows, longest, width]."""
    shared = _common(ids, mask)
    rows, longest = ids.shape
    flat = torch.cat([ids[0, :shared], ids[:, shared:].flatten()])
    places = torch.arange(longest, device=ids.device)
    places = torch.cat([places[:shared], places[shared:].repeat(rows)])
    idle = -len(flat) % _ROUND if network.dtype == torch.bfloat16 else 0
    found = network.get_decoder()(
        input_ids=functional.pad(flat, (0, idle))[None],
        position_ids=functional.pad(places, (0, idle))[None],
        # Four dimensions keep transformers from making one; nobody looks at it.
        attention_mask=torch.zeros(1, 1, 1, 1, dtype=torch.bool, device=ids.device),
        use_cache=False,
        layout=_Layout(shared, rows, idle),
    ).last_hidden_state
    return _whole(found[:, : len(flat)], shared, rows)


def _common(ids: Tensor, mask: Tensor) -> int:
    """With how many tokens all rows begin alike. One of each is left, so that there is a rest."""
    if len(ids) == 1:
        return 0
    alike = (ids == ids[0]).all(0).cumprod(0)
    return min(int(alike.sum()), int(mask.sum(1).min()) - 1)


def _whole(flat: Tensor, shared: int, rows: int) -> Tensor:
    """[1, tokens, ...] as [rows, longest, ...], the beginning in front of each rest."""
    rest = flat[0, shared:].unflatten(0, (rows, -1))
    return torch.cat([flat[:, :shared].expand(rows, *flat[:, :shared].shape[1:]), rest], 1)


def _attention(
    module: nn.Module,
    layout: _Layout,
    query: Tensor,
    key: Tensor,
    value: Tensor,
    attention_mask: Tensor | None,
    dropout: float = 0.0,
    scaling: float | None = None,
    sliding_window: int | None = None,
    **further: Any,
) -> Tensor:
    """`query` [1, heads, tokens, size], `key` and `value` with as many heads or a fraction of them;
    returns [1, tokens, heads, size]."""
    if wanted := [name for name in _UNKNOWN if further.get(name) is not None]:
        raise NotImplementedError(f"{type(module).__name__} wants {wanted[0]} of its attention")
    shared, rows = layout.shared, layout.rows
    used = query.shape[2] - layout.idle
    # [tokens, heads, size], so that both ways to lay tokens out are the same for all of them.
    query, key, value = (each.transpose(1, 2)[:, :used] for each in (query, key, value))
    settings = (query.shape[-1] ** -0.5 if scaling is None else scaling, dropout, sliding_window)
    rest = query[0, shared:].unflatten(0, (rows, -1))
    key_rows, value_rows = _whole(key, shared, rows), _whole(value, shared, rows)
    found = _attend(rest, key_rows, value_rows, *settings).flatten(0, 1)[None]
    first, first_key, first_value = (each[:, :shared] for each in (query, key, value))
    first = _attend(first, first_key, first_value, *settings)
    return functional.pad(torch.cat([first, found], 1), (0, 0, 0, 0, 0, layout.idle))


def _attend(
    query: Tensor, key: Tensor, value: Tensor, scale: float, dropout: float, window: int | None
) -> Tensor:
    """Causal attention of the last tokens of each row: `query` [rows, asking, heads, size] to all
    that its row has, `key` and `value` [rows, tokens, heads, size]; returns it like `query`."""
    asking, heads = query.shape[1:3]
    tokens, groups = key.shape[1:3]
    seen = _seen(asking, tokens, window, query.device)
    given = query.dtype
    # A CPU's kernel is twice as slow in bf16 (docs/log.md).
    held = torch.float32 if query.device.type == "cpu" else given
    query, key, value = (each.transpose(1, 2).to(held) for each in (query, key, value))
    found = functional.scaled_dot_product_attention(
        query, key, value, seen, dropout, scale=scale, enable_gqa=heads != groups
    )
    return found.transpose(1, 2).to(given)


def _seen(asking: int, tokens: int, window: int | None, device: torch.device) -> Tensor:
    """What the last `asking` tokens see of all, [asking, tokens]."""
    places = torch.arange(tokens, device=device)
    back = places[tokens - asking :, None] - places
    return (back >= 0) if window is None else (back >= 0) & (back < window)
