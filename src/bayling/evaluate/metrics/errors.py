"""Six ways in which a translation fails that no reader overlooks (mFTI §5, arXiv 2305.15083)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Annotated, Any, Literal, get_args

from pydantic import Field

from bayling import languages
from bayling.errors import UserError
from bayling.evaluate.metrics import Segments, _surface
from bayling.evaluate.metrics._answers import LETTERS_OF_A_PART, letters, talks, words
from bayling.evaluate.metrics._statistics import proportion, share
from bayling.records import Json, Result, Sample, Score

Label = Literal["repetition", "template", "copy", "wrong_language", "under", "over"]
LABELS: tuple[Label, ...] = get_args(Label)

# Field names of prompts and turns that an answer goes on with.
_FIELDS = re.compile(
    r"^\W*(?:instruction|input|response|output|user|human|assistant|hint|note|source|target"
    r"|指令|输入|回答|输出)\s*[:：]|###|<\|?(?:im_start|im_end|assistant|user)",
    re.IGNORECASE | re.MULTILINE,
)
# What a third language is looked for among: those that identification is known to tell apart.
_OTHERS = ("en", "zh", "de", "fr", "es", "ja", "ru", "pt", "it", "ar", "cs", "uk", "nl", "pl")
_COPY_BLEU = 50.0
# A character three times in a row is emphasis in Chinese; two of them are a word.
_LEAST_CHARACTERS = 2
_IN_A_ROW = 3


LESS_IS_BETTER = True


@dataclass(frozen=True)
class Options:
    """How much shorter or longer than the reference a translation may be, in words (characters
    where no spaces are written); which of the errors are counted, all unless some are named. An
    output has the first that fits alone: a copy that is too short is no `under`."""

    least: float = 0.5
    most: float = 2.0
    only: Annotated[tuple[Label, ...], Field(min_length=1)] = LABELS


def score(results: Sequence[Result], options: Options) -> list[Score]:
    """% of final outputs with one of six errors (of those in `options.only`); [] where there are
    no results.

    `details` counts each output under the first error that it has, in this order, and gives as
    `floor` the % of references that have one, and excuse the outputs that have the same:

    repetition      a sequence of words (of two characters or more where no spaces are written)
                    stands three times in a row
    template        begins as talk about the translation, or holds field names of a prompt
    copy            sentence BLEU against the source is above 50
    wrong_language  neither half is in the target language or the source's
    under, over     less than half, more than twice the reference's length

    The order and the last four are the paper's; what it counts as repeated and as a template
    it does not say.
    """
    if not results:
        return []
    found = [label(result.sample, result.outputs[-1], options) for result in results]
    floor = sum(_label(r.sample, r.sample.reference, options) in options.only for r in results)
    n, wrong = len(results), sum(each in options.only for each in found)
    details: Json = {"floor": 100 * floor / n, **{each: found.count(each) for each in LABELS}}
    return [proportion("errors", wrong, n, n, _method(options), details)]


def segments(results: Sequence[Result], options: Options) -> list[Segments]:
    """(has an error, 1) of each result."""
    found = [label(r.sample, r.outputs[-1], options) for r in results]
    counts = [(int(each in options.only), 1) for each in found]
    return [share("errors", counts, _method(options))]


def label(sample: Sample, text: str, options: Options) -> str:
    """The first of `LABELS` that fits, '' for a translation without these errors, or with one that
    the reference has as well."""
    found = _label(sample, text, options)
    return "" if found and found == _label(sample, sample.reference, options) else found


def _label(sample: Sample, text: str, options: Options) -> str:
    if _repeats(text, sample.target_lang):
        return "repetition"
    if talks(sample, text) or _FIELDS.search(text):
        return "template"
    if _sentence_bleu(languages.base(sample.source_lang), text, sample.source) > _COPY_BLEU:
        return "copy"
    if _is_foreign(sample, text):
        return "wrong_language"
    length, wanted = (len(words(each, sample.target_lang)) for each in (text, sample.reference))
    if length < options.least * wanted:
        return "under"
    return "over" if length > options.most * wanted else ""


def _repeats(text: str, language: str) -> bool:
    # A number may well have six zeros.
    units = [each for each in words(text.lower(), language) if not each.isdigit()]
    least = 1 if languages.is_spaced(language) else _LEAST_CHARACTERS
    for size in range(least, len(units) // _IN_A_ROW + 1):
        # So many units in a row that equal the one a period before.
        run = 0
        for place in range(size, len(units)):
            run = run + 1 if units[place] == units[place - size] else 0
            if run == size * (_IN_A_ROW - 1):
                return True
    return False


def _sentence_bleu(language: str, text: str, other: str) -> float:
    return float(_bleu(language).sentence_score(text, [other]).score) if text.strip() else 0.0


@cache
def _bleu(language: str) -> Any:
    return _surface.sentence_bleu(language)


def _is_foreign(sample: Sample, text: str) -> bool:
    own = (languages.base(sample.source_lang), languages.base(sample.target_lang))
    half = len(text) // 2
    # Cut between words where there are any.
    cut = text.find(" ", half) if " " in text[half:] else half
    halves = [text[:cut], text[cut:]]
    if min(map(letters, halves)) < LETTERS_OF_A_PART:
        halves = [text]
    candidates = tuple(dict.fromkeys((*own, *_OTHERS)))
    # A few letters tell scripts apart, not languages of one script.
    among = candidates if letters(text) >= LETTERS_OF_A_PART else own
    try:
        found = {languages.base(languages.identify(each, among)) for each in halves}
    except UserError:
        # py3langid does not know the target's language; its script was not told apart either.
        return False
    return found.isdisjoint({*own, languages.UNDETERMINED})


def _method(options: Options) -> str:
    what = "six" if set(options.only) == set(LABELS) else "+".join(options.only)
    return f"mfti:{what}|least:{options.least}|most:{options.most}"
