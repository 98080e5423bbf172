"""The report's sections on the evaluation: scores before and after, and conversations."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

from bayling import checks, manifest, parts
from bayling.config import TUNED
from bayling.differences import changed
from bayling.errors import UserError
from bayling.evaluate import _page, _plots, partition, place, significance
from bayling.evaluate import score as scoring
from bayling.evaluate._page import Html
from bayling.evaluate.run import metrics_of
from bayling.languages import Direction
from bayling.records import Check, Json, Message, Result, Sample

_SAMPLES = 3

# The scores in the order they are shown, with their names for readers.
_LABELS = {
    "chrf2": "chrF2",
    "bleu": "BLEU",
    "clean_revision": "Clean revisions, %",
    "satisfied": "Wishes fulfilled, %",
    "all_satisfied": "All wishes of an answer fulfilled, %",
    "conversation": "Conversations: chrF2 where the user is satisfied",
    "satisfied_users": "Satisfied users, %",
    "fulfilled_next": "Requests fulfilled at once, %",
    "word_strokes": "Words typed, in requests or edits and after, % (less is better)",
    "accepted": "Translations accepted in time, %",
    "consistency": "Right words that stay while others are edited, %",
    "regressions": "Wishes broken again, % (less is better)",
    "changed_words": "Words changed from answer to answer, %",
    "unread": "Conversations that an unreadable reply of the user ended, %",
    "collateral": "Words changed unasked, % (less is better)",
    "followed": "Instructions followed, %",
    "accuracy": "Exam questions answered right, %",
    "chain": "Whole chains, %",
    "off_target": "Off target, % (less is better)",
    "errors": "Six errors, % (less is better)",
    "ter": "TER (less is better)",
}

# {system: {task: {score name: Score.to_json()}}}
Scores = dict[str, dict[str, dict[str, Json]]]


def comparison(scores: Scores) -> Html:
    """Every score of every system: tables, bars, what they are made of, signatures."""
    if not scores:
        return _page.not_run("evaluate")
    tasks = list(dict.fromkeys(task for rows in scores.values() for task in rows))
    names = [row for rows in scores.values() for task in rows.values() for row in task]
    ordered = sorted(dict.fromkeys(names), key=_place)
    pictures = [
        _page.picture(_plots.scores(_label(name), shown), _label(name))
        for name in ordered
        if (shown := _by_task(scores, tasks, name))
    ]
    explained = (
        "Small figures and brackets are 95 % confidence intervals. "
        "A black line marks a figure’s floor: off target, that of the references."
    )
    return _page.join(
        [
            _page.paragraph(explained, soft=True),
            *(_score_table(scores, task) for task in tasks),
            _page.tag("div", _page.join([*pictures, *_over_turns(scores)]), class_="plots"),
            _page.details("What the scores are made of", _breakdown(scores)),
            _page.details("Signatures", _signatures(scores)),
        ]
    )


def _place(name: str) -> tuple[int, str]:
    known = list(_LABELS)
    return (known.index(name) if name in known else len(known)), name


def _label(name: str) -> str:
    return _LABELS.get(name, name)


def _by_task(scores: Scores, tasks: Sequence[str], name: str) -> dict[str, dict[str, Json]]:
    rows = {
        task: {
            system: found[task][name]
            for system, found in scores.items()
            if name in found.get(task, {})
        }
        for task in tasks
    }
    return {task: row for task, row in rows.items() if row}


def _score_table(scores: Scores, task: str) -> Html:
    systems = list(scores)
    found = {name for rows in scores.values() for name in rows.get(task, {})}
    rows = [
        [_label(name), *(_score_cell(scores[system].get(task, {}).get(name)) for system in systems)]
        for name in sorted(found, key=_place)
    ]
    if users := place.told([scores[system].get(task, {}) for system in systems]):
        rows = [["User", *users], *rows]
    return _page.join([_page.tag("h3", task), _page.table(["", *systems], rows)])


def _score_cell(row: Json | None) -> object:
    if row is None:
        return "–"
    beside = [interval(row)]
    details = row.get("details", {})
    if "floor" in details:
        beside.append(f"floor {details['floor']:.1f}")
    if "first" in details:
        beside.append(f"first answer {details['first']:.1f}")
    if "post_edit" in details:
        beside.append(f"without requests or edits {details['post_edit']:.1f}")
    low = (_page.tag("span", text, class_="low") for text in beside if text)
    return Html(f"<b>{row['score']:.1f}</b>" + "".join(low))


def _each_score(scores: Scores) -> Iterable[tuple[str, str, str, Json]]:
    for system, tasks in scores.items():
        for task, rows in tasks.items():
            for name, row in sorted(rows.items(), key=lambda item: _place(item[0])):
                yield system, task, name, row


def _breakdown(scores: Scores) -> Html:
    rows = [
        [f"{system}, {task}", _label(name), row["n"], _told(row["details"])]
        for system, task, name, row in _each_score(scores)
        if "details" in row
    ]
    return _page.table(["system, task", "score", "n", "details"], rows)


def _told(details: Mapping[str, Any]) -> str:
    return ", ".join(f"{key.replace('_', ' ')} {_value(value)}" for key, value in details.items())


def _value(value: Any) -> str:
    if isinstance(value, Mapping):
        return f"({_told(value)})"
    return f"{value:.1f}" if isinstance(value, float) else str(value)


def _over_turns(scores: Scores) -> list[Html]:
    """A curve of each figure that is known by turn."""
    curves: dict[tuple[str, str], dict[str, dict[str, float]]] = {}
    for system, task, name, row in _each_score(scores):
        if "by_turn" in row.get("details", {}):
            curves.setdefault((task, name), {})[system] = row["details"]["by_turn"]
    return [
        _page.picture(
            _plots.turns(f"{_label(name)}, {task}", systems), f"{_label(name)} by turn ({task})"
        )
        for (task, name), systems in curves.items()
    ]


def _signatures(scores: Scores) -> Html:
    found = dict.fromkeys((name, row["signature"]) for _, _, name, row in _each_score(scores))
    return _page.table(["score", "signature"], [[n, _page.tag("code", s)] for n, s in found])


def differences(scores: Scores, systems: Mapping[str, Path]) -> Html:
    """Paired tests of every variant's answers against those of the variant before it."""
    tuned = [(name, path) for name, path in systems.items() if path.name == TUNED]
    pieces = [
        _page.paragraph(
            "Paired tests over the same samples: the difference with its 95 % interval (bootstrap) "
            "and p (approximate randomisation). Nothing is corrected for their number.",
            soft=True,
        )
    ]
    for (first, before), (second, after) in pairwise(tuned):
        pieces.append(_page.tag("h3", f"{first} → {second}"))
        rows: list[list[object]] = []
        for task in scores[second]:
            try:
                tests = _tests(before, after, task)
            except UserError as error:
                # Variants may differ in what they were asked.
                pieces.append(_page.paragraph(f"{task}: not tested. {error}", soft=True))
                continue
            rows += [
                [f"{task}: {_label(name)}", f"{each['a']:.1f}", f"{each['b']:.1f}", _told_of(each)]
                for name, each in tests.items()
            ]
        if rows:
            pieces.append(_page.table(["", first, second, "difference"], rows))
    return _page.join(pieces)


