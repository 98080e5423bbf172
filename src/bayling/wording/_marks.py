"""What stands in quotation marks in a request, or is a placeholder, tag, URL or code."""

from __future__ import annotations

import re
from collections.abc import Iterator

from bayling import markup
from bayling.words import UNSPACED

QUOTES = "\"'“”„‟‘’‚«»‹›`「」『』"
# An apostrophe inside a word is no quotation mark.
INNER = r"(?<=\w)['’](?=\w)"
QUOTED = rf"[{QUOTES}](?P<quoted>(?:[^\n{QUOTES}]|{INNER})+)[{QUOTES}]"
# A letter or digit of a script that divides words by spaces: 请用“文件” needs none.
LETTER = rf"[^\W{UNSPACED}]"
# A name that nobody speaks: `REF_2291`, `XK-4420-B`; but `3-day` and `COVID` are words.
_CODE = re.compile(
    r"(?<![A-Za-z\d_.-])(?:(?=[A-Za-z\d.-]*_)[A-Za-z\d_.-]{3,}|"
    r"(?=[A-Z.-]*\d)(?=[\d.-]*[A-Z])[A-Z\d.-]{3,})(?<=[A-Za-z\d_])(?![A-Za-z\d_-])"
)


def find(request: str) -> Iterator[tuple[int, int, str]]:
    """(start, end, phrase) of what stands in quotation marks or is a placeholder, tag, URL or code
    such as `REF_2291`."""
    codes = [
        rf"(?<![A-Za-z\d_-]){re.escape(each)}(?![A-Za-z\d_-])" for each in _CODE.findall(request)
    ]
    others = map(re.escape, markup.find(request, ("url", "tag", "placeholder")))
    items = "|".join(sorted({*others, *codes}, key=len, reverse=True))
    pattern = rf"(?<!{LETTER}){QUOTED}(?!{LETTER})" + (f"|(?P<item>{items})" if items else "")
    for match in re.finditer(pattern, request):
        phrase = next(each for each in match.groups() if each)
        yield match.start(), match.end(), phrase.strip()


def is_code(phrase: str) -> bool:
    """Whether it is markup, a number or a name of programmers'."""
    return markup.find(phrase) == [phrase] or re.search(r"\w[A-Z\d]", phrase) is not None
