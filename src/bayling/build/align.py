"""Which phrase of the target stands for which phrase of the source.

fast_align (Dyer et al. 2013) in both directions by sil-thot, symmetrised by grow-diag. The
connected components of the links that are contiguous on both sides are the smallest phrases that
translate each other: "security group" ↔ "Sicherheitsgruppe", never a fragment of a word.
What counts as a word, and as a whole one, is for `segment.py` to say.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from bayling import languages
from bayling.build import segment
from bayling.build.segment import Word
from bayling.checks import occurrences
from bayling.records import Pair

_ITERATIONS = 5
_LONGEST = 3  # words of a phrase, on either side
# Characters of a phrase in a language without spaces; its single characters mean too much.
_SHORTEST = {"zh": 2}
# What may stand between two words of such a language of which none, one or both are foreign.
_GAPS = (("",), ("", " "), (" ",))
_DIGITS = re.compile(r"\d+")
# A word that the corpus has once is aligned with whatever is left over, and surely so.
_TIMES = 2
# The least probability of another translation, the least share of a word's translations that it
# makes up, and the least share of what it translates that is this word: found by reading
# (docs/log.md). What is below was left over in loose translations: "Volume" of "Volume Details".
_LEAST = 0.05
_SHARE = 0.03
_OWN = 0.2
# From which probability on a translation is a usual one, in this form (docs/log.md).
_SURELY = 0.2


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


class Aligner:
    """Word alignment trained on the pairs it is given, and the lexicon that falls out of it."""

    def __init__(self, pairs: Sequence[Pair], held_out: Sequence[Pair] = ()) -> None:
        """Trains on all pairs, which must be in one direction; the lexicon has nothing of those
        `held_out`. Raises as `segment.words` does."""
        from thot.alignment import FastAlignModel, SymmetrizationHeuristic, SymmetrizedAligner

        self._direct, self._inverse = FastAlignModel(), FastAlignModel()
        # How often a word of the source (False) or the target (True) occurs.
        self._seen = Counter[tuple[bool, str]]()
        for pair in (*pairs, *held_out):
            source = _keys(segment.words(pair.source, pair.source_lang))
            target = _keys(segment.words(pair.target, pair.target_lang))
            self._seen.update((False, word) for word in source)
            self._seen.update((True, word) for word in target)
            self._direct.add_sentence_pair(source, target)
            self._inverse.add_sentence_pair(target, source)
        for model in (self._direct, self._inverse):
            model.start_training()
            for _ in range(_ITERATIONS):
                model.train()
            model.end_training()
        self._probabilities: dict[tuple[bool, str, str], float] = {}
        self._both = SymmetrizedAligner(self._direct, self._inverse)
        self._both.heuristic = SymmetrizationHeuristic.GROW_DIAG
        self._terms = {pair.id: tuple(self._find(pair)) for pair in (*pairs, *held_out)}
        # What is held out may count its own words too; of the others nothing depends on these.
        self._times, self._all_times = (
            Counter(
                (term.source.lower(), term.target.lower())
                for pair in some
                for term in self._terms[pair.id]
            )
            for some in (pairs, (*pairs, *held_out))
        )
        self._held_out = frozenset(pair.id for pair in held_out)
        self._lexicon: dict[str, Counter[str]] = defaultdict(Counter)
        self._surest: dict[tuple[str, str], float] = defaultdict(float)
        self._said = Counter[str]()
        for pair in pairs:
            for term in self._terms[pair.id]:
                given, said = term.source.lower(), term.target
                self._lexicon[given][said] += 1
                self._said[said] += 1
                self._surest[given, said] = max(self._surest[given, said], term.confidence)

    def terms(self, pair: Pair, confidence: float = 0.3) -> list[Term]:
        """The pair's content phrases that are aligned at least this surely, in target order.

        A term is translated so in at least two places of the corpus, and stands once in the target
        and once in the source, so that a user who names it is understood.
        """
        found = self._terms.get(pair.id)
        if found is None:
            found = tuple(self._find(pair))
        times = self._all_times if pair.id in self._held_out else self._times
        return [
            term
            for term in found
            if term.confidence >= confidence
            and times[term.source.lower(), term.target.lower()] >= _TIMES
            and term.source.lower() != term.target.lower()
            # Whose it is, is said otherwise in other languages.
            and not term.source.endswith(("'s", "’s"))
            and not _repeats(term.source)
            and len(occurrences(term.source, pair.source, match_case=False)) == 1
            and len(occurrences(term.target, pair.target, match_case=False)) == 1
        ]

    def alternatives(self, term: Term, pair: Pair) -> Iterator[str]:
        """Other translations that the source phrase has in the corpus, the frequent ones first.

        Each is a `sure` one, and written with a capital where the right one is. Those that the
        pair's target holds already, that hold the right one or the source's word, or are parts of
        it, are none.
        """
        return (
            target
            for target in self.sure(term.source)
            # A noun for a noun, in German; the first word of a text says nothing.
            if (term.start == 0 or target[0].isupper() == term.target[0].isupper())
            and target.lower() not in term.target.lower()
            and not occurrences(target, pair.target, match_case=False)
            and not occurrences(term.target, target, match_case=False)
            and not occurrences(term.source, target, match_case=False)
        )

    def sure(self, source: str, share: float = _SHARE) -> Iterator[str]:
        """The translations of a source phrase that occur twice at least, make up this share (0–1)
        of what becomes of it, and are often enough made of it; the frequent ones first."""
        known = self._lexicon.get(source.lower(), Counter[str]())
        total = known.total()
        return (
            target
            for target, times in known.most_common()
            if times >= max(_TIMES, share * total)
            and times >= _OWN * self._said[target]
            and self._surest[source.lower(), target] >= _LEAST
        )

    def is_usual(self, term: Term) -> bool:
        """Whether the corpus has the translation twice, and no other of its source more often."""
        known = self._lexicon.get(term.source.lower(), Counter())
        return known[term.target] >= max((2, *known.values()))

    def translations(self, source: str) -> list[str]:
        """All that a source phrase is aligned with in the corpus, however rarely."""
        return list(self._lexicon.get(source.lower(), ()))

    def is_close(self, pair: Pair) -> bool:
        """Whether each word of either text that is not `dispensable` is aligned with one that it is
        known to be translated with, and the digits are the same: so that the source hardly says
        more or less than the target. Of a word that the corpus has once nobody knows what
        translates it."""
        if sorted(_DIGITS.findall(pair.source)) != sorted(_DIGITS.findall(pair.target)):
            return False
        source = segment.words(pair.source, pair.source_lang)
        target = segment.words(pair.target, pair.target_lang)
        sure = [
            (i, j)
            for i, j in self._links(source, target)
            if self._translates(source[i].text, target[j].text)
        ]
        rows, columns = {i for i, _ in sure}, {j for _, j in sure}
        return (
            bool(sure)
            and _telling(source, pair.source_lang) <= rows
            and _telling(target, pair.target_lang) <= columns
        )

    def _translates(self, given: str, said: str) -> bool:
        """Whether a word is known as the other's translation, from both sides and, from one of
        them, as a usual one: forms of other tenses and numbers are not. A name is its own; any
        other word of the source may just have been left as it was."""
        if given == said and said[0].isupper():
            return True
        given, said = given.lower(), said.lower()
        found = self._probability(True, given, said), self._probability(False, said, given)
        often = min(self._seen[False, given], self._seen[True, said]) >= _TIMES
        return often and min(found) >= _LEAST and max(found) >= _SURELY

    def _links(self, source: list[Word], target: list[Word]) -> list[tuple[int, int]]:
        if not source or not target:
            return []
        _, matrix = self._both.get_best_alignment(_keys(source), _keys(target))
        return [(i, j) for i in range(len(source)) for j in range(len(target)) if matrix[i, j]]

    def _find(self, pair: Pair) -> Iterator[Term]:
        source = segment.words(pair.source, pair.source_lang)
        target = segment.words(pair.target, pair.target_lang)
        links = self._links(source, target)
        linked = {i for i, _ in links}
        for rows, columns in _components(links):
            given, said = [source[i] for i in rows], [target[j] for j in columns]
            beside = [
                source[i]
                for i in (rows[0] - 1, rows[-1] + 1)
                if i not in linked and 0 <= i < len(source)
            ]
            if any(_belongs(each, given, pair.source) for each in beside):
                continue
            if _is_phrase(given, pair.source, pair.source_lang) and _is_phrase(
                said, pair.target, pair.target_lang
            ):
                start, end = said[0].start, said[-1].end
                yield Term(
                    source=pair.source[given[0].start : given[-1].end],
                    target=pair.target[start:end],
                    start=start,
                    end=end,
                    confidence=self._confidence(given, said),
                )

    def _confidence(self, source: list[Word], target: list[Word]) -> float:
        """The least sure word's probability, given the best of the words it is linked with."""

        def least(direct: bool, given: list[Word], words: list[Word]) -> float:
            return min(
                max(self._probability(direct, one.text.lower(), word.text.lower()) for one in given)
                for word in words
            )

        return min(least(True, source, target), least(False, target, source))

    def _probability(self, direct: bool, given: str, word: str) -> float:
        """Of a word, given one of the other language; kept, since a call of the model is slow."""
        key = direct, given, word
        if key not in self._probabilities:
            model = self._direct if direct else self._inverse
            self._probabilities[key] = model.translation_prob(
                model.get_src_word_index(given), model.get_trg_word_index(word)
            )
        return self._probabilities[key]


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


