"""The catalogue reader, against polib as writer and the standard library's gettext as oracle."""

from __future__ import annotations

import gettext
import gzip
import lzma
import struct
import sys
from collections.abc import Callable
from pathlib import Path

import polib
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bayling import parts
from bayling.corpus.readers import Unread, _gettext, _places
from bayling.errors import InputError, UserError
from bayling.records import Pair

HEADER = 'msgid ""\nmsgstr "Content-Type: text/plain; charset={charset}\\n"\n{plural}\n'
ENGLISH = '"Plural-Forms: nplurals=2; plural=(n != 1);\\n"\n'
RUSSIAN = (
    '"Plural-Forms: nplurals=3; plural=(n%10==1 && n%100!=11 ? 0 : '
    'n%10>=2 && n%10<=4 && (n%100<10 || n%100>=20) ? 1 : 2);\\n"\n'
)
FILES = (
    'msgid "%d file"\nmsgid_plural "%d files"\n'
    'msgstr[0] "%d файл"\nmsgstr[1] "%d файла"\nmsgstr[2] "%d файлов"\n'
)


def po(path: Path, body: str, plural: str = ENGLISH, charset: str = "UTF-8") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(HEADER.format(charset=charset, plural=plural) + "\n" + body, encoding="utf-8")
    return path


def unit(source: str, target: str) -> str:
    return f'msgid "{source}"\nmsgstr "{target}"\n\n'


def units(
    path: Path | str, source_lang: str = "en", target_lang: str = "de"
) -> list[Pair | Unread]:
    options = parts.options("reader", "catalogue", {"path": str(path)})
    return list(parts.load("reader", "catalogue").read(options, source_lang, target_lang))


def read(path: Path | str, source_lang: str = "en", target_lang: str = "de") -> list[Pair]:
    return [each for each in units(path, source_lang, target_lang) if isinstance(each, Pair)]


def unread(
    path: Path | str, source_lang: str = "en", target_lang: str = "de"
) -> list[tuple[str, int | None, str]]:
    found = units(path, source_lang, target_lang)
    return [(each.path.name, each.line, each.reason) for each in found if isinstance(each, Unread)]


def texts(pairs: list[Pair]) -> list[tuple[str, str]]:
    return [(pair.source, pair.target) for pair in pairs]


def test_a_file_gives_what_is_translated_and_nothing_else(tmp_path: Path) -> None:
    body = (
        '# for the menu\n#. a noun\nmsgctxt "menu"\nmsgid "File"\nmsgstr "Datei"\n\n'
        '#, fuzzy\nmsgid "Fuzzy"\nmsgstr "Unscharf"\n\n'
        'msgid "Untranslated"\nmsgstr ""\n\n'
        'msgid "\\nOn two "\n"lines\\n"\nmsgstr "\\nAuf zwei Zeilen\\n"\n\n'
        '#~ msgid "Obsolete"\n#~ msgstr "Alt"\n'
    )
    pairs = read(po(tmp_path / "app.po", body))
    assert texts(pairs) == [("File", "Datei"), ("On two lines", "Auf zwei Zeilen")]
    assert unread(tmp_path / "app.po") == [
        ("app.po", 12, "the translation is fuzzy: nobody has checked it"),
        ("app.po", 16, "the entry is not translated"),
        ("app.po", 23, "the entry is obsolete"),
    ]
    assert pairs[0].meta == {"context": "menu", "note": "a noun\nfor the menu"}
    assert pairs[0].origin == "app:app.po:6"
    assert (tmp_path / "app.po").read_text(encoding="utf-8").split("\n")[5] == "# for the menu"


