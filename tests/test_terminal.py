"""What is said goes to standard error as it is, whatever is in it."""

from __future__ import annotations

import pytest

from bayling import terminal

ODD = "runs/[bold]x[/] :smile: [/y] " + "long " * 40 + "end"


def _said(capsys: pytest.CaptureFixture[str]) -> str:
    said = capsys.readouterr()
    assert said.out == ""
    return said.err


def test_a_line_is_not_broken_and_no_markup_is_read(capsys: pytest.CaptureFixture[str]) -> None:
    terminal.say(ODD)
    assert _said(capsys) == ODD + "\n"


def test_a_heading_with_markup_in_it(capsys: pytest.CaptureFixture[str]) -> None:
    terminal.heading("Train: models/[red]x[/] :smile:")
    assert _said(capsys).startswith("Train: models/[red]x[/] :smile: ─")


def test_a_bar_counts(capsys: pytest.CaptureFixture[str]) -> None:
    with terminal.bar("Asking [x] [/y]", 3) as bar:
        bar.advance()
        bar.advance(2, "[/z] done")
    said = _said(capsys)
    assert "Asking [x] [/y]" in said
    assert "3/3" in said
    assert "[/z] done" in said


def test_a_bar_of_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    with terminal.bar("Asking", 0):
        pass
    assert "0/0" in _said(capsys)


def test_a_bar_that_does_not_last_leaves_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    with terminal.bar("Asking", 1, lasting=False) as bar:
        bar.advance()
    assert "Asking" not in _said(capsys)
