"""Which phrase of the target stands for which phrase of the source.

fast_align (Dyer et al. 2013) in both directions by sil-thot, symmetrised by grow-diag. The
connected components of the links that are contiguous on both sides are the smallest phrases that
translate each other: "security group" ↔ "Sicherheitsgruppe", never a fragment of a word.
What counts as a word is what the checks count as one.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources

from bayling import languages, markup
from bayling.checks import occurrences
from bayling.errors import UserError
from bayling.records import Pair

# Letters with inner hyphens and apostrophes; digits and placeholders are no words to wish for.
_WORD = re.compile(r"[^\W\d_]+(?:[-'’][^\W\d_]+)*")
# What ties a word to more than itself: `28-year-old`, `Ein- und Ausgabe`, `manage.py`, `Da&tei`.
_TIED_BEFORE = re.compile(r"(?:-|\w\S?)$")
_TIED_BEHIND = re.compile(r"-|\S?\w")
_ITERATIONS = 5
_LONGEST = 3  # words of a phrase, on either side
# A word that the corpus has once is aligned with whatever is left over, and surely so.
_TIMES = 2


@dataclass(frozen=True, slots=True)
class Term:
    """A source phrase and the target phrase that translates it in one pair.

    `start` and `end` are the characters of the target phrase in the target text; `confidence` is
    the smallest lexical probability of its words, in either direction (0–1).
    """

    source: str
    target: str
    start: int
    end: int
    confidence: float


@dataclass(frozen=True, slots=True)
class _Word:
    text: str
    start: int
    end: int


class Aligner:
    """Word alignment trained on the pairs it is given, and the lexicon that falls out of it."""

    def __init__(self, pairs: Sequence[Pair]) -> None:
        """Trains on all pairs, which must be in one direction. Raises `UserError` for a language
        written without spaces, whose words this tokeniser cannot tell apart."""
        from thot.alignment import FastAlignModel, SymmetrizationHeuristic, SymmetrizedAligner

        for language in {lang for pair in pairs for lang in (pair.source_lang, pair.target_lang)}:
            if not languages.is_spaced(language):
                raise UserError(
                    f"Words of {languages.name(language)} cannot be aligned yet, because it is "
                    "written without spaces; use the builder 'translate' alone for it."
                )
        self._direct, self._inverse = FastAlignModel(), FastAlignModel()
        for pair in pairs:
            source, target = (
                _keys(_words(markup.strip(text))) for text in (pair.source, pair.target)
            )
            self._direct.add_sentence_pair(source, target)
            self._inverse.add_sentence_pair(target, source)
        for model in (self._direct, self._inverse):
            model.start_training()
            for _ in range(_ITERATIONS):
                model.train()
            model.end_training()
        self._both = SymmetrizedAligner(self._direct, self._inverse)
        self._both.heuristic = SymmetrizationHeuristic.GROW_DIAG
        self._terms = {pair.id: tuple(self._find(pair)) for pair in pairs}
        self._lexicon: dict[str, Counter[str]] = defaultdict(Counter)
        self._times: Counter[tuple[str, str]] = Counter()
        for found in self._terms.values():
            for term in found:
                self._lexicon[term.source.lower()][term.target] += 1
                self._times[term.source.lower(), term.target.lower()] += 1

    def terms(self, pair: Pair, confidence: float = 0.3) -> list[Term]:
        """The pair's content phrases that are aligned at least this surely, in target order.

        A term is translated so in at least two places of the corpus, and stands once in the target
        and once in the source, so that a user who names it is understood.
        """
        found = self._terms.get(pair.id) or tuple(self._find(pair))
        return [
            term
            for term in found
            if term.confidence >= confidence
            and self._times[term.source.lower(), term.target.lower()] >= _TIMES
            and _is_content(term.source, pair.source_lang)
            and _is_content(term.target, pair.target_lang)
            and term.source.lower() != term.target.lower()
            and len(occurrences(term.source, pair.source, match_case=False)) == 1
            and len(occurrences(term.target, pair.target, match_case=False)) == 1
        ]

    def alternatives(self, term: Term, pair: Pair) -> list[str]:
        """Other translations that the source phrase has in the corpus, the frequent ones first.

        Those that the pair's target holds already, and those that hold the right one or are parts
        of it, are none.
        """
        return [
            target
            for target, _ in self._lexicon[term.source.lower()].most_common()
            if _is_content(target, pair.target_lang)
            and target.lower() not in term.target.lower()
            and not occurrences(target, pair.target, match_case=False)
            and not occurrences(term.target, target, match_case=False)
        ]

    def _find(self, pair: Pair) -> Iterator[Term]:
        plain_source, plain_target = markup.strip(pair.source), markup.strip(pair.target)
        source, target = _words(plain_source), _words(plain_target)
        if not source or not target:
            return
        _, matrix = self._both.get_best_alignment(_keys(source), _keys(target))
        links = [(i, j) for i in range(len(source)) for j in range(len(target)) if matrix[i, j]]
        for rows, columns in _components(links):
            given, said = [source[i] for i in rows], [target[j] for j in columns]
            if _is_phrase(given, pair.source, plain_source) and _is_phrase(
                said, pair.target, plain_target
            ):
                start, end = said[0].start, said[-1].end
                yield Term(
                    source=pair.source[given[0].start : given[-1].end],
                    target=pair.target[start:end],
                    start=start,
                    end=end,
                    confidence=self._confidence(given, said),
                )

    def _confidence(self, source: list[_Word], target: list[_Word]) -> float:
        """The least sure word's probability, given the best of the words it is linked with."""

        def least(model: object, given: list[_Word], words: list[_Word]) -> float:
            return min(
                max(
                    model.translation_prob(  # type: ignore[attr-defined]
                        model.get_src_word_index(one.text.lower()),  # type: ignore[attr-defined]
                        model.get_trg_word_index(word.text.lower()),  # type: ignore[attr-defined]
                    )
                    for one in given
                )
                for word in words
            )

        return min(least(self._direct, source, target), least(self._inverse, target, source))


