"""Laws of batches: everything once, within the budget, the same for the same seed."""

from __future__ import annotations

import random

import torch
from hypothesis import given
from hypothesis import strategies as st

from bayling.model.template import Encoded
from bayling.train.batch import Example, collate, idle, plan, size

LENGTHS = st.lists(st.integers(1, 300), max_size=200)


@given(LENGTHS, st.integers(1, 1000), st.booleans())
def test_every_dialogue_is_in_exactly_one_batch_within_the_budget(
    lengths: list[int], budget: int, order: bool
) -> None:
    batches = plan(lengths, budget, random.Random(1), order)
    assert sorted(place for batch in batches for place in batch) == list(range(len(lengths)))
    for batch in batches:
        padded = max(lengths[place] for place in batch) * len(batch)
        assert padded <= budget or len(batch) == 1


@given(LENGTHS)
def test_the_seed_decides(lengths: list[int]) -> None:
    once, again = (plan(lengths, 256, random.Random("1:0")) for _ in range(2))
    assert once == again


def test_little_padding_is_left() -> None:
    chance = random.Random(3)
    lengths = [int(chance.lognormvariate(4, 0.5)) + 5 for _ in range(2000)]
    batches = plan(lengths, 1024, random.Random(0))
    padded = sum(max(lengths[i] for i in batch) * len(batch) for batch in batches)
    assert padded / sum(lengths) < 1.1
    sizes = [max(lengths[i] for i in batch) for batch in batches]
    assert sizes != sorted(sizes), "batches come in random order"


def test_collate_pads_at_the_end() -> None:
    short = Example("1", Encoded((5, 6), (0.0, 1.0)))
    contrasts = (Encoded((4, 6), (0.0, 1.0)), Encoded((3, 4, 6, 5), (0.0, 0.0, 1.0, 0.0)))
    long = Example("2", Encoded((7, 8, 9, 9, 9), (0.0, 2.0, 0.0, 1.0, 0.0)), contrasts)
    batch = collate([short, long], 1, 0, torch.device("cpu"))
    # Of the last the contrast of the epoch; nothing behind what predicts the last learned token.
    assert batch.ids.tolist() == [[5, 0, 0], [7, 8, 9], [3, 4, 0]]
    assert batch.mask.tolist() == [[1, 0, 0], [1, 1, 1], [1, 1, 0]]
    assert batch.targets.tolist() == [[6, 0, 0], [8, 9, 9], [4, 6, 0]]
    assert batch.weights.tolist() == [[1, 0, 0], [2, 0, 1], [0, 1, 0]]
    assert batch.wrong.tolist() == [False, False, True]
    assert batch.places is None
    assert (size(short), size(long)) == (1, 6)


def test_an_idle_process_learns_nothing() -> None:
    example = Example("2", Encoded((7, 8), (0.0, 2.0)), (Encoded((4, 6), (0.0, 1.0)),))
    batch = idle(example, 0, torch.device("cpu"))
    assert batch.ids.tolist() == [[7], [4]]
    assert not batch.weights.any()
