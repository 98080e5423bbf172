"""Data sets in local folders, as the library `datasets` finds them; the hub is out of reach."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from bayling import parts
from bayling.corpus.readers import Unread
from bayling.errors import InputError, MissingError, UserError
from bayling.languages import Direction
from bayling.records import Pair

datasets = pytest.importorskip("datasets")

ROWS = [("One", "Eins"), ("Two", "Zwei")]
SPOKEN = [{"translation": {"en": one, "de": two}} for one, two in ROWS]
PLAIN = [{"source": one, "target": two} for one, two in ROWS]


@pytest.fixture(autouse=True)
def _offline(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(datasets.config, "HF_HUB_OFFLINE", True)
    monkeypatch.setattr(datasets.config, "HF_DATASETS_CACHE", tmp_path / "cache")
    datasets.disable_progress_bars()


def folder(path: Path, rows: list[Any], name: str = "train.jsonl") -> Path:
    path.mkdir(exist_ok=True)
    (path / name).write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    return path


def units(path: Path | str, direction: str = "en>de", **options: object) -> list[Pair | Unread]:
    given = parts.options("reader", "dataset", {"path": str(path), **options})
    return list(parts.load("reader", "dataset").read(given, *Direction.parse(direction)))


def texts(path: Path | str, direction: str = "en>de", **options: object) -> list[tuple[str, str]]:
    found = units(path, direction, **options)
    return [(each.source, each.target) for each in found if isinstance(each, Pair)]


@pytest.mark.parametrize("streaming", [True, False])
def test_a_folder_of_files(tmp_path: Path, streaming: bool) -> None:
    at = folder(tmp_path / "set", PLAIN)
    folder(at, PLAIN[:1], "test.jsonl")
    assert texts(at, streaming=streaming) == ROWS
    assert texts(at, split="test", streaming=streaming) == ROWS[:1]
    first = units(at, meta={"register": "formal"}, streaming=streaming)[0]
    assert isinstance(first, Pair)
    assert (first.origin, first.meta) == ("set:set:1", {"register": "formal"})


def test_translations_by_language(tmp_path: Path) -> None:
    at = folder(tmp_path / "set", SPOKEN)
    assert texts(at) == ROWS
    assert texts(at, "de>en") == [(two, one) for one, two in ROWS]
    assert texts(at, source="translation.{source_lang}", target="translation.de") == ROWS


@pytest.mark.parametrize("several", [True, False])
def test_what_save_to_disk_left(tmp_path: Path, several: bool) -> None:
    features = datasets.Features({"translation": datasets.Translation(["en", "de"])})
    data = datasets.Dataset.from_list(SPOKEN, features=features)
    whole = datasets.DatasetDict({"train": data}) if several else data
    whole.save_to_disk(str(tmp_path / "set"))
    assert texts(tmp_path / "set") == ROWS


def test_rows_that_are_no_pair(tmp_path: Path) -> None:
    rows = [{"source": "One", "target": None}, *PLAIN, {"source": None, "target": None}]
    found = units(folder(tmp_path / "set", rows))
    assert isinstance(found[0], Unread)
    assert (found[0].line, found[0].reason) == (1, "the target is empty")
    assert len(found) == 3
    (found, *_) = units(folder(tmp_path / "other", [{"source": 7, "target": "Eins"}]))
    assert isinstance(found, Unread)
    assert found.reason == "'source' holds int 7; expected text"


def test_a_file_that_breaks_off(tmp_path: Path) -> None:
    at = folder(tmp_path / "set", PLAIN, "train-1.jsonl")
    (at / "train-2.jsonl").write_text('{"source": "Three", "targ', encoding="utf-8")
    *before, rest = units(at)
    assert len(before) == 2
    assert isinstance(rest, Unread)
    assert rest.line == 3
    assert rest.reason.startswith("cannot be read (")
    assert rest.reason.endswith("); nothing is read from here on")


def test_what_is_not_there(tmp_path: Path) -> None:
    at = folder(tmp_path / "set", PLAIN)
    with pytest.raises(UserError, match="set cannot be read: Bad split: tset. Available splits:"):
        units(at, split="tset")
    with pytest.raises(UserError, match="cannot be read: BuilderConfig 'x' not found. Available"):
        units(at, config="x")
    with pytest.raises(InputError, match="has no column 'x'. Known: source, target."):
        units(at, source="x", target="target")
    with pytest.raises(InputError, match="train.jsonl: is a file; give it to the reader of its"):
        units(at / "train.jsonl")
    (tmp_path / "empty").mkdir()
    with pytest.raises(UserError, match="Expected a folder of JSONL, CSV or Parquet files, or one"):
        units(tmp_path / "empty")
    other = folder(tmp_path / "other", [{"x": "One", "y": "Eins"}])
    with pytest.raises(InputError, match="other: has the columns x, y; expected source and target"):
        units(other)


def test_rows_that_say_their_languages(tmp_path: Path) -> None:
    rows = [
        {"source": one, "target": two, "sourceLang": "en", "targetLang": language}
        for one, two, language in (("One", "Eins", "de_DE"), ("Three", "Trois", "fr"))
    ]
    at = folder(tmp_path / "train", rows)
    assert texts(at) == [("One", "Eins")]
    assert texts(at, "de>en") == [("Eins", "One")]
    assert [each.reason for each in units(at) if isinstance(each, Unread)] == [
        "the row is from en to fr; expected en and de"
    ]
    reader, ways = parts.load("reader", "dataset"), [Direction("en", "de"), Direction("en", "fr")]
    assert reader.serves(parts.options("reader", "dataset", {"path": str(at)}), ways)


def test_a_name_that_cannot_be_had() -> None:
    with pytest.raises(UserError) as caught:
        units("nobody/no-such-data-set")
    said = str(caught.value)
    assert said.startswith("The data set nobody/no-such-data-set cannot be read: ")
    assert "it was looked for on the Hugging Face hub; is the name right, and is the hub" in said


def test_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "datasets", None)
    with pytest.raises(MissingError, match=r"needs the library datasets.*'bayling\[datasets\]'"):
        units(tmp_path)


def test_files_and_directions(tmp_path: Path) -> None:
    reader, ways = parts.load("reader", "dataset"), [Direction("en", "de"), Direction("de", "en")]
    plain, spoken = folder(tmp_path / "plain", PLAIN), folder(tmp_path / "spoken", SPOKEN)
    assert reader.inputs(reader.Options(str(plain)), "en", "de") == [plain / "train.jsonl"]
    assert reader.inputs(reader.Options("wmt/wmt19"), "en", "de") == []
    assert reader.serves(reader.Options(str(spoken)), ways)
    assert not reader.serves(reader.Options(str(plain)), ways)


def test_a_saved_set_whose_places_lie_outside_it(tmp_path: Path) -> None:
    columns = {name: [row[side] for row in ROWS] for side, name in enumerate(("source", "target"))}
    datasets.Dataset.from_dict(columns).save_to_disk(tmp_path / "set")
    (file,) = (tmp_path / "set").glob("*.arrow")
    offsets = b"".join(place.to_bytes(4, "little") for place in (0, 3, 6))
    assert offsets in file.read_bytes()
    outside = offsets[:-4] + (1 << 30).to_bytes(4, "little")
    file.write_bytes(file.read_bytes().replace(offsets, outside))
    with pytest.raises(UserError, match=r"set cannot be read: .*\. Expected a folder of JSONL"):
        units(tmp_path / "set")
