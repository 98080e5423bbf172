"""An answer that lacks what was asked for gets it: where, how it goes on, which one is taken."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
import torch

from bayling import checks, parts, wishes
from bayling.backends import _placement, hf
from bayling.model import segments, template
from bayling.records import Check, Message, Span

ROOM = 12


def contain(phrase: str) -> Check:
    return Check("contain", {"phrase": phrase})


def avoid(phrase: str) -> Check:
    return Check("avoid", {"phrase": phrase})


def keep(item: str) -> Check:
    return Check("keep", {"items": (item,)})


def text(source: str, head: str = "Into German:\n") -> Message:
    return Message("user", head + source, spans=(Span(len(head), len(head + source), "source"),))


def talk(source: str, *turns: str) -> list[Message]:
    roles = ("assistant", "user") * len(turns)
    return [text(source), *(Message(role, said) for role, said in zip(roles, turns, strict=False))]


TALKS = [
    talk("Delete the file", "Die Datei weg", "use 'Akte' for 'file'"),
    talk("Delete", "Weg da", "no 'weg', please", "Ganz fort", "use 'Datei' instead of 'fort'"),
    talk("Hi %s", "Hallo", "You lost %s."),
    # Two words that lack, and one that is there twice.
    talk("the file", "Die", "use 'Akte' for 'file'", "Das", "use 'neu' instead of 'Das'"),
    talk("Delete the file", "Weg da, ganz weg", "no 'weg', please"),
]


@pytest.mark.parametrize(
    ("answer", "wanted", "expected"),
    [
        ("Das ist neu.", "Gerät", ["Gerät", "Das Gerät", "Das ist Gerät", "Das ist neu Gerät"]),
        ("", "Datei", ["Datei"]),
        # A capital where a sentence begins, if it has one, and within marks that open it.
        ("¿Qué?", "cosa", ["Cosa", "¿Cosa", "¿Qué cosa"]),
        ("datei", "weg", ["weg", "datei weg"]),
        (
            'Die "Datei" (neu)!',
            "Akte",
            [
                "Akte",
                "Die Akte",
                'Die "Akte',
                'Die "Datei Akte',
                'Die "Datei" Akte',
                'Die "Datei" (Akte',
                'Die "Datei" (neu Akte',
            ],
        ),
        # Never inside of words, placeholders and tags.
        ("E-Mail an %(name)s", "x", ["X", "E-Mail x", "E-Mail an x", "E-Mail an %(name)s x"]),
        ("<b class='x'>a</b>,", "y", ["y", "<b class='x'>a</b> y"]),
        # Where no spaces are written between any two characters, and none around the phrase.
        ("打开，文件。", "新", ["新", "打新", "打开新", "打开，新", "打开，文新", "打开，文件新"]),
        ("あの{0}", "単語", ["単語", "あ単語", "あの単語", "あの{0}単語"]),
        ("ที่นี่", "x", ["x", "ที่x", "ที่นี่x"]),
        # In the final part of a chain.
        ("[English]\nAway\n[Deutsch]\nweg", "da", ["da", "weg da"]),
        # A name is written as it is.
        ("Nimm", "iPhone", ["iPhone", "Nimm iPhone"]),
    ],
)
def test_where_a_phrase_can_stand(answer: str, wanted: str, expected: list[str]) -> None:
    part = answer.rfind("\n") + 1
    found = [place.begins for place in _placement.places(answer, contain(wanted))]
    assert [each[part:] for each in found] == expected
    assert all(each.startswith(answer[:part]) for each in found)


def test_where_an_item_can_stand() -> None:
    assert _placement.places("Weg damit", keep("x_1")) == [
        ("x_1", "x_1 damit"),
        ("Weg x_1", "Weg x_1"),
        ("Weg damit x_1", ""),
    ]


@pytest.mark.parametrize(
    ("answer", "wanted", "expected"),
    [
        # With the word's own capital where the sentence begins, and its marks kept.
        ("Weg, damit!", "fort", ["Fort, damit!", "Weg, fort!"]),
        (
            'Die "Datei" (neu).',
            "Akte",
            ['Akte "Datei" (neu).', 'Die "Akte" (neu).', 'Die "Datei" (Akte).'],
        ),
        # Not over a line's end, a number or markup.
        ("Zeile\nOrdner", "Akte", ["Akte\nOrdner", "Zeile\nAkte"]),
        ("12,5 % mehr", "Akte", ["12,5 % Akte"]),
        ("<b>Datei</b> da", "Akte", ["<b>Datei</b> Akte"]),
        # No space tells where a word of Chinese ends.
        ("打开 file", "新", ["打开新", "打开 新"]),
        ("[English]\nAway\n[Deutsch]\nweg da", "fort", ["fort da", "weg fort"]),
    ],
)
def test_a_phrase_can_take_the_place_of_the_next_word(
    answer: str, wanted: str, expected: list[str]
) -> None:
    part = answer.rfind("]\n") + 2 if answer.startswith("[") else 0
    found = [place.instead for place in _placement.places(answer, contain(wanted))]
    assert [each[part:] for each in found if each] == expected
    assert all(each.startswith(answer[:part]) for each in found if each)


@pytest.mark.parametrize(
    ("answer", "phrase", "behind"),
    [
        ("Der Weg ist weg.", "weg", "Der Weg ist "),
        ("Weg ist es.", "weg", ""),
        # A capital is the same word only where a sentence begins.
        ("Der Weg ist lang. Weg damit", "weg", "Der Weg ist lang. "),
        ("[English]\nweg\n[Deutsch]\nganz weg", "weg", "[English]\nweg\n[Deutsch]\nganz "),
    ],
)
def test_where_what_has_to_go_begins(answer: str, phrase: str, behind: str) -> None:
    assert _placement.until(answer, avoid(phrase)) == behind


def test_what_is_mended_and_what_comes_first() -> None:
    assert _placement.base(TALKS[0]) == "Die Datei weg"
    assert _placement.base([text("Hi"), Message("assistant", "cafe\u0301")]) == "caf\u00e9"
    wishes_ = [avoid("da"), keep("%s"), contain("Akte")]
    assert _placement.first_failing(wishes_, "%s da") == contain("Akte")
    assert _placement.first_failing(wishes_, "da") == keep("%s")
    assert _placement.first_failing(wishes_, "Akte %s da") == avoid("da")
    assert [_placement.lack(wishes_, each) for each in ("", "da, da", "Akte %s")] == [2, 4, 0]


@pytest.mark.parametrize(
    ("source", "wishes_", "before", "after", "expected"),
    [
        ("%s %s 5", [], ["%s %s"], "%s", True),
        ("%s 5", [], ["%s"], "weg %s", False),
        # What any of the answers before it had.
        ("%s", [], ["weg", "%s"], "da", True),
        # Another number is not this one, and nobody else's is missed.
        ("5 files", [], ["5 da"], "15 weg", True),
        ("files", [], ["5 da"], "weg", False),
        # It was to go.
        ("3.5 GB", [contain("3,5"), avoid("3.5")], ["3.5 GB"], "3,5 GB", False),
    ],
)
def test_what_an_answer_may_not_lose(
    source: str, wishes_: list[Check], before: list[str], after: str, expected: bool
) -> None:
    messages = [text("Another one"), *talk(source, "x", "y")]
    assert _placement.loses(messages, wishes_, before, after) is expected


@pytest.fixture
def backend(model: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> hf.Transformers:
    """A random model does not end."""
    monkeypatch.setattr(hf.Transformers, "_is_whole", lambda *_: True)
    return hf.connect(parts.options("backend", "hf", {**model, "max_new_tokens": ROOM}))


def chances(backend: hf.Transformers, messages: Sequence[Message], ids: list[int]) -> torch.Tensor:
    """Log-probabilities of the token after these of an answer, by one pass over the whole text."""
    tokens = [*template.prompt(backend._tokenizer, messages), *ids]
    if backend._listener is not None:
        where = hf._longer(template.segments(backend._tokenizer, messages), len(ids))
        backend._listener.tell(segments.places([where], [0], len(tokens) + 1, "cpu")[:, :-1])
    with torch.no_grad():
        logits = backend._model(torch.tensor([tokens]), use_cache=False).logits
    return logits[0, -1].log_softmax(-1)


def mending(
    backend: hf.Transformers,
    messages: Sequence[Message],
    answer: str,
    wish: Check,
    room: int | None = None,
) -> hf._Mending:
    prompt = backend._prompt(messages, "", room)
    return hf._Mending(messages, prompt, [wish], "", answer, "")


def likelihood(backend: hf.Transformers, messages: Sequence[Message], answer: str) -> float:
    ids = [*backend._begun(answer).ids, template.stop_token(backend._tokenizer)]
    return sum(
        float(chances(backend, messages, ids[:place])[token]) for place, token in enumerate(ids)
    )


def test_the_likeliest_places_are_tried(backend: hf.Transformers) -> None:
    messages, answer = TALKS[0], "Die Datei weg %s <b>fett</b> 'file'"
    wish = contain("Akte")
    trials, whole = backend._trials(mending(backend, messages, answer, wish))
    scores = {}
    ids = backend._begun(answer).ids
    for place in _placement.places(answer, wish):
        new = backend._begun(place.begins).ids
        shared = next(n for n, token in enumerate(new) if token != ids[n : n + 1][0])
        scores[place] = float(chances(backend, messages, new[:shared])[new[shared]])
    expected = sorted(scores, key=scores.__getitem__, reverse=True)[: _placement.TRIED]
    assert len(scores) > _placement.TRIED
    assert [trial.begun.text for trial in trials] == [place.begins for place in expected]
    assert whole == [place.instead for place in expected if place.instead]


def test_what_is_not_wanted_is_left_for_the_likeliest_tokens(backend: hf.Transformers) -> None:
    messages, answer = TALKS[0], "Die Datei wurde gelöscht."
    trials, whole_ones = backend._trials(mending(backend, messages, answer, avoid("wurde")))
    assert not whole_ones
    before, whole = backend._begun("Die Datei ").ids, backend._begun(answer).ids
    assert whole[: len(before)] == before
    found = chances(backend, messages, before)
    never = [*backend._ends_at, *backend._tokenizer.all_special_ids, whole[len(before)]]
    found[never] = -torch.inf
    tokens = found.topk(_placement.TRIED).indices.tolist()
    assert [list(trial.started) for trial in trials] == [[*before, token] for token in tokens]


def test_of_what_fails_least_the_likeliest_is_taken(backend: hf.Transformers) -> None:
    prompt, wanted = backend._prompt(TALKS[0], "", None), wishes.asked(TALKS[0])
    texts = ["Die Akte weg", "Die Akte wurde gelöscht.", "Akte %s", "weg", "Die Akte weg"]
    scores = {each: likelihood(backend, TALKS[0], each) for each in texts if "Akte" in each}
    assert backend._best(prompt, wanted, texts) == max(scores, key=scores.__getitem__)
    assert backend._best(prompt, wanted, ["weg", "Akte"]) == "Akte"
    assert backend._best(prompt, wanted, []) == ""


def test_wishes_are_fulfilled_each_alone_as_in_a_batch(
    backend: hf.Transformers, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers = backend.answer(TALKS)
    for messages, answer in zip(TALKS, answers, strict=True):
        assert wishes.asked(messages)
        assert not checks.failures(wishes.asked(messages), answer)
        assert backend.answer([messages]) == [answer]
    # What stands before the place is the last answer's, and not the plain answer's.
    monkeypatch.setattr(_placement, "TRIED", 1)
    [answer] = backend.answer(TALKS[:1])
    places = _placement.places("Die Datei weg", contain("Akte"))
    assert any(answer.startswith(place.begins) for place in places)


def test_what_somebody_has_begun_is_left_alone(backend: hf.Transformers) -> None:
    begun = ["Weg"] * len(TALKS)
    found = backend.answer(TALKS, beginnings=begun)
    backend._options = parts.options(
        "backend", "hf", {"model": backend.name, "max_new_tokens": ROOM, "guidance": 1}
    )
    assert backend.answer(TALKS, beginnings=begun) == found
    # And so is everything where the model is asked plainly.
    assert any(
        checks.failures(wishes.asked(messages), answer)
        for messages, answer in zip(TALKS, backend.answer(TALKS), strict=True)
    )


def test_the_last_answer_stands_where_it_fulfils_everything(
    backend: hf.Transformers, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As it may where a user says once more what was done already."""
    messages = talk("Delete the file", "Die Akte weg", "use 'Akte' for 'file'")
    assert backend.answer([messages]) == ["Die Akte weg"]
    # Not where there is none, which fails nothing.
    assert backend.answer([talk("Delete", "", "no 'weg', please")]) != [""]
    # Nor where a placeholder would be lost for it.
    monkeypatch.setattr(backend, "_generate", Scripted(backend, *["%s ist da"] * 3))
    assert backend.answer([talk("Delete %s", "Löschen", "no 'da', please")]) == ["%s ist da"]
    monkeypatch.undo()
    # Nothing that ends is no answer: where no word can be changed for another the plain one stays.
    monkeypatch.setattr(hf.Transformers, "_is_whole", lambda *_: False)
    assert backend.answer(TALKS[:1]) == ["Die Datei Akte"]
    monkeypatch.setattr(_placement, "_behind_next_word", lambda _: None)
    found = backend.answer(TALKS)
    backend._options = parts.options(
        "backend", "hf", {"model": backend.name, "max_new_tokens": ROOM, "guidance": 1}
    )
    assert found == backend.answer(TALKS)