def _components(links: list[tuple[int, int]]) -> Iterator[tuple[list[int], list[int]]]:
    """Connected components of the links that are contiguous and short on both sides."""
    left = set(links)
    while left:
        rows, columns = set(), set()
        frontier = [min(left, key=lambda link: link[1])]
        while frontier:
            link = frontier.pop()
            left.discard(link)
            rows.add(link[0])
            columns.add(link[1])
            frontier += [other for other in left if other[0] == link[0] or other[1] == link[1]]
        if _is_run(rows) and _is_run(columns):
            yield sorted(rows), sorted(columns)


def _is_run(places: set[int]) -> bool:
    return len(places) <= _LONGEST and max(places) - min(places) + 1 == len(places)


def _words(plain: str) -> list[_Word]:
    return [_Word(match.group(), *match.span()) for match in _WORD.finditer(plain)]


def _keys(words: list[_Word]) -> list[str]:
    return [word.text.lower() for word in words]


def _is_phrase(words: list[_Word], text: str, plain: str) -> bool:
    """Whether nothing but spaces stands between the words and nothing ties them to more."""
    start, end = words[0].start, words[-1].end
    if text[start:end] != " ".join(word.text for word in words):
        return False
    before, behind = plain[max(0, start - 2) : start], plain[end : end + 2]
    return not _TIED_BEFORE.search(before) and not _TIED_BEHIND.match(behind)


def _is_content(phrase: str, language: str) -> bool:
    """Whether a phrase is worth asking for: it begins and ends with a content word."""
    words = phrase.replace("’", "'").split()
    small = _function_words(languages.base(language))
    return all(len(word) >= 3 and word.lower() not in small for word in (words[0], words[-1]))


@cache
def _function_words(language: str) -> frozenset[str]:
    """Articles, pronouns, prepositions …; for a language without a list, length alone decides."""
    file = resources.files("bayling.build") / "function_words" / f"{language}.txt"
    return frozenset(file.read_text(encoding="utf-8").split()) if file.is_file() else frozenset()
