"""A person in the simulated user's place, at a scripted keyboard and at a real terminal."""

from __future__ import annotations

import os
import pty
import signal
import subprocess
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from bayling import jsonl, manifest, terminal
from bayling.config import Evaluate
from bayling.errors import UserError
from bayling.evaluate import run as stage
from bayling.evaluate import score
from bayling.evaluate.metrics import conversation
from bayling.records import Check, Message, Result, Sample, User

SAMPLES = [
    Sample(
        str(number),
        f"The user {name} has %s file.",
        f"Der Benutzer {name} hat %s Datei.",
        "en",
        "de",
        "shop:de.po:1",
        checks=(Check("keep", {"items": ["%s"]}),),
    )
    for number, name in enumerate(("Ada", "Bo", "Cy"))
]


class Translator:
    """Says the request again, behind the number of its turn."""

    name = "translator"

    def __init__(self) -> None:
        self.asked: list[int] = []

    def answer(
        self, conversations: Sequence[Sequence[Message]], on_answer: Any = None, room: Any = None
    ) -> list[str]:
        self.asked.append(len(conversations))
        last = [messages[-1].text.splitlines()[-1] for messages in conversations]
        return [f"{len(c) // 2 + 1}: {text}" for c, text in zip(conversations, last, strict=True)]


Type = Callable[..., str]


