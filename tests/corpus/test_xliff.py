"""What translation tools work on: segments, states, codes, and units that give no pair."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from bayling import inline, parts
from bayling.corpus.readers import Unread
from bayling.errors import InputError
from bayling.languages import Direction
from bayling.records import Pair

NAMESPACE = "urn:oasis:names:tc:xliff:document:1.2"


def read(path: Path, langs: tuple[str, str] = ("en", "de"), **options: Any) -> list[Pair | Unread]:
    given = parts.options("reader", "xliff", {"path": path, **options})
    return list(parts.load("reader", "xliff").read(given, *langs))


def texts(found: list[Pair | Unread]) -> list[tuple[str, str]]:
    return [(each.source, each.target) for each in found if isinstance(each, Pair)]


def told(found: list[Pair | Unread]) -> list[str]:
    return [f"line {each.line}: {each.reason}" for each in found if isinstance(each, Unread)]


def metas(found: list[Pair | Unread]) -> list[dict[str, Any]]:
    """What is known of each pair, without its place."""
    return [
        {key: value for key, value in each.meta.items() if key not in ("document", "place")}
        for each in found
        if isinstance(each, Pair)
    ]


def write(tmp_path: Path, text: str, name: str = "a.xlf") -> Path:
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    return path


def file(body: str, target: str = ' target-language="de"', original: str = "a.txt") -> str:
    return (
        f'<file original="{original}" source-language="en"{target} datatype="x"><body>\n'
        f"{body}</body></file>\n"
    )


def xliff(*files: str) -> str:
    return f'<xliff version="1.2" xmlns="{NAMESPACE}">\n{"".join(files)}</xliff>\n'


def unit(number: int, target: str = "<target>Satz</target>", said: str = "") -> str:
    return f'<trans-unit id="{number}"{said}><source>Text</source>{target}</trans-unit>\n'


LOKALISE = f"""<?xml version="1.0" encoding="UTF-8"?>
<xliff xmlns="{NAMESPACE}" version="1.2">
  <file original="Localizable.strings" datatype="plaintext" source-language="en"
      target-language="de-DE" product-name="app">
    <header><tool tool-id="lokalise.com" tool-name="Lokalise"/></header>
    <body>
      <group id="menu">
      <trans-unit id="greeting" resname="home.greeting" approved="yes">
        <source>Hello, {{name}}! You have <x id="INTERPOLATION" equiv-text="%d"/> mails</source>
        <target state="final" state-qualifier="exact-match">Hallo {{name}}, <x
          id="INTERPOLATION" equiv-text="%d"/> Nachrichten</target>
        <note>Shown on the first screen</note>
        <note from="developer">{{1}} is not used</note>
        <context-group purpose="location">
          <context context-type="sourcefile">home.html</context>
          <context context-type="linenumber">12</context>
        </context-group>
        <alt-trans><source>Hello</source><target>Hi</target><note>old</note></alt-trans>
      </trans-unit>
      </group>
    </body>
  </file>
</xliff>
"""


def test_lokalise_says_states_notes_and_places(tmp_path: Path) -> None:
    path = write(tmp_path, LOKALISE)
    (pair,) = read(path)
    assert isinstance(pair, Pair)
    assert pair.source == "Hello, {name}! You have {1} mails"
    assert pair.target == "Hallo {name}, {1} Nachrichten"
    assert pair.origin == "a:a.xlf:8"
    code = {"{1}": '<x id="INTERPOLATION" equiv-text="%d"/>'}
    assert pair.meta == {
        "id": "greeting",
        "name": "home.greeting",
        "approved": "yes",
        "state": "final",
        "substate": "exact-match",
        "note": "Shown on the first screen\n{1} is not used",
        "context": {"sourcefile": "home.html", "linenumber": "12"},
        "inline": {"source": code, "target": code},
        "document": f"{path}:Localizable.strings",
        "place": 1,
    }
    back = read(path, ("de", "en-GB"))
    assert texts(back) == [(pair.target, pair.source)]


SDL = f"""<?xml version="1.0" encoding="utf-8"?>
<xliff xmlns:sdl="http://sdl.com/FileTypes/SdlXliff/1.0" version="1.2" sdl:version="1.0"
    xmlns="{NAMESPACE}">
<doc-info xmlns="http://sdl.com/FileTypes/SdlXliff/1.0"><rep-defs/></doc-info>
<file original="a.docx" datatype="x-sdlfilterframework2" source-language="en-US"
    target-language="de-DE">
