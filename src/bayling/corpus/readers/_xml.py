"""XML as a stream of units: what is whole is found, what is broken is told.

Nothing is fetched and nothing expanded: a DOCTYPE may name a DTD, which is not looked for; entities
that a file declares for itself are refused. No more than one unit is in memory.
"""

from __future__ import annotations

import codecs
import io
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from lxml import etree

from bayling.corpus.readers import Unread, _files
from bayling.errors import InputError

Element = Any

# What a unit may hold, and what may stand between two. libxml2 takes no text longer than 10 MB.
_LIMIT = 16 * 2**20
_CHUNK = 2**16
# The line that libxml2 writes into an element is no larger.
_LAST_LINE = 65535
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
    (b"<\0", "utf-16-le"),
    (b"\0<", "utf-16-be"),
)
# A declaration that can be read byte by byte and says this is wrong: the file is UTF-8.
_WIDE = re.compile(rb"<\?xml[^>]{0,100}encoding\s*=\s*[\"'](?:utf-?16|utf-?32|ucs-?[24])", re.I)
# What libxml2 waits for the end of, however far it may be.
_WAITS = re.compile("EntityRef|Entity '")
# What libxml2 says, and what it means to somebody who has never written a parser.
_PLAIN = (
    (r"Invalid character: Char 0x0|.*xmlChar value 0$", "there is a NUL character"),
    (r"PCDATA invalid Char value (\d+)", r"XML allows no character \1"),
    (r"EntityRef: expecting ';'", "there is an & that stands for no character"),
    (r".*xmlChar value (\d+)", r"&#\1; is no character that XML allows"),
    (
        r"Invalid bytes in character encoding|Input is not proper UTF-8",
        "the bytes are not in the encoding that it declares, or in UTF-8 where it declares none",
    ),
    (r"Entity '(.+)' not defined", r"the entity &\1; is not declared"),
    (
        r"Maximum entity amplification|Detected an entity reference loop",
        "its entities expand without end",
    ),
    (r"(?:Resource limit exceeded: )?(.+), (?:try|use) XML_PARSE_HUGE.*", r"\1"),
)


@dataclass(frozen=True, slots=True)
class Found:
    """A unit that is whole, and the line that its first tag ends in."""

    element: Element
    line: int

    def line_of(self, element: Element) -> int:
        """The line of something in the unit, as far as it is known."""
        found: int = element.sourceline or self.line
        return found if found < _LAST_LINE else max(self.line, found)


@dataclass(frozen=True)
class Format:
    """What a file is called in messages, its root elements, and the elements that are units."""

    name: str
    roots: tuple[str, ...]
    units: tuple[str, ...]


def units(path: Path, form: Format) -> Iterator[Found | Unread]:
    """Each unit of a file in order, to be looked at before the next one is asked for. Where the
    XML breaks off, a `Rest` is the last.

    Raises `InputError` for what is not of this format, and for declared entities.
    """
    stream: _Stream | None = None
    try:
        with _files.opened(path) as file:
            chunks, encoding = decoded(file)
            stream = _Stream(path, form, encoding)
            for chunk in chunks:
                for line in chunk.splitlines(keepends=True):
                    yield from stream.feed(line)
            yield from stream.end()
    except _Broken as broken:
        assert stream is not None
        yield stream.rest(str(broken))
    except UnicodeDecodeError as error:
        if stream is None or not stream.is_known:
            raise InputError(path, _not(form, f"its bytes are not {_unicode(error)}")) from error
        yield stream.rest(f"the bytes are not {_unicode(error)}")
    except _files.Damaged as error:
        # Of a file that ends too early what came before is read.
        if stream is None or not stream.is_known:
            raise
        yield stream.rest(error.problem)