def _telling(words: list[Word], language: str) -> set[int]:
    """The places of words without which a text would say less."""
    return {
        place
        for place, word in enumerate(words)
        if not segment.is_dispensable(word.text.lower(), language)
    }


def _keys(words: list[Word]) -> list[str]:
    return [word.text.lower() for word in words]


def _belongs(word: Word, phrase: list[Word], text: str) -> bool:
    """Whether a content word that stands for nothing in the target goes with the phrase beside it:
    of "package maintenance", "maintenance" alone is not "Paketbetreuung"."""
    between = text[word.end : phrase[0].start] or text[phrase[-1].end : word.start]
    return word.begins and word.ends and between == " "


def _repeats(phrase: str) -> bool:
    words = phrase.lower().split()
    return len(set(words)) < len(words)


def _is_phrase(words: list[Word], text: str, language: str) -> bool:
    """Whether words are a phrase worth asking for: whole, with nothing but spaces between them."""
    if not (words[0].begins and words[-1].ends):
        return False
    gaps = [text[word.end : following.start] for word, following in pairwise(words)]
    if languages.is_spaced(language):
        # Nothing stands behind an elision: `groupe d'instances`.
        return all(
            gap == " " or (not gap and word.text[-1] in "'’")
            for gap, word in zip(gaps, words, strict=False)
        )
    # What is all foreign in such a text is what the source says too, or a wrong alignment.
    foreign = [segment.is_foreign(word) for word in words]
    shortest = _SHORTEST.get(languages.base(language), 1)
    return (
        not all(foreign)
        and words[-1].end - words[0].start >= shortest
        and all(
            gap in _GAPS[one + other]
            for gap, (one, other) in zip(gaps, pairwise(foreign), strict=True)
        )
    )
