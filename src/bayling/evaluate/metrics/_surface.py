"""BLEU, chrF2 and TER by sacrebleu, with intervals from its own statistics per segment."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise, starmap
from typing import Any

import numpy as np
from sacrebleu.metrics.bleu import BLEU
from sacrebleu.metrics.chrf import CHRF
from sacrebleu.metrics.ter import TER

import bayling
from bayling import languages
from bayling.errors import MissingError, UserError, nearest
from bayling.evaluate.metrics import Segments
from bayling.evaluate.metrics._statistics import bootstrapped
from bayling.languages import Direction
from bayling.records import Json, Result, Score

# What sacrebleu itself takes for its built-in test sets; 13a for every other language.
_TOKENIZERS = {"zh": "zh", "ja": "ja-mecab", "ko": "ko-mecab"}
# Those that need no download.
_KNOWN = ("13a", "zh", "ja-mecab", "ko-mecab", "char", "intl", "none")


def bleu(target_lang: str, tokenizer: str | None = None) -> Any:
    """sacrebleu's BLEU with the tokenizer of the target language, or the one that is named.

    Raises `UserError` for an unknown name, `MissingError` where Japanese or Korean needs a package
    that is not installed.
    """
    chosen = tokenizer or _TOKENIZERS.get(languages.base(target_lang), "13a")
    if chosen not in _KNOWN:
        raise UserError(f"BLEU has no tokenizer '{chosen}'.{nearest(chosen, _KNOWN)}")
    try:
        # force: a line ending in " ." is a translation, not a hint about tokenised input.
        return BLEU(tokenize=chosen, force=True)
    except RuntimeError as error:
        extra = chosen.removesuffix("-mecab")
        raise MissingError(
            f"BLEU for {languages.name(extra)} needs MeCab, which is not installed. "
            f'Install it with: pip install "sacrebleu[{extra}]", or ask for characters instead: '
            "--tokenize char"
        ) from error


def sentence_bleu(language: str) -> Any:
    """sacrebleu's BLEU for one sentence, which counts only n-grams as long as it has."""
    # What needs MeCab is cut into characters instead: a copy is a copy.
    chosen = {"zh": "zh", "ja": "char", "ko": "char"}.get(languages.base(language), "13a")
    return BLEU(tokenize=chosen, force=True, effective_order=True)


def chrf2(words: int = 0) -> Any:
    """sacrebleu's chrF2: characters up to 6, no words (chrF++: up to 2), recall twice as heavy as
    precision."""
    return CHRF(word_order=words)


def ter(target_lang: str) -> Any:
    """sacrebleu's TER as it is by default; Chinese and Japanese are cut into characters."""
    asian = languages.base(target_lang) in {"zh", "ja"}
    return TER(normalized=asian, asian_support=asian)


@cache
def _sentence_metric() -> Any:
    return chrf2()


def sentence_chrf2(text: str, reference: str) -> float:
    """chrF2 of one sentence, 0–100."""
    return float(_sentence_metric().sentence_score(text, [reference]).score)


def take_apart(
    metric: Any, name: str, texts: Sequence[str], references: Sequence[Sequence[str]]
) -> Segments:
    """The metric's counts per segment. `references` holds one list of texts per set of them."""

    # sacrebleu has no public way to its statistics per segment; corpus_score() is made of these
    # same two calls, and the tests compare with it.
    def figure(total: Any) -> float:
        return float(metric._compute_score_from_stats(total).score)

    rows = np.array(metric._extract_corpus_statistics(texts, references), dtype=np.float64)
    method = f"{name}|{metric.get_signature().format()}"
    return Segments(name, rows, figure, f"{method}|bayling:{bayling.__version__}")


def measure(
    metric: Any, name: str, texts: Sequence[str], references: Sequence[Sequence[str]]
) -> Score:
    """The corpus score with its bootstrap interval."""
    return bootstrapped(take_apart(metric, name, texts, references))


# What makes a metric for a target language.
Make = Callable[[str], Any]


@dataclass(frozen=True)
class _Part:
    """The results of one direction, and where among all results they stand."""

    direction: Direction
    places: list[int]
    segments: Segments


def segments(make: Make, name: str, results: Sequence[Result]) -> Segments:
    """The counts of each result's final output.

    Results in several directions are scored direction by direction, each with its own target
    language's metric; the figure is the mean of theirs, whatever their sizes.
    """
    return _joined(_by_direction(make, name, results, -1))


def of_results(make: Make, name: str, results: Sequence[Result]) -> Score:
    """The score of the final outputs; `details["first"]` is that of the first ones, and
    `details["directions"]` that of each direction, where there are several.

    The first outputs' score stands there where any result has several outputs, and is taken over
    all results, so that both figures are about the same samples.
    """
    details: Json = {}
    if any(len(result.outputs) > 1 for result in results):
        details["first"] = _total(_joined(_by_direction(make, name, results, 0)))
    parts = _by_direction(make, name, results, -1)
    if len(parts) > 1:
        details["directions"] = {
            str(part.direction): {"score": _total(part.segments), "n": len(part.places)}
            for part in parts
        }
    return bootstrapped(_joined(parts), details)


def _by_direction(make: Make, name: str, results: Sequence[Result], output: int) -> list[_Part]:
    """Each direction's results taken apart, by this one of their outputs."""
    places: dict[Direction, list[int]] = {}
    for place, result in enumerate(results):
        places.setdefault(result.sample.direction, []).append(place)
    parts = []
    for direction, those in places.items():
        texts = [results[place].outputs[output] for place in those]
        references = [[results[place].sample.reference for place in those]]
        found = take_apart(make(direction.target), name, texts, references)
        parts.append(_Part(direction, those, found))
    return parts


def _joined(parts: Sequence[_Part]) -> Segments:
    """The mean over directions: each has columns of its own, so that sums of rows stay apart."""
    if len(parts) == 1:
        return parts[0].segments
    count = sum(len(part.places) for part in parts)
    ends = np.cumsum([0, *(part.segments.rows.shape[1] for part in parts)])
    cuts = list(starmap(slice, pairwise(ends)))
    rows, strata = np.zeros((count, ends[-1])), np.zeros(count, dtype=np.int64)
    signatures: dict[str, list[str]] = {}
    for number, (part, cut) in enumerate(zip(parts, cuts, strict=True)):
        rows[part.places, cut] = part.segments.rows
        strata[part.places] = number
        signatures.setdefault(part.segments.signature, []).append(str(part.direction))

    def figure(total: Any) -> float:
        each = [part.segments.figure(total[cut]) for part, cut in zip(parts, cuts, strict=True)]
        return float(np.mean(each))

    told = (f"{each}|{','.join(sorted(those))}" for each, those in sorted(signatures.items()))
    said = " + ".join(told)
    return Segments(
        parts[0].segments.name, rows, figure, f"{said}|mean-over:{len(parts)}-directions", strata
    )


def _total(segments: Segments) -> float:
    return segments.figure(segments.rows.sum(axis=0))
