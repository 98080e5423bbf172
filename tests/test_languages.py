"""Codes against BCP 47 and CLDR, identification against real text in eleven languages."""

from __future__ import annotations

from pathlib import Path

import pytest

from bayling import languages
from bayling.errors import UserError
from bayling.texts import Texts

DATA = Path(__file__).parents[2] / "shared" / "data"
IN_PLAY = ("en", "de", "fr", "es", "zh", "ja", "ru", "ar")
NTREX = {
    "en": "src.eng",
    "de": "ref.deu",
    "fr": "ref.fra",
    "es": "ref.spa",
    "zh": "ref.zho-CN",
    "ja": "ref.jpn",
    "ru": "ref.rus",
    "ar": "ref.arb",
}


@pytest.mark.parametrize(
    ("spelling", "code"),
    [
        ("de", "de"),
        ("deu", "de"),
        ("eng", "en"),
        ("zho-CN", "zh-CN"),
        ("zho_CN", "zh-CN"),
        ("zh_Hans", "zh-Hans"),
        ("zh-hans-cn", "zh-Hans-CN"),
        ("cmn", "zh"),
        ("es-419", "es-419"),
        ("EN_us", "en-US"),
        (" pt-br ", "pt-BR"),
        ("arb", "ar"),
        ("iw", "he"),
        ("sh", "sr-Latn"),
        ("ca-VALENCIA", "ca-valencia"),
        ("no", "no"),
        ("tlh", "tlh"),
    ],
)
def test_code(spelling: str, code: str) -> None:
    assert languages.code(spelling) == code
    assert languages.code(code) == code


@pytest.mark.parametrize(
    ("spelling", "hint"),
    [
        ("xx", ""),
        ("", ""),
        ("klingonisch", ""),
        ("jp", " Did you mean 'ja' (Japanese)?"),
        ("cz", " Did you mean 'cs' (Czech)?"),
        ("German", " Did you mean 'de' (German)?"),
        ("Germn", " Did you mean 'de' (German)?"),
    ],
)
def test_an_unknown_language_is_named(spelling: str, hint: str) -> None:
    with pytest.raises(UserError) as caught:
        languages.code(spelling)
    assert str(caught.value) == (
        f"'{spelling}' is not a language code; expected BCP 47, such as en, de or zh-CN.{hint}"
    )


@pytest.mark.parametrize(
    ("spelling", "subtag"),
    [("en-banana", "banana"), ("en_US.UTF-8", "US.UTF"), ("de-ZQ", "ZQ"), ("de-", "")],
)
def test_an_unknown_region_is_named(spelling: str, subtag: str) -> None:
    with pytest.raises(UserError) as caught:
        languages.code(spelling)
    assert str(caught.value) == (
        f"'{subtag}' in the language code '{spelling}' is no script, region or variant; "
        "expected BCP 47, such as en, de-AT or zh-Hans."
    )


@pytest.mark.parametrize(
    ("code", "reader", "name"),
    [
        ("de", "en", "German"),
        ("en", "de", "Englisch"),
        ("zh", "de-AT", "Chinesisch"),
        ("pt-BR", "en", "Portuguese (Brazil)"),
        ("zh-Hans", "de", "Chinesisch (Vereinfacht)"),
        ("tlh", "de", "Klingonisch"),
        ("tlh-US", "en", "Klingon"),
        ("de", "tlh", "German"),
    ],
)
def test_name(code: str, reader: str, name: str) -> None:
    assert languages.name(code, reader) == name


def test_every_language_has_a_name() -> None:
    from babel import Locale

    for code in Locale.parse("en").languages:
        assert languages.name(code, "de")


def test_base_and_spaces() -> None:
    assert languages.base("zh-Hans-CN") == "zh"
    assert languages.is_spaced("de-AT")
    assert not languages.is_spaced("zh-CN")


@pytest.mark.parametrize(
    ("text", "candidates", "found"),
    [
        ("", ("en", "de"), "und"),
        ("100 % × 3.5 ÷ 2 → %(name)s <b> &nbsp; https://example.org", ("en", "de"), "und"),
        ("、・。", ("ja", "zh"), "und"),
        # Scripts that no candidate uses.
        ("Файл не найден", ("en", "de"), "ru"),
        ("文件不存在", ("en", "de"), "zh"),
        ("파일을 찾을 수 없습니다", ("en", "de"), "ko"),
        ("கோப்பு கிடைக்கவில்லை", ("en", "de"), "ta"),
        ("Ֆայլը չի գտնվել", ("en", "de"), "hy"),
        ("File not found", ("ru", "zh"), "en"),
        # One candidate left in the script.
        ("Файл не знайдено", ("en", "uk"), "uk"),
        ("日本語", ("en", "ja"), "ja"),
        # Latin names do not make a Chinese sentence English.
        ("该公司正在统计 CBS、ABC、NBC、CNN、Fox 新闻频道的平均收视率", ("en", "zh"), "zh"),
        ("このファイルは存在しません", ("zh", "ja"), "ja"),
        # A code with a region comes back as it was given.
        ("Die Datei konnte nicht geöffnet werden.", ("en-GB", "de-AT"), "de-AT"),
        ("Das Verzeichnis ist leer und wird gelöscht.", ("en", "de"), "de"),
    ],
)
def test_identify(text: str, candidates: tuple[str, ...], found: str) -> None:
    assert languages.identify(text, candidates) == found


