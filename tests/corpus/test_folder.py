"""A folder or an archive of files of any format, of which some are broken or no format at all."""

from __future__ import annotations

import errno
import gzip
import io
import json
import lzma
import os
import stat
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import polib
import pytest
import zstandard

from bayling import parts
from bayling.corpus.readers import Unread, _archives, _formats
from bayling.errors import InputError, MissingError
from bayling.languages import Direction
from bayling.records import Pair

Unit = Pair | Unread


def units(path: Path, direction: str = "en>de") -> list[Unit]:
    given = parts.options("reader", "folder", {"path": path})
    return list(parts.load("reader", "folder").read(given, *Direction.parse(direction)))


def origins(found: list[Unit]) -> dict[str, str]:
    return {each.origin: each.target for each in found if isinstance(each, Pair)}


def told(found: list[Unit]) -> list[str]:
    return [f"{each.place}: {each.reason}" for each in found if isinstance(each, Unread)]


def inputs(path: Path, direction: str = "en>de") -> list[str]:
    reader = parts.load("reader", "folder")
    files = reader.inputs(reader.Options(path), *Direction.parse(direction))
    return [each.relative_to(path).as_posix() for each in files]


def po(source: str, target: str) -> bytes:
    book = polib.POFile()
    book.metadata = {"Content-Type": "text/plain; charset=UTF-8"}
    book.append(polib.POEntry(msgid=source, msgstr=target))
    return str(book).encode()


FILES: dict[str, bytes] = {
    "a.tsv": b"One\tEins\nTwo\n",
    "b/a.tsv.gz": gzip.compress(b"Three\tDrei\n"),
    "c.csv": b"de,en\nVier,Four\n",
    "d.jsonl": b'{"source": "Five", "target": "F\xc3\xbcnf"}\n',
    "news.de-en.de": "Sechs\n".encode("utf-16"),
    "news.de-en.en": b"Six\n",
    "de.po": po("Seven", "Sieben"),
    "locale/de/LC_MESSAGES/app.po": po("Eight", "Acht"),
    "talk.en.txt.xz": lzma.compress(b"Nine\n"),
    "talk.de.txt": b"Neun\n",
    "talk.fr.txt": b"Neuf\n",
    "README.md": b"# about",
    "notes.md": b"more",
    "LICENSE": b"free",
    "only.en": b"alone\n",
    ".git/config": b"x",
    "run.sh": b"echo",
}
READ = {
    "a:a.tsv:1": "Eins",
    "a:b/a.tsv.gz:1": "Drei",
    "c:c.csv:2": "Vier",
    "d:d.jsonl:1": "Fünf",
    "news.de-en:news.de-en.en:1": "Sechs",
    "NAME:de.po:5": "Sieben",
    "NAME:locale/de/LC_MESSAGES/app.po:5": "Acht",
    "talk.en:talk.en.txt.xz:1": "Neun",
}
TOLD = [
    "ROOT/a.tsv, line 2: has 1 tab-separated column; expected at least 2",
    "ROOT/only.en: has no partner in de beside it",
    "ROOT: hidden files or folders left out: 1, such as .git",
    "ROOT: 1 file of no format that is read, such as LICENSE",
    "ROOT: 2 files in .md of no format that is read, such as README.md",
    "ROOT: 1 file in .sh of no format that is read, such as run.sh",
]


def fill(root: Path, files: dict[str, bytes]) -> Path:
    for name, content in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(content)
    return root


