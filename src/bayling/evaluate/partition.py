"""mFTI's partition of directions by what a system was trained on (arXiv 2305.15083), which tells
whether what was learned of some directions reaches the others.

    seen                 trained
    reversed             only its reverse was trained
    unseen               neither, and then also under one of
        source unseen        the source language is in no trained direction
        target unseen        the target language is in none
        both unseen          neither is
        pair unseen          both are, each on the side where it stands, but with other partners
        one-side reversed    both are, but one of them only on the other side
        both sides reversed  both are, and both only on the other side

The paper trains every source with every target, so it has no `pair unseen` and no direction of
which both sides are reversed without its reverse being trained.
"""

from __future__ import annotations

from collections.abc import Sequence

from bayling.languages import Direction, base
from bayling.records import Result

SEEN, REVERSED, UNSEEN = "seen", "reversed", "unseen"
_UNSEEN = (
    "source unseen",
    "target unseen",
    "both unseen",
    "pair unseen",
    "one-side reversed",
    "both sides reversed",
)
# The order in which scores are told.
LABELS = (SEEN, REVERSED, UNSEEN, *_UNSEEN)


def labels(direction: Direction, trained: Sequence[Direction]) -> tuple[str, ...]:
    """The parts that a direction belongs to: one, or `unseen` and what kind of unseen.

    Languages are the same whatever their region and script.
    """
    if direction.within(trained):
        return (SEEN,)
    if direction.reverse.within(trained):
        return (REVERSED,)
    sources, targets = ({base(each[side]) for each in trained} for side in (0, 1))
    source, target = map(base, direction)
    known = sources | targets
    if source not in known or target not in known:
        sides = (source in known, target in known)
        kind = _UNSEEN[(sides == (True, False)) + 2 * (sides == (False, False))]
    else:
        kind = _UNSEEN[3 + (source not in sources) + (target not in targets)]
    return (UNSEEN, kind)


def divide(results: Sequence[Result], trained: Sequence[Direction]) -> dict[str, list[Result]]:
    """The results of each part, in the order of `LABELS`; a part without results is left out.

    {} where every direction was trained, or nothing is known of what was.
    """
    found: dict[str, list[Result]] = {}
    for result in results if trained else ():
        for label in labels(result.sample.direction, trained):
            found.setdefault(label, []).append(result)
    if found.keys() <= {SEEN}:
        return {}
    return {label: found[label] for label in LABELS if label in found}


def key(task: str, label: str) -> str:
    """What scores.json calls a part of a task's results: `translation, unseen`."""
    return f"{task}, {label}"


def split(name: str) -> tuple[str, str]:
    """A name of scores.json as (task, label); the label is '' where all results are meant."""
    task, _, label = name.partition(", ")
    return task, label
