"""What is carried over byte for byte, and what only looks like it."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bayling import markup


@pytest.mark.parametrize(
    ("text", "items"),
    [
        ("Hello %s, %d files", ["%s", "%d"]),
        ("%(name)s has %(count)d", ["%(name)s", "%(count)d"]),
        ("%(value).2f and %5.1f", ["%(value).2f", "%5.1f"]),
        ("%1$s of %2$d %@", ["%1$s", "%2$d", "%@"]),
        ("%(name)sx %sGiB %dx%d some %ss", ["%(name)s", "%s", "%d", "%d", "%s"]),
        ("{0} {name} {x!r:>10} {}", ["{0}", "{name}", "{x!r:>10}", "{}"]),
        ("${x} %{count} #{y} {{ z }} {{w}}", ["${x}", "%{count}", "#{y}", "{{ z }}", "{{w}}"]),
        ("{a}}", ["{a}"]),
        # A percentage is a number and a sign.
        ("100 %", ["100"]),
        ("50% off", ["50"]),
        ("50 % der Daten", ["50"]),
        ("100% sure, 50%-ige", ["100", "50"]),
        ("20%off", ["20"]),
        ('<b class="x">fett</b><br/>', ['<b class="x">', "</b>", "<br/>"]),
        ("a < b and c > d", []),
        (
            "10&nbsp;km &amp; &#8217; &#x2019; &frac12;",
            ["10", "&nbsp;", "&amp;", "&#8217;", "&#x2019;", "&frac12;"],
        ),
        ("AT&T; AT & T", ["&T;"]),
        ("3.5 or 3,5 or 1.000,50 at 12:30.", ["3.5", "3,5", "1.000,50", "12:30"]),
        ("See https://example.org/a?b=c&d=1#e.", ["https://example.org/a?b=c&d=1#e"]),
        ("(https://example.org), ftp://x.org!", ["https://example.org", "ftp://x.org"]),
        ("“https://example.org” 'https://x.org'", ["https://example.org", "https://x.org"]),
        ("<https://example.org/>", ["https://example.org/"]),
        ("请访问https://example.org。谢谢", ["https://example.org"]),
        ("请访问https://example.org获取", ["https://example.org"]),
        ("https://example.com에서", ["https://example.com"]),
        (
            "https://de.wikipedia.org/wiki/Übersetzung",
            ["https://de.wikipedia.org/wiki/Übersetzung"],
        ),
        ("www.example.org, bitte", ["www.example.org"]),
        ("Mail an foo.bar+x@example.co.uk.", ["foo.bar+x@example.co.uk"]),
        ("联系foo@example.com获取", ["foo@example.com"]),
        ("an @ sign, a@b", []),
    ],
)
def test_find(text: str, items: list[str]) -> None:
    assert markup.find(text) == items


def test_kinds_can_be_chosen() -> None:
    text = "<b>%s</b> of 3 at https://x.org/4"
    assert markup.find(text, ("placeholder",)) == ["%s"]
    assert markup.find(text, ("tag", "number")) == ["<b>", "</b>", "3"]


def test_strip_leaves_the_words() -> None:
    text = "<b>Hello</b> %(name)s, 3 new&nbsp;files"
    assert markup.strip(text).split() == ["Hello", ",", "new", "files"]


@pytest.mark.parametrize("unit", ["aaaa", "<a ", "{", "%", "%(", "a@", "http://", "&a", "1.", "0"])
def test_long_texts_take_no_time(unit: str) -> None:
    start = time.perf_counter()
    markup.find("%" + unit * 20_000)
    assert time.perf_counter() - start < 2


@given(
    st.lists(
        st.sampled_from([*"%{}<>&;$#@.:/1 aä-_()sd\n", "www.", "http://", "&amp;", "<b>", "%(a)s"]),
        max_size=25,
    ).map("".join)
)
def test_the_quick_way_finds_what_trying_everything_finds(text: str) -> None:
    whole = [(match.lastgroup, match.group()) for match in markup._ANY.finditer(text)]
    assert markup.items(text) == whole
    plain = markup._ANY.sub(lambda match: " " * len(match.group()), text)
    assert markup.strip(text) == plain
