"""What is written as JSON comes back the same."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bayling.records import (
    Check,
    Dialogue,
    Message,
    Pair,
    Result,
    Sample,
    Score,
    Span,
    User,
)

TEXT = st.text(max_size=20)
CODES = st.sampled_from(["en", "de", "zh-CN"])
META = st.dictionaries(TEXT, st.integers() | TEXT | st.lists(TEXT, max_size=2), max_size=3)
CHECKS = st.builds(
    Check,
    st.sampled_from(["contain", "keep", "term"]),
    # The name of the check stands in the same object as its options.
    META.map(lambda options: {key: each for key, each in options.items() if key != "kind"}),
)
SPANS = st.builds(Span, st.integers(0, 9), st.integers(0, 9), TEXT)
QUESTIONS = st.builds(
    Message,
    role=st.sampled_from(["system", "user"]),
    text=TEXT,
    spans=st.lists(SPANS, max_size=2).map(tuple),
)
DRAFTS = st.builds(Message, role=st.just("assistant"), text=TEXT)
ANSWERS = st.builds(
    Message,
    role=st.just("assistant"),
    text=TEXT,
    learn=st.just(True),
    spans=st.lists(SPANS, max_size=2).map(tuple),
    checks=st.lists(CHECKS, max_size=2).map(tuple),
)
PAIRS = st.builds(Pair, TEXT, TEXT, CODES, CODES, TEXT, TEXT, META)
DIALOGUES = st.builds(
    Dialogue,
    messages=st.lists(QUESTIONS | DRAFTS | ANSWERS, max_size=4).map(tuple),
    kind=TEXT,
    source_lang=CODES,
    target_lang=CODES,
    id=TEXT,
    pair_ids=st.lists(TEXT, max_size=2).map(tuple),
    meta=META,
)
SAMPLES = st.builds(
    Sample,
    id=TEXT,
    source=TEXT,
    reference=TEXT,
    source_lang=CODES,
    target_lang=CODES,
    origin=TEXT,
    terms=st.lists(st.tuples(TEXT, TEXT), max_size=2).map(tuple),
    checks=st.lists(CHECKS, max_size=2).map(tuple),
)
RESULTS = st.builds(
    Result,
    sample=SAMPLES,
    messages=st.lists(st.builds(Message, TEXT, TEXT), max_size=3).map(tuple),
    outputs=st.lists(TEXT, max_size=2).map(tuple),
    wishes=st.lists(CHECKS, max_size=2).map(tuple),
    user=st.none() | st.builds(User, TEXT, CODES, st.none() | st.booleans(), TEXT, TEXT),
)


@given(st.one_of(PAIRS, CHECKS, DIALOGUES, SAMPLES, RESULTS))
@settings(max_examples=200, deadline=None)
def test_json_and_back(record: Any) -> None:
    row = json.loads(json.dumps(record.to_json()))
    again = type(record).from_json(row)
    assert again == record
    assert json.loads(json.dumps(again.to_json())) == row


def test_a_dialogue_is_what_other_trainers_read() -> None:
    dialogue = Dialogue(
        (
            Message("user", "Translate: file", spans=(Span(11, 15, "source"),)),
            Message("assistant", "Akte"),
            Message("user", "use 'Datei'"),
            Message("assistant", "Datei", True, (), (Check("contain", {"phrase": "Datei"}),)),
        ),
        "revise",
        "en",
        "de",
        "7",
    )
    assert dialogue.to_json() == {
        "id": "7",
        "kind": "revise",
        "source_lang": "en",
        "target_lang": "de",
        "messages": [
            {"role": "user", "content": "Translate: file"},
            {"role": "assistant", "content": "Akte"},
            {"role": "user", "content": "use 'Datei'"},
            {"role": "assistant", "content": "Datei"},
        ],
        "learn": [3],
        "checks": [[{"kind": "contain", "phrase": "Datei"}]],
        "spans": [[[11, 15, "source"]], [], [], []],
        "pair_ids": [],
        "meta": {},
    }


def test_of_a_dialogue_of_other_trainers_every_answer_is_learned() -> None:
    roles = ["system", "user", "assistant", "user", "assistant"]
    read = Dialogue.from_json({"messages": [{"role": each, "content": "x"} for each in roles]})
    assert [message.learn for message in read.messages] == [False, False, True, False, True]
    assert (read.kind, read.source_lang, read.target_lang, read.id) == ("general", "und", "und", "")


@pytest.mark.parametrize(
    ("score", "row"),
    [
        (
            Score("bleu", 20.5, "case:mixed", 100),
            {"score": 20.5, "signature": "case:mixed", "n": 100},
        ),
        (
            Score("chrf2", 50.0, "nc:6", 3, (48.0, 52.0), {"copy": 1}),
            {
                "score": 50.0,
                "signature": "nc:6",
                "n": 3,
                "interval": [48.0, 52.0],
                "details": {"copy": 1},
            },
        ),
    ],
)
def test_a_score_carries_its_settings(score: Score, row: dict[str, Any]) -> None:
    assert score.to_json() == row


@given(st.lists(st.text(), min_size=6, max_size=6), st.dictionaries(st.text(), st.integers()))
def test_a_line_is_what_json_makes_of_a_pair(fields: list[str], meta: dict[str, Any]) -> None:
    pair = Pair(*fields, meta)
    assert pair.to_line() == json.dumps(pair.to_json(), ensure_ascii=False)
