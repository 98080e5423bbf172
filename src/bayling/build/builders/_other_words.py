"""Another word in the place of a term: another translation that its source has, the source's own
word, or the translation of what the source is taken for.

Nothing here knows a grammar. Whether a word can stand in another's place, so that the sentence is
one that somebody might have written, is told by its letters, by what stands around it, and by what
the memory has side by side. Whatever is not sure is left alone; what readers found wrong in drafts
that looked sure, docs/log.md says.
"""

from __future__ import annotations

import random
import re
import unicodedata
from dataclasses import dataclass
from itertools import islice

from bayling import checks, function_words, languages, markup
from bayling.build import segment
from bayling.build.align import Term
from bayling.build.builders import Resources, _confused
from bayling.build.builders._drafts import Mistake
from bayling.build.memory import Memory
from bayling.records import Pair

# A corpus offers many rare translations of a word; the frequent ones are what a model would write.
_LIKELY = 4
# The share of a word's translations from which on one is usual.
_USUAL = 0.2
# A day that not all months have.
_LATE_DAY = re.compile(r"(?<!\d)(?:29|30|31)(?!\d)")
# Where the ending of a verb or an adjective says what it belongs to.
_INFLECTED = frozenset(("de", "es", "fr", "it", "pt", "ru"))
_ROMANCE = frozenset(("es", "fr", "it", "pt"))


def mistranslated(
    term: Term, pair: Pair, resources: Resources, rng: random.Random
) -> Mistake | None:
    """Another translation that the term's source has in the memory; None where it knows no other
    that fits in."""
    alternatives = resources.aligner.alternatives(term, pair)
    likely = list(
        islice((each for each in alternatives if _fits(each, term, pair, resources)), _LIKELY)
    )
    if not likely:
        return None
    wrong = rng.choice(likely)
    # At the beginning of a sentence even a verb is written with a capital.
    return Mistake(term.start, term.end, _capital(wrong) if term.start == 0 else wrong)


def untranslated(term: Term, pair: Pair, resources: Resources) -> Mistake | None:
    """The source's own word; None for one that nobody leaves, a verb say, or that stands in the
    target beside its translation, or is half of a term."""
    if checks.occurrences(term.source, pair.target, match_case=False):
        return None
    around = _Around(term, pair)
    # In German a capital tells a noun, which is what is left, if anything.
    noun = around.language != "de" or (term.target[0].isupper() and not around.is_attribute)
    if not noun or not _is_noun(term.source, around, resources.memory):
        return None
    if not _is_another(term.source, term, around) or _is_half(term, around):
        return None
    # "des care intensifs" for "soins": where an ending says how many, the word's own has to.
    if around.language in _ROMANCE and (term.source[-1] == "s") != (term.target[-1] in "sx"):
        return None
    return Mistake(
        term.start, term.end, _capital(term.source) if around.begins_sentence else term.source
    )


def is_left(term: Term, mistake: Mistake) -> bool:
    """Whether the draft has the source's own word."""
    return mistake.wrong.lower() == term.source.lower()


def confused(term: Term, pair: Pair, resources: Resources, rng: random.Random) -> Mistake | None:
    """The translation of what the term's source is taken for (`_confused.py`), from English or into
    it; None for a word that is taken for no other, or if that has no translation which fits in."""
    around = _Around(term, pair)
    if around.source_language == "en":
        others = _confused.others(term.source)
        found = [each for other in others for each in resources.aligner.sure(other, _USUAL)]
    elif around.language == "en":
        found = _confused.others(term.target)
    else:
        found = []
    month = _confused.is_month(term.source) or _confused.is_month(term.target)
    if month and _LATE_DAY.search(pair.source):
        return None
    fitting = [
        each
        for each in found
        if each[0].isupper() == term.target[0].isupper()
        # "drei Jahren" with a preposition before it is no "drei Tage".
        and (around.language != "de" or each[-1] == term.target[-1])
        and not checks.has_form(each, pair.target)
        and _fits(each, term, pair, resources)
    ]
    return Mistake(term.start, term.end, rng.choice(fitting)) if fitting else None


