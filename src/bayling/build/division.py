"""Who gets which pair: what is held out, what may be learned from, and what is neither.

Test and validation sets are set apart first, each direction's by itself; what remains may train
only where it is no near-duplicate of anything set apart. With one direction that is judged by the
source. With several a text is the source of one and the target of another, so a pair may train only
where neither side resembles a held-out text of its language.
"""

from __future__ import annotations

import random
from array import array
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from bayling import languages
from bayling.build.stored import Selection, StoredPairs
from bayling.config import Build
from bayling.errors import UserError
from bayling.languages import Direction
from bayling.overlap import Overlap
from bayling.records import Json, Pair

# Of the pairs, where the recipe names no origins to draw a held-out set from.
_LARGEST_SHARE = 5
# Texts whose likeness is remembered: with several directions the same ones come again.
_REMEMBERED = 1 << 17


class HeldOut:
    """Texts set apart, by language; of a pair the source, or both sides."""

    def __init__(self, both_sides: bool) -> None:
        self._both_sides = both_sides
        self._texts: dict[str, Overlap] = {}
        self._known = lru_cache(_REMEMBERED if both_sides else 0)(self._touches)

    def add(self, pair: Pair) -> None:
        for text, language in self._sides(pair):
            self._texts.setdefault(language, Overlap(())).add(text)
        self._known.cache_clear()

    def touches(self, pair: Pair) -> bool:
        """Whether one of those sides resembles a text set apart in its language."""
        return any(self._known(*side) for side in self._sides(pair))

    def resembles(self, text: str, language: str) -> bool:
        """Whether a text in a language, of whatever region, resembles one set apart in it."""
        return self._known(text, languages.base(language))

    def _touches(self, text: str, language: str) -> bool:
        return language in self._texts and self._texts[language].touches(text)

    def _sides(self, pair: Pair) -> list[tuple[str, str]]:
        source = (pair.source, languages.base(pair.source_lang))
        target = (pair.target, languages.base(pair.target_lang))
        return [source, target] if self._both_sides else [source]


@dataclass(frozen=True)
class Division:
    """What one direction's pairs are for. `corpus` is what may be looked at in training, short ones
    included; `learnable` is empty where the direction is only asked. `apart` is what is held out in
    all directions, which no text that is learned may resemble."""

    test: list[Pair]
    validation: list[Pair]
    learnable: Selection
    corpus: Selection
    near_duplicates: int
    apart: HeldOut


@dataclass(frozen=True)
class Roles:
    """The directions that are trained and those that are asked, all in one corpus."""

    trained: tuple[Direction, ...]
    asked: tuple[Direction, ...]

    @property
    def all(self) -> tuple[Direction, ...]:
        return tuple(dict.fromkeys((*self.trained, *self.asked)))

    def to_json(self) -> Json:
        return {"trained": list(map(str, self.trained)), "asked": list(map(str, self.asked))}


@dataclass(frozen=True)
class _Places:
    """Where a direction's pairs stand in the file: all of them, and those long enough for a
    dialogue."""

    every: array[int]
    suitable: array[int]


@dataclass(frozen=True)
class _Origins:
    """The package, folder or file of each pair, as a number, and the numbers by name."""

    by_place: Sequence[int]
    numbers: dict[str, int]

    def of(self, names: Iterable[str]) -> set[int]:
        """The numbers of these origins. Raises `UserError` for one that no pair has."""
        if missing := set(names) - set(self.numbers):
            raise UserError(
                f"No pair comes from {', '.join(sorted(missing))}, which the recipe holds out; "
                f"the pairs come from {', '.join(sorted(self.numbers))}."
            )
        return {self.numbers[name] for name in names}


def divide(
    settings: Build,
    pairs: StoredPairs,
    used: set[str],
    rng: random.Random,
    roles: Roles | None = None,
) -> dict[Direction | None, Division]:
    """Who gets which pair; none that is `used`. Without `roles` all pairs are in one direction, and
    its division stands under None.

    A direction's test set does not depend on the directions beside it, so recipes that train others
    can be compared; its `corpus`, in which a sample's terms are counted, does. Raises `UserError`
    where nothing of a direction is left to learn from, or nothing is there to be asked.
    """
    places, origins = _survey(settings, pairs, roles)
    seed = rng.random() if roles else None
    for direction, own in places.items():
        # One direction's order is the run's own first draw.
        (random.Random(f"{seed}:{direction}") if roles else rng).shuffle(own.suitable)
    apart = HeldOut(both_sides=roles is not None)
    rest: dict[Direction | None, Sequence[int]] = {
        direction: own.suitable for direction, own in places.items()
    }
    asked = roles.asked if roles else tuple(places)
    test = _hold_out(pairs, rest, origins, settings.test_from, settings.test, asked, apart)
    validation = _hold_out(
        pairs, rest, origins, settings.validation_from, settings.test, tuple(places), apart
    )
    if roles and settings.test:
        _require_samples(test, roles, settings)
    closed = origins.of({*settings.test_from, *settings.validation_from})
    found = {}
    for direction, own in places.items():
        held_out = (test[direction], validation[direction])
        corpus = array("q", (each for each in own.every if origins.by_place[each] not in closed))
        if roles and direction not in roles.trained:
            ids = {pair.id for pair in (*held_out[0], *held_out[1])}
            corpus = array("q", (each for each in corpus if pairs[each].id not in ids))
            found[direction] = Division(
                *held_out, Selection(pairs, ()), Selection(pairs, corpus), 0, apart
            )
            continue
        corpus = array("q", (each for each in corpus if not apart.touches(pairs[each])))
        learnable = _common(rest[direction], corpus, len(pairs))
        _require_some(learnable, direction, own, settings)
        near = len(rest[direction]) - len(learnable)
        if used:
            learnable = array("q", (each for each in learnable if pairs[each].id not in used))
        found[direction] = Division(
            *held_out, Selection(pairs, learnable), Selection(pairs, corpus), near, apart
        )
    return found


