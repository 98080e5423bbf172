"""Which checks a request in plain words implies.

A request is first compared with every phrasing of a wish in every language, as a pattern for the
whole text; the pattern that leaves least to its placeholders is the most specific. Else the phrases
in quotation marks, and the placeholders and tags, have the roles that the words around them say.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from itertools import chain, pairwise
from typing import Any

from bayling import function_words, markup
from bayling.checks import occurrences
from bayling.records import Check
from bayling.wording import _files
from bayling.words import UNSPACED

# What is asked for, by kind of request; the others are no wishes about an answer.
_WISHES = (
    "use_for",
    "use_instead",
    "use",
    "avoid",
    "keep",
    "lost",
    "wrong_item",
    "mistranslated",
    "added",
)
_QUOTES = "\"'“”„‟‘’‚«»‹›`「」『』"
# An apostrophe inside a word is no quotation mark.
_INNER = r"(?<=\w)['’](?=\w)"
_QUOTED = rf"[{_QUOTES}](?P<quoted>(?:[^\n{_QUOTES}]|{_INNER})+)[{_QUOTES}]"
# A letter or digit of a script that divides words by spaces: 请用“文件” needs none.
_LETTER = rf"[^\W{UNSPACED}]"
_BARE = rf"(?:[^\s{_QUOTES},;]|{_INNER})+?"
# A name that nobody speaks: `REF_2291`, `XK-4420-B`; but `3-day` and `COVID` are words.
_CODE = re.compile(
    r"(?<![A-Za-z\d_.-])(?:(?=[A-Za-z\d.-]*_)[A-Za-z\d_.-]{3,}|"
    r"(?=[A-Z.-]*\d)(?=[\d.-]*[A-Z])[A-Z\d.-]{3,})(?<=[A-Za-z\d_])(?![A-Za-z\d_-])"
)
_CLAUSE = re.compile(r"[.;:!?。；：！？؛؟\n]|[,،]\s|，")
# Phrases and characters of a request; what has more brings a text.
_MOST, _LONGEST = 20, 2000
_GAP = r"[\s,.;:!?–—、，。！？；：،؟؛¿¡-]"


@dataclass(frozen=True)
class Heard:
    """(role, phrase) of what a request names: a `word` to use, an `old` one to avoid, a `term` of
    the source, an `item` to keep. It is `worded` in a known way if all of it matches a phrasing, or
    is made of cues and politeness beside one phrase for each role; and its phrases are `marked` by
    quotation marks or by looking as only a code or tag does."""

    phrases: tuple[tuple[str, str], ...]
    worded: bool
    marked: bool

    def of(self, role: str) -> tuple[str, ...]:
        return tuple(phrase for each, phrase in self.phrases if each == role)

    @property
    def checks(self) -> list[Check]:
        """The checks that the request implies, each once, but for what could not be fulfilled
        together: "'was not saved' instead of 'not saved'"."""
        checks: list[Check] = []
        for role, phrase in self.phrases:
            spaced = (word for word in self.of("word") if " " in word)
            if role == "old" and any(occurrences(phrase, word) for word in spaced):
                continue
            check = {
                "word": Check("contain", {"phrase": phrase}),
                "old": Check("avoid", {"phrase": phrase}),
                "item": Check("keep", {"items": [phrase]}),
            }.get(role)
            if check is not None and check not in checks:
                checks.append(check)
        return checks


def recognise(text: str) -> list[Check]:
    """What the user's request asks of the next answer; [] where that is not understood.

    >>> [check.to_json() for check in recognise("please write 'Datei' instead of 'File'")]
    [{'kind': 'contain', 'phrase': 'Datei'}, {'kind': 'avoid', 'phrase': 'File'}]
    >>> recognise("Make it sound friendlier.")
    []
    """
    return hear(text).checks


def hear(text: str) -> Heard:
    """What the user's request names, as far as it is understood."""
    request = unicodedata.normalize("NFC", text).strip()
    if len(request) > _LONGEST:
        return Heard((), False, True)
    said = _said(request)
    if said is not None:
        return said
    if not any(_marked(request)):
        said = _said(_without_reason(request))
        # One word alone is too little to hold on to.
        if said is None or len(said.phrases) < 2:
            return Heard((), False, True)
        return replace(said, worded=False)
    guessed = tuple(_guessed(request))
    if not all(phrase for _, phrase in guessed):
        return Heard((), False, True)
    # 'use A and B' may be one wish or two.
    once = len({role for role, _ in guessed}) == len(guessed)
    return Heard(guessed, once and _says_nothing_else(request), True)


