"""Broken files for every reader: never anything but pairs, unread units and messages.

    python benchmarks/fuzz_readers.py --inputs 100000 --only csv,tsv

Each input is a whole file of its format of which bytes are changed, dropped, doubled or cut off, or
which is put together of two. A reader may yield pairs and unread units and raise a `UserError`; all
else counts as a failure and is kept in `--out`. Of TSV and JSON Lines each line that is not
blank has to be one of these. The process may hold `--memory` MiB, and no input may take longer
than `--seconds`. Prints one line for each format.
"""

from __future__ import annotations

import argparse
import gzip
import io
import json
import lzma
import random
import resource
import signal
import tarfile
import tempfile
import time
import traceback
import warnings
import zipfile
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import polib
import zstandard

from bayling import glossary, parts
from bayling.corpus.readers import Unread
from bayling.errors import UserError
from bayling.records import Pair

TEXTS = [
    ("Please open the file", "Bitte öffnen Sie die Datei"),
    ('Say "hi", %s', "Sag „hallo“, %s"),
    ("On two\nlines", "Auf zwei\nZeilen"),
    ("Ten 文件", "Zehn 文件"),
    ("", "Nur Ziel"),
]
FLAT = [(one.replace("\n", " "), two.replace("\n", " ")) for one, two in TEXTS]
OWN = Pair("One", "Eins", "en", "de", "a", "x:y:1", {"context": "c"})
# Bytes that mean something to one format or another.
TELLING = [b'"', b"\n", b"\r", b"\t", b",", b"\0", b"\xff\xfe", b"<", b"&", b"{", b"[", b"\\", b"%"]


def tsv() -> bytes:
    return "".join(f"{one}\t{two}\n" for one, two in FLAT).encode()


def csv() -> bytes:
    def cell(text: str) -> str:
        return '"' + text.replace('"', '""') + '"'

    return "".join(f"{cell(one)},{cell(two)}\n" for one, two in TEXTS).encode()


def jsonl() -> bytes:
    rows = [{"source": one, "target": two} for one, two in TEXTS]
    return "\n".join(map(json.dumps, [*rows, OWN.to_json()])).encode()


def parquet() -> bytes:
    import pyarrow
    import pyarrow.parquet

    made = io.BytesIO()
    columns = {"source": [one for one, _ in TEXTS], "target": [two for _, two in TEXTS]}
    pyarrow.parquet.write_table(pyarrow.table(columns), made)
    return made.getvalue()


def catalogue() -> polib.POFile:
    book = polib.POFile()
    book.metadata = {
        "Content-Type": "text/plain; charset=UTF-8",
        "Plural-Forms": "nplurals=2; plural=(n != 1);",
    }
    for one, two in TEXTS[:4]:
        book.append(polib.POEntry(msgid=one, msgstr=two, comment="note", msgctxt="menu"))
    forms = {0: "Tag", 1: "Tage"}
    book.append(polib.POEntry(msgid="day", msgid_plural="days", msgstr_plural=forms))
    book.append(polib.POEntry(msgid="Fuzzy", msgstr="Unscharf", flags=["fuzzy"]))
    return book


def po() -> bytes:
    return str(catalogue()).encode()


def mo() -> bytes:
    return bytes(catalogue().to_binary())


def archive() -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, content in (("a.tsv", tsv()), ("b/c.csv", csv()), ("de.po", po())):
            packed.writestr(name, content)
    return made.getvalue()


def tar() -> bytes:
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w") as packed:
        for name, content in (("a.tsv", tsv()), ("b/c.csv", csv()), ("d.jsonl", jsonl())):
            member = tarfile.TarInfo(name)
            member.size = len(content)
            packed.addfile(member, io.BytesIO(content))
    return made.getvalue()


def tbx() -> bytes:
    entries = "".join(
        f'<termEntry><langSet xml:lang="en"><tig><term>{one}</term></tig></langSet>'
        f'<langSet xml:lang="de"><tig><term>{two}</term></tig></langSet></termEntry>'
        for one, two in TEXTS[:4]
    )
    return f'<?xml version="1.0"?><martif><text><body>{entries}</body></text></martif>'.encode()


# Reader, suffix, how a whole file is made.
FORMATS: dict[str, tuple[str, str, Callable[[], bytes]]] = {
    "tsv": ("tsv", ".tsv", tsv),
    "tsv-utf-16": ("tsv", ".tsv", lambda: tsv().decode().encode("utf-16")),
    "tsv-gzip": ("tsv", ".tsv.gz", lambda: gzip.compress(tsv(), mtime=0)),
    "tsv-xz": ("tsv", ".tsv.xz", lambda: lzma.compress(tsv())),
    "tsv-zstd": ("tsv", ".tsv.zst", lambda: zstandard.compress(tsv())),
    "csv": ("csv", ".csv", csv),
    "jsonl": ("jsonl", ".jsonl", jsonl),
    "parquet": ("parquet", ".parquet", parquet),
    "po": ("catalogue", ".po", po),
    "mo": ("catalogue", ".mo", mo),
    "zip": ("folder", ".zip", archive),
    "tar": ("folder", ".tar", tar),
    "tar-gzip": ("folder", ".tar.gz", lambda: gzip.compress(tar(), mtime=0)),
    "tbx": ("", ".tbx", tbx),
    "glossary-csv": ("", ".csv", lambda: b"en,de\n" + csv()),
}