def zipped(path: Path, files: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return path


def tarred(files: dict[str, bytes], *others: tarfile.TarInfo) -> bytes:
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w") as archive:
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
        for member in others:
            archive.addfile(member)
    return made.getvalue()


def packed(path: Path, files: dict[str, bytes]) -> Path:
    if path.suffix == ".zip":
        return zipped(path, files)
    compress: dict[str, Callable[[bytes], bytes]] = {
        ".tar": bytes,
        ".gz": gzip.compress,
        ".tgz": gzip.compress,
        ".xz": lzma.compress,
        ".zst": zstandard.compress,
    }
    path.write_bytes(compress[path.suffix](tarred(files)))
    return path


@pytest.mark.parametrize("kind", ["", ".zip", ".tar", ".tar.gz", ".tgz", ".tar.xz", ".tar.zst"])
def test_a_folder_and_archives_of_it(tmp_path: Path, kind: str) -> None:
    path = tmp_path / f"memory{kind}"
    found = units(packed(path, FILES) if kind else fill(path, FILES))
    assert origins(found) == {key.replace("NAME", "memory"): text for key, text in READ.items()}
    assert told(found) == [each.replace("ROOT", str(path)) for each in TOLD]
    assert "bayling-" not in repr(found)
    assert _formats.guess(str(path)) == {"folder": {"path": str(path)}}


@pytest.mark.parametrize("kind", ["", ".zip", ".tar.gz"])
def test_tables_whose_names_say_two_languages(tmp_path: Path, kind: str) -> None:
    files = {
        "en-de.tsv": b"One\tEins\nTwo\n",
        "b/en-fr.tsv": b"Three\tTrois\n",
        "f_en-de_DE.csv": b"sourceLang,targetLang,source,target\n"
        b"en,de_DE,Four,Vier\nen,fr,Five,Cinq\n",
        "corpus.en-zh.tsv.gz": gzip.compress("Six\t六\n".encode()),
        "semicolons.csv": b"de;en\nSieben, acht;Seven, eight\n",
    }
    path = tmp_path / f"memory{kind}"
    packed(path, files) if kind else fill(path, files)
    expected = "If it does not mean that, say which columns hold the texts: "
    expected += "'source_column: 1, target_column: 2'"
    said = [
        f"{path}/b/en-fr.tsv: its name says en and fr; expected A. {expected}",
        f"{path}/corpus.en-zh.tsv.gz: its name says en and zh; expected A. {expected}",
        f"{path}/en-de.tsv, line 2: has 1 tab-separated column; expected at least 2",
        f"{path}/f_en-de_DE.csv, line 3: the row is from en to fr; expected A",
    ]
    found = units(path)
    assert list(origins(found).values()) == ["Eins", "Vier", "Sieben, acht"]
    assert told(found) == [each.replace("A", "en and de") for each in said]
    found = units(path, "de>en")
    assert list(origins(found).values()) == ["One", "Four", "Seven, eight"]
    assert told(found) == [each.replace("A", "de and en") for each in said]
    found = units(path, "en>es")
    assert origins(found) == {}
    assert len(told(found)) == 6
    reader, ways = parts.load("reader", "folder"), [Direction("en", "de"), Direction("en", "fr")]
    assert reader.serves(reader.Options(path), ways)


def test_the_files_are_inputs_and_the_ways_are_those_of_all(tmp_path: Path) -> None:
    root = fill(tmp_path / "memory", FILES)
    unread = {"README.md", "notes.md", "LICENSE", "only.en", ".git/config", "run.sh"}
    assert inputs(root) == sorted(FILES.keys() - unread - {"talk.fr.txt"})
    reader, ways = parts.load("reader", "folder"), [Direction("en", "de"), Direction("de", "en")]
    assert not reader.serves(reader.Options(root), ways)
    for name in ("a.tsv", "b/a.tsv.gz", "d.jsonl"):
        (root / name).unlink()
    assert reader.serves(reader.Options(root), ways)
    archive = zipped(tmp_path / "memory.zip", {"a.tsv": FILES["a.tsv"]})
    assert reader.inputs(reader.Options(archive), "en", "de") == [archive]
    assert not reader.serves(reader.Options(archive), ways)
    archive.rename(root / "inner.zip")
    assert not reader.serves(reader.Options(root), ways)
    (root / "inner.zip").write_bytes(b"no archive")
    assert reader.serves(reader.Options(root), ways)


def test_the_nearest_languages_are_paired(tmp_path: Path) -> None:
    root = fill(tmp_path / "texts", {"a.en_GB": b"Lift\n", "a.de_AT": b"Aufzug\n", "a.de": b"L\n"})
    assert origins(units(root)) == {"a:a.en_GB:1": "L"}
    assert origins(units(root, "en>de-AT")) == {"a:a.en_GB:1": "Aufzug"}
    assert told(units(root, "fr>es")) == [
        f"{root}/a.de: and what is beside it are texts in de, de-AT, en-GB; asked for: fr and es"
    ]
    # One text is never both sides.
    assert told(units(root, "en-GB>en-US")) == [
        f"{root}/a.en_GB: has no partner in en-US beside it"
    ]
    root = fill(tmp_path / "plain", {"en.txt": b"One\n", "de.txt": b"Eins\n"})
    assert origins(units(root)) == {"en:en.txt:1": "Eins"}


def test_one_broken_file_of_many_is_told_and_the_rest_is_read(tmp_path: Path) -> None:
    files = {f"{number:04}.tsv": f"{number}\tNummer {number}\n".encode() for number in range(300)}
    broken = {
        "0100.po": b"no catalogue",
        "0101.parquet": b"no Parquet",
        "0102.csv": b"en,fr\n1,2\n",
        "0103.tsv.gz": gzip.compress(b"x")[:5],
        "x.en": b"1\n2\n",
        "x.de": b"1\n",
        "de.po": b'msgid "One"\nmsgstr "Say "hi""\n',
        "y.jsonl": json.dumps(Pair("a", "b", "en", "fr", "i", "x:y").to_json()).encode(),
    }
    root = fill(tmp_path / "memory", files | broken)
    found = units(root)
    assert len(origins(found)) == 300
    said = "\n".join(told(found))
    for reason in (
        "de.po, line 2: is not valid PO (unescaped double quote found)",
        "0101.parquet: is not Parquet, or not a whole file of it (",
        "0102.csv, line 1: has columns for the languages en, fr and none for de",
        "0103.tsv.gz, line 1: the gzip file is cut short",
        "x.en: has 2 lines, its partner x.de 1; expected line-aligned files",
        "y.jsonl, line 1: is a pair from en to fr; expected en to de",
        "0100.po: its name says no language; expected LANGUAGE.po, or give it by itself",
    ):
        assert f"{root}/{reason}" in said
    assert len(told(found)) == 7


def test_a_link_to_a_folder_is_told(tmp_path: Path) -> None:
    root = fill(tmp_path / "memory", {"a.tsv": b"One\tEins\n"})
    (root / "more").symlink_to(fill(tmp_path / "elsewhere", {"b.tsv": b"Two\tZwei\n"}))
    found = units(root)
    assert origins(found) == {"a:a.tsv:1": "Eins"}
    assert told(found) == [f"{root}/more: is a link to a folder, which is not followed"]


def test_files_that_may_not_be_read(tmp_path: Path) -> None:
    root = fill(tmp_path / "memory", {"a.tsv": b"One\tEins\n"})
    (root / "b.tsv").symlink_to("nowhere")
    os.mkfifo(root / "c.tsv")
    (root / os.fsdecode(b"Zw\xf6lf.tsv")).write_bytes(b"Twelve\tZw\n")
    found = units(root)
    assert origins(found) == {"a:a.tsv:1": "Eins"}
    assert told(found) == [
        f"{root}/Zw\ufffdlf.tsv: its name is not UTF-8; rename it",
        f"{root}/b.tsv: is no file, or a link to none",
        f"{root}/c.tsv: is no file, or a link to none",
    ]


def test_a_file_that_the_system_refuses(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = fill(tmp_path / "memory", {"a.tsv": b"One\tEins\n", "b.jsonl": b"{}"})

    def refuse(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(parts.load("reader", "jsonl"), "read", refuse)
    found = units(root)
    assert origins(found) == {"a:a.tsv:1": "Eins"}
    assert told(found) == [f"{root}/b.jsonl: cannot be read (Permission denied)"]


def test_what_is_not_installed_is_said_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(__import__("sys").modules, "pyarrow", None)
    with pytest.raises(MissingError, match="needs pyarrow"):
        units(fill(tmp_path / "memory", {"a.parquet": b"PAR1"}))


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ({}, "memory: holds no file in a format that is read; expected .po .mo .tsv .csv .jsonl"),
        ({"README.md": b"x"}, "memory: holds no file in a format that is read; expected .po"),
    ],
)
def test_a_folder_of_nothing(tmp_path: Path, files: dict[str, bytes], message: str) -> None:
    (tmp_path / "memory").mkdir()
    with pytest.raises(InputError, match=message):
        units(fill(tmp_path / "memory", files))


def test_what_is_no_folder(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="memory: no such folder or archive"):
        units(tmp_path / "memory")
    path = fill(tmp_path, {"a.tsv": b"x"}) / "a.tsv"
    with pytest.raises(InputError, match=r"a\.tsv: is neither a folder nor an archive; expected"):
        units(path)


def test_archives_in_a_folder_and_archives_in_these(tmp_path: Path) -> None:
    inner = zipped(tmp_path / "inner.zip", {"a.tsv": b"One\tEins\n"}).read_bytes()
    outer = zipped(tmp_path / "outer.zip", {"b.tsv": b"Two\tZwei\n", "inner.zip": inner})
    files = {"x/inner.zip": inner, "outer.zip": outer.read_bytes(), "broken.zip": b"PK"}
    root = fill(tmp_path / "memory", files | {"empty.zip": zipped(outer, {}).read_bytes()})
    found = units(root)
    assert origins(found) == {"b:b.tsv:1": "Zwei", "a:a.tsv:1": "Eins"}
    assert told(found) == [
        f"{root}/broken.zip: is not a zip archive, or not a whole one (File is not a zip file); "
        "fetch it again",
        f"{root}/empty.zip: holds no file in a format that is read",
        f"{root}/outer.zip/inner.zip: is an archive within an archive; unpack it first",
    ]


CLIMBING = {
    "../out.tsv": "its path leads out of the archive",
    "/tmp/out.tsv": "its path leads out of the archive",
    "a/../../out.tsv": "its path leads out of the archive",
    "..\\out.tsv": "its path leads out of the archive",
    "x" * 300 + ".tsv": "cannot be unpacked (File name too long)",
    "a.tsv/b.tsv": "cannot be unpacked (File exists)",
}


def test_a_folder_that_may_not_be_entered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = fill(tmp_path / "memory", {"a.tsv": b"One\tEins\n", "b/c.tsv": b"x"})
    scan = os.scandir

    def refuse(path: str) -> object:
        if str(path).endswith("/b"):
            raise PermissionError(13, "Permission denied", str(path))
        return scan(path)

    monkeypatch.setattr(os, "scandir", refuse)
    found = units(root)
    assert origins(found) == {"a:a.tsv:1": "Eins"}
    assert told(found) == [f"{root}/b: cannot be read (Permission denied)"]


def test_a_disk_that_is_full(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = zipped(tmp_path / "memory.zip", {"a.tsv": b"One\tEins\n"})

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(_archives, "open", full, raising=False)
    with pytest.raises(InputError, match=r"memory\.zip: does not fit into .*; set TMPDIR"):
        units(path)


@pytest.mark.parametrize("kind", [".zip", ".tar.gz"])
def test_members_that_lead_out_of_the_archive(tmp_path: Path, kind: str) -> None:
    at = tmp_path / "a" / "b"
    at.mkdir(parents=True)
    path = packed(at / f"memory{kind}", {"a.tsv": b"One\tEins\n", **dict.fromkeys(CLIMBING, b"x")})
    found = units(path)
    assert origins(found) == {"a:a.tsv:1": "Eins"}
    assert {
        each.path.as_posix().removeprefix(f"{path}/").removeprefix(f"{path}"): each.reason
        for each in found
        if isinstance(each, Unread)
    } == {name.removeprefix("/"): f"{reason}; it is not read" for name, reason in CLIMBING.items()}
    assert list(tmp_path.rglob("*.tsv")) == []


def test_links_devices_and_what_is_encrypted(tmp_path: Path) -> None:
    link, hard, device = (tarfile.TarInfo(f"{name}.tsv") for name in ("link", "hard", "device"))
    link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
    hard.type, hard.linkname = tarfile.LNKTYPE, "a.tsv"
    device.type = tarfile.CHRTYPE
    path = tmp_path / "memory.tar"
    path.write_bytes(tarred({"a.tsv": b"One\tEins\n"}, link, hard, device))
    found = units(path)
    assert origins(found) == {"a:a.tsv:1": "Eins"}
    assert told(found) == [
        f"{path}/link.tsv: is a link; it is not read",
        f"{path}/hard.tsv: is a link; it is not read",
        f"{path}/device.tsv: is no file; it is not read",
    ]
    linked, secret = zipfile.ZipInfo("link.tsv"), zipfile.ZipInfo("secret.tsv")
    linked.external_attr = (stat.S_IFLNK | 0o777) << 16
    path = tmp_path / "memory.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a.tsv", b"One\tEins\n")
        archive.writestr(linked, "/etc/passwd")
        archive.writestr(secret, "x")
        archive.writestr("a.tsv ", "x")
    raw = bytearray(path.read_bytes())
    at = raw.index(b"PK\x01\x02", raw.index(b"link.tsv", raw.index(b"PK\x01\x02")))
    raw[at + 8] |= 1
    path.write_bytes(raw)
    found = units(path)
    assert origins(found) == {"a:a.tsv:1": "Eins"}
    assert told(found)[:2] == [
        f"{path}/link.tsv: is a link; it is not read",
        f"{path}/secret.tsv: is encrypted; it is not read",
    ]


def test_two_members_of_one_name(tmp_path: Path) -> None:
    path = tmp_path / "memory.tar"
    path.write_bytes(tarred({"a.tsv": b"One\tEins\n"})[:1024] + tarred({"./a.tsv": b"x\ty\n"}))
    found = units(path)
    assert origins(found) == {"a:a.tsv:1": "Eins"}
    assert told(found) == [
        f"{path}/./a.tsv: the archive holds another file of this name; it is not read".replace(
            "/./", "/"
        )
    ]


@pytest.mark.parametrize("kind", [".zip", ".tar.gz", ".tar.xz"])
@pytest.mark.parametrize("name", ["b.tsv", "b.data"])
def test_a_bomb(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str, name: str) -> None:
    monkeypatch.setattr(_archives, "_ALWAYS", 1 << 20)
    path = packed(
        tmp_path / f"memory{kind}",
        {"a.tsv": b"One\tEins\n", name: b"x" * (20 << 20), "c.tsv": b"Two\tZwei\n"},
    )
    found = units(path)
    most = max(1 << 20, 100 * path.stat().st_size) >> 20
    assert most < 20
    if name == "b.data" and kind == ".zip":
        # Not wanted, and so not unpacked.
        assert origins(found) == {"a:a.tsv:1": "Eins", "c:c.tsv:1": "Zwei"}
        return
    assert origins(found) == {"a:a.tsv:1": "Eins"}
    assert told(found)[0] == (
        f"{path}: unpacks to more than {most} MiB or 100,000 files; nothing more is read of it. "
        "Unpack it yourself and give the folder"
    )


def test_too_many_members(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_archives, "_MOST_MEMBERS", 2)
    for kind in (".zip", ".tar.gz"):
        path = packed(tmp_path / f"m{kind}", {f"{n}.tsv": b"One\tEins\n" for n in range(3)})
        found = units(path)
        assert len(origins(found)) == 2
        assert "MiB or 2 files; nothing more is read of it" in told(found)[0]


def many(count: int = 50) -> dict[str, bytes]:
    return {
        f"{n:03}.tsv": b"".join(os.urandom(9).hex().encode() + b"\tx\n" for _ in range(99))
        for n in range(count)
    }


@pytest.mark.parametrize("kind", [".tar", ".tar.gz", ".tar.xz", ".tar.zst"])
def test_a_tar_cut_short(tmp_path: Path, kind: str) -> None:
    path = packed(tmp_path / f"memory{kind}", many(400))
    raw = path.read_bytes()
    for share in (0.4, 0.41, 0.9):
        path.write_bytes(raw[: int(len(raw) * share)])
        found = units(path)
        read = len(origins(found)) // 99
        assert (share - 0.2) * 400 < read < 400
        assert len(origins(found)) == 99 * read
        assert "nothing is read from there on" in told(found)[-1]


def test_a_tar_cut_between_two_members_or_with_a_broken_header(tmp_path: Path) -> None:
    path = tmp_path / "memory.tar"
    raw = tarred(many(3))
    member = 512 + -(-len(many(1)["000.tsv"]) // 512) * 512
    path.write_bytes(raw[: 2 * member])
    found = units(path)
    assert len(origins(found)) == 2 * 99
    assert told(found) == [
        f"{path}: ends without the mark of an end; nothing is read from there on"
    ]
    path.write_bytes(raw[: 2 * member] + b"x" * 512 + raw[2 * member + 512 :])
    assert told(units(path)) == told(found)


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.zip", b"", "is not a zip archive, or not a whole one .File is not a zip file.; fetch"),
        ("a.tar", b"", "is not a tar archive, or not a whole one: is damaged .empty file"),
        ("a.tar", b"x" * 5000, "is not a tar archive, or not a whole one: is damaged "),
        (
            "a.tar.gz",
            gzip.compress(b"", mtime=0)[:8],
            "is not a tar archive, or not a whole one: the gzip f",
        ),
    ],
)
def test_what_is_no_archive(tmp_path: Path, name: str, content: bytes, message: str) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(InputError, match=message):
        units(tmp_path / name)


