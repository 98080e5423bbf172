"""Scoring outputs that lie in files: our own results and those other systems released."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bayling import jsonl, parts
from bayling.errors import InputError, UserError
from bayling.records import Message, Result, Sample, Score

if TYPE_CHECKING:
    from rich.table import Table


def results(path: Path) -> list[Result]:
    """The results of a file of `Result.to_json` lines. Raises `InputError` for anything else."""
    found = []
    for number, row in jsonl.numbered(path):
        try:
            found.append(Result.from_json(row))
        except (KeyError, TypeError, ValueError) as error:
            raise InputError(
                path,
                f"is not a result of `bayling evaluate` ({type(error).__name__}: {error}); "
                "expected sample, messages, outputs and wishes",
                number,
            ) from error
    if not found:
        raise InputError(path, "holds no results")
    return found


def translation(
    source: Path,
    hypotheses: Path,
    references: Sequence[Path],
    source_lang: str,
    target_lang: str,
    tokenizer: str | None = None,
    chrf_words: bool = False,
    further: Sequence[Any] = (),
) -> dict[str, Score]:
    """`bleu`, `chrf2`, `ter`, `off_target` and `errors` of a file of translations, one a line;
    `chrf++` too if `chrf_words`, and the `further` metrics, written as in a recipe.

    Lines end at line feeds only and empty ones count. BLEU, chrF and TER take all references, the
    others the first. `tokenizer` is BLEU's, chosen by the target language if None. Raises
    `InputError` for files of different length and `UserError` for one language.
    """
    from bayling.evaluate.metrics import _surface, errors, off_target

    if source_lang == target_lang:
        raise UserError(f"--from and --to are both '{source_lang}'; expected two languages.")
    sources, texts = _lines(source), _lines(hypotheses)
    sets = [_lines(path) for path in references]
    _same_length(source, sources, hypotheses, texts)
    for path, lines in zip(references, sets, strict=True):
        _same_length(source, sources, path, lines)
    answers = [
        _result(str(number), line, text, reference, source_lang, target_lang)
        for number, (line, text, reference) in enumerate(
            zip(sources, texts, sets[0], strict=True), start=1
        )
    ]
    surface = {"bleu": _surface.bleu(target_lang, tokenizer), "chrf2": _surface.chrf2()}
    if chrf_words:
        surface["chrf++"] = _surface.chrf2(words=2)
    surface["ter"] = _surface.ter(target_lang)
    return _by_name(
        [
            *(_surface.measure(metric, name, texts, sets) for name, metric in surface.items()),
            *off_target.score(answers, off_target.Options()),
            *errors.score(answers, errors.Options()),
        ],
        *(_further(spec, answers) for spec in further),
    )


def _further(spec: Any, answers: Sequence[Result]) -> list[Score]:
    name, values = parts.split(spec)
    options = parts.options("metric", name, values)
    found: list[Score] = parts.load("metric", name).score(answers, options)
    if not found:
        raise UserError(f"--metric {name}: has no figure for files of translations.")
    return found


def constraints(file: Path, target_lang: str) -> dict[str, Score]:
    """`satisfied`, `all_satisfied` and `bleu` of lines {src, tgt, constraint: […], hypo}.

    The constraints BayLing released are fragments that may begin or end within a word, so a
    constraint is satisfied where it is a substring, case included; `details["casefolded"]` is the
    same without regard to case. Lines without constraints count for BLEU alone. Raises
    `InputError` for a line of another form and for a file without constraints.
    """
    from bayling.evaluate.metrics import _surface
    from bayling.evaluate.metrics._statistics import proportion

    rows = list(_constraint_rows(file))
    asked = [(row["constraint"], row["hypo"]) for row in rows if row["constraint"]]
    if not asked:
        raise InputError(file, "holds no constraints; there is nothing to score")
    exact = [[part in text for part in wanted] for wanted, text in asked]
    folded = [[p.casefold() in text.casefold() for p in wanted] for wanted, text in asked]
    total, n, method = sum(map(len, exact)), len(exact), "match:substring|case:exact"
    each = {"casefolded": 100 * sum(map(sum, folded)) / total, "constraints": total}
    every = {"casefolded": 100 * sum(map(all, folded)) / n}
    references = [[row["tgt"] for row in rows]]
    texts = [row["hypo"] for row in rows]
    return _by_name(
        [
            proportion("satisfied", sum(map(sum, exact)), total, n, method, each),
            proportion("all_satisfied", sum(map(all, exact)), n, n, method, every),
            _surface.measure(_surface.bleu(target_lang), "bleu", texts, references),
        ]
    )


def table(scores: Mapping[str, Score]) -> Table:
    """The scores for the terminal, with intervals, the floor where there is one, signatures."""
    from rich.table import Table

    shown = Table("score", "value", "95 % interval", "n", "beside it", box=None)
    for name, score in scores.items():
        low_high = f"{score.interval[0]:.2f} – {score.interval[1]:.2f}" if score.interval else ""
        beside = ", ".join(
            f"{key} {value:.2f}" if isinstance(value, float) else f"{key} {value}"
            for key, value in score.details.items()
            if not isinstance(value, dict)
        )
        value = str(score.value) if isinstance(score.value, int) else f"{score.value:.2f}"
        shown.add_row(name, value, low_high, str(score.n), beside)
        for key, broken_down in score.details.items():
            if isinstance(broken_down, dict):
                _add_rows(shown, key, broken_down)
    shown.caption = "\n".join(dict.fromkeys(score.signature for score in scores.values()))
    shown.caption_justify = "left"
    return shown


def _add_rows(shown: Table, title: str, rows: Mapping[str, Mapping[str, Any]]) -> None:
    """What a figure is broken down into, a row each: its first figure, the others beside it."""
    for name, figures in rows.items():
        (_, value), *others = figures.items()
        beside = ", ".join(f"{key} {other}" for key, other in others)
        said = "–" if value is None else f"{value:.2f}"
        shown.add_row(f"  {title}: {name}", said, "", "", beside)


def _by_name(*groups: Iterable[Score]) -> dict[str, Score]:
    found: dict[str, Score] = {}
    for score in (each for group in groups for each in group):
        if score.name in found:
            raise UserError(f"--metric {score.name}: is one of the usual figures.")
        found[score.name] = score
    return found


def _lines(path: Path) -> list[str]:
    return [text for _, text in jsonl.lines(path)]


def _same_length(first: Path, a: Sequence[str], second: Path, b: Sequence[str]) -> None:
    if len(a) != len(b):
        raise InputError(
            second,
            f"has {len(b)} lines, {first} has {len(a)}; "
            "expected one line for each line of the source",
        )
    if not a:
        raise InputError(first, "is empty; expected one sentence a line")


def _result(id: str, source: str, text: str, reference: str, from_: str, to: str) -> Result:
    sample = Sample(id, source, reference, from_, to, origin="file")
    return Result(sample, (Message("user", source), Message("assistant", text)), (text,))


def _constraint_rows(file: Path) -> Iterable[dict[str, Any]]:
    for number, row in jsonl.numbered(file):
        wanted = row.get("constraint")
        texts = [row.get("tgt"), row.get("hypo"), *(wanted if isinstance(wanted, list) else [None])]
        if not all(isinstance(text, str) for text in texts):
            raise InputError(
                file, "expected the keys tgt, hypo (texts) and constraint (a list of texts)", number
            )
        yield row
