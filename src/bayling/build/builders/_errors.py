"""Errors of a translation that a user can name: an end left out, the next sentence added, a word
taken for another, a wrong number, a misspelt name."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from bayling import checks, languages
from bayling.build import segment
from bayling.build.align import Term
from bayling.build.builders import Resources, _drafts, _other_words
from bayling.records import Check, Pair


@dataclass(frozen=True)
class Error:
    """A mistake, and how users speak of it.

    `precise` is the kind of request that names the words ('' where they are too many), `values` are
    its placeholders; `vague` only names the sort of the error ('' where nobody would). `wish` is
    what the mended translation has to satisfy.
    """

    mistake: _drafts.Mistake
    precise: str
    values: dict[str, str]
    vague: str
    wish: Check


def omitted(pair: Pair, resources: Resources, rng: random.Random) -> Error | None:
    """The last part of the text is left out, with a term in it that a user may name.

    Without a word in its middle a sentence would have a hole, which no translator and hardly a
    model leaves.
    """
    text = pair.target
    starts = [
        match.start()
        for match in _PART.finditer(text)
        if 2 * match.start() > len(text) and not _ENTITY.search(text[: match.start() + 1])
    ]
    terms = resources.aligner.terms(pair)
    parts = [
        (start, term)
        for start in starts
        for term in terms
        if start <= term.start and _closed(text[:start]) and _may_end(text, start, pair.target_lang)
    ]
    if not parts:
        return None
    start, term = rng.choice(parts)
    # The mark at the end stays, but for one behind another.
    mark = None if _MARK.search(text[:start]) else _MARK.search(text)
    cut = _drafts.Mistake(start, mark.start() if mark else len(text), "")
    draft = _drafts.with_mistakes(text, [cut])
    if checks.has_form(term.target, draft):
        return None
    missing = text[start:].strip(" ,;.–，；。")
    few = len(missing) <= min(_FEW[languages.is_spaced(pair.target_lang)], 3 * len(term.target))
    # Who reads the word in the draft, in a placeholder say, cannot miss it.
    few = few and not checks.occurrences(term.source, draft, match_case=False)
    few = few and not _SAYING.search(term.source)
    return Error(
        cut,
        "omitted" if few else "",
        {"term": term.source},
        "incomplete",
        Check("contain", {"phrase": term.target}),
    )


# What a part that may be missing begins with: a mark within a sentence, or the end of one.
_PART = re.compile(
    r"(?<=\w)(?:, | – |; |，|；)|(?<=[!?])(?= \w)|(?<=[^\W\d_]{4}[.])(?= \w)|(?<=[。！？])(?=.)"
)
# The semicolon of `&quot;` is no mark.
_ENTITY = re.compile(r"&#?\w+;$")
# A sentence that begins so has said nothing yet at its first comma.
_DEPENDS = re.compile(
    r"(?:^|[.!?] )(?:wer|was|wo|wie|ob|who|whoever|what|where|how|whether|either|qui|ce|soit|"
    r"wenn|falls|sobald|solange|als|während|obwohl|nachdem|bevor|um|da|weil|if|when|while|although|"
    r"after|before|since|as|to|from|si|lorsque|quand|bien que|après|avant|afin|pour|comme|cuando|"
    r"aunque|después|antes|para|al|se|quando|mentre|dopo|prima|per|ao|depois|если|когда|хотя|после|чтобы|"
    r"إذا|عندما)\b[^.!?]*$|(?:^|[。！？])(?:当|为了|通过|对于|除了|根据|按照|要|若|一旦|在|从|关于)[^。！？]*$|"
    r"(?:如果|或者|不仅|不但|既|一方面|只要|只有|无论|不管|除非|即使|尽管|虽然|因为|由于|(?<!首)先(?!生))"
    r"[^。！？]*$|(?:前|后|时|中|之后)$",
    re.IGNORECASE,
)
# What makes a clause a part of the one before it, which then goes on: "the man, who …, left".
_RELATIVE = re.compile(
    r", (?:(?:an|in|auf|mit|von|zu|für|bei|aus|nach|über|durch|um|to|of|in|for|with|by|on) )?"
    r"(?:d(?:er|ie|as|en|em|essen|eren|enen)|was|wo|wer|weil|wenn|als|sobald|solange|während|"
    r"who|whom|which|whose|that|where|when|because|as soon as|while|qui|que|dont|où|lorsque|quand|"
    r"quien|donde|cuando|che|cui|dove|quando|onde|котор\w+|где|когда|что)\b[^,.;–]*$"
    r"|\b(?:parce que|quand|lorsque|because|porque|perché|étant|ayant|siendo|habiendo|essendo|"
    r"avendo|sendo)\b[^.;–]*$"
    r"|\b(?:que|qu'|si|that|dass|ob|che),[^,]*$|\b(?:soit|either|entweder|sowohl|ni|both|not only|"
    r"nicht nur|non seulement|no solo|non solo|não só|не только)\b[^.]*$",
    re.IGNORECASE,
)
# What stands behind a name or a list as its last part: "…, Levan Dzhagaryan".
_APPOSED = re.compile(r", (?:[A-ZÄÖÜÀ-Ý][\w-]*(?: (?=\w)|$)){1,3}$")
# What a sentence may end before, at a comma: where anything else is missing, the rest has lost its
# verb or the clause that a word of it announced.
_JOINS = {
    "de": "und|aber|oder|sondern|doch|denn|weil|da|während|wobei|obwohl|sodass|damit|falls|wenn|"
    "bis|indem|ohne|statt|um|was|einschließlich|sowie|nachdem|bevor",
    "en": "and|but|or|so|because|while|whereas|although|though|if|unless|until|when|which|"
    "including|such as|without|rather than|instead of",
    "es": "y|e|pero|o|sino|porque|ya que|mientras|aunque|para|si|cuando|lo que|sin",
    "fr": "et|mais|ou|car|puisque|tandis que|alors que|ce qui|afin|sauf|si|lorsque|quand|y compris|"
    "sans|même si|notamment|parce",
    "it": "e|ed|ma|o|perché|mentre|anche se|se|quando|senza|quindi",
    "pt": "e|mas|ou|porque|pois|enquanto|embora|se|quando|sem",
    "ru": "и|но|или|а|потому|так как|чтобы|если|когда|хотя|пока|поэтому",
    "zh": "并|而且|但|因为|所以|从而|以便|以及|不过|然后|因此|否则|甚至|包括|例如|比如|同时",
}


@cache
def _joins(language: str) -> re.Pattern[str]:
    """What begins so; nothing does in a language without such words here."""
    end = r"\b" if languages.is_spaced(language) else ""
    words = _JOINS.get(languages.base(language), "(?!)")
    return re.compile(rf"[ ,;–，；]*(?:{words}){end}", re.IGNORECASE)


_LAST = re.compile(r"\W*(?:(?:und|oder|and|or|et|ou|y|o|e|ed|и|или)\b|以及)", re.IGNORECASE)
# Who said it, at the end: "…, sagte der Sprecher."
_TELLS = re.compile(
    r"[ ,–，]*"
    r"(?:said|says|sagte|sagt|erklärte|meinte|hieß es|dit|a déclaré|dijo|disse|сказал\w*)\b",
    re.IGNORECASE,
)
# What says that somebody said something, and what else nobody names as a word that is missing.
_SAYING = re.compile(
    r"\b(?:say|says|said|tell|tells|told|add|adds|added|explain|explains|explained)$"
    r"|\b(?:sagte|sagt|sagten|erklärte|meinte|hieß|dit|déclaré|dijo|disse|ha detto|сказал\w*)$",
    re.IGNORECASE,
)
# So many words, or characters without spaces between words, are something said.
_SAID = {True: 4, False: 6}
_MARK = re.compile(r"[ \u00a0\u202f]?[.!?…。！？]$")
# So many characters at most, a third of them the word's own, are told by naming a word; by whether
# words have spaces between them.
_FEW = {True: 40, False: 14}


def _may_end(text: str, start: int, language: str) -> bool:
    """Whether what stands before `start` is something said, as far as its words tell."""
    if text[start - 1] in ".!?。！？":
        return True
    before = text[:start].rstrip(" ,;–，；")
    spaced = not segment.CJK.search(before)
    last = re.split(r"[.!?。！？] ?", before)[-1]
    if _TELLS.match(text[start:]):
        joined, parts = True, [last]
    else:
        missing = re.split(r"[.!?。！？]", text[start:].strip(" ,;–，；"))[0]
        # What goes on behind another comma may belong to what stands before the first.
        ends = re.search(r"[,;–，；]", missing) is None
        joined = ends and _joins(language).match(text[start:]) is not None
        # The last of a list, whose others stand there without it.
        joined = joined and not (_LAST.match(text[start:]) and re.search(r"[,，]", last))
        parts = [last, missing]
    enough = all(len(each.split() if spaced else each) >= _SAID[spaced] for each in parts)
    depends = any(each.search(before) for each in (_DEPENDS, _RELATIVE, _APPOSED))
    return enough and joined and not depends and not _SAYING.search(before)


def _closed(text: str) -> bool:
    """Whether no bracket or quotation mark is left open."""
    counts = [(text.count(pair[0]), text.count(pair[1])) for pair in ("()", "[]", "「」", "（）")]
    # „…“, “…”, «…» and »…«: which opens depends on the language, an odd one is left open.
    marks = sum(text.count(mark) for mark in '"„“”«»')
    return all(opened == closed for opened, closed in counts) and not marks % 2


def added(pair: Pair, resources: Resources, rng: random.Random) -> Error | None:
    """The sentence that comes next in the document is translated as well."""
    following = resources.memory.following(pair, 1)
    short = _SHORT[languages.is_spaced(pair.target_lang)]
    if not following or len(following[0].target) > short or not _MARK.search(pair.target):
        return None
    added = following[0].target
    if not _MARK.search(added) or not _closed(added):
        return None
    # Nobody goes on with a cry or a question behind a plain statement.
    if added[-1] in "!?！？" and added[-1] != pair.target[-1]:
        return None
    space = " " if languages.is_spaced(pair.target_lang) else ""
    # French puts a space before some marks.
    said = added.removesuffix(".").removesuffix("。").strip()
    # A quotation within a quotation would read oddly.
    if not re.search(r"\w", said) or re.search(r"[\"„“”«»「」]", said):
        return None
    wish = Check("avoid", {"phrase": said})
    end = len(pair.target)
    too_much = _drafts.Mistake(end, end, f"{space}{added}")
    return Error(too_much, "added", {"old": said}, "too_much", wish)


# So many characters at most are quoted, by whether words have spaces between them.
_SHORT = {True: 80, False: 30}


def mistranslated(pair: Pair, resources: Resources, rng: random.Random) -> Error | None:
    """In a term's place stands what it is taken for."""
    terms = resources.aligner.terms(pair)
    found = ((term, _other_words.confused(term, pair, resources, rng)) for term in terms)
    wrong = [(term, mistake) for term, mistake in found if mistake is not None]
    if not wrong:
        return None
    # Another translation of the word would be a synonym, and no error.
    return confused(*rng.choice(wrong))