def _without_reason(request: str) -> str:
    """A request without the reason behind it: "replace A by B, it is for children"; '' where there
    is none, or where what stands behind may ask for more or brings a text."""
    head, _, reason = request.partition(",")
    asks = (cue for cue, role in _cues() if role in ("old", "keep"))
    if not reason or "\n" in request or _has(reason, (*_listed("negating"), *asks)):
        return ""
    return head


def _said(request: str) -> Heard | None:
    """By the most specific phrasing that the whole request matches, if any."""
    heard = set(_words(request))
    found = [
        (kind, match)
        for kind, phrasing, words in _phrasings()
        # Few phrasings share all their words with a request; the others need not be compiled.
        if words <= heard and (match := _pattern(kind, phrasing).fullmatch(request))
    ]
    if not found:
        return None
    return _roles(*min(found, key=lambda each: len("".join(filter(None, each[1].groups())))))


def _roles(kind: str, match: re.Match[str]) -> Heard | None:
    """What the placeholders stand for; None where a phrase cannot be meant literally."""
    roles: list[tuple[str, str]] = []
    marked = True
    for group, phrase in match.groupdict().items():
        if phrase is None:
            continue
        role = group.removesuffix("_bare")
        begins = set(_words(match.string[: match.start(group)])) <= set(_listed("polite"))
        if role == "word" and group.endswith("_bare") and begins:
            phrase = _without_verb(phrase)
        # « fichier » has spaces within its marks that are not part of it.
        literal = phrase.strip()
        if group.endswith("_bare"):
            if not _is_literal(role, phrase):
                return None
            marked = marked and _is_code(literal)
        # An ordinary word in the place of a code is one to be used, in whatever form.
        roles.append(("word" if role == "item" and not _is_code(literal) else role, literal))
    if not all(phrase for _, phrase in roles):
        return None
    order = ("word", "old", "term", "item")
    return Heard(tuple(sorted(roles, key=lambda each: order.index(each[0]))), True, marked)


def _without_verb(bare: str) -> str:
    """What follows the verb that a request begins with: in 'say Datei instead of Akte' no quotation
    mark tells it from the word."""
    first, _, rest = bare.partition(" ")
    verb = _cue(first) == "word" and not any(
        first.lower() in function_words.of(language) for language in _files.available()
    )
    if not rest or not verb:
        return bare
    first, _, more = rest.strip().partition(" ")
    return more.strip() if more and first.lower() in _listed("polite") else rest.strip()


def _is_literal(role: str, bare: str) -> bool:
    """Whether a phrase without quotation marks is one to be found in a translation.

    'use a friendlier tone', 'keep it short' and 'German, not English' ask for no words.
    """
    return _is_code(bare) if role == "item" else bare.split()[0].lower() not in _listed("vague")


def _is_code(phrase: str) -> bool:
    """Whether it is markup, a number or a name of programmers'."""
    return markup.find(phrase) == [phrase] or re.search(r"\w[A-Z\d]", phrase) is not None


@cache
def _phrasings() -> tuple[tuple[str, str, frozenset[str]], ...]:
    """(kind, phrasing, its words but those of politeness) in all languages."""
    return tuple(
        (kind, phrasing, frozenset(_words(phrasing)) - set(_listed("polite")))
        for language in _files.available()
        for kind in _WISHES
        for phrasing in _worded(kind, _files.load(language))
    )


def _worded(kind: str, wording: dict[str, Any]) -> Iterator[str]:
    """The phrasings of a kind in a language's file, those that are never asked included."""
    yield from chain.from_iterable(wording["phrasings"][kind].values())
    yield from wording["recognising"]["also"].get(kind, ())