_BEGINNING = re.compile(r"(?:^|[.!?:…>]\s*|\n)\W*$")
_ATTRIBUTE = re.compile(r"[a-zß](?:e|en|er|es|em)$")


@dataclass(frozen=True)
class _Around:
    """What stands around a term, in the target and in the source."""

    term: Term
    pair: Pair

    @property
    def language(self) -> str:
        return languages.base(self.pair.target_lang)

    @property
    def source_language(self) -> str:
        return languages.base(self.pair.source_lang)

    @property
    def before(self) -> str:
        return self.pair.target[: self.term.start]

    @property
    def behind(self) -> str:
        return self.pair.target[self.term.end :]

    @property
    def source_before(self) -> str:
        return self.pair.source[: self._place[0]]

    @property
    def source_behind(self) -> str:
        return self.pair.source[self._place[1] :]

    @property
    def _place(self) -> tuple[int, int]:
        # A term stands once in its source.
        return next(iter(checks.occurrences(self.term.source, self.pair.source)), (0, 0))

    @property
    def begins_sentence(self) -> bool:
        return _BEGINNING.search(self.before) is not None

    @property
    def source_begins_sentence(self) -> bool:
        return _BEGINNING.search(self.source_before) is not None

    @property
    def is_attribute(self) -> bool:
        """As in "Olympische Spiele": what stands before a noun with a capital may well be none."""
        return bool(_ATTRIBUTE.search(self.term.target)) and _next(self.behind)[:1].isupper()

    @property
    def is_adverb(self) -> bool:
        """Of German, from English: an adverb there has no ending, and may stand wherever another
        one does."""
        return (
            (self.source_language, self.language) == ("en", "de")
            and _ADVERB.fullmatch(self.term.source) is not None
            and _is_uninflected(self.term.target)
        )

    def is_content(self, source_word: str) -> bool:
        """Whether a word of the source has content; '' has none."""
        known = function_words.of(self.source_language)
        return bool(source_word) and source_word.lower() not in known


def _is_uninflected(word: str) -> bool:
    """Whether a German word has no ending of an adjective or a verb."""
    return word.isalpha() and not _INFLECTION.search(word.lower())


_INFLECTION = re.compile(
    r"(?:e|en|em|es|(?<!fa)(?<!mei)st|(?<!vorh)(?<!bish)(?<!früh)(?<!spät)(?<!imm)er)$"
)
# What ends in -ly and may be something else than an adverb is none.
_ADVERB = re.compile(
    r"(?!(?:dai|night|week|month|quarter|year|hour|on|ear|fami|friend|(?:un)?like|elder|lone|love|"
    r"cost|dead|assemb|anoma|supp|rep|app|imp|comp|multip|re|f|ju|ita|sici|emi|ug|sil|oi|al|ral|bel|"
    r"bul|ho|or|order|time)ly$)[a-z]+ly"
    r"|often|almost|however|perhaps|maybe|meanwhile|moreover|therefore|thus|around",
    re.IGNORECASE,
)


def _next(text: str) -> str:
    """The word that a text goes on with; '' where something else stands there."""
    found = re.match(r" ([^\W\d_]+)", text)
    return found[1] if found else ""


def _last(text: str) -> str:
    """The word that a text ends with, and a space."""
    found = re.search(r"([^\W\d_]+) $", text)
    return found[1] if found else ""


def _capital(word: str) -> str:
    return word[0].upper() + word[1:]


def _is_half(term: Term, around: _Around) -> bool:
    """Whether it is a part of a name ("Arabia" of "Saudi Arabia"), or of a term of which the source
    has the other half in front: "nom de domaine"."""
    before, behind = _last(around.source_before), _next(around.source_behind)
    linked = re.match(r" (?:d[eiu]|del|della|d[ao]s?|des)\b| d['’]", around.behind)
    if linked and around.is_content(before):
        return True
    # In a title all words have a capital, and it says nothing.
    words = re.findall(r"[^\W\d_]+", markup.strip(around.pair.source))
    title = not any(word.islower() and around.is_content(word) for word in words)
    if title or not term.source[0].isupper():
        return False
    # The first word of a sentence owes its capital to its place.
    first = _BEGINNING.search(around.source_before.removesuffix(f"{before} ")) is not None
    return (before[:1].isupper() and not first) or behind[:1].isupper()