def decoded(file: io.BufferedIOBase) -> tuple[Iterator[bytes], str | None]:
    """The bytes in chunks, and their encoding; None where the file may declare one.

    What a byte-order mark, or the first character, says to be UTF-16 or UTF-32 becomes UTF-8.
    Raises `UnicodeDecodeError` where it is not.
    """
    chunks = _chunks(file)
    first = b""
    # Compressed data may come in small pieces.
    while len(first) < _CHUNK and (more := next(chunks, b"")):
        first += more
    for mark, encoding in _MARKS:
        if first.startswith(mark):
            if encoding == "utf-8-sig":
                return _joined(first.removeprefix(mark), chunks), "utf-8"
            return _recoded(_joined(first, chunks), encoding), "utf-8"
    return _joined(first, chunks), "utf-8" if _WIDE.match(first) else None


def _chunks(file: io.BufferedIOBase) -> Iterator[bytes]:
    # read1: where the data turns out to be cut short, what came before has been handed over.
    while chunk := file.read1(_CHUNK):
        yield chunk


def _joined(first: bytes, rest: Iterator[bytes]) -> Iterator[bytes]:
    yield first
    yield from rest


def _recoded(chunks: Iterator[bytes], encoding: str) -> Iterator[bytes]:
    decoder = codecs.getincrementaldecoder(encoding)()
    for chunk in chunks:
        yield decoder.decode(chunk).encode()
    yield decoder.decode(b"", final=True).encode()


def text(element: Element) -> str:
    """The text of an element and of all in it. Raises `Unreadable` for what is not declared."""
    if not len(element):
        return element.text or ""
    check_entities(element)
    return "".join(element.itertext())


class Unreadable(Exception):
    """Why a unit cannot be read; reads on after the place."""


def check_entities(element: Element) -> None:
    """Raises `Unreadable` where there is an entity that only an unread DTD may know."""
    for entity in element.iter(etree.Entity):
        raise Unreadable(f"uses the entity {entity.text}, which the file does not declare")


def name(element: Element) -> str:
    """An element's name without its namespace."""
    tag: str = element.tag
    return tag.rpartition("}")[2]


def namespace(element: Element) -> str:
    tag: str = element.tag
    return tag.rpartition("}")[0].removeprefix("{")


class _Broken(Exception):
    """Where the XML breaks off, in words."""