def _words(text: str) -> list[str]:
    """Words in lower case, without what stands in braces."""
    text = re.sub(r"\{\w+\}", " ", text.lower())
    return re.findall(r"\w+(?:'\w+)*", text.replace("’", "'"))


@cache
def _pattern(kind: str, phrasing: str) -> re.Pattern[str]:
    """A phrasing as a pattern that is deaf to case, politeness, punctuation and kind of quotes.

    Its groups are named like the placeholders, with `_bare` for one without quotation marks.
    """
    polite = "|".join(re.escape(word) for word in _listed("polite"))
    between = rf"{_GAP}+(?:(?:{polite}){_GAP}+)*"
    placeholder = rf"[{_QUOTES}]?\{{\w+\}}[{_QUOTES}]?"
    # Arabic vowel signs belong to their word.
    tokens = re.findall(
        rf"{placeholder}|[\w'’\u064b-\u0652]+|[^\w\s,.;:!?–—、，。！？；：،؟؛¿¡-]", phrasing
    )
    kept = [token for token in tokens if token.lower() not in _listed("polite")]
    body = _token(kind, kept[0])
    for token, following in pairwise(kept):
        # Where a quotation mark divides them, no space need stand between: 请用“文件”翻译“file”。
        marked = token[-1] in _QUOTES or following[0] in _QUOTES
        body += (rf"(?:{between})?" if marked else between) + _token(kind, following)
    start, end = rf"[¿¡]?(?:(?:{polite}){_GAP}+)*", rf"(?:{_GAP}+(?:{polite}))*[\s.!?…？؟。！]*"
    return re.compile(start + body + end, re.IGNORECASE)


def _token(kind: str, token: str) -> str:
    placeholder = re.search(r"\{(\w+)\}", token)
    if not placeholder:
        return re.escape(token).replace("'", "['’]")
    group = placeholder.group(1)
    quoted = _QUOTED.replace("quoted", group)
    if token[0] in _QUOTES:
        return quoted
    # Two phrases hold each other in place; a single one without quotation marks is one word.
    bare = (
        _BARE if kind in {"use", "avoid", "keep", "lost"} else rf"{_BARE}(?:[ \t]+{_BARE}){{0,3}}?"
    )
    return rf"(?:{quoted}|(?P<{group}_bare>{bare}))"


def _guessed(request: str) -> list[tuple[str, str]]:
    """(role, phrase) of what is marked in the request, by the cues around it."""
    request = _without_question(request)
    marked = list(_marked(request))
    if not marked or len(marked) > _MOST:
        return []
    ends = [0, *(end for _, end, _ in marked)]
    gaps = [request[end:start] for end, (start, _, _) in zip(ends, marked, strict=False)]
    # 不要把“A”改成“B”
    if re.search("[不别勿]要?把", gaps[0]):
        return []
    roles = _given_roles(gaps, request[ends[-1] :], marked[0][2])
    # A placeholder that is merely mentioned is none to be used: it can only be kept.
    return [
        (role, phrase)
        for role, (start, _, phrase) in zip(roles, marked, strict=True)
        if role == "item" or (role and request[start] in _QUOTES)
    ]


def _given_roles(gaps: Sequence[str], rest: str, first: str) -> list[str | None]:
    """The roles of phrases, by what stands before each and the `rest` behind the last one; `first`
    is the first of them."""
    roles: list[str | None] = []
    for before, gap, behind in zip(["", *gaps], gaps, [*gaps[1:], ""], strict=False):
        roles.append(_role(roles, len(gaps), before, gap, behind))
    asked_before = {"old", "term"} & set(roles)
    behinds = [*gaps[1:], rest]
    for place in reversed(range(len(roles))):
        by_cue, roles[place] = roles[place], _by_what_follows(roles, place, gaps, behinds)
        # "'A', 'B' and 'C' are wrong".
        while roles[place] == "old" != by_cue and place and roles[place - 1] is None:
            if len(gaps[place].split()) > 1:
                break
            place -= 1
            roles[place] = "old"
    if roles[0] is None:
        roles[0] = "word" if asked_before else _trailing(rest, roles[1:])
    # "'A' is too vague. 'B', please".
    alone = not _has_more(_listed("polite"), rest)
    if roles == ["old", None] and alone and _CLAUSE.search(gaps[1]):
        roles[1] = "word"
    # "Leave {name} alone", not "delete {name}": few ask for a placeholder to be left out.
    said = (_longest(gaps[0], _cues()), _longest(rest, _cues("behind")))
    if roles == ["old"] and not any(each and each[0] not in _listed("negating") for each in said):
        is_item = markup.find(first, ("placeholder", "tag", "url")) == [first]
        return ["item" if is_item else "old"]
    return roles


