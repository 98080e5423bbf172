"""How much of what users write is heard: requests in their own words, and what each asks for.

    python benchmarks/hearing.py benchmarks/requests/*.jsonl [--show]

Each file was written by someone who had seen neither phrasings nor rules (docs/log.md): requests in
nine languages to use a word, one word instead of another, a word for a term, no such word, or to
keep an item; and remarks that ask for nothing. `right` is what implies the very checks that were
meant, `half` some of them, `reversed` asks for what is not wanted or forbids what is.
"""

from __future__ import annotations

import argparse
from collections import Counter
from pathlib import Path
from typing import Any

from bayling import jsonl, wording
from bayling.records import Check

# (kind of check, phrase)
Wish = tuple[str, str]
_OPPOSITE = {"contain": "avoid", "avoid": "contain"}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("files", type=Path, nargs="+")
    parser.add_argument("--show", action="store_true", help="print what is not heard rightly")
    options = parser.parse_args()
    for file in options.files:
        counts: dict[str, Counter[str]] = {}
        for row in jsonl.read(file):
            found = verdict(row)
            counts.setdefault(row["kind"], Counter())[found] += 1
            if options.show and found != "right":
                print(f"{found}\t{row['kind']}\t{row['request']}")
        total = sum(counts.values(), Counter())
        print(f"{file}: {_told(total)}")
        for kind, each in counts.items():
            print(f"  {kind}: {_told(each)}")


def verdict(row: dict[str, Any]) -> str:
    """How a request is heard: right, half, reversed, wrong or not heard."""
    wanted = {
        (kind, row[role])
        for role, kind in (("word", "contain"), ("old", "avoid"), ("item", "contain"))
        if row[role]
    }
    heard = set(map(_wish, wording.recognise(row["request"])))
    if heard == wanted:
        return "right"
    if heard & {(_OPPOSITE[kind], phrase) for kind, phrase in wanted}:
        return "reversed"
    if not heard:
        return "not heard"
    return "half" if heard < wanted else "wrong"


def _wish(check: Check) -> Wish:
    """To keep an item is to use it."""
    if check.kind == "keep":
        return "contain", check.options["items"][0]
    return check.kind, check.options["phrase"]


def _told(counts: Counter[str]) -> str:
    return ", ".join(f"{name} {count}" for name, count in counts.most_common())


if __name__ == "__main__":
    main()