def confused(term: Term, mistake: _drafts.Mistake) -> Error:
    """A term that was taken for another word."""
    return Error(
        mistake,
        "mistranslated",
        {"term": term.source, "old": mistake.wrong},
        "inexact",
        Check("avoid", {"phrase": mistake.wrong}),
    )


def wrong_number(pair: Pair, resources: Resources, rng: random.Random) -> Error | None:
    return next(wrong_numbers(pair, rng), None)


def wrong_numbers(pair: Pair, rng: random.Random) -> Iterator[Error]:
    """Of each number that may be got wrong one error, in random order."""
    found = [*_drafts.wrong_numbers(pair).items()]
    for number, others in rng.sample(found, len(found)):
        if error := _replaced(pair, number, rng.choice(others), vague="inexact"):
            yield error


def wrong_name(pair: Pair, resources: Resources, rng: random.Random) -> Error | None:
    return next(wrong_names(pair, resources, rng), None)


def wrong_names(pair: Pair, resources: Resources, rng: random.Random) -> Iterator[Error]:
    """Each name misspelt, in random order: one from elsewhere is one that nobody would write."""
    found = _drafts.plain_names(pair, resources)
    for name in rng.sample(found, len(found)):
        # Of a misspelt name nobody only says that something is wrong.
        if error := _replaced(pair, name, _drafts.misspelt(name, rng), vague=""):
            yield error


def _replaced(pair: Pair, right: str, wrong: str, vague: str) -> Error | None:
    start = checks.occurrences(right, pair.target)[0][0]
    mistake = _drafts.Mistake(start, start + len(right), wrong)
    if wrong in pair.target:
        return None
    return Error(
        mistake,
        "wrong_item",
        {"item": right, "old": wrong},
        vague,
        Check("keep", {"items": [right]}),
    )


SORTS = {
    "omitted": omitted,
    "added": added,
    "mistranslated": mistranslated,
    "number": wrong_number,
    "name": wrong_name,
}
