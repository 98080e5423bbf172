"""Requests by cues: the role of each phrase in marks is guessed by the words around it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import chain

from bayling import markup
from bayling.wording import _lists, _marks
from bayling.words import UNSPACED

_CLAUSE = re.compile(r"[.;:!?。；：！？؛؟\n]|[,،]\s|，")
# Of more phrases than these none is a wish by itself.
_MOST = 20


def guessed(request: str) -> list[tuple[str, str]]:
    """(role, phrase) of what is marked in the request, by the cues around it."""
    request = _without_question(request)
    marked = list(_marks.find(request))
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
        if role == "item" or (role and request[start] in _marks.QUOTES)
    ]


def says_nothing_else(request: str) -> bool:
    """Whether there are only cues and politeness beside what is marked: "nimm 'X' statt 'Y'"."""
    for start, end, _ in reversed(list(_marks.find(request))):
        request = f"{request[:start]}\n{request[end:]}"
    cues = (cue for cue, _ in (*_lists.cues(), *_lists.cues("behind")))
    lists = chain.from_iterable(map(_lists.listed, ("polite", "dismissing", "replacing")))
    return not _lists.has_more((*lists, *cues), request)


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
    alone = not _lists.has_more(_lists.listed("polite"), rest)
    if roles == ["old", None] and alone and _CLAUSE.search(gaps[1]):
        roles[1] = "word"
    # "Leave {name} alone", not "delete {name}": few ask for a placeholder to be left out.
    said = (_lists.longest(gaps[0], _lists.cues()), _lists.longest(rest, _lists.cues("behind")))
    if roles == ["old"] and not any(
        each and each[0] not in _lists.listed("negating") for each in said
    ):
        is_item = markup.find(first, ("placeholder", "tag", "url")) == [first]
        return ["item" if is_item else "old"]
    return roles


def _role(roles: list[str | None], count: int, before: str, gap: str, behind: str) -> str | None:
    """Of one of `count` phrases, by what stands in front of it, of the one before and the next."""
    last = roles[-1] if roles else None
    dismissed = _dismissal(gap) if roles else ""
    gap = gap[len(dismissed) :]
    # "I prefer 'A' to 'B'".
    preferred = last == "word" and _lists.has(before, _lists.listed("preferring"))
    if preferred and gap.strip(" ,").lower() in _lists.listed("than"):
        return "old"
    if last is None and roles and count == 2 and _equates(gap):
        return "word"
    if role := _lists.cue(gap):
        # "Do not use the word 'A'"; but "that is not it, say 'A'".
        clause = re.split(r"[,.;:!?]", gap)[-1]
        return "old" if role == "word" and _lists.has(clause, _lists.listed("negating")) else role
    # "Statt A bitte B": of two the second one is to stand there.
    instead = roles == ["old"] and count == 2 and _lists.has(before, _lists.listed("in_place"))
    if instead and not _lists.has_more(_lists.listed("polite"), gap):
        return "word"
    # "For 'A' our glossary has 'B'".
    if roles == ["term"] and count == 2:
        return "word"
    if dismissed or len(gap.split()) > 1 or re.search(r"[.!?]\s|[。！？]", gap):
        return None
    # "use 'A' instead of 'B' and 'C' for 'd'": a pair, and another one.
    pair = last in ("old", "term") and (
        _lists.has(behind, _lists.listed("in_place")) or _lists.cue(behind) == "term"
    )
    # 'use A and B': nothing but a joint in between goes on with the same role.
    return "word" if pair else last


def _by_what_follows(
    roles: Sequence[str | None], place: int, gaps: Sequence[str], behinds: Sequence[str]
) -> str | None:
    """The role of a phrase, if what stands behind it says more than what stands before it."""
    role, before, behind = roles[place], gaps[place], behinds[place]
    if role in ("item", "term"):
        return role
    negated = _lists.negates(before)
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
        written = role == roles[place + 1] == "word" and _lists.has(
            before, _lists.listed("written")
        )
        return "old" if written else role
    if role == "word" and _equates(before) and not _ends_there(behind):
        return None
    found = _lists.longest(clause, _lists.cues("behind"))
    said = None if _lists.negates(_lists.less(clause, found)) else _lists.role_of(found)
    if role is None:
        # "There shouldn't be 'A' in it", "better than 'A'".
        if negated or before.strip(" ,").lower() in _lists.listed("than"):
            return None
        return said or (_judged(clause) if found is None else None)
    # A joint alone had it go on with the role of the phrase before; and "the word 'A' must not
    # appear" says right behind it what becomes of it.
    goes_on = place > 0 and not _lists.cue(before)
    right_behind = found is not None and clause.lower().startswith(found[0].lower())
    return said if said and (goes_on or (said == "old" and right_behind)) else role


def _before_word(roles: Sequence[str | None], place: int, before: str, behind: str) -> str | None:
    """The role of a phrase, if only another one, to be used, follows, by what stands between."""
    if len(roles) != 2 or roles[place + 1] != "word":
        return None
    if _equates(behind):
        return "term"
    written = _lists.has(before, _lists.listed("written")) and not _lists.has(
        behind, _lists.listed("praising")
    )
    return "old" if written or behind.strip() in _lists.listed("replacing") else None


def _trailing(behind: str, others: Sequence[str | None]) -> str | None:
    """Of the first of some phrases, by what stands behind the last one: "'A' must not be there", or
    "'A' durch 'B' ersetzen"."""
    if others:
        return "old" if others == ["word"] and _lists.cue(behind) == "old" else None
    # What stands farther behind is about something else.
    near = " ".join(_CLAUSE.split(behind.lstrip(), maxsplit=1)[0].split()[:4])
    found = _lists.longest(near, _lists.cues())
    role = _lists.role_of(found)
    if _lists.longest(near, _lists.cues("behind")) or (
        role == "item" and _lists.negates(_lists.less(near, found))
    ):
        return None
    if role == "word":
        return "old" if _lists.has(near, _lists.listed("negating")) else None
    return role


def _judged(clause: str) -> str | None:
    """'old' where what stands behind a phrase finds fault with it."""
    if _lists.has(clause, _lists.listed("praising")):
        return "old" if _lists.negates(clause) else None
    fault = next(
        (each for each in _lists.listed("criticising") if _lists.has(clause, (each,))), None
    )
    return "old" if fault and not _lists.negates(_lists.less(clause, (fault, ""))) else None


def _dismissal(behind: str) -> str:
    """The words that stand behind a phrase and say that it is not wanted; '' where none do, or
    where what they say goes on: "is wrong about that"."""
    known, here = ("|".join(map(re.escape, _lists.listed(each))) for each in ("dismissing", "here"))
    ends = rf"(?:\s*$|\s*[^\w\s]|[{UNSPACED}])"
    begins = rf"\s*(?:{known})(?:\s+(?:{here}))?(?={ends})"
    found = re.match(begins, behind.replace("’", "'"), re.IGNORECASE)
    return found.group() if found else ""


def _equates(between: str) -> bool:
    """Whether nothing stands between two phrases but what says that one is the word for the
    other."""
    return between.strip(" :").replace("’", "'").lower() in _lists.listed("equating")


def _ends_there(behind: str) -> bool:
    """Whether a statement ends behind a phrase: no question, and in a script without spaces no
    comparison (「A」は「B」より)."""
    goes_on = re.match(rf"[{UNSPACED}]", behind) and not behind.startswith(("で", "だ", "吧"))
    return not goes_on and not behind.rstrip().endswith(("?", "？"))


def _without_question(request: str) -> str:
    """What stands behind the question that a request begins with: "Why is it gone? 'A' has to
    stay."; '' if nothing does, or another question."""
    if not _asks(request):
        return request
    spans = [(start, end) for start, end, _ in _marks.find(request)]
    for match in re.finditer("[?？؟]", request):
        # A question mark within a phrase ends nothing.
        if not any(start < match.start() < end for start, end in spans):
            rest = request[match.end() :].strip()
            return "" if _asks(rest) else rest
    return ""


def _asks(request: str) -> bool:
    """Whether a text begins as a question does, politeness apart, and not with a longer cue: "how
    about 'A'?"."""
    polite = "|".join(map(re.escape, _lists.listed("polite")))
    request = re.sub(rf"^(?:(?:{polite})\b[\s,.!]*)+", "", request, flags=re.IGNORECASE)

    def longest(words: Sequence[str]) -> int:
        return max((len(word) for word in words if _lists.whole(word).match(request)), default=0)

    return longest(_lists.listed("asking")) > longest([cue for cue, _ in _lists.cues()])
