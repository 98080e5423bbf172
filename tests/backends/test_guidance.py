"""An answer that repeats the last one is given anew, as the formula has it, and nothing else is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from bayling import parts
from bayling.backends import _guidance, hf
from bayling.model import load, segments, template
from bayling.records import Message, Span

ROOM = 12
STRENGTH = 1.5  # another one than bayling's own


def asked(text: str, source: str = "") -> Message:
    spans = (Span(len(text), len(text + source), "source"),) if source else ()
    return Message("user", text + source, spans=spans)


FIRST, SAID = asked("Into German:\n", "Delete the file"), Message("assistant", "Datei weg")
CHAIN = Message("assistant", "[English]\nAway\n[Deutsch]\nDatei weg")
TALKS = [
    [FIRST, SAID, asked("use 'löschen' for 'delete'")],
    [asked("x:\n", "Hi"), Message("assistant", "Hallo"), FIRST, SAID, asked("kürzer!")],
    [FIRST, Message("assistant", "Die Datei %s"), asked("no 'Datei', please")],
]


@pytest.mark.parametrize(
    ("messages", "answer", "expected"),
    [
        ([FIRST, SAID, asked("use 'Akte'")], "Datei weg\n", True),
        ([*TALKS[0], SAID, asked("once more: 'Akte'")], SAID.text, True),
        ([*TALKS[0], SAID, TALKS[0][-1]], SAID.text, True),
        ([FIRST, SAID, asked("Make it friendlier.")], SAID.text, True),
        ([FIRST, SAID, asked("use 'Akte'")], "Akte weg", False),
        # It is there already, all of it; what is to be kept may be there too seldom.
        ([FIRST, SAID, asked("use 'Datei'")], SAID.text, False),
        ([FIRST, SAID, asked("use 'Datei' instead of 'weg'")], SAID.text, True),
        ([FIRST, SAID, asked("You lost %s.")], SAID.text, True),
        ([FIRST, Message("assistant", "%s weg"), asked("You lost %s.")], "%s weg", True),
        # Another text, which may have the same translation, or none at all.
        ([FIRST, SAID, asked("And ", "delete the files")], SAID.text, False),
        ([FIRST, SAID, FIRST], SAID.text, False),
        ([Message("user", "Is 7 prime?"), SAID, Message("user", "And 11?")], SAID.text, False),
        ([FIRST], SAID.text, False),
        ([FIRST, asked("use 'Akte'")], FIRST.text, False),
        # Of chains what is shown.
        ([FIRST, CHAIN, asked("use 'Akte'")], CHAIN.text.replace("Away", "Gone"), True),
        ([FIRST, CHAIN, asked("use 'Akte'")], CHAIN.text.replace("weg", "fort"), False),
    ],
)
def test_what_repeats_the_last_answer(
    messages: Sequence[Message], answer: str, expected: bool
) -> None:
    assert _guidance.repeats(messages, answer) is expected


def test_the_translation_is_asked_for_again() -> None:
    assert _guidance.asked_again(TALKS[0]) == (FIRST, SAID, FIRST)
    assert _guidance.asked_again(TALKS[1]) == (*TALKS[1][:-1], FIRST)
    twice = [*TALKS[0], SAID, asked("I said 'löschen'")]
    assert _guidance.asked_again(twice) == (*twice[:-1], FIRST)


def oracle(here: np.ndarray, before: np.ndarray) -> int:
    """The token that one row of logits is to be chosen by the formula."""
    p, q = (np.exp(each) / np.exp(each).sum() for each in (here, before))
    scores = np.log(p) + (STRENGTH - 1) * np.log(p / q)
    return int(np.where(p >= 0.3 * p.max(), scores, -np.inf).argmax())


def test_tokens_are_by_the_formula() -> None:
    logits = np.random.default_rng(0).normal(scale=2, size=(60, 40))
    expected = [oracle(*pair) for pair in zip(logits[:30], logits[30:], strict=True)]
    assert _guidance.choose(torch.tensor(logits), STRENGTH).tolist() == expected
    assert expected != logits[:30].argmax(-1).tolist(), "it matters"
    assert _guidance.choose(torch.tensor(logits), 1).tolist() == logits[:30].argmax(-1).tolist()


def connect(model: dict[str, Any], guidance: float = STRENGTH, **options: Any) -> hf.Transformers:
    values = {**model, "max_new_tokens": ROOM, "guidance": guidance, **options}
    return hf.connect(parts.options("backend", "hf", values))


def logits_of(backend: hf.Transformers, messages: Sequence[Message], written: list[int]) -> Any:
    """Of the token after these of an answer, by one pass over the whole text."""
    ids = [*template.prompt(backend._tokenizer, messages), *written]
    if backend._listener is not None:
        where = hf._longer(template.segments(backend._tokenizer, messages), len(written))
        backend._listener.tell(segments.places([where], [0], len(ids) + 1, "cpu")[:, :-1])
    with torch.no_grad():
        return backend._model(torch.tensor([ids]), use_cache=False).logits[0, -1]


def write(backend: hf.Transformers, messages: Sequence[Message]) -> str:
    """An answer token by token, each by two passes over all of the text."""
    tokens: list[int] = []
    before = _guidance.asked_again(messages)
    while not tokens or (len(tokens) < ROOM and tokens[-1] not in backend._ends_at):
        logits = torch.stack([logits_of(backend, each, tokens) for each in (messages, before)])
        tokens.append(int(_guidance.choose(logits, STRENGTH)[0]))
    text: str = backend._tokenizer.decode(tokens, skip_special_tokens=True)
    return text.strip()


def repeating(monkeypatch: pytest.MonkeyPatch, same: Mapping[int, str]) -> None:
    """A random model neither repeats itself nor ends: the answers that are taken for repeats, by
    conversation, and all for whole. What is asked for is seen to elsewhere (test_placement.py)."""
    monkeypatch.setattr(hf.Transformers, "_is_whole", lambda *_: True)
    monkeypatch.setattr(hf.Transformers, "_grant", lambda *_: None)
    monkeypatch.setattr(
        _guidance,
        "repeats",
        lambda messages, answer: answer == same.get(TALKS.index(list(messages))),
    )


@pytest.mark.parametrize("which", [{0, 1, 2}, {1}, {0, 2}])
def test_an_answer_is_given_anew_by_the_formula(
    model: dict[str, Any], monkeypatch: pytest.MonkeyPatch, which: set[int]
) -> None:
    backend, plain = connect(model), connect(model, 1).answer(TALKS)
    anew = [write(backend, messages) for messages in TALKS]
    assert not {*anew} & {*plain}, "it matters"
    repeating(monkeypatch, {place: plain[place] for place in which})
    counted: list[int] = []
    expected = [anew[place] if place in which else plain[place] for place in range(3)]
    assert backend.answer(TALKS, counted.append) == expected
    assert sum(counted) == len(TALKS)
    assert [backend.answer([messages])[0] for messages in TALKS] == expected


def test_what_does_not_end_is_no_answer(
    model: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = connect(model, 1).answer(TALKS)
    repeating(monkeypatch, dict(enumerate(plain)))
    assert connect(model).answer(TALKS) != plain
    monkeypatch.setattr(hf.Transformers, "_is_whole", lambda *_: False)
    assert connect(model).answer(TALKS) == plain


def test_what_has_ended_by_itself(tiny_model: Path) -> None:
    backend = connect({"model": str(tiny_model)})
    end, free = backend._tokenizer.eos_token_id, backend._begun("")
    letters = backend._tokenizer("Datei weg", add_special_tokens=False).input_ids
    assert backend._is_whole([*letters, end], (), free)
    assert not backend._is_whole(letters, (), free)
    assert backend._is_whole(letters, (" weg",), free)
    assert not backend._is_whole(letters[:1] * 40, (), free), "stuck"


def test_whoever_tunes_a_model_asks_it_plainly(tiny_model: Path) -> None:
    backend = hf.of_network(*load.load(str(tiny_model)))
    assert backend._options.guidance == 1
