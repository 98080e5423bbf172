"""Words without a dictionary: what is one in scripts with and without spaces."""

from __future__ import annotations

import unicodedata

import pytest

from bayling import words


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", []),
        ("Don't open FILES, please!", ["don", "t", "open", "files", "please"]),
        ("Straße, groß", ["strasse", "gross"]),
        ("用 apt-get 安装2个", ["用", "apt", "get", "安", "装", "2", "个"]),
        ("ファイル。", ["フ", "ァ", "イ", "ル"]),
        ("मैं हिन्दी।", ["मैं", "हिन्दी"]),
        ("حُذف الملف", ["حُذف", "الملف"]),
        ("파일 열기", ["파일", "열기"]),
        ("４２", ["42"]),
    ],
)
def test_words(text: str, expected: list[str]) -> None:
    assert words.of(text) == expected
    assert words.of(unicodedata.normalize("NFD", text)) == expected


@pytest.mark.parametrize(
    ("before", "after", "joined"),
    [
        ("Datei", "en", True),
        ("Datei", " en", False),
        ("Datei.", "en", False),
        ("a1", "2b", True),
        ("文件", "已", False),
        ("Git", "文", False),
        ("ไฟ", "ล์", False),
        ("हिन", "्दी", True),
        ("", "a", False),
        ("a", "", False),
    ],
)
def test_whether_a_word_goes_on(before: str, after: str, joined: bool) -> None:
    assert words.joined(before, after) == joined
