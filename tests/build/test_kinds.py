"""Every kind of dialogue in ten languages: what is learned passes its checks and is no draft."""

from __future__ import annotations

import random
import re
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import pytest

from bayling import checks, parts, wording
from bayling.build.builders import Resources
from bayling.build.memory import Memory
from bayling.config import DEFAULT_MIX
from bayling.records import Dialogue, Pair
from bayling.wording import _files

DATA = Path(__file__).parents[2].parent / "shared" / "data"
needs_data = pytest.mark.skipif(
    not (DATA / "ntrex").is_dir(), reason="../shared/data is absent: real text in ten languages"
)
FILES = {
    "ar": "arb",
    "cs": "ces",
    "de": "deu",
    "es": "spa",
    "fr": "fra",
    "it": "ita",
    "ja": "jpn",
    "pt": "por",
    "ru": "rus",
    "zh": "zho-CN",
}
# What a file of 300 unrelated news sentences cannot have in each language.
MATERIAL = {"register", "edit_source", "keep", "ask_then_work", "correct", "mixed", "switch"}


def _lines(name: str) -> list[str]:
    text = (DATA / "ntrex" / f"{name}.txt").read_text(encoding="utf-8")
    return text.removesuffix("\n").split("\n")


def _pairs(language: str) -> list[Pair]:
    """The lines as running text, and those with a number once more with another one."""
    texts = list(zip(_lines("src.eng"), _lines(f"ref.{FILES[language]}"), strict=True))
    meta = [{"document": "news", "place": number} for number in range(len(texts))]
    pairs = [
        Pair(a, b, "en", language, f"p{n}", f"news:x:{n}", meta[n])
        for n, (a, b) in enumerate(texts)
    ]
    return pairs + [
        Pair(_next(a), _next(b), "en", language, f"q{n}", f"news:x:{n}")
        for n, (a, b) in enumerate(texts)
        if len(set(re.findall(r"\d+", a))) == 1 and re.findall(r"\d+", a) == re.findall(r"\d+", b)
    ]


def _next(text: str) -> str:
    return re.sub(r"\d+", lambda match: str(int(match.group()) + 1), text)


def _built(kind: str, pairs: Sequence[Pair], resources: Resources, seed: int) -> list[Dialogue]:
    part = parts.load("builder", kind)
    found = part.build(pairs, resources, parts.options("builder", kind), random.Random(seed))
    return list(found)


@needs_data
@pytest.mark.parametrize("language", FILES)
def test_what_is_learned_is_right_and_no_draft(language: str) -> None:
    pairs = _pairs(language)
    resources = Resources(Memory(pairs), ("source", "target"))
    targets, sources = {pair.target for pair in pairs}, {pair.source for pair in pairs}
    for kind in DEFAULT_MIX:
        made = _built(kind, pairs, resources, seed=1)
        assert made or kind in MATERIAL, kind
        sound = 0
        for dialogue in made:
            roles = [message.role for message in dialogue.messages]
            assert roles == ["user", "assistant"] * (len(roles) // 2)
            assert dialogue.messages[-1].learn
            # Which part of what users say is the text to be translated is known.
            assert dialogue.messages[0].spans
            for message in (each for each in dialogue.messages if each.role == "user"):
                for span in message.spans:
                    assert span.role == "source"
                    assert message.text[span.start : span.end] in sources
            learned = [message for message in dialogue.messages if message.learn]
            drafts = [m for m in dialogue.messages if m.role == "assistant" and not m.learn]
            assert not {m.text for m in drafts} & {m.text for m in learned}
            for message in learned:
                assert message.checks
                for span in message.spans:
                    assert 0 <= span.start < span.end <= len(message.text)
                # A translation, the source again, or an answer in the fixed words of a language.
                fixed = {check.kind for check in message.checks} <= {"contain", "keep"}
                assert message.text in targets | sources or fixed or kind == "continue"
            failed = [each for m in learned for each in checks.failures(m.checks, m.text)]
            # What fails is the human translation's fault: a number that was written out, say.
            assert {check.kind for check, _ in failed} <= {"keep", "language", "not_copy", "length"}
            sound += not failed
        # One or two of a few may be a translation's own fault.
        assert len(made) - sound <= max(2, 0.3 * len(made)), kind
        assert sound or not made, kind


@needs_data
@pytest.mark.parametrize("language", FILES)
def test_wishes_are_whole_words_that_the_draft_lacks(language: str) -> None:
    pairs = _pairs(language)
    resources = Resources(Memory(pairs), ("target",))
    for kind in ("constrain", "revise", "correct", "glossary"):
        for dialogue in _built(kind, pairs, resources, seed=2):
            final = dialogue.messages[-1]
            for check in final.checks:
                if check.kind == "contain":
                    assert checks.occurrences(check.options["phrase"], final.text)
            wishes = [c for c in final.checks if c.kind in ("contain", "avoid")]
            if len(dialogue.messages) > 2 and wishes:
                assert checks.failures(wishes, dialogue.messages[-3].text), "copying would do"


def test_no_phrasing_is_in_more_than_three_percent_of_dialogues() -> None:
    """Of the usual mix, asked in one language alone."""
    texts = [line.split("\t") for line in _catalogue()]
    pairs = [
        Pair(f"{a} {number}", f"{b} {number}", "en", "de", f"p{number}", f"x:y:{number}")
        for number, (_, a, b, *_) in enumerate(texts * 30)
    ]
    resources = Resources(Memory(pairs[: len(texts)]), ("en",))
    begun: Counter[str] = Counter()
    count = 1000
    for kind, share in DEFAULT_MIX.items():
        made = _built(kind, pairs, resources, seed=3)[: round(share * count)]
        for dialogue in made:
            begun.update({_phrasing(m.text) for m in dialogue.messages if m.role == "user"})
    assert begun.total() > 0.5 * count
    (most, times), *_ = begun.most_common(1)
    assert times <= 0.03 * count, (most, times)


def _catalogue() -> list[str]:
    path = Path(__file__).with_name("catalogue.tsv")
    return path.read_text(encoding="utf-8").splitlines()


def _phrasing(request: str) -> str:
    """What is left of a request without the text, the words and the numbers in it."""
    first = request.split("\n")[0]
    return re.sub(r"[\"“”'].*?[\"“”']|\d+|(?<= )[A-ZÄÖÜ]\w+", "_", first)


def test_requests_keep_to_one_language_in_a_conversation() -> None:
    texts = [line.split("\t") for line in _catalogue()]
    pairs = [Pair(a, b, "en", "de", f"p{n}", f"x:y:{n}") for n, (_, a, b, *_) in enumerate(texts)]
    resources = Resources(Memory(pairs), ("en", "de"))
    for dialogue in _built("align", pairs, resources, seed=4):
        asked, said = (message.text for message in dialogue.messages[2:4])
        assert _languages("which_word", asked) & _languages("is_word", said), (asked, said)


def _languages(kind: str, text: str) -> set[str]:
    """The languages that have a phrasing for this."""
    found = set()
    for language in ("en", "de"):
        if kind in wording.KINDS:
            phrasings = wording.phrasings(kind, language)
        else:
            phrasings = tuple(_files.load(language)["answers"][kind])
        for phrasing in phrasings:
            pattern = re.sub(r"\\\{\w+\\\}", ".+", re.escape(phrasing))
            if re.fullmatch(pattern, text):
                found.add(language)
    return found