def test_languages_that_cannot_be_told_apart() -> None:
    with pytest.raises(UserError, match="py3langid cannot tell these languages apart: .*tlh"):
        languages.identify("nuqneH", ("en", "tlh"))


def full_lines(path: Path, language: str) -> list[str]:
    """Lines of at least 4 words, of 10 characters where words are not divided."""
    spaced = languages.is_spaced(language)
    lines = path.read_text(encoding="utf-8").splitlines()
    return [line for line in lines if (len(line.split()) >= 4 if spaced else len(line) >= 10)]


@pytest.mark.skipif(not DATA.is_dir(), reason=f"the shared test data is not at {DATA}")
@pytest.mark.parametrize("language", IN_PLAY)
@pytest.mark.parametrize("corpus", ["udhr", "ntrex"])
def test_full_lines_are_identified(corpus: str, language: str) -> None:
    """Measured: every full line of both corpora, 8 languages in play (design §10)."""
    name = f"{NTREX[language]}.txt" if corpus == "ntrex" else f"{language}.txt"
    lines = full_lines(DATA / corpus / name, language)
    assert len(lines) > 50
    wrong = [line for line in lines if languages.identify(line, IN_PLAY) != language]
    assert len(wrong) <= 0.01 * len(lines), wrong


@pytest.mark.skipif(not DATA.is_dir(), reason=f"the shared test data is not at {DATA}")
@pytest.mark.parametrize("language", ["en", "de", "fr", "es"])
def test_four_words_are_mostly_identified(language: str) -> None:
    """Measured: 96.0 % (French) to 98.7 % (German) of the first four words of a line."""
    lines = full_lines(DATA / "ntrex" / f"{NTREX[language]}.txt", language)
    starts = [" ".join(line.split()[:4]) for line in lines]
    right = sum(languages.identify(start, IN_PLAY) == language for start in starts)
    assert right >= 0.95 * len(starts), right / len(starts)


def test_a_direction_is_two_codes() -> None:
    direction = languages.Direction.parse("eng > zh_CN")
    assert direction == ("en", "zh-CN")
    assert str(direction) == "en>zh-CN"
    assert str(direction.reverse) == "zh-CN>en"
    for wrong in ("en", "en>", "en>de>fr", "en-de"):
        with pytest.raises(UserError, match="is not a direction; expected two language codes"):
            languages.Direction.parse(wrong)


def test_a_direction_belongs_to_the_nearest_one() -> None:
    among = [languages.Direction.parse(each) for each in ("en>zh-CN", "en>zh-TW", "de>en")]
    for text, expected in (("en>zh-TW", 1), ("en-GB>zh-HK", 0), ("de-AT>en", 2)):
        assert languages.Direction.parse(text).within(among) == among[expected]
    assert languages.Direction("en", "de").within(among) is None


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        ("de", ("latin",)),
        ("zh", ("han",)),
        ("zh-Hant-TW", ("han",)),
        ("ja", ("kana", "han")),
        ("ko", ("hangul", "han")),
        ("hi", ("devanagari",)),
        ("sr", ("cyrillic", "latin")),
        ("sr-Latn", ("latin",)),
        ("uz", ("latin", "cyrillic")),
        ("kk", ("cyrillic", "latin")),
        ("bo", ()),
    ],
)
def test_the_scripts_of_a_language(language: str, expected: tuple[str, ...]) -> None:
    assert languages.scripts(language) == expected


@pytest.mark.parametrize(
    ("spelling", "code"),
    [
        ("EN_us", "en-US"),
        ("deu", "de"),
        ("zho-CN", "zh-CN"),
        ("zh-chs", "zh-Hans"),
        ("de-DE_tradnl", "de-DE"),
        ("sr-Latn-CS", "sr-Latn"),
        ("en-x-private", "en"),
        (" fr ", "fr"),
        ("any", None),
        ("*all*", None),
        ("x-none", None),
        ("English", None),
        ("qqq-DE", None),
        ("", None),
        ("en" * 18, None),
    ],
)
def test_a_language_as_files_spell_it(spelling: str, code: str | None) -> None:
    assert languages.spelt(spelling) == code


@pytest.mark.parametrize(
    ("text", "script", "share"),
    [
        ("", "latin", 1),
        ("5 % …", "han", 1),
        ("abcд", "latin", 3 / 4),
        ("日本 apt", "han", 2 / 5),
        ("हिन्दी", "devanagari", 1),
        ("हिन्दी x", "devanagari", 3 / 4),
        ("https://example.org/ да", "cyrillic", 1),
    ],
)
def test_the_share_of_a_script(text: str, script: str, share: float) -> None:
    assert languages.shares_in(Texts([text]).letters, (script,)) == pytest.approx(share)


@pytest.mark.parametrize(
    ("found", "asked", "distance"),
    [
        ("de", "de", 0),
        ("de-DE", "de", 1),
        ("de", "de-AT", 2),
        ("de-AT", "de", 3),
        ("no-NO", "nb", 1),
        ("nb", "no", 1),
        ("nn", "nb", None),
        ("zh-TW", "zh", None),
    ],
)
def test_which_language_serves_for_another(found: str, asked: str, distance: int | None) -> None:
    assert languages.distance(found, asked) == distance
