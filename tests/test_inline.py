"""Inline codes: what is put back is what was taken out, whatever codes and texts there are."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from bayling import inline, markup
from bayling.corpus.readers import _inline


def segment(inner: str) -> Any:
    """An element in a <unit>, as a reader finds it."""
    text = f'<unit xmlns="urn:x" xmlns:o="urn:o"><seg>{inner}</seg></unit>'
    return etree.fromstring(text)[0]


def taken(source: str, target: str) -> tuple[str, str]:
    return _inline.texts(segment(source), segment(target))[0]


def canonical(inner: str) -> bytes:
    return etree.tostring(segment(inner), method="c14n", exclusive=True)


def test_put_back_leaves_what_it_does_not_know() -> None:
    codes = {"{1}": "<b>", "{/1}": "</b>"}
    assert inline.put_back("{2} & {1}x{/1} {x}\r", codes) == "{2} &amp; <b>x</b> {x}&#13;"
    assert inline.put_back("x", codes) == "x"


@pytest.mark.parametrize(
    ("source", "target", "expected"),
    [
        # Found by x, whatever the order and the content.
        (
            '<ph x="1">a</ph><ph x="2">b</ph>',
            '<ph x="2">a</ph><ph x="1">b</ph>',
            ("{1}{2}", "{2}{1}"),
        ),
        # Without it by what they hold, then by order.
        ("<ph>a</ph> <ph>b</ph>", "<ph>b</ph> <ph>a</ph>", ("{1} {2}", "{2} {1}")),
        ("<ph>a</ph> <ph>b</ph>", "<ph>c</ph> <ph>d</ph>", ("{1} {2}", "{1} {2}")),
        ("<ph>a</ph> <ph>b</ph>", "<ph>b</ph> <ph>c</ph>", ("{1} {2}", "{2} {1}")),
        # Called by name on both sides, and differently: they are not the same.
        ('<ph x="1">a</ph>', '<ph x="2">a</ph>', ("{1}", "{2}")),
        ('<ph x="1">a</ph>', "<ph>a</ph>", ("{1}", "{1}")),
        # i is unique in its own segment only, so that content goes first.
        (
            '<bpt i="1">b</bpt>x<ept i="1">/</ept><bpt i="2">i</bpt>y<ept i="2">/</ept>',
            '<bpt i="1">i</bpt>Y<ept i="1">/</ept><bpt i="2">b</bpt>X<ept i="2">/</ept>',
            ("{1}x{/1}{2}y{/2}", "{2}Y{/2}{1}X{/1}"),
        ),
        (
            '<bpt i="1">b</bpt>x<ept i="1">/</ept><bpt i="2">b</bpt>y<ept i="2">/</ept>',
            '<bpt i="2">b</bpt>Y<ept i="2">/</ept><bpt i="1">b</bpt>X<ept i="1">/</ept>',
            ("{1}x{/1}{2}y{/2}", "{2}Y{/2}{1}X{/1}"),
        ),
        (
            '<bpt i="1">b</bpt>x<ept i="1"/>',
            '<bpt i="1">c</bpt>y<ept i="1"/>',
            ("{1}x{/1}", "{1}y{/1}"),
        ),
        # Overlapping, nested, isolated, lost.
        (
            '<bpt i="1"/>a<bpt i="2"/>b<ept i="1"/>c<ept i="2"/>',
            "",
            ("{1}a{2}b{/1}c{/2}", ""),
        ),
        ("<hi>a<hi>b</hi></hi>", "<hi>a</hi>", ("{1}a{2}b{/2}{/1}", "{1}a{/1}")),
        ('<ept i="1"/>a<bpt i="1"/>', "x", ("{/1}a{2}", "x")),
        ('<it pos="begin"/>a', '<it pos="end"/>a', ("{1}a", "{/1}a")),
        ('a<it pos="x"/>', "a", ("a{1}", "a")),
        # XLIFF: one tool writes g where another writes bx and ex.
        ('<g id="1">a</g>', '<bx id="1" rid="1"/>b<ex id="2" rid="1"/>', ("{1}a{/1}", "{1}b{/1}")),
        (
            '<x id="1"/><g id="1">a</g>',
            '<g id="1">b</g><x id="1"/>',
            ("{1}{2}a{/2}", "{2}b{/2}{1}"),
        ),
        ('<sc id="1"/>a<ec startRef="1"/>', '<ec startRef="1"/>', ("{1}a{/1}", "{/1}")),
        # What is unknown opens and closes, what is in a code is code.
        ('<o:ruby a="1">a</o:ruby>', "", ("{1}a{/1}", "")),
        ('<ph>&lt;note "<sub>text</sub>"></ph>a', "", ("{1}a", "")),
        # No number that stands in a text on either side.
        ("{1} <ph/> {/2}", "<ph/> {3} {04}", ("{1} {4} {/2}", "{4} {3} {04}")),
        ("{<ph/>}", "{ {\u00ad1}", ("{{2}}", "{ {1}")),
    ],
)
def test_the_same_code_is_the_same_on_both_sides(
    source: str, target: str, expected: tuple[str, str]
) -> None:
    assert taken(source, target) == expected


def test_comments_and_instructions_are_no_text() -> None:
    parser = etree.XMLParser(remove_comments=True, remove_pis=True)
    read = etree.fromstring("<u><seg>a<!-- x -->b<?y?>c<ph>d<!-- z --></ph></seg></u>", parser)[0]
    (text, _), meta = _inline.texts(read, read)
    assert text == "abc{1}"
    assert meta["source"] == {"{1}": "<ph>d</ph>"}


# Characters that XML allows, no soft hyphens, which are left out of every text.
characters = st.characters(
    exclude_categories=["Cs", "Cc"],
    include_characters="\n\t",
    exclude_characters="\u00ad\ufffe\uffff",
)
plain = st.one_of(
    st.text(characters, max_size=8),
    st.from_regex(r"\{/?[0-9]{0,2}\}?", fullmatch=True),
).map(inline.escaped)
values = st.text(characters, max_size=5).map(lambda text: inline.escaped(text, in_value=True))


@st.composite
def code(draw: st.DrawFn, content: st.SearchStrategy[str]) -> str:
    tag = draw(
        st.sampled_from(["bpt", "ept", "ph", "it", "hi", "ut", "g", "x", "pc", "mrk", "o:z"])
    )
    names = draw(
        st.lists(st.sampled_from(["x", "i", "id", "rid", "pos", "type", "o:a"]), unique=True)
    )
    numbers = st.sampled_from(["1", "2", "begin", "end"])
    said = "".join(f' {name}="{draw(numbers | values)}"' for name in names)
    inner = draw(content)
    return f"<{tag}{said}>{inner}</{tag}>" if inner else f"<{tag}{said}/>"


inner = st.recursive(
    plain,
    lambda content: st.lists(plain | code(content), max_size=6).map("".join),
    max_leaves=12,
)


@given(inner, inner)
def test_what_is_put_back_is_what_was_there(source: str, target: str) -> None:
    texts, meta = _inline.texts(segment(source), segment(target))
    for side, text, original in zip(("source", "target"), texts, (source, target), strict=True):
        codes = meta.get(side, {})
        assert canonical(inline.put_back(text, codes)) == canonical(original)
        # Each is there once, and is what the filter of markup looks for.
        assert all(text.count(placeholder) == 1 for placeholder in codes)
        assert all(markup.find(each) == [each] for each in codes)
        assert {re.sub(r"\D", "", each) for each in codes}.isdisjoint(
            inline.PLACEHOLDER.findall("".join(_inline.side(segment(original)).literal()))
        )


@given(inner)
def test_equal_segments_have_equal_placeholders(text: str) -> None:
    (source, target), meta = _inline.texts(segment(text), segment(text))
    assert source == target
    assert meta.get("source") == meta.get("target")