def test_a_zip_with_a_damaged_member(tmp_path: Path) -> None:
    path = zipped(tmp_path / "memory.zip", many(3))
    raw = bytearray(path.read_bytes())
    raw[200:220] = bytes(20)
    path.write_bytes(raw)
    found = units(path)
    assert len(origins(found)) == 2 * 99
    assert told(found)[0].startswith(f"{path}/000.tsv: cannot be unpacked (")


def test_a_member_of_a_zip_without_a_name(tmp_path: Path) -> None:
    path = zipped(tmp_path / "memory.zip", {"a.tsv": b"One\tEins\n", "x": b"Two\tZwei\n"})
    # zipfile writes no such name, but reads one: that ends at its first byte.
    path.write_bytes(path.read_bytes().replace(b"x\x4b", b"\0\x4b").replace(b"xPK", b"\0PK"))
    found = units(path)
    assert origins(found) == {"a:a.tsv:1": "Eins"}
    assert told(found) == [f"{path}: it has no name; it is not read"]


def test_a_header_of_a_tar_that_takes_all_memory(tmp_path: Path) -> None:
    member = tarfile.TarInfo("a.tsv")
    member.pax_headers = {"comment": "x" * (3 << 20)}
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w", format=tarfile.PAX_FORMAT) as archive:
        archive.addfile(member)
    path = tmp_path / "memory.tar.gz"
    path.write_bytes(gzip.compress(made.getvalue()))
    with pytest.raises(InputError, match="is damaged .a header of more than 1 MiB"):
        units(path)