@pytest.mark.parametrize(
    ("plural", "forms", "expected"),
    [
        (ENGLISH, ["Tag", "Tage"], [("day", "Tag"), ("days", "Tage")]),
        ("", ["Tag", "Tage"], [("day", "Tag"), ("days", "Tage")]),
        (
            '"Plural-Forms: nplurals=INTEGER; plural=EXPRESSION;\\n"\n',
            ["Tag", "Tage"],
            [("day", "Tag"), ("days", "Tage")],
        ),
        ('"Plural-Forms: nplurals=1; plural=0;\\n"\n', ["天"], [("days", "天")]),
        (RUSSIAN, ["день", "дня", "дней"], [("day", "день"), ("days", "дней")]),
        (
            '"Plural-Forms: nplurals=6; plural=n==0 ? 0 : n==1 ? 1 : n==2 ? 2 : '
            'n%100>=3 && n%100<=10 ? 3 : n%100>=11 && n%100<=99 ? 4 : 5;\\n"\n',
            ["صفر", "يوم", "يومان", "أيام", "يوما", "يوم."],
            [("day", "يوم"), ("days", "أيام")],
        ),
    ],
)
def test_plurals_take_the_forms_for_one_and_for_many(
    tmp_path: Path, plural: str, forms: list[str], expected: list[tuple[str, str]]
) -> None:
    body = 'msgid "day"\nmsgid_plural "days"\n'
    body += "".join(f'msgstr[{number}] "{form}"\n' for number, form in enumerate(forms))
    assert texts(read(po(tmp_path / "app.po", body, plural))) == expected


word = st.text(st.characters(categories=["L", "N", "Po", "Sm"]), min_size=1)
entry = st.tuples(st.none() | word, word, st.none() | word, word, word)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=50)
@given(st.lists(entry, unique_by=lambda each: each[:2]))
def test_mo_agrees_with_the_standard_library(
    tmp_path: Path, entries: list[tuple[str | None, str, str | None, str, str]]
) -> None:
    book = polib.POFile()
    book.metadata = {
        "Content-Type": "text/plain; charset=UTF-8",
        "Plural-Forms": "nplurals=2; plural=(n != 1);",
    }
    for context, source, plural, one, many in entries:
        if plural is None:
            book.append(polib.POEntry(msgctxt=context, msgid=source, msgstr=one))
        else:
            forms = {0: one, 1: many}
            book.append(
                polib.POEntry(
                    msgctxt=context, msgid=source, msgid_plural=plural, msgstr_plural=forms
                )
            )
    path = tmp_path / "app.mo"
    book.save_as_mofile(str(path))
    found = _gettext.read(path).units
    assert len(found) == sum(1 if each[2] is None else 2 for each in entries)
    with open(path, "rb") as file:
        oracle = gettext.GNUTranslations(file)
    plurals = {(each[0], each[1]) for each in entries if each[2] is not None}
    for each in found:
        context, source, count = each.key
        if (context, source) not in plurals:
            known = oracle.pgettext(context, source) if context else oracle.gettext(source)
        elif context:
            known = oracle.npgettext(context, source, each.source, count)
        else:
            known = oracle.ngettext(source, each.source, count)
        assert each.target == known


def test_the_po_is_read_before_its_mo_unless_it_translates_nothing(tmp_path: Path) -> None:
    folder = tmp_path / "app" / "de" / "LC_MESSAGES"
    po(folder / "app.po", unit("Compiled", "Kompiliert"))
    polib.pofile(str(folder / "app.po")).save_as_mofile(str(folder / "app.mo"))
    po(folder / "app.po", unit("Source", "Quelle"))
    assert texts(read(tmp_path / "app")) == [("Source", "Quelle")]
    po(folder / "app.po", unit("Source", ""))
    pairs = read(tmp_path / "app")
    assert texts(pairs) == [("Compiled", "Kompiliert")]
    assert pairs[0].origin == "app:de/LC_MESSAGES/app.mo:1"