<header><file-info xmlns="http://sdl.com/FileTypes/SdlXliff/1.0"><value key="x">y</value>
<unit id="u"><source>not the standard's</source></unit></file-info>
<tag-defs xmlns="http://sdl.com/FileTypes/SdlXliff/1.0"><tag id="5"><bpt name="cf"/></tag>
</tag-defs>
</header>
<body>
<trans-unit id="0" translate="no"><source><x id="0"/></source></trans-unit>
<group><sdl:cxts><sdl:cxt id="1"/></sdl:cxts>
<trans-unit id="4f">
<source>First one. <g id="5">Second</g> one. Third.</source>
<seg-source><mrk mtype="seg" mid="1">First one.</mrk> <mrk mtype="seg" mid="2"><g id="5">Second</g>
one.</mrk> <g id="7"><mrk mtype="seg" mid="3">Third.</mrk></g></seg-source>
<target><mrk mtype="seg" mid="1">Der erste.</mrk> <mrk mtype="seg" mid="2">Der <g
id="5">zweite</g>.</mrk> <g id="7"><mrk mtype="seg" mid="3"/></g></target>
<sdl:seg-defs><sdl:seg id="1" conf="Translated" origin="tm" percent="100"/>
<sdl:seg id="2" conf="ApprovedSignOff"/><sdl:seg id="3"/></sdl:seg-defs></trans-unit>
</group></body></file></xliff>
"""


def test_sdl_has_segments_with_states_of_their_own(tmp_path: Path) -> None:
    path = write(tmp_path, SDL, "a.docx.sdlxliff")
    found = read(path)
    assert texts(found) == [
        ("First one.", "Der erste."),
        ("{1}Second{/1}\none.", "Der {1}zweite{/1}."),
    ]
    assert [meta["state"] for meta in metas(found)] == ["Translated", "ApprovedSignOff"]
    assert [pair.meta["place"] for pair in found if isinstance(pair, Pair)] == [2, 3]
    assert told(found) == [
        'line 13: the unit is not to be translated (translate="no")',
        "line 18: the target is empty",
    ]
    signed = read(path, states=["ApprovedSignOff"])
    assert texts(signed) == texts(found)[1:]
    assert told(signed)[1:] == [
        "line 17: the unit is in the state 'Translated'; asked for: ApprovedSignOff",
        "line 18: the unit does not say its state; asked for: ApprovedSignOff",
    ]


MEMOQ = f"""<?xml version="1.0" encoding="UTF-8"?>
<xliff version="1.2" xmlns="{NAMESPACE}" xmlns:mq="MQXliff">
<file original="a.html" source-language="en-us" target-language="de-de" datatype="x-memoq">
<header><skl><external-file href="#"/></skl></header><body>
<trans-unit id="1" mq:status="ManuallyConfirmed" mq:segmentguid="8f" mq:percent="0">
<source xml:space="preserve">Press <bpt id="1" ctype="bold">&lt;b&gt;</bpt>Enter<ept
id="1">&lt;/b&gt;</ept><ph id="2">&lt;mq:ch val="&amp;#160;" /&gt;</ph> now</source>
<target xml:space="preserve"><bpt id="1" ctype="bold">&lt;b&gt;</bpt>Eingabe<ept
id="1">&lt;/b&gt;</ept> jetzt</target>
<mq:minorversions><mq:historical-unit><source>old</source></mq:historical-unit></mq:minorversions>
</trans-unit></body></file></xliff>
"""


def test_memoq_puts_native_codes_into_the_text(tmp_path: Path) -> None:
    (pair,) = read(write(tmp_path, MEMOQ, "a.mqxliff"))
    assert isinstance(pair, Pair)
    assert pair.source == "Press {1}Enter{/1}{2} now"
    assert pair.target == "{1}Eingabe{/1} jetzt"
    assert pair.meta["state"] == "ManuallyConfirmed"
    codes = pair.meta["inline"]["source"]
    assert codes["{2}"] == '<ph id="2">&lt;mq:ch val="&amp;#160;" /&gt;</ph>'
    assert inline.put_back("{2}{1}x{/1}", codes).startswith(codes["{2}"] + codes["{1}"])


OKAPI = """<?xml version="1.0" encoding="UTF-8"?>
<xliff xmlns="urn:oasis:names:tc:xliff:document:2.0" version="2.0" srcLang="en" trgLang="de"
  xmlns:fs="urn:oasis:names:tc:xliff:fs:2.0">
