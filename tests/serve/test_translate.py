"""Lines in, lines out: as many, in order, whatever is in them."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from hypothesis import example, given, settings
from hypothesis import strategies as st

from bayling import parts
from bayling.backends import Backend
from bayling.records import Message
from bayling.serve import translate

TEXTS = st.lists(st.text(st.characters(exclude_characters="\n", exclude_categories=["Cs"])))


class Fake:
    """Answers every text with several lines, and remembers what it was asked."""

    name = "fake"

    def __init__(self) -> None:
        self.asked: list[str] = []

    def answer(
        self,
        conversations: Sequence[Sequence[Message]],
        on_answer: Callable[[int], None] | None = None,
        room: int | None = None,
        beginnings: Sequence[str] | None = None,
    ) -> list[str]:
        for (message,) in conversations:
            (span,) = message.spans
            assert (span.end, span.role) == (len(message.text), "source")
        self.asked += [messages[0].text for messages in conversations]
        if on_answer:
            on_answer(len(conversations))
        return [f"  {place} a\n\nb\u2028 c\r\n" for place in range(len(conversations))]


def _echo() -> Backend:
    backend: Backend = parts.load("backend", "echo").connect(parts.options("backend", "echo"))
    return backend


@settings(deadline=None)
@given(TEXTS)
@example(["a\u2028b", "", " ", "a\x0cb\x1dc\x85d", "\r"])
def test_an_echo_translates_into_the_same_text(texts: list[str]) -> None:
    translated = translate.lines(_echo(), texts, "en", "de")
    # Line ends of every kind become spaces; a no-break space is the translator's and stays.
    assert translated == [
        " ".join(line.strip() for line in text.splitlines() if line.strip()) for text in texts
    ]


def test_one_line_for_each_line() -> None:
    backend = Fake()
    counts: list[int] = []
    translated = translate.lines(backend, ["eins", "", "zwei", "  "], "de", "en", counts.append)
    assert translated == ["0 a b c", "", "1 a b c", ""]
    assert len(backend.asked) == 2
    assert counts == [2]


def test_every_line_is_asked_for_in_the_same_words() -> None:
    backend = Fake()
    translate.lines(backend, ["eins", "zwei"], "de", "en")
    first, second = backend.asked
    assert first.replace("eins", "zwei") == second
    assert "English" in first


def test_nothing_is_asked_where_nothing_is_said() -> None:
    backend = Fake()
    assert translate.lines(backend, ["", "\t"], "de", "en") == ["", ""]
    assert translate.lines(backend, [], "de", "en") == []
    assert backend.asked == []


def test_of_a_chain_the_final_part_is_the_translation() -> None:
    class Chains(Fake):
        def answer(self, conversations: Sequence[Sequence[Message]], *_: object) -> list[str]:
            return ["[English]\nOpen\nit.\n[Deutsch]\nÖffnen\nSie es."]

    assert translate.lines(Chains(), ["Ouvrez"], "fr", "de") == ["Öffnen Sie es."]
