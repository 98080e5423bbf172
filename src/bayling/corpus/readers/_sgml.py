"""The documents of SGM files: tags are looked for, nothing has to be well-formed between them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from bayling.corpus.readers import Unread, _files, _xml
from bayling.errors import InputError

# The set that holds a side, and its attribute that names the language.
SETS = {"src": ("srcset", "srclang"), "ref": ("refset", "trglang")}

_TAG_LENGTH = 4096
_TAG = re.compile(rb"<(/?)(srcset|refset|tstset|doc|seg)\b([^<>]{0,%d})>" % _TAG_LENGTH, re.I)
_VALUE = re.compile(r"""(?<![\w:-])([\w:-]+)\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))""")
_ENTITY = re.compile(r"&(?:(amp|lt|gt|quot|apos)|#([0-9]{1,7})|#[xX]([0-9a-fA-F]{1,6}));")
_NAMED = {"amp": "&", "lt": "<", "gt": ">", "quot": '"', "apos": "'"}
# What a document may hold, in bytes.
_LIMIT = 16 * 2**20


@dataclass(frozen=True, slots=True)
class Segment:
    """A segment; `problem` is why it has no text, '' where it has."""

    path: Path
    line: int
    id: str
    text: str
    problem: str = ""


@dataclass(slots=True)
class Document:
    """The segments of one side of a document. `system` tells its references apart."""

    id: str
    language: str
    system: str = ""
    segments: list[Segment] = field(default_factory=list)


def documents(path: Path, side: str) -> Iterator[Document | Unread]:
    """The documents of one side (`src`, `ref`), one at a time; where the file ends too early, a
    `Rest` is the last. Raises `InputError` where the side is not there at all."""
    wanted, _ = SETS[side]
    scan = _Scan(path, side)
    try:
        with _files.opened(path) as file:
            chunks, _ = _xml.decoded(file)
            for chunk in chunks:
                yield from scan.take(chunk)
    except _files.Damaged as error:
        if not scan.is_known:
            raise
        problem = error.problem
    except UnicodeDecodeError:
        problem = "its bytes are not UTF-16, though it begins with its mark"
    except _TooLong:
        problem = f"a document has more than {_LIMIT // 2**20} MB"
    else:
        problem = f"the file ends before </{wanted}>"
    if not scan.is_known:
        hint = "; name the file that holds it with 'references'" if side == "ref" else ""
        raise InputError(path, f"has no <{wanted}>{hint}")
    if scan.is_in_set:
        if scan.document is not None:
            yield scan.document
        line = scan.begun or scan.line
        yield _files.Rest(path, f"from here on nothing is read, for {problem}", line)


class _TooLong(Exception):
    pass


@dataclass
class _Scan:
    """A file on its way past. `line` is that of the next byte, `begun` that of the segment whose
    `text` is being gathered, None outside of one."""

    path: Path
    side: str
    line: int = 1
    is_known: bool = False
    is_in_set: bool = False
    language: str = ""
    document: Document | None = None
    size: int = 0
    begun: int | None = None
    id: str = ""
    text: bytes = b""
    _left: bytes = b""

    def take(self, chunk: bytes) -> Iterator[Document]:
        """The documents that end in these bytes."""
        data, end = self._left + chunk, 0
        for match in _TAG.finditer(data):
            self._pass(data[end : match.start()])
            yield from self._tag(bool(match[1]), match[2].decode().lower(), match[3])
            self.line += match.group().count(b"\n")
            end = match.end()
        # A tag may go on in the next chunk.
        cut = data.rfind(b"<", max(end, len(data) - _TAG_LENGTH))
        cut = len(data) if cut < 0 else cut
        self._pass(data[end:cut])
        self._left = data[cut:]

    def _pass(self, data: bytes) -> None:
        self.line += data.count(b"\n")
        if self.begun is not None:
            self.text += data
            self.size += len(data)
            if self.size > _LIMIT:
                raise _TooLong

    def _tag(self, is_end: bool, tag: str, raw: bytes) -> Iterator[Document]:
        if tag.endswith("set"):
            yield from self._end_document()
            if tag == SETS[self.side][0]:
                self.is_in_set = not is_end
                self.is_known = True
                self.language = _values(raw).get(SETS[self.side][1], "")
            elif not is_end:
                self.is_in_set = False
        elif not self.is_in_set:
            return
        elif tag == "doc":
            yield from self._end_document()
            if not is_end:
                said = _values(raw)
                name = said.get("docid") or said.get("id", "")
                self.document = Document(name, self.language, said.get("sysid", ""))
        elif is_end:
            if self.begun is not None:
                self._end_segment()
        else:
            self._end_segment("does not end")
            self.begun, self.id = self.line, _values(raw).get("id", "")

    def _end_document(self) -> Iterator[Document]:
        self._end_segment("does not end")
        if self.document is not None:
            yield self.document
        self.document, self.size = None, 0

    def _end_segment(self, problem: str = "") -> None:
        if self.begun is None:
            return
        if self.document is None:
            self.document = Document("", self.language)
        text = ""
        if not problem:
            try:
                text = _ENTITY.sub(_character, self.text.decode())
            except UnicodeDecodeError:
                problem = "has bytes that are not UTF-8; convert the file first, e.g. with iconv"
            if "\0" in text:
                problem = "holds a NUL character"
        said = f"segment {self.id[:40]} {problem}" if problem else ""
        self.document.segments.append(Segment(self.path, self.begun, self.id, text, said))
        self.begun, self.text = None, b""


def _values(raw: bytes) -> dict[str, str]:
    found = _VALUE.findall(raw.decode(errors="replace"))
    return {key.lower(): _ENTITY.sub(_character, "".join(values)) for key, *values in found}


def _character(match: re.Match[str]) -> str:
    if match[1]:
        return _NAMED[match[1]]
    number = int(match[2]) if match[2] else int(match[3], 16)
    is_one = 0 < number < 0xD800 or 0xDFFF < number < 0x110000
    return chr(number) if is_one else match.group()
