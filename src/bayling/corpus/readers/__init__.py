"""Formats of bilingual text. A reader is a file here with

    @dataclass(frozen=True)
    class Options: ...                                where to read from

    def read(options: Options, source_lang: str, target_lang: str) -> Iterator[Pair]
    def inputs(options: Options, source_lang: str, target_lang: str) -> list[Path]
        the files that `read` opens, so that the manifest can hash them

    def serves(options: Options, directions: Sequence[Direction]) -> bool     only of a reader that
        takes texts to be in whatever languages it is told: whether no text would be in two of them
        if these options were read in all of these directions

A recipe may have several directions; then `read` and `inputs` are asked for each of them by itself.
`read` yields every unit of the input that has both sides, in order, and judges nothing: dropping
is the filters' business. It raises `InputError` with file and line for what it cannot read.

    >>> from bayling import parts
    >>> parts.names("reader")
    ['catalogue', 'jsonl', 'text', 'tsv']
"""
