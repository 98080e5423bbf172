"""The words that a user types before a translation says what the reference says."""

from __future__ import annotations

from collections.abc import Sequence

from bayling.evaluate.metrics._answers import right, words
from bayling.records import Result


def typed(result: Result) -> tuple[float, float]:
    """(words typed, words of the reference): those in edits, or those in requests and the ones that
    the final answer still lacks."""
    wanted = words(result.sample.reference, result.sample.target_lang)
    if result.editing is not None:
        return sum(result.editing.typed), len(wanted)
    return _in_requests(result) + _lacking(result, result.outputs[-1]), len(wanted)


def post_edit(results: Sequence[Result]) -> float:
    """The words that the first answers lack, in % of the references': what is typed without any
    request (IMTLab's policy MTPE)."""
    lacking = sum(_lacking(each, each.outputs[0]) for each in results)
    lengths = (len(words(each.sample.reference, each.sample.target_lang)) for each in results)
    return 100 * lacking / max(1, sum(lengths))


def _in_requests(result: Result) -> int:
    """The words of the translation that stand in the requests; of free requests all words."""
    if result.user:
        asked = [message.text for message in result.messages if message.role == "user"][1:]
        return sum(len(words(text, result.user.language)) for text in asked)
    language = result.sample.target_lang
    texts = (
        text
        for wish in result.wishes
        for text in (wish.options.get("phrase", ""), *wish.options.get("items", ()))
        if wish.kind != "avoid"
    )
    return sum(len(words(text, language)) for text in texts)


def _lacking(result: Result, text: str) -> int:
    """The reference's words that the text lacks, in their order: what is left to be typed."""
    wanted = words(result.sample.reference, result.sample.target_lang)
    return len(wanted) - len(right(words(text, result.sample.target_lang), wanted))
