"""CSV as spreadsheets save it: quoting, headers, other delimiters, and quotation marks astray."""

from __future__ import annotations

import csv
import gzip
import io
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bayling import parts
from bayling.corpus.readers import Unread
from bayling.errors import InputError, UserError
from bayling.languages import Direction
from bayling.records import Pair


def units(path: Path, direction: str = "en>de", **options: object) -> list[Pair | Unread]:
    given = parts.options("reader", "csv", {"path": path, **options})
    return list(parts.load("reader", "csv").read(given, *Direction.parse(direction)))


def texts(path: Path, direction: str = "en>de", **options: object) -> list[tuple[str, str]]:
    found = units(path, direction, **options)
    return [(each.source, each.target) for each in found if isinstance(each, Pair)]


def told(path: Path, **options: object) -> list[str]:
    found = units(path, **options)
    return [f"{each.line}: {each.reason}" for each in found if isinstance(each, Unread)]


def write(path: Path, text: str, codec: str = "utf-8") -> Path:
    path.write_bytes(text.encode(codec))
    return path


def test_quoted_cells_hold_commas_quotation_marks_and_line_ends(tmp_path: Path) -> None:
    path = write(
        tmp_path / "m.csv",
        '"One, two","Eins, zwei"\r\n\r\n"Say ""hi""","Sag ""hallo"""\r\n'
        '"On two\r\nlines","Auf zwei\r\nZeilen"\r\nlast,letzte,more\r\n',
    )
    assert texts(path) == [
        ("One, two", "Eins, zwei"),
        ('Say "hi"', 'Sag "hallo"'),
        ("On two\nlines", "Auf zwei\nZeilen"),
        ("last", "letzte"),
    ]
    origins = [each.origin for each in units(path) if isinstance(each, Pair)]
    assert origins == ["m:m.csv:1", "m:m.csv:3", "m:m.csv:4", "m:m.csv:7"]


@pytest.mark.parametrize(
    ("header", "direction", "options", "expected"),
    [
        ("a,b,c", "en>de", {"source_column": "b", "target_column": "c"}, ("2", "3")),
        ("a,b,c", "en>de", {"source_column": 3, "target_column": 1, "header": True}, ("3", "1")),
        ("a,b,c", "en>de", {"source_column": "c", "target_column": 2}, ("3", "2")),
        ("id,Target,Source", "en>de", {}, ("3", "2")),
        ("id,de_AT,en", "en>de", {}, ("3", "2")),
        ("sourceLang,sourceString,targetString", "en>de", {}, ("2", "3")),
        ("fr,de,en", "de>fr", {}, ("2", "1")),
        ("x,German,English", "en>de", {}, ("3", "2")),
        ("x,Deutsch,english", "en>de-AT", {}, ("3", "2")),
        ("Englisch,x,Deutsch", "de>en", {}, ("3", "1")),
        ("Target (de-DE),x,Source [en_US]", "en>de", {}, ("3", "1")),
        ("x,English (US),Chinese (Simplified)", "zh-CN>en", {}, ("3", "2")),
        ("Chinese (Traditional),中文,English", "zh>en", {}, ("2", "3")),
        ("id,bar,en", "id>en", {}, ("1", "3")),
        ("id,en,de", "en>de", {}, ("2", "3")),
        ("de,en,x", "en>de", {"source_column": 2, "target_column": 1}, ("2", "1")),
        ("Target,English,Source", "en>de", {"source_column": 1, "target_column": 3}, ("1", "3")),
        ("ID,DE,EN", "en>de-AT", {}, ("3", "2")),
        ("zh_Hant,zh_CN,en", "en>zh-CN", {}, ("3", "2")),
        (
            "en,x,de",
            "en>de",
            {"source_column": "{source_lang}", "target_column": "{target_lang}"},
            ("1", "3"),
        ),
    ],
)
def test_the_header_says_which_columns_hold_the_texts(
    tmp_path: Path,
    header: str,
    direction: str,
    options: dict[str, object],
    expected: tuple[str, str],
) -> None:
    path = write(tmp_path / "m.csv", f"{header}\n1,2,3\n")
    assert texts(path, direction, **options) == [expected]


def test_behind_a_header_that_cannot_be_read(tmp_path: Path) -> None:
    path = write(tmp_path / "m.csv", "Wörter,words\neins,one\nzwei,two\n", "latin-1")
    columns = {"source_column": 2, "target_column": 1, "header": True}
    assert texts(path, **columns) == [("one", "eins"), ("two", "zwei")]
    assert told(path, **columns)[0].startswith("1: byte 1 is not UTF-8")


