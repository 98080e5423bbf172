"""Whether what was kept is in the languages that it is said to be in.

The filter `language` tells a pair's two languages apart, so Spanish given as French is the side
that is not English, and stays. Here some of the kept texts are asked about among all languages that
py3langid knows.
"""

from __future__ import annotations

import json
import random
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from bayling import checks, languages, terminal

# So many pairs are looked at, in random places; of a language so many texts have to be there.
_ASKED = 200
_LEAST = 20
# Shorter texts may be in any language; so many words, or characters without spaces between words.
_LONG = 6
# Languages that nobody tells apart by their letters alone.
_ALIKE = ({"no", "nb", "nn", "da"}, {"hr", "bs", "sr", "sh"}, {"id", "ms"}, {"fil", "tl"})


def say(path: Path) -> None:
    """Tell of each language that most of the texts said to be in it seem to be in another one."""
    found: dict[str, Counter[str]] = defaultdict(Counter)
    for row in _some(path):
        for side in ("source", "target"):
            language, text = row[f"{side}_lang"], row[side]
            if (
                checks.size(text, "words" if languages.is_spaced(language) else "characters")
                >= _LONG
            ):
                found[language][languages.of_all(text)] += 1
    for language, guesses in sorted(found.items()):
        other, count = guesses.most_common(1)[0]
        base = languages.base(language)
        alike = any({base, other} <= some for some in _ALIKE)
        if other == base or alike or guesses.total() < _LEAST or 2 * count <= guesses.total():
            continue
        if languages.is_known_to_identifier(base):
            terminal.say(
                f"Note: of {guesses.total()} texts looked at that are given as "
                f"{languages.name(language)} ({language}), {count} seem to be "
                f"{languages.name(other)} ({other}). If they are, give that language."
            )


def _some(path: Path) -> Iterator[dict[str, Any]]:
    """Rows in random places of a file, each once."""
    size = path.stat().st_size
    chance = random.Random(1)
    seen: set[int] = set()
    with open(path, "rb") as file:
        for _ in range(_ASKED):
            file.seek(chance.randrange(max(size, 1)))
            file.readline()
            place = file.tell() if file.tell() < size else 0
            if place not in seen:
                seen.add(place)
                file.seek(place)
                if line := file.readline():
                    yield json.loads(line)
