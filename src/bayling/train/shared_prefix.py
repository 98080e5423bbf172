"""One pass over dialogues that begin alike, with their common beginning gone through once.

A template writes the same header in front of every dialogue, SmolLM2's two dozen tokens of it. A
causal network makes the same of it in each, so what the rows of a batch have in common is laid in
front of them as if all were one text,

    beginning | rest of row 1 | rest of row 2 | …

and only the attention has to know better: each rest sees the beginning and itself. Losses and
gradients are those of the rows one by one.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn
from torch.nn import functional
from transformers.utils import logging as transformers_logging

from bayling import processes
from bayling.model import segments

if TYPE_CHECKING:
    from transformers import PreTrainedModel

_NAME = "bayling_shared_prefix"
# What transformers' layers tell their attention of, and what changes nothing here: places are in
# the states already, and a pass in tuning has no cache.
_KNOWN = frozenset(
    {"is_causal", "position_ids", "cache_position", "use_cache", "output_attentions"}
)
# oneDNN compiles a product in bf16 anew for every number of rows, 0.4 ms and 0.75 MB each time, and
# a step has two dozen different ones; so numbers of rows are few (docs/log.md).
_ROUND = 64


@dataclass(frozen=True)
class _Layout:
    """How the tokens of a pass lie: `shared` of all `rows`, then what is left of each, then some
    that are `idle`; and the windows of the layers that they have passed."""

    shared: int
    rows: int
    idle: int
    windows: set[int | None]


def prepare(network: PreTrainedModel) -> None:
    """Give the network this module's attention, if it is on a CPU, drops nothing by chance, and
    then makes the same of two short texts as before: not every architecture lets its attention be
    replaced, or has no other way in which a token hears of those before it.

    A GPU has kernels of its own for rows, and how fast this would be there was not measured. An
    adapter that listens was told of rows, and weights that processes share cannot be tried yet.
    """
    from transformers.masking_utils import AttentionMaskInterface, sdpa_mask
    from transformers.modeling_utils import AttentionInterface

    config = network.config.get_text_config()
    if (
        config._attn_implementation != "sdpa"
        or network.device.type != "cpu"
        or segments.listener(network) is not None
        or processes.share_weights()
        or _drops(network)
        # It selects what is seen in a way that hangs on the attention's name.
        or hasattr(config, "index_topk")
        # A token hears of its neighbours by more than attention, if too little for the trial.
        or any(isinstance(each, nn.Conv1d) for each in network.modules())
    ):
        return
    AttentionInterface.register(_NAME, _attention)
    AttentionMaskInterface.register(_NAME, sdpa_mask)
    training = network.training
    with torch.no_grad(), torch.random.fork_rng(devices=[]), _quiet():
        if not _is_equal(network):
            network.set_attn_implementation("sdpa")
    network.train(training)


def _drops(network: PreTrainedModel) -> bool:
    """Whether chance takes part in tuning, which would fall otherwise on what is shared."""
    config = network.config.get_text_config()
    layers = (each.p for each in network.modules() if isinstance(each, nn.Dropout))
    return any(layers) or bool(getattr(config, "attention_dropout", 0))


def _is_equal(network: PreTrainedModel) -> bool:
    """Whether the network makes of two texts what it made of them by its own attention, which this
    replaces, with no chance in it, and nothing of one text in what it makes of the other."""
    ids = torch.tensor([[5, 6, 7, 8, 7, 6], [5, 6, 8, 7, 8, 5]])
    others, mask = ids.clone(), torch.ones_like(ids)
    others[0, 2:] = torch.tensor([8, 8, 5, 7])
    windows: set[int | None] = set()
    network.train()
    expected, again = (
        network.get_decoder()(input_ids=ids, use_cache=False).last_hidden_state for _ in range(2)
    )
    if not torch.equal(expected, again):
        return False
    try:
        network.set_attn_implementation(_NAME)
        found = states(network, ids, mask, windows)
        beside = states(network, others, mask)
    # Whatever an architecture does not expect; then it goes row by row as before.
    except (AttributeError, NotImplementedError, RuntimeError, TypeError, ValueError):
        return False
    config = network.config.get_text_config()
    window = getattr(config, "sliding_window", None)
    if window and getattr(config, "use_sliding_window", True) and window not in windows:
        return False
    # By rounding alone, Gemma 270M is 0.026 off in bf16, and 2e-6 in fp32.
    near = 1e-4 if expected.dtype == torch.float32 else 5e-2
    compared = ((found, expected), (beside[1], found[1]))
    return all(bool((one - other).norm() <= near * other.norm()) for one, other in compared)


@contextmanager
def _quiet() -> Iterator[None]:
    """Without what transformers has to say of a network whose attention it cannot replace."""
    level = transformers_logging.get_verbosity()
    transformers_logging.set_verbosity_error()
    try:
        yield
    finally:
        transformers_logging.set_verbosity(level)


def is_prepared(network: PreTrainedModel) -> bool:
    """Whether the network has this module's attention."""
    return bool(network.config.get_text_config()._attn_implementation == _NAME)


