"""A teacher may word a request anew, never change what is wished."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from bayling import config, jsonl, wording
from bayling.build import run as stage
from bayling.build import teacher
from bayling.config import Build, Teacher
from bayling.errors import UserError
from bayling.records import Message, Pair, read_dialogues

CATALOGUE = Path(__file__).parent / "catalogue.tsv"


@pytest.mark.parametrize(
    ("new", "same"),
    [
        ("Would you write 'Datei' where the text has 'file'? Use 'Datei'.", True),
        ('Please translate "file" as "Datei" here.', True),
        ("use 'Datei' for 'file'", False),  # nothing new
        ("USE 'DATEI' FOR 'FILE'", False),
        ("use 'Akte' for 'file'", False),
        ("use 'Datei' and 'Akte' for 'file'", False),
        ("Don't use 'Datei' for 'file'", False),
        ("Make it nicer.", False),
        ("Sure! Here it is:\nuse 'Datei' for 'file', please", False),
        ("use 'Datei' for 'file' " + "please " * 30, False),
        ("", False),
    ],
)
def test_only_the_same_wish_in_other_words_is_taken(new: str, same: bool) -> None:
    assert teacher.is_same("use 'Datei' for 'file'", new) == same


class Polite:
    """Puts 'please' before what it is asked to reword, or asks for something else."""

    name = "polite"

    def __init__(self, wish: str = "") -> None:
        self.wish = wish
        self.asked: list[str] = []

    def answer(
        self,
        conversations: Sequence[Sequence[Message]],
        on_answer: Callable[[int], None] | None = None,
        room: int | None = None,
        beginnings: Sequence[str] | None = None,
    ) -> list[str]:
        self.asked += [messages[-1].text for messages in conversations]
        return [self.wish or f"Oh, please: {text.splitlines()[-1]}" for text in self.asked]


def _built(folder: Path, backend: Polite) -> list[str]:
    lines = CATALOGUE.read_text(encoding="utf-8").splitlines()
    rows = [
        Pair(source, target, "en", "de", f"p{n}", f"x:y:{n}").to_json()
        for n, (_, source, target, *_) in enumerate(line.split("\t") for line in lines)
    ]
    folder.mkdir(exist_ok=True)
    jsonl.write(folder / "pairs.jsonl", rows)
    mix = {"translate": 1, "revise": {"share": 1, "untranslated": 1, "most": 1}}
    settings = Build(mix=mix, dialogues=20, test=2, teacher=Teacher(model="x", share=1))
    counts = stage.run(
        settings, folder / "pairs.jsonl", 1, folder / "build", teacher=lambda: backend
    )
    assert counts["teacher"]["asked"] == len(backend.asked) > 3
    dialogues = list(read_dialogues(folder / "build" / "train.jsonl"))
    for dialogue in dialogues:
        # The opening is never reworded: the source stands in it.
        assert not dialogue.messages[0].text.startswith("Oh, please")
    return [each.messages[2].text for each in dialogues if each.kind == "revise"]


def test_a_build_with_a_teacher(tmp_path: Path) -> None:
    said = _built(tmp_path / "a", Polite())
    assert any(request.startswith("Oh, please: ") for request in said)
    assert all(wording.recognise(request) for request in said)
    # What changes the wish is not taken, and nothing is lost.
    plain = _built(tmp_path / "b", Polite("use 'Unfug' for 'file'"))
    assert len(plain) == len(said)
    assert not any("Unfug" in request for request in plain)


def test_a_teacher_needs_a_model() -> None:
    with pytest.raises(UserError, match=r"'build.teacher.share': .* less than or equal to 1"):
        config.validate(
            {
                "name": "x",
                "source_lang": "en",
                "target_lang": "de",
                "corpus": {"inputs": [{"tsv": {"path": "a.tsv"}}]},
                "model": {"name": "echo"},
                "build": {"teacher": {"model": "echo", "share": 2}},
            },
            "here",
        )


def test_nobody_is_asked_for_nothing(tmp_path: Path) -> None:
    path = tmp_path / "d.jsonl"
    jsonl.write(path, [{"messages": [{"role": "user", "content": "Hi"}]}])
    counts = teacher.run(Teacher(model="x"), path, lambda: pytest.fail("asked"), random.Random(1))
    assert counts == {"asked": 0, "taken": 0}