@pytest.mark.parametrize(
    ("there", "asked", "read_from"),
    [
        (["de", "de_AT", "de_DE"], "de", "de"),
        (["de_AT", "de_DE"], "de", "de_DE"),
        (["de_AT"], "de", "de_AT"),
        (["de", "de_DE"], "de-AT", "de"),
        (["pt", "pt_BR"], "pt-BR", "pt_BR"),
        (["zh_Hans", "zh_Hant"], "zh-CN", "zh_Hans"),
        (["zh_CN", "zh_TW"], "zh-Hant", "zh_TW"),
        (["sr", "sr@latin"], "sr-Latn", "sr@latin"),
    ],
)
def test_the_nearest_language_of_a_domain_is_read(
    tmp_path: Path, there: list[str], asked: str, read_from: str
) -> None:
    for name in [*there, "fr"]:
        po(tmp_path / name / "LC_MESSAGES" / "app.po", unit("Language", name))
    assert texts(read(tmp_path, "en", asked)) == [("Language", read_from)]


def test_another_script_does_not_serve(tmp_path: Path) -> None:
    po(tmp_path / "zh_TW" / "LC_MESSAGES" / "app.po", unit("File", "檔案"))
    with pytest.raises(InputError, match=r"no catalogue in Chinese.* \(zh-CN\); .*: zh-TW"):
        read(tmp_path, "en", "zh-CN")


def test_a_flat_folder_and_names_that_are_no_language(tmp_path: Path) -> None:
    po(tmp_path / "po" / "de.po", unit("File", "Datei"))
    po(tmp_path / "po" / "fr.po", unit("File", "Fichier"))
    po(tmp_path / "po" / "template.po", unit("File", "Nichts"))
    pairs = read(tmp_path)
    assert texts(pairs) == [("File", "Datei")]
    assert pairs[0].origin == f"{tmp_path.name}:po/de.po:6"


def test_into_english_the_sides_are_swapped(tmp_path: Path) -> None:
    path = po(tmp_path / "de.po", unit("File", "Datei"))
    expected = Pair("Datei", "File", "de", "en", "", "")
    for place in (path, tmp_path):
        (pair,) = read(place, "de", "en")
        assert (pair.source, pair.source_lang) == (expected.source, expected.source_lang)
        assert (pair.target, pair.target_lang) == (expected.target, expected.target_lang)


def test_two_other_languages_are_joined_on_the_msgid(tmp_path: Path) -> None:
    days = 'msgid "day"\nmsgid_plural "days"\nmsgstr[0] "{}"\nmsgstr[1] "{}"\n\n'
    po(tmp_path / "fr/LC_MESSAGES/a.po", unit("File", "Fichier") + days.format("jour", "jours"))
    po(tmp_path / "de/LC_MESSAGES/a.po", unit("Edit", "Ändern") + days.format("Tag", "Tage"))
    po(tmp_path / "de/LC_MESSAGES/b.po", unit("File", "Datei of another domain"))
    found = read(tmp_path, "fr", "de")
    assert texts(found) == [("jour", "Tag"), ("jours", "Tage")]
    # Both are translations of the same English.
    assert [pair.meta["english"] for pair in found] == ["day", "days"]
    assert all("english" not in pair.meta for pair in read(tmp_path, "en", "de"))
    assert unread(tmp_path, "fr", "de") == [
        ("a.po", 6, "the entry has no translation into fr"),
        ("a.po", 6, "the entry has no translation into de"),
        ("b.po", 6, "the entry has no translation into fr"),
    ]
    with pytest.raises(InputError, match="translates from English; for fr to de give the folder"):
        read(tmp_path / "de/LC_MESSAGES/a.po", "fr", "de")


def test_one_catalogue_is_not_joined_with_itself(tmp_path: Path) -> None:
    for domain in ("a", "b"):
        po(tmp_path / f"de/LC_MESSAGES/{domain}.po", unit("File", "Datei"))
    po(tmp_path / "de_AT/LC_MESSAGES/a.po", unit("File", "Akt"))
    assert texts(read(tmp_path, "de", "de-AT")) == [("Datei", "Akt")]
    reason = "is the nearest catalogue to de and to de-AT; there has to be one of each"
    assert unread(tmp_path, "de", "de-AT") == [("b.po", None, reason)]


