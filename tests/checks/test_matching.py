"""Where a phrase stands in a text."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bayling.checks._matching import has_form, normal, occurrences


@pytest.mark.parametrize(
    ("phrase", "text", "times"),
    [
        ("Datei", "Die Datei, eine Datei.", 2),
        ("Datei", "Dateiname", 0),
        ("Datei", "Systemdatei", 0),
        # A hyphen ends a word; a digit and an underscore go on with it.
        ("Datei", "Datei-Manager", 1),
        ("Datei", "Datei_1 Datei2 2Datei", 0),
        ("Datei", "„Datei“ (Datei) Datei/Datei", 4),
        ("Datei-Manager", "Der Datei-Manager.", 1),
        ("Datei-Manager", "Der Datei-Managerin.", 0),
        ("C++", "In C++ und C++17", 2),
        (".NET", "Mit .NET und ASP.NET", 2),
        ("können", "Sie können es.", 1),
        ("Größe", "Größenänderung", 0),
        ("harte Platte", "die harte\n  Platte", 1),
        ("harte  Platte", "harte\u00a0Platte", 1),
        ("harte Platte", "hartePlatte", 0),
        # Chinese, Japanese and Thai do not divide words.
        ("文件", "打开文件夹", 1),
        ("文件", "文件文件", 2),
        ("ファイル", "新しいファイルを開く", 1),
        ("ไฟล์", "เปิดไฟล์นี้", 1),
        # A Latin word ends where Chinese begins.
        ("Linux", "安装Linux系统", 1),
        ("Linux", "安装Linux2系统", 0),
        ("時々", "時々USBを使う", 1),
        ("ｻｰﾊﾞ", "WebｻｰﾊﾞA", 1),
        ("USB线", "用USB线连接", 1),
        ("餐可能", "我想今晚的晚餐可能是鱼", 1),
        # A vowel sign or an accent belongs to its letter.
        ("कि", "किताब", 0),
        ("किताब", "यह किताब है", 1),
        ("क", "कि", 0),
        # The next place may overlap one that is not whole.
        ("a a", "xa a a", 1),
        ("x.y", "xzy", 0),
    ],
)
def test_whole_words(phrase: str, text: str, times: int) -> None:
    assert len(occurrences(phrase, text)) == times


@pytest.mark.parametrize(
    ("phrase", "text"), [("DATEI", "datei"), ("ÖFFNEN", "öffnen"), ("файл", "ФАЙЛ")]
)
def test_case(phrase: str, text: str) -> None:
    assert occurrences(phrase, text) == []
    assert len(occurrences(phrase, text, match_case=False)) == 1


def test_positions_are_those_of_the_composed_text() -> None:
    text = unicodedata.normalize("NFD", "Für Größe")
    [(start, end)] = occurrences("Größe", text)
    assert normal(text)[start:end] == "Größe"


@given(st.text(max_size=20), st.text(max_size=20), st.text(min_size=1, max_size=6))
@settings(max_examples=50, deadline=None)
def test_a_phrase_between_spaces_is_found(before: str, after: str, phrase: str) -> None:
    if not phrase.split() or unicodedata.category(phrase.strip()[0]).startswith("M"):
        return
    found = occurrences(phrase, f"{before} {phrase} {after}")
    assert found


@given(st.text("ab -", max_size=30), st.text("ab -", min_size=1, max_size=5))
@settings(max_examples=50, deadline=None)
def test_places_are_in_order_and_apart(text: str, phrase: str) -> None:
    if phrase.split():
        found = occurrences(phrase, text)
        assert all(left[1] <= right[0] for left, right in zip(found, found[1:], strict=False))


@pytest.mark.parametrize(
    ("phrase", "text", "there"),
    [
        ("Name der Datei", "Den Namen der Datei", True),
        ("neue ID", "mit der neuen ID", True),
        ("neu", "Neu starten", True),
        ("neu", "neue Datei", False),
        ("gültige", "Ein gültiges Bild", True),
        ("Datei", "Dateien", True),
        ("Datei", "Dateiname", False),
        ("neue ID", "die ID", False),
        # Chinese and Japanese have no endings to look past.
        ("删除文件", "请删除文件夹", True),
        ("删除文件", "请删除了文件", False),
        ("ファイル", "ファイラー", False),
        ("広がる", "広がった", False),
        ("usb 线", "用USB线连接", True),
        ("Debian系统", "一个 Debian 系统", True),
    ],
)
def test_forms_of_a_phrase(phrase: str, text: str, there: bool) -> None:
    """Whoever reads it in another form does not ask for it."""
    assert has_form(phrase, text) == there
