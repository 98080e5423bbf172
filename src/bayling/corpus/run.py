"""The corpus stage: inputs are read, filters drop pairs one after another, a ledger counts.

    inputs ──pairs──▶ filter ──kept──▶ filter ──kept──▶ … ──▶ pairs.jsonl
                        └──────dropped───┴──────────────────▶ rejects.jsonl

Everything streams: no step holds more pairs than it needs to judge the next one.
"""

from __future__ import annotations

import contextlib
import itertools
import json
import os
import random
import time
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

from bayling import jsonl, manifest, parts, terminal
from bayling.corpus.filters import Verdict
from bayling.corpus.readers import _places
from bayling.errors import InputError, UserError
from bayling.records import Json, Pair

if TYPE_CHECKING:
    from bayling.config import Corpus, Spec

_EXAMPLES = 10
_OUTPUTS = ("pairs.jsonl", "rejects.jsonl", "ledger.json")


@dataclass(frozen=True)
class _Part:
    """A reader or filter with its options; `label` is what the ledger calls it."""

    label: str
    module: ModuleType
    options: Any


@dataclass
class _Tally:
    """What one filter did. `examples` is a fair sample of what it dropped."""

    name: str
    seen: int = 0
    dropped: int = 0
    examples: list[Json] = field(default_factory=list)
    chance: random.Random = field(default_factory=lambda: random.Random(0))

    def drop(self, pair: Pair, reason: str) -> None:
        self.dropped += 1
        example = {"source": pair.source, "target": pair.target, "reason": reason}
        if len(self.examples) < _EXAMPLES:
            self.examples.append(example)
        elif (place := self.chance.randrange(self.dropped)) < _EXAMPLES:
            self.examples[place] = example

    def to_json(self) -> Json:
        return {
            "filter": self.name,
            "seen": self.seen,
            "dropped": self.dropped,
            "examples": self.examples,
        }


def run(settings: Corpus, source_lang: str, target_lang: str, folder: Path) -> Json:
    """Write `pairs.jsonl`, `rejects.jsonl` and `ledger.json` to `folder` and return the ledger.

    A folder that is whole and made from the same inputs and settings is left as it is. Raises
    `InputError` for what cannot be read and `UserError` where no pair is left.
    """
    began = time.monotonic()
    readers = [_part("reader", spec) for spec in settings.inputs]
    filters = [_part("filter", spec) for spec in settings.filters]
    languages = {"source_lang": source_lang, "target_lang": target_lang}
    plan = manifest.Plan(
        stage="corpus",
        settings={**settings.model_dump(mode="json"), **languages},
        inputs=_hashes(readers, source_lang, target_lang),
    )
    if manifest.is_current(folder, plan):
        terminal.say(f"The pairs in {folder} are up to date; the corpus stage is skipped.")
        stored: Json = json.loads((folder / "ledger.json").read_text(encoding="utf-8"))
        return stored
    # Beside the folder first: a broken input costs nothing that was whole.
    work = folder.resolve().with_name(folder.resolve().name + ".partial")
    folder.mkdir(parents=True, exist_ok=True)
    work.mkdir(exist_ok=True)
    ledger = _write(readers, filters, (source_lang, target_lang), work)
    _require_some(ledger, work)
    manifest.write_json(work / "ledger.json", ledger)
    manifest.begin(folder)
    for name in _OUTPUTS:
        os.replace(work / name, folder / name)
    work.rmdir()
    counts = {"read": ledger["read"], "kept": ledger["kept"]}
    manifest.write(folder, plan, _OUTPUTS, counts, time.monotonic() - began)
    _show(ledger)
    return ledger


def guess(text: str) -> dict[str, dict[str, str]]:
    """The reader for an INPUT of the command line, as recipes spell it.

    A `.po`, `.mo`, `.tsv` or `.jsonl` file, a folder or an installed package with catalogues, or
    two text files with a comma between them. Raises `UserError` for anything else.
    """
    path = Path(text)
    if path.is_file():
        readers = {**dict.fromkeys(_places.SUFFIXES, "catalogue"), ".tsv": "tsv", ".jsonl": "jsonl"}
        if path.suffix not in readers:
            raise InputError(
                path,
                f"cannot tell its format from '{path.suffix}'; expected {' '.join(readers)}, "
                "or two line-aligned text files as SOURCE,TARGET",
            )
        return {readers[path.suffix]: {"path": text}}
    if path.is_dir():
        return {"catalogue": {"path": text}}
    if "," in text:
        files = text.split(",")
        missing = [each for each in files if not Path(each).is_file()]
        if len(files) != 2 or missing:
            problem = f"there is no file '{missing[0]}'" if missing else f"found {len(files)} files"
            raise UserError(f"{text}: expected two text files as SOURCE,TARGET; {problem}.")
        return {"text": {"source": files[0], "target": files[1]}}
    if _places.package_folder(text) is None:
        raise _places.unknown(text)
    return {"catalogue": {"path": text}}


