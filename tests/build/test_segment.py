"""Words, and which of them a phrase may begin or end with.

Some tests read real text beside the repository (../shared/data) and are skipped without it. What
the segmenters say themselves is asked of them directly.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from bayling import markup
from bayling.build import segment
from bayling.build.segment import Word, words
from bayling.errors import MissingError, UserError

DATA = Path(__file__).parents[3] / "shared" / "data"
NEEDS_DATA = pytest.mark.skipif(not DATA.is_dir(), reason=f"needs real text in {DATA}")


def marked(text: str, language: str) -> str:
    """The words, `<` before those that begin no phrase and `>` behind those that end none."""
    return " ".join(
        ("" if word.begins else "<") + word.text + ("" if word.ends else ">")
        for word in words(text, language)
    )


def texts(language: str) -> list[str]:
    ntrex = {"zh": "ref.zho-CN.txt", "ja": "ref.jpn.txt", "en": "src.eng.txt"}[language]
    lines = (DATA / "ntrex" / ntrex).read_text(encoding="utf-8").splitlines()
    if language == "zh":
        rows = (DATA / "tatoeba" / "eng-cmn.tsv").read_text(encoding="utf-8").splitlines()
        lines += [row.split("\t")[1] for row in rows[::20]]
        rows = (DATA / "debian-handbook" / "en-zh.tsv").read_text(encoding="utf-8").splitlines()
        lines += [row.split("\t")[3] for row in rows[1::5]]
    return lines


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("The 28-year-old file", "<The> <year-old file"),
        ("Die Ein- und Ausgabe", "<Die> <Ein> <und> Ausgabe"),
        ("<b>Open</b> %s settings.py", "Open settings> <py>"),
        ("You can’t delete it", "<You> <can’t> delete <it>"),
    ],
)
def test_words_between_spaces(text: str, expected: str) -> None:
    assert marked(text, "de" if text.startswith("Die") else "en") == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        # A particle, a pronoun, an auxiliary and a single character are nothing to ask for.
        ("我想今晚的晚餐可能是鱼", "<我> <想> 今晚 <的> 晚餐 <可能> <是> 鱼"),
        ("我会保存这个文件", "<我会> 保存 <这个> 文件"),
        # A single noun makes one word with its neighbour.
        ("威尔士党的成员", "威尔士> <党 <的> 成员"),
        # Numbers, single letters and signs tie; a Latin word does not.
        ("第2版本保存3个文件", "<第> <版本 保存 <个> 文件"),
        ("连接USB线和X射线，Y轴承", "连接 USB 线 <和> X射线 <Y> <轴承"),
        ("_文件-系统", "<文件> <系统"),
        # Several Latin words are a name.
        ("在 Falcot Corp 公司", "<在> Falcot> <Corp 公司"),
        ("<b>文件</b>%s个&nbsp;系统", "文件 <个> 系统"),
        # Traditional characters are cut as simplified ones.
        ("無法連線到資料庫伺服器", "<無法> 連線 <到> 資料庫 伺服器"),
        ("", ""),
        ("123，%s。", ""),
    ],
)
def test_chinese_words(text: str, expected: str) -> None:
    assert marked(text, "zh-CN") == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("ファイルを削除します。", "ファイル <を> 削除 <し> <ます>"),
        # A stem is a part of a word, a form that ends a sentence is a whole one.
        ("広がった新しい困惑が広がる", "<広がっ> <た> 新しい 困惑 <が> 広がる"),
        ("お名前とグループ名", "お> <名前 <と> グループ> <名"),
        ("夫が言う", "夫 <が> <言う>"),
        # What the dictionary lacks is one word where its script is one.
        ("ウィロウビーとカヴァノー", "ウィロウビー <と> カヴァノー"),
        ("・コヴァチッチ首相", "コヴァチッチ 首相"),
        ("2000万人のUSBケーブル", "<万人 <の> USB ケーブル"),
        ("田中さんの場所", "田中> <さん <の> 場所"),
    ],
)
def test_japanese_words(text: str, expected: str) -> None:
    assert marked(text, "ja") == expected


@NEEDS_DATA
@pytest.mark.parametrize("language", ["en", "zh", "ja"])
def test_words_are_slices_in_order(language: str) -> None:
    for text in texts(language):
        found = words(text, language)
        assert all(text[word.start : word.end] == word.text for word in found)
        assert all(a.end <= b.start for a, b in zip(found, found[1:], strict=False))


@NEEDS_DATA
@pytest.mark.parametrize("language", ["zh", "ja"])
def test_every_letter_of_the_script_is_in_a_word(language: str) -> None:
    for text in texts(language):
        covered = {i for word in words(text, language) for i in range(word.start, word.end)}
        plain = markup.strip(text)
        missing = [
            plain[i]
            for i in range(len(text))
            if i not in covered and "\u4e00" <= plain[i] <= "\u9fff"
        ]
        assert not missing, text


@NEEDS_DATA
def test_chinese_words_are_those_of_the_dictionary() -> None:
    import rjieba

    for text in texts("zh"):
        plain, at = markup.strip(text), 0
        own = {(word.start, word.end) for word in words(text, "zh") if not segment.is_foreign(word)}
        cut = set()
        for token in rjieba.cut(plain, hmm=False):
            cut.add((at, at + len(token)))
            at += len(token)
        # Simplification of a text that is simplified already changes a character here and there.
        assert own <= cut or len(own - cut) <= 4, text


@NEEDS_DATA
def test_japanese_phrases_begin_and_end_with_content_words() -> None:
    from sudachipy import Dictionary, SplitMode

    tokenizer = Dictionary(dict="core").tokenizer(mode=SplitMode.C)
    small = {"助詞", "助動詞", "接続詞", "代名詞", "連体詞", "補助記号", "感動詞"}
    for text in texts("ja"):
        kinds = {
            (token.begin(), token.end()): token.part_of_speech()[0]
            for token in tokenizer.tokenize(markup.strip(text))
        }
        for word in words(text, "ja"):
            if not segment.is_foreign(word):
                kind = kinds[word.start, word.end]
                assert not (kind in small and (word.begins or word.ends)), (word, text)
                assert not (kind == "接尾辞" and word.begins), (word, text)


def test_traditional_text_is_cut_as_its_simplified_form() -> None:
    pairs = [("維基百科是自由的百科全書", "维基百科是自由的百科全书"), ("請選擇檔案", "请选择档案")]
    for traditional, simplified in pairs:
        assert [len(word.text) for word in words(traditional, "zh-TW")] == [
            len(word.text) for word in words(simplified, "zh-CN")
        ]


@pytest.mark.parametrize(("language", "text"), [("ja", "ファイル"), ("zh", "文件")])
def test_a_text_may_be_long(language: str, text: str) -> None:
    found = words(f"{text}、" * 6000, language)
    assert len(found) >= 6000
    last = found[-1]
    assert last == Word(text, 5999 * (len(text) + 1), 6000 * (len(text) + 1) - 1, True, True)


@pytest.mark.parametrize("language", ["th", "lo", "km", "my"])
def test_a_language_without_spaces_and_segmenter(language: str) -> None:
    assert not segment.is_known(language)
    with pytest.raises(UserError, match="cannot be aligned, because it is written without spaces"):
        words("เปิดไฟล์นี้", language)


@pytest.fixture
def bare(monkeypatch: pytest.MonkeyPatch) -> Iterator[pytest.MonkeyPatch]:
    """Segmenters are made anew, before and after packages are hidden."""
    segment._segmenter.cache_clear()
    yield monkeypatch
    segment._segmenter.cache_clear()


@pytest.mark.parametrize(
    ("language", "package", "install"),
    [
        ("zh-CN", "rjieba", "pip install rjieba opencc"),
        ("zh-CN", "opencc", "pip install rjieba opencc"),
        ("ja", "sudachipy", "pip install sudachipy sudachidict-core"),
        ("ja", "sudachidict_core", "pip install sudachipy sudachidict-core"),
    ],
)
def test_a_missing_package_is_named(
    bare: pytest.MonkeyPatch, language: str, package: str, install: str
) -> None:
    bare.setitem(sys.modules, package, None)
    assert segment.is_known(language)
    with pytest.raises(MissingError) as caught:
        words("文件", language)
    assert f"'{package}', which is not installed" in str(caught.value)
    assert str(caught.value).endswith(f"Install it with: {install}")
