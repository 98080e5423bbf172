"""How drafts go wrong: another translation of a word, a damaged item, something left out."""

from __future__ import annotations

import math
import random
import re
import unicodedata
from collections import Counter
from dataclasses import dataclass
from itertools import chain, islice

from bayling import checks, function_words, languages, markup
from bayling.build import segment
from bayling.build.align import Term
from bayling.build.builders import Resources, _confused
from bayling.build.memory import Memory
from bayling.records import Pair

# A corpus offers many rare translations of a word; the frequent ones are what a model would write.
_LIKELY = 4
# Units of amounts, as programs and manuals have them.
_UNITS = (
    ("B", "KB", "MB", "GB", "TB"),
    ("mm", "cm", "m", "km"),
    ("mg", "g", "kg"),
    ("Hz", "kHz", "MHz"),
)
_KNOWN_UNITS = frozenset(chain(*_UNITS))
_AMOUNT = re.compile(rf"(?<![\w.,])\d+[ \u00a0]?(?P<unit>{'|'.join(chain(*_UNITS))})(?!\w)")
_LATIN = re.compile(r"[A-Za-z]")
# A word, to be a name if it has a capital and does not begin the text: `OpenStack`, `LDAP`.
_NAME = re.compile(
    r"(?<![\w:./@-])(?=[^\W\d_])[\w-]*[^\W\d_a-z][\w-]*(?: (?=[A-Z])[\w-]+)*(?<!-)(?![\w:/@-]|\.\w)"
)


@dataclass(frozen=True, slots=True)
class Mistake:
    """Characters `start:end` of the target that a draft has as `wrong` ('' for left out)."""

    start: int
    end: int
    wrong: str


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
    wrong = wrong[0].upper() + wrong[1:] if term.start == 0 else wrong
    return Mistake(term.start, term.end, wrong)


def untranslated(term: Term, pair: Pair, resources: Resources) -> Mistake | None:
    """The source's own word; None for one that nobody leaves, a verb say, or that stands in the
    target beside its translation, or is half of a term."""
    if checks.occurrences(term.source, pair.target, match_case=False):
        return None
    # In German a capital tells a noun, which is what is left, if anything.
    noun = languages.base(pair.target_lang) != "de" or (
        term.target[0].isupper() and not _is_attribute(term, pair)
    )
    if not noun or not _is_noun(term.source, pair, resources.memory):
        return None
    if not _is_another(term.source, term, pair) or _is_half(term, pair) or _is_head(term, pair):
        return None
    # "des care intensifs" for "soins": where an ending says how many, the word's own has to.
    romance = languages.base(pair.target_lang) in _ROMANCE
    if romance and (term.source[-1] == "s") != (term.target[-1] in "sx"):
        return None
    begins = _BEGINNING.search(pair.target[: term.start]) is not None
    left = term.source[0].upper() + term.source[1:] if begins else term.source
    return Mistake(term.start, term.end, left)


def confused(term: Term, pair: Pair, resources: Resources, rng: random.Random) -> Mistake | None:
    """The translation of what the term's source is taken for (`_confused.py`), from English or into
    it; None for a word that is taken for no other, or if that has no translation which fits in."""
    if languages.base(pair.source_lang) == "en":
        others = _confused.others(term.source)
        found = [each for other in others for each in resources.aligner.sure(other, _USUAL)]
    elif languages.base(pair.target_lang) == "en":
        found = _confused.others(term.target)
    else:
        found = []
    if _LATE_DAY.search(pair.source) and _confused.is_month(term.source):
        return None
    fitting = [
        each
        for each in found
        if each[0].isupper() == term.target[0].isupper()
        # "drei Jahren" with a preposition before it is no "drei Tage".
        and (languages.base(pair.target_lang) != "de" or each[-1] == term.target[-1])
        and not checks.has_form(each, pair.target)
        and _fits(each, term, pair, resources)
    ]
    return Mistake(term.start, term.end, rng.choice(fitting)) if fitting else None


# The share of a word's translations from which on one is usual.
_USUAL = 0.2
# A day that not all months have.
_LATE_DAY = re.compile(r"\b(?:29|30|31)\b")


