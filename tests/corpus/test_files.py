"""Lines of files in any encoding and compression, and of files that are broken."""

from __future__ import annotations

import gzip
import lzma
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import zstandard
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bayling import jsonl
from bayling.corpus.readers import Unread, _files
from bayling.errors import InputError

# What compresses, with a sum by which damage is noticed.
COMPRESSIONS: dict[str, Callable[[bytes], bytes]] = {
    "gzip": gzip.compress,
    "xz": lzma.compress,
    "zstd": zstandard.ZstdCompressor(write_checksum=True).compress,
}
LONG = _files.LONGEST_LINE
TOO_LONG = "is longer than 1 MiB; expected one text a line"
NUL = "holds a NUL character; if the file is UTF-16, save it with a byte-order mark"


def lines(path: Path) -> list[tuple[int | None, str]]:
    """(number, text) of what is read, (number, "!reason") of what is not."""
    return [
        (each.line, f"!{each.reason}") if isinstance(each, Unread) else each
        for each in _files.lines(path)
    ]


def write(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    return path


@pytest.mark.parametrize("compression", COMPRESSIONS)
@pytest.mark.parametrize(
    "codec", ["utf-8", "utf-8-sig", "utf-16", "utf-16-be", "utf-32", "utf-32-be"]
)
def test_a_file_in_any_encoding_and_compression(
    tmp_path: Path, codec: str, compression: str
) -> None:
    # Ċ and ഊ hold the byte of a line feed in UTF-16.
    texts = ["Öl", "", "Ċഊ\u0a00", "𝄞 clef", "a\u2028b\x85c\rd", "last"]
    mark = "\ufeff" if codec.endswith("-be") else ""
    content = (mark + "\r\n".join(texts)).encode(codec)
    path = write(tmp_path / "a", COMPRESSIONS[compression](content))
    assert lines(path) == list(enumerate(texts, start=1))
    assert _files.count(path) == len(texts)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=50)
@given(st.binary(max_size=200).map(lambda raw: raw.replace(b"\0", b"")))
def test_every_line_is_read_or_told(tmp_path: Path, content: bytes) -> None:
    path = write(tmp_path / "a", b"x" + content)
    found = lines(path)
    assert [number for number, _ in found] == list(range(1, len(found) + 1))
    assert len(found) == len(path.read_bytes().splitlines(keepends=False)) or b"\r" in content
    assert _files.count(path) == len(found)
    told = [text[1:] for _, text in found if text.startswith("!byte")]
    if not told:
        assert found == list(jsonl.lines(path))
    else:
        with pytest.raises(InputError, match="line [0-9]+: " + re.escape(told[0])):
            list(jsonl.lines(path))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=50)
@given(st.sampled_from([b"\xff\xfe", b"\xfe\xff", b"\xff\xfe\0\0", b"\0\0\xfe\xff"]), st.binary())
def test_utf_16_and_32_that_are_broken(tmp_path: Path, mark: bytes, content: bytes) -> None:
    path = write(tmp_path / "a", mark + content)
    found = lines(path)
    assert [number for number, _ in found] == list(range(1, len(found) + 1))
    assert _files.count(path) == len(found)


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"one\nZw\xf6lf\nthree", "byte 2 is not UTF-8; convert the file first, e.g. iconv -f "),
        (b"one\na\0b\nthree", NUL),
        (b"one\n\xed\xa0\x80\nthree", "byte 0 is not UTF-8"),
        ("\ufeffone\n\ud800!\nthree".encode("utf-16-le", "surrogatepass"), "byte 0 is not UTF-16"),
        ("\ufeffone\na\0\nthree".encode("utf-16-be"), NUL),
        (b"\xff\xfe\0\0o\0\0\0\n\0\0\0\0\0\xff\xff\n\0\0\0t\0\0\0", "byte 0 is not UTF-32; save"),
        (b"one\n" + b"x" * (LONG + 1) + b"\nthree", TOO_LONG),
        (b"one\n" + b"x" * (5 * LONG) + b"\nthree", TOO_LONG),
        ("\ufeffone\n".encode("utf-16-le") + b"x" * (LONG + 2) + b"\n\0t\0", TOO_LONG),
    ],
)
def test_a_broken_line_is_told_and_the_next_one_read(
    tmp_path: Path, content: bytes, told: str
) -> None:
    for compress in (bytes, *COMPRESSIONS.values()):
        first, broken, last = lines(write(tmp_path / "a", compress(content)))
        assert (first[0], broken[0], last[0]) == (1, 2, 3)
        assert first[1][0] == "o"
        assert broken[1].startswith(f"!{told}")
        assert last[1][0] == "t"


def test_lines_about_a_mebibyte_do_not_depend_on_where_blocks_end(tmp_path: Path) -> None:
    for length in (LONG - 1, LONG, LONG + 1, LONG + 70_000):
        content = b"a\n" + b"x" * length + b"\n\nb\n" + b"y" * length
        long = (TOO_LONG if length > LONG else "", length)
        for compress in (bytes, *COMPRESSIONS.values()):
            found = lines(write(tmp_path / "a", compress(content)))
            assert [number for number, _ in found] == [1, 2, 3, 4, 5]
            assert [text for _, text in found][2:4] == ["", "b"]
            for at in (1, 4):
                assert found[at][1] == f"!{long[0]}" if long[0] else len(found[at][1]) == length


