"""The corpus stage as a whole: the ledger adds up, rejects have reasons, a whole folder is kept."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bayling import jsonl, manifest
from bayling.config import Corpus
from bayling.corpus import _sieve as sieve
from bayling.corpus.filters import Lot, Verdict, ratio
from bayling.corpus.readers import Unread
from bayling.corpus.readers import jsonl as jsonl_reader
from bayling.corpus.run import guess, run
from bayling.errors import InputError, MissingError, UserError
from bayling.languages import Direction
from bayling.records import Pair

EN_DE = Direction("en", "de")

ROWS = [
    ("Please open the file", "Bitte öffnen Sie die Datei"),
    ("please open the file!", "Bitte öffnen Sie die Datei"),
    ("Open %s", "Öffnen"),
    ("Horizon", "Horizon"),
    ("%s", "%s"),
    ("The whole thing was written in English", "The whole thing has been left in English"),
    ("Delete the selected item?", "Das ausgewählte Element löschen?"),
]


def tsv(path: Path, rows: list[tuple[str, str]]) -> Path:
    path.write_bytes("".join(f"{source}\t{target}\n" for source, target in rows).encode())
    return path


def corpus(*paths: Path, **settings: Any) -> Corpus:
    return Corpus(inputs=[{"tsv": {"path": str(path)}} for path in paths], **settings)


def rows(path: Path) -> list[dict[str, Any]]:
    return list(jsonl.read(path))


def assert_adds_up(ledger: dict[str, Any], folder: Path) -> None:
    """Read = kept + dropped, and each filter sees what the one before it left."""
    seen = sum(each["read"] for each in ledger["inputs"])
    assert ledger["read"] == seen
    for tally in ledger["filters"]:
        assert tally["seen"] == seen
        assert len(tally["examples"]) == min(10, tally["dropped"])
        assert sum(tally["lengths"]) == tally["dropped"]
        seen -= tally["dropped"]
    assert ledger["kept"] == seen == len(rows(folder / "pairs.jsonl"))
    rejects = rows(folder / "rejects.jsonl")
    unread = sum(each["unread"] for each in ledger["inputs"])
    assert len(rejects) == ledger["read"] + unread - ledger["kept"]
    assert all(row["reason"] for row in rejects)
    assert sum(ledger["lengths"]["kept"]) == ledger["kept"]


def test_what_is_kept_and_what_is_dropped_by_whom(tmp_path: Path) -> None:
    folder = tmp_path / "corpus"
    ledger = run(corpus(tsv(tmp_path / "memory.tsv", ROWS)), [EN_DE], folder)
    assert_adds_up(ledger, folder)
    kept = [Pair.from_json(row) for row in rows(folder / "pairs.jsonl")]
    assert [pair.source for pair in kept] == [ROWS[0][0], ROWS[6][0]]
    took = {row["source"]: row["filter"] for row in rows(folder / "rejects.jsonl")}
    assert took == {
        "please open the file!": "duplicate",
        "Open %s": "markup",
        "Horizon": "identical",
        "%s": "length",
        "The whole thing was written in English": "language",
    }
    assert json.loads((folder / "ledger.json").read_text(encoding="utf-8")) == ledger
    assert manifest.require(folder, "corpus")["counts"] == {"read": 7, "kept": 2}


def outputs(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.suffix != ".partial"}


def test_the_same_bytes_in_any_number_of_processes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where a filter that looks back stands between others, and the input is broken."""
    monkeypatch.setattr(sieve, "LOT", 7)
    monkeypatch.setattr(jsonl_reader, "read", with_gaps(jsonl_reader.read))
    rows = [
        {"source": f"{source} {'again' * (i % 5)} {i % 60}", "target": f"{target} {i % 60}"}
        for i in range(40)
        for source, target in ROWS
    ]
    path = tmp_path / "memory.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    filters = ["length", "duplicate", "identical", "markup", "language"]
    found = []
    for workers in (1, 2, 4):
        settings = Corpus(inputs=[{"jsonl": {"path": path}}], filters=filters, workers=workers)
        folder = tmp_path / str(workers)
        ledger = run(settings, [EN_DE], folder)
        assert_adds_up(ledger, folder)
        assert ledger["inputs"][0]["unread"] == len(rows) // 10
        assert len(ledger["inputs"][0]["examples"]) == 10
        assert ledger["inputs"][0]["files"] == {"memory": len(rows) // 10}
        assert all(
            tally["dropped"] for tally in ledger["filters"] if tally["filter"] != "identical"
        )
        found.append({name: outputs(folder)[name] for name in ("pairs.jsonl", "rejects.jsonl")})
        found[-1]["ledger.json"] = (folder / "ledger.json").read_bytes()
    assert found[0] == found[1] == found[2]


def test_a_lot_of_long_texts_is_small() -> None:
    def pair(text: str, **meta: Any) -> Pair:
        return Pair(text, text, "en", "de", "1", "a:1", meta)

    one, long, noted = pair("a"), pair("a" * 900_000), pair("a", note="a" * 2_000_000)
    lots = sieve._lots([*[one] * 4500, *[long] * 5, noted, Unread(Path("a"), "is broken")])
    assert list(map(len, lots)) == [2000, 2000, 502, 2, 2, 1]


def test_ray_keeps_the_same_bytes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A cluster of two workers on this machine."""
    monkeypatch.setattr(sieve, "LOT", 20)
    monkeypatch.delenv("RAY_ADDRESS", raising=False)
    path = tsv(tmp_path / "a.tsv", [(f"{s} {i}", f"{t} {i}") for i in range(20) for s, t in ROWS])
    for engine in ("processes", "ray"):
        run(corpus(path, engine=engine, workers=2), [EN_DE], tmp_path / engine)
    for name in ("pairs.jsonl", "rejects.jsonl", "ledger.json"):
        one, other = (tmp_path / engine / name for engine in ("processes", "ray"))
        assert one.read_bytes() == other.read_bytes()


def test_ray_that_is_not_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path, folder = tsv(tmp_path / "a.tsv", ROWS), tmp_path / "corpus"
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(MissingError, match=r"pip install 'bayling\[ray\]'"):
        run(corpus(path, engine="ray"), [EN_DE], folder)
    silent = SimpleNamespace(is_initialized=lambda: False, init=refuse)
    monkeypatch.setitem(sys.modules, "ray", silent)
    monkeypatch.setenv("RAY_ADDRESS", "head:6379")
    with pytest.raises(UserError, match="cannot be reached at head:6379: nobody answers"):
        run(corpus(path, engine="ray"), [EN_DE], folder)


def test_what_a_filter_raises_on_another_machine_is_told_as_here(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class OfRay(InputError):
        def __init__(self, cause: Exception) -> None:
            self.cause = cause

        def __str__(self) -> str:
            return "ray::_call() Traceback (most recent call last) …"

    lost = type("RayError", (Exception,), {})
    raised = [OfRay(InputError("tests.txt", "is broken", 3)), lost("A worker died.\nMore.")]

    def get(_: Any) -> None:
        raise raised.pop(0)

    there = SimpleNamespace(
        is_initialized=lambda: True,
        cluster_resources=dict,
        put=lambda each: each,
        remote=lambda _: SimpleNamespace(remote=lambda *_: None),
        get=get,
        exceptions=SimpleNamespace(RayError=lost, RayTaskError=type("RayTaskError", (lost,), {})),
    )
    monkeypatch.setitem(sys.modules, "ray", there)
    settings = corpus(tsv(tmp_path / "a.tsv", ROWS), engine="ray")
    with pytest.raises(InputError, match=r"^tests\.txt, line 3: is broken$"):
        run(settings, [EN_DE], tmp_path / "corpus")
    with pytest.raises(UserError, match=r"lost a share of the work: A worker died\. Close other"):
        run(settings, [EN_DE], tmp_path / "corpus")


def refuse(**_: Any) -> None:
    raise ConnectionError("nobody answers.")


def test_a_filter_that_reads_a_file_judges_anew_when_it_changes(tmp_path: Path) -> None:
    path, tests = tsv(tmp_path / "a.tsv", ROWS), tmp_path / "tests.txt"
    tests.write_text("Something else\n", encoding="utf-8")
    settings = corpus(path, filters=[{"unlike_tests": {"paths": [str(tests)]}}])
    assert run(settings, [EN_DE], tmp_path / "corpus")["kept"] == len(ROWS)
    tests.write_text(f"{ROWS[0][0]}\n", encoding="utf-8")
    assert run(settings, [EN_DE], tmp_path / "corpus")["kept"] < len(ROWS)
    tests.unlink()
    with pytest.raises(InputError, match="tests.txt: no such file"):
        run(settings, [EN_DE], tmp_path / "corpus")


def with_gaps(read: Any) -> Any:
    """A reader that cannot read every tenth of what `read` reads."""

    def gaps(*arguments: Any) -> Iterator[Pair | Unread]:
        for number, pair in enumerate(read(*arguments), start=1):
            yield Unread(Path("memory"), "is broken", number) if number % 10 == 0 else pair

    return gaps


def test_what_is_unread_is_told_by_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "memories"
    folder.mkdir()
    tsv(folder / "a.tsv", [*ROWS, ("Open", "")])
    tsv(folder / "b.tsv", [*ROWS, ("", "Auf"), ("Close", "")])
    ledger = run(Corpus(inputs=[{"folder": {"path": folder}}]), [EN_DE], tmp_path / "corpus")
    assert ledger["inputs"][0]["files"] == {f"{folder}/a.tsv": 1, f"{folder}/b.tsv": 2}
    said = f"could not be read (by file: {folder}/b.tsv 2, {folder}/a.tsv 1), the first: {folder}/a"
    assert said in capsys.readouterr().err


@pytest.mark.parametrize(("given", "is_told"), [("fr", True), ("es", False)])
def test_texts_in_another_language_than_given_are_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], given: str, is_told: bool
) -> None:
    texts = [
        (
            f"The file number {n} could not be opened by the user.",
            f"El archivo número {n} no pudo ser abierto por el usuario.",
        )
        for n in range(40)
    ]
    path = tsv(tmp_path / "memory.tsv", texts)
    run(corpus(path, filters=["length"]), [Direction("en", given)], tmp_path / "out")
    said = "texts looked at that are given as French (fr), 40 seem to be Spanish (es)."
    assert (said in capsys.readouterr().err) == is_told


def test_sides_the_other_way_round_are_told(tmp_path: Path) -> None:
    good = (ROWS[0], ROWS[6])
    path = tsv(tmp_path / "a.tsv", [(f"{t} {i}", f"{s} {i}") for i in range(9) for s, t in good])
    message = (
        r"18 have neither side in its language: the two sides seem to stand the other way round"
    )
    with pytest.raises(UserError, match=message):
        run(corpus(path), [EN_DE], tmp_path / "corpus")
    assert not (tmp_path / "corpus").exists()


def test_what_is_not_ours_is_left_alone(tmp_path: Path) -> None:
    work = tmp_path / "corpus.partial"
    work.mkdir()
    for name in ("mine.txt", "pairs.jsonl.partial", "scores-3-ratio.f64"):
        (work / name).write_text("left")
    run(corpus(tsv(tmp_path / "a.tsv", ROWS)), [EN_DE], tmp_path / "corpus")
    assert [path.name for path in work.iterdir()] == ["mine.txt"]


def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    path, taken = tsv(tmp_path / "a.tsv", ROWS), tmp_path / "taken"
    taken.touch()
    with pytest.raises(UserError, match="taken is a file; name a folder to write to"):
        run(corpus(path), [EN_DE], taken)
    with pytest.raises(UserError, match=r"cannot be made \(Not a directory\); name another folder"):
        run(corpus(path), [EN_DE], taken / "below")


def test_an_input_of_which_nothing_can_be_read_is_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def none(*_: Any) -> Iterator[Unread]:
        yield Unread(tmp_path / "a.jsonl", "is broken", 3)

    monkeypatch.setattr(jsonl_reader, "read", none)
    path = tmp_path / "a.jsonl"
    path.write_text("{}\n")
    with pytest.raises(InputError, match=r"a\.jsonl, line 3: is broken"):
        run(Corpus(inputs=[{"jsonl": {"path": path}}]), [EN_DE], tmp_path / "corpus")


def test_another_threshold_needs_no_new_scores(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sieve, "LOT", 20)
    texts = [(f"{s} {i}", f"{t} {'lang ' * (i % 9)}{i}") for i in range(30) for s, t in ROWS]
    path = tsv(tmp_path / "a.tsv", texts)
    asked: list[str] = []

    def judge(pairs: Lot, options: Any) -> Iterator[Verdict]:
        asked.extend(pair.id for pair in pairs)
        return ratio_judge(pairs, options)

    ratio_judge = ratio.judge
    monkeypatch.setattr(ratio, "judge", judge)

    def cleaned(most: float, name: str, *before: str) -> tuple[int, dict[str, bytes]]:
        asked.clear()
        folder = tmp_path / name
        run(corpus(path, filters=[*before, {"ratio": {"max": most}}], workers=1), [EN_DE], folder)
        files = ("pairs.jsonl", "rejects.jsonl", "ledger.json")
        return len(asked), {each: (folder / each).read_bytes() for each in files}

    count, first = cleaned(2.0, "kept")
    assert count == len(texts)
    for most in (3.0, 1.5):
        again, found = cleaned(most, "kept")
        all_anew, fresh = cleaned(most, f"fresh{most}")
        assert found == fresh != first
        # Only what is dropped is asked about, for the reason.
        dropped = json.loads(fresh["ledger.json"])["filters"][0]["dropped"]
        assert (again, all_anew) == (dropped, len(texts))
    # Another filter before it leaves it less to look at, and what it has not seen is unknown.
    assert cleaned(1.5, "kept", "length")[1] == cleaned(1.5, "fresh", "length")[1]
    assert cleaned(1.5, "kept")[1] == found
    # What is lost of them is measured again, and all by another version of the program.
    (scores,) = (tmp_path / "kept").glob("scores-*")
    scores.write_bytes(scores.read_bytes()[:163])
    again, halved = cleaned(3.0, "kept")
    assert halved == cleaned(3.0, "fresh3.0")[1]
    assert len(texts) - 20 <= again < len(texts)
    monkeypatch.setattr("bayling.__version__", "another")
    assert cleaned(1.5, "kept")[0] == len(texts)
    # Scores of another file are another matter.
    tsv(path, texts[::-1])
    assert cleaned(1.5, "kept")[0] == len(texts)


def test_what_no_hash_stands_for_is_measured_each_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bayling.corpus.readers.tsv.inputs", lambda *_: [])
    run(corpus(tsv(tmp_path / "a.tsv", ROWS), filters=["ratio"]), [EN_DE], tmp_path / "corpus")
    assert not list((tmp_path / "corpus").glob("scores-*"))


KILLED = """
import sys
from pathlib import Path
from bayling.config import Corpus
from bayling.corpus import _sieve
from bayling.corpus import run as stage
from bayling.corpus.filters import Verdict, ratio
from bayling.languages import Direction

_sieve.LOT = 50
settings = Corpus(inputs=[{"tsv": {"path": sys.argv[1]}}], workers=2)
print("begun", flush=True)
stage.run(settings, [Direction("en", "de")], Path(sys.argv[2]))
"""


def test_killed_at_any_moment_and_run_again(tmp_path: Path) -> None:
    texts = [(f"{source} {i}", f"{target} {i}") for i in range(600) for source, target in ROWS]
    path = tsv(tmp_path / "memory.tsv", texts)
    run(corpus(path), [EN_DE], tmp_path / "whole")
    folder = tmp_path / "corpus"
    chance = random.Random(5)
    for _ in range(6):
        started = subprocess.Popen(
            [sys.executable, "-c", KILLED, str(path), str(folder)],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        assert started.stdout is not None
        assert started.stdout.readline() == b"begun\n"
        time.sleep(chance.uniform(0, 1.5))
        os.killpg(started.pid, signal.SIGKILL)
        started.wait()
        started.stdout.close()
    run(corpus(path), [EN_DE], folder)
    for name in ("pairs.jsonl", "rejects.jsonl", "ledger.json"):
        assert (folder / name).read_bytes() == (tmp_path / "whole" / name).read_bytes()
    assert {each.name for each in folder.parent.iterdir()} == {"memory.tsv", "whole", "corpus"}


word = st.sampled_from(["open", "file", "Datei", "%s", "7", "öffnen", ""])
side = st.lists(word, max_size=6).map(" ".join)


@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=25, deadline=None
)
@given(st.lists(st.tuples(side, side), max_size=20))
def test_the_ledger_always_adds_up(tmp_path: Path, texts: list[tuple[str, str]]) -> None:
    texts = [*texts, ROWS[0], ROWS[6]]
    folder = tmp_path / "corpus"
    assert_adds_up(run(corpus(tsv(tmp_path / "a.tsv", texts)), [EN_DE], folder), folder)


def test_examples_are_a_sample_of_all_that_was_dropped(tmp_path: Path) -> None:
    same = [(f"Word{chr(97 + i // 26)}{chr(97 + i % 26)}",) * 2 for i in range(300)]
    path = tsv(tmp_path / "a.tsv", [*same, ROWS[0]])
    ledger = run(corpus(path, filters=["identical"]), [EN_DE], tmp_path / "corpus")
    sources = [example["source"] for example in ledger["filters"][0]["examples"]]
    assert len(set(sources)) == 10
    assert max(sources) > same[150][0]


def test_ids_are_unique_even_when_an_input_is_given_twice(tmp_path: Path) -> None:
    path = tsv(tmp_path / "a.tsv", [ROWS[0]])
    run(corpus(path, path, path, filters=[]), [EN_DE], tmp_path / "corpus")
    ids = [row["id"] for row in rows(tmp_path / "corpus" / "pairs.jsonl")]
    assert ids == [ids[0], f"{ids[0]}-2", f"{ids[0]}-3"]


def test_a_whole_folder_is_left_as_it_is(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path, folder = tsv(tmp_path / "a.tsv", ROWS), tmp_path / "corpus"
    first = run(corpus(path), [EN_DE], folder)
    before = (folder / "pairs.jsonl").stat().st_mtime_ns
    capsys.readouterr()
    assert run(corpus(path), [EN_DE], folder) == first
    assert "the corpus stage is skipped" in " ".join(capsys.readouterr().err.split())
    assert (folder / "pairs.jsonl").stat().st_mtime_ns == before
    # Another input, setting or language is another corpus.
    assert run(corpus(path, filters=["length"]), [EN_DE], folder)["kept"] > first["kept"]
    tsv(path, ROWS[:3])
    assert run(corpus(path), [EN_DE], folder)["read"] == 3


def test_a_rejected_corpus_can_be_read_again(tmp_path: Path) -> None:
    run(corpus(tsv(tmp_path / "a.tsv", ROWS)), [EN_DE], tmp_path / "first")
    again = Corpus(
        inputs=[{"jsonl": {"path": str(tmp_path / "first" / "rejects.jsonl")}}], filters=["length"]
    )
    assert run(again, [EN_DE], tmp_path / "second")["kept"] == 4


def test_a_missing_input_is_found_before_anything_is_touched(tmp_path: Path) -> None:
    folder = tmp_path / "corpus"
    run(corpus(tsv(tmp_path / "a.tsv", ROWS)), [EN_DE], folder)
    with pytest.raises(InputError, match=r"b\.tsv: no such file"):
        run(corpus(tmp_path / "b.tsv"), [EN_DE], folder)
    with pytest.raises(InputError, match="is a folder; expected a file"):
        run(corpus(tmp_path), [EN_DE], folder)
    assert manifest.require(folder, "corpus")


def test_a_broken_input_costs_nothing_that_was_whole(tmp_path: Path) -> None:
    path = tsv(tmp_path / "a.tsv", ROWS)
    folder = tmp_path / "corpus"
    run(corpus(path), [EN_DE], folder)
    before = {each.name: each.read_bytes() for each in folder.iterdir()}
    path.write_bytes(path.read_bytes().replace(b"\t", b" "))
    with pytest.raises(InputError, match="line 1: has 1 tab-separated column"):
        run(corpus(path), [EN_DE], folder)
    assert {each.name: each.read_bytes() for each in folder.iterdir()} == before
    with pytest.raises(UserError, match="was not run"):
        manifest.require(tmp_path / "another", "corpus")


def test_a_corpus_of_nothing_says_which_filter_took_most(tmp_path: Path) -> None:
    path = tsv(tmp_path / "a.tsv", [("Horizon", "Horizon"), ("Trunk", "Trunk"), ("5", "5")])
    with pytest.raises(
        UserError,
        match=r"No pair from en to de is left of 3 read. The filter 'identical' dropped most, 2, "
        r"for example because the target repeats the source. See .*rejects\.jsonl",
    ):
        run(corpus(path), [EN_DE], tmp_path / "corpus")


def test_what_is_written_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "memories").mkdir()
    tsv(tmp_path / "memories" / "a.tsv", ROWS)
    monkeypatch.chdir(tmp_path / "memories")
    settings = Corpus(inputs=[{"folder": {"path": "."}}])
    with pytest.raises(UserError, match=r"inputs, \.: corpus lies in it, .* elsewhere with --out"):
        run(settings, [EN_DE], Path("corpus"))
    assert not Path("corpus").exists()
    assert run(settings, [EN_DE], Path("../corpus"))["read"] == len(ROWS)


def test_names_and_keys_that_are_no_text(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text('{"source": "One", "target": "Eins"}\n{"tar\\ud800get": "", "source": ""}\n')
    settings = Corpus(inputs=[{"jsonl": {"path": path}}], filters=[])
    ledger = run(settings, [EN_DE], tmp_path / "corpus")
    assert_adds_up(ledger, tmp_path / "corpus")
    assert ledger["inputs"][0]["examples"] == [
        f"{path}, line 2: the object has no key 'target'. Known: source."
    ]
    path = tsv(Path(os.fsdecode(os.fsencode(tmp_path) + b"/a\xff.tsv")), ROWS)
    with pytest.raises(UserError, match=r"a\?\.tsv: its name is not UTF-8; rename it"):
        run(corpus(path), [EN_DE], tmp_path / "corpus")


def test_an_empty_corpus(tmp_path: Path) -> None:
    path = tsv(tmp_path / "a.tsv", [("", "")])
    with pytest.raises(UserError, match="hold no pair from en to de; nothing was read"):
        run(corpus(path), [EN_DE], tmp_path / "corpus")
    path = tsv(tmp_path / "a.tsv", [("Only source", "")])
    with pytest.raises(InputError, match=r"a\.tsv, line 1: the target is empty"):
        run(corpus(path), [EN_DE], tmp_path / "corpus")


def test_guess_knows_every_kind_of_input(tmp_path: Path) -> None:
    for name in ("a.po", "a.mo", "a.tsv", "a.jsonl", "a.en", "a.de"):
        (tmp_path / name).touch()
    at = str(tmp_path)
    assert guess(f"{at}/a.po") == {"catalogue": {"path": f"{at}/a.po"}}
    assert guess(f"{at}/a.mo") == {"catalogue": {"path": f"{at}/a.mo"}}
    assert guess(f"{at}/a.tsv") == {"tsv": {"path": f"{at}/a.tsv"}}
    assert guess(f"{at}/a.jsonl") == {"jsonl": {"path": f"{at}/a.jsonl"}}
    assert guess(at) == {"folder": {"path": at}}
    assert guess("bayling") == {"catalogue": {"path": "bayling"}}
    both = {"source": f"{at}/a.en", "target": f"{at}/a.de"}
    assert guess(f"{at}/a.en,{at}/a.de") == {"text": both}


@pytest.mark.parametrize(
    ("text", "codec"),
    [("One\tEins\n\nTwo\tZwei\n", "utf-8"), ('en\tde\r\n"One\n1"\tEins\r\n', "utf-16")],
)
def test_a_text_with_tabs_is_a_table(tmp_path: Path, text: str, codec: str) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(text.encode(codec))
    assert guess(str(path)) == {"tsv": {"path": str(path)}}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{}/a.en", r"a\.en: cannot tell its format from '\.en'; expected \.po \.mo \.tsv"),
        (
            "{}/a.txt",
            r"'\.txt', and not every one of its first lines holds a tab between source and",
        ),
        ("{}/a.en,{}/b.de", r"as SOURCE,TARGET; there is no file '.*b\.de'"),
        ("{0}/a.en,{0}/a.en,{0}/a.en", "as SOURCE,TARGET; found 3 files"),
        ("no_such_package", "is neither a file, nor a folder, nor an installed package"),
    ],
)
def test_guess_says_what_it_expected(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "a.en").touch()
    (tmp_path / "a.txt").write_text("One\tEins\nTwo\n", encoding="utf-8")
    with pytest.raises(UserError, match=message):
        guess(text.format(tmp_path, tmp_path))


TEXTS = {
    "en": ["Please open the file", "Horizon", "Delete the selected item?", "Please open the file"],
    "de": ["Bitte die Datei öffnen", "Horizon", "Das ausgewählte Element löschen?", "Datei öffnen"],
    "fr": ["Veuillez ouvrir le fichier", "Horizon", "Supprimer l’élément ?", "Ouvrez le fichier"],
}
DIRECTIONS = [Direction.parse(each) for each in ("en>de", "de>en", "en>fr", "fr>de")]


def many(folder: Path, **settings: Any) -> Corpus:
    for language, lines in TEXTS.items():
        (folder / f"news.{language}").write_text("\n".join(lines), encoding="utf-8")
    source, target = (str(folder / f"news.{{{side}_lang}}") for side in ("source", "target"))
    return Corpus(inputs=[{"text": {"source": source, "target": target}}], **settings)


def test_each_direction_goes_through_filters_of_its_own(tmp_path: Path) -> None:
    ledger = run(many(tmp_path), DIRECTIONS, tmp_path / "corpus")
    assert_adds_up(ledger, tmp_path / "corpus")
    kept = [Pair.from_json(row) for row in rows(tmp_path / "corpus" / "pairs.jsonl")]
    for direction, account in zip(DIRECTIONS, ledger["directions"], strict=True):
        own = [pair for pair in kept if pair.direction == direction]
        assert (account["source_lang"], account["target_lang"]) == direction
        assert account["read"] == 4
        assert account["kept"] == len(own) == 3
        assert sum(account["dropped"].values()) == account["dropped"]["identical"] == 1
        # What it keeps is what it would keep alone.
        alone = tmp_path / f"{direction.source}-{direction.target}"
        run(many(tmp_path), [direction], alone)
        assert [pair.to_json() for pair in own] == rows(alone / "pairs.jsonl")
    assert len({pair.id for pair in kept}) == len(kept) == 12
    counts = manifest.require(tmp_path / "corpus", "corpus")["counts"]
    assert counts["kept_by_direction"] == {str(each): 3 for each in DIRECTIONS}
    assert "source_lang" not in ledger


def test_ids_are_unique_over_directions(tmp_path: Path) -> None:
    # Equal on both sides and so in every direction into German, with the same origin.
    settings = many(tmp_path, filters=[])
    run(settings, [Direction("en", "de"), Direction("en", "fr")], tmp_path / "corpus")
    ids = [row["id"] for row in rows(tmp_path / "corpus" / "pairs.jsonl")]
    assert len(set(ids)) == len(ids) == 8
    assert sum("-2" in id for id in ids) == 1


def test_an_input_of_one_direction_says_which(tmp_path: Path) -> None:
    path = tsv(tmp_path / "a.tsv", ROWS)
    said = r"a\.tsv: cannot be read in all of en>de, de>en; the same text would be in two languages"
    with pytest.raises(UserError, match=said):
        run(corpus(path), DIRECTIONS[:2], tmp_path / "corpus")
    there = {"tsv": {"path": str(path), "directions": ["en>de"]}}
    back = {
        "tsv": {
            "path": str(path),
            "source_column": 2,
            "target_column": 1,
            "directions": ["de>en"],
        }
    }
    ledger = run(Corpus(inputs=[there, back]), DIRECTIONS[:2], tmp_path / "corpus")
    assert [each["read"] for each in ledger["inputs"]] == [7, 7]
    assert [each["read"] for each in ledger["directions"]] == [7, 7]
    with pytest.raises(UserError, match="is for de>en; the recipe's directions are en>de, en>fr"):
        run(Corpus(inputs=[back]), [DIRECTIONS[0], DIRECTIONS[2]], tmp_path / "corpus")


def test_an_input_that_lacks_a_language(tmp_path: Path) -> None:
    (tmp_path / "program").mkdir()
    (tmp_path / "program" / "de.po").write_text('msgid "Open"\nmsgstr "Öffnen"\n')
    settings = Corpus(inputs=[{"catalogue": {"path": str(tmp_path / "program")}}])
    with pytest.raises(UserError) as caught:
        run(settings, [Direction("en", "de"), Direction("en", "fr")], tmp_path / "corpus")
    said = str(caught.value)
    assert (
        "has no catalogue in French (fr); there are: de. The recipe has the direction en>fr" in said
    )
    assert "name them: 'directions: [en>de]'" in said


def test_a_catalogue_file_is_in_one_language(tmp_path: Path) -> None:
    path = tmp_path / "de.po"
    path.write_text('msgid "Open"\nmsgstr "Öffnen"\n')
    settings = Corpus(inputs=[{"catalogue": {"path": str(path)}}], filters=[])
    with pytest.raises(UserError, match=r"de\.po: cannot be read in all of en>de, en>fr; the same"):
        run(settings, [DIRECTIONS[0], DIRECTIONS[2]], tmp_path / "corpus")
    ledger = run(settings, DIRECTIONS[:2], tmp_path / "corpus")
    assert [each["kept"] for each in ledger["directions"]] == [1, 1]


def test_pairs_of_other_directions_alone(tmp_path: Path) -> None:
    row = Pair("Open", "Öffnen", "en", "de", "a", "x:1").to_json()
    jsonl.write(tmp_path / "pairs.jsonl", [row])
    given = {"path": str(tmp_path / "pairs.jsonl")}
    with pytest.raises(UserError) as caught:
        run(Corpus(inputs=[{"jsonl": given}], filters=[]), DIRECTIONS[:2], tmp_path / "corpus")
    said = str(caught.value)
    assert "line 1: is a pair from en to de; expected de to en" in said
    assert "The recipe has the direction de>en; if this input is for others only, name them" in said
    # Who named them is told nothing of that.
    named = {"jsonl": {**given, "directions": ["de>en"]}}
    with pytest.raises(InputError, match="expected de to en, as the recipe or --from and --to say"):
        run(Corpus(inputs=[named], filters=[]), DIRECTIONS[:2], tmp_path / "corpus")


def test_a_direction_of_which_nothing_is_left(tmp_path: Path) -> None:
    settings = many(tmp_path)
    (tmp_path / "news.fr").write_text("\n" * 4, encoding="utf-8")
    with pytest.raises(UserError, match=r"news\.fr, line 1: the target is empty. The recipe has"):
        run(settings, DIRECTIONS[:3], tmp_path / "corpus")
    (tmp_path / "news.fr").write_text("\n".join(TEXTS["en"]), encoding="utf-8")
    with pytest.raises(UserError) as caught:
        run(settings, DIRECTIONS[:3], tmp_path / "corpus")
    said = "No pair from en to fr is left of 4 read. The filter 'identical' dropped most, 4, for"
    assert str(caught.value).startswith(said)


def test_the_example_is_of_the_direction_that_has_nothing_left(tmp_path: Path) -> None:
    settings = many(tmp_path, filters=[{"length": {"min_words": 2}}])
    (tmp_path / "news.fr").write_text("\n".join(["mot " * 300] * 4), encoding="utf-8")
    (tmp_path / "news.de").write_text("\n".join(["a", "b c d", "e f g", "h"]), encoding="utf-8")
    with pytest.raises(UserError) as caught:
        run(settings, [DIRECTIONS[0], DIRECTIONS[2]], tmp_path / "corpus")
    assert "dropped most, 4, for example because the target has 300 words;" in str(caught.value)
    rejects = (tmp_path / "corpus.partial" / "rejects.jsonl").read_text().splitlines()
    assert json.loads(rejects[0])["reason"].startswith("the target has 1 word;")


def test_pairs_of_two_regions_come_once_each(tmp_path: Path) -> None:
    pairs = [
        Pair("Open the file", text, "en", code, code, f"x:{code}")
        for code, text in (("pt-BR", "Abra o arquivo"), ("pt-PT", "Abra o ficheiro"))
    ]
    jsonl.write(tmp_path / "pairs.jsonl", (pair.to_json() for pair in pairs))
    settings = Corpus(inputs=[{"jsonl": {"path": str(tmp_path / "pairs.jsonl")}}], filters=[])
    directions = [Direction("en", "pt-BR"), Direction("en", "pt-PT")]
    run(settings, directions, tmp_path / "corpus")
    assert [row["id"] for row in rows(tmp_path / "corpus" / "pairs.jsonl")] == ["pt-BR", "pt-PT"]