def _is_half(term: Term, pair: Pair) -> bool:
    """Whether it is a part of a name: "Arabia" of "Saudi Arabia". In a title all words have a
    capital, and it says nothing."""
    place = checks.occurrences(term.source, pair.source)
    if not place or not term.source[0].isupper():
        return False
    (start, end), text = place[0], pair.source
    small = (word for word in re.findall(r"[^\W\d_]+", markup.strip(text)) if word.islower())
    if not any(word not in function_words.of(languages.base(pair.source_lang)) for word in small):
        return False
    before = re.search(r"([^\W\d_]+) $", text[:start])
    # The first word of a sentence owes its capital to its place.
    named = before and before[1][0].isupper() and not _BEGINNING.search(text[: before.start()])
    return bool(named or re.match(r" [^\W\d_]", text[end:]) and text[end + 1].isupper())


def _is_another(wrong: str, term: Term, pair: Pair) -> bool:
    """Whether a word is no other form of the right one, and may stand behind an apostrophe."""
    if re.search(r"['’]$", pair.target[: term.start]) and wrong[0].lower() not in _VOWELS:
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


def _plain(word: str) -> str:
    """Without accents, case, the vowels at its end and what German puts into verbs: `public` and
    `publique`, `hinzufügen` and `hinzuzufügen` are one word."""
    word = re.sub(r"(?<=\w{2})(?:zu|ge)(?=\w{3})", "", word.lower())
    letters = unicodedata.normalize("NFD", word.replace("qu", "c"))
    return "".join(each for each in letters if not unicodedata.combining(each)).rstrip("aeo")


def _fits(wrong: str, term: Term, pair: Pair, resources: Resources) -> bool:
    """Whether a word can stand in the term's place so that the sentence is still one, as far as
    its letters tell."""
    if not _is_another(wrong, term, pair):
        return False
    # Who has the right word elsewhere in the sentence knows it.
    if checks.has_form(term.target, f"{pair.target[: term.start]} {pair.target[term.end :]}"):
        return False
    if not languages.is_spaced(pair.target_lang):
        if {wrong, term.target} in _OF_OTHER_SENSES:
            return False
        return _stands_between(wrong, term, pair, resources)
    # At the beginning of a sentence a capital says nothing.
    begins = _BEGINNING.search(pair.target[: term.start]) is not None
    small = begins or (wrong[0].islower() and term.target[0].islower())
    language = languages.base(pair.target_lang)
    inflected = language in _INFLECTED
    behind = re.match(r" (\w+)", pair.target[term.end :])
    if inflected and (small or _is_attribute(term, pair)) and wrong[-2:] != term.target[-2:]:
        return False
    if not _agrees(wrong, term, pair, resources.memory):
        return False
    # Nothing before it says there whether a noun or a verb may begin; and what describes a noun
    # stands behind it in Romance languages, and agrees with it.
    content = behind is not None and behind[1].lower() not in function_words.of(language)
    look = begins or (language in _ROMANCE and content)
    # "des vergangenen Abschnitts": so does what stands before one in German.
    look = look or (language == "de" and small and behind is not None and behind[1][0].isupper())
    if look and behind and not resources.memory.has_in_a_row(wrong.split()[-1], behind[1]):
        return False
    return follows(wrong, term.start, pair, resources)


def _agrees(wrong: str, term: Term, pair: Pair, memory: Memory) -> bool:
    """Whether what stands around the term suits the other word as well, as far as articles and
    endings tell."""
    before = re.search(r"(\w+) $", pair.target[: term.start])
    right, other = memory.grammar.genders(term.target.split()[-1], wrong.split()[-1])
    if right is not None and other is not None and right != other:
        return False
    if languages.base(pair.target_lang) != "de":
        return True
    # Behind "der" anything may stand, in one case or another.
    if (
        before
        and before[1].lower() == "der"
        and term.target[0].isupper()
        and None in (right, other)
    ):
        return False
    # "von den gleichen Rechte", and "fanden" for "gefunden".
    dative = before is not None and before[1].endswith("en") and wrong[-1] not in "ns"
    both = (wrong, term.target)
    split = wrong[0].islower() and any(each.startswith("ge") for each in both)
    return not dative and not (split and not all(map(_PARTICIPLE.search, both)))


