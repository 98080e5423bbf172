"""BLEU, chrF2 and TER by sacrebleu, with intervals from its own statistics per segment."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

import numpy as np
from sacrebleu.metrics.bleu import BLEU
from sacrebleu.metrics.chrf import CHRF
from sacrebleu.metrics.ter import TER

import bayling
from bayling import languages
from bayling.errors import MissingError, UserError, nearest
from bayling.evaluate.metrics import Segments
from bayling.evaluate.metrics._statistics import RESAMPLES, SEED, bootstrap
from bayling.records import Result, Score

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
    segments = take_apart(metric, name, texts, references)
    return Score(
        name=name,
        value=segments.figure(segments.rows.sum(axis=0)),
        signature=f"{segments.signature}|bs:{RESAMPLES}|seed:{SEED}",
        n=len(texts),
        interval=bootstrap(segments),
    )


def finals(results: Sequence[Result]) -> list[str]:
    """The last translation of each result."""
    return [result.outputs[-1] for result in results]


def references(results: Sequence[Result]) -> list[list[str]]:
    """The one set of references as sacrebleu takes it."""
    return [[result.sample.reference for result in results]]


def of_results(metric: Any, name: str, results: Sequence[Result]) -> Score:
    """The score of the final outputs; `details["first"]` is that of the first ones.

    The first outputs' score stands there where any result has several outputs, and is taken over
    all results, so that both figures are about the same samples.
    """
    final = measure(metric, name, finals(results), references(results))
    if all(len(result.outputs) == 1 for result in results):
        return final
    segments = take_apart(
        metric, name, [result.outputs[0] for result in results], references(results)
    )
    first = segments.figure(segments.rows.sum(axis=0))
    return Score(
        final.name, final.value, final.signature, final.n, final.interval, {"first": first}
    )


def target_language(results: Sequence[Result]) -> str:
    """The one language that all results are in. Raises `UserError` where there are several."""
    found = sorted({result.sample.target_lang for result in results})
    if len(found) > 1:
        raise UserError(
            f"BLEU and TER need one target language; the results are in {', '.join(found)}. "
            "Score each language by itself."
        )
    return found[0]
