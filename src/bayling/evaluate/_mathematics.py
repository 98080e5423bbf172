r"""Whether two short pieces of LaTeX write the same answer, as `\frac12` and `1/2` do. What counts
is the notation; nothing is calculated (MATH, Hendrycks et al. 2021, as AGIEval uses it)."""

from __future__ import annotations

import re

# What changes nothing about a value: spacing, sizes of brackets, units, degrees, `\$` and `\%`. A
# plain dollar sign is left, as AGIEval leaves it, whose keys have some.
_IGNORED = re.compile(r"\\!|\\left|\\right|\^\{?\\circ\}?|\\\$|\\%|\\text\s*\{\s+[^}]*\}$|\s")
_ONE_ANSWER = re.compile(r"^[a-zA-Z]{1,2}=(?=.)")
_BARE_ROOT = re.compile(r"\\sqrt(?=[^{\[\\])(\w)")
_BARE_FRACTION = re.compile(r"\\frac(?:(\w)(\w)|(\w)(\{[^{}]*\}))")
_SLASH = re.compile(r"^(-?\d+)/(-?\d+)$")
# What is said before the answer.
_BEFORE = re.compile(r".*(?:答案是|The answer is therefore)", re.DOTALL)


def same(one: str | None, other: str | None) -> bool:
    """Whether both write the same; two answers that are missing do, one alone does not."""
    if one is None or other is None:
        return one is other
    return _plain(one) == _plain(other)


def stated(text: str) -> str | None:
    r"""The answer that a solution in words ends with; None where it has none.

    What follows the last 答案是 or "The answer is therefore" is looked at, if there is one. It is
    `\boxed{…}` if that occurs; else what stands between the first and the last dollar sign of the
    last line that has two; of either, what follows its last equals sign. Else it is what comes
    after the last equals sign in the text, else its last number (AGIEval's `parse_math_answer`).
    """
    text = _BEFORE.sub("", text)
    if "\\boxed" in text:
        boxed = _boxed(text)
        return None if boxed is None else _behind_equals(boxed)
    # From the first sign of a line to its last one: AGIEval's figures come of it.
    found = re.findall(r"\$(.*)\$", text)
    if found and (value := _behind_equals(found[-1])):
        return value
    if "=" in text:
        return _behind_equals(text).rstrip(".").partition("\\n")[0]
    numbers = re.findall(r"\$?\d+(?:\.\d+)?(?!\w)", text)
    return str(numbers[-1]) if numbers else None


def _behind_equals(text: str) -> str:
    return text.rpartition("=")[2].lstrip(" ")


def _boxed(text: str) -> str | None:
    """The content of the last `\\boxed{…}`, whose braces may hold others; None where none is
    closed."""
    start = text.rfind("\\boxed{")
    if start < 0:
        return None
    begins, depth = text.index("{", start), 0
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