_PARTICIPLE = re.compile(r"^(?:be|emp|ent|er|ge|miss|ver|zer|über|unter|durch|um)|\wge\w")


def _is_head(term: Term, pair: Pair) -> bool:
    """Whether it is the first half of a term of which the source has the other half in front:
    "nom de domaine"."""
    place = checks.occurrences(term.source, pair.source)
    before = re.search(r"([^\W\d_]+) $", pair.source[: place[0][0]]) if place else None
    known = function_words.of(languages.base(pair.source_lang))
    linked = re.match(r" (?:d[eiu]|del|della|d[ao]s?|des)\b| d['’]", pair.target[term.end :])
    return bool(linked and before and before[1].lower() not in known)


def _is_attribute(term: Term, pair: Pair) -> bool:
    """ "Olympische Spiele": what stands before a noun with a capital may well be no noun."""
    behind = re.match(r" (\w+)", pair.target[term.end :])
    return bool(_ATTRIBUTE.search(term.target) and behind and behind[1][0].isupper())


# To know that, and to know somebody: what stands side by side does not tell them apart.
_OF_OTHER_SENSES = ({"知道", "认识"}, {"知道", "認識"})
_BEGINNING = re.compile(r"(?:^|[.!?:…>]\s*|\n)\W*$")
_ATTRIBUTE = re.compile(r"[a-zß](?:e|en|er|es|em)$")


def _is_noun(word: str, pair: Pair, memory: Memory) -> bool:
    """Whether a source's word is a noun by itself, and no half of a term, as the words around it
    and the rest of the memory tell; only of English more is known than that it may be one."""
    if languages.base(pair.source_lang) != "en":
        return True
    place = checks.occurrences(word, pair.source)
    before, behind = (pair.source[: place[0][0]], pair.source[place[0][1] :]) if place else ("", "")
    # "public sector": before a noun it is an adjective, or half of a term.
    following = re.match(r" ([^\W\d_]+)", behind)
    if following is not None and following[1].lower() not in function_words.of("en"):
        return False
    preceding = re.search(r"([^\W\d_]+) $", before)
    if (
        preceding is not None
        and preceding[1].lower() not in function_words.of("en")
        and memory.grammar.goes_with(preceding[1], word)
    ):
        return False
    begins = _BEGINNING.search(before) is not None
    if word[0].isupper() and not begins and not memory.has_small(word):
        # A name needs no article.
        return True
    # "Unable to", "Try to": a noun may have a "to" behind it in the middle alone.
    around = (_BEFORE_VERBS.search(before), _BEHIND_VERBS.match(behind))
    if begins and behind.startswith(" to ") or any(around) or _BEFORE_ADJECTIVES.search(before):
        return False
    return not _NO_NOUN.fullmatch(word) and memory.grammar.is_noun(word)


_BEFORE_VERBS = re.compile(
    r"(?:\b(?:to|i|you|he|she|it|we|they|who|that|not|can|cannot|could|will|would|shall|should|may|"
    r"might|must|do|does|did|please|never|always|let|am|is|are|was|were|be|been|being|have|has|had)"
    r"|n['’]t|let['’]s|['’](?:m|re|ve|ll|d)) $",
    re.IGNORECASE,
)
_BEFORE_ADJECTIVES = re.compile(
    r"\b(?:very|so|too|quite|rather|really|pretty|more|most|less|least|little|bit|as|how|looks?|"
    r"looked|seems?|seemed|feels?|felt|becomes?|became|gets?|got|remains?|remained|\w+(?:ly|ed)) $",
    re.IGNORECASE,
)
_NO_NOUN = re.compile(
    r"\w+(?:ed|ing|ly)|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|twenty|thirty|"
    r"forty|fifty|hundred|thousand|million|billion|first|second|third|fourth|fifth|last|next|"
    r"sometimes|often|always|never|now|soon|today|yesterday|tomorrow",
    re.IGNORECASE,
)
_BEHIND_VERBS = re.compile(
    r" (?:all|any|each|every|no|some|both|a|an|the|this|these|those|your|my|his|her|its|our|their|"
    r"it|them|me|him|us|you|how|what|when|where|why|if|whether)\b",
    re.IGNORECASE,
)


