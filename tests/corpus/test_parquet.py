"""Parquet, written by pyarrow."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest

from bayling import parts
from bayling.corpus.readers import Unread
from bayling.errors import InputError, MissingError
from bayling.languages import Direction
from bayling.records import Pair

pyarrow = pytest.importorskip("pyarrow")
parquet = pytest.importorskip("pyarrow.parquet")


def write(path: Path, **columns: Any) -> Path:
    parquet.write_table(pyarrow.table(columns), path)
    return path


def units(path: Path, direction: str = "en>de", **options: object) -> list[Pair | Unread]:
    given = parts.options("reader", "parquet", {"path": path, **options})
    return list(parts.load("reader", "parquet").read(given, *Direction.parse(direction)))


def texts(path: Path, direction: str = "en>de", **options: object) -> list[tuple[str, str]]:
    found = units(path, direction, **options)
    return [(each.source, each.target) for each in found if isinstance(each, Pair)]


def test_the_columns_are_found_by_their_names(tmp_path: Path) -> None:
    one, two = ["One", "Two"], ["Eins", "Zwei"]
    rows = list(zip(one, two, strict=True))
    assert texts(write(tmp_path / "a.parquet", source=one, target=two)) == rows
    assert texts(write(tmp_path / "b.parquet", de=two, en=one)) == rows
    translation = [{"de": b, "en": a, "fr": None} for a, b in rows]
    path = write(tmp_path / "c.parquet", id=[1, 2], translation=translation)
    assert texts(path) == rows
    assert texts(path, "de>en") == [(b, a) for a, b in rows]
    path = write(tmp_path / "d.parquet", x=one, y=two)
    assert texts(path, source="x", target="y") == rows
    first = units(path, source="x", target="y", meta={"register": "formal"})[0]
    assert isinstance(first, Pair)
    assert (first.origin, first.meta) == ("d:d.parquet:1", {"register": "formal"})


def test_rows_that_say_their_languages(tmp_path: Path) -> None:
    path = write(
        tmp_path / "a.parquet",
        source=["One", "Zwei", "Three", "Four", "", "Six"],
        target=["Eins", "Two", "Trois", "Vier", "", "Sechs"],
        source_lang=["en", "de", "en", None, "en", "en"],
        targetLang=["de_DE", "en", "fr", "de", "de", "German"],
    )
    pairs = [("One", "Eins"), ("Two", "Zwei"), ("Six", "Sechs")]
    for options in ({}, {"source": "source", "target": "target"}):
        assert texts(path, **options) == pairs
        assert texts(path, "de>en", **options) == [(target, source) for source, target in pairs]
        assert [each.reason for each in units(path, **options) if isinstance(each, Unread)] == [
            "the row is from en to fr; expected en and de",
            "the row is from (nothing) to de; expected en and de",
        ]
    reader, ways = parts.load("reader", "parquet"), [Direction("en", "de"), Direction("en", "fr")]
    assert reader.serves(parts.options("reader", "parquet", {"path": path}), ways)
    path = write(tmp_path / "b.parquet", source=["a"], target=["b"], src_lang=[1], tgt_lang=["de"])
    assert [each.reason for each in units(path) if isinstance(each, Unread)] == [
        "'src_lang' holds int 1; expected text"
    ]


def test_more_rows_than_are_held_at_once(tmp_path: Path) -> None:
    numbers = [str(n) for n in range(3000)]
    found = units(write(tmp_path / "a.parquet", source=numbers, target=numbers))
    assert [each.origin for each in found if isinstance(each, Pair)] == [
        f"a:a.parquet:{n + 1}" for n in range(3000)
    ]


def test_cells_that_are_no_text(tmp_path: Path) -> None:
    path = write(
        tmp_path / "a.parquet",
        source=["One", None, None, "a\0b"],
        target=["Eins", "Zwei", None, "c"],
    )
    assert [
        each.place + ": " + each.reason for each in units(path) if isinstance(each, Unread)
    ] == [
        f"{path}, line 2: the source is empty",
        f"{path}, line 4: the source holds a NUL character",
    ]
    path = write(tmp_path / "b.parquet", source=[1], target=["Eins"])
    (found,) = units(path)
    assert isinstance(found, Unread)
    assert found.reason == "'source' holds int 1; expected text"


def test_columns_that_are_not_there(tmp_path: Path) -> None:
    path = write(tmp_path / "a.parquet", x=["One"], y=["Eins"])
    with pytest.raises(InputError, match=r"a\.parquet: has the columns x, y; expected source and"):
        units(path)
    with pytest.raises(InputError, match="has no column 'z'. Known: x, y."):
        units(path, source="x", target="z")
    path = write(tmp_path / "b.parquet", translation=[{"en": "One", "fr": "Un"}])
    with pytest.raises(InputError, match="for the languages translation.en, translation.fr and no"):
        units(path)


def test_files_that_are_broken(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    with pytest.raises(InputError, match=r"a\.parquet: no such file"):
        units(path)
    for content in (b"", b"PAR1", b"no Parquet at all"):
        path.write_bytes(content)
        with pytest.raises(InputError, match="is not Parquet, or not a whole file of it"):
            units(path)
    numbers = [f"{n} {n * n}" for n in range(20_000)]
    table = pyarrow.table({"source": numbers, "target": numbers})
    parquet.write_table(table, path, row_group_size=5000)
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(InputError, match="is not Parquet, or not a whole file of it"):
        units(path)
    path.write_bytes(whole[:200_000] + bytes(20_000) + whole[220_000:])
    *before, rest = units(path)
    assert before
    assert isinstance(rest, Unread)
    assert rest.line == len(before) + 1
    assert rest.reason.startswith("is damaged (")
    assert rest.reason.endswith("fetch it again; nothing is read from here on")


def test_bytes_that_are_no_text_in_a_column_of_texts(tmp_path: Path) -> None:
    broken = pyarrow.array([b"One", b"Zw\xf6lf"], pyarrow.binary()).view(pyarrow.string())
    good, bad = units(write(tmp_path / "a.parquet", source=broken, target=broken))
    assert isinstance(good, Pair)
    assert isinstance(bad, Unread)
    assert (bad.line, bad.reason) == (2, r"'source' holds bytes b'Zw\xf6lf'; expected text")
    translation = pyarrow.StructArray.from_arrays([broken, broken], ["en", "de"])
    found = units(write(tmp_path / "b.parquet", translation=translation))
    assert [type(each) for each in found] == [Pair, Unread]


def test_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write(tmp_path / "a.parquet", source=["One"], target=["Eins"])
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(MissingError, match=r"needs pyarrow.*pip install 'bayling\[datasets\]'"):
        units(path)


def test_in_which_directions_it_can_be_read(tmp_path: Path) -> None:
    reader, ways = parts.load("reader", "parquet"), [Direction("en", "de"), Direction("de", "en")]
    spoken = write(tmp_path / "a.parquet", en=["One"], de=["Eins"])
    plain = write(tmp_path / "b.parquet", source=["One"], target=["Eins"])
    for path, serves in ((spoken, True), (plain, False), (tmp_path / "c.parquet", True)):
        assert reader.serves(parts.options("reader", "parquet", {"path": path}), ways) == serves
