"""An answer that lacks what was asked for gets it: where, how it goes on, which one is taken."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
import torch

from bayling import checks, parts, wishes
from bayling.backends import _placement, hf
from bayling.model import segments, template, tuned
from bayling.records import Check, Message, Span

ROOM = 12


def text(source: str, head: str = "Into German:\n") -> Message:
    return Message("user", head + source, spans=(Span(len(head), len(head + source), "source"),))


def talk(source: str, *turns: str) -> list[Message]:
    roles = ("assistant", "user") * len(turns)
    return [text(source), *(Message(role, said) for role, said in zip(roles, turns, strict=False))]


TALKS = [
    talk("Delete the file", "Die Datei weg", "use 'Akte' for 'file'"),
    talk("Delete", "Weg da", "no 'weg', please", "Ganz fort", "use 'Datei' instead of 'fort'"),
    talk("Hi %s", "Hallo", "You lost %s."),
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
        # Where no spaces are written between any two characters, and none before the phrase.
        ("打开文件。", "新", ["新", "打新", "打开新", "打开文新", "打开文件新"]),
        ("あの{0}", "単語", ["単語", "あ単語", "あの単語", "あの{0} 単語"]),
        # In the final part of a chain.
        ("[English]\nAway\n[Deutsch]\nweg", "da", ["da", "weg da"]),
    ],
)
def test_where_a_phrase_can_stand(answer: str, wanted: str, expected: list[str]) -> None:
    part = answer.rfind("\n") + 1
    assert [each[part:] for each in _placement.beginnings(answer, wanted)] == expected
    assert all(each.startswith(answer[:part]) for each in _placement.beginnings(answer, wanted))


@pytest.mark.parametrize(
    ("answer", "phrase", "behind"),
    [
        ("Der Weg ist weg.", "weg", "Der Weg ist "),
        ("Weg ist es.", "weg", ""),
        ("[English]\nweg\n[Deutsch]\nganz weg", "weg", "[English]\nweg\n[Deutsch]\nganz "),
        # It is broken off where it is not found in its Unicode form.
        ("cafe\u0301", "e", ""),
    ],
)
def test_where_what_has_to_go_begins(answer: str, phrase: str, behind: str) -> None:
    assert answer[: _placement.unwanted(answer, phrase)] == behind


def test_what_is_mended_and_what_comes_first() -> None:
    assert _placement.base(TALKS[0], "new") == "Die Datei weg"
    assert _placement.base([text("Hi")], "new") == "new"
    assert _placement.base([text("Hi"), Message("user", "use 'x'")], "new") == "new"
    avoid, keep = Check("avoid", {"phrase": "a"}), Check("keep", {"items": ("%s", "%d")})
    assert _placement.first_failing([(avoid, "")]) == avoid
    assert _placement.first_failing([(avoid, ""), (keep, "")]) == keep
    assert _placement.phrase(keep, "%s") == "%d"
    # Both are there, one of them once too seldom.
    assert _placement.phrase(keep, "%d %s") == "%s"
    assert _placement.phrase(Check("contain", {"phrase": "a"}), "a") == "a"


@pytest.fixture(params=["none", "segment"])
def backend(
    tiny_model: Path,
    tmp_path: Path,
    request: pytest.FixtureRequest,
    monkeypatch: pytest.MonkeyPatch,
) -> hf.Transformers:
    """A model alone, and one whose adapter looks where tokens stand. A random one does not end."""
    values: dict[str, Any] = {"model": str(tiny_model), "max_new_tokens": ROOM}
    if request.param == "segment":
        torch.manual_seed(1)
        spec = {"segment": {"rank": 4, "alpha": 2.0}}
        network, _ = tuned.attach(str(tiny_model), spec)
        with torch.no_grad():
            for name, parameter in network.named_parameters():
                if parameter.requires_grad:
                    parameter.normal_(std=0.1 if "lora" in name else 0.3)
        tuned.save(network, spec, tmp_path)
        values["adapter"] = tmp_path
    monkeypatch.setattr(hf.Transformers, "_is_whole", lambda *_: True)
    return hf.connect(parts.options("backend", "hf", values))


def chances(backend: hf.Transformers, messages: Sequence[Message], ids: list[int]) -> torch.Tensor:
    """Log-probabilities of the token after these of an answer, by one pass over the whole text."""
    tokens = [*template.prompt(backend._tokenizer, messages), *ids]
    if backend._listener is not None:
        where = hf._longer(template.segments(backend._tokenizer, messages), len(ids))
        backend._listener.tell(segments.places([where], [0], len(tokens) + 1, "cpu")[:, :-1])
    with torch.no_grad():
        logits = backend._model(torch.tensor([tokens]), use_cache=False).logits
    return logits[0, -1].log_softmax(-1)


def likelihood(backend: hf.Transformers, messages: Sequence[Message], answer: str) -> float:
    ids = [*backend._begun(answer).ids, template.stop_token(backend._tokenizer)]
    return sum(
        float(chances(backend, messages, ids[:place])[token]) for place, token in enumerate(ids)
    )


def test_the_likeliest_places_are_tried(backend: hf.Transformers) -> None:
    messages, answer = TALKS[0], "Die Datei weg %s <b>fett</b> 'file'"
    wish = Check("contain", {"phrase": "Akte"})
    trials = backend._trials(messages, backend._prompt(messages, "", None), answer, wish)
    scores = {}
    ids = backend._begun(answer).ids
    for begun in _placement.beginnings(answer, "Akte"):
        new = backend._begun(begun).ids
        shared = next(n for n, token in enumerate(new) if token != ids[n : n + 1][0])
        scores[begun] = float(chances(backend, messages, new[:shared])[new[shared]])
    expected = sorted(scores, key=scores.__getitem__, reverse=True)[: _placement.TRIED]
    assert len(scores) > _placement.TRIED
    assert [trial.begun.text for trial in trials] == expected


def test_what_is_not_wanted_is_left_for_the_likeliest_tokens(backend: hf.Transformers) -> None:
    messages, answer = TALKS[0], "Die Datei wurde gelöscht."
    wish = Check("avoid", {"phrase": "wurde"})
    trials = backend._trials(messages, backend._prompt(messages, "", None), answer, wish)
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
    assert backend._best(prompt, wanted, []) is None


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
    assert any(answer.startswith(each) for each in _placement.beginnings("Die Datei weg", "Akte"))


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
    # Nothing that ends is no answer: the plain one stays.
    monkeypatch.setattr(hf.Transformers, "_is_whole", lambda *_: False)
    found = backend.answer(TALKS)
    backend._options = parts.options(
        "backend", "hf", {"model": backend.name, "max_new_tokens": ROOM, "guidance": 1}
    )
    assert found == backend.answer(TALKS)