def _without_question(request: str) -> str:
    """What stands behind the question that a request begins with: "Why is it gone? 'A' has to
    stay."; '' if nothing does, or another question."""
    if not _asks(request):
        return request
    spans = [(start, end) for start, end, _ in _marked(request)]
    for match in re.finditer("[?？؟]", request):
        # A question mark within a phrase ends nothing.
        if not any(start < match.start() < end for start, end in spans):
            rest = request[match.end() :].strip()
            return "" if _asks(rest) else rest
    return ""


def _asks(request: str) -> bool:
    """Whether a text begins as a question does, politeness apart, and not with a longer cue: "how
    about 'A'?"."""
    polite = "|".join(map(re.escape, _listed("polite")))
    request = re.sub(rf"^(?:(?:{polite})\b[\s,.!]*)+", "", request, flags=re.IGNORECASE)

    def longest(words: Sequence[str]) -> int:
        return max((len(word) for word in words if _whole(word).match(request)), default=0)

    return longest(_listed("asking")) > longest([cue for cue, _ in _cues()])


def _by_what_follows(
    roles: Sequence[str | None], place: int, gaps: Sequence[str], behinds: Sequence[str]
) -> str | None:
    """The role of a phrase, if what stands behind it says more than what stands before it."""
    role, before, behind = roles[place], gaps[place], behinds[place]
    if role in ("item", "term"):
        return role
    negated = _negates(before)
    # "'A' is wrong, say 'B'": said behind the word, whatever stands before it.
    if not negated and _dismissal(behind):
        return "old"
    # What stands in a text that the request brings is none of it.
    if any("\n" in gap for gap in gaps[: place + 1]):
        return role
    clause = _CLAUSE.split(behind.lstrip(), maxsplit=1)[0]
    if place + 1 < len(roles):
        if role is None and not negated and roles[place + 1] != "old":
            return _before_word(roles, place, before, behind) or _judged(clause)
        # "Sorry to ask: where you've written 'A', I'd rather have 'B'".
        written = role == roles[place + 1] == "word" and _has(before, _listed("written"))
        return "old" if written else role
    if role == "word" and _equates(before) and not _ends_there(behind):
        return None
    found = _longest(clause, _cues("behind"))
    said = None if _negates(_less(clause, found)) else _role_of(found)
    if role is None:
        # "There shouldn't be 'A' in it", "better than 'A'".
        if negated or before.strip(" ,").lower() in _listed("than"):
            return None
        return said or (_judged(clause) if found is None else None)
    # A joint alone had it go on with the role of the phrase before; and "the word 'A' must not
    # appear" says right behind it what becomes of it.
    goes_on = place > 0 and not _cue(before)
    right_behind = found is not None and clause.lower().startswith(found[0].lower())
    return said if said and (goes_on or (said == "old" and right_behind)) else role


def _before_word(roles: Sequence[str | None], place: int, before: str, behind: str) -> str | None:
    """The role of a phrase, if only another one, to be used, follows, by what stands between."""
    if len(roles) != 2 or roles[place + 1] != "word":
        return None
    if _equates(behind):
        return "term"
    written = _has(before, _listed("written")) and not _has(behind, _listed("praising"))
    return "old" if written or behind.strip() in _listed("replacing") else None


def _equates(between: str) -> bool:
    """Whether nothing stands between two phrases but what says that one is the word for the
    other."""
    return between.strip(" :").replace("’", "'").lower() in _listed("equating")