def _part(kind: str, spec: Spec) -> _Part:
    name, values = parts.split(spec)
    options = parts.options(kind, name, values)
    label = name if kind == "filter" else " ".join(map(str, values.values())) or name
    return _Part(label, parts.load(kind, name), options)


def _hashes(readers: list[_Part], source_lang: str, target_lang: str) -> dict[str, str]:
    hashes = {}
    for reader in readers:
        for path in reader.module.inputs(reader.options, source_lang, target_lang):
            if not path.is_file():
                is_what = "is a folder; expected a file" if path.is_dir() else "no such file"
                raise InputError(path, is_what)
            hashes[str(path)] = manifest.sha256(path)
    return hashes


def _write(
    readers: list[_Part], filters: list[_Part], langs: tuple[str, str], folder: Path
) -> Json:
    counts: list[Json] = [{"input": reader.label, "read": 0} for reader in readers]
    tallies = [_Tally(part.label) for part in filters]
    with (
        open(folder / "rejects.jsonl", "w", encoding="utf-8", newline="\n") as rejects,
        contextlib.closing(_read(readers, langs, counts)) as read,
    ):

        def reject(pair: Pair, name: str, verdict: Verdict) -> None:
            row = {
                **pair.to_json(),
                "filter": name,
                "reason": verdict.reason,
                "score": verdict.score,
            }
            rejects.write(json.dumps(row, ensure_ascii=False) + "\n")

        pairs = _unique(read)
        for part, tally in zip(filters, tallies, strict=True):
            pairs = _filtered(pairs, part, tally, reject)
        kept = jsonl.write(folder / "pairs.jsonl", (pair.to_json() for pair in pairs))
    return {
        "source_lang": langs[0],
        "target_lang": langs[1],
        "inputs": counts,
        "filters": [tally.to_json() for tally in tallies],
        "read": sum(count["read"] for count in counts),
        "kept": kept,
    }


def _read(
    readers: list[_Part], langs: tuple[str, str], counts: list[Json]
) -> Generator[Pair, None, None]:
    def note() -> str:
        return f"{sum(count['read'] for count in counts):,} pairs"

    with terminal.bar("Cleaning", total=len(readers)) as bar:
        for reader, count in zip(readers, counts, strict=True):
            for pair in reader.module.read(reader.options, *langs):
                count["read"] += 1
                if count["read"] % 200 == 0:
                    bar.advance(0, note())
                yield pair
            bar.advance(1, note())


def _unique(pairs: Iterator[Pair]) -> Iterator[Pair]:
    """The same pairs, a repeated id told apart by -2, -3 …"""
    seen: dict[str, int] = {}
    for pair in pairs:
        id = pair.id
        while id in seen:
            seen[pair.id] += 1
            id = f"{pair.id}-{seen[pair.id]}"
        seen[id] = 1
        yield replace(pair, id=id)


def _filtered(
    pairs: Iterator[Pair],
    part: _Part,
    tally: _Tally,
    reject: Callable[[Pair, str, Verdict], None],
) -> Iterator[Pair]:
    # The filter consumes one copy of the stream; tee holds what it has read ahead.
    pairs, judged = itertools.tee(pairs)
    verdicts: Iterator[Verdict] = part.module.judge(judged, part.options)
    for pair, verdict in zip(pairs, verdicts, strict=True):
        tally.seen += 1
        if verdict.keep:
            yield pair
        else:
            tally.drop(pair, verdict.reason)
            reject(pair, tally.name, verdict)


def _require_some(ledger: Json, folder: Path) -> None:
    if ledger["kept"]:
        return
    languages = f"{ledger['source_lang']} to {ledger['target_lang']}"
    if not ledger["read"]:
        raise UserError(f"The inputs hold no pair from {languages}; nothing was read.")
    most = max(ledger["filters"], key=lambda each: each["dropped"])
    raise UserError(
        f"No pair from {languages} is left of {ledger['read']} read. The filter "
        f"'{most['filter']}' dropped most, {most['dropped']}, for example because "
        f"{most['examples'][0]['reason']}. See {folder / 'rejects.jsonl'}."
    )


def _show(ledger: Json) -> None:
    from rich.table import Table
    from rich.text import Text

    table = Table(title="Where the corpus went", title_justify="left")
    table.add_column("step")
    table.add_column("pairs", justify="right", no_wrap=True)
    table.add_column("dropped", justify="right", no_wrap=True)
    table.add_column("for example")
    for count in ledger["inputs"]:
        table.add_row(Text(f"read {count['input']}"), f"{count['read']:,}")
    table.add_section()
    for each in ledger["filters"]:
        share = f"{each['dropped']:,} ({each['dropped'] / max(each['seen'], 1):.1%})"
        reason = each["examples"][0]["reason"] if each["examples"] else ""
        left = each["seen"] - each["dropped"]
        table.add_row(Text(each["filter"]), f"{left:,}", share, Text(reason))
    table.add_section()
    table.add_row("kept", f"{ledger['kept']:,}", f"{ledger['read'] - ledger['kept']:,}")
    terminal.console().print(table)