def test_without_a_header_the_only_two_columns_are_taken(tmp_path: Path) -> None:
    assert texts(write(tmp_path / "m.csv", "One,Eins\nNo,So\n")) == [("One", "Eins"), ("No", "So")]
    assert texts(write(tmp_path / "m.csv", "IT,EDV\nNO,SO\n")) == [("IT", "EDV"), ("NO", "SO")]
    for words in ("foo,bar", "id,bar", "English,Englisch", "so,so", "to,zu", "am,bin", "DE,DE"):
        assert texts(write(tmp_path / "m.csv", f"{words}\n")) == [tuple(words.split(","))]
    # Texts where no header is for the columns asked for.
    both = {"source_column": 1, "target_column": 3}
    assert texts(write(tmp_path / "m.csv", "en,x,German shepherds\n"), **both) == [
        ("en", "German shepherds")
    ]
    assert told(write(tmp_path / "m.csv", "en,de\n"), **both) == [
        "1: has 2 columns; expected at least 3"
    ]


@pytest.mark.parametrize(
    ("header", "options", "message"),
    [
        ("English,German", {"source_column": "Englisch"}, "line 1: has no column 'Englisch'. Did"),
        ("a,b,c", {}, "line 1: has 3 columns, of which none is called source or target or after"),
        (
            "id,foo,bar",
            {},
            "line 1: has 3 columns, of which none is called source or target or aft",
        ),
        ("English,fr", {}, "line 1: has columns for the languages English, fr and none for de; if"),
        ("EN,FR", {}, "line 1: has columns for the languages EN, FR and none for de; if these are"),
        (
            "German,French",
            {},
            "line 1: has columns for the languages German, French and none for en",
        ),
        ("fr,es", {}, "line 1: has columns for the languages fr, es and none for en; if these are"),
        ("en,fr", {}, "line 1: has columns for the languages en, fr and none for de; if these"),
        ("a,b", {"document_column": "c"}, "line 1: has no column 'c'. Known: a, b."),
    ],
)
def test_a_column_that_is_not_there(
    tmp_path: Path, header: str, options: dict[str, object], message: str
) -> None:
    with pytest.raises(InputError, match=message):
        texts(write(tmp_path / "m.csv", f"{header}\n1,2\n"), **options)


def test_one_column_is_never_both_sides(tmp_path: Path) -> None:
    path = write(tmp_path / "m.csv", "en,fr\none,un\n")
    with pytest.raises(InputError, match="languages en, fr and none for en-GB"):
        texts(path, "en-US>en-GB")


def test_other_delimiters_and_encodings(tmp_path: Path) -> None:
    path = write(tmp_path / "m.csv", "\ufeffen;de\r\nOne;Zwölf\r\n", "utf-16-le")
    assert texts(path, delimiter=";") == texts(path) == [("One", "Zwölf")]
    packed = tmp_path / "m.csv.gz"
    packed.write_bytes(gzip.compress("One\tZwölf\n".encode()))
    for delimiter in ({"delimiter": "\t"}, {"delimiter": r"\t"}, {}):
        assert texts(packed, **delimiter) == [("One", "Zwölf")]
    assert told(path, delimiter=",") == [
        "1: has 1 column; expected at least 2. Is the delimiter ';'?",
        "2: has 1 column; expected at least 2. Is the delimiter ';'?",
    ]
    piped = write(tmp_path / "p.csv", "One|Eins\n")
    assert told(piped) == ["1: has 1 column; expected at least 2. Is the delimiter '|'?"]
    for delimiter in ("", ",,", '"', "\n", r"\n"):
        with pytest.raises(UserError, match="reader 'csv', option 'delimiter"):
            texts(path, delimiter=delimiter)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("en;de\nOne, two;Eins, zwei\n", [("One, two", "Eins, zwei")]),
        ("en,de\nOne; two,Eins; zwei\n", [("One; two", "Eins; zwei")]),
        ("One, two;Eins, zwei\nA, b;C, d\n", [("One, two", "Eins, zwei"), ("A, b", "C, d")]),
        ('en;de\n"One, ""two""";"a\nb; c"\n', [('One, "two"', "a\nb; c")]),
        ("en\tde\nOne, two\tEins; zwei\nA;b\tC,d\n", [("One, two", "Eins; zwei"), ("A;b", "C,d")]),
        # One quotation mark astray takes the rest for one cell.
        ('One;Eins\n"Two;Zwei\n', [("One", "Eins")]),
        ("One;Eins\rTwo;Zwei\nGood;Gut\n", [("Good", "Gut")]),
        ("sep=;\nen;de\nOne;Eins\n", [("One", "Eins")]),
        ("sep=|\nen|de\nOne|Eins\n", [("One", "Eins")]),
        ("id;source;target\n1;a, b;c\n2;d, e;f\n", [("a, b", "c"), ("d, e", "f")]),
        ("source,target\nx" + "a" * 140_000 + ",y\n", []),
    ],
)
def test_the_delimiter_shows_in_the_first_rows(
    tmp_path: Path, text: str, expected: list[tuple[str, str]]
) -> None:
    path = write(tmp_path / "m.csv", text)
    assert [each for each in texts(path) if len(each[0]) < 1000] == expected


