"""Formats of bilingual text. A reader is a file here with

    @dataclass(frozen=True)
    class Options: ...                                where to read from

    def read(options: Options, source_lang: str, target_lang: str) -> Iterator[Pair | Unread]
    def inputs(options: Options, source_lang: str, target_lang: str) -> list[Path]
        the files that `read` opens, so that the manifest can hash them

    def serves(options: Options, directions: Sequence[Direction]) -> bool     only of a reader that
        takes texts to be in whatever languages it is told: whether no text would be in two of them
        if these options were read in all of these directions

A recipe may have several directions; then `read` and `inputs` are asked for each of them by itself.
`read` yields every unit of the input, in order: a `Pair` where it has both sides, an `Unread` where
it has not, where it is broken, and for the rest of a file that ends too early. So what is read and
what is not are all there was. It judges nothing: dropping is the filters' business. It raises
`InputError` for what is no input of its format at all. An input whose every unit is unread is an
error too, which the corpus stage tells.

    >>> from bayling import parts
    >>> print(*parts.names("reader"))
    catalogue csv dataset folder jsonl parquet sgm text tmx tsv xliff
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Unread:
    """A unit, or the rest of a file, that is there and could not be read: where, and why.

    `reason` reads on after the place: "line 7: the target is empty".
    """

    path: Path
    reason: str
    line: int | None = None

    @property
    def place(self) -> str:
        return str(self.path) if self.line is None else f"{self.path}, line {self.line}"
