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

    `ids` are the tokens that the network reads, `mask` is 1 where there is one; `targets` is the
    token that comes next, which the state of each is to predict, and `weights` how much that
    counts. Nothing is read behind the last token that helps to predict a learned one. `wrong`
    [rows] marks the rows that are dialogues under a wrong request; `places` [rows, longest, 3] is
    where in its dialogue a token stands, for an adapter that listens (`bayling.model.segments`).
    """

    ids: Tensor
    mask: Tensor
    targets: Tensor
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
    """How many tokens it is at most in a batch, its contrast included."""
    longest = max(map(_length, (example.tokens, *example.contrasts)))
    return longest * (2 if example.contrasts else 1)


def collate(examples: Sequence[Example], epoch: int, padding: int, device: torch.device) -> Batch:
    """The examples as they are in this epoch, below them those of them that have one under a wrong
    request, padded to the longest one."""
    contrasts = [each.contrasts[epoch] for each in examples if each.contrasts]
    rows = [*(each.tokens for each in examples), *contrasts]
    lengths = [_length(each) for each in rows]
    longest = max(lengths)
    ids = torch.full((len(rows), longest), padding, dtype=torch.long)
    mask, targets = torch.zeros_like(ids), torch.zeros_like(ids)
    weights = torch.zeros(ids.shape, dtype=torch.float32)
    for row, (each, length) in enumerate(zip(rows, lengths, strict=True)):
        ids[row, :length] = torch.tensor(each.ids[:length])
        mask[row, :length] = 1
        targets[row, :length] = torch.tensor(each.ids[1 : length + 1])
        weights[row, :length] = torch.tensor(each.weights[1 : length + 1])
    wrong = torch.arange(len(rows)) >= len(examples)
    where = None
    if any(each.segments for each in rows):
        gaps = [0] * len(rows)
        where = segments.places([each.segments for each in rows], gaps, longest, device)
    ids, mask, targets = ids.to(device), mask.to(device), targets.to(device)
    return Batch(ids, mask, targets, weights.to(device), wrong.to(device), where)


def _length(tokens: Encoded) -> int:
    """How many tokens have to be read to predict all that is learned."""
    return max(place for place, weight in enumerate(tokens.weights) if weight)


def idle(example: Example, padding: int, device: torch.device) -> Batch:
    """What a process goes through that got no micro-batch: it has to take part in every forward
    and backward pass, and to add nothing."""
    batch = collate([example], 0, padding, device)
    return replace(batch, weights=torch.zeros_like(batch.weights))
