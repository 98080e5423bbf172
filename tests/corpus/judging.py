"""Asking filters in tests."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from bayling import parts
from bayling.corpus.filters import Verdict, verdicts
from bayling.records import Pair

DATA = Path(__file__).parents[3] / "shared" / "data"


def pair(
    source: str, target: str, source_lang: str = "en", target_lang: str = "de", id: str = "id"
) -> Pair:
    return Pair(source, target, source_lang, target_lang, id, "test:x:1")


def judge(name: str, *pairs: Pair, **options: object) -> list[Verdict]:
    part = parts.load("filter", name)
    return list(verdicts(part, parts.options("filter", name, options), pairs))


def reason(name: str, source: str, target: str, *langs: str, **options: object) -> str:
    (verdict,) = judge(name, pair(source, target, *langs), **options)
    assert verdict.keep == (not verdict.reason)
    return verdict.reason


def real(name: str) -> list[Pair]:
    """Pairs of a shared data set: `alma`, `handbook-de`, `handbook-zh`, `ntrex-CODE`."""
    return list(_rows(*_named(name)))


def _named(name: str) -> tuple[list[tuple[str, str]], str, str]:
    kind, _, rest = name.partition("-")
    if kind == "alma":
        return _two("alma/train.de-en.de", "alma/train.de-en.en"), "de", "en"
    if kind == "ntrex":
        code, language = rest.split(":")
        return _two("ntrex/src.eng.txt", f"ntrex/ref.{code}.txt"), "en", language
    rows = [line.split("\t") for line in _lines(f"debian-handbook/en-{rest}.tsv")[1:]]
    return [(row[2], row[3]) for row in rows], "en", rest


def _rows(texts: list[tuple[str, str]], source_lang: str, target_lang: str) -> Iterator[Pair]:
    for number, (source, target) in enumerate(texts):
        if source.strip() and target.strip():
            yield pair(source, target, source_lang, target_lang, str(number))


def _two(source: str, target: str) -> list[tuple[str, str]]:
    return list(zip(_lines(source), _lines(target), strict=True))


def _lines(name: str) -> list[str]:
    path = DATA / name
    if not path.exists():
        pytest.skip(f"{path} holds the real text")
    return path.read_text(encoding="utf-8").removesuffix("\n").split("\n")
