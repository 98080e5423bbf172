"""How many final outputs are not in the target language, beside the references' own floor."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import version

from bayling import languages
from bayling.evaluate.metrics import Segments
from bayling.evaluate.metrics._answers import LETTERS_OF_A_PART, copies, letters, talks
from bayling.evaluate.metrics._statistics import proportion, share
from bayling.records import Json, Result, Sample, Score

LABELS = ("empty", "copy", "commentary", "mixed", "wrong_language")

# A reference of two words may well be said in six: length alone tells only beyond this.
_SLACK = 20
_SENTENCES = re.compile(r"(?<=[.!?])\s+|(?<=[。！？])|\n+")


LESS_IS_BETTER = True


@dataclass(frozen=True)
class Options:
    """Identification is that of `bayling.languages`: between source and target language, and those
    `among` which an answer may be in. Where it is not given and the results are in several
    directions, these are all their languages and English, which models fall back to."""

    among: tuple[str, ...] | None = None


def score(results: Sequence[Result], options: Options) -> list[Score]:
    """% of final outputs whose language is not the target's; [] where there are no results.

    An output without letters (`und`) is off target only where its reference has letters.
    `details`: `floor` is the same share over the references, `off_target` the number counted, and
    each output with a trouble is counted under the first label that fits:

    empty           no letters, while the reference has some
    copy            the source again, apart from case and punctuation
    commentary      talk about the translation before it ("Here is the translation: …") or round a
                    quotation of the source; or, in the target language, over more lines than
                    the reference or over 2.5 times its length (and 20 characters more)
    mixed           split into sentences, some are in the target language and some are not
    wrong_language  as a whole in another language than the target

    The labels `copy`, `commentary` and `mixed` are also given to outputs whose language as a whole
    is the target's, so the counts may add up to more than `off_target`.
    """
    if not results:
        return []
    among = _among(results, options)
    labels = [label(result.sample, result.outputs[-1], among) for result in results]
    missed = [is_off_target(result.sample, result.outputs[-1], among) for result in results]
    floor = sum(is_off_target(r.sample, r.sample.reference, among) for r in results)
    off = sum(missed)
    details: Json = {
        "floor": 100 * floor / len(results),
        "off_target": off,
        **{each: labels.count(each) for each in LABELS},
    }
    if len({result.sample.direction for result in results}) > 1:
        details["directions"] = _by_direction(results, missed)
    method = _method(results, among)
    return [proportion("off_target", off, len(results), len(results), method, details)]


def segments(results: Sequence[Result], options: Options) -> list[Segments]:
    """(off target, 1) of each result."""
    among = _among(results, options)
    counts = [(int(is_off_target(r.sample, r.outputs[-1], among)), 1) for r in results]
    return [share("off_target", counts, _method(results, among))]


def _among(results: Sequence[Result], options: Options) -> tuple[str, ...]:
    if options.among is not None:
        return tuple(map(languages.code, options.among))
    directions = {result.sample.direction for result in results}
    if len(directions) < 2:
        return ()
    return tuple(sorted({*(each for ends in directions for each in ends), "en"}))


def _by_direction(results: Sequence[Result], missed: Sequence[bool]) -> Json:
    found: dict[str, list[bool]] = {}
    for result, off in zip(results, missed, strict=True):
        found.setdefault(str(result.sample.direction), []).append(off)
    return {
        direction: {"score": 100 * sum(each) / len(each), "n": len(each)}
        for direction, each in found.items()
    }


def is_off_target(sample: Sample, text: str, among: tuple[str, ...] = ()) -> bool:
    """Whether a translation of the sample is not in its target language, as far as that can be told
    from the source's and those `among`."""
    found = _language(sample, text, among)
    if found == languages.UNDETERMINED:
        return _language(sample, sample.reference, among) != languages.UNDETERMINED
    return found != languages.base(sample.target_lang)


def label(sample: Sample, text: str, among: tuple[str, ...] = ()) -> str:
    """The first of `LABELS` that fits, '' for an output without any of these troubles."""
    off = is_off_target(sample, text, among)
    if off and _language(sample, text, among) == languages.UNDETERMINED:
        return "empty"
    # Where the reference repeats the source as well, that is the right answer.
    if copies(sample, text) and not copies(sample, sample.reference):
        return "copy"
    if talks(sample, text) and not talks(sample, sample.reference):
        return "commentary"
    if _is_mixed(sample, text, among):
        return "mixed"
    if off:
        return "wrong_language"
    return "commentary" if _is_overlong(sample.reference, text) else ""


def _language(sample: Sample, text: str, among: tuple[str, ...]) -> str:
    own = (sample.source_lang, sample.target_lang)
    # Another region of the target's language is no other language.
    bases = {languages.base(each) for each in own}
    others = (each for each in among if languages.base(each) not in bases)
    return languages.base(languages.identify(text, (*own, *others)))


def _is_mixed(sample: Sample, text: str, among: tuple[str, ...]) -> bool:
    sentences = [part for part in _SENTENCES.split(text) if letters(part) >= LETTERS_OF_A_PART]
    target = languages.base(sample.target_lang)
    return len({_language(sample, sentence, among) == target for sentence in sentences}) > 1


def _is_overlong(reference: str, text: str) -> bool:
    if len(text.strip().splitlines()) > len(reference.strip().splitlines()):
        return True
    return len(text) > 2.5 * len(reference) and len(text) > len(reference) + _SLACK


def _method(results: Sequence[Result], among: tuple[str, ...]) -> str:
    directions = sorted({f"{r.sample.source_lang}-{r.sample.target_lang}" for r in results})
    said = f"identify:scripts+py3langid-{version('py3langid')}|between:{','.join(directions)}"
    return f"{said}|among:{','.join(among)}" if among else said