def _is_another(wrong: str, term: Term, around: _Around) -> bool:
    """Whether a word is no other form of the right one, and may stand behind an apostrophe."""
    if re.search(r"['’]$", around.before) and wrong[0].lower() not in _VOWELS:
        return False
    # "erfolgen" and "folgen", "Festplatte" and "Platte": one is what the other ends with.
    small = (wrong.lower(), term.target.lower())
    if small[0].endswith(small[1]) or small[1].endswith(small[0]):
        return False
    return not (
        checks.has_form(term.target, wrong)
        or _plain(wrong) == _plain(term.target)
        or set(wrong) & set(segment.CJK.findall(term.target))
    )


# What an elided article stands before.
_VOWELS = frozenset("aàâeéèêiîoôuùûhœæy")


def _plain(word: str) -> str:
    """Without accents, case, the vowels at its end and what German puts into verbs: `public` and
    `publique`, `hinzufügen` and `hinzuzufügen` are one word."""
    word = re.sub(r"(?<=\w{2})(?:zu|ge)(?=\w{3})", "", word.lower())
    letters = unicodedata.normalize("NFD", word.replace("qu", "c"))
    return "".join(each for each in letters if not unicodedata.combining(each)).rstrip("aeo")


def _fits(wrong: str, term: Term, pair: Pair, resources: Resources) -> bool:
    """Whether a word can stand in the term's place so that the sentence is still one, as far as its
    letters and the memory tell."""
    around = _Around(term, pair)
    if not _is_another(wrong, term, around):
        return False
    # Who has the right word elsewhere in the sentence knows it.
    if checks.has_form(term.target, f"{around.before} {around.behind}"):
        return False
    if not languages.is_spaced(pair.target_lang):
        return {wrong, term.target} not in _OF_OTHER_SENSES and _stands_between(
            wrong, term, pair, resources.memory
        )
    if around.is_adverb:
        return wrong.islower() and _is_uninflected(wrong)
    # At the beginning of a sentence a capital says nothing.
    small = around.begins_sentence or (wrong[0].islower() and term.target[0].islower())
    inflected = around.language in _INFLECTED and (small or around.is_attribute)
    return (
        (not inflected or wrong[-2:] == term.target[-2:])
        and _agrees(wrong, term, around, resources.memory)
        and _goes_on(wrong, small, around, resources.memory)
        and _follows(wrong, around, resources.memory)
    )


# To know that, and to know somebody: what stands side by side does not tell them apart.
_OF_OTHER_SENSES = ({"知道", "认识"}, {"知道", "認識"})


def _goes_on(wrong: str, small: bool, around: _Around, memory: Memory) -> bool:
    """Whether the memory has the word before what stands behind the term, where that tells most: at
    the beginning, where nothing before it says whether a noun or a verb may begin; of Romance
    nouns, which what describes them stands behind and agrees with; of what describes a German one
    ("des vergangenen Abschnitts"); and in English, where endings tell nothing."""
    behind = _next(around.behind)
    content = behind.lower() not in function_words.of(around.language)
    look = (
        around.begins_sentence
        or (around.language in _ROMANCE and content)
        or (around.language == "de" and small and behind[:1].isupper())
        or around.language == "en"
    )
    return not (look and behind) or memory.has_in_a_row(wrong.split()[-1], behind)


def _follows(wrong: str, around: _Around, memory: Memory) -> bool:
    """Whether the memory has the word behind the one before the term, an article say, whose form it
    has to suit."""
    before = re.search(r"(\w+)['’]? ?$", around.before)
    return before is None or memory.has_in_a_row(before[1], wrong.split()[0])


