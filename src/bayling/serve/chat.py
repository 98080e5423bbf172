"""`bayling chat`: the conversation in a terminal, or line by line through a pipe.

Translations go to standard output and everything else to standard error, so that
`bayling chat MODEL < script > translations` is useful.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from pathlib import Path

from bayling import chain, checks, languages, terminal
from bayling.backends import Backend
from bayling.errors import UserError, nearest
from bayling.serve.conversation import Conversation, Finding

FILE_NAME = "chat.jsonl"

# Command: what follows it, what it does.
COMMANDS: dict[str, tuple[str, str]] = {
    "/from": ("LANG", "the language to translate from; starts a new conversation"),
    "/to": ("LANG", "the language to translate into; starts a new conversation"),
    "/paste": ("", "take several lines as one text, up to a line that holds only a full stop"),
    "/undo": ("", "take back the last request and its answer"),
    "/reset": ("", "begin anew: the next line is a source text"),
    "/save": ("[FILE]", f"add the conversation to a file of dialogues ({FILE_NAME})"),
    "/help": ("", "show this list"),
    "/quit": ("", "end; Ctrl-D does the same, Ctrl-C cancels an answer under way"),
}


def run(
    backend: Backend, source_lang: str, target_lang: str, save_folder: Path | None = None
) -> None:
    """Hold a conversation until the user ends it; `/save` writes to `save_folder` (or here).

    Raises `UserError` for languages that cannot be translated between and `InputError` for input
    that is not text; what goes wrong during a turn is shown and the conversation goes on.
    """
    session = _Session(backend, Conversation(source_lang, target_lang), save_folder or Path())
    session.introduce()
    terminal.edit_lines()
    try:
        while (line := terminal.read(session.prompt())) is not None and not _quits(line):
            session.take(line)
    except KeyboardInterrupt:
        pass
    _note("\nGood-bye." if terminal.is_interactive() else "Good-bye.")


class _Session:
    def __init__(self, backend: Backend, conversation: Conversation, save_folder: Path) -> None:
        self.backend = backend
        self.conversation = conversation
        self.save_folder = save_folder
        self.commands: dict[str, Callable[[str], None]] = {
            "/from": self._from,
            "/to": self._to,
            "/paste": lambda _: self._paste(),
            "/undo": lambda _: self._undo(),
            "/reset": lambda _: self._reset(),
            "/save": self._save,
            "/help": lambda _: self._help(),
        }

    def introduce(self) -> None:
        # Lines that fit 80 columns, since a terminal breaks longer ones within words.
        _note(f"{self._direction()}, answered by {self.backend.name}.")
        _note("Type or paste a source text; it is translated. Then say in plain words what to")
        _note("change, as often as you like. /reset for the next text, /help for more.")

    def prompt(self) -> str:
        return "request: " if self.conversation.messages else "text: "

    def take(self, line: str) -> None:
        """Do what a line says; a mistake of the user is shown, and nothing has happened then."""
        # `/etc/hosts` is a text; of a text of several lines the first is not a command either.
        command = re.fullmatch(r"(/[A-Za-z]+)(?:[ \t]+(.*))?", line.strip())
        try:
            if command:
                self._obey(command[1].lower(), (command[2] or "").strip())
            elif line.strip():
                self._turn(line.strip())
        except UserError as error:
            _note(str(error), "yellow")

    def _obey(self, name: str, argument: str) -> None:
        if name not in COMMANDS:
            raise UserError(
                f"There is no command '{name}'.{nearest(name, COMMANDS)} "
                "A text that begins with a slash is entered with /paste."
            )
        expected, _ = COMMANDS[name]
        if argument and not expected:
            raise UserError(f"{name} stands alone; found '{argument}' behind it.")
        if not argument and expected == "LANG":
            raise UserError(f"{name} expects a language code, such as {name} de.")
        self.commands[name](argument)

    def _turn(self, text: str) -> None:
        question = self.conversation.ask(text)
        try:
            with terminal.console().status("Translating … (Ctrl-C cancels)"):
                [reply] = self.backend.answer([(*self.conversation.messages, question)])
        except KeyboardInterrupt:
            _note("Cancelled; the conversation is as it was before.")
            return
        before = self.conversation.translation if self.conversation.messages else None
        self.conversation.answer(question, reply)
        # How a chain comes to its answer is shown beside it, and not where a pipe would read it.
        for label, part in chain.parts(reply)[:-1]:
            _note(f"{label} {part}")
        sys.stdout.write(self.conversation.translation + "\n")
        sys.stdout.flush()
        if not self.conversation.translation.strip():
            _note("The answer is empty; /undo takes it back.", "yellow")
            return
        if before is not None and checks.is_copy(text, self.conversation.translation):
            _note("The answer is the request itself; /undo takes it back.", "yellow")
        if self.conversation.translation == before:
            _note("The answer is the same as before.")
        if not self.conversation.is_checked():
            _note("What this asks for is not understood well enough to be checked (/help says")
            _note("what is); /undo takes the answer back.")
        _show(self.conversation.findings())

    def _from(self, language: str) -> None:
        self._translate(languages.code(language), self.conversation.target_lang)

    def _to(self, language: str) -> None:
        self._translate(self.conversation.source_lang, languages.code(language))

    def _translate(self, source_lang: str, target_lang: str) -> None:
        now = self.conversation
        if source_lang == target_lang:  # of en→de, `/from de` and `/to en` make de→en
            source_lang, target_lang = now.target_lang, now.source_lang
        self.conversation = Conversation(source_lang, target_lang)
        _note(f"{self._direction()}. The next line is a source text.")

    def _paste(self) -> None:
        _note("Paste the text, then a line that holds only a full stop.")
        lines = []
        while (line := terminal.read("")) is not None and line.strip() != ".":
            lines.append(line)
        if text := "\n".join(lines).strip():
            self._turn(text)

    def _undo(self) -> None:
        _note(f"Took back: {self.conversation.undo()}")
        if self.conversation.messages:
            _note(f"The translation is again: {self.conversation.translation}")
        else:
            _note("The next line is a source text.")

    def _reset(self) -> None:
        self.conversation.reset()
        _note("The next line is a source text.")

    def _save(self, name: str) -> None:
        path = self.save_folder / Path(name or FILE_NAME).expanduser()
        broken = self.conversation.save(path)
        _note(f"Added to {path.resolve()}, to be learned from the last answer.")
        if broken:
            _note("Checks that the answer does not pass were left out:")
            _show(broken)

    def _help(self) -> None:
        for name, (argument, meaning) in COMMANDS.items():
            _note(f"  {f'{name} {argument}':14}{meaning}")
        _note("Any other line is a source text at first, then a request about its translation.")
        _note("Understood and checked: use 'A' for 'B'; 'A' instead of 'B'; don't use 'A'; keep %s")
        _note("and the like, in ten languages, best with quotation marks around the words.")

    def _direction(self) -> str:
        now = self.conversation
        ends = (f"{languages.name(code)} ({code})" for code in (now.source_lang, now.target_lang))
        return " to ".join(ends)


def _quits(line: str) -> bool:
    return line.strip().lower() == "/quit"


def _note(text: str, style: str = "dim") -> None:
    terminal.console().print(text, style=style, markup=False, soft_wrap=True)


def _show(findings: list[Finding]) -> None:
    """The outcomes in one line, what holds dim and what does not in yellow."""
    from rich.text import Text

    if not findings:
        return
    marks = [
        Text(f"{'✓' if each.ok else '✗'} {each.text}", style="dim" if each.ok else "yellow")
        for each in findings
    ]
    terminal.console().print(Text("   ").join(marks), soft_wrap=True)
