"""Test sets as WMT and NIST publish them: XML (`<dataset>`), or SGM in one file or two.

    <dataset><doc id=…><src lang=…>… <seg id=…>     one file; of several references the first, or
    <ref lang=… translator=…>                       the `translator` that is asked for
    <srcset srclang=…><doc docid=…>… <seg id=…>     SGM, which need not be well-formed XML; the
    <refset trglang=…><doc docid=…>… <seg id=…>     references in the same file or in another

Documents and segments are matched by their ids. Each document is running text. Outputs of systems
(`<hyp>`, `<tstset>`) are passed over.
"""

from __future__ import annotations

import re
from collections import defaultdict, deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from typing import Any

from bayling import languages
from bayling.corpus.readers import Unread, _files, _pairs, _sgml, _variants, _xml
from bayling.corpus.readers._sgml import Document, Segment
from bayling.errors import InputError
from bayling.languages import Direction
from bayling.records import Pair

_DATASET = _xml.Format("WMT XML", roots=("dataset", "collection"), units=("doc",))


@dataclass(frozen=True)
class Options:
    """The file, and that of the references where they are in one of their own.

    `translator` says which references of WMT XML are meant, e.g. `A`. `{source_lang}` and
    `{target_lang}` in the paths stand for the languages' codes. `meta` is written into every pair.
    """

    path: Path
    references: Path | None = None
    translator: str = ""
    meta: Mapping[str, Any] = field(default_factory=dict)


def inputs(options: Options, source_lang: str, target_lang: str) -> list[Path]:
    paths = [options.path] if options.references is None else [options.path, options.references]
    return [_pairs.of_direction(each, source_lang, target_lang) for each in paths]


def serves(options: Options, directions: Sequence[Direction]) -> bool:
    # A set of which neither side says its language is in those that are asked for.
    return _pairs.each_in_one(
        (tuple(inputs(options, *each)), str(each))
        for each in directions
        if not _names_a_language(inputs(options, *each))
    )


def read(options: Options, source_lang: str, target_lang: str) -> Iterator[Pair | Unread]:
    """One pair per segment, or why there is none; `meta` holds `document` and `place`.

    Raises `InputError` for what is neither WMT XML nor SGM, and for other languages.
    """
    paths = inputs(options, source_lang, target_lang)
    collection = _pairs.collection(options.path, paths[0])
    asked = Direction(source_lang, target_lang)
    number = 0
    for found in _documents(paths, asked, options.translator):
        if isinstance(found, Unread):
            yield found
            continue
        for source, target, is_forward in _joined(*found):
            number += 1
            here = source or target
            assert here is not None
            problem = _problem(source, target, here)
            if source is None or target is None or problem:
                yield Unread(here.path, problem, here.line)
                continue
            texts = (source.text, target.text) if is_forward else (target.text, source.text)
            document = f"{paths[0]}:{found[0].id}"
            meta = {**options.meta, **_pairs.place(document, number)}
            origin = f"{collection}:{source.path.name}:{source.line}"
            place = (source.path, source.line)
            yield _pairs.unit(texts, asked, origin, place, meta) or Unread(
                source.path, _pairs.BOTH_EMPTY, source.line
            )


def _problem(source: Segment | None, target: Segment | None, here: Segment) -> str:
    if source is None or target is None:
        missing = "source" if source is None else "reference"
        return here.problem or f"segment {here.id[:40]} has no {missing}"
    return source.problem or target.problem


# A document's source and reference, and whether they are asked for in this order.
_Both = tuple[Document, Document, bool]


def _joined(
    source: Document, target: Document, is_forward: bool
) -> Iterator[tuple[Segment | None, Segment | None, bool]]:
    """The segments of a document by their ids, those without a partner included."""
    waiting: dict[str, deque[Segment]] = defaultdict(deque)
    for segment in target.segments:
        waiting[segment.id].append(segment)
    for segment in source.segments:
        partners = waiting[segment.id]
        yield segment, partners.popleft() if partners else None, is_forward
    for partners in waiting.values():
        for segment in partners:
            yield None, segment, is_forward


def _documents(
    paths: Sequence[Path], asked: Direction, translator: str
) -> Iterator[_Both | Unread]:
    if _root(paths[0]) in _DATASET.roots:
        return _of_xml(paths, asked, translator)
    return _of_sgm(paths, asked, translator)


