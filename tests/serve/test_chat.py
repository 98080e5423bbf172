"""The terminal conversation, driven through standard input with a scripted model."""

from __future__ import annotations

import io
import json
import os
import pty
import readline
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from bayling.errors import InputError, UserError
from bayling.records import Message
from bayling.serve import chat


class Script:
    """A backend that gives the answers it was made with, or raises them."""

    name = "script"

    def __init__(self, *answers: str | BaseException) -> None:
        self.answers = list(answers)
        self.asked: list[list[Message]] = []

    def answer(
        self,
        conversations: Sequence[Sequence[Message]],
        on_answer: Callable[[int], None] | None = None,
        room: int | None = None,
        beginnings: Sequence[str] | None = None,
    ) -> list[str]:
        self.asked += [list(messages) for messages in conversations]
        reply = self.answers.pop(0)
        if isinstance(reply, BaseException):
            raise reply
        return [reply]


Talk = Callable[..., tuple[str, str]]


@pytest.fixture
def talk(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> Talk:
    """Pipe lines into a conversation from English to German; what it printed, out and err."""

    def piped(backend: Script, *lines: str) -> tuple[str, str]:
        monkeypatch.setattr(sys, "stdin", io.StringIO("".join(line + "\n" for line in lines)))
        chat.run(backend, "en", "de", tmp_path)
        printed = capsys.readouterr()
        return printed.out, printed.err

    return piped


def test_translations_alone_go_to_standard_output(talk: Talk) -> None:
    backend = Script("Öffnen Sie das Dokument.", "Öffnen Sie die Datei.")
    out, err = talk(backend, "Open the file.", "", "Please use 'Datei'.")
    assert out == "Öffnen Sie das Dokument.\nÖffnen Sie die Datei.\n"
    assert err.splitlines()[0].startswith("English (en) to German (de), answered by script.")
    assert "/reset for the next text" in err.splitlines()[2]
    assert all(len(line) <= 80 for line in err.splitlines()[:3])
    assert "✓ is in German   ✓ is not a copy" in err
    assert "\x1b" not in out + err
    first, second = backend.asked
    assert "Open the file." in first[-1].text
    assert [message.text for message in second[1:]] == [
        "Öffnen Sie das Dokument.",
        "Please use 'Datei'.",
    ]


def test_the_languages_change_and_a_new_conversation_begins(talk: Talk) -> None:
    backend = Script("Salut", "Hallo", "Hello")
    lines = ["/to fra", "Hi", "/from fr", "/to de", "Allô", "/from de", "/to en", "Hallo"]
    out, err = talk(backend, *lines)
    assert "English (en) to French (fr). The next line is a source text." in err
    assert "French (fr) to English (en)." in err  # /from with the target's language swaps the two
    assert "French (fr) to German (de)." in err
    assert "German (de) to French (fr)." in err
    assert "German (de) to English (en)." in err
    assert all(len(asked) == 1 for asked in backend.asked)
    assert out == "Salut\nHallo\nHello\n"


def test_a_wrong_language_is_one_message_and_nothing_changes(talk: Talk) -> None:
    backend = Script("Hallo Welt", "Hallo, Welt")
    _, err = talk(backend, "Hello world", "/to germanish", "/from", "A comma, please")
    assert "'germanish' is not a language code; expected BCP 47" in err
    assert "/from expects a language code, such as /from de." in err
    assert len(backend.asked[1]) == 3


def test_undo_and_reset(talk: Talk) -> None:
    backend = Script("eins", "zwei", "drei", "vier")
    lines = ["one", "change it", "/undo", "again", "/undo", "/undo", "/undo", "two"]
    _, err = talk(backend, *lines, "/reset")
    assert "Took back: change it\nThe translation is again: eins" in err
    assert [message.text for message in backend.asked[2]][1:] == ["eins", "again"]
    assert "Took back: one\nThe next line is a source text." in err
    assert "There is nothing to take back yet." in err
    assert len(backend.asked[3]) == 1
    assert err.splitlines()[-2:] == ["The next line is a source text.", "Good-bye."]


def test_save_says_where_and_adds(talk: Talk, tmp_path: Path) -> None:
    backend = Script("Hello there", "Hallo")
    lines = ["/save", "Hello there", "/save", "In German", "/save", "/save my file.jsonl"]
    _, err = talk(backend, *lines)
    assert "There is no translation to save yet." in err
    assert f"Added to {tmp_path / 'chat.jsonl'}, to be learned from the last answer." in err
    assert "left out:\n✗ is English instead of German   ✗ repeats the source" in err
    saved = (tmp_path / "chat.jsonl").read_text(encoding="utf-8")
    assert [json.loads(line)["learn"] for line in saved.splitlines()] == [[1], [3]]
    assert (tmp_path / "my file.jsonl").exists()


def test_an_unknown_command_names_the_nearest(talk: Talk) -> None:
    backend = Script("ok")
    _, err = talk(backend, "/udno", "/undo that", "/quit it", "/etc/hosts is missing")
    assert "There is no command '/udno'. Did you mean '/undo'?" in err
    assert "entered with /paste" in err
    assert "/undo stands alone; found 'that' behind it." in err
    assert "/quit stands alone" in err
    assert backend.asked[0][0].text.count("/etc/hosts is missing") == 1


def test_help_names_every_command(talk: Talk) -> None:
    _, err = talk(Script(), "/HELP")
    for name, (argument, meaning) in chat.COMMANDS.items():
        assert f"{name} {argument}".rstrip() in err
        assert meaning in err


def test_paste_takes_several_lines(talk: Talk) -> None:
    backend = Script("Eins\nZwei")
    out, _ = talk(backend, "/paste", "One", "/two", ".", "/Quit", "not read")
    assert "One\n/two" in backend.asked[0][0].text
    assert out == "Eins\nZwei\n"
    assert len(backend.asked) == 1


def test_paste_ends_with_the_input_and_may_be_empty(talk: Talk) -> None:
    backend = Script("Eins")
    talk(backend, "/paste", ".", "/paste", "One")
    assert "One" in backend.asked[0][0].text


def test_an_empty_answer_is_said_so(talk: Talk) -> None:
    out, err = talk(Script(""), "Hello")
    assert out == "\n"
    assert "The answer is empty; /undo takes it back." in err
    assert "✓" not in err


def test_an_answer_that_is_no_other_is_said_so(talk: Talk) -> None:
    _, err = talk(Script("Eins", "Eins", "Zwei"), "One", "friendlier, please", "no, friendlier!")
    assert err.count("The answer is the same as before.") == 1


def test_an_answer_that_is_the_request_is_said_so(talk: Talk) -> None:
    said = "The answer is the request itself; /undo takes it back."
    _, err = talk(Script("Eins", "anrede bitte mit Sie"), "One", "Anrede bitte mit Sie!")
    assert err.count(said) == 1
    _, err = talk(Script("One", "Zwei"), "One", "Anrede bitte mit Sie!")
    assert said not in err


def test_what_no_program_can_check_is_said_so(talk: Talk) -> None:
    said = "What this asks for is not understood well enough to be checked (/help says"
    _, err = talk(Script("Eins"), "make it short")
    assert said not in err  # a source text
    _, err = talk(Script("Eins", "Zwei", "Drei"), "One", "use 'Zwei'", "take that back")
    assert err.count(said) == 1
    assert err.index("contains 'Zwei'") < err.index(said)


def test_an_error_or_ctrl_c_leaves_the_conversation_whole(talk: Talk) -> None:
    backend = Script("eins", UserError("The server is away."), KeyboardInterrupt(), "zwei")
    out, err = talk(backend, "one", "change it", "change it", "change it")
    assert "The server is away." in err
    assert "Cancelled; the conversation is as it was before." in err
    assert out == "eins\nzwei\n"
    assert [len(asked) for asked in backend.asked] == [1, 3, 3, 3]


def test_ctrl_c_at_the_prompt_ends_in_peace(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupted(prompt: str = "") -> str:
        raise KeyboardInterrupt

    monkeypatch.setattr("builtins.input", interrupted)
    chat.run(Script(), "en", "de")
    assert capsys.readouterr().err.endswith("Good-bye.\n")


def test_input_that_is_not_utf8_is_one_message(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"caf\xe9\n"), "utf-8"))
    with pytest.raises(InputError, match="standard input: byte 3 is not UTF-8"):
        chat.run(Script(), "en", "de")


