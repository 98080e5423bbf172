r"""Whether two short pieces of LaTeX write the same answer: `\frac12` and `1/2`, `3.50` and `.5+3`
not. What counts is the notation; nothing is calculated (MATH, Hendrycks et al. 2021, as AGIEval
uses it)."""

from __future__ import annotations

import re

# What changes nothing about a value: spacing, sizes of brackets, units, degrees, currency, percent.
_IGNORED = re.compile(
    r"\\[!,;: ]|\\left|\\right|\^\{?\\circ\}?|\\?\$|\\?%|\\text\s*\{\s+[^}]*\}$|\s|\n"
)
_ONE_ANSWER = re.compile(r"^[a-zA-Z]{1,2}=(?=.)")
_BARE_ROOT = re.compile(r"\\sqrt(?=[^{\[\\])(\w)")
_BARE_FRACTION = re.compile(r"\\frac(?:(\w)(\w)|(\w)(\{[^{}]*\}))")
_SLASH = re.compile(r"^(-?\d+)/(-?\d+)$")


def same(one: str | None, other: str | None) -> bool:
    """Whether both write the same; two answers that are missing do, one alone does not."""
    if one is None or other is None:
        return one is other
    return _plain(one) == _plain(other)


def stated(text: str) -> str | None:
    r"""The answer that a solution in words ends with; None where it has none.

    `\boxed{…}` if there is one; else what stands between the dollar signs of the last line that has
    two, from its last equals sign on; else what comes after the last equals sign in the text; else
    its last number.
    """
    if (boxed := _boxed(text)) is not None:
        return boxed
    # From the first sign of a line to its last one: AGIEval's figures come of it.
    if found := re.findall(r"\$(.*)\$", text):
        return str(found[-1]).rpartition("=")[2].lstrip(" ") or None
    if "=" in text:
        return text.rpartition("=")[2].lstrip(" ").rstrip(".").partition("\\n")[0]
    numbers = re.findall(r"\$?\d+(?:\.\d+)?(?!\w)", text)
    return str(numbers[-1]) if numbers else None


def _boxed(text: str) -> str | None:
    """The content of the last `\\boxed{…}`, whose braces may hold others."""
    start = text.rfind("\\boxed")
    if start < 0:
        return None
    begins = text.find("{", start)
    if begins < 0:
        return text[start + len("\\boxed") :].strip().partition("$")[0] or None
    depth = 0
    for place in range(begins, len(text)):
        depth += (text[place] == "{") - (text[place] == "}")
        if not depth:
            return text[begins + 1 : place]
    return None


def _plain(text: str) -> str:
    text = text.replace("\\\\", "\\").replace("tfrac", "frac").replace("dfrac", "frac")
    text = _IGNORED.sub("", text)
    text = re.sub(r"(^|\{)\.", r"\g<1>0.", text)
    text = _ONE_ANSWER.sub("", text)
    text = _BARE_ROOT.sub(r"\\sqrt{\1}", text)
    text = _BARE_FRACTION.sub(_braced, text)
    if text == "0.5":
        text = "1/2"
    return _SLASH.sub(r"\\frac{\1}{\2}", text)


def _braced(found: re.Match[str]) -> str:
    top = found[1] or found[3]
    bottom = found[2] or found[4][1:-1]
    return f"\\frac{{{top}}}{{{bottom}}}"