def _of_xml(paths: Sequence[Path], asked: Direction, translator: str) -> Iterator[_Both | Unread]:
    if len(paths) > 1:
        raise InputError(paths[0], "holds its references itself; leave out 'references'")
    for found in _xml.units(paths[0], _DATASET):
        if isinstance(found, Unread):
            yield found
            continue
        sides = [
            each
            for each in found.element
            if _is(each, "src")
            or (_is(each, "ref") and translator in ("", each.get("translator", "")))
        ]
        spoken = [each.get("lang", "") for each in sides]
        one, other = _variants.choose(spoken, *asked)
        if one is None or other is None:
            missing = asked.source if one is None else asked.target
            problem = f"the document has no text in {missing}; its languages: "
            problem += _variants.told(spoken)
            # Its segments are told one by one; there is a source, or at least a reference.
            segments = _of_side(paths[0], found, sides[0], problem) if sides else []
            if not segments:
                yield Unread(paths[0], problem, found.line)
            name = found.element.get("id", "")
            yield Document(name, "", "", segments), Document(name, ""), True
            continue
        first, second = sorted((one, other))
        yield (
            _document(paths[0], found, sides[first]),
            _document(paths[0], found, sides[second]),
            first == one,
        )


def _document(path: Path, found: _xml.Found, side: _xml.Element) -> Document:
    segments = _of_side(path, found, side, "")
    return Document(found.element.get("id", ""), side.get("lang", ""), "", segments)


def _of_side(path: Path, found: _xml.Found, side: _xml.Element, problem: str) -> list[Segment]:
    segments = []
    for each in side.iter():
        if not _is(each, "seg"):
            continue
        text, wrong = "", problem
        try:
            text = _xml.text(each)
        except _xml.Unreadable as error:
            wrong = problem or str(error)
        segments.append(Segment(path, found.line_of(each), each.get("id", ""), text, wrong))
    return segments


def _is(element: _xml.Element, name: str) -> bool:
    return isinstance(element.tag, str) and _xml.name(element) == name


def _of_sgm(paths: Sequence[Path], asked: Direction, translator: str) -> Iterator[_Both | Unread]:
    """Documents of both sides, matched by their ids: in the same order as a rule, so that no more
    of them wait than are out of order."""
    waiting: dict[str, deque[Document]] = defaultdict(deque)
    references = _references(paths[-1], translator)
    for source in _sgml.documents(paths[0], "src"):
        if isinstance(source, Unread):
            yield source
            continue
        while not waiting.get(source.id):
            reference = next(references, None)
            if reference is None:
                break
            if isinstance(reference, Unread):
                yield reference
            else:
                waiting[reference.id].append(reference)
        found = waiting[source.id].popleft() if waiting.get(source.id) else None
        if not waiting.get(source.id):
            waiting.pop(source.id, None)
        yield _ordered(paths[0], source, found or Document(source.id, ""), asked)
    left = (each for documents in waiting.values() for each in documents)
    for reference in chain(left, references):
        if isinstance(reference, Unread):
            yield reference
        else:
            yield _ordered(paths[-1], Document(reference.id, ""), reference, asked)


def _references(path: Path, translator: str) -> Iterator[Document | Unread]:
    """The first reference of each document, or that of a `translator` (`sysid`)."""
    known: dict[str, str] = {}
    for found in _sgml.documents(path, "ref"):
        if isinstance(found, Document):
            wanted = known.setdefault(found.id, translator or found.system)
            if found.system != wanted:
                continue
        yield found


def _ordered(path: Path, source: Document, target: Document, asked: Direction) -> _Both:
    """The two sides and whether they are asked for in this order. A side that does not say its
    language is in the one that is left. Raises `InputError` where they are in others."""
    said = (source.language, target.language)
    for order, guess in (((0, 1), asked), ((1, 0), asked.reverse)):
        spoken = [
            own if languages.spelt(own) else told for own, told in zip(said, guess, strict=True)
        ]
        if _variants.choose(spoken, *asked) == order:
            return source, target, order == (0, 1)
    raise InputError(
        path,
        f"is from {said[0] or 'any language'} to {said[1] or 'any language'}; expected "
        f"{asked.source} and {asked.target}",
    )


def _names_a_language(paths: Sequence[Path]) -> bool:
    """Whether one side says which language it is in."""
    if not all(each.is_file() for each in paths) or _root(paths[0]) in _DATASET.roots:
        return True
    firsts = (next(_sgml.documents(paths[0], "src"), None), next(_references(paths[-1], ""), None))
    return any(
        isinstance(each, Document) and languages.spelt(each.language) is not None for each in firsts
    )


def _root(path: Path) -> str:
    """The name of the first element. Raises `InputError` where it is of no test set."""
    with _files.opened(path) as file:
        try:
            chunks, _ = _xml.decoded(file)
            first = next(chunks, b"")
        except UnicodeDecodeError:
            first = b""
    match = re.search(rb"<([A-Za-z]\w*)", re.sub(rb"<!--.*?-->", b"", first, flags=re.DOTALL))
    found = match[1].decode().lower() if match else ""
    if found not in {*_DATASET.roots, "mteval", "srcset", "refset", "tstset"}:
        said = f"its first element is <{found}>" if found else "it has no element"
        raise InputError(
            path, f"is neither WMT XML nor SGM: {said}; expected <dataset>, <srcset> or <refset>"
        )
    return found
