"""A simulated user who knows the reference: what he would ask for next, having read an answer.

The same judgement chooses the next request while a conversation goes on (task `interactive`) and
says afterwards whether the user was satisfied (metric `conversation`). No model is asked, so it
runs offline and judges every system alike. What he wants is what the reference says: a good answer
in other words may not satisfy him (docs/evaluation.md).
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from bayling import checks, function_words, languages, markup, register
from bayling.records import Check, Sample

# Of the reference's length: what has less is incomplete, what has more is too long.
_LEAST, _MOST = 0.5, 1.5
# Of a text of three words the double is no fault, nor is a third of it.
_SLACK = {"words": 3, "characters": 8}
# Room that is given to who has to be briefer.
_ROOM = 1.2
# Shorter words are alike in several languages.
_LETTERS = 4


@dataclass(frozen=True)
class Need:
    """Something an answer lacks: its kind, the request for it and the request's placeholders, and
    what an answer has to satisfy that grants it."""

    kind: str
    request: str
    values: dict[str, Any]
    wish: Check


def needs(sample: Sample, text: str) -> list[Need]:
    """What the answer lacks, the most useful change first; [] for who is satisfied.

    language  it is in another language
    missing   it has less than half the reference's length
    item      a placeholder, tag, number or address of the source is lost or wrong
    register  it addresses the reader otherwise than the reference
    term      a term of the sample is missing, in whatever form; longer ones first
    word      no more than half of the reference's content words are in it, in whatever form; one
              of the others, longer ones first (of languages with spaces between words)
    length    it has more than 1.5 times the reference's length
    unwanted  a word of the source is left in it that the reference does not have, or letters of
              another script than Latin where the reference has none

    A reference that is no empty text needs nothing itself.
    """
    return [need for finder in _FINDERS for need in finder(sample, text)]


def grants(wish: Check, text: str) -> bool:
    """Whether an answer does what was asked, as this user sees it: another ending is no other
    word."""
    if wish.kind == "contain":
        return checks.has_form(wish.options["phrase"], text)
    return checks.holds(wish, text).ok


def _language(sample: Sample, text: str) -> Iterator[Need]:
    others = {"language": sample.target_lang, "others": (sample.source_lang,)}
    wish = Check("language", others)
    # A reference of two names may look like another language, and an answer to it as well.
    if checks.holds(wish, sample.reference).ok and not checks.holds(wish, text).ok:
        values = {"target_language": sample.target_lang}
        yield Need("language", "wrong_language", values, wish)


def _missing(sample: Sample, text: str) -> Iterator[Need]:
    unit = _unit(sample)
    wanted = checks.size(sample.reference, unit)
    least = math.ceil(wanted * _LEAST)
    if checks.size(text, unit) < min(least, wanted - _SLACK[unit] + 1) or not text.strip():
        wish = Check("length", {"least": max(1, least), "unit": unit})
        yield Need("missing", "incomplete", {}, wish)


def _item(sample: Sample, text: str) -> Iterator[Need]:
    known = {*markup.find(sample.source), *markup.find(sample.reference)}
    strange = [each for each in markup.find(text, ("number",)) if each not in known]
    for each in sample.checks:
        if each.kind != "keep":
            continue
        for item, count in Counter(each.options["items"]).items():
            wish = Check("keep", {"items": [item] * count})
            if checks.holds(wish, text).ok or not checks.holds(wish, sample.reference).ok:
                continue
            if strange and markup.find(item, ("number",)) == [item]:
                yield Need("item", "wrong_item", {"item": item, "old": strange.pop(0)}, wish)
            else:
                yield Need("item", "lost", {"item": item}, wish)


def _register(sample: Sample, text: str) -> Iterator[Need]:
    said = register.every(sample.reference, sample.target_lang)
    if len(said) == 1:
        (asked,) = said
        wish = Check("register", {"language": sample.target_lang, "register": asked})
        if not checks.holds(wish, text).ok:
            yield Need("register", asked, {}, wish)


def _term(sample: Sample, text: str) -> Iterator[Need]:
    for term, word in sorted(sample.terms, key=lambda each: (-len(each[1]), each)):
        # Another ending is no other word: whoever reads "gültiges Bild" does not ask for "gültige".
        if not checks.has_form(word, text):
            wish = Check("contain", {"phrase": word})
            yield Need("term", "use_for", {"word": word, "term": term}, wish)


def _word(sample: Sample, text: str) -> Iterator[Need]:
    language = languages.base(sample.target_lang)
    if not languages.is_spaced(language):
        return
    words = [
        word
        for word in dict.fromkeys(re.findall(r"[^\W\d_]+", markup.strip(sample.reference)))
        if len(word) >= _LETTERS and word.lower() not in function_words.of(language)
    ]
    lacking = [word for word in words if not checks.has_form(word, text)]
    if lacking and 2 * len(lacking) >= len(words):
        for word in sorted(lacking, key=lambda each: (-len(each), each)):
            yield Need("word", "use", {"word": word}, Check("contain", {"phrase": word}))


def _length(sample: Sample, text: str) -> Iterator[Need]:
    unit = _unit(sample)
    wanted = checks.size(sample.reference, unit)
    if checks.size(text, unit) > max(_MOST * wanted, wanted + _SLACK[unit]):
        most = math.ceil(wanted * _ROOM)
        wish = Check("length", {"most": most, "unit": unit})
        yield Need("length", f"shorter_{unit}", {"count": most}, wish)


def _unwanted(sample: Sample, text: str) -> Iterator[Need]:
    if _OTHER_SCRIPT.search(sample.reference) is None:
        for left in dict.fromkeys(_OTHER_SCRIPT.findall(text)):
            yield Need("unwanted", "avoid", {"old": left}, Check("avoid", {"phrase": left}))
    own = function_words.of(languages.base(sample.target_lang))
    for word in dict.fromkeys(re.findall(r"[^\W\d_]+", markup.strip(sample.source))):
        # What has a capital may be a name.
        if len(word) < _LETTERS or not word.islower() or word in own:
            continue
        wish = Check("avoid", {"phrase": word})
        if not checks.holds(wish, text).ok and not checks.has_form(word, sample.reference):
            yield Need("unwanted", "avoid", {"old": word}, wish)


# Letters that no language in Latin script has.
_OTHER_SCRIPT = re.compile(r"[^\W\d_\u0000-\u024f\u1e00-\u1eff]+")
# In the order of use: whatever the user can only say of a translation comes after it is one.
_FINDERS = (_language, _missing, _item, _register, _term, _word, _length, _unwanted)


def _unit(sample: Sample) -> checks.Unit:
    return "words" if languages.is_spaced(sample.target_lang) else "characters"