def test_documents_and_meta(tmp_path: Path) -> None:
    path = write(tmp_path / "m.csv", "d,en,de\na,One,Eins\n,Two,Zwei\n")
    found = units(path, document_column="d", meta={"register": "formal"})
    assert [dict(each.meta) for each in found if isinstance(each, Pair)] == [
        {"register": "formal", "document": f"{path}:a", "place": 2},
        {"register": "formal"},
    ]


NEVER = "a quotation mark begins a cell that never ends; expected another one behind it"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("One\n", "1: has 1 column; expected at least 2"),
        ("One,\n", "1: the target is empty"),
        (",Eins\n", "1: the source is empty"),
        ('"One,Eins\n', f"1: {NEVER}"),
        ('"One,Eins\n' + "x,y\n" * 200, f"1: {NEVER}"),
        ('"' + "x" * 140_000 + '",y\n', f"1: {NEVER}"),
        ('"One"s,Eins\n', "1: its quotation marks do not fit (',' expected after '\"'); expected"),
        ("One,Eins\rTwo,Zwei\n", "1: holds a carriage return outside quotation marks; expected"),
        ("One,Ein\0s\n", "1: holds a NUL character"),
    ],
)
def test_a_broken_row_is_told_and_the_next_one_read(
    tmp_path: Path, text: str, expected: str
) -> None:
    path = write(tmp_path / "m.csv", f"{text}Good,Gut\n")
    (said,) = told(path)
    assert said.startswith(expected)
    assert texts(path)[-1] == ("Good", "Gut")
    assert len(units(path)) == path.read_bytes().count(b"\n")


def test_a_row_that_goes_on_into_a_broken_line(tmp_path: Path) -> None:
    path = tmp_path / "m.csv"
    path.write_bytes(b'"One,Eins\nZw\xf6lf\nGood,Gut\n')
    first, second = told(path)
    assert first == f"1: {NEVER}"
    assert second.startswith("2: byte 2 is not UTF-8")
    assert texts(path) == [("Good", "Gut")]


def test_a_file_cut_short(tmp_path: Path) -> None:
    path = tmp_path / "m.csv.gz"
    path.write_bytes(gzip.compress("".join(f"{n},{n}\n" for n in range(10_000)).encode())[:9_000])
    *before, rest = units(path)
    assert len(before) > 1000
    assert isinstance(rest, Unread)
    assert (rest.line, "is cut short" in rest.reason) == (len(before) + 1, True)


cell = st.text(st.characters(exclude_characters="\0\r", exclude_categories=["Cs"]), max_size=8)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=100)
@given(st.lists(st.tuples(cell, cell)), st.sampled_from(",;\t|"))
def test_what_the_standard_library_writes_is_read(
    tmp_path: Path, rows: list[tuple[str, str]], delimiter: str
) -> None:
    written = io.StringIO(newline="")
    writer = csv.writer(written, delimiter=delimiter)
    writer.writerow(("source", "target"))
    writer.writerows((f"a{one}", f"b{two}") for one, two in rows)
    path = write(tmp_path / "m.csv", written.getvalue())
    pairs = [each for each in units(path, delimiter=delimiter) if isinstance(each, Pair)]
    assert len(pairs) == len(rows)
    assert told(path, delimiter=delimiter) == []


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=200)
@given(st.text(alphabet='a",\n\r;é', max_size=60))
def test_no_line_is_lost(tmp_path: Path, text: str) -> None:
    path = write(tmp_path / "m.csv", f"{text}\nGood,Gut\n")
    found = units(path, source_column=1, target_column=2)
    assert len(found) <= text.count("\n") + 2
    # What is open in the end takes the last line with it, or is told.
    assert any(
        isinstance(each, Unread) or "Good" in f"{each.source}{each.target}" for each in found
    )