def test_guess_knows_every_format(tmp_path: Path) -> None:
    for name, reader in [
        ("a.csv", "csv"), ("a.csv.gz", "csv"), ("a.TSV.xz", "tsv"), ("a.parquet", "parquet"),
        ("a.ndjson", "jsonl"), ("a.po.zst", "catalogue"), ("a.tar.zst", "folder"),
    ]:  # fmt: skip
        (tmp_path / name).touch()
        assert _formats.guess(str(tmp_path / name)) == {reader: {"path": str(tmp_path / name)}}
    saved = fill(tmp_path / "saved", {"state.json": b"{}", "dataset_info.json": b"{}"})
    assert _formats.guess(str(saved)) == {"dataset": {"path": str(saved)}}
    only = fill(tmp_path / "only", {"de.po": b"", "README.md": b""})
    assert _formats.guess(str(only)) == {"catalogue": {"path": str(only)}}
    (tmp_path / "terms.tbx").touch()
    with pytest.raises(InputError, match=r"terms\.tbx: is a glossary, which holds terms and no tr"):
        _formats.guess(str(tmp_path / "terms.tbx"))


def test_what_a_killed_process_unpacked_goes_with_the_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    script = (
        "import os, signal\n"
        "from bayling.corpus.readers import _archives\n"
        "with _archives.workplace() as place:\n"
        "    (place / 'a.tmx').write_text('half')\n"
        "    os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    environment = {**os.environ, "TMPDIR": str(tmp_path)}
    subprocess.run([sys.executable, "-c", script], env=environment, check=False)
    (left,) = tmp_path.iterdir()
    assert (left / "a.tmx").exists()
    with _archives.workplace() as first, _archives.workplace() as second:
        # That of one who is still at work stays.
        assert {first, second} == set(tmp_path.iterdir())
    assert not list(tmp_path.iterdir())