def states(
    network: PreTrainedModel, ids: Tensor, mask: Tensor, windows: set[int | None] | None = None
) -> Tensor:
    """What a network that was prepared makes of `ids` [rows, longest], padded at the end where
    `mask` is 0: its last states, [rows, longest, width]. Its layers' windows go into `windows`."""
    shared = _common(ids, mask)
    rows, longest = ids.shape
    flat = torch.cat([ids[0, :shared], ids[:, shared:].flatten()])
    places = torch.arange(longest)
    places = torch.cat([places[:shared], places[shared:].repeat(rows)])
    idle = -len(flat) % _ROUND if network.dtype == torch.bfloat16 else 0
    found = network.get_decoder()(
        input_ids=functional.pad(flat, (0, idle))[None],
        position_ids=functional.pad(places, (0, idle))[None],
        # Four dimensions keep transformers from making one; nobody looks at it.
        attention_mask=torch.zeros(1, 1, 1, 1, dtype=torch.bool),
        use_cache=False,
        layout=_Layout(shared, rows, idle, set() if windows is None else windows),
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
    query: Tensor,
    key: Tensor,
    value: Tensor,
    attention_mask: Tensor | None,
    layout: _Layout | None = None,
    scaling: float | None = None,
    sliding_window: int | None = None,
    dropout: float = 0.0,
    **further: Any,
) -> tuple[Tensor, None]:
    """`query` [1, heads, tokens, size], `key` and `value` with as many heads or a fraction of them;
    returns [1, tokens, heads, size]. Without a layout transformers' own, as for answers."""
    from transformers.integrations.sdpa_attention import sdpa_attention_forward

    if layout is None:
        further |= {"scaling": scaling, "sliding_window": sliding_window, "dropout": dropout}
        plain: tuple[Tensor, None] = sdpa_attention_forward(
            module, query, key, value, attention_mask, **further
        )
        return plain
    wanted = {name for name, each in further.items() if each is not None} - _KNOWN
    if wanted:
        raise NotImplementedError(f"{type(module).__name__} wants {wanted} of its attention")
    layout.windows.add(sliding_window)
    shared, rows, used = layout.shared, layout.rows, query.shape[2] - layout.idle
    # [tokens, heads, size], so that both ways to lay tokens out are the same for all of them.
    query, key, value = (each.transpose(1, 2)[:, :used] for each in (query, key, value))
    settings = (query.shape[-1] ** -0.5 if scaling is None else scaling, sliding_window)
    rest = query[0, shared:].unflatten(0, (rows, -1))
    key_rows, value_rows = _whole(key, shared, rows), _whole(value, shared, rows)
    found = _attend(rest, key_rows, value_rows, *settings).flatten(0, 1)[None]
    first, first_key, first_value = (each[:, :shared] for each in (query, key, value))
    first = _attend(first, first_key, first_value, *settings)
    together = torch.cat([first, found], 1)
    return functional.pad(together, (0, 0, 0, 0, 0, layout.idle)), None


def _attend(query: Tensor, key: Tensor, value: Tensor, scale: float, window: int | None) -> Tensor:
    """Causal attention of the last tokens of each row: `query` [rows, asking, heads, size] to all
    that its row has, `key` and `value` [rows, tokens, heads, size]; returns it like `query`."""
    asking, tokens = query.shape[1], key.shape[1]
    places = torch.arange(tokens)
    back = places[tokens - asking :, None] - places
    seen = (back >= 0) if window is None else (back >= 0) & (back < window)
    given, is_grouped = query.dtype, query.shape[2] != key.shape[2]
    # A CPU's kernel is twice as slow in bf16 (docs/log.md).
    query, key, value = (each.transpose(1, 2).float() for each in (query, key, value))
    found = functional.scaled_dot_product_attention(
        query, key, value, seen, scale=scale, enable_gqa=is_grouped
    )
    return found.transpose(1, 2).to(given)