@dataclass
class _Stream:
    """A file on its way through the parser. `line` is that of the next byte, `begun` the lines of
    the units that have begun and not ended, `waiting` the bytes since the last unit that is in no
    other began or ended, and `is_known` whether the root is there."""

    path: Path
    form: Format
    encoding: str | None
    line: int = 1
    begun: list[int] = field(default_factory=list)
    waiting: int = 0
    is_known: bool = False

    def __post_init__(self) -> None:
        tags = [f"{{*}}{each}" for each in (*self.form.roots, *self.form.units)]
        self._logged = 0
        # Not with collect_ids=False: then libxml2 opens files that a DOCTYPE names.
        self._parser = etree.XMLPullParser(
            events=("start", "end"),
            tag=tags,
            encoding=self.encoding,
            resolve_entities=False,
            no_network=True,
            load_dtd=False,
            huge_tree=False,
            remove_comments=True,
            remove_pis=True,
        )

    def feed(self, line: bytes) -> Iterator[Found]:
        """What is whole once these bytes, at most a line, are there."""
        try:
            self._parser.feed(line)
        except etree.XMLSyntaxError as error:
            yield from self._found()
            raise self._broken(self._error()) from error
        yield from self._found()
        self._look_at_log()
        self.line += line.endswith(b"\n")
        self.waiting += len(line)
        if self.waiting > _LIMIT:
            what = "this unit has" if self.begun else "there is no unit in"
            raise self._broken(f"{what} more than {_LIMIT // 2**20} MB")

    def end(self) -> Iterator[Found]:
        """What is whole now that all is there."""
        try:
            root = self._parser.close()
        except etree.XMLSyntaxError as error:
            yield from self._found()
            first = self._error()
            # What libxml2 says now is mostly about the piece of a tag that was left.
            if self.is_known and not (first and _WAITS.match(first.message)):
                raise self._broken("the file ends too early") from error
            raise self._broken(first) from error
        yield from self._found()
        if not self.is_known:
            raise self._other(root)

    def rest(self, problem: str) -> _files.Rest:
        """What cannot be read from here on."""
        line = self.begun[0] if self.begun else self.line
        where = "" if line == self.line else f" at line {self.line}"
        return _files.Rest(self.path, f"from here on nothing is read, for{where} {problem}", line)

    def _found(self) -> Iterable[Found]:
        events = tuple(self._parser.read_events())
        return self._units(events) if events else ()

    def _units(self, events: Iterable[tuple[str, Element]]) -> Iterator[Found]:
        for event, element in events:
            if not self.is_known:
                self._begin(element)
            elif name(element) in self.form.roots or namespace(element) != self._namespace:
                continue
            elif event == "start":
                if not self.begun:
                    self.waiting = 0
                self.begun.append(self.line)
            else:
                yield Found(element, self.begun.pop())
                element.clear(keep_tail=True)
                # Where it stands in another unit, that is still to come.
                if not self.begun:
                    self.waiting = 0
                    _forget_all_before(element)

    def _look_at_log(self) -> None:
        """Raises where something is wrong and lxml is silent: of an entity that is not declared it
        makes a warning, while libxml2 stops there; and of prefixes without a namespace, after
        which libxml2 does not look so closely, it tells at the end."""
        logged = len(self._parser.feed_error_log)
        if logged == self._logged:
            return
        self._logged = logged
        if (first := self._error()) is not None:
            raise self._broken(first)

    def _begin(self, element: Element) -> None:
        """Look at the root and at what stands before it."""
        if element.getparent() is not None or name(element) not in self.form.roots:
            raise self._other(element.getroottree().getroot())
        dtd = element.getroottree().docinfo.internalDTD
        for entity in () if dtd is None else dtd.iterentities():
            raise InputError(
                self.path,
                f"declares the entity '{entity.name}'; declared entities are not read, for they "
                "may grow without end or name other files. Take the declarations out",
            )
        self.is_known = True
        self._namespace = namespace(element)

    def _other(self, root: Element) -> InputError:
        return InputError(self.path, _not(self.form, f"its root is <{name(root)}>"))

    def _broken(self, problem: Any) -> Exception:
        """The exception for XML that breaks off, by an entry of the log or in words; there may be
        nothing before it."""
        if problem is None:
            said = "there is no element"
        elif isinstance(problem, str):
            said = problem
        else:
            said, self.line = _plainly(problem.message.strip()), problem.line
        if self.is_known:
            return _Broken(f"the XML is broken ({said}); mend it, e.g. with xmllint --recover")
        return InputError(self.path, _not(self.form, said), self.line)

    def _error(self) -> Any:
        """The first error in the log. What lxml raises is the last one."""
        level = etree.ErrorLevels.ERROR
        return next((each for each in self._parser.feed_error_log if each.level >= level), None)


def _not(form: Format, found: str) -> str:
    roots = " or ".join(f"<{each}>" for each in form.roots)
    return f"is not {form.name}: {found}; expected XML whose root is {roots}"


def _plainly(said: str) -> str:
    for pattern, plain in _PLAIN:
        if re.match(pattern, said):
            return re.sub(pattern, plain, said, count=1) if "\\1" in plain else plain
    return said


def _unicode(error: UnicodeDecodeError) -> str:
    return error.encoding.upper().replace("UTF-16-LE", "UTF-16").replace("UTF-16-BE", "UTF-16")


def _forget_all_before(element: Element) -> None:
    """Let go of everything before a unit, so that memory does not grow."""
    while (parent := element.getparent()) is not None:
        while element.getprevious() is not None:
            del parent[0]
        element = parent
