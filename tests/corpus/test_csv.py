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


@pytest.mark.parametrize(
    ("header", "options", "message"),
    [
        ("English,German", {"source_column": "Englisch"}, "line 1: has no column 'Englisch'. Did"),
        ("a,b,c", {}, "line 1: has 3 columns, of which none is called source or target or after"),
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
    assert texts(path, delimiter=";") == [("One", "Zwölf")]
    packed = tmp_path / "m.csv.gz"
    packed.write_bytes(gzip.compress("One\tZwölf\n".encode()))
    assert texts(packed, delimiter="\t") == [("One", "Zwölf")]
    assert told(path) == [
        "1: has 1 column; expected at least 2. Is the delimiter ';'?",
        "2: has 1 column; expected at least 2. Is the delimiter ';'?",
    ]
    for delimiter in ("", ",,", '"', "\n"):
        with pytest.raises(UserError, match="reader 'csv', option 'delimiter'"):
            texts(path, delimiter=delimiter)


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