def _survey(
    settings: Build, pairs: StoredPairs, roles: Roles | None
) -> tuple[dict[Direction | None, _Places], _Origins]:
    """The places of each direction's pairs, and every pair's origin."""
    directions: Sequence[Direction | None] = roles.all if roles else (None,)
    places = {each: _Places(array("q"), array("q")) for each in directions}
    by_place, numbers = array("q"), dict[str, int]()
    for place, pair in enumerate(pairs):
        by_place.append(numbers.setdefault(pair.collection, len(numbers)))
        direction = pair.direction.within(roles.all) if roles else None
        own = places.get(direction)
        if own is None:
            continue
        own.every.append(place)
        if _has_length(pair, settings):
            own.suitable.append(place)
    return places, _Origins(by_place, numbers)


def _has_length(pair: Pair, settings: Build) -> bool:
    if languages.is_spaced(pair.source_lang):
        words = len(pair.source.split())
    else:
        words = (sum(character.isalpha() for character in pair.source) + 1) // 2
    return settings.min_words <= words <= settings.max_words


def _hold_out(
    pairs: StoredPairs,
    rest: dict[Direction | None, Sequence[int]],
    known: _Origins,
    origins: Sequence[str],
    count: int,
    asked: Sequence[Direction | None],
    apart: HeldOut,
) -> dict[Direction | None, list[Pair]]:
    """Up to `count` pairs of each direction `asked` that resemble nothing set apart yet. They are
    taken out of `rest` and added to `apart`.

    With `origins`, everything else of those origins leaves `rest` too and is used for nothing;
    without them at most a fifth of the pairs is taken.
    """
    closed = known.of(origins)
    found: dict[Direction | None, list[Pair]] = {}
    for direction, places in rest.items():
        most = count if origins else min(count, len(places) // _LARGEST_SHARE)
        if direction not in asked:
            most = 0
        # Every direction may ask the same texts, but none of its own twice.
        own = HeldOut(both_sides=False)
        chosen: dict[int, Pair] = {}
        for place in places:
            if len(chosen) == most:
                break
            if origins and known.by_place[place] not in closed:
                continue
            pair = pairs[place]
            if not apart.touches(pair) and not own.touches(pair):
                own.add(pair)
                chosen[place] = pair
        found[direction] = list(chosen.values())
        rest[direction] = array(
            "q",
            (each for each in places if each not in chosen and known.by_place[each] not in closed),
        )
    for pair in (pair for chosen in found.values() for pair in chosen):
        apart.add(pair)
    return found


def _common(some: Sequence[int], others: Sequence[int], count: int) -> array[int]:
    """Those of `some` places that are among the `others` too, of `count` in all."""
    allowed = bytearray(count)
    for place in others:
        allowed[place] = 1
    return array("q", (place for place in some if allowed[place]))


def _require_some(
    learnable: Sequence[int], direction: Direction | None, own: _Places, settings: Build
) -> None:
    if learnable:
        return
    said = f" in the direction {direction}" if direction else ""
    raise UserError(
        f"No pair is left to learn from{said}: of {len(own.every)}, {len(own.suitable)} have "
        f"{settings.min_words} to {settings.max_words} words (build.min_words, "
        "build.max_words), and all of these are held out or resemble what is."
    )


def _require_samples(
    test: dict[Direction | None, list[Pair]], roles: Roles, settings: Build
) -> None:
    missing = [str(each) for each in roles.asked if not test[each]]
    if missing:
        origins = ", ".join(settings.test_from) or "the corpus"
        raise UserError(
            f"No pair of {origins} can be asked in {', '.join(missing)}: too few have "
            f"{settings.min_words} to {settings.max_words} words (build.min_words, "
            "build.max_words). Name other origins in build.test_from, or leave the directions out "
            "of evaluate.directions."
        )