@pytest.fixture
def typing(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Type:
    """Hold the conversations with what is typed, None being Ctrl-D; what stood on the screen."""
    monkeypatch.setattr(terminal, "is_interactive", lambda: True)

    def hold(folder: Path, *lines: str | None, **settings: Any) -> str:
        left = list(lines)
        prompts: list[str] = []

        def read(prompt: str) -> str | None:
            terminal.say(prompt)
            prompts.append(prompt)
            line = left.pop(0)
            if line == "^C":
                raise KeyboardInterrupt
            return line

        monkeypatch.setattr(terminal, "read", read)
        capsys.readouterr()
        try:
            _run(folder, **settings)
        finally:
            assert left == []
        return capsys.readouterr().err

    return hold


def _run(folder: Path, samples: int = 3, requests: int = 2) -> None:
    folder.mkdir(exist_ok=True)
    jsonl.write(folder / "samples.jsonl", (sample.to_json() for sample in SAMPLES))
    settings = Evaluate(
        tasks=[{"interactive": {"user": "person", "requests": requests, "ask_in": ["en"]}}],
        samples=samples,
    )
    translator: Any = Translator()
    out = folder / "evaluate" / "system"
    stage.run(settings, folder / "samples.jsonl", {}, lambda: translator, 1, out)


def _results(folder: Path) -> list[Result]:
    return score.results(folder / "evaluate" / "system" / "interactive.jsonl")


def test_one_conversation_after_the_other(typing: Type, tmp_path: Path) -> None:
    screen = typing(tmp_path, "Use Datei", "", " ", "In German", "Not so", "no")
    said = [[message.text for message in result.messages[1:]] for result in _results(tmp_path)]
    assert said == [
        ["1: The user Ada has %s file.", "Use Datei", "2: Use Datei"],
        ["1: The user Bo has %s file."],
        ["1: The user Cy has %s file.", "In German", "2: In German", "Not so", "3: Not so"],
    ]
    ended = [result.user for result in _results(tmp_path)]
    assert ended == [User("person", "en", each) for each in (True, True, False)]
    # Each text comes once, with its reference; then the newest answer alone.
    assert screen.count("Text 1 of 3, English to German") == 1
    assert screen.count("source       The user Ada has %s file.") == 1
    assert screen.count("reference    Der Benutzer Ada hat %s Datei.") == 1
    assert screen.count("translation  1: The user Ada has %s file.") == 1
    # What was typed stands there already.
    assert "request      " not in screen
    assert screen.count("✗ '%s' stands 0 times instead of 1") == 3
    assert screen.count("request (Enter if satisfied; 2 requests left): ") == 3
    assert screen.count("request (Enter if satisfied; 1 request left): ") == 2
    assert screen.count("the last answer; Enter if satisfied, else a word on what is wrong: ") == 1
    found = conversation.score(_results(tmp_path), conversation.Options())
    scores = {each.name: each for each in found}
    assert scores["satisfied_users"].value == pytest.approx(200 / 3)
    assert "unread" not in scores
    assert "|user:person|" in scores["satisfied_users"].signature
    seconds = manifest.require(tmp_path / "evaluate" / "system", "evaluate")["counts"][
        "seconds_per_answer_by_turn"
    ]
    assert len(seconds["interactive"]) == 3


def test_who_cannot_be_understood_is_asked_again(typing: Type, tmp_path: Path) -> None:
    recital = SAMPLES[0].reference
    screen = typing(tmp_path, recital, "a\nb", "x" * 301, "Use Datei", "", samples=1)
    for fault in ("recites the reference", "has several lines", "has more than 300 characters"):
        assert f"That {fault}. Say in one short line what to change.\n" in screen
    assert _results(tmp_path)[0].messages[2].text == "Use Datei"


@pytest.mark.parametrize("key", ["^C", None])
def test_what_was_said_before_stopping_is_not_asked_again(
    typing: Type, tmp_path: Path, key: str | None, capsys: pytest.CaptureFixture[str]
) -> None:
    typing(tmp_path / "at-once", "Use Datei", "", "Shorter", "", "")
    with pytest.raises(KeyboardInterrupt):
        typing(tmp_path / "stopped", "Use Datei", "", "Shorter", key)
    assert (
        "What was said is kept; the same command goes on with this text." in capsys.readouterr().err
    )
    screen = typing(tmp_path / "stopped", "", "")
    # The conversation that was broken off is shown as a whole, the one before it not again.
    assert "Text 1 of 3" not in screen
    assert "Text 2 of 3" in screen
    assert "request      Shorter\n" in screen
    file = Path("evaluate", "system", "interactive.jsonl")
    once, again = ((tmp_path / each / file).read_bytes() for each in ("at-once", "stopped"))
    assert once == again


def test_what_was_said_outlives_the_evaluation(typing: Type, tmp_path: Path) -> None:
    typing(tmp_path, "Use Datei", "", "", samples=2)
    # More samples are another plan, and nobody has to say again what he said.
    screen = typing(tmp_path, "", samples=3)
    assert "Text 3 of 3" in screen
    assert "Text 1" not in screen
    assert len(_results(tmp_path)) == 3
    # What is whole needs nobody.
    assert "is whole and up to date" in typing(tmp_path)


def test_without_a_terminal_nothing_is_lost_or_asked(tmp_path: Path) -> None:
    with pytest.raises(UserError) as caught:
        _run(tmp_path)
    assert str(caught.value) == (
        "user: person: somebody types what a user says, and standard input is no terminal; run the "
        "command in a terminal, with nothing piped into it."
    )
    assert not (tmp_path / "evaluate").exists()
    with pytest.raises(UserError, match="standard input is no terminal"):
        stage.check(Evaluate(tasks=[{"interactive": {"user": "person"}}]))


def test_at_a_terminal(tmp_path: Path) -> None:
    """The command as a person sees it: one request, Ctrl-C, and the same command again."""
    jsonl.write(tmp_path / "samples.jsonl", (sample.to_json() for sample in SAMPLES[:1]))
    code, seen = _at_a_terminal(tmp_path, (b"4 requests left): ", b"Use Datei\n"))
    assert code == 130
    assert b"What was said is kept; the same command goes on with this text." in seen
    code, seen = _at_a_terminal(tmp_path, (b"3 requests left): ", b"\n"))
    assert code == 0
    assert b"Use Datei" in seen
    assert b'"satisfied_users"' in (tmp_path / "out").read_bytes()


def _at_a_terminal(folder: Path, *typed: tuple[bytes, bytes]) -> tuple[int, bytes]:
    """What is typed at each prompt, then Ctrl-C if the command is not at its end: its exit code,
    and what stood on the screen."""
    task = "{interactive: {user: person, ask_in: [en]}}"
    command = ("evaluate", "echo", "--samples", "samples.jsonl", "--task", task, "--json")
    leader, follower = pty.openpty()
    with open(folder / "out", "wb") as out:
        running = subprocess.Popen(
            [sys.executable, "-m", "bayling", *command],
            cwd=folder,
            stdin=follower,
            stdout=out,
            stderr=follower,
            env={**os.environ, "TERM": "xterm"},
            # Whoever starts the tests in the background may have them ignore it.
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
        )
    os.close(follower)
    seen = b""
    for prompt, text in typed:
        seen += _until(leader, prompt)
        os.write(leader, text)
    with suppress(OSError):  # The end of what a terminal says, once nobody is there any more.
        seen += _until(leader, b"3 requests left): ")
        running.send_signal(signal.SIGINT)
        seen += _until(leader, b"Stopped.")
    os.close(leader)
    return running.wait(20), seen


def _until(terminal: int, wanted: bytes) -> bytes:
    seen = b""
    while wanted not in seen:
        seen += os.read(terminal, 4096)
    return seen
