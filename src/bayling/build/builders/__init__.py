"""Kinds of dialogue. A builder is a file here with

    @dataclass(frozen=True)
    class Options: ...                                its shape

    def build(pairs: Sequence[Pair], resources: Resources, options: Options, rng: Random)
            -> Iterator[Dialogue]
        dialogues in which every learned turn passes its own checks; a pair that does not lend
        itself to the kind is passed over, and counted by `resources.pass_over(reason)`

A builder that reads files has `inputs(options) -> list[Path]` too, so that a changed file is
noticed, and may have `check(options, directions)`, which looks at them before any text is cleaned
for the directions to be trained, and raises an `InputError` for one that cannot serve; one that
makes dialogues of files alone says `NEEDS_PAIRS = False`, one that nearly every pair lends itself
to `TAKES_ANY = True`, so that choosier kinds choose first. The stage gives the pairs in lots, each
with a seed of its own, checks each dialogue again and takes as many as the recipe asks for, so a
builder yields what a lot allows and never counts.
"""

from __future__ import annotations

import random
import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from bayling import markup, wording
from bayling.build.align import Aligner
from bayling.build.memory import Memory
from bayling.records import Check, Dialogue, Message, Pair, Span


def nothing(text: str, language: str) -> bool:
    """Whether a text is held out where nothing is."""
    return False


@dataclass(frozen=True)
class Resources:
    """What builders share: the memory, the languages that users ask in, and two things that are
    each lot's own, the deck of phrasings and the count of pairs passed over by reason.

    `ask_in` holds codes, or `source` and `target` for those of the pair. `answers` are the first
    answers of the model that is being tuned, (language, request, answer) by the pair's id; a
    builder that uses them says so with `NEEDS_ANSWERS = True`. The memory is of one direction;
    `targets` are the languages that the dialogues of all directions translate into, sorted.
    `held_out` says whether a text in a language resembles one that a direction is tested on: the
    pairs do not, and what a builder takes from elsewhere to be learned must not.
    """

    memory: Memory
    ask_in: tuple[str, ...]
    answers: Mapping[str, tuple[str, str, str]] = field(default_factory=dict)
    targets: tuple[str, ...] = ()
    held_out: Callable[[str, str], bool] = nothing
    deck: wording.Deck = field(default_factory=wording.Deck)
    passed_over: Counter[str] = field(default_factory=Counter)

    @property
    def aligner(self) -> Aligner:
        return self.memory.aligner

    def user(self, pair: Pair, rng: random.Random) -> User:
        """Who asks about the pair, in one language through the whole conversation."""
        language = wording.language_of_user(self.ask_in, pair.source_lang, pair.target_lang, rng)
        return User(pair, language, self.deck, rng)

    def pass_over(self, reason: str) -> None:
        """Count a pair that does not lend itself to a kind."""
        self.passed_over[reason] += 1


@dataclass
class User:
    """Somebody who asks about a pair in a language, and keeps to the form of address that shows
    first; `opening` is their first request."""

    pair: Pair
    language: str
    deck: wording.Deck
    rng: random.Random
    address: str | None = None
    opening: str = ""

    def ask(self, kind: str, **values: Any) -> str:
        """A request of this kind about the pair, in the user's language."""
        about: Mapping[str, Any] = {
            "source": self.pair.source,
            "source_language": self.pair.source_lang,
            "target_language": self.pair.target_lang,
        }
        phrasing = self.deck.deal(kind, self.language, self.rng, self.address)
        self.address = self.address or wording.address_of(phrasing, self.language)
        said = wording.fill(phrasing, self.language, self.rng, **{**about, **values})
        self.opening = self.opening or said
        return said

    def answer(self, kind: str, **values: Any) -> str:
        """What the assistant says about a translation, in the user's language."""
        return wording.answer(kind, self.language, self.rng, **values)


def expected(pair: Pair) -> tuple[Check, ...]:
    """What any translation of the pair's source has to satisfy."""
    found = (
        Check("language", {"language": pair.target_lang, "others": [pair.source_lang]}),
        Check("not_copy", {"source": pair.source}),
    )
    items = [item for item in markup.find(pair.source) if not _is_local(item, pair.target)]
    return (*found, Check("keep", {"items": items})) if items else found


# Numbers that another language may write otherwise: `1,000`, `10:30`, `4.5`.
_LOCAL = re.compile(r"\d+(?:[.,:]\d+)+")
_LARGE = re.compile(r"\d{4,}")
_THOUSANDS = re.compile(r"(?<=\d)(?=(?:\d{3})+$)")
_BETWEEN_THOUSANDS = "[ \u00a0\u2009\u202f.,'’]"


def _is_local(item: str, target: str) -> bool:
    """Whether an item is a number that another language may write otherwise, or `4600` where the
    target has `4 600`."""
    if not _LARGE.fullmatch(item):
        return bool(_LOCAL.fullmatch(item))
    grouped = _BETWEEN_THOUSANDS.join(_THOUSANDS.split(item))
    # `345678` is not what `12 345 678` has.
    return bool(re.search(rf"(?<!\d)(?<!\d{_BETWEEN_THOUSANDS}){grouped}(?!\d)", target))


def translated(
    pair: Pair, wishes: Sequence[Check] = (), spans: Sequence[Span] = (), learn: bool = True
) -> Message:
    """The pair's target as the assistant's turn, which passes what any translation has to and the
    `wishes`."""
    checks = (*expected(pair), *wishes) if learn else ()
    return Message("assistant", pair.target, learn, tuple(spans), checks)


def drafted(asked: str, draft: str, wish: str) -> tuple[Message, Message, Message]:
    """A request, a draft that is not learned, and what is wished of it."""
    return Message("user", asked), Message("assistant", draft), Message("user", wish)


def dialogue(
    kind: str, pair: Pair, messages: Sequence[Message], *others: Pair, number: int | None = None
) -> Dialogue:
    """Made from the pair and `others`, whose source texts are marked in what the user says, where
    nothing is marked yet; `number` tells dialogues of one pair apart."""
    sources = [each.source for each in (pair, *others)]
    return Dialogue(
        tuple(_with_source(message, sources) for message in messages),
        kind,
        pair.source_lang,
        pair.target_lang,
        pair.id if number is None else f"{pair.id}-{number}",
        tuple(each.id for each in (pair, *others)),
    )


def _with_source(message: Message, sources: Sequence[str]) -> Message:
    if message.role != "user" or message.spans:
        return message
    spans = [span for source in sources for span in wording.source_span(message.text, source)]
    # "Save the file" ends with "file", which may be another pair's source.
    return replace(message, spans=(min(spans, key=lambda span: span.start),)) if spans else message
