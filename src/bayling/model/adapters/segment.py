"""The instruction's own representation added to what follows it (SWIE, arXiv 2308.12674;
papers.md §5.2).

At some layers in the middle a small map A (Linear → tanh → Linear) of the states that enter the
layer, each divided by its root mean square, is pooled over the tokens of the instruction into one
vector v, and

    h_t ← h_t + alpha · w_t · v

for every token t of a source text or an answer, v being that of the newest instruction before t.
With i the token's place in its segment and L the length in tokens of the newest source text (64
where there is none), w_t is sin(π·i/L) for `sine`, i/L for `triangle`, 1 for `constant`. The
authors' code lets the first turn negative and the second exceed 1 once an answer is longer than its
source; here i/L ends at 1, so that these are 0 and 1 from there on.

A causal model's instruction sees nothing behind itself, so its states are taken from the same pass;
the authors' code has a second one for them. Those of a later instruction have seen what was added
before it. When answers are written token by token, each gets what it would get in one pass over the
whole text. A's last map begins at zero, so that tuning begins with the model as it is. The authors
divide by nothing; the states of some networks, as Gemma's, are in the hundreds, where tanh is flat,
and for these `alpha` has to be larger too.

The authors tune all layers of the network with it; we add a LoRA of some `rank` in its place, so
that the network can learn to use what is added. Rank 0 leaves the network alone. Any network whose
decoder has `layers` will do, as LLaMA's and Gemma's.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import torch
from pydantic import Field
from torch import Tensor, nn

from bayling.errors import UserError
from bayling.model import adapters, segments, tuned

if TYPE_CHECKING:
    from transformers import PreTrainedModel

MERGES = False
NEEDS_SEGMENTS = True
_WEIGHTS, _LORA = "segment.safetensors", "lora"


@dataclass(frozen=True)
class Options:
    """`layers` from 0, three in the middle if none are named; the inner `width` of A; `alpha`; how
    the `weight` goes through a segment; how A is pooled (`last` is the instruction's last token);
    the `rank` of a LoRA beside it, whose updates are multiplied by 2.

    L is the source's length, and an answer by way of English (`bayling.chain`) is about twice as
    long, so that `sine` adds nothing in most of its final part: take another weight for these.
    """

    layers: tuple[Annotated[int, Field(ge=0)], ...] = ()
    width: Annotated[int, Field(ge=1)] = 32
    alpha: float = 10.0
    weight: Literal["sine", "triangle", "constant"] = "sine"
    pooling: Literal["max", "mean", "last"] = "max"
    rank: Annotated[int, Field(ge=0)] = 16


def attach(model: PreTrainedModel, options: Options) -> PreTrainedModel:
    injection = _injection(model, options)
    wrapped = model.requires_grad_(False)
    if options.rank:
        from peft import LoraConfig

        config = LoraConfig(
            r=options.rank,
            lora_alpha=2 * options.rank,
            target_modules="all-linear",
            task_type="CAUSAL_LM",
        )
        wrapped = adapters.wrap_by_peft(model, config)
    _insert(model, injection)
    return wrapped


def save(model: PreTrainedModel, folder: Path) -> None:
    from safetensors.torch import save_file

    network = tuned.network(model)
    weights = segments.listener(network).state_dict()  # type: ignore[union-attr]
    save_file({name: each.contiguous() for name, each in weights.items()}, folder / _WEIGHTS)
    if network is not model:
        # In a folder of its own: whoever took it for the whole adapter would miss the rest.
        adapters.save_by_peft(model, folder / _LORA)


def restore(model: PreTrainedModel, folder: Path, options: Options, tune: bool) -> PreTrainedModel:
    from safetensors.torch import load_file

    injection = _injection(model, options)
    try:
        injection.load_state_dict(load_file(folder / _WEIGHTS))
    except RuntimeError as error:
        raise adapters.misfit(model, folder, f"{_WEIGHTS} is for other layers or sizes") from error
    restored = model.requires_grad_(False)
    if options.rank:
        restored = adapters.restore_by_peft(model, folder / _LORA, tune)
    _insert(model, injection.requires_grad_(tune))
    return restored


def _injection(model: PreTrainedModel, options: Options) -> Injection:
    layers = _layers(model)
    chosen = options.layers or _middle(len(layers))
    if beyond := [each for each in chosen if each >= len(layers)]:
        raise UserError(
            f"The adapter 'segment' is to be at layer {beyond[0]}, and the model has layers "
            f"0 to {len(layers) - 1}."
        )
    width = model.config.get_text_config().hidden_size
    return Injection(chosen, width, options).to(model.device)


def _middle(depth: int) -> tuple[int, ...]:
    """Three layers; of 32 those that the authors chose."""
    first = max(0, depth // 2 - 2)
    return tuple(range(first, min(depth, first + 3)))


def _insert(model: PreTrainedModel, injection: Injection) -> None:
    segments.attach(model, injection)
    layers = _layers(model)
    for each in injection.maps:
        hook = partial(_before, injection, each)
        layers[int(each)].register_forward_pre_hook(hook, with_kwargs=True)


def _layers(model: PreTrainedModel) -> nn.ModuleList:
    layers = getattr(model.get_decoder(), "layers", None)
    if not isinstance(layers, nn.ModuleList):
        raise UserError(
            f"The adapter 'segment' does not know where this model's layers are "
            f"({type(model).__name__}); expected a decoder with `layers`, as LLaMA's or Gemma's."
        )
    return layers


def _before(
    injection: Injection, name: str, layer: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any]
) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """What a layer is called with, the states among it replaced."""
    if args:
        return (injection(name, args[0]), *args[1:]), kwargs
    return args, {**kwargs, "hidden_states": injection(name, kwargs["hidden_states"])}


class Injection(nn.Module):
    """The maps A by layer, and what they were told of the tokens (`segments.Listener`)."""

    def __init__(self, layers: tuple[int, ...], width: int, options: Options) -> None:
        super().__init__()
        self.maps = nn.ModuleDict()
        for layer in layers:
            last = nn.Linear(options.width, width)
            nn.init.zeros_(last.weight)
            nn.init.zeros_(last.bias)
            first = nn.Linear(width, options.width)
            self.maps[str(layer)] = nn.Sequential(first, nn.Tanh(), last)
        self._options = options
        self._told: _Told | None = None
        self._writing: _Writing | None = None

    def tell(self, places: Tensor | None) -> None:
        self._told = None if places is None else _told(places)
        self._writing = None

    def begin(self, places: Tensor) -> None:
        self._told = _told(places)
        self._writing = _Writing(*places[:, -1, 1:].unbind(-1))

    def keep(self, rows: Tensor) -> None:
        assert self._writing is not None
        self._writing.take(rows)

    def repeat(self, count: int) -> None:
        assert self._writing is not None
        rows = torch.arange(len(self._writing.place), device=self._writing.place.device)
        self._writing.take(rows.repeat_interleave(count))

    def forward(self, name: str, hidden: Tensor) -> Tensor:
        """The states [rows, tokens, width] that enter a layer, with what is added to them."""
        told, writing = self._told, self._writing
        if told is None:
            return hidden
        if writing is not None and name in writing.vectors:
            place, length = writing.next(name, hidden.shape[1])
            vectors = writing.vectors[name][:, None]
        else:
            # The last column of `begin` is no token of this pass.
            columns = slice(None) if writing is None else slice(None, -1)
            states = hidden.to(self.maps[name][0].weight.dtype)
            unit = torch.nn.functional.rms_norm(states, states.shape[-1:], eps=1e-12)
            values = self.maps[name](unit)
            pools = [self._pool(values, each[:, columns]) for each in told.pools]
            # What stands in no segment takes the first: nothing.
            pooled = torch.stack([torch.zeros_like(pools[0]), *pools], 1)
            rows = torch.arange(len(hidden), device=hidden.device)
            if writing is not None:
                writing.vectors[name] = pooled[rows, told.pool[:, -1]]
            vectors = pooled[rows[:, None], told.pool[:, columns]]
            place, length = told.place[:, columns], told.length[:, columns]
        scale = self._options.alpha * self._weight(place, length)[..., None]
        return hidden + (scale * vectors).to(hidden.dtype)

    def _weight(self, place: Tensor, length: Tensor) -> Tensor:
        """w of tokens at these places of segments of these lengths, 0 outside of any; in 0–1."""
        share = (place / length.clamp(min=1)).clamp(max=1)
        weight = {
            # Rounding must not turn sin π negative.
            "sine": (math.pi * share).sin().clamp(min=0),
            "triangle": share,
            "constant": torch.ones_like(share),
        }[self._options.weight]
        return weight * (length > 0)

    def _pool(self, values: Tensor, members: Tensor) -> Tensor:
        """[rows, tokens, width] pooled over the tokens that `members` [rows, tokens] marks, as
        [rows, width]; 0 where it marks none."""
        there, marks = members.any(-1)[:, None], members[..., None]
        if self._options.pooling == "mean":
            pooled = (values * marks).sum(1) / members.sum(-1).clamp(min=1)[:, None]
        elif self._options.pooling == "max":
            pooled = values.masked_fill(~marks, -torch.inf).amax(1)
        else:
            places = torch.arange(members.shape[1], device=members.device)
            last = (places * members).amax(-1)
            pooled = values[torch.arange(len(values), device=values.device), last]
        return pooled.masked_fill(~there, 0)


@dataclass
class _Told:
    """Tokens [rows, tokens]: the pool each takes its vector from, its place and its segment's
    length. `pools` [rows, tokens] mark the instruction's tokens that belong to each pool from 1;
    pool 0 is of tokens outside of any segment."""

    pool: Tensor
    place: Tensor
    length: Tensor
    pools: list[Tensor]


def _told(places: Tensor) -> _Told:
    """A segment's pool is what of its instruction stands before it: of an instruction around a
    source text the first part for the source, all of it for the answer."""
    instruction, place, length = places.unbind(-1)
    asked, stands = (instruction > 0) & (length == 0), length > 0
    # How many tokens of instructions stand before tells a row's pools apart.
    before = asked.cumsum(-1)
    newest = torch.where(stands, before, -1).cummax(-1).values
    earlier = torch.nn.functional.pad(newest[:, :-1], (1, 0), value=-1)
    pool = (stands & (before > earlier)).cumsum(-1)
    number = pool.masked_fill(~stands, 0)
    pools = []
    # One at least, so that A is part of every pass that is differentiated.
    for each in range(1, max(1, int(number.max())) + 1):
        mine = number == each
        until = torch.where(mine, before, 0).amax(-1, keepdim=True)
        whose = torch.where(mine, instruction, 0).amax(-1, keepdim=True)
        pools.append(asked & (before <= until) & (instruction == whose))
    return _Told(number, place, length, pools)


class _Writing:
    """Answers that are being written: where each row's next token stands, and what is added."""

    def __init__(self, place: Tensor, length: Tensor) -> None:
        self.place, self.length = place, length
        self.vectors: dict[str, Tensor] = {}
        self._written: dict[str, int] = {}

    def take(self, rows: Tensor) -> None:
        self.place, self.length = self.place[rows], self.length[rows]
        self.vectors = {name: each[rows] for name, each in self.vectors.items()}

    def next(self, name: str, count: int) -> tuple[Tensor, Tensor]:
        """The places [rows, count] of the next tokens that enter a layer, and their lengths."""
        done = self._written.get(name, 0)
        self._written[name] = done + count
        ahead = torch.arange(done, done + count, device=self.place.device)
        return self.place[:, None] + ahead, self.length[:, None].expand(-1, count)
