"""Batches of about the same number of tokens, from dialogues of about the same length."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from bayling.model import segments
from bayling.model.template import Encoded

# Dialogues are sorted by length inside windows of this many batches: almost no padding is left,
# and yet an epoch meets them in random order.
_WINDOW = 16


@dataclass(frozen=True)
class Batch:
    """Dialogues as rectangles [dialogues, longest], padded at the end.

    `ids` are tokens, `mask` is 1 where there is one, `weights` is how much each token counts as a
    prediction, `places` [dialogues, longest, 3] where in its dialogue it stands, for an adapter
    that listens (`bayling.model.segments`).
    """

    ids: Tensor
    mask: Tensor
    weights: Tensor
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


def collate(dialogues: Sequence[Encoded], padding: int, device: torch.device) -> Batch:
    """Pad dialogues to the longest one."""
    longest = max(len(each.ids) for each in dialogues)
    shape = (len(dialogues), longest)
    ids = torch.full(shape, padding, dtype=torch.long)
    mask = torch.zeros(shape, dtype=torch.long)
    weights = torch.zeros(shape, dtype=torch.float32)
    for row, each in enumerate(dialogues):
        ids[row, : len(each.ids)] = torch.tensor(each.ids)
        mask[row, : len(each.ids)] = 1
        weights[row, : len(each.ids)] = torch.tensor(each.weights)
    where = None
    if any(each.segments for each in dialogues):
        gaps = [0] * len(dialogues)
        where = segments.places([each.segments for each in dialogues], gaps, longest, device)
    return Batch(ids.to(device), mask.to(device), weights.to(device), where)
