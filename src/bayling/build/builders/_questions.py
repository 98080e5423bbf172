"""What users ask about a translation once they have it: questions that the pair itself answers."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator

from bayling import checks, languages, markup
from bayling.build import segment, spelt_numbers
from bayling.build.align import Term
from bayling.build.builders import Resources, User, _drafts
from bayling.records import Check, Message, Pair

_SURE = 0.5

# One number, or several.
_MANY_NUMBERS = re.compile(r"\d[ \u00a0\u202f]\d")
_JOINED = re.compile(r"[^\W\d_](?:[\"„“”«»;!?,:]|\.\.+|…)[^\W\d_]")

# (question, answer), the answer learned.
Exchange = tuple[Message, Message]


def about(
    pair: Pair, resources: Resources, user: User, rng: random.Random, told: set[str]
) -> Iterator[Exchange]:
    """Questions of every sort that the pair answers, in random order; the user knows what the
    terms `told` of the source have become."""
    sorts: list[Callable[[], Exchange | None]] = [
        lambda: which_word(pair, resources, user, rng, told),
        lambda: count_words(pair, user),
        lambda: list_numbers(pair, user),
        lambda: name_language(pair, user),
    ]
    rng.shuffle(sorts)
    asked = (sort() for sort in sorts)
    yield from (exchange for exchange in asked if exchange is not None)


def askable(pair: Pair, resources: Resources) -> list[Term]:
    """The terms that one may ask about: surer ones than those to be asked for, since the answer has
    to be the whole truth."""
    return resources.aligner.terms(pair, _SURE)


def which_word(
    pair: Pair, resources: Resources, user: User, rng: random.Random, told: set[str]
) -> Exchange | None:
    """Which word of the translation stands for a term, unless the user knows, who was `told`."""
    terms = [term for term in askable(pair, resources) if term.source not in told]
    if not terms:
        return None
    term = rng.choice(terms)
    return word_for(term.source, term.target, user)


def word_for(term: str, word: str, user: User) -> Exchange:
    said = user.answer("is_word", term=term, word=word)
    wish = Check("contain", {"phrase": word})
    return Message("user", user.ask("which_word", term=term)), _learned(said, wish)


def count_words(pair: Pair, user: User) -> Exchange | None:
    """How long the translation is, where words are what stands between spaces."""
    if not languages.is_spaced(pair.target_lang) or markup.find(
        pair.target, ("placeholder", "tag")
    ):
        return None
    # `9 336` is one word or two, and `sehen"sehr` has lost a space.
    if _MANY_NUMBERS.search(pair.target) or _JOINED.search(pair.target):
        return None
    count = checks.size(pair.target, "words")
    if count < 2:
        return None
    said = user.answer("words_counted", count=count)
    wish = Check("contain", {"phrase": str(count)})
    return Message("user", user.ask("count_words")), _learned(said, wish)


def list_numbers(pair: Pair, user: User) -> Exchange | None:
    """Which numbers the translation has, if all of them are written in digits."""
    numbers = list(dict.fromkeys(_drafts.numbers(pair.target)))
    if spelt_numbers.may_hold(pair.target, pair.target_lang):
        return None
    # Where a name, a code or a formula has others, nobody could say which are meant.
    if sum(map(pair.target.count, numbers)) < len(re.findall(r"\d+(?:[.,:]\d+)*", pair.target)):
        return None
    # `1 000 000` is one number, or three.
    if (
        not numbers
        or _MANY_NUMBERS.search(pair.target)
        # "Phase III" has a number, and "one number" would be untrue.
        or re.search(r"\b[IVX]{2,}\b", pair.target)
        or markup.find(pair.target, ("placeholder", "tag", "url"))
    ):
        return None
    kind = "one_number_listed" if len(numbers) == 1 else "numbers_listed"
    # "2011, 35,6" would be three.
    joint = "; " if any("," in each for each in numbers) else ", "
    said = user.answer(kind, numbers=joint.join(numbers))
    wish = Check("keep", {"items": numbers})
    return Message("user", user.ask("list_numbers")), _learned(said, wish)


def name_language(pair: Pair, user: User) -> Exchange | None:
    """Which language the source is in, if the user may not know: it is not theirs, and they have
    not named it."""
    name = languages.name(pair.source_lang, user.language)
    if name in user.opening or languages.base(user.language) == languages.base(pair.source_lang):
        return None
    said = user.answer("language_named", language=pair.source_lang)
    wish = Check("contain", {"phrase": name, "match_case": False})
    return Message("user", user.ask("name_source_language")), _learned(said, wish)


def back(pair: Pair, resources: Resources, user: User) -> Exchange | None:
    """The translation back into the source's language, if the source is one: of a free translation
    it is not what was asked for, and hides what the user wants to see. None also where words cannot
    be told apart, so that nobody knows."""
    known = segment.is_known(pair.source_lang) and segment.is_known(pair.target_lang)
    if not known or not resources.aligner.is_close(pair):
        return None
    said = user.ask("back_into", target_language=pair.source_lang)
    return Message("user", said), _learned(
        pair.source,
        Check("language", {"language": pair.source_lang, "others": [pair.target_lang]}),
        Check("not_copy", {"source": pair.target}),
    )


def _learned(text: str, *checks: Check) -> Message:
    return Message("assistant", text, True, (), checks)
