"""Formats of bilingual text. A reader is a file here with

    @dataclass(frozen=True)
    class Options: ...                                where to read from

    def read(options: Options, source_lang: str, target_lang: str) -> Iterator[Pair]
    def inputs(options: Options, source_lang: str, target_lang: str) -> list[Path]
        the files that `read` opens, so that the manifest can hash them

`read` yields every unit of the input that has both sides, in order, and judges nothing: dropping
is the filters' business. It raises `InputError` with file and line for what it cannot read.

    >>> from bayling import parts
    >>> parts.names("reader")
    ['catalogue', 'jsonl', 'text', 'tsv']
"""