def test_in_which_directions_it_can_be_read(tmp_path: Path) -> None:
    reader, ways = parts.load("reader", "csv"), [Direction("en", "de"), Direction("de", "en")]
    spoken = write(tmp_path / "spoken.csv", "en,de\nOne,Eins\n")
    plain = write(tmp_path / "plain.csv", "One,Eins\n")
    for path, serves in ((spoken, True), (plain, False), (tmp_path / "none.csv", False)):
        assert reader.serves(parts.options("reader", "csv", {"path": path}), ways) == serves
    assert reader.inputs(reader.Options(tmp_path / "{source_lang}.csv"), "en", "de") == [
        tmp_path / "en.csv"
    ]


ROWS = """id,{},{},source,target
1,en,de_DE,One,Eins
2,de,en,Zwei,Two
3,en,fr_XX,Three,Trois
4,,de,Four,Vier
5,English,German,Five,Fünf
6,en,de,,
7,en,de,Seven,
8,en
"""


@pytest.mark.parametrize(
    "names",
    [
        ("sourceLang", "targetLang"),
        ("source_language", "TARGET LANGUAGE"),
        ("src-lang", "tgt_lang"),
    ],
)
@pytest.mark.parametrize("options", [{}, {"source_column": 4, "target_column": "target"}])
def test_rows_that_say_their_languages(
    tmp_path: Path, names: tuple[str, str], options: dict[str, object]
) -> None:
    path = write(tmp_path / "m.csv", ROWS.format(*names))
    pairs = [("One", "Eins"), ("Two", "Zwei"), ("Five", "Fünf")]
    assert texts(path, **options) == pairs
    assert texts(path, "de>en", **options) == [(target, source) for source, target in pairs]
    assert told(path, **options) == [
        "4: the row is from en to fr_XX; expected en and de",
        "5: the row is from (nothing) to de; expected en and de",
        "8: the target is empty",
        "9: has 2 columns; expected at least 5",
    ]
    assert texts(path, "en>es", **options) == []
    assert len(units(path, "en>es", **options)) == len(units(path, **options)) == 7
    reader, ways = parts.load("reader", "csv"), [Direction("en", "de"), Direction("en", "fr")]
    assert reader.serves(parts.options("reader", "csv", {"path": path, **options}), ways)


@pytest.mark.parametrize(
    ("name", "text", "direction", "expected"),
    [
        ("en-de", "One,Eins\n", "en>de", ("One", "Eins")),
        ("en-de", "One,Eins\n", "de>en", ("Eins", "One")),
        ("f_en-de_DE", "One,Eins\n", "de-AT>en", ("Eins", "One")),
        ("corpus.en-zh-Hans", "One,一\n", "zh>en", ("一", "One")),
        ("wmt19-en-de-clean", "One,Eins\n", "de>en", ("Eins", "One")),
        ("en-de", "source,target\nOne,Eins\n", "de>en", ("Eins", "One")),
        # The header knows better, the user best.
        ("en-fr", "de,en\nEins,One\n", "en>de", ("One", "Eins")),
        (
            "en-fr",
            "sourceLang,targetLang,source,target\nen,de,One,Eins\n",
            "de>en",
            ("Eins", "One"),
        ),
        # One language, none, or too many.
        ("pt-br", "Um,One\n", "pt>en", ("Um", "One")),
        ("top-ten", "One,Eins\n", "de>fr", ("One", "Eins")),
        ("en-de-fr", "One,Eins\n", "es>it", ("One", "Eins")),
        ("en-de.de-en", "One,Eins\n", "es>it", ("One", "Eins")),
        ("check-in", "One,Eins\n", "de>en", ("One", "Eins")),
    ],
)
def test_the_name_of_a_file_says_the_order(
    tmp_path: Path, name: str, text: str, direction: str, expected: tuple[str, str]
) -> None:
    assert texts(write(tmp_path / f"{name}.csv", text), direction) == [expected]


@pytest.mark.parametrize("name", ["en-fr", "corpus.en-fr", "memory_eng-fra", "en_US-fr_CA.v2"])
def test_the_name_of_a_file_says_other_languages(tmp_path: Path, name: str) -> None:
    path = write(tmp_path / f"{name}.csv", "One,Un\n")
    with pytest.raises(
        InputError, match=r"csv: its name says en\S* and fr\S*; expected en and de\."
    ):
        texts(path)
    assert texts(path, source_column=1, target_column=2) == [("One", "Un")]


def test_in_which_directions_a_name_can_be_read(tmp_path: Path) -> None:
    reader, path = parts.load("reader", "csv"), write(tmp_path / "en-de.csv", "One,Eins\n")
    options = parts.options("reader", "csv", {"path": path})
    assert reader.serves(options, [Direction("en", "de"), Direction("de", "en")])
    with pytest.raises(InputError, match="its name says en and de; expected en and fr"):
        reader.serves(options, [Direction("en", "de"), Direction("en", "fr")])