<file id="f1" original="a.html"><skeleton href="a.skl"/>
<notes><note>about the whole file</note></notes>
<group id="g1">
<unit id="u1" name="intro" fs:fs="p">
<notes><note category="x">Be kind</note></notes>
<originalData><data id="d1">&lt;b&gt;</data><data id="d2">&lt;/b&gt;</data></originalData>
<segment id="s1" state="final" subState="okp:x">
<source>A <pc id="1" dataRefStart="d1" dataRefEnd="d2">bold</pc> word<ph id="2" dataRef="d3"/>
</source>
<target>Ein <pc id="1" dataRefStart="d1" dataRefEnd="d2">fettes</pc> Wort<ph id="2" dataRef="d3"/>
</target></segment>
<ignorable><source> </source></ignorable>
<segment id="s2"><source>One <sc id="3"/>opens<ec startRef="3"/> <cp hex="001A"/><mrk id="m1"
type="term">term</mrk></source><target><sm id="m1" type="term"/>Term<em startRef="m1"/> <sc
id="3"/>öffnet<ec startRef="3"/> <cp hex="001A"/></target></segment>
<segment id="s3" state="initial"><source>No target</source></segment>
</unit>
<unit id="u2" translate="no"><segment><source>Keep</source></segment></unit>
<unit id="u3"><ignorable><source>,</source></ignorable></unit>
</group></file></xliff>
"""


def test_okapi_writes_xliff_2(tmp_path: Path) -> None:
    found = read(write(tmp_path, OKAPI))
    assert texts(found) == [
        ("A {1}bold{/1} word{2}", "Ein {1}fettes{/1} Wort{2}"),
        ("One {1}opens{/1} {2}{3}term{/3}", "{3}Term{/3} {1}öffnet{/1} {2}"),
    ]
    first, second = metas(found)
    assert first["inline"]["source"] == {
        "{1}": '<pc id="1" dataRefStart="d1" dataRefEnd="d2">',
        "{/1}": "</pc>",
        "{2}": '<ph id="2" dataRef="d3"/>',
    }
    del first["inline"]
    assert first == {
        "id": "u1",
        "name": "intro",
        "note": "Be kind",
        "data": {"d1": "<b>", "d2": "</b>"},
        "state": "final",
        "substate": "okp:x",
    }
    assert second["state"] == "initial"
    assert second["inline"]["target"]["{3}"] == '<sm id="m1" type="term"/>'
    assert told(found) == [
        "line 19: the unit has no target",
        'line 21: the unit is not to be translated (translate="no")',
        "line 22: the unit has no segment",
    ]
    assert texts(read(write(tmp_path, OKAPI), states=["final"])) == texts(found)[:1]


def test_every_unit_is_a_pair_or_told(tmp_path: Path) -> None:
    body = (
        unit(1)
        + unit(2, "")
        + unit(3, "<target/>")
        + '<trans-unit id="4"><target>Satz</target></trans-unit>\n'
        + '<group translate="no">'
        + unit(5)
        + unit(6, said=' translate="yes"')
        + "</group>\n"
        + '<bin-unit id="7" mime-type="x"><bin-source/></bin-unit>\n'
    )
    found = read(write(tmp_path, xliff(file(body))))
    assert len(found) == 6
    assert texts(found) == [("Text", "Satz")] * 2
    assert told(found) == [
        "line 4: the unit has no target",
        "line 5: the target is empty",
        "line 6: the unit has no source",
        'line 7: the unit is not to be translated (translate="no")',
    ]
    # What is left out parts its neighbours.
    places = [each.meta["place"] for each in found if isinstance(each, Pair)]
    assert places == [1, 6]


def test_segments_that_do_not_match(tmp_path: Path) -> None:
    source = (
        '<source>A. B.</source><seg-source><mrk mtype="seg" mid="0">A.</mrk> '
        '<mrk mtype="seg" mid="1">B.</mrk></seg-source>'
    )
    marked = '<target><mrk mtype="seg" mid="1">X.</mrk><mrk mtype="seg" mid="2">Y.</mrk></target>'
    body = (
        f'<trans-unit id="1">{source}{marked}</trans-unit>\n'
        f'<trans-unit id="2">{source}<target>X. Y.</target></trans-unit>\n'
        f'<trans-unit id="3">{source}</trans-unit>\n'
    )
    found = read(write(tmp_path, xliff(file(body))))
    assert texts(found) == [("B.", "X."), ("A. B.", "X. Y.")]
    assert told(found) == [
        "line 3: the unit has no target",
        "line 3: the unit has no source",
        "line 5: the unit has no target",
        "line 5: the unit has no target",
    ]


def test_files_in_other_languages(tmp_path: Path) -> None:
    french = file(unit(2), ' target-language="fr-FR"', "b.txt")
    path = write(tmp_path, xliff(file(unit(1)), french))
    found = read(path, ("fr", "en"))
    assert texts(found) == [("Satz", "Text")]
    assert told(found) == ["line 3: the unit is from en to de; expected fr and en"]
    spoken = '<target xml:lang="fr">Phrase</target>'
    assert texts(read(write(tmp_path, xliff(file(unit(1, spoken), ""))), ("en", "fr")))
    nothing = xliff(file(unit(1))).replace(' source-language="en"', "")
    reason = "line 3: the unit is from no language to de; expected en and de"
    assert told(read(write(tmp_path, nothing))) == [reason]


def test_a_file_that_does_not_say_the_language_of_its_targets(tmp_path: Path) -> None:
    path = write(tmp_path, xliff(file(unit(1), "")), "messages.de.xlf")
    assert texts(read(path)) == texts(read(path, ("en", "fr"))) == [("Text", "Satz")]
    assert texts(read(path, ("de", "en"))) == []
    reader = parts.load("reader", "xliff")
    both = list(map(Direction.parse, ("en>de", "en>fr")))
    options = parts.options("reader", "xliff", {"path": path})
    assert not reader.serves(options, both)
    assert reader.serves(options, both[:1])
    of_each = parts.options("reader", "xliff", {"path": tmp_path / "messages.{target_lang}.xlf"})
    assert reader.serves(of_each, both)
    write(tmp_path, xliff(file(unit(1))), "messages.de.xlf")
    assert reader.serves(options, both)


def test_options(tmp_path: Path) -> None:
    path = write(tmp_path, xliff(file(unit(1))), "app.de.xlf")
    by_language = tmp_path / "app.{target_lang}.xlf"
    (pair,) = read(by_language, meta={"register": "formal"})
    assert isinstance(pair, Pair)
    assert (pair.collection, pair.meta["register"]) == ("app", "formal")
    reader = parts.load("reader", "xliff")
    options = parts.options("reader", "xliff", {"path": by_language})
    assert reader.inputs(options, "en", "de") == [path]


def test_old_files_have_no_namespace(tmp_path: Path) -> None:
    text = xliff(file(unit(1))).replace(f' xmlns="{NAMESPACE}"', "").replace("1.2", "1.0")
    assert texts(read(write(tmp_path, text))) == [("Text", "Satz")]


def test_a_prefix_for_the_standard(tmp_path: Path) -> None:
    text = (
        f'<x:xliff version="1.2" xmlns:x="{NAMESPACE}" xmlns:o="urn:o"><x:file original="a" '
        'source-language="en" target-language="de"><x:body><x:trans-unit id="1"><x:source>A'
        '<x:x id="1" o:type="t"/></x:source><x:target>B<x:x id="1" o:type="t"/></x:target>'
        "</x:trans-unit></x:body></x:file></x:xliff>"
    )
    (pair,) = read(write(tmp_path, text))
    assert isinstance(pair, Pair)
    assert (pair.source, pair.target) == ("A{1}", "B{1}")
    assert pair.meta["inline"]["source"] == {"{1}": '<x:x id="1" o:type="t"/>'}


def test_memory_does_not_grow_with_groups_and_files(tmp_path: Path) -> None:
    import psutil

    path = tmp_path / "a.xlf"
    group = f'<group id="g">{unit(1)}</group><!-- {"x" * 200} -->\n'
    with open(path, "w", encoding="utf-8") as written:
        written.write(f'<xliff version="1.2" xmlns="{NAMESPACE}">\n')
        for number in range(1000):
            written.write(file(group * 20, original=f"{number}.txt"))
        written.write("</xliff>")
    process, before, seen = psutil.Process(), 0, 0
    options = parts.options("reader", "xliff", {"path": path})
    for each in parts.load("reader", "xliff").read(options, "en", "de"):
        assert isinstance(each, Pair)
        seen += 1
        before = before or process.memory_info().rss
    assert seen == 20_000
    assert process.memory_info().rss - before < 15e6


def test_what_is_broken(tmp_path: Path) -> None:
    text = xliff(file(unit(1) + unit(2)))
    found = read(write(tmp_path, text[: text.index('id="2"') + 30]))
    assert texts(found) == [("Text", "Satz")]
    assert told(found) == [
        "line 4: from here on nothing is read, for the XML is broken (the file ends too early); "
        "mend it, e.g. with xmllint --recover"
    ]
    entity = f'<!DOCTYPE xliff SYSTEM "x.dtd">{xliff(file(unit(1, "<target>&x;</target>")))}'
    reason = "line 3: uses the entity &x;, which the file does not declare"
    assert told(read(write(tmp_path, entity))) == [reason]
    note = entity.replace("<target>&x;", "<note>&x;</note><target>")
    assert told(read(write(tmp_path, note))) == [reason]
    with pytest.raises(InputError, match=r"a\.xlf: is not XLIFF: its root is <tmx>; .* <xliff>"):
        read(write(tmp_path, "<tmx/>"))