def _stands_between(wrong: str, term: Term, pair: Pair, resources: Resources) -> bool:
    """Whether the memory has the word of a language without spaces behind the one that stands in
    front of it, and in front of the one behind: nothing else tells a noun from a verb."""
    inner = segment.words(wrong, pair.target_lang)
    around = segment.words(pair.target, pair.target_lang)
    before = [word.text for word in around if word.end == term.start]
    behind = [word.text for word in around if word.start == term.end]
    in_a_row = resources.memory.has_in_a_row
    return (
        bool(inner)
        and all(in_a_row(word, inner[0].text) for word in before)
        and all(in_a_row(inner[-1].text, word) for word in behind)
    )


def follows(wrong: str, start: int, pair: Pair, resources: Resources) -> bool:
    """Whether the memory has the word behind the word that stands before `start`, an article say,
    whose form it has to suit; so of languages with spaces, where a word stands there."""
    before = re.search(r"(\w+)['’]? ?$", pair.target[:start])
    if before is None or not languages.is_spaced(pair.target_lang):
        return True
    return resources.memory.has_in_a_row(before.group(1), wrong.split()[0])


# What an elided article stands before.
_VOWELS = frozenset("aàâeéèêiîoôuùûhœæy")
# Where the ending of a verb or an adjective says what it belongs to.
_INFLECTED = frozenset(("de", "es", "fr", "it", "pt", "ru"))
_ROMANCE = frozenset(("es", "fr", "it", "pt"))


def items(pair: Pair) -> list[str]:
    """The placeholders, tags, numbers and addresses that both sides have exactly once, so that a
    user who names one is understood.

    A number that is part of a name (`aes256`) is nobody's wish.
    """
    source, target = Counter(markup.find(pair.source)), Counter(markup.find(pair.target))
    return [
        item
        for item, count in source.items()
        if count == target[item] == pair.target.count(item) == 1
        and (not is_number(item) or _is_plain(item, pair))
    ]


def _is_plain(number: str, pair: Pair) -> bool:
    """Whether a number is no part of a name, in neither text."""
    return all(
        number in numbers(text) and checks.occurrences(number, text)
        for text in (pair.source, pair.target)
    )


def other_numbers(number: str) -> list[str]:
    """What a number may be by mistake: its last digit is another or has changed places with the one
    before, or the first one of a round number; it is still a day, an hour or a year near the right
    one, and of something there are several.

    >>> other_numbers("30"), other_numbers("1990"), other_numbers("5000")
    (['10', '20'], ['1991', '1992', '1993'], ['3000', '4000', '6000', '7000'])
    """
    places = [match.start() for match in re.finditer(r"\d", number)]
    year = re.fullmatch(r"(?:19|20)\d\d", number) is not None
    is_round = number.endswith("0") and not year and ":" not in number
    at, near = (places[0], 2) if is_round else (places[-1], 3 if year else 9)
    found = [
        number[:at] + digit + number[at + 1 :]
        for digit in "123456789"
        if 0 < abs(int(digit) - int(number[at])) <= near
    ]
    if number.isdecimal() and len(number) > 1 and not (is_round or year):
        found.append(f"{number[:-2]}{number[-1]}{number[-2]}")
    most = 31 if number.isdecimal() and int(number) <= 31 else math.inf
    return [
        each
        for each in dict.fromkeys(found)
        if each != number and (not each.isdecimal() or 2 <= int(each) <= most)
    ]


def wrong_numbers(pair: Pair) -> dict[str, list[str]]:
    """The numbers that a draft may have wrong, and what may stand there: none that is 0 or 1, which
    decide about plurals, stands in a list, or belongs to a name (`Nokia 9060`)."""
    return {
        item: others
        for item in items(pair)
        if is_number(item)
        and item not in ("0", "1")
        # An address, a page of a manual (`passwd(5)`), or what counts paragraphs.
        and item.count(".") < 3
        and not re.search(rf"{re.escape(item)}:\w|\w\({re.escape(item)}\)", pair.target)
        and not re.match(rf"\W*{re.escape(item)}[.)]", pair.target)
        and not re.search(rf"\d[,、] ?{re.escape(item)}|{re.escape(item)}[,、] ?\d", pair.target)
        and not re.search(rf"(?<![.!?] )(?<!^)\b{_NAMED} {re.escape(item)}", pair.source)
        and (others := other_numbers(item))
    }