def test_utf_16_cut_within_a_character(tmp_path: Path) -> None:
    path = write(tmp_path / "a", "\ufeffone\ntwo".encode("utf-16-le")[:-1])
    assert lines(path) == [
        (1, "one"),
        (2, "!byte 4 is not UTF-16; save the file again, as UTF-8"),
    ]


@pytest.mark.parametrize("compression", COMPRESSIONS)
def test_what_stands_before_a_cut_is_read(tmp_path: Path, compression: str) -> None:
    content = b"".join(b"%d %s\n" % (n, os.urandom(40).hex().encode()) for n in range(20_000))
    packed = COMPRESSIONS[compression](content)
    told = f"!the {compression} file is cut short; fetch or compress it again; nothing is read"
    for share in (0.5, 0.999):
        *before, (number, rest) = lines(write(tmp_path / "a", packed[: int(len(packed) * share)]))
        # xz and zstd hold back up to a block of what they have.
        assert len(before) > (share - 0.1) * 20_000
        assert [text for _, text in before] == content.decode().split("\n")[: len(before)]
        assert number == len(before) + 1
        assert rest.startswith(told)
    assert lines(write(tmp_path / "a", packed[:9]))[0][0] == 1


@pytest.mark.parametrize("compression", COMPRESSIONS)
def test_what_stands_before_damage_is_read(tmp_path: Path, compression: str) -> None:
    content = b"".join(b"%d %s\n" % (n, os.urandom(40).hex().encode()) for n in range(20_000))
    packed = bytearray(COMPRESSIONS[compression](content))
    packed[len(packed) // 2 : len(packed) // 2 + 50] = b"\xff" * 50
    *before, (_, rest) = lines(write(tmp_path / "a", bytes(packed)))
    assert (
        before[:100]
        == [(n + 1, text) for n, text in enumerate(content.decode().split("\n"))][
            : min(100, len(before))
        ]
    )
    assert f"the {compression} file is" in rest


def test_frames_of_zstd_one_after_another(tmp_path: Path) -> None:
    skipped = b"\x50\x2a\x4d\x18" + (4).to_bytes(4, "little") + b"note"
    frames = [zstandard.compress(b"one\nt"), skipped, zstandard.compress(b"wo\n")]
    assert lines(write(tmp_path / "a", b"".join(frames))) == [(1, "one"), (2, "two")]
    told = lines(write(tmp_path / "a", frames[0] + b"\0\0\0\0\0"))
    assert told[0] == (1, "one")
    assert told[1][1].startswith("!the zstd file is damaged (")


@pytest.mark.parametrize(
    ("first", "what"),
    [
        (b"\x89PNG\r\n\x1a\n", "a PNG image"),
        (b"\xff\xd8\xff\xe0", "a JPEG image"),
        (b"%PDF-1.7", "a PDF document"),
        (b"SQLite format 3\x00", "a database (SQLite)"),
        (b"PK\x03\x04", "a ZIP archive, as .xlsx and .docx are"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1", "a document of Microsoft Office"),
    ],
)
def test_what_is_no_text_whatever_its_name_says(tmp_path: Path, first: bytes, what: str) -> None:
    path = write(tmp_path / "a.tsv", first + b"\x00rest\n")
    plain = write(tmp_path / "b.tsv", b"SQLite is a database\tSQLite\n")
    assert [text for _, text in lines(plain)] == ["SQLite is a database\tSQLite"]
    said = f"{path}: is {what}, whatever its name says; save or export it as the text it holds"
    for read in (lines, lambda path: list(jsonl.lines(path))):
        with pytest.raises(InputError) as caught:
            read(path)
        assert str(caught.value) == said


def test_where_there_is_no_file(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="a: no such file"):
        lines(tmp_path / "a")
    with pytest.raises(InputError, match="is a folder; expected a file"):
        lines(tmp_path)


# What `resource` says of a process begins with what its parent held.
STATUS = "/proc/self/status"
HELD = """
import sys
from pathlib import Path
from bayling.corpus.readers import Unread, _files
found = _files.lines(Path(sys.argv[1]))
print(*[(each.line, each.reason) if isinstance(each, Unread) else each for each in found])
print(next(line.split()[1] for line in open(STATUS) if line.startswith("VmHWM:")))
""".replace("STATUS", repr(STATUS))


@pytest.mark.skipif(not Path(STATUS).exists(), reason="the peak is read as Linux tells it")
def test_a_line_of_two_gigabytes_is_never_held(tmp_path: Path) -> None:
    path = tmp_path / "a.zst"
    with open(path, "wb") as file, zstandard.ZstdCompressor(level=1).stream_writer(file) as packed:
        packed.write(b"one\n")
        for _ in range(2048):
            packed.write(b"x" * (1 << 20))
        packed.write(b"\nthree\n")
    assert path.stat().st_size < 1 << 20
    done = subprocess.run(
        [sys.executable, "-c", HELD, str(path)], capture_output=True, text=True, check=True
    )
    told, kilobytes = done.stdout.splitlines()
    assert told == f"(1, 'one') (2, '{TOO_LONG}') (3, 'three')"
    assert int(kilobytes) < 400_000


def test_the_suffix_and_the_stem_without_that_of_compression() -> None:
    for name, suffix, stem in [
        ("a.tmx.gz", ".tmx", "a"),
        ("A.TMX", ".tmx", "A"),
        ("a.b.tsv.ZST", ".tsv", "a.b"),
        ("a", "", "a"),
    ]:
        assert (_files.suffix(Path(name)), _files.stem(Path(name))) == (suffix, stem)