def test_inputs_lists_what_read_may_open(tmp_path: Path) -> None:
    for name in ("de", "de_AT", "fr"):
        po(tmp_path / name / "LC_MESSAGES" / "app.po", unit("File", name))
    catalogue = parts.load("reader", "catalogue")
    options = catalogue.Options(str(tmp_path))

    def listed(source_lang: str, target_lang: str) -> list[str]:
        paths = catalogue.inputs(options, source_lang, target_lang)
        return [path.relative_to(tmp_path).parts[0] for path in paths]

    assert listed("en", "de") == ["de", "de_AT"]
    assert listed("de", "en") == ["de", "de_AT"]
    assert listed("fr", "de") == ["fr", "de", "de_AT"]


def test_a_package_is_found_without_being_imported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = tmp_path / "bayling_test_shop"
    po(package / "locale" / "de" / "LC_MESSAGES" / "shop.po", unit("Basket", "Warenkorb"))
    (package / "__init__.py").write_text("raise RuntimeError('imported')")
    monkeypatch.syspath_prepend(tmp_path)
    (pair,) = read("bayling_test_shop")
    assert pair.origin == "bayling_test_shop:locale/de/LC_MESSAGES/shop.po:6"
    assert "bayling_test_shop" not in sys.modules


@pytest.mark.parametrize("name", ["no_such_package", "__main__", "this"])
def test_a_name_that_is_nothing_says_how_to_install_it(name: str) -> None:
    with pytest.raises(UserError, match=f"{name}: is neither .* pip install --no-deps {name}"):
        read(name)


@pytest.mark.parametrize("name", ["no/such/folder", "gone.po", "a b"])
def test_a_path_that_is_nothing_is_no_package(name: str) -> None:
    with pytest.raises(UserError, match=f"{name}: there is no such file or folder"):
        read(name)


def test_a_missing_language_lists_those_there_are(tmp_path: Path) -> None:
    po(tmp_path / "fr" / "LC_MESSAGES" / "app.po", unit("File", "Fichier"))
    po(tmp_path / "pt_BR" / "LC_MESSAGES" / "app.po", unit("File", "Arquivo"))
    with pytest.raises(InputError, match=r"no catalogue in German \(de\); there are: fr, pt-BR"):
        read(tmp_path)


def test_a_folder_without_catalogues(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="holds no catalogues; expected LANGUAGE/LC_MESSAGES"):
        read(tmp_path)


def test_a_file_of_another_format(tmp_path: Path) -> None:
    path = tmp_path / "app.txt"
    path.write_text("x")
    with pytest.raises(InputError, match=r"app\.txt: is not a catalogue; expected a \.po or \.mo"):
        read(path)


@pytest.mark.parametrize("declared", ["UTF-8", "ISO-8859-1"])
def test_a_po_that_is_not_utf8_is_refused_whatever_it_declares(
    tmp_path: Path, declared: str
) -> None:
    path = po(tmp_path / "app.po", unit("Open", "Öffnen"), charset=declared)
    path.write_bytes(path.read_text(encoding="utf-8").encode("latin-1"))
    with pytest.raises(InputError, match=r"app\.po, line 7: is not UTF-8; convert .*msgconv"):
        read(path)


def test_a_catalogue_that_declares_another_charset_is_refused(tmp_path: Path) -> None:
    path = po(tmp_path / "app.po", unit("Open", "Auf"), charset="ISO-8859-1")
    with pytest.raises(InputError, match=r"declares the charset ISO-8859-1, not UTF-8; convert"):
        read(path)
    assert read(po(tmp_path / "app.po", unit("Open", "Auf"), charset="CHARSET"))