# A word with a capital that is no month.
_NAMED = r"(?!Jan|Feb|Mar|Apr|May|June|July|Aug|Sep|Oct|Nov|Dec)[A-ZÄÖÜ][\w-]+"


def damaged(item: str, rng: random.Random) -> str:
    """A code as a model gets it wrong: another name, a mark lost."""
    if item.startswith("&"):
        return ""
    if markup.find(item, ("url",)):
        return misspelt(item, rng)
    if markup.find(item, ("tag",)):
        return "<" + item[2:] if item.startswith("</") else item[1:]
    name = re.search(r"[A-Za-z]\w*", item)
    if name and rng.random() < 0.5:
        said = name.group()
        other = said.lower() if said != said.lower() else said.upper()
        return item[: name.start()] + other + item[name.end() :]
    return item[:-1] if rng.random() < 0.5 else item[1:]


def code_or_number(pair: Pair, dropped: float, rng: random.Random) -> tuple[str, Mistake] | None:
    """A placeholder, tag, address or number of the pair, and how a draft gets it wrong: of codes a
    share `dropped` (0–1) is missing, the rest is damaged.

    None where the draft would hold the item all the same, or have something in its place that
    stands elsewhere too, and is right there.
    """
    numbers = wrong_numbers(pair)
    found = [item for item in items(pair) if not is_number(item) or item in numbers]
    if not found:
        return None
    item = rng.choice(found)
    if item in numbers:
        return _placed(item, rng.choice(numbers[item]), pair)
    may_drop = not _is_marked(item, pair.target) and not _is_joint(item, pair.target)
    wrong = "" if rng.random() < dropped and may_drop else damaged(item, rng)
    # Of an entity nothing is left that could be damaged.
    return _placed(item, wrong, pair) if wrong or may_drop else None


def name_or_amount(
    pair: Pair, resources: Resources, rng: random.Random
) -> tuple[str, Mistake] | None:
    """A name misspelt or an amount in another unit, likewise."""
    found = [(name, misspelt(name, rng)) for name in names(pair, resources)]
    found += [(amount, other_unit(amount, rng)) for amount in amounts(pair)]
    return _placed(*rng.choice(found), pair) if found else None


def _placed(item: str, wrong: str, pair: Pair) -> tuple[str, Mistake] | None:
    places = checks.occurrences(item, pair.target)
    start = places[0][0] if places else pair.target.index(item)
    end = start + len(item)
    around = f"{pair.target[:start]} {pair.target[end:]}"
    if item in around or (wrong.strip() and wrong in {*markup.find(around), *around.split()}):
        return None
    if wrong.strip() and checks.occurrences(wrong, around):
        return None
    draft = with_mistakes(pair.target, [Mistake(start, end, wrong)])
    # What is left has to be a draft: neither nothing, nor one that holds the item by chance.
    if not re.search(r"\w", draft) or item in draft:
        return None
    return item, Mistake(start, end, wrong)


def _is_marked(item: str, text: str) -> bool:
    """Whether it stands in quotation marks or brackets, which nobody leaves behind empty."""
    around = re.search(rf"(\S?)\s*{re.escape(item)}\s*(\S?)", text)
    return around is not None and all(mark and not mark.isalnum() for mark in around.groups())


def _is_joint(item: str, text: str) -> bool:
    """Whether it stands between two words without a space, which would run into one."""
    return re.search(rf"\w{re.escape(item)}\w", text) is not None


def misspelt(name: str, rng: random.Random) -> str:
    """The name with two letters behind the first of a word exchanged, or without one of them; one
    of short words in small letters."""
    inner = [
        place
        for word in re.finditer(r"[^\W\d_]{4,}", name)
        for place in range(word.start() + 1, word.end() - 1)
    ]
    if not inner:
        return name.lower()
    at = rng.choice(inner)
    exchanged = name[:at] + name[at + 1] + name[at] + name[at + 2 :]
    return exchanged if exchanged != name else name[:at] + name[at + 1 :]