def _agrees(wrong: str, term: Term, around: _Around, memory: Memory) -> bool:
    """Whether what stands around the term suits the other word as well, as far as articles and
    endings tell."""
    # "nom de domaine": the first word is the noun there.
    place = 0 if around.language in _ROMANCE else -1
    right, other = memory.grammar.genders(term.target.split()[place], wrong.split()[place])
    if right is not None and other is not None and right != other:
        return False
    if around.language != "de":
        return True
    before = _last(around.before)
    # Behind "der" anything may stand, in one case or another.
    if before.lower() == "der" and term.target[0].isupper() and None in (right, other):
        return False
    # "von den gleichen Rechte", and "fanden" for "gefunden".
    dative = before.endswith("en") and wrong[-1] not in "ns"
    both = (wrong, term.target)
    split = wrong[0].islower() and any(each.startswith("ge") for each in both)
    # "Er mitteilte" for "Er berichtete": what is finite leaves its prefix at the end.
    parted = wrong[0].islower() and not wrong.endswith("en") and _SEPARABLE.match(wrong)
    return not dative and not (split and not all(map(_PARTICIPLE.search, both))) and not parted


_SEPARABLE = re.compile(
    r"(?:mit|an|auf|aus|ein|ab|vor|nach|zurück|weg|fest|statt|teil)(?!ge)\w+te?$"
)
_PARTICIPLE = re.compile(r"^(?:be|emp|ent|er|ge|miss|ver|zer|über|unter|durch|um)|\wge\w")


def _stands_between(wrong: str, term: Term, pair: Pair, memory: Memory) -> bool:
    """Whether the memory has the word of a language without spaces behind the one that stands in
    front of it, and in front of the one behind: nothing else tells a noun from a verb."""
    inner = segment.words(wrong, pair.target_lang)
    around = segment.words(pair.target, pair.target_lang)
    before = [word.text for word in around if word.end == term.start]
    behind = [word.text for word in around if word.start == term.end]
    return (
        bool(inner)
        and all(memory.has_in_a_row(word, inner[0].text) for word in before)
        and all(memory.has_in_a_row(inner[-1].text, word) for word in behind)
    )


def _is_noun(word: str, around: _Around, memory: Memory) -> bool:
    """Whether a source's word is a noun by itself, and no half of a term, as the words around it
    and the rest of the memory tell; only of English more is known than that it may be one."""
    if around.source_language != "en":
        return True
    before, behind = _last(around.source_before), _next(around.source_behind)
    # "public sector": before a noun it is an adjective, or half of a term.
    if around.is_content(behind):
        return False
    if around.is_content(before) and memory.grammar.goes_with(before, word):
        return False
    begins = around.source_begins_sentence
    if word[0].isupper() and not begins and not memory.has_small(word):
        # A name needs no article.
        return True
    # "Unable to", "Try to": a noun may have a "to" behind it in the middle alone.
    if begins and around.source_behind.startswith(" to "):
        return False
    if _BEFORE_OTHERS.search(around.source_before) or _BEHIND_VERBS.match(around.source_behind):
        return False
    return not _NO_NOUN.fullmatch(word) and memory.grammar.is_noun(word)


# What verbs, and what adjectives stand behind.
_BEFORE_OTHERS = re.compile(
    r"(?:\b(?:to|i|you|he|she|it|we|they|who|that|not|can|cannot|could|will|would|shall|should|may|"
    r"might|must|do|does|did|please|never|always|let|am|is|are|was|were|be|been|being|have|has|had|"
    r"very|so|too|quite|rather|really|pretty|more|most|less|least|little|bit|as|how|looks?|looked|"
    r"seems?|seemed|feels?|felt|becomes?|became|gets?|got|remains?|remained|\w+(?:ly|ed))"
    r"|n['’]t|let['’]s|['’](?:m|re|ve|ll|d)) $",
    re.IGNORECASE,
)
_BEHIND_VERBS = re.compile(
    r" (?:all|any|each|every|no|some|both|a|an|the|this|these|those|your|my|his|her|its|our|their|"
    r"it|them|me|him|us|you|how|what|when|where|why|if|whether)\b",
    re.IGNORECASE,
)
_NO_NOUN = re.compile(
    r"\w+(?:ed|ing|ly)|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|twenty|thirty|"
    r"forty|fifty|hundred|thousand|million|billion|first|second|third|fourth|fifth|last|next|"
    r"sometimes|often|always|never|now|soon|today|yesterday|tomorrow",
    re.IGNORECASE,
)