def _tests(before: Path, after: Path, task: str) -> dict[str, Json]:
    """Tests with the metrics that the second was scored with, but for those that take a model.

    Of a partition, such as `translation, unseen`, over the samples that are in it for both.
    """
    task, label = partition.split(task)
    a, b = _results(before, task), _results(after, task)
    if label:
        parts_of = [_part(folder, found, label) for folder, found in ((before, a), (after, b))]
        common = {r.sample.id for r in parts_of[0]} & {r.sample.id for r in parts_of[1]}
        a, b = ([r for r in found if r.sample.id in common] for found in (a, b))
    if not a or not b:
        return {}
    usual = manifest.require(after, "evaluate")["settings"]["metrics"]
    quick = [
        spec
        for spec in metrics_of(task, usual)
        if not hasattr(parts.load("metric", parts.split(spec)[0]), "ready")
    ]
    return significance.tests(a, b, quick)


def _part(folder: Path, results: Sequence[Result], label: str) -> list[Result]:
    """The results that are in a partition for the system of this folder."""
    told = manifest.require(folder, "evaluate")["settings"].get("trained", ())
    trained = list(map(Direction.parse, told))
    # Not `divide`, which says nothing of a system that was trained in all that it was asked.
    return [
        r for r in results if trained and label in partition.labels(r.sample.direction, trained)
    ]


