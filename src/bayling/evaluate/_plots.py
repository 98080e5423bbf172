"""The report's pictures: SVG by matplotlib without a display, the same bytes for the same data.

Each function returns an `<svg>` element to be put into a page, with its content told in words.
"""

from __future__ import annotations

import html
import io
import re
import zlib
from collections.abc import Callable, Mapping, Sequence

import matplotlib
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from bayling.records import Json

# Told apart by people who do not see all colours, and in grey.
_COLOURS = ("#b9c1ca", "#7fb0d2", "#1f5f8b", "#e0a030", "#5b4a8a", "#6d9a5b")
_INK, _SOFT, _LOSS, _WIDTH = "#1d2430", "#8a94a0", "#c8623a", 4.6
_STYLE = {
    "svg.hashsalt": "bayling",
    # Text stays text: smaller files, and it can be searched and read aloud.
    "svg.fonttype": "none",
    "text.parse_math": False,
    "font.size": 8.5,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.edgecolor": _SOFT,
    "xtick.color": _SOFT,
    "ytick.color": _SOFT,
    "xtick.labelcolor": _INK,
    "ytick.labelcolor": _INK,
    "axes.grid": False,
}


def scores(label: str, tasks: Mapping[str, Mapping[str, Json]]) -> str:
    """One score as bars: `tasks` is {task: {system: Score.to_json()}}; a floor is a black line."""
    systems = list(dict.fromkeys(system for row in tasks.values() for system in row))
    # Of up to three systems the last one, the tuned one, always has the same colour.
    colours = (_COLOURS[max(0, 3 - len(systems)) :] * len(systems))[: len(systems)]
    slots = len(tasks) * (len(systems) + 0.7)
    # As many names beside each other as the picture is wide for.
    beside = max(1, min(4, 60 // (6 + max(map(len, systems)))))
    lines = -(-len(systems) // beside)

    def draw(axes: Axes) -> None:
        for group, rows in enumerate(tasks.values()):
            for place, system in enumerate(systems):
                if system in rows:
                    y = group * (len(systems) + 0.7) + place
                    _bar(axes, y, rows[system], colours[place], system, not group)
        middles = [group * (len(systems) + 0.7) + (len(systems) - 1) / 2 for group in range(99)]
        axes.set_yticks(middles[: len(tasks)], list(tasks))
        axes.invert_yaxis()
        axes.tick_params(axis="y", length=0)
        axes.margins(x=0.14)
        axes.set_xlim(left=0)
        axes.figure.legend(loc="outside upper left", ncols=beside, frameon=False, borderpad=0.1)

    said = (
        f"{task}: " + ", ".join(f"{system} {row['score']:.1f}" for system, row in rows.items())
        for task, rows in tasks.items()
    )
    return _svg(f"{label}. {'; '.join(said)}.", 0.35 + 0.2 * (slots + lines), draw)


def _bar(axes: Axes, y: float, row: Json, colour: str, system: str, is_first: bool) -> None:
    value = row["score"]
    low, high = row.get("interval") or (value, value)
    axes.barh(y, value, height=0.86, color=colour, label=system if is_first else None)
    spread = [[max(0.0, value - low)], [max(0.0, high - value)]]
    axes.errorbar(value, y, xerr=spread, color=_INK, linewidth=0.9, capsize=1.8)
    axes.annotate(f"{value:.1f}", (high, y), xytext=(4, 0), textcoords="offset points", va="center")
    floor = row.get("details", {}).get("floor")
    if floor is not None:
        axes.vlines(floor, y - 0.5, y + 0.5, color="black", linewidth=2)


def turns(label: str, systems: Mapping[str, Mapping[str, float]]) -> str:
    """A figure after each answer of a conversation: `systems` is {system: {turn: value}}."""

    def draw(axes: Axes) -> None:
        for place, (system, values) in enumerate(systems.items()):
            # As in `scores`.
            colour = _COLOURS[(max(0, 3 - len(systems)) + place) % len(_COLOURS)]
            axes.plot(
                list(map(int, values)),
                list(values.values()),
                color=colour,
                marker="o",
                markersize=3.5,
                label=system,
            )
        axes.set_xticks(range(1, 1 + max(len(values) for values in systems.values())))
        axes.set_ylim(bottom=0)
        axes.set_xlabel("answer")
        axes.legend(frameon=False)

    said = (
        f"{system}: " + ", ".join(f"{value:.1f}" for value in values.values())
        for system, values in systems.items()
    )
    return _svg(f"{label}, by answer. {'; '.join(said)}.", 2.4, draw)


def corpus(read: int, filters: Sequence[tuple[str, int, int]], kept: int) -> str:
    """Where the pairs went: `filters` are (name, seen, dropped) in their order."""
    names = ["read", *(name for name, _, _ in filters), "kept"]

    def draw(axes: Axes) -> None:
        left = [read, *(seen - dropped for _, seen, dropped in filters), kept]
        gone = [0, *(dropped for _, _, dropped in filters), 0]
        colours = [_COLOURS[0], *[_COLOURS[1]] * len(filters), _COLOURS[2]]
        axes.barh(range(len(names)), left, color=colours, height=0.72)
        axes.barh(range(len(names)), gone, left=left, color=_LOSS, height=0.72)
        for y, (stay, go) in enumerate(zip(left, gone, strict=True)):
            told = f"−{go:,}" if go else f"{stay:,}" if y in {0, len(names) - 1} else ""
            axes.annotate(
                told, (stay + go, y), xytext=(4, 0), textcoords="offset points", va="center"
            )
        axes.set_yticks(range(len(names)), names)
        axes.invert_yaxis()
        axes.tick_params(axis="y", length=0)
        axes.margins(x=0.16)
        axes.set_xlim(left=0)
        axes.set_xlabel("pairs")

    said = "; ".join(f"{name} dropped {dropped}" for name, _, dropped in filters)
    return _svg(f"{read} pairs read; {said}; {kept} kept.", 0.7 + 0.24 * len(names), draw)


def loss(steps: Sequence[float], values: Sequence[float], validation: Mapping[float, float]) -> str:
    """The loss of each step, its running mean, and the validation loss where it was taken."""

    def draw(axes: Axes) -> None:
        axes.plot(steps, values, color=_COLOURS[1], linewidth=0.8, alpha=0.7, label="each step")
        axes.plot(steps, _running_mean(values), color=_COLOURS[2], label="running mean")
        if validation:
            axes.plot(
                list(validation),
                list(validation.values()),
                color=_LOSS,
                marker="o",
                markersize=3.5,
                linewidth=1,
                label="validation",
            )
        axes.set_xlabel("step")
        axes.set_ylabel("loss per unit of weight")
        axes.legend(frameon=False)

    means = _running_mean(values)
    said = f"Loss over {len(steps)} steps: running mean from {means[0]:.3f} to {means[-1]:.3f}"
    if validation:
        said += f"; last validation loss {list(validation.values())[-1]:.3f}"
    return _svg(said + ".", 2.7, draw)


def throughput(steps: Sequence[float], values: Sequence[float]) -> str:
    """Learned tokens per second of each step."""
    middle = sorted(values)[len(values) // 2]

    def draw(axes: Axes) -> None:
        axes.plot(steps, values, color=_COLOURS[2], linewidth=1)
        axes.axhline(
            middle, color=_INK, linewidth=0.9, linestyle="--", label=f"median {middle:.0f}"
        )
        axes.set_ylim(0, 1.1 * max(values))
        axes.legend(frameon=False, loc="lower right")
        axes.set_xlabel("step")
        axes.set_ylabel("learned tokens per second")

    return _svg(
        f"Learned tokens per second over {len(steps)} steps, median {middle:.0f}.", 2.7, draw
    )


def _running_mean(values: Sequence[float]) -> list[float]:
    width = max(1, len(values) // 15)
    windows = (values[max(0, end - width) : end] for end in range(1, len(values) + 1))
    return [sum(window) / len(window) for window in windows]


def _svg(told: str, height: float, draw: Callable[[Axes], None]) -> str:
    """Draw into a figure `_WIDTH` inches wide; `told` is what it shows, for those who listen."""
    with matplotlib.rc_context(_STYLE):
        figure = Figure(figsize=(_WIDTH, height), layout="constrained")
        draw(figure.subplots())
        written = io.StringIO()
        nothing = dict.fromkeys(("Date", "Creator", "Format", "Type"))
        figure.savefig(written, format="svg", metadata=nothing)
    svg = re.sub(r"\A.*?(?=<svg)", "", written.getvalue(), flags=re.DOTALL)
    svg = re.sub(r'(<svg[^>]*?) width="[^"]*" height="[^"]*"', r"\1", svg, count=1)
    svg = svg.replace("<svg", f'<svg role="img" aria-label="{html.escape(told)}"', 1)
    return _with_own_ids(svg, told)


def _with_own_ids(svg: str, told: str) -> str:
    # Every plot numbers its parts from 1; several in one page need ids of their own.
    mine = f"p{zlib.crc32(told.encode()):08x}-"
    return re.sub(r'(\bid="|href="#|url\(#)', lambda found: found.group() + mine, svg)