DRIVER = """
from pathlib import Path
from bayling.backends import echo
from bayling.serve import chat
chat.run(echo.connect(echo.Options()), "en", "de", Path())
"""

# What a terminal sends for pasted lines, and for typed ones where Python was built with libedit,
# which does not know bracketed paste.
LIBEDIT = "libedit" in (readline.__doc__ or "")
PASTED = b"Hello\r" if LIBEDIT else b"\x1b[200~Good morning\nHello\x1b[201~\r"


@pytest.mark.parametrize("redirected", [False, True])
def test_on_a_terminal_it_prompts_and_pasted_lines_are_one_text(
    redirected: bool, tmp_path: Path
) -> None:
    leader, follower = pty.openpty()
    out = tmp_path / "out"
    with open(out, "wb") as file:
        running = subprocess.Popen(
            [sys.executable, "-c", DRIVER],
            stdin=follower,
            stdout=file if redirected else follower,
            stderr=follower,
            env={**os.environ, "TERM": "xterm"},
        )
        os.close(follower)
        seen = _until(leader, b"text: ")
        os.write(leader, b"Hello\n" if redirected else PASTED)
        seen += _until(leader, b"request: ")
        os.write(leader, b"\x04")
        seen += _until(leader, b"Good-bye.")
    os.close(leader)
    assert running.wait(10) == 0
    assert (b"\x1b[?2004h" in seen) == (not redirected and not LIBEDIT)  # asks for marked pastes
    assert seen.count(b"is English instead of German") == 1
    assert out.read_bytes() == (b"Hello\n" if redirected else b"")


def _until(terminal: int, wanted: bytes) -> bytes:
    seen = b""
    while wanted not in seen:
        seen += os.read(terminal, 4096)
    return seen


def test_a_chain_is_shown_beside_its_final_part(talk: Talk, tmp_path: Path) -> None:
    reply = "[English]\nOpen the file.\n[Deutsch]\nÖffnen Sie die Datei."
    backend = Script(reply, "Öffnen Sie das Dokument.")
    out, err = talk(backend, "Ouvrez le fichier.", "/save", "Please use 'Dokument'.", "/undo")
    assert out == "Öffnen Sie die Datei.\nÖffnen Sie das Dokument.\n"
    assert "\n[English] Open the file.\n" in err
    assert "✓ is in German" in err
    assert "The translation is again: Öffnen Sie die Datei." in err
    # The model is told what it said, and learns the whole again.
    assert backend.asked[1][1].text == reply
    [line] = (tmp_path / "chat.jsonl").read_text(encoding="utf-8").splitlines()
    assert json.loads(line)["messages"][1]["content"] == reply
