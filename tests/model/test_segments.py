"""Where in a conversation each token stands, for any chat template."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pytest
import torch

from bayling import parts
from bayling.build.builders import Resources
from bayling.build.memory import Memory
from bayling.errors import UserError
from bayling.model import load, segments, template
from bayling.model.segments import Segment
from bayling.records import Message, Pair, Sample, Span

# As Gemma's: the system's text in the user's turn, and no white space around what is said.
TRIMMED = (
    "{{ bos_token }}{% for message in messages %}"
    "{% if message['role'] == 'system' %}### {{ message['content'] | trim }}\n"
    "{% elif message['role'] == 'user' %}user {{ message['content'] | trim }}\n"
    "{% else %}model {{ message['content'] | trim }}{{ eos_token }}\n{% endif %}{% endfor %}"
    "{% if add_generation_prompt %}model {% endif %}"
)


@pytest.fixture(params=["ours", "trimmed"])
def tokenizer(tiny_model: Path, request: pytest.FixtureRequest) -> Any:
    found = load.load_tokenizer(str(tiny_model))
    if request.param == "trimmed":
        found.chat_template = TRIMMED
    return found


def asked(before: str, source: str, after: str = "") -> Message:
    span = Span(len(before), len(before + source), "source")
    return Message("user", before + source + after, spans=(span,))


def read(tokenizer: Any, messages: list[Message]) -> list[tuple[int, bool, str]]:
    """(instruction, whether it is in a segment, text) of every segment, the open one left out."""
    ids = template.prompt(tokenizer, messages)
    return [
        (each.instruction, each.length > 0, tokenizer.decode(ids[each.start : each.end]))
        for each in template.segments(tokenizer, messages)
        if each.end <= len(ids)
    ]


def test_two_turns(tokenizer: Any) -> None:
    messages = [
        asked("Into German:\n", "the user"),
        Message("assistant", "Nutzer"),
        Message("user", "use 'model'\nplease"),
        Message("assistant", "Modell"),
        asked("Now this:\n", "Datei"),
    ]
    assert read(tokenizer, messages) == [
        (1, False, "Into German:"),
        (1, True, "the user"),
        (1, True, "Nutzer"),
        (2, False, "use 'model'\nplease"),
        (2, True, "Modell"),
        (3, False, "Now this:"),
        (3, True, "Datei"),
    ]
    found = template.segments(tokenizer, messages)
    first, second = (len(tokenizer(each).input_ids) for each in ("the user", "Datei"))
    assert [each.length for each in found] == [0, first, first, 0, first, 0, second, second]
    # The last one stands for the answer's first token.
    length = len(template.prompt(tokenizer, messages))
    assert found[-1] == Segment(length, length + 1, 3, second)


def test_the_same_tokens_whether_the_answer_is_there_or_not(tokenizer: Any) -> None:
    messages = [asked("Into German:\n", "the file"), Message("assistant", "Datei", learn=True)]
    whole = template.segments(tokenizer, messages)
    before = template.segments(tokenizer, messages[:1])
    assert whole[:-1] == before[:-1]
    answer = whole[-1]
    assert (answer.start, answer.instruction, answer.length) == (
        before[-1].start,
        before[-1].instruction,
        before[-1].length,
    )
    encoded = template.encode(tokenizer, messages, lambda *_: 1.0)
    assert tokenizer.decode(encoded.ids[answer.start : answer.end]) == "Datei"


@pytest.mark.parametrize(
    ("messages", "expected"),
    [
        # Without spans, what follows the first line is the text.
        (
            [Message("user", "\nTranslate:\n\nthe file\nuse "), Message("assistant", "D")],
            [(1, False, "Translate:"), (1, True, "the file\nuse"), (1, True, "D")],
        ),
        ([Message("user", "Hi\n"), Message("assistant", "D")], [(1, False, "Hi"), (1, True, "D")]),
        # An instruction around its text is one; a text without any stands under the last one.
        (
            [asked("Into German: ", "the file", "\nThank you"), Message("assistant", "D")],
            [(1, False, "Into German:"), (1, True, " the file"), (1, False, "\nThank you")]
            + [(1, True, "D")],
        ),
        (
            [Message("user", "Hi"), Message("assistant", "D"), asked("", " file "), asked("", "x")],
            [(1, False, "Hi"), (1, True, "D"), (1, True, "file"), (1, True, "x")],
        ),
        ([asked("", "file"), Message("assistant", "D")], [(0, True, "file"), (0, True, "D")]),
        # What the system says is asked as well.
        (
            [Message("system", "Be brief"), asked("Into German:\n", "the file")],
            [(1, False, "Be brief"), (1, False, "Into German:"), (1, True, "the file")],
        ),
        # A word of the template, and characters that are several tokens.
        (
            [asked("user\n", "model 試験"), Message("assistant", "user"), Message("user", "model")],
            [(1, False, "user"), (1, True, "model 試験"), (1, True, "user"), (2, False, "model")],
        ),
    ],
)
def test_what_is_asked_and_what_is_text(
    tokenizer: Any, messages: list[Message], expected: list[tuple[int, bool, str]]
) -> None:
    # Which of two segments the white space between them is part of, the tokenizer decides.
    found = read(tokenizer, messages)
    assert [(*each[:2], each[2].strip()) for each in found] == [
        (*each[:2], each[2].strip()) for each in expected
    ]


SOURCE = "Open the file.\nIt is: 'new' is:"


@pytest.mark.parametrize("number", range(1, 7))
def test_templates_are_asked_as_they_are_learned(tokenizer: Any, number: int) -> None:
    pair = Pair(SOURCE, "Datei öffnen", "en", "de", "p", "x:y:1")
    builder, task = parts.load("builder", "translate"), parts.load("task", "translation")
    resources = Resources(Memory([pair]), ("source",))
    options = parts.options("builder", "translate", {"template": number})
    [made] = builder.build([pair], resources, options, random.Random(1))
    sample = Sample("p", SOURCE, pair.target, "en", "de", "x:y:1")
    options = parts.options("task", "translation", {"template": number})
    [request] = next(task.flow(sample, options, random.Random(1)))
    assert request == made.messages[0]
    learned, asked_for = (
        template.segments(tokenizer, messages) for messages in (made.messages, [request])
    )
    assert learned[:-1] == asked_for[:-1]
    ids = template.prompt(tokenizer, [request])
    said = {
        is_text: "".join(
            tokenizer.decode(ids[each.start : each.end])
            for each in asked_for[:-1]
            if (each.length > 0) == is_text
        )
        for is_text in (True, False)
    }
    assert said[True].strip() == SOURCE
    assert "German" in said[False]
    assert "Open" not in said[False]


def test_without_a_text_the_length_is_the_one_that_was_published(tokenizer: Any) -> None:
    found = template.segments(tokenizer, [Message("user", "Hi"), Message("assistant", "D")])
    assert [each.length for each in found] == [0, 64]


def test_a_template_that_changes_what_is_said(tiny_model: Path) -> None:
    tokenizer = load.load_tokenizer(str(tiny_model))
    tokenizer.chat_template = TRIMMED.replace("| trim", "| upper")
    with pytest.raises(UserError, match="template changes what users say"):
        template.segments(tokenizer, [Message("user", "Hi")])


def test_places_of_padded_rows() -> None:
    rows = [
        [Segment(0, 2, 1, 0), Segment(3, 5, 1, 2), Segment(6, 7, 1, 2)],
        [Segment(1, 2, 1, 0), Segment(2, 3, 1, 64)],
    ]
    found = segments.places(rows, [0, 4], 7, "cpu")
    assert found.dtype == torch.long
    assert found[0].tolist() == [
        [1, 0, 0], [1, 0, 0], [0, 0, 0], [1, 0, 2], [1, 1, 2], [0, 0, 0], [1, 0, 2],
    ]  # fmt: skip
    assert found[1].tolist() == [[0, 0, 0]] * 5 + [[1, 0, 0], [1, 0, 64]]
