"""Dialogues of several kinds and lengths, with all that any method learns from."""

from __future__ import annotations

import pytest

from bayling.records import Dialogue, Message, Span


def _contrast(number: int, source: str, target: str) -> Dialogue:
    wrong = [
        {"request": f"{name}:\n{source}", "source_lang": "en", "target_lang": code}
        for name, code in (("auf Französisch", "fr"), ("auf Spanisch", "es"), ("to German", "de"))
    ]
    messages = (
        Message("user", f"auf Deutsch:\n{source}", spans=(Span(13, 13 + len(source), "source"),)),
        Message("assistant", target, learn=True),
    )
    return Dialogue(messages, "contrast", "en", "de", f"c{number}", meta={"wrong": wrong})


@pytest.fixture
def dialogues() -> list[Dialogue]:
    """A revision, whose first request has a source's span and whose last answer is not learned, and
    translations of several lengths that are to be unlikely under wrong requests."""
    source = "Delete the file"
    revision = (
        Message("user", f"Translate into German:\n{source}", spans=(Span(23, 38, "source"),)),
        Message("assistant", "Die Akte löschen"),
        Message("user", "use 'Datei' for 'file'"),
        Message("assistant", "Die Datei löschen", learn=True, spans=(Span(4, 9, "changed"),)),
        Message("user", "and in short?"),
        Message("assistant", "Datei weg"),
    )
    return [
        Dialogue(revision, "revise", "en", "de", "r1"),
        _contrast(1, "Hello", "Hallo"),
        _contrast(
            2,
            "The file %s was deleted, and the other one was kept",
            "Die Datei %s wurde gelöscht, die andere behalten",
        ),
        _contrast(3, "Open the file", "Die Datei öffnen"),
    ]
