"""Reading says where a file is broken, writing never leaves half of one."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bayling import jsonl
from bayling.errors import InputError

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)


def file(folder: Path, content: bytes) -> Path:
    path = folder / "rows.jsonl"
    path.write_bytes(content)
    return path


@pytest.mark.parametrize(
    ("content", "rows"),
    [
        (b"", []),
        (b'{"a": 1}\n{"a": 2}\n', [{"a": 1}, {"a": 2}]),
        (b'{"a": 1}\n\n  \n{"a": 2}', [{"a": 1}, {"a": 2}]),
        (b'\xef\xbb\xbf{"a": 1}\n', [{"a": 1}]),
        (b'{"a": 1}\r\n{"a": 2}\r\n', [{"a": 1}, {"a": 2}]),
        # Line separators that Python's splitlines knows and JSON lines do not.
        ('{"a": "x\u2028y\x85z"}\n'.encode(), [{"a": "x\u2028y\x85z"}]),
    ],
)
def test_read(tmp_path: Path, content: bytes, rows: list[dict[str, Any]]) -> None:
    assert list(jsonl.read(file(tmp_path, content))) == rows


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (
            b'{"a": 1}\n{"a": \n',
            "line 2: not valid JSON (Expecting value); expected one object a line",
        ),
        (b'{"a": 1}\n\n[1]\n', "line 3: expected a JSON object, found list"),
        (b'"text"\n', "line 1: expected a JSON object, found str"),
        (
            b'{"a": 1}\n{"a": "Gr\xf6\xdfe"}\n',
            "line 2: byte 9 is not UTF-8; convert the file first, e.g. iconv -f latin1 -t utf-8",
        ),
        (
            '{"a": 1}\n'.encode("utf-16"),
            "line 1: is UTF-16; convert it first, e.g. iconv -f utf-16 -t utf-8",
        ),
        (
            '{"a": 1}\n'.encode("utf-32"),
            "line 1: is UTF-32; convert it first, e.g. iconv -f utf-32 -t utf-8",
        ),
    ],
)
def test_a_broken_line_is_named(tmp_path: Path, content: bytes, message: str) -> None:
    path = file(tmp_path, content)
    with pytest.raises(InputError) as caught:
        list(jsonl.read(path))
    assert str(caught.value) == f"{path}, {message}"


def test_what_stands_before_a_broken_line_is_read(tmp_path: Path) -> None:
    rows = jsonl.read(file(tmp_path, b'{"a": 1}\n{'))
    assert next(rows) == {"a": 1}
    with pytest.raises(InputError, match="line 2"):
        next(rows)


def test_a_missing_file_and_a_folder_are_named(tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        list(jsonl.read(tmp_path / "none.jsonl"))
    assert str(caught.value) == f"{tmp_path / 'none.jsonl'}: no such file"
    with pytest.raises(InputError) as caught:
        list(jsonl.read(tmp_path))
    assert str(caught.value) == f"{tmp_path}: is a folder; expected a file"


def test_lines_are_numbered(tmp_path: Path) -> None:
    path = file(tmp_path, "eins\r\nzwei\u2028halb\n\nvier".encode())
    assert list(jsonl.lines(path)) == [(1, "eins"), (2, "zwei\u2028halb"), (3, ""), (4, "vier")]


def test_write_counts_and_keeps_letters(tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    assert jsonl.write(path, ({"a": each} for each in "äß文")) == 3
    assert path.read_bytes() == '{"a": "ä"}\n{"a": "ß"}\n{"a": "文"}\n'.encode()


def test_a_failing_generator_leaves_the_old_file_whole(tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    jsonl.write(path, [{"old": True}])

    def failing() -> Iterator[dict[str, Any]]:
        yield {"new": True}
        raise RuntimeError("in the middle")

    with pytest.raises(RuntimeError, match="in the middle"):
        jsonl.write(path, failing())
    assert list(jsonl.read(path)) == [{"old": True}]
    assert jsonl.write(path, [{"new": True}]) == 1
    assert list(jsonl.read(path)) == [{"new": True}]
    assert [each.name for each in tmp_path.iterdir()] == ["rows.jsonl"]


@given(st.lists(st.dictionaries(st.text(), VALUES, max_size=4), max_size=5))
@settings(max_examples=60, deadline=None)
def test_what_is_written_is_read(
    tmp_path_factory: pytest.TempPathFactory, rows: list[dict[str, Any]]
) -> None:
    path = tmp_path_factory.mktemp("law") / "rows.jsonl"
    jsonl.write(path, rows)
    assert list(jsonl.read(path)) == rows
    # Another program's reader agrees.
    lines = path.read_text(encoding="utf-8").split("\n")[:-1]
    assert [json.loads(line) for line in lines] == rows