def test_a_po_with_a_byte_order_mark_and_crlf(tmp_path: Path) -> None:
    path = po(tmp_path / "app.po", unit("One\u2028line", "Eine\u2028Zeile"))
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes().replace(b"\n", b"\r\n"))
    assert texts(read(path)) == [("One\u2028line", "Eine\u2028Zeile")]


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ('msgid "One"\nmsgstr "Say "hi""\n', "line 7: is not valid PO .unescaped double quote"),
        ("<html>\n", "line 6: is not valid PO; check it with: msgfmt"),
    ],
)
def test_a_po_with_a_syntax_error_names_the_line(tmp_path: Path, body: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        read(po(tmp_path / "app.po", body))


def test_one_that_is_broken_among_many_is_told_and_the_rest_is_read(tmp_path: Path) -> None:
    po(tmp_path / "de/LC_MESSAGES/a.po", 'msgid "One"\nmsgstr "Say "hi""\n')
    po(tmp_path / "de/LC_MESSAGES/b.po", unit("File", "Datei"))
    po(tmp_path / "fr/LC_MESSAGES/b.po", unit("File", "Fichier"))
    reason = "is not valid PO (unescaped double quote found); check it with: msgfmt --check"
    assert texts(read(tmp_path)) == [("File", "Datei")]
    assert unread(tmp_path) == [("a.po", 7, reason)]
    assert texts(read(tmp_path, "de", "fr")) == [("Datei", "Fichier")]
    assert unread(tmp_path, "de", "fr") == [("a.po", 7, reason)]


def test_two_languages_of_which_one_did_not_finish(tmp_path: Path) -> None:
    fuzzy = '#, fuzzy\nmsgid "Edit"\nmsgstr "?"\n\n'
    po(tmp_path / "fr.po", fuzzy + unit("File", "") + unit("Gone", "Parti"))
    po(tmp_path / "de.po", unit("Edit", "Bearbeiten") + unit("File", "Datei"))
    assert read(tmp_path, "fr", "de") == []
    assert unread(tmp_path, "fr", "de") == [
        ("fr.po", 6, "the translation is fuzzy: nobody has checked it"),
        ("fr.po", 10, "the entry is not translated"),
        ("fr.po", 13, "the entry has no translation into de"),
    ]
    # Another domain that only one of them has.
    po(tmp_path / "fr/LC_MESSAGES/b.po", unit("Sole", "Seul"))
    assert ("b.po", 6, "the entry has no translation into de") in unread(tmp_path, "fr", "de")


@pytest.mark.parametrize("compress", [gzip.compress, lzma.compress])
def test_a_compressed_catalogue(tmp_path: Path, compress: Callable[[bytes], bytes]) -> None:
    plain = po(tmp_path / "de.po", unit("One\u2028line", "Eine\u2028Zeile"))
    (tmp_path / "locale").mkdir()
    path = tmp_path / "locale" / "de.po.gz"
    path.write_bytes(compress(plain.read_bytes()))
    assert texts(read(path)) == texts(read(tmp_path / "locale")) == texts(read(plain))
    path.write_bytes(path.read_bytes()[:-9])
    with pytest.raises(InputError, match=r"de\.po\.gz: the (gzip|xz) file is cut short; fetch"):
        read(path)


def test_a_catalogue_too_large_to_hold(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_gettext, "_LARGEST", 1 << 20)
    path = tmp_path / "de.po.gz"
    path.write_bytes(gzip.compress(b"\n" * ((1 << 20) + 1)))
    with pytest.raises(InputError, match=r"de\.po\.gz: is larger than 1 MiB; divide it"):
        read(path)


@pytest.mark.parametrize(
    "body", ['msgid "a"\nmsgid_plural "b"\nmsgstr[x] "c"\n', 'msgstr[0] "c"\n', 'msgid "a" "\n']
)
def test_a_po_that_polib_itself_falls_over(tmp_path: Path, body: str) -> None:
    with pytest.raises(InputError, match=r"app\.po.*: is not valid PO"):
        read(po(tmp_path / "app.po", body))


@pytest.mark.parametrize("plural", ["n / 0", "n != !1", "((((((((((((((((((((((((n", "n" * 2000])
def test_a_plural_rule_that_is_none_is_the_usual_one(tmp_path: Path, plural: str) -> None:
    header = f'"Plural-Forms: nplurals=2; plural={plural};\\n"\n'
    body = 'msgid "day"\nmsgid_plural "days"\nmsgstr[0] "Tag"\nmsgstr[1] "Tage"\n'
    found = texts(read(po(tmp_path / "app.po", body, header)))
    assert found == [("day", "Tag"), ("days", "Tage")]


def test_a_mo_whose_strings_overlap_is_refused(tmp_path: Path) -> None:
    # A hundred strings that are all the same hundred kilobytes.
    table = struct.pack("<II", 100_000, 28) * 100
    head = struct.pack("<7I", 0x950412DE, 0, 100, 28, 28, 0, 0)
    (tmp_path / "app.mo").write_bytes(head + table + b"x" * 100_000)
    with pytest.raises(InputError, match=r"app\.mo: is not a \.mo file, or not a whole one"):
        read(tmp_path / "app.mo")


@pytest.mark.parametrize("content", [b"", b"no catalogue at all", b"\xde\x12\x04\x95\0\0\0\0\1"])
def test_a_mo_that_is_none(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "app.mo"
    path.write_bytes(content)
    with pytest.raises(InputError, match=r"app\.mo: is not a \.mo file, or not a whole one"):
        read(path)


def test_a_mo_that_is_not_utf8(tmp_path: Path) -> None:
    book = polib.POFile(encoding="latin-1")
    book.append(polib.POEntry(msgid="Open", msgstr="Öffnen"))
    book.save_as_mofile(str(tmp_path / "app.mo"))
    with pytest.raises(InputError, match=r"app\.mo: is not UTF-8; compile it again"):
        read(tmp_path / "app.mo")


@pytest.mark.parametrize(("name", "least"), [("oscar", 1500), ("trac", 1200), ("horizon", 200)])
def test_real_packages(name: str, least: int) -> None:
    if _places.package_folder(name) is None:
        pytest.skip(f"the package {name} is not installed")
    pairs = read(name)
    assert len(pairs) >= least
    assert {pair.origin.partition(":")[0] for pair in pairs} == {name}
    assert len(texts(read(name, "fr", "de"))) > least / 2


@pytest.mark.parametrize(
    ("said", "asked"),
    [
        ("de", "de-AT"),
        ("de_AT", "de"),
        ("zh_Hant", "zh-TW"),
        ("zh_CN.GB2312", "zh-Hans"),
        ("sr@latin", "sr-Latn"),
        ("", "fr"),
        ("LANGUAGE", "fr"),
        ("German", "fr"),
    ],
)
def test_a_header_that_says_the_language_asked_for_or_none(
    tmp_path: Path, said: str, asked: str
) -> None:
    path = po(tmp_path / "app.po", unit("Open", "Öffnen"), f'"Language: {said}\\n"\n')
    assert texts(read(path, "en", asked)) == [("Open", "Öffnen")]
    assert texts(read(path, asked, "en")) == [("Öffnen", "Open")]


@pytest.mark.parametrize(
    ("said", "asked"), [("de", "fr"), ("pt_BR", "es"), ("zh_TW", "zh-CN"), ("sr@latin", "sr")]
)
def test_a_header_that_says_another_language(tmp_path: Path, said: str, asked: str) -> None:
    body, header = unit("Open", "Öffnen"), f'"Language: {said}\\n"\n'
    path = po(tmp_path / "app.po", body, header)
    polib.pofile(str(path)).save_as_mofile(str(path.with_suffix(".mo")))
    for each in (path, path.with_suffix(".mo")):
        with pytest.raises(
            InputError, match=rf"app\.[pm]o: its header says Language: {said}; expected {asked}\."
        ):
            read(each, "en", asked)
    # Of a folder the names decide.
    po(tmp_path / "all" / asked / "LC_MESSAGES" / "app.po", body, header)
    assert texts(read(tmp_path / "all", "en", asked)) == [("Open", "Öffnen")]