def _ends_there(behind: str) -> bool:
    """Whether a statement ends behind a phrase: no question, and in a script without spaces no
    comparison (「A」は「B」より)."""
    goes_on = re.match(rf"[{UNSPACED}]", behind) and not behind.startswith(("で", "だ", "吧"))
    return not goes_on and not behind.rstrip().endswith(("?", "？"))


def _judged(clause: str) -> str | None:
    """'old' where what stands behind a phrase finds fault with it."""
    if _has(clause, _listed("praising")):
        return "old" if _negates(clause) else None
    fault = next((each for each in _listed("criticising") if _has(clause, (each,))), None)
    return "old" if fault and not _negates(_less(clause, (fault, ""))) else None


def _negates(text: str) -> bool:
    """Whether a text holds a negation, as a part of a word too: 不, "doesn't"."""
    found = re.search(r"[不别没勿未]|ない|ません|ずに|n't\b", text.replace("’", "'"))
    return found is not None or _has(text, _listed("negating"))


def _less(text: str, cue: tuple[str, str] | None) -> str:
    """A text without a cue, which may hold a negation of its own."""
    return text if cue is None else re.sub(re.escape(cue[0]), " ", text, flags=re.IGNORECASE)


def _trailing(behind: str, others: Sequence[str | None]) -> str | None:
    """Of the first of some phrases, by what stands behind the last one: "'A' must not be there", or
    "'A' durch 'B' ersetzen"."""
    if others:
        return "old" if others == ["word"] and _cue(behind) == "old" else None
    # What stands farther behind is about something else.
    near = " ".join(_CLAUSE.split(behind.lstrip(), maxsplit=1)[0].split()[:4])
    found = _longest(near, _cues())
    role = _role_of(found)
    if _longest(near, _cues("behind")) or (role == "item" and _negates(_less(near, found))):
        return None
    if role == "word":
        return "old" if _has(near, _listed("negating")) else None
    return role


def _dismissal(behind: str) -> str:
    """The words that stand behind a phrase and say that it is not wanted; '' where none do, or
    where what they say goes on: "is wrong about that"."""
    known, here = ("|".join(map(re.escape, _listed(each))) for each in ("dismissing", "here"))
    ends = rf"(?:\s*$|\s*[^\w\s]|[{UNSPACED}])"
    begins = rf"\s*(?:{known})(?:\s+(?:{here}))?(?={ends})"
    found = re.match(begins, behind.replace("’", "'"), re.IGNORECASE)
    return found.group() if found else ""


def _role(roles: list[str | None], count: int, before: str, gap: str, behind: str) -> str | None:
    """Of one of `count` phrases, by what stands in front of it, of the one before and the next."""
    last = roles[-1] if roles else None
    dismissed = _dismissal(gap) if roles else ""
    gap = gap[len(dismissed) :]
    # "I prefer 'A' to 'B'".
    preferred = last == "word" and _has(before, _listed("preferring"))
    if preferred and gap.strip(" ,").lower() in _listed("than"):
        return "old"
    if last is None and roles and count == 2 and _equates(gap):
        return "word"
    if role := _cue(gap):
        # "Do not use the word 'A'"; but "that is not it, say 'A'".
        clause = re.split(r"[,.;:!?]", gap)[-1]
        return "old" if role == "word" and _has(clause, _listed("negating")) else role
    # "Statt A bitte B": of two the second one is to stand there.
    instead = roles == ["old"] and count == 2 and _has(before, _listed("in_place"))
    if instead and not _has_more(_listed("polite"), gap):
        return "word"
    # "For 'A' our glossary has 'B'".
    if roles == ["term"] and count == 2:
        return "word"
    if dismissed or len(gap.split()) > 1 or re.search(r"[.!?]\s|[。！？]", gap):
        return None
    # "use 'A' instead of 'B' and 'C' for 'd'": a pair, and another one.
    pair = last in ("old", "term") and (_has(behind, _listed("in_place")) or _cue(behind) == "term")
    # 'use A and B': nothing but a joint in between goes on with the same role.
    return "word" if pair else last


