"""How drafts go wrong: a damaged item, another number, a misspelt name. Of other words
`_other_words.py` knows."""

from __future__ import annotations

import math
import random
import re
from collections import Counter
from dataclasses import dataclass
from itertools import chain

from bayling import checks, markup
from bayling.build import segment
from bayling.build.builders import Resources, _confused
from bayling.records import Pair, Span

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

    @property
    def changed(self) -> tuple[Span, ...]:
        """What the mended translation has there; nothing where the draft only has too much."""
        return (Span(self.start, self.end, "changed"),) if self.start < self.end else ()


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
    before, or the first one of a round number; a day is still one, a year near the right one, and
    of something there are several. [] for a date and for what stands for a time or a decimal.

    >>> other_numbers("30"), other_numbers("1990"), other_numbers("5000")
    (['10', '20'], ['1991', '1992', '1993'], ['3000', '4000', '6000', '7000'])
    """
    if re.fullmatch(r"\d{1,2}\.\d\d(?:\.\d+)?", number):
        return []
    places = [match.start() for match in re.finditer(r"\d", number)]
    year = re.fullmatch(r"(?:19|20)\d\d", number) is not None
    is_round = number.endswith("0") and number.replace(",", "").isdecimal() and not year
    at, near = (places[0], 2) if is_round else (places[-1], 3 if year else 9)
    found = [
        number[:at] + digit + number[at + 1 :]
        for digit in "123456789"
        if 0 < abs(int(digit) - int(number[at])) <= near
    ]
    if number.isdecimal() and len(number) > 1 and not (is_round or year):
        found.append(f"{number[:-2]}{number[-1]}{number[-2]}")
    # Any month has 28 days, some have 30.
    days = [most for most in (28, 30, 31) if number.isdecimal() and int(number) <= most]
    most = days[0] if days else math.inf
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


def _damaged(item: str, rng: random.Random) -> str:
    """A code as a model gets it wrong: another name, a mark lost."""
    if item.startswith("&"):
        return ""
    if markup.find(item, ("url",)):
        scheme, mark, rest = item.rpartition("://")
        return f"{scheme}{mark}{misspelt(rest, rng)}"
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
    wrong = "" if rng.random() < dropped and may_drop else _damaged(item, rng)
    # Of an entity nothing is left that could be damaged.
    return _placed(item, wrong, pair) if wrong or may_drop else None


def name_or_amount(
    pair: Pair, resources: Resources, rng: random.Random
) -> tuple[str, Mistake] | None:
    """A name misspelt or an amount in another unit, likewise."""
    found = [(name, misspelt(name, rng)) for name in plain_names(pair, resources)]
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
    # What is left has to be a draft: neither nothing, nor one that holds the item by chance, nor
    # one that announces what does not come.
    if not re.search(r"\w", draft) or item in draft or (not wrong and _ANNOUNCES.search(draft)):
        return None
    return item, Mistake(start, end, wrong)


_ANNOUNCES = re.compile(r"[:：=→–-]\s*$")


def _is_marked(item: str, text: str) -> bool:
    """Whether it stands in quotation marks or brackets, which nobody leaves behind empty."""
    around = re.search(rf"(\S?)\s*{re.escape(item)}\s*(\S?)", text)
    return around is not None and all(mark and not mark.isalnum() for mark in around.groups())


def _is_joint(item: str, text: str) -> bool:
    """Whether it stands between two words without a space, which would run into one, or is all that
    a Chinese particle has."""
    joint = rf"\w{re.escape(item)}\w|(?:为|是|在|的) ?{re.escape(item)} ?的"
    return re.search(joint, text) is not None


def misspelt(name: str, rng: random.Random) -> str:
    """The name with one of two equal letters, two letters exchanged, or one of them missing, behind
    the first of a word; one of short words in small letters.

    >>> misspelt("Ferrell", random.Random(1)), misspelt("Berlin", random.Random(1))
    ('Ferell', 'Belrin')
    """
    words = [*re.finditer(r"[^\W\d_]{4,}", name)]
    doubled = [
        place
        for word in words
        for place in range(word.start() + 1, word.end() - 1)
        if name[place] == name[place + 1]
    ]
    inner = [place for word in words for place in range(word.start() + 1, word.end() - 1)]
    if not inner:
        return name.lower()
    at = rng.choice(doubled if doubled and rng.random() < _SINGLE else inner)
    if name[at] == name[at + 1] or rng.random() < _MISSING:
        return name[:at] + name[at + 1 :]
    return name[:at] + name[at + 1] + name[at] + name[at + 2 :]


# The share of misspelt names with a double letter that have it once; that of the others which lack
# one, where the rest have two exchanged.
_SINGLE = 0.6
_MISSING = 0.4


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
        # "Use Red Hat here": the first word owes its capital to its place, but in "Angela Merkel".
        begins = re.search(r"(?:^|[.!?:…]\s+)\W*$", plain[: match.start()])
        first, _, rest = name.partition(" ")
        if begins and (
            resources.memory.has_small(first) or not checks.occurrences(name, pair.target)
        ):
            name = rest
        elif begins and not rest:
            name = ""
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


def plain_names(pair: Pair, resources: Resources) -> list[str]:
    """Those of the `names` that may be misspelt: two letters exchanged are hard to see in a short
    word, and make another code of a code, or the French of it: `SARS` is `SRAS` there."""
    return [
        name
        for name in names(pair, resources)
        if _PLAIN_NAME.match(name) and not _confused.is_month(name)
    ]


_PLAIN_NAME = re.compile(r"[A-ZÀ-Þ][a-zß-ÿ]{4,}(?: [A-ZÀ-Þ][a-zß-ÿ]+)*$")


def _stands_once(name: str, pair: Pair) -> bool:
    places = [checks.occurrences(name, text) for text in (pair.source, pair.target)]
    return all(len(each) == 1 for each in places) and _stands_alone(name, pair.target)


def _stands_alone(name: str, text: str) -> bool:
    """Whether nothing ties the name to more, as in `IG-Metall-Chef` and `OS::Glance::Images`."""
    start, end = checks.occurrences(name, text)[0]
    tied = r"[-:/_@'’]|\.\w| (?:d[eiu]|del|della|of|von|van|la|and|&|und|et|y) [A-Z]"
    return not re.search(r"[-:./_@]$", text[:start]) and not re.match(tied, text[end:])


def with_mistakes(text: str, mistakes: list[Mistake]) -> str:
    """The text with all mistakes, which must not overlap, in their places."""
    # From the back, so that the places in front stay true.
    for each in sorted(mistakes, key=lambda mistake: -mistake.start):
        text = _joined(
            text[: each.start], each.wrong, text[each.start : each.end], text[each.end :]
        )
    return text.strip(" ")


def _joined(before: str, wrong: str, right: str, behind: str) -> str:
    """The parts as one who left something out, or wrote something else, would write them."""
    if not wrong and (not before or before[-1] in " \u00a0(" or segment.CJK.match(before[-1:])):
        behind = behind.lstrip(" ") if re.match(r"\s[;:!?»]", behind) else behind.lstrip(" \u00a0")
        # "Die Datei öffnen." without its end is "Die Datei."; French keeps the space before its
        # marks.
        if re.match(r"[,.…)\]]|$", behind) or segment.CJK.search(before[-2:] + behind[:1]):
            before = before.rstrip(" ")
    # In a script without spaces a Latin word keeps its distance from another one, where what should
    # stand there is none.
    if wrong and segment.CJK.search(before + behind):
        if not _LATIN.match(right):
            before += " " * bool(_LATIN.search(before[-1:]) and _LATIN.match(wrong))
        if not _LATIN.match(right[-1:]):
            wrong += " " * bool(_LATIN.match(behind) and _LATIN.match(wrong[-1:]))
    return before + wrong + behind