def mutated(whole: bytes, chance: random.Random) -> bytes:
    """The file with one to six things done to it."""
    raw = bytearray(whole)
    for _ in range(chance.randint(1, 6)):
        at, end = sorted(chance.randrange(len(raw) + 1) for _ in range(2))
        end = min(end, at + chance.choice((1, 4, 64, 4096)))
        what = chance.randrange(8)
        if what == 0:
            raw[at:end] = chance.randbytes(end - at)
        elif what == 1:
            del raw[at:end]
        elif what == 2:
            raw[at:at] = raw[at:end]
        elif what == 3:
            del raw[at + chance.choice((0, 1, 100)) :]
        elif what == 4:
            raw[at:at] = whole[: chance.randrange(len(whole))]
        elif what == 5:
            raw[at:at] = chance.choice(TELLING) * chance.choice((1, 1, 2, 300))
        elif what == 6 and at < len(raw):
            raw[at] ^= 1 << chance.randrange(8)
        elif what == 7 and at < len(raw):
            raw[at : at + 4] = chance.choice(
                (b"\xff\xff\xff\xff", b"\0\0\0\0", b"\x7f\xff\xff\xff")
            )
    return bytes(raw)


def units(reader: str, path: Path) -> Iterator[Pair | Unread | glossary.Term]:
    if not reader:
        yield from glossary.read(path, "en", "de")
        return
    values: dict[str, Any] = {"path": str(path)}
    if reader == "csv":
        values |= {"source_column": 1, "target_column": 2}
    yield from parts.load("reader", reader).read(
        parts.options("reader", reader, values), "en", "de"
    )


def problem(name: str, path: Path) -> str:
    """What is wrong with how a reader takes a file; '' where nothing is."""
    reader, suffix, _ = FORMATS[name]
    try:
        found = list(units(reader, path))
        for each in found:
            json.dumps(each.to_json() if isinstance(each, Pair) else str(each)).encode()
    except UserError:
        return ""
    except BaseException as error:
        if isinstance(error, KeyboardInterrupt):
            raise
        return traceback.format_exc()
    if name in ("tsv", "jsonl") and not path.read_bytes().startswith((b"\xff\xfe", b"\xfe\xff")):
        # A pair of ours has an origin of its own, which may have been changed.
        told = Counter(
            each.line if isinstance(each, Unread) else int(each.origin.rpartition(":")[2])
            for each in found
            if isinstance(each, Unread)
            or (isinstance(each, Pair) and each.origin.startswith(f"de:{path.name}:"))
        )
        for number, line in enumerate(path.read_bytes().split(b"\n"), start=1):
            if told[number] != 1 and (told[number] > 1 or not may_be_none(name, line)):
                return f"line {number} gave {told[number]} units"
    return ""


def may_be_none(name: str, line: bytes) -> bool:
    """Whether a line may be no unit: it is blank, or a pair of ours."""
    try:
        text = line.decode()
        if name == "tsv":
            return not any(map(str.isalnum, "".join(text.split("\t")[:2])))
        row = json.loads(text) if text.strip() else {}
    except (ValueError, RecursionError):
        return False
    said = "".join(str(row[key]) for key in ("source", "target") if row.get(key) is not None)
    return not any(map(str.isalnum, said)) or row.get("origin") is not None


def late(*_: object) -> None:
    raise TimeoutError("took too long")


def main() -> None:
    given = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    given.add_argument("--inputs", type=int, default=1000)
    given.add_argument("--only", default=",".join(FORMATS))
    given.add_argument("--seed", type=int, default=1)
    given.add_argument("--memory", type=int, default=3000)
    given.add_argument("--seconds", type=int, default=20)
    given.add_argument("--out", type=Path, default=Path("fuzz-failures"))
    asked = given.parse_args()
    warnings.simplefilter("error")
    resource.setrlimit(resource.RLIMIT_AS, (asked.memory << 20, asked.memory << 20))
    signal.signal(signal.SIGALRM, late)
    for name in asked.only.split(","):
        began = time.monotonic()
        _, suffix, make = FORMATS[name]
        whole, counts = make(), Counter[str]()
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / f"de{suffix}"
            for number in range(asked.inputs):
                path.write_bytes(mutated(whole, random.Random(f"{asked.seed}/{name}/{number}")))
                signal.alarm(asked.seconds)
                said = problem(name, path)
                signal.alarm(0)
                counts["failed"] += bool(said)
                if said and counts["failed"] <= 10:
                    asked.out.mkdir(exist_ok=True)
                    (asked.out / f"{name}-{number}{suffix}").write_bytes(path.read_bytes())
                    (asked.out / f"{name}-{number}.txt").write_text(said)
        held = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10
        print(
            f"{name:14} {asked.inputs:>8,} inputs {counts['failed']:>6,} failed "
            f"{time.monotonic() - began:8.1f} s {held:6,} MiB at most"
        )


if __name__ == "__main__":
    main()