def _told_of(test: Json) -> Html:
    low, high = test["interval"]
    said = f"[{low:+.1f}, {high:+.1f}], p = {test['p_randomisation']:.4f}"
    return Html(f"<b>{test['difference']:+.1f}</b> {_page.tag('span', said, class_='low')}")


def conversations(scores: Scores, systems: Mapping[str, Path]) -> Html:
    """Some of the last system's conversations of each task, beside what the others answered.

    `systems` are folders with `<task>.jsonl`. Raises `InputError` for a broken file.
    """
    if not scores:
        return _page.not_run("evaluate")
    *before, after = scores
    pieces = [
        _page.paragraph(
            f"{_SAMPLES} of each task as “{after}” answered them, taken at even distances "
            "through the test set. Marked is what an answer has otherwise than the one before it; "
            "in the last answers of other systems, than the reference.",
            soft=True,
        )
    ]
    for task in scores[after]:
        if partition.split(task)[1]:
            continue
        results = _results(systems[after], task)
        others = {system: _by_id(_results(systems[system], task)) for system in before}
        pieces.append(_page.tag("h3", task))
        pieces.extend(_conversation(result, others) for result in _spread(results))
        if not results:
            pieces.append(_page.paragraph("Its conversations are not in the folder.", soft=True))
    return _page.join(pieces)


def _results(folder: Path, task: str) -> list[Result]:
    path = folder / f"{task}.jsonl"
    # A task that suits no sample leaves an empty file.
    return scoring.results(path) if path.exists() and path.stat().st_size else []


def _by_id(results: Iterable[Result]) -> dict[str, Result]:
    return {result.sample.id: result for result in results}


def _spread(results: Sequence[Result]) -> list[Result]:
    count = min(_SAMPLES, len(results))
    return [results[(2 * i + 1) * len(results) // (2 * count)] for i in range(count)]


def _conversation(result: Result, others: Mapping[str, Mapping[str, Result]]) -> Html:
    sample = result.sample
    said: list[tuple[str, object]] = [("reference", sample.reference)] if sample.reference else []
    said += [("wish", _wish(wish, result.outputs[-1])) for wish in result.wishes]
    if result.user:
        said.append(("user", f"{result.user.name} {place.outcome(result.user)}"))
        said += [("unread reply", result.user.unread)] * bool(result.user.unread)
    answered = {name: found[sample.id] for name, found in others.items() if sample.id in found}
    said += [
        (f"{system} answered", _beside(sample, other.outputs[-1]))
        for system, other in answered.items()
    ]
    whole = [
        _page.details(f"The whole conversation with {system}", _turns(other))
        for system, other in answered.items()
        if len(other.outputs) > 1
    ]
    return _page.conversation(_changes(result), below=_page.join([_page.facts(said), *whole]))


def _turns(result: Result) -> Html:
    return _page.conversation(_changes(result))


def _changes(result: Result) -> list[Message]:
    """The messages, with what each answer has otherwise than the one before it."""
    found: list[Message] = []
    before: str | None = None
    for message in result.messages:
        if message.role == "assistant":
            spans = changed(before, message.text, result.sample.target_lang) if before else ()
            message, before = replace(message, spans=spans), message.text
        found.append(message)
    return found


def _beside(sample: Sample, text: str) -> Html:
    """An answer, with what it has otherwise than the reference, where there is one."""
    spans = changed(sample.reference, text, sample.target_lang) if sample.reference else ()
    return _page.marked(Message("assistant", text, spans=spans))


def _wish(wish: Check, text: str) -> Html:
    outcome = checks.holds(wish, text)
    mark = (
        _page.tag("span", "✓ fulfilled", class_="yes")
        if outcome.ok
        else _page.tag("span", f"✗ not fulfilled: {outcome.reason}", class_="no")
    )
    asked = ", ".join(f"{key} “{value}”" for key, value in wish.options.items())
    return Html(f"{_page.escape(wish.kind)} {_page.escape(asked)} {mark}")


def interval(row: Json) -> str:
    """A score's 95 % interval in words, '' where it has none."""
    if "interval" not in row:
        return ""
    low, high = row["interval"]
    return f"{low:.1f} – {high:.1f}"