def amounts(pair: Pair) -> list[str]:
    """Numbers with a unit that stand as they are, once, in both texts."""
    return [
        match.group()
        for match in _AMOUNT.finditer(pair.source)
        if len(checks.occurrences(match.group(), pair.source)) == 1
        and len(checks.occurrences(match.group(), pair.target)) == 1
    ]


def other_unit(amount: str, rng: random.Random) -> str:
    """The amount in another unit of the same kind."""
    match = _AMOUNT.fullmatch(amount)
    assert match is not None
    (alike,) = [units for units in _UNITS if match["unit"] in units]
    other = rng.choice([unit for unit in alike if unit != match["unit"]])
    return amount[: match.start("unit")] + other


def numbers(text: str) -> list[str]:
    """Those that are no part of a name, a path or a code (`lvm2`, `RAID-1`, `[0-9]`, `N+1`)."""
    return [match.group() for match in _NUMBER.finditer(text) if is_number(match.group())]


_NUMBER = re.compile(r"(?<![\w./:[_+-])\d+(?:[.,:]\d+)*(?![\w/\]_+-]|\.\w)", re.ASCII)


def is_number(item: str) -> bool:
    return markup.find(item, ("number",)) == [item]


def names(pair: Pair, resources: Resources) -> list[str]:
    """Words with a capital, or several in a row, that stand as they are, once, in both texts, and
    do not begin a sentence of the source; none that the memory has in small letters too."""
    plain = markup.strip(pair.source)
    found = []
    for match in _NAME.finditer(plain):
        name = match.group()
        # "Use Red Hat here": the first word owes its capital to its place.
        if re.search(r"(?:^|[.!?:…]\s+)\W*$", plain[: match.start()]):
            name = name.partition(" ")[2]
        # `Mr.` and `St.` are none.
        short = len(name) < 4 and plain[match.end() :].startswith(".")
        ordinary = not name or resources.memory.has_small(name)
        if (
            len(name) > 1
            and name not in _KNOWN_UNITS
            and not ordinary
            and not short
            and _stands_once(name, pair)
        ):
            found.append(name)
    return found


def _stands_once(name: str, pair: Pair) -> bool:
    places = [checks.occurrences(name, text) for text in (pair.source, pair.target)]
    return all(len(each) == 1 for each in places) and _stands_alone(name, pair.target)


def _stands_alone(name: str, text: str) -> bool:
    """Whether nothing ties the name to more, as in `IG-Metall-Chef` and `OS::Glance::Images`."""
    start, end = checks.occurrences(name, text)[0]
    tied = r"[-:/_@'’]|\.\w| (?:d[eiu]|del|della|of|von|van|la) [A-Z]"
    return not re.search(r"[-:./_@]$", text[:start]) and not re.match(tied, text[end:])


def with_mistakes(text: str, mistakes: list[Mistake]) -> str:
    """The text with all mistakes, which must not overlap, in their places."""
    # From the back, so that the places in front stay true.
    for each in sorted(mistakes, key=lambda mistake: -mistake.start):
        text = _joined(text[: each.start], each.wrong, text[each.end :])
    return text.strip(" ")


def _joined(before: str, wrong: str, behind: str) -> str:
    """The parts as one who left something out, or wrote something else, would write them."""
    if not wrong and (not before or before[-1] in " \u00a0(" or segment.CJK.match(before[-1:])):
        behind = behind.lstrip(" ") if re.match(r"\s[;:!?»]", behind) else behind.lstrip(" \u00a0")
        # "Die Datei öffnen." without its end is "Die Datei."; French keeps the space before its
        # marks.
        if re.match(r"[,.…)\]]|$", behind) or segment.CJK.search(before[-2:] + behind[:1]):
            before = before.rstrip(" ")
    # In a script without spaces a Latin word keeps its distance from another one.
    if wrong and segment.CJK.search(before + behind):
        before += " " * bool(_LATIN.search(before[-1:]) and _LATIN.match(wrong))
        wrong += " " * bool(_LATIN.match(behind) and _LATIN.match(wrong[-1:]))
    return before + wrong + behind
