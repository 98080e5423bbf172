"""Words that are taken for each other: days, months, sides, and opposites such as open and close.

A translation that says "increase" for "decrease" reads well and says the wrong thing. These are
the errors of meaning that translators and systems make in fluent text; a word from anywhere else is
one that nobody would write (docs/log.md).
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

# English; a line for each set, of words in the same form. None of what goes with other words
# than its opposite, as "add to" and "remove from" do, and none of several senses, as "left".
_SETS = """
Monday Tuesday Wednesday Thursday Friday Saturday Sunday
January February March April May June July August September October November December
spring summer autumn winter
north south east west
northern southern eastern western
upper lower
top bottom
first second third fourth fifth
two three four five six seven eight nine ten
thousand million billion
seconds minutes hours
month year
days weeks months years
daily weekly monthly yearly
morning evening
yesterday tomorrow
son daughter
sons daughters
boy girl
boys girls
man woman
men women
opened closed
start stop
started stopped
begin end
beginning end
enable disable
enabled disabled
increase decrease
increased decreased
allow deny
allowed forbidden
lock unlock
locked unlocked
install uninstall
import export
imported exported
upload download
uploaded downloaded
attached detached
encrypt decrypt
encrypted unencrypted
win lose
won lost
success failure
successful unsuccessful
minimum maximum
internal external
public private
horizontal vertical
column row
columns rows
input output
source destination
sender recipient
old new
older newer
larger smaller
more less
higher lower
longer shorter
faster slower
stronger weaker
possible impossible
valid invalid
known unknown
complete incomplete
necessary unnecessary
visible invisible
active inactive
positive negative
"""


def is_month(word: str) -> bool:
    return "january" in (word.lower(), *_known().get(word.lower(), ()))


def others(word: str) -> list[str]:
    """What an English word is taken for, in its own letters' case; [] for one of no set, and for a
    month that is written small."""
    if word.islower() and is_month(word):
        return []
    return [_like(word, each) for each in _known().get(word.lower(), ())]


@cache
def _known() -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for words in _sets():
        for word in words:
            rest = tuple(each for each in words if each != word)
            found[word] = tuple(dict.fromkeys((*found.get(word, ()), *rest)))
    return found


def _sets() -> Iterator[list[str]]:
    return (line.lower().split() for line in _SETS.strip().splitlines())


def _like(word: str, other: str) -> str:
    return other.capitalize() if word[:1].isupper() else other
