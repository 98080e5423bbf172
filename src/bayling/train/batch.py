"""Batches of about the same number of tokens, from dialogues of about the same length."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from bayling.model import segments
from bayling.model.template import Encoded

# Dialogues are sorted by length inside windows of this many batches: almost no padding is left,
# and yet an epoch meets them in random order.
_WINDOW = 16


@dataclass(frozen=True)
class Example:
    """A dialogue to learn from; `contrasts[epoch]` is the same under a wrong request, drawn anew
    each epoch, for methods that want it."""

    id: str
    tokens: Encoded
    contrasts: tuple[Encoded, ...] = ()


@dataclass(frozen=True)
class MicroBatch:
    """Which examples go together, and in which epoch."""

    epoch: int
    places: tuple[int, ...]


@dataclass(frozen=True)
class Batch:
    """Dialogues as rectangles [rows, longest], padded at the end.

    `ids` are tokens, `mask` is 1 where there is one, `weights` is how much each token counts as a
    prediction. `wrong` [rows] marks the rows that are dialogues under a wrong request; `places`
    [rows, longest, 3] is where in its dialogue a token stands, for an adapter that listens
    (`bayling.model.segments`).
    """

    ids: Tensor
    mask: Tensor
    weights: Tensor
    wrong: Tensor
    places: Tensor | None = None


def plan(
    lengths: Sequence[int], budget: int, rng: random.Random, order: bool = True
) -> list[list[int]]:
    """Which dialogues go together: places in `lengths`, at most `budget` tokens with padding.

    A dialogue longer than the budget is a batch of its own. `order` False keeps the batches
    sorted by length, for an evaluation, where chance has no business.
    """
    places = list(range(len(lengths)))
    if order:
        rng.shuffle(places)
    mean = sum(lengths) / max(1, len(lengths))
    window = max(1, round(_WINDOW * budget / max(1.0, mean))) if order else len(places)
    batches: list[list[int]] = []
    for start in range(0, len(places), max(1, window)):
        current: list[int] = []
        for place in sorted(places[start : start + window], key=lambda each: -lengths[each]):
            # Longest first: the first of a batch decides how wide it is.
            if current and lengths[current[0]] * (len(current) + 1) > budget:
                batches.append(current)
                current = []
            current.append(place)
        if current:
            batches.append(current)
    if order:
        rng.shuffle(batches)
    return batches


def size(example: Example) -> int:
    """How many tokens it is in a batch, its contrast included."""
    return len(example.tokens.ids) * (2 if example.contrasts else 1)


def collate(examples: Sequence[Example], epoch: int, padding: int, device: torch.device) -> Batch:
    """The examples as they are in this epoch, below them those of them that have one under a wrong
    request, padded to the longest one."""
    contrasts = [each.contrasts[epoch] for each in examples if each.contrasts]
    rows = [*(each.tokens for each in examples), *contrasts]
    longest = max(len(each.ids) for each in rows)
    shape = (len(rows), longest)
    ids = torch.full(shape, padding, dtype=torch.long)
    mask = torch.zeros(shape, dtype=torch.long)
    weights = torch.zeros(shape, dtype=torch.float32)
    for row, each in enumerate(rows):
        ids[row, : len(each.ids)] = torch.tensor(each.ids)
        mask[row, : len(each.ids)] = 1
        weights[row, : len(each.ids)] = torch.tensor(each.weights)
    wrong = torch.arange(len(rows)) >= len(examples)
    where = None
    if any(each.segments for each in rows):
        gaps = [0] * len(rows)
        where = segments.places([each.segments for each in rows], gaps, longest, device)
    return Batch(ids.to(device), mask.to(device), weights.to(device), wrong.to(device), where)


def idle(example: Example, padding: int, device: torch.device) -> Batch:
    """What a process goes through that got no micro-batch: it has to take part in every forward
    and backward pass, and to add nothing."""
    batch = collate([example], 0, padding, device)
    return replace(batch, weights=torch.zeros_like(batch.weights))
