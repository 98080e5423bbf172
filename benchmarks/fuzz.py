"""Readers against broken files: mutated inputs of every format, and what they may do with them.

    python benchmarks/fuzz.py --inputs 100000 --formats tmx xliff12 xliff2

A seed file of each format is mutated: bits flipped, bytes put in, chunks cut, doubled and moved,
encodings changed, compressed, and damaged in its compression. The same `--seed` gives the same
inputs. Of each it is checked that

- the reader raises `UserError` or nothing, and yields pairs and `Unread`s alone,
- it takes less than `--seconds`,
- units that end before the first changed byte give what they give in the seed file, pair by pair,
  and that no `UserError` is raised where there are any,
- unless a `Rest` says that the end is not read, there are at least as many pairs and `Unread`s as
  there are units: of XML as many as expat, which is not the parser of the readers, finds before an
  error of its own, and exactly as many where it finds none; of lines as many as hold text.

What is not checked: that the text of a changed unit is what a person would read there; that a
`Rest` does not come too early (`early` counts where expat got further, which it does in encodings
and names that libxml2 is stricter about); how many units there are where compression is damaged,
in what is read as a whole (.po, .mo, CSV, Parquet, archives, glossaries), and in WMT's XML and SGM,
of which a document has segments on two sides. Two text files that do not have the same number of
lines are refused as a whole. The peak of memory is that of one process for each format.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import io
import json
import lzma
import multiprocessing
import random
import re
import resource
import struct
import tarfile
import tempfile
import time
import traceback
import zipfile
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from xml.parsers import expat

import zstandard

from bayling import glossary, parts
from bayling.corpus.readers import Unread, _files
from bayling.errors import UserError
from bayling.records import Pair

Found = Pair | Unread | glossary.Term
# (units that must be accounted for, whether there can be no more)
Count = tuple[int, bool]

_WORDS = re.findall(
    r"\S+", "open the file close a window now and then we wait for nothing at all äöü 树木 {1} %s"
)
_INSERTS = (
    b"\0", b"\xff", b"<", b">", b"&", b'"', b"\n", b"\r", b"\t", b"{", b"\\", b"&#xD800;", b"&#0;",
    b"&nbsp;", b"]]>", b"<!--", b"-->", b"<![CDATA[", b"<?x", b"\xed\xa0\x80", b"\xe2\x80\x8f",
    b"<!DOCTYPE x [<!ENTITY y 'z'>]>", b"\\ud800", b"\x1f", b"x" * 70_000,
)  # fmt: skip
_ENCODINGS = ("utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-8-sig", "latin-1")
_COMPRESSIONS: tuple[Callable[[bytes], bytes], ...] = (
    gzip.compress,
    lzma.compress,
    zstandard.compress,
)


@dataclass(frozen=True)
class Seed:
    """A format: the seed file in pieces, and how it is read.

    Each of `units` gives as many pairs and `Unread`s as stand in `gives`, 1 if it is empty; where
    it is None the file is read as a whole. `count` counts the units of mutated bytes. `others` are
    files beside it, by option. Of a `saved` data set the folder is read, which holds these files
    too.
    """

    reader: str
    suffix: str
    head: bytes
    units: tuple[bytes, ...]
    tail: bytes
    gives: tuple[int, ...] | None = ()
    count: Callable[[bytes], Count] = lambda data: (0, False)
    option: str = "path"
    others: dict[str, bytes] = field(default_factory=dict)
    saved: dict[str, bytes] = field(default_factory=dict)

    @property
    def data(self) -> bytes:
        return self.head + b"".join(self.units) + self.tail

    def before(self, position: int) -> int:
        """How many pairs and `Unread`s come of the units that end before a byte."""
        if self.gives is None:
            return 0
        end, total = len(self.head), 0
        for number, unit in enumerate(self.units):
            end += len(unit)
            if end > position:
                break
            total += self.gives[number] if self.gives else 1
        return total


@dataclass
class Row:
    """What came of the inputs of a format."""

    name: str
    inputs: int = 0
    pairs: int = 0
    unread: int = 0
    refused: int = 0
    early: int = 0
    slowest: float = 0.0
    peak_mb: float = 0.0
    failures: list[str] = field(default_factory=list)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--inputs", type=int, default=2000, help="for each format")
    parser.add_argument("--formats", nargs="+", default=list(SEEDS), choices=list(SEEDS))
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--seconds", type=float, default=5.0)
    parser.add_argument("--keep", type=Path, help="a folder for inputs that fail")
    options = parser.parse_args()
    if options.keep:
        options.keep.mkdir(parents=True, exist_ok=True)
    print(
        f"{'format':<10}{'inputs':>9}{'pairs':>11}{'unread':>10}{'refused':>9}{'early':>8}", end=""
    )
    print(f"{'slowest s':>11}{'peak MB':>9}{'failures':>10}")
    failed = False
    for name in options.formats:
        given = (name, options.inputs, options.seed, options.seconds, options.keep)
        # A process of its own, for its memory and for what would kill it.
        with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as pool:
            row = pool.submit(fuzz, *given).result()
        print(
            f"{row.name:<10}{row.inputs:>9,}{row.pairs:>11,}{row.unread:>10,}{row.refused:>9,}"
            f"{row.early:>8,}{row.slowest:>11.3f}{row.peak_mb:>9.0f}{len(row.failures):>10}",
            flush=True,
        )
        for failure in row.failures[:5]:
            print(failure)
        failed = failed or bool(row.failures)
    raise SystemExit(failed)


def fuzz(name: str, inputs: int, seed: int, seconds: float, keep: Path | None) -> Row:
    """Read `inputs` mutated files of a format."""
    chance = random.Random(f"{name} {seed}")
    form, row = SEEDS[name], Row(name)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"seed{form.suffix}"
        values = {form.option: path}
        for option, data in form.others.items():
            values[option] = Path(folder) / f"other-{option}"
            values[option].write_bytes(data)
        for file, data in form.saved.items():
            (Path(folder) / file).write_bytes(data)
            values[form.option] = Path(folder)
        read = reading(form.reader, values)
        path.write_bytes(form.data)
        expected = list(read())
        for number in range(inputs):
            written, inside, position = mutate(form.data, chance)
            # What a reader has mapped into memory must not shrink.
            path.unlink()
            path.write_bytes(written)
            problem = judge(form, row, read, expected[: form.before(position)], inside, seconds)
            if problem:
                row.failures.append(f"    {name} {number}: {problem}")
                if keep:
                    (keep / f"{name}-{seed}-{number}{form.suffix}").write_bytes(written)
    row.peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return row


def reading(reader: str, values: dict[str, Path]) -> Callable[[], Iterator[Any]]:
    given = {option: str(path) for option, path in values.items()}
    if reader == "glossary":
        return lambda: iter(glossary.read(values["path"], "en", "de"))
    module, options = parts.load("reader", reader), parts.options("reader", reader, given)
    return lambda: module.read(options, "en", "de")


def judge(
    form: Seed,
    row: Row,
    read: Callable[[], Iterator[Any]],
    expected: Sequence[Found],
    inside: bytes | None,
    seconds: float,
) -> str:
    """What is wrong with the way an input was read, '' if nothing is; `inside` is what it holds
    once it is decompressed, None where that cannot be known."""
    row.inputs += 1
    began, found, refused = time.monotonic(), [], False
    try:
        found = list(read())
    except UserError:
        refused = True
    except Exception:
        return traceback.format_exc(limit=-2)
    took = time.monotonic() - began
    row.slowest = max(row.slowest, took)
    row.refused += refused
    row.pairs += sum(isinstance(each, Pair | glossary.Term) for each in found)
    row.unread += sum(isinstance(each, Unread) for each in found)
    if took > seconds:
        return f"took {took:.1f} s"
    if strange := [each for each in found if not isinstance(each, Found)]:
        return f"yields {strange[0]!r}"
    if refused:
        return "is refused, though its first units are whole" if expected else ""
    if inside is not None and found[: len(expected)] != list(expected):
        return "its first units are whole and read otherwise"
    least, is_exact = (0, False) if inside is None else form.count(inside)
    if any(isinstance(each, _files.Rest) for each in found):
        row.early += len(found) <= least
        return ""
    if len(found) < least or (is_exact and len(found) > least):
        return f"{len(found)} pairs and Unreads of {least} units"
    return ""


def mutate(data: bytes, chance: random.Random) -> tuple[bytes, bytes | None, int]:
    """(what is written, what is in it, the first byte that is changed)."""
    first = len(data)
    for _ in range(chance.choice((1, 1, 1, 2, 2, 3, 5))):
        changed, position = chance.choice(_MUTATIONS)(data, chance)
        first, data = min(first, position), changed
    if chance.random() < 0.08:
        try:
            changed = data.decode().encode(chance.choice(_ENCODINGS))
        except UnicodeError:
            changed = data.decode("latin-1").encode("utf-16")
        data, first = changed, 0
    if chance.random() > 0.05:
        return data, data, first
    written = chance.choice(_COMPRESSIONS)(data)
    if chance.random() < 0.5:
        return written, data, first
    return chance.choice(_MUTATIONS)(written, chance)[0], None, 0


def _flip(data: bytes, chance: random.Random) -> tuple[bytes, int]:
    changed, at = bytearray(data), len(data)
    for _ in range(chance.choice((1, 1, 2, 8))):
        if data:
            place = chance.randrange(len(data))
            changed[place] ^= 1 << chance.randrange(8)
            at = min(at, place)
    return bytes(changed), at


def _put_in(data: bytes, chance: random.Random) -> tuple[bytes, int]:
    at = chance.randrange(len(data) + 1)
    return data[:at] + chance.choice(_INSERTS) + data[at:], at


def _cut_off(data: bytes, chance: random.Random) -> tuple[bytes, int]:
    at = chance.randrange(len(data) + 1)
    return data[:at], at


def _cut_out(data: bytes, chance: random.Random) -> tuple[bytes, int]:
    at, end = _chunk(data, chance)
    return data[:at] + data[end:], at


def _double(data: bytes, chance: random.Random) -> tuple[bytes, int]:
    at, end = _chunk(data, chance)
    return data[:end] + data[at:end] * chance.choice((1, 1, 2, 9)) + data[end:], end


def _move(data: bytes, chance: random.Random) -> tuple[bytes, int]:
    at, end = _chunk(data, chance)
    rest = data[:at] + data[end:]
    to = chance.randrange(len(rest) + 1)
    return rest[:to] + data[at:end] + rest[to:], min(at, to)


_MUTATIONS = (_flip, _flip, _put_in, _put_in, _cut_off, _cut_out, _double, _move)


def _chunk(data: bytes, chance: random.Random) -> tuple[int, int]:
    """Beginning and end; half of the time they are where tags or lines begin."""
    at = chance.randrange(len(data) + 1)
    end = min(len(data), at + chance.choice((1, 5, 40, 400)))
    if chance.random() < 0.5:
        mark = chance.choice((b"<", b"\n"))
        at, end = (max(data.find(mark, place), place) for place in (at, end))
    return at, max(at, end)


def counted_by_expat(elements: dict[str, str]) -> Callable[[bytes], Count]:
    """Counts units that are whole; `elements` are their names, with that of the parts that are
    counted in their stead where there are any ('' for none)."""

    def count(data: bytes) -> Count:
        total, inner, stack = 0, [], []  # type: ignore[var-annotated]

        def start(name: str, attributes: object) -> None:
            if stack and inner and elements.get(stack[-1]) == name:
                inner[-1] += 1
            stack.append(name)
            if name in elements:
                inner.append(0)

        def end(name: str) -> None:
            nonlocal total
            stack.pop()
            if name in elements:
                total += max(1, inner.pop())

        parser = expat.ParserCreate()
        parser.StartElementHandler, parser.EndElementHandler = start, end
        try:
            parser.Parse(data, True)
        except (expat.ExpatError, LookupError, ValueError):
            # The last two for encodings that it does not know.
            return total, False
        return total, True

    return count


def _lines(data: bytes) -> list[str]:
    """The lines of bytes, by their mark; half characters and the like are left out."""
    marks = {b"\xff\xfe\0\0": "utf-32", b"\0\0\xfe\xff": "utf-32"}
    marks |= {b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}
    encoding = next((name for mark, name in marks.items() if data.startswith(mark)), "utf-8-sig")
    return data.decode(encoding, errors="ignore").split("\n")


def _count_tsv(data: bytes) -> Count:
    rows = (line.split("\t")[:2] for line in _lines(data))
    return sum(any(map(_has_text, row)) for row in rows), False


def _count_jsonl(data: bytes) -> Count:
    return sum(map(_is_object_with_text, _lines(data))), False


def _is_object_with_text(line: str) -> bool:
    try:
        row = json.loads(line)
        return any(_has_text(str(row[key] or "")) for key in ("source", "target"))
    except (ValueError, TypeError, KeyError, RecursionError):
        return _has_text(line)


def _count_lines(data: bytes) -> Count:
    return sum(map(_has_text, _lines(data))), False


def _has_text(text: str) -> bool:
    return re.search("[A-Za-z]", text) is not None


def _texts(count: int = 16) -> list[tuple[str, str]]:
    chance = random.Random(7)
    return [
        tuple(" ".join(chance.sample(_WORDS, chance.randint(1, 9))) for _ in "12")  # type: ignore[misc]
        for _ in range(count)
    ]


def _xml(text: str) -> str:
    return text.replace("{1}", '<ph id="1" x="1">&lt;b&gt;</ph>').replace("%s", "R&amp;D")


def _tmx() -> Seed:
    head = (
        '<?xml version="1.0" encoding="UTF-8"?>\n<!DOCTYPE tmx SYSTEM "tmx14.dtd">\n'
        '<tmx version="1.4"><header creationtool="x" srclang="en"><prop type="y">z</prop></header>'
        "<body>\n"
    )
    units = (
        f'<tu tuid="{number}" creationid="anna"><note>Note</note><prop type="id">a.{number}</prop>'
        f'\n<tuv xml:lang="en-US"><seg>{_xml(source)} <bpt i="1">{{</bpt>b<ept i="1">}}</ept>'
        f'</seg></tuv>\n<tuv xml:lang="de-DE" changeid="ben"><seg>{_xml(target)}</seg></tuv></tu>\n'
        for number, (source, target) in enumerate(_texts())
    )
    return _seed("tmx", ".tmx", head, units, "</body></tmx>\n", counted_by_expat({"tu": ""}))


def _xliff12() -> Seed:
    head = (
        '<?xml version="1.0"?>\n<xliff version="1.2" xmlns="urn:oasis:names:tc:xliff:document:1.2">'
        '<file original="a" source-language="en" target-language="de" datatype="x"><body>\n'
    )
    units = (
        f'<trans-unit id="{number}"><source>{_xml(source)} <g id="3">g</g></source>\n<target '
        f'state="final">{_xml(target)}<x id="4"/></target><note>A note</note></trans-unit>\n'
        for number, (source, target) in enumerate(_texts())
    )
    tail = "</body></file></xliff>\n"
    return _seed("xliff", ".xlf", head, units, tail, counted_by_expat({"trans-unit": ""}))


def _xliff2() -> Seed:
    head = (
        '<?xml version="1.0"?>\n<xliff version="2.0" srcLang="en" trgLang="de" '
        'xmlns="urn:oasis:names:tc:xliff:document:2.0"><file id="f">\n'
    )
    units = (
        f'<unit id="{number}"><notes><note>A note</note></notes><originalData><data id="d">x</data>'
        f'</originalData>\n<segment state="final"><source>{source} <pc id="1">a</pc></source>'
        f'<target>{target} <ph id="2"/></target></segment><ignorable><source> </source></ignorable>'
        f"\n<segment><source>{source}</source><target>{target}</target></segment></unit>\n"
        for number, (source, target) in enumerate(_texts())
    )
    count = counted_by_expat({"unit": "segment"})
    return _seed("xliff", ".xlf", head, units, "</file></xliff>\n", count, gives=2)


def _wmt() -> Seed:
    units = (
        f'<doc id="{number}"><src lang="en"><p><seg id="1">{_xml(source)}</seg><seg id="2">B</seg>'
        f'</p></src>\n<ref lang="de" translator="A"><p><seg id="1">{_xml(target)}</seg></p></ref>'
        "</doc>\n"
        for number, (source, target) in enumerate(_texts())
    )
    return _seed("sgm", ".xml", "<dataset>\n", units, "</dataset>\n", gives=2)


def _sgm() -> Seed:
    def document(number: int, text: str) -> str:
        return f'<doc docid="{number}"><p>\n<seg id="1">{text}</seg>\n</p></doc>\n'

    texts = _texts()
    units = (document(number, source) for number, (source, _) in enumerate(texts))
    references = "".join(document(number, target) for number, (_, target) in enumerate(texts))
    whole = f'<refset trglang="de">\n{references}</refset>\n'.encode()
    seed = _seed("sgm", ".sgm", '<srcset srclang="en">\n', units, "</srcset>\n")
    return Seed(**{**vars(seed), "others": {"references": whole}})


def _sgm1() -> Seed:
    seed = _sgm()
    data = b"<mteval>" + seed.data + seed.others["references"] + b"</mteval>"
    return _whole("sgm", ".sgm", data)


def _tsv() -> Seed:
    units = (f"{source}\t{target}\n" for source, target in _texts())
    return _seed("tsv", ".tsv", "", units, "", _count_tsv)


def _jsonl() -> Seed:
    units = (
        json.dumps({"source": source, "target": target, "more": [1]}, ensure_ascii=False) + "\n"
        for source, target in _texts()
    )
    return _seed("jsonl", ".jsonl", "", units, "", _count_jsonl)


def _text() -> Seed:
    texts = _texts()
    seed = _seed("text", ".en", "", (f"{source}\n" for source, _ in texts), "", _count_lines)
    other = "".join(f"{target}\n" for _, target in texts).encode()
    return Seed(**{**vars(seed), "option": "source", "others": {"target": other}, "gives": None})


def _csv_data() -> bytes:
    rows = ((f'{source} "so"', f"{target}\n2") for source, target in _texts())
    made = io.StringIO()
    csv.writer(made).writerows([("source", "target"), *rows])
    return made.getvalue().encode()


def _parquet() -> bytes:
    import pyarrow
    import pyarrow.parquet

    sources, targets = zip(*_texts(), strict=True)
    made = io.BytesIO()
    pyarrow.parquet.write_table(pyarrow.table({"source": sources, "target": targets}), made)
    return made.getvalue()


def _dataset() -> Seed:
    """As `save_to_disk` leaves it."""
    import pyarrow

    sources, targets = zip(*_texts(), strict=True)
    table = pyarrow.table({"source": sources, "target": targets})
    made = io.BytesIO()
    with pyarrow.ipc.new_stream(made, table.schema) as stream:
        stream.write_table(table)
    text = {"dtype": "string", "_type": "Value"}
    state: dict[str, Any] = {
        "_data_files": [{"filename": "seed.arrow"}],
        "_fingerprint": "1",
        "_split": None,
    }
    state |= {"_format_type": None, "_format_columns": None, "_format_kwargs": {}}
    saved = {
        "state.json": {**state, "_output_all_columns": False},
        "dataset_info.json": {"features": {"source": text, "target": text}},
    }
    seed = _whole("dataset", ".arrow", made.getvalue())
    files = {name: json.dumps(content).encode() for name, content in saved.items()}
    return Seed(**{**vars(seed), "saved": files})


def _archived() -> Iterator[tuple[str, bytes]]:
    yield from (("a.tsv", _tsv().data), ("b/c.csv", _csv_data()), ("de.po", _po().data))


def _zip() -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, content in _archived():
            packed.writestr(name, content)
    return made.getvalue()


def _tar() -> bytes:
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w") as packed:
        for name, content in _archived():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            packed.addfile(member, io.BytesIO(content))
    return made.getvalue()


def _tbx() -> bytes:
    entries = "".join(
        f'<termEntry><langSet xml:lang="en"><tig><term>{source}</term></tig></langSet>'
        f'<langSet xml:lang="de"><tig><term>{target}</term></tig></langSet></termEntry>\n'
        for source, target in _texts()
    )
    return f'<?xml version="1.0"?><martif><text><body>{entries}</body></text></martif>'.encode()


def _whole(reader: str, suffix: str, data: bytes) -> Seed:
    return Seed(reader, suffix, data, (), b"", None)


def _po() -> Seed:
    head = 'msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=UTF-8\\n"\n\n'
    entries = (
        f'#. A note\nmsgctxt "c{number}"\nmsgid "{source}"\nmsgstr "{target}"\n\n'
        for number, (source, target) in enumerate(_texts())
    )
    data = head + "".join(entries) + 'msgid "a"\nmsgid_plural "b"\nmsgstr[0] "c"\nmsgstr[1] "d"\n'
    return _whole("catalogue", ".po", data.encode())


def _mo() -> Seed:
    pairs = sorted({"": "Content-Type: text/plain; charset=UTF-8\n", **dict(_texts())}.items())
    encoded = [(source.encode(), target.encode()) for source, target in pairs]
    offset, tables, strings = 28 + 16 * len(encoded), [b"", b""], b""
    for side in (0, 1):
        for each in encoded:
            tables[side] += struct.pack("<2I", len(each[side]), offset + len(strings))
            strings += each[side] + b"\0"
    size = len(encoded)
    header = struct.pack("<7I", 0x950412DE, 0, size, 28, 28 + 8 * size, 0, 28 + 16 * size)
    return _whole("catalogue", ".mo", header + tables[0] + tables[1] + strings)


def _seed(
    reader: str,
    suffix: str,
    head: str,
    units: Iterator[str],
    tail: str,
    count: Callable[[bytes], Count] = lambda data: (0, False),
    gives: int = 1,
) -> Seed:
    encoded = tuple(unit.encode() for unit in units)
    amounts = (gives,) * len(encoded)
    return Seed(reader, suffix, head.encode(), encoded, tail.encode(), amounts, count)


SEEDS: dict[str, Seed] = {
    "tmx": _tmx(),
    "xliff12": _xliff12(),
    "xliff2": _xliff2(),
    "wmt": _wmt(),
    "sgm": _sgm(),
    "sgm1": _sgm1(),
    "tsv": _tsv(),
    "jsonl": _jsonl(),
    "text": _text(),
    "po": _po(),
    "mo": _mo(),
    "csv": _whole("csv", ".csv", _csv_data()),
    "parquet": _whole("parquet", ".parquet", _parquet()),
    "dataset": _dataset(),
    "zip": _whole("folder", ".zip", _zip()),
    "tar": _whole("folder", ".tar", _tar()),
    "tar.gz": _whole("folder", ".tar.gz", gzip.compress(_tar(), mtime=0)),
    "tbx": _whole("glossary", ".tbx", _tbx()),
    "terms": _whole("glossary", ".csv", _csv_data()),
}

if __name__ == "__main__":
    main()
