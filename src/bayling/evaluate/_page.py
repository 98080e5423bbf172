"""Pieces of HTML. Everything that is not `Html` is text and gets escaped."""

from __future__ import annotations

import html
import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from bayling.records import Message


class Html(str):
    """Text that is HTML already."""

    __slots__ = ()


def escape(text: object) -> Html:
    """The text as HTML, unless it is HTML already."""
    return text if isinstance(text, Html) else Html(html.escape(str(text)))


def join(pieces: Iterable[object]) -> Html:
    """The pieces one after the other."""
    return Html("\n".join(escape(piece) for piece in pieces))


def tag(name: str, content: object, **attributes: str) -> Html:
    """An element; an attribute `class_` is written `class`."""
    written = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{html.escape(value)}"'
        for key, value in attributes.items()
    )
    return Html(f"<{name}{written}>{escape(content)}</{name}>")


def paragraph(text: object, soft: bool = False) -> Html:
    """A paragraph, grey where it is `soft`."""
    return tag("p", text, class_="soft") if soft else tag("p", text)


def not_run(stage: str) -> Html:
    """What stands in the place of a stage that the run has not come to."""
    return paragraph(f"The stage “{stage}” was not run.", soft=True)


def table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> Html:
    """A table whose first column names the rows; it scrolls by itself on a narrow screen."""
    top = "".join(tag("th", cell, scope="col") for cell in head)
    body = "\n".join(tag("tr", Html(_row(row))) for row in rows)
    return Html(
        f'<div class="wide"><table><thead><tr>{top}</tr></thead><tbody>{body}</tbody></table></div>'
    )


def _row(cells: Sequence[object]) -> str:
    first, *others = cells
    return tag("th", first, scope="row") + "".join(
        tag("td", cell, class_="number") if _is_number(cell) else tag("td", cell) for cell in others
    )


def _is_number(cell: object) -> bool:
    return isinstance(cell, (int, float, Html))


def details(summary: str, content: object) -> Html:
    """A part that opens on a click."""
    return Html(f"<details>{tag('summary', summary)}\n{escape(content)}</details>")


def facts(items: Iterable[tuple[str, object]]) -> Html:
    """A list of names with what is said of them."""
    rows = (tag("dt", name) + tag("dd", value) for name, value in items)
    return tag("dl", Html("".join(rows)), class_="facts")


def picture(svg: str, caption: str) -> Html:
    """A plot under the line that names it."""
    return tag("figure", Html(tag("figcaption", caption) + svg))


def conversation(messages: Sequence[Message], below: object = "") -> Html:
    """The turns of a dialogue; a learned turn says so, and what it changed is marked."""
    turns = join(_turn(message) for message in messages)
    return tag("div", join([turns, below]), class_="talk")


def _turn(message: Message) -> Html:
    who = message.role + (" · learned" if message.learn else "")
    # A role comes from the run's files, so it may only choose among the classes there are.
    look = message.role if message.role in {"user", "assistant", "system"} else "system"
    text = tag("span", who, class_="who") + marked(message)
    return tag("div", Html(text), class_=f"turn {look}", dir="auto")


def marked(message: Message) -> Html:
    """Its text, with what is changed in it marked."""
    done, pieces = 0, []
    for span in sorted(message.spans, key=lambda span: span.start):
        if span.role == "changed" and span.start >= done:
            pieces.append(escape(message.text[done : span.start]))
            pieces.append(tag("mark", message.text[span.start : span.end]))
            done = span.end
    return Html("".join([*pieces, escape(message.text[done:])]))


def flatten(content: Mapping[str, Any], before: str = "") -> Iterable[tuple[str, str]]:
    """Nested settings as (dotted key, value) rows."""
    for key, value in content.items():
        if isinstance(value, Mapping) and value:
            yield from flatten(value, f"{before}{key}.")
        elif isinstance(value, str):
            yield before + key, value
        else:
            yield before + key, json.dumps(value, ensure_ascii=False)