def _says_nothing_else(request: str) -> bool:
    """Whether there are only cues and politeness beside what is marked: "nimm 'X' statt 'Y'"."""
    for start, end, _ in reversed(list(_marked(request))):
        request = f"{request[:start]}\n{request[end:]}"
    cues = (cue for cue, _ in (*_cues(), *_cues("behind")))
    lists = chain.from_iterable(map(_listed, ("polite", "dismissing", "replacing")))
    return not _has_more((*lists, *cues), request)


def _has_more(known: Sequence[str], text: str) -> bool:
    """Whether a text has words beside those that are known."""
    alternatives = "|".join(re.escape(each) for each in sorted({*known}, key=len, reverse=True))
    rest = re.sub(
        rf"(?<!\w)(?:{alternatives})(?!\w)", " ", text.replace("’", "'"), flags=re.IGNORECASE
    )
    return re.search(r"\w", rest) is not None


def _has(text: str, words: Sequence[str]) -> bool:
    plain = text.replace("’", "'")
    return any(_whole(word).search(plain) for word in words)


@cache
def _whole(word: str) -> re.Pattern[str]:
    """A word or some as a pattern, not within another word; 用 stands by itself, while nothing
    shows where a word of several characters ends in a script without spaces."""
    pattern = re.escape(word)
    if re.search(r"\w", word) and (len(word) == 1 or re.search(_LETTER, word)):
        pattern = rf"(?<!\w){pattern}(?!\w)"
    return re.compile(pattern, re.IGNORECASE)


@cache
def _cues(where: str = "cues") -> tuple[tuple[str, str], ...]:
    """(cue, role) in all languages, of what stands before a phrase; or of what stands `behind`."""
    return tuple(
        (cue, role)
        for language in _files.available()
        for role, cues in _files.load(language)["recognising"][where].items()
        for cue in cues
    )


def _marked(request: str) -> Iterator[tuple[int, int, str]]:
    """(start, end, phrase) of what stands in quotation marks or is a placeholder, tag, URL or code
    such as `REF_2291`."""
    codes = [
        rf"(?<![A-Za-z\d_-]){re.escape(each)}(?![A-Za-z\d_-])" for each in _CODE.findall(request)
    ]
    others = map(re.escape, markup.find(request, ("url", "tag", "placeholder")))
    items = "|".join(sorted({*others, *codes}, key=len, reverse=True))
    pattern = rf"(?<!{_LETTER}){_QUOTED}(?!{_LETTER})" + (f"|(?P<item>{items})" if items else "")
    for match in re.finditer(pattern, request):
        phrase = next(each for each in match.groups() if each)
        yield match.start(), match.end(), phrase.strip()


def _cue(words: str) -> str | None:
    """The role that the longest cue among the words gives to the phrase they stand before."""
    return _role_of(_longest(words, _cues()))


# Among cues of one length those of what is not wanted count first: 'not … use'.
_ORDER = ("keep", "old", "term", "word")


def _longest(words: str, cues: Sequence[tuple[str, str]]) -> tuple[str, str] | None:
    """The longest of the cues that the words hold, and its role."""
    words = _polite().sub(",", words.replace("’", "'"))
    heard = [each for each in cues if _has(words, (each[0],))]
    return min(heard, key=lambda each: (-len(each[0]), _ORDER.index(each[1])), default=None)


@cache
def _polite() -> re.Pattern[str]:
    """Politeness of several words, which may hold a cue: "por favor"."""
    several = (re.escape(each) for each in _listed("polite") if " " in each)
    return re.compile(rf"(?<!\w)(?:{'|'.join(several)})(?!\w)", re.IGNORECASE)


def _role_of(cue: tuple[str, str] | None) -> str | None:
    return None if cue is None else "item" if cue[1] == "keep" else cue[1]


@cache
def _listed(name: str) -> tuple[str, ...]:
    """A list of words in all languages, in lower case and longest first."""
    words = [
        word.lower()
        for language in _files.available()
        for word in _files.load(language)["recognising"][name]
    ]
    return tuple(sorted(words, key=len, reverse=True))