class Scripted:
    """What is written in each round, for whichever trials there are."""

    def __init__(self, backend: hf.Transformers, *rounds: str) -> None:
        self.backend, self.rounds, self.calls = backend, list(rounds), 0

    def __call__(self, prompts: Sequence[Any], *_: Any) -> list[list[int]]:
        self.calls += 1
        said = self.rounds.pop(0)
        # Behind what is begun; from the start where it is none.
        return [self.backend._begun(said).ids for _ in prompts]


@pytest.mark.parametrize(
    ("messages", "plain", "rounds", "expected"),
    [
        # What loses a placeholder, is empty or no better is no answer.
        (talk("Delete %s", "Lösch %s", "no 'Lösch', please"), "Lösch %s", ["weg"], "Lösch %s"),
        (talk("Delete", "Weg", "no 'Weg', please"), "Weg", [" "], "Weg"),
        (talk("Delete", "Weg", "no 'Weg', please"), "Weg", ["Weg da"], "Weg"),
        # A word that is there twice goes in two rounds.
        (talk("x", "a da, da", "no 'da'!"), "a da, da", ["b da", "b"], "b"),
        # The plain answer does half of it; a round counts from the last answer.
        (
            [*talk("x", "a b", "no 'a'!"), Message("assistant", "a b"), Message("user", "no 'b'!")],
            "a",
            ["b", "c"],
            "c",
        ),
        # A number that was to go may go.
        (
            talk("3.5 GB free", "3.5 GB frei", "use '3,5' instead of '3.5'"),
            "3.5 GB frei",
            [" GB frei"],
            "3,5 GB frei",
        ),
        # What the plain answer has of the source, and the last one had not, is kept.
        (talk("Delete %s", "Weg da", "no 'da'!"), "%s da", ["Weg"], "%s da"),
    ],
)
def test_round_by_round(
    backend: hf.Transformers,
    monkeypatch: pytest.MonkeyPatch,
    messages: list[Message],
    plain: str,
    rounds: list[str],
    expected: str,
) -> None:
    scripted = Scripted(backend, plain, *rounds, plain)
    monkeypatch.setattr(backend, "_generate", scripted)
    assert backend.answer([messages]) == [expected]
    assert scripted.calls > len(rounds)


def test_guidance_takes_nothing_back(
    backend: hf.Transformers, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is to be kept may be there once and be lost once, so that it is given anew."""
    messages = talk("Delete %s", "%s weg", "You lost %s.")
    scripted = Scripted(backend, "weg", "fort")
    monkeypatch.setattr(backend, "_generate", scripted)
    assert backend.answer([messages]) == ["%s weg"]
    assert scripted.calls == 2


@pytest.mark.parametrize("room", [3, 40])
def test_room_is_kept(backend: hf.Transformers, room: int) -> None:
    """Beside what was placed."""
    values = {"model": backend.name, "max_new_tokens": 500}
    backend._options = parts.options("backend", "hf", values)
    trials, _ = backend._trials(mending(backend, TALKS[0], "Die Datei", contain("Akte"), room))
    assert {trial.limit for trial in trials} == {room}
    assert backend._prompt(TALKS[0], "", None).limit > room
