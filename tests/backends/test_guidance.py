"""An answer that repeats the last one is given anew, as the formula has it, and nothing else is."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from bayling import parts
from bayling.backends import _guidance, hf
from bayling.model import segments, template, tuned
from bayling.records import Message, Span

STRENGTH = 2.0


def asked(text: str, source: str = "") -> Message:
    spans = (Span(len(text), len(text + source), "source"),) if source else ()
    return Message("user", text + source, spans=spans)


FIRST, SAID = asked("Into German:\n", "Delete the file"), Message("assistant", "Datei weg")
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
        ([FIRST, SAID, asked("use 'Akte'")], "Akte weg", False),
        # Another text, which may have the same translation; marked, or below the first line.
        ([FIRST, SAID, asked("And ", "delete the files")], SAID.text, False),
        ([Message("user", "Hi"), SAID, asked("Into German:\nHello")], SAID.text, False),
        ([FIRST, SAID, FIRST], SAID.text, False),
        ([Message("user", "Again"), SAID, Message("user", "Again ")], SAID.text, False),
        ([FIRST], SAID.text, False),
        ([Message("system", "Be brief."), SAID, asked("use 'Akte'")], SAID.text, False),
        ([FIRST, SAID, FIRST, asked("use 'Akte'")], SAID.text, False),
    ],
)
def test_what_repeats_the_last_answer(
    messages: Sequence[Message], answer: str, expected: bool
) -> None:
    assert _guidance.repeats(messages, answer) is expected


def test_the_request_before_is_asked_again() -> None:
    again = _guidance.asked_again(TALKS[1])
    assert again == (*TALKS[1][:-1], FIRST)


def oracle(here: np.ndarray, before: np.ndarray, least: float) -> np.ndarray:
    """Scores of one row of logits, by the formula."""
    p, q = (np.exp(each) / np.exp(each).sum() for each in (here, before))
    scores = np.log(p) + (STRENGTH - 1) * np.log(p / q)
    return np.where(p >= least * p.max(), scores, -np.inf)


def test_the_scores_are_the_formula() -> None:
    chance = np.random.default_rng(0)
    logits = chance.normal(scale=2, size=(6, 40))
    found = _guidance.guided(torch.tensor(logits), STRENGTH).numpy()
    expected = [oracle(logits[row], logits[row + 3], 0.3) for row in range(3)]
    np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-5)
    plain = _guidance.guided(torch.tensor(logits), 1.0).argmax(-1)
    assert plain.tolist() == logits[:3].argmax(-1).tolist()
    assert plain.tolist() != found.argmax(-1).tolist(), "it matters"


def test_the_departure_is_where_another_token_is_nearest() -> None:
    chance = np.random.default_rng(1)
    logits, tokens, ends = chance.normal(size=(2, 7, 30)), [3, 1, 4, 1, 5, 9, 2], {2, 6}
    best: tuple[float, list[int]] = (-math.inf, [])
    for place, own in enumerate(tokens):
        # The token that stands there may be an unlikely one; it is compared all the same.
        free = oracle(logits[0, place], logits[1, place], 0)
        scores = oracle(logits[0, place], logits[1, place], 0.01)
        for token in set(range(30)) - {own} - ends:
            best = max(best, (scores[token] - free[own], [*tokens[:place], token]))
    assert _guidance.departure(torch.tensor(logits), STRENGTH, tokens, ends) == best[1]


def test_where_no_other_token_is_possible_nothing_departs() -> None:
    logits, tokens = torch.zeros(2, 3, 5), [4, 3, 2]
    logits[0, range(3), tokens] = 20.0
    assert _guidance.departure(logits, STRENGTH, tokens, {2}) == []


@pytest.fixture(params=["none", "segment"])
def model(tiny_model: Path, tmp_path: Path, request: pytest.FixtureRequest) -> dict[str, Any]:
    """The options of a backend: a model alone, and one whose adapter looks where tokens stand."""
    if request.param == "none":
        return {"model": str(tiny_model)}
    torch.manual_seed(1)
    spec = {"segment": {"rank": 4, "alpha": 2.0}}
    network, _ = tuned.attach(str(tiny_model), spec)
    with torch.no_grad():
        for name, parameter in network.named_parameters():
            if parameter.requires_grad:
                parameter.normal_(std=0.1 if "lora" in name else 0.3)
    tuned.save(network, spec, tmp_path)
    return {"model": str(tiny_model), "adapter": tmp_path}


def connect(model: dict[str, Any], **options: Any) -> hf.Transformers:
    values = {**model, "max_new_tokens": 10, **options}
    return hf.connect(parts.options("backend", "hf", values))


def logits_of(backend: hf.Transformers, messages: Sequence[Message], written: list[int]) -> Any:
    """Of every token of an answer and the one after it, by one pass over the whole text."""
    ids = [*template.prompt(backend._tokenizer, messages), *written]
    if backend._listener is not None:
        where = hf._longer(template.segments(backend._tokenizer, messages), len(written))
        backend._listener.tell(segments.places([where], [0], len(ids) + 1, "cpu")[:, :-1])
    with torch.no_grad():
        logits = backend._model(torch.tensor([ids]), use_cache=False).logits[0]
    return logits[-1 - len(written) :]


def written(backend: hf.Transformers, messages: Sequence[Message], start: list[int]) -> str:
    """Token by token, each by two passes over all of the text."""
    tokens, before = list(start), _guidance.asked_again(messages)
    end = template.stop_token(backend._tokenizer)
    while len(tokens) == len(start) or (len(tokens) < 10 and tokens[-1] != end):
        here, there = (logits_of(backend, each, tokens)[-1] for each in (messages, before))
        tokens.append(int(oracle(here.numpy(), there.numpy(), 0.3).argmax()))
    text: str = backend._tokenizer.decode(tokens, skip_special_tokens=True)
    return text.strip()


def test_an_answer_is_given_anew_by_the_formula(
    model: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    backend = connect(model, guidance=STRENGTH)
    plain = connect(model, guidance=1).answer(TALKS)
    # The model is random, so that it does not repeat itself is not for it to say.
    monkeypatch.setattr(_guidance, "repeats", lambda _, answer: answer in plain)
    expected = [written(backend, messages, []) for messages in TALKS]
    assert not {*expected} & {*plain}, "it matters"
    counted: list[int] = []
    assert backend.answer(TALKS, counted.append) == expected
    assert sum(counted) == len(TALKS)
    assert [backend.answer([messages])[0] for messages in TALKS] == expected


def test_what_is_still_the_same_departs(
    model: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    backend = connect(model, guidance=STRENGTH)
    same = {*connect(model, guidance=1).answer(TALKS)}
    tokenizer = backend._tokenizer
    ends = {tokenizer.eos_token_id, template.stop_token(tokenizer)}
    expected = []
    for messages in TALKS:
        answer = written(backend, messages, [])
        same.add(answer)
        tokens = tokenizer(answer, add_special_tokens=False).input_ids
        logits = torch.stack(
            [
                logits_of(backend, each, tokens)
                for each in (messages, _guidance.asked_again(messages))
            ]
        )
        whole = [*tokens, template.stop_token(tokenizer)]
        started = _guidance.departure(logits, STRENGTH, whole, ends)
        expected.append(written(backend, messages, started))
    monkeypatch.setattr(_guidance, "repeats", lambda _, answer: answer in same)
    assert backend.answer(TALKS) == expected
    assert not {*expected} <= same


def test_a_model_that_can_say_nothing_else_repeats_itself(
    tiny_model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    backend = connect({"model": str(tiny_model)}, guidance=STRENGTH)
    expected = [written(backend, messages, []) for messages in TALKS]
    monkeypatch.setattr(_guidance, "repeats", lambda *_: True)
    monkeypatch.setattr(_guidance, "departure", lambda *_: [])
    assert backend.answer(TALKS) == expected


def test_what_somebody_has_begun_is_left_alone(
    tiny_model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = connect({"model": str(tiny_model)}, guidance=1).answer(TALKS, beginnings=["a"] * 3)
    monkeypatch.setattr(_guidance, "repeats", lambda *_: True)
    backend = connect({"model": str(tiny_model)}, guidance=STRENGTH)
    assert backend.answer(TALKS, beginnings=["a"] * 3) == plain
