"""How fast a translation memory is cleaned and how much memory that takes, beside OpusFilter.

    python -m venv peer && peer/bin/pip install opusfilter==3.3.1 "py3langid<0.4"
    python benchmarks/corpus.py --pairs 1000000 --opusfilter peer/bin/opusfilter

Real text of that size does not install from a package index, so each pair is two units of the
quickstart's catalogues in a row, and some are spoilt in known ways (`SPOILT`). Both read the same
two text files and write what they keep; the filters are of the same kinds, with thresholds as near
as the two let them be: length, length ratio, script, language, numbers, markup, duplicates. Each
run is a process of its own and they take turns, `--rounds` times; the ratio of the medians is
printed, and on how many pairs the two agree. Peak memory is that of the largest process (`peak_mb`)
and of all at once (`together_mb`), where what they share counts once.
"""

from __future__ import annotations

import argparse
import json
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from bayling import config, jsonl, parts
from bayling.records import Pair

RECIPE = Path(__file__).parents[1] / "recipes" / "quickstart.yaml"
FILTERS = ["length", "ratio", "script", "language", "numbers", "markup", "duplicate"]
OPUSFILTER = """
common:
  output_directory: {folder}
  default_n_jobs: {workers}
steps:
  - type: filter
    parameters:
      inputs: [{source}, {target}]
      outputs: [filtered.en, filtered.de]
      filters:
        - LengthFilter: {{unit: word, min_length: 1, max_length: 150}}
        - LengthRatioFilter: {{unit: char, threshold: 3}}
        - CharacterScoreFilter: {{scripts: [Latin, Latin], thresholds: [0.5, 0.5]}}
        - LanguageIDFilter:
            {{languages: [en, de], thresholds: [0, 0], langid_languages: [en, de]}}
        - NonZeroNumeralsFilter: {{threshold: 1}}
        - HtmlTagFilter: {{}}
  - type: remove_duplicates
    parameters:
      inputs: [filtered.en, filtered.de]
      outputs: [kept.en, kept.de]
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--pairs", type=int, nargs="+", default=[1_000_000])
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--opusfilter", metavar="PROGRAM", help="that of its own environment")
    parser.add_argument("--work", type=Path, help="keeps the files here")
    parser.add_argument("--picture", type=Path, help="time and memory by the number of pairs, SVG")
    options = parser.parse_args()
    found: dict[int, dict[str, Any]] = {}
    with tempfile.TemporaryDirectory() as temporary:
        work = options.work or Path(temporary)
        for count in options.pairs:
            found[count] = compare(count, options, work / str(count))
    if options.picture:
        draw(found, options.picture)


def draw(found: dict[int, dict[str, Any]], path: Path) -> None:
    """How time and memory grow, from the last run of each number of pairs."""
    import matplotlib as mpl

    mpl.use("svg")
    from matplotlib import pyplot

    figure, sides = pyplot.subplots(1, 2, figsize=(8, 3.2), layout="constrained")
    counts = [count / 1e6 for count in found]
    labels = {"processor_s": "seconds of all processors", "peak_mb": "MB of the largest process"}
    for axes, (key, label) in zip(sides, labels.items(), strict=True):
        axes.plot(counts, [each[key] for each in found.values()], marker="o")
        axes.set(xlabel="million pairs", ylabel=label, xlim=(0, None), ylim=(0, None))
    figure.savefig(path)


def compare(count: int, options: argparse.Namespace, folder: Path) -> dict[str, Any]:
    """The last run of ours; all runs are printed."""
    files = (folder / "memory.en.txt", folder / "memory.de.txt")
    if not files[1].is_file():
        folder.mkdir(parents=True, exist_ok=True)
        write(count, *files)
    sides: dict[str, Callable[[], list[str]]] = {"ours": lambda: ours(options, files, folder)}
    if options.opusfilter:
        sides["opusfilter"] = lambda: opusfilter(options, files, folder)
    runs: dict[str, list[dict[str, Any]]] = {name: [] for name in sides}
    for _ in range(options.rounds):
        for name, command in sides.items():
            runs[name].append(timed(command()))
            print(f"{count:>10,} pairs  {name:10}", json.dumps(runs[name][-1]), flush=True)
    report(runs)
    if options.opusfilter:
        agreement(files, folder)
    return runs["ours"][-1]


def ours(options: argparse.Namespace, files: tuple[Path, Path], folder: Path) -> list[str]:
    # What is whole would not be made again.
    shutil.rmtree(folder / "ours", ignore_errors=True)
    languages = ["--from", "en", "--to", "de", "--filters", ",".join(FILTERS)]
    out = ["--workers", str(options.workers), "--out", str(folder / "ours")]
    return [sys.executable, "-m", "bayling", "corpus", ",".join(map(str, files)), *languages, *out]


def opusfilter(options: argparse.Namespace, files: tuple[Path, Path], folder: Path) -> list[str]:
    source, target = files
    text = OPUSFILTER.format(
        folder=folder / "opusfilter", source=source, target=target, workers=options.workers
    )
    path = folder / "opusfilter.yaml"
    path.write_text(text, encoding="utf-8")
    return [options.opusfilter, "--overwrite", str(path)]


def timed(command: list[str]) -> dict[str, Any]:
    """Seconds, seconds of all processors, the peak memory of the largest process in MB, and that of
    all together, looked at once a second; by a process between."""
    script = (
        "import json, psutil, resource, subprocess, sys, time\n"
        "def together(process):\n"
        "    try:\n"
        "        all = [process, *process.children(recursive=True)]\n"
        "        return sum(each.memory_full_info().pss for each in all)\n"
        "    except psutil.Error:\n"
        "        return 0\n"
        "began, most = time.monotonic(), 0\n"
        "started = psutil.Popen(sys.argv[1:], stdout=subprocess.DEVNULL)\n"
        "while True:\n"
        "    try:\n"
        "        code = started.wait(timeout=1)\n"
        "        break\n"
        "    except psutil.TimeoutExpired:\n"
        "        most = max(most, together(started))\n"
        "assert code == 0\n"
        "seconds = time.monotonic() - began\n"
        "used = resource.getrusage(resource.RUSAGE_CHILDREN)\n"
        "print(json.dumps({'seconds': round(seconds, 1), 'peak_mb': round(used.ru_maxrss / 1024),"
        " 'together_mb': round(most / 2**20),"
        " 'processor_s': round(used.ru_utime + used.ru_stime, 1)}))\n"
    )
    ended = subprocess.run(
        [sys.executable, "-c", script, *command],
        check=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    found: dict[str, Any] = json.loads(ended.stdout)
    return found


def report(runs: dict[str, list[dict[str, Any]]]) -> None:
    medians = {
        name: statistics.median(run["seconds"] for run in found) for name, found in runs.items()
    }
    for name, seconds in medians.items():
        if name != "ours":
            print(f"ours / {name}: {seconds / medians['ours']:.1f} times as fast")


def agreement(files: tuple[Path, Path], folder: Path) -> None:
    """On how many different pairs of texts the two agree, and, of what one alone drops, by what."""
    everything = {*zip(*map(lines, files), strict=True)}
    rows = jsonl.read(folder / "ours" / "pairs.jsonl")
    kept = {(row["source"], row["target"]) for row in rows}
    source, target = (lines(folder / "opusfilter" / f"kept.{each}") for each in ("en", "de"))
    peers = {*zip(source, target, strict=True)}
    both = len(kept & peers)
    same = len(everything) - len(kept ^ peers)
    print(
        f"{len(everything):,} different pairs: ours keeps {len(kept):,}, OpusFilter "
        f"{len(peers):,}, both {both:,}; they agree on {100 * same / len(everything):.1f} %"
    )
    alone: Counter[str] = Counter()
    for row in jsonl.read(folder / "ours" / "rejects.jsonl"):
        if (row["source"], row["target"]) in peers:
            alone[row["filter"]] += 1
    print("dropped by ours alone, by filter:", dict(alone))
    print("dropped by OpusFilter alone, for example:", sorted(kept - peers)[:5])


def lines(path: Path) -> Iterator[str]:
    return (text.strip() for _, text in jsonl.lines(path))


def write(count: int, source: Path, target: Path) -> None:
    """`count` pairs, no two of the same two units, but for those that are repeated on purpose."""
    units = [*catalogues()]
    rng = random.Random(1)
    seen: set[int] = set()
    written: list[tuple[str, str]] = []
    with open(source, "w", encoding="utf-8") as one, open(target, "w", encoding="utf-8") as other:
        for _ in range(count):
            place = rng.randrange(len(units) ** 2)
            while place in seen:
                place = rng.randrange(len(units) ** 2)
            seen.add(place)
            a, b = units[place // len(units)], units[place % len(units)]
            pair = (f"{a[0]} {b[0]}", f"{a[1]} {b[1]}")
            pair = spoil(pair, rng, units, written)
            # Some of those before, to be repeated.
            if len(written) < 1000:
                written.append(pair)
            else:
                written[rng.randrange(1000)] = pair
            one.write(pair[0] + "\n")
            other.write(pair[1] + "\n")


def catalogues() -> Iterator[tuple[str, str]]:
    """The texts of the quickstart's inputs, as they are read."""
    for spec in config.read(RECIPE).corpus.inputs:
        name, values = parts.split(spec)
        reader = parts.load("reader", name)
        for unit in reader.read(parts.options("reader", name, values), "en", "de"):
            if isinstance(unit, Pair):
                yield " ".join(unit.source.split()), " ".join(unit.target.split())


Units = list[tuple[str, str]]
SPOILT = {"repeated": 0.03, "copied": 0.03, "misaligned": 0.03, "number": 0.02, "script": 0.01}


def spoil(
    pair: tuple[str, str], rng: random.Random, units: Units, written: Units
) -> tuple[str, str]:
    kinds = [*SPOILT, None]
    (how,) = rng.choices(kinds, [*SPOILT.values(), 1 - sum(SPOILT.values())])
    if how is None:
        return pair
    if how == "repeated":
        return rng.choice(written) if written else pair
    if how == "copied":
        return pair[0], pair[0]
    if how == "misaligned":
        return pair[0], rng.choice(units)[1]
    if how == "number":
        return pair[0], f"{pair[1]} {rng.randrange(2, 100)}"
    return pair[0], "".join(
        chr(0x430 + ord(each) % 32) if each.isalpha() else each for each in pair[1]
    )


if __name__ == "__main__":
    main()
