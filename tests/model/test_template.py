"""Conversations as tokens: training and answering see the same ones."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bayling.errors import UserError
from bayling.model import load, template
from bayling.records import Message

CHATML = (
    "{% for message in messages %}<|im_start|>{{ message['role'] }}\n{{ message['content'] }}"
    "</s>\n{% endfor %}{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)


@pytest.fixture(scope="module", params=["ours", "its own"])
def tokenizer(request: pytest.FixtureRequest, tiny_model: Path):  # type: ignore[no-untyped-def]
    loaded = load.load_tokenizer(str(tiny_model))
    assert loaded.chat_template == template.OURS, "a base model gets our template"
    if request.param == "its own":
        loaded.chat_template = CHATML
    return loaded


@settings(deadline=None)
@given(turns=st.lists(TEXT, min_size=2, max_size=6))
def test_an_answer_is_asked_for_as_it_is_learned(tokenizer, turns: list[str]) -> None:  # type: ignore[no-untyped-def]
    messages = tuple(
        Message("assistant" if place % 2 else "user", text, learn=bool(place % 2))
        for place, text in enumerate(turns)
    )
    encoded = template.encode(tokenizer, messages, lambda *_: 1.0)
    for place, message in enumerate(messages):
        if message.role != "assistant":
            continue
        prompt = template.prompt(tokenizer, messages[:place])
        assert list(encoded.ids[: len(prompt)]) == prompt
        learned = []
        for token, weight in zip(
            encoded.ids[len(prompt) :], encoded.weights[len(prompt) :], strict=True
        ):
            if not weight:
                break
            learned.append(token)
        assert learned[-1] == tokenizer.eos_token_id, "the end has to be learned too"
        assert tokenizer.decode(learned[:-1]) == message.text


def test_a_template_that_rewrites_earlier_turns_is_refused(tokenizer) -> None:  # type: ignore[no-untyped-def]
    kept = tokenizer.chat_template
    tokenizer.chat_template = (
        "{% for m in messages %}{% if loop.last %}{{ m['content'] }}{% endif %}{% endfor %}"
        "{% if add_generation_prompt %}A:{% endif %}"
    )
    messages = (Message("user", "one"), Message("assistant", "two", learn=True))
    try:
        with pytest.raises(UserError, match="a template that only appends"):
            template.encode(tokenizer, messages, lambda *_: 1.0)
    finally:
        tokenizer.chat_template = kept


def test_a_tokenizer_without_an_end_is_refused(tokenizer) -> None:  # type: ignore[no-untyped-def]
    kept = tokenizer.eos_token
    tokenizer.eos_token = None
    try:
        with pytest.raises(UserError, match="no end token"):
            template.prepare(tokenizer)
    finally:
        tokenizer.eos_token = kept
