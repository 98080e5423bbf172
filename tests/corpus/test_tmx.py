"""Translation memories as tools export them, and what is said of broken ones."""

from __future__ import annotations

import codecs
import gzip
import lzma
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import zstandard

from bayling import inline, markup, parts
from bayling.corpus.readers import Unread
from bayling.errors import InputError
from bayling.records import Pair

DATA = Path(__file__).parents[3] / "shared" / "data"
needs_data = pytest.mark.skipif(not DATA.exists(), reason=f"{DATA} holds the real text")

HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n'
OPEN = '<tmx version="1.4"><header srclang="en" datatype="x"/><body>\n'
CLOSE = "</body></tmx>\n"


def read(path: Path, langs: tuple[str, str] = ("en", "de"), **options: Any) -> list[Pair | Unread]:
    given = parts.options("reader", "tmx", {"path": path, **options})
    return list(parts.load("reader", "tmx").read(given, *langs))


def pairs(path: Path, langs: tuple[str, str] = ("en", "de"), **options: Any) -> list[Pair]:
    found = read(path, langs, **options)
    assert not [each for each in found if isinstance(each, Unread)]
    return [each for each in found if isinstance(each, Pair)]


def texts(found: list[Pair | Unread]) -> list[tuple[str, str]]:
    return [(each.source, each.target) for each in found if isinstance(each, Pair)]


def told(found: list[Pair | Unread]) -> list[str]:
    """What is said of the units that are no pairs, without the folder."""
    return [
        f"line {each.line}: {each.reason}" if each.line else each.reason
        for each in found
        if isinstance(each, Unread)
    ]


def unit(number: int, **said: str) -> str:
    attributes = "".join(f' {key}="{value}"' for key, value in said.items())
    return (
        f'<tu{attributes}><tuv xml:lang="en"><seg>Text {number}</seg></tuv>'
        f'<tuv xml:lang="de"><seg>Satz {number}</seg></tuv></tu>\n'
    )


def memory(tmp_path: Path, body: str, head: str = HEAD, name: str = "m.tmx") -> Path:
    path = tmp_path / name
    path.write_bytes(f"{head}{OPEN}{body}{CLOSE}".encode())
    return path


def variants(*texts: tuple[str, str]) -> str:
    return "".join(f'<tuv xml:lang="{lang}"><seg>{text}</seg></tuv>' for lang, text in texts)


OMEGAT = """<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<!DOCTYPE tmx SYSTEM "tmx14.dtd">
<tmx version="1.4">
  <header creationtool="OmegaT" o-tmf="OmegaT TMX" adminlang="EN-US" datatype="plaintext"
    creationtoolversion="6.0.0" segtype="sentence" srclang="EN-US"/>
  <body>
<!-- Default translations -->
    <tu>
      <tuv xml:lang="EN-US">
        <seg>Press <bpt i="0" x="0">&lt;b0&gt;</bpt>Enter<ept i="0">&lt;/b0&gt;</ept>.</seg>
      </tuv>
      <tuv xml:lang="DE" creationid="anna" creationdate="20240102T030405Z"
           changeid="ben" changedate="20240203T040506Z">
        <seg><bpt i="0" x="0">&lt;b0&gt;</bpt>Eingabe<ept i="0">&lt;/b0&gt;</ept> drücken.</seg>
      </tuv>
    </tu>
<!-- Alternative translations -->
    <tu>
      <prop type="file">menu.properties</prop>
      <prop type="id">quit</prop>
      <note>Keep it short</note>
      <tuv xml:lang="EN-US">
        <seg>Quit &amp; save</seg>
      </tuv>
      <tuv xml:lang="DE"><seg>Speichern &amp; beenden</seg></tuv>
    </tu>
  </body>
</tmx>
"""


def test_omegat_says_who_translated_and_where(tmp_path: Path) -> None:
    path = tmp_path / "project_save.tmx"
    path.write_text(OMEGAT, encoding="utf-8")
    first, second = pairs(path)
    assert (first.source, first.target) == ("Press {1}Enter{/1}.", "{1}Eingabe{/1} drücken.")
    assert (first.source_lang, first.target_lang) == ("en", "de")
    assert first.origin == "project_save:project_save.tmx:8"
    codes = {"{1}": '<bpt i="0" x="0">&lt;b0&gt;</bpt>', "{/1}": '<ept i="0">&lt;/b0&gt;</ept>'}
    assert first.meta == {
        "creationid": "anna",
        "creationdate": "20240102T030405Z",
        "changeid": "ben",
        "changedate": "20240203T040506Z",
        "inline": {"source": codes, "target": codes},
    }
    assert (second.source, second.target) == ("Quit & save", "Speichern & beenden")
    assert second.meta == {
        "note": "Keep it short",
        "props": {"file": "menu.properties", "id": "quit"},
    }
    # The other way round it was still Anna who translated.
    back, _ = pairs(path, ("de", "en-GB"))
    assert (back.source, back.target) == (first.target, first.source)
    assert back.meta["creationid"] == "anna"


TRADOS = """<?xml version="1.0" encoding="utf-16"?>
<tmx version="1.4">
  <header creationtool="SDL Language Platform" creationtoolversion="8.1" o-tmf="SDL TM8 Format"
    datatype="xml" segtype="sentence" adminlang="en-US" srclang="en-US" creationid="X\\anna">
    <prop type="x-Domain:MultiplePicklist">law,medicine</prop>
  </header>
  <body>
    <tu creationdate="20190101T101010Z" creationid="anna" changedate="20190102T101010Z"
        changeid="ben" lastusagedate="20190102T101010Z" tuid="4711">
      <prop type="x-Context">12, 34</prop>
      <prop type="x-Context">56, 78</prop>
      <prop type="x-ConfirmationLevel">ApprovedTranslation</prop>
      <tuv xml:lang="en-US">
        <seg>See <bpt i="1" type="cf" x="1" />page<ept i="1" /> <ph x="2" type="field" /> of 9</seg>
      </tuv>
      <tuv xml:lang="de-DE">
        <seg><ph x="2" type="field" /> von 9: <bpt i="1" type="cf" x="1" />Seite<ept i="1" /></seg>
      </tuv>
    </tu>
  </body>
</tmx>
"""


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-8", "utf-8-sig"])
def test_trados_in_utf16_or_what_it_calls_so(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "trados.tmx"
    path.write_bytes(TRADOS.encode(encoding))
    (pair,) = pairs(path)
    assert pair.source == "See {1}page{/1} {2} of 9"
    assert pair.target == "{2} von 9: {1}Seite{/1}"
    assert pair.origin.endswith(":9")
    assert pair.meta["inline"]["target"]["{2}"] == '<ph x="2" type="field"/>'
    assert {key: pair.meta[key] for key in pair.meta if key != "inline"} == {
        "tuid": "4711",
        "creationdate": "20190101T101010Z",
        "creationid": "anna",
        "changedate": "20190102T101010Z",
        "changeid": "ben",
        "props": {"x-Context": "12, 34\n56, 78", "x-ConfirmationLevel": "ApprovedTranslation"},
    }


@pytest.mark.parametrize(
    "mark", [codecs.BOM_UTF16_BE, codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE], ids=repr
)
def test_other_byte_order_marks(tmp_path: Path, mark: bytes) -> None:
    names = {
        codecs.BOM_UTF16_BE: "utf-16-be",
        codecs.BOM_UTF32_LE: "utf-32-le",
        codecs.BOM_UTF32_BE: "utf-32-be",
    }
    path = tmp_path / "trados.tmx"
    path.write_bytes(mark + TRADOS.encode(names[mark]))
    assert len(pairs(path)) == 1


def test_a_declared_encoding_is_followed(tmp_path: Path) -> None:
    path = tmp_path / "old.tmx"
    body = OPEN + f"<tu>{variants(('en', 'Tree'), ('zh-CN', '树'))}</tu>" + CLOSE
    path.write_bytes(b'<?xml version="1.0" encoding="GB2312"?>' + body.encode("gb2312"))
    assert texts(read(path, ("en", "zh"))) == [("Tree", "树")]


MEMOQ = """<?xml version="1.0" encoding="utf-8"?>
<tmx version="1.4">
  <header creationtool="MemoQ" segtype="sentence" adminlang="en-us" srclang="en-us" datatype="x">
    <prop type="defclient"></prop>
  </header>
  <body>
    <tu changedate="20220101T000000Z" creationid="anna" changeid="anna">
      <prop type="client"></prop>
      <prop type="x-context-pre">&lt;seg&gt;Before&lt;/seg&gt;</prop>
      <tuv xml:lang="en-us">
        <prop type="x-unicode">no</prop>
        <seg>A <hi type="bold">bold</hi> <it pos="begin" x="5">{</it>word</seg>
      </tuv>
      <tuv xml:lang="de-at">
        <seg>Ein <hi type="bold">fettes</hi> <it pos="begin" x="5">{</it>Wort</seg>
      </tuv>
    </tu>
  </body>
</tmx>
"""


def test_memoq_marks_spans_and_isolated_tags(tmp_path: Path) -> None:
    path = tmp_path / "memoq.tmx"
    path.write_text(MEMOQ, encoding="utf-8")
    (pair,) = pairs(path)
    assert pair.source == "A {1}bold{/1} {2}word"
    assert pair.target == "Ein {1}fettes{/1} {2}Wort"
    assert pair.meta["inline"]["source"] == {
        "{1}": '<hi type="bold">',
        "{/1}": "</hi>",
        "{2}": '<it pos="begin" x="5">{</it>',
    }
    assert pair.meta["props"]["x-context-pre"] == "<seg>Before</seg>"
    found = markup.find(pair.source, ("placeholder",))
    assert found == ["{1}", "{/1}", "{2}"]
    put_back = inline.put_back(pair.source, pair.meta["inline"]["source"])
    assert put_back == 'A <hi type="bold">bold</hi> <it pos="begin" x="5">{</it>word'


def test_old_versions_write_lang_and_ut(tmp_path: Path) -> None:
    body = (
        '<tu><tuv lang="EN"><seg>One<ut>\\tab </ut></seg></tuv>'
        '<tuv lang="DE-DE"><seg>Eins<ut>\\tab </ut></seg></tuv></tu>'
    )
    assert texts(read(memory(tmp_path, body))) == [("One{1}", "Eins{1}")]


def test_the_namespace_of_the_standard(tmp_path: Path) -> None:
    path = tmp_path / "a.tmx"
    body = unit(1) + '<x:tu xmlns:x="urn:x"/>'
    path.write_text(f'<tmx xmlns="http://www.lisa.org/tmx14"><body>{body}</body></tmx>')
    assert texts(read(path)) == [("Text 1", "Satz 1")]


@pytest.mark.parametrize(
    ("langs", "expected"),
    [
        (("en", "de"), ("US", "DE")),
        (("en-GB", "de-AT"), ("GB", "AT")),
        (("de-CH", "en-AU"), ("DE", "US")),
        (("en-US", "en-GB"), ("US", "GB")),
        (("en-GB", "en"), ("GB", "US")),
        (("en", "zh-Hans"), ("US", "hans")),
        (("zh-CN", "en"), ("hans", "US")),
        (("zh-TW", "pt"), ("hant", "BR")),
        (("pt-PT", "de"), ("PT", "DE")),
        (("es", "fr"), ("419", "first")),
    ],
)
def test_the_nearest_variant_in_either_direction(
    tmp_path: Path, langs: tuple[str, str], expected: tuple[str, str]
) -> None:
    spoken = {
        "DE": "de-DE",
        "AT": "DE_at",
        "US": "EN_us",
        "GB": "eng-GB",
        "hans": "zho-CN",
        "hant": "zh-CHT",
        "BR": "pt-BR",
        "PT": "pt-pt",
        "419": "es-419",
        "first": "fr",
        "second": "fr",
        "none": "x-none",
    }
    body = f"<tu>{variants(*((lang, text) for text, lang in spoken.items()))}</tu>"
    assert texts(read(memory(tmp_path, body), langs)) == [expected]


def test_a_memory_of_many_languages(tmp_path: Path) -> None:
    head = HEAD + "<!-- srclang is another one -->\n"
    body = (
        f"<tu>{variants(('fr', 'Un'), ('en', 'One'), ('de', 'Eins'))}</tu>\n"
        f"<tu>{variants(('fr', 'Deux'), ('de', 'Zwei'))}</tu>\n"
        f"<tu>{variants(('en', 'Three'), ('', 'Drei'))}</tu>\n"
        f"<tu>{variants(('en', 'Four'))}<tuv><seg>Vier</seg></tuv></tu>\n"
        "<tu/>\n"
    )
    path = memory(tmp_path, body, head)
    path.write_text(path.read_text().replace('srclang="en"', 'srclang="*all*"'))
    found = read(path)
    assert texts(found) == [("One", "Eins")]
    unnamed = " (and a text that does not say its language)"
    assert told(found) == [
        "line 5: the unit has no text in en; its languages: fr, de",
        f"line 6: the unit has no text in de; its languages: en{unnamed}",
        f"line 7: the unit has no text in de; its languages: en{unnamed}",
        "line 8: the unit has no text in en; its languages: none",
    ]
    assert texts(read(path, ("de", "fr"))) == [("Eins", "Un"), ("Zwei", "Deux")]


def test_units_that_are_empty(tmp_path: Path) -> None:
    body = (
        f"<tu>{variants(('en', 'One'), ('de', ' '))}</tu>\n"
        f"<tu>{variants(('en', ''), ('de', 'Zwei'))}</tu>\n"
        f"<tu>{variants(('en', ''), ('de', ''))}</tu>\n"
        '<tu><tuv xml:lang="en"/><tuv xml:lang="de"/></tu>\n'
    )
    assert told(read(memory(tmp_path, body))) == [
        "line 3: the target is empty",
        "line 4: the source is empty",
        "line 5: source and target are empty",
        "line 6: the text in en has no <seg>",
    ]


def test_options(tmp_path: Path) -> None:
    memory(tmp_path, unit(1), name="m.en-de.tmx")
    path = tmp_path / "m.{source_lang}-{target_lang}.tmx"
    (pair,) = pairs(path, meta={"register": "formal"})
    assert (pair.collection, dict(pair.meta)) == ("m", {"register": "formal"})
    reader = parts.load("reader", "tmx")
    options = parts.options("reader", "tmx", {"path": path})
    assert reader.inputs(options, "en", "de") == [tmp_path / "m.en-de.tmx"]
    # It says its languages itself, so it may be asked for any.
    assert not hasattr(reader, "serves")


@pytest.mark.parametrize("name", ["m.tmx.gz", "m.tmx.xz", "m.tmx.zst"])
def test_compressed(tmp_path: Path, name: str) -> None:
    compress = {"gz": gzip.compress, "xz": lzma.compress, "zst": zstandard.compress}
    data = memory(tmp_path, unit(1)).read_bytes()
    path = tmp_path / name
    path.write_bytes(compress[name.rpartition(".")[2]](data))
    (pair,) = pairs(path)
    assert pair.origin == f"m:{name}:3"


def test_no_such_file(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"m\.tmx: no such file"):
        read(tmp_path / "m.tmx")


# What is broken, and what is said of it. The first unit is whole, and a third would follow.
REST = "line 4: from here on nothing is read, for"
MEND = "; mend it, e.g. with xmllint --recover"
BROKEN = {
    "a wrong end tag": (
        b"<tu><tuv>\n</tu>",
        f"{REST} at line 5 the XML is broken (Opening and ending tag mismatch: tuv line 4 and "
        f"tu){MEND}",
    ),
    "latin-1": (
        "<tu>Zwölf</tu>".encode("latin-1"),
        f"{REST} the XML is broken (the bytes are not in the encoding that it declares, or in "
        f"UTF-8 where it declares none){MEND}",
    ),
    "a NUL byte": (
        b"<tu>a\0b</tu>",
        f"{REST} the XML is broken (there is a NUL character){MEND}",
    ),
    "a control character": (
        b"<tu>a\x1fb</tu>",
        f"{REST} the XML is broken (XML allows no character 31){MEND}",
    ),
    "a lone surrogate": (
        b"<tu>&#xD83D;</tu>",
        f"{REST} the XML is broken (&#55357; is no character that XML allows){MEND}",
    ),
    "an ampersand": (
        b"<tu>R&D</tu>",
        f"{REST} the XML is broken (there is an & that stands for no character){MEND}",
    ),
    "an entity of HTML": (
        b"<tu>a&nbsp;b</tu>",
        f"{REST} the XML is broken (the entity &nbsp; is not declared){MEND}",
    ),
    "tags without end": (
        b"<tu>" + b"<hi>" * 300,
        f"{REST} the XML is broken (Excessive depth in document: 256){MEND}",
    ),
}


@pytest.mark.parametrize("case", BROKEN)
def test_what_is_whole_is_kept_and_the_rest_told(tmp_path: Path, case: str) -> None:
    damage, message = BROKEN[case]
    path = tmp_path / "m.tmx"
    path.write_bytes(f"{HEAD}{OPEN}{unit(1)}".encode() + damage + f"\n{unit(3)}{CLOSE}".encode())
    found = read(path)
    assert texts(found) == [("Text 1", "Satz 1")]
    assert told(found) == [message]


def test_a_prefix_without_a_namespace(tmp_path: Path) -> None:
    found = read(memory(tmp_path, f"{unit(1)}<tu><sdl:x/></tu>\n{unit(3)}"))
    assert len(texts(found)) == 1
    assert told(found) == [
        "line 4: the unit has no text in en; its languages: none",
        f"{REST} the XML is broken (Namespace prefix sdl on x is not defined){MEND}",
    ]


def test_a_unit_in_a_unit(tmp_path: Path) -> None:
    outer = unit(1).replace("<tuv", f"{unit(2)}<tuv", 2).replace("</tu>\n<tuv", "</tu><tuv", 1)
    found = read(memory(tmp_path, outer + unit(3)))
    assert texts(found) == [(f"Text {each}", f"Satz {each}") for each in (2, 2, 1, 3)]


def test_two_documents_in_one_file(tmp_path: Path) -> None:
    path = memory(tmp_path, unit(1), head="")
    path.write_bytes(path.read_bytes() * 2)
    found = read(path)
    assert len(texts(found)) == 1
    assert "(Extra content at the end of the document)" in told(found)[0]


def test_an_error_after_many_warnings(tmp_path: Path) -> None:
    odd = "".join(unit(number, **{"xml:space": "x"}) for number in range(500))
    found = read(memory(tmp_path, f"{odd}<tu>&nbsp;</tu>\n{unit(1)}"))
    assert len(texts(found)) == 500
    assert "(the entity &nbsp; is not declared)" in told(found)[0]


def test_damage_between_units(tmp_path: Path) -> None:
    path = memory(tmp_path, f"{unit(1)}{unit(2)}\n</wrong>{unit(3)}")
    found = read(path)
    assert len(texts(found)) == 2
    assert told(found) == [
        "line 6: from here on nothing is read, for the XML is broken (Opening and ending tag "
        f"mismatch: body line 2 and wrong){MEND}"
    ]


@pytest.mark.parametrize("at", ["unit", "tag", "line"])
def test_a_file_cut_short(tmp_path: Path, at: str) -> None:
    path = memory(tmp_path, "".join(map(unit, range(9))))
    data = path.read_bytes()
    end = data.index(b"<tu>", data.index(b"Text 4"))
    path.write_bytes(data[: end + {"unit": 0, "tag": 2, "line": 20}[at]])
    found = read(path)
    assert len(texts(found)) == 5
    (reason,) = told(found)
    assert reason == REST.replace("4", "8") + f" the XML is broken (the file ends too early){MEND}"


@pytest.mark.parametrize("name", ["gzip", "xz"])
def test_a_compressed_file_cut_short(tmp_path: Path, name: str) -> None:
    data = memory(tmp_path, "".join(map(unit, range(8000)))).read_bytes()
    whole = gzip.compress(data) if name == "gzip" else lzma.compress(data)
    path = tmp_path / "m.tmx.z"
    path.write_bytes(whole[: len(whole) // 2])
    found = read(path)
    count = len(texts(found))
    assert 2000 < count < 8000
    assert texts(found)[-1] == (f"Text {count - 1}", f"Satz {count - 1}")
    (reason,) = told(found)
    assert reason.startswith(f"line {3 + count}: from here on nothing is read, for")
    assert f"the {name} file is cut short" in reason


def test_utf16_that_is_not_whole(tmp_path: Path) -> None:
    path = tmp_path / "m.tmx"
    path.write_bytes(f"{OPEN}{unit(1)}{unit(2)}".encode("utf-16") + b"\x00\xd8\x00")
    found = read(path)
    assert len(texts(found)) == 1 + 1
    assert told(found) == ["line 4: from here on nothing is read, for the bytes are not UTF-16"]


def test_more_than_a_document(tmp_path: Path) -> None:
    path = memory(tmp_path, unit(1))
    path.write_bytes(path.read_bytes() * 2)
    found = read(path)
    assert len(texts(found)) == 1
    assert "XML declaration allowed only at the start of the document" in told(found)[0]


NOT_TMX = {
    "": "is not TMX: there is no element; expected XML",
    HEAD: "is not TMX: Start tag expected",
    "Hello": "line 1: is not TMX: Start tag expected, '<' not found",
    "<html><body/></html>": "is not TMX: its root is <html>; expected XML whose root is <tmx>",
    "<xliff><tu/></xliff>": "is not TMX: its root is <xliff>",
    "<a><tmx/></a>": "is not TMX: its root is <a>",
    '<?xml version="1.0" encoding="klingon"?><tmx/>': "is not TMX: Unsupported encoding: klingon",
}


@pytest.mark.parametrize("text", NOT_TMX)
def test_what_is_no_tmx(tmp_path: Path, text: str) -> None:
    path = tmp_path / "m.tmx"
    path.write_text(text)
    with pytest.raises(InputError) as caught:
        read(path)
    assert NOT_TMX[text] in str(caught.value)


def test_what_is_no_utf16(tmp_path: Path) -> None:
    path = tmp_path / "m.tmx"
    path.write_bytes(codecs.BOM_UTF16_LE + b"\x00\xdc")
    with pytest.raises(InputError, match=r"m\.tmx: is not TMX: its bytes are not UTF-16"):
        read(path)


BOMB = "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10 if n else "ha" * 50}">' for n in range(12))
REFUSED = {
    "a bomb": (f"<!DOCTYPE tmx [{BOMB}]>", "&a11;"),
    "a file": ('<!DOCTYPE tmx [<!ENTITY a0 SYSTEM "file:///etc/passwd">]>', "&a0;"),
    "the network": ('<!DOCTYPE tmx [<!ENTITY a0 SYSTEM "http://localhost:1/">]>', "&a0;"),
    # Nobody looks into the file: what stands there is no DTD.
    "a parameter": ('<!DOCTYPE tmx [<!ENTITY % a0 SYSTEM "file:///etc/passwd"> %a0;]>', ""),
}


@pytest.mark.parametrize("case", REFUSED)
def test_declared_entities_are_refused(tmp_path: Path, case: str) -> None:
    declared, used = REFUSED[case]
    path = memory(tmp_path, f"<tu>{variants(('en', used), ('de', used))}</tu>", declared)
    with pytest.raises(InputError, match=r"m\.tmx: declares the entity 'a0'; .* Take the decl"):
        read(path)


def test_a_bomb_in_an_attribute(tmp_path: Path) -> None:
    path = tmp_path / "m.tmx"
    path.write_text(f'<!DOCTYPE tmx [{BOMB}]><tmx version="&a11;"><body/></tmx>')
    with pytest.raises(InputError, match="is not TMX: its entities expand without end"):
        read(path)


def test_a_dtd_is_named_and_not_looked_for(tmp_path: Path) -> None:
    (tmp_path / "tmx14.dtd").write_text('<!ENTITY nbsp "&#160;">')
    head = HEAD + '<!DOCTYPE tmx SYSTEM "tmx14.dtd">\n'
    body = f"{unit(1)}<tu>{variants(('en', 'a&nbsp;b'), ('de', 'c'))}</tu>\n{unit(3)}"
    found = read(memory(tmp_path, body, head))
    assert len(texts(found)) == 2
    assert told(found) == ["line 5: uses the entity &nbsp;, which the file does not declare"]


def test_a_unit_or_a_gap_without_end(tmp_path: Path) -> None:
    path = tmp_path / "m.tmx"
    long = b"<prop>" + b"x" * 2**20 + b"</prop>"
    path.write_bytes(f"{OPEN}{unit(1)}<tu>".encode() + long * 40)
    assert told(read(path)) == [
        "line 3: from here on nothing is read, for the XML is broken (this unit has more than "
        f"16 MB){MEND}"
    ]
    path.write_bytes(f"{OPEN}{unit(1)}".encode() + long * 40)
    assert told(read(path)) == [
        "line 3: from here on nothing is read, for the XML is broken (there is no unit in more "
        f"than 16 MB){MEND}"
    ]
    foreign = b"<tu xmlns='urn:other'>" + b"x" * 2**20 + b"</tu>"
    path.write_bytes(f"{OPEN}{unit(1)}".encode() + foreign * 40)
    assert "there is no unit in more than 16 MB" in told(read(path))[0]
    path.write_bytes(f"{OPEN}{unit(1)}<tu><seg>".encode() + b"x" * 11 * 2**20)
    assert "the XML is broken (Text node too long)" in told(read(path))[0]


def test_units_in_a_unit_without_end(tmp_path: Path) -> None:
    path = tmp_path / "m.tmx"
    inner = b"<tu><x>" + b"x" * 4096 + b"</x></tu>"
    path.write_bytes(f"{OPEN}<tu>\n".encode() + inner * 4200)
    reasons = told(read(path))
    assert reasons[-1].startswith("line 2: from here on nothing is read, for")
    assert "(this unit has more than 16 MB)" in reasons[-1]


def generated(count: int) -> Iterator[bytes]:
    yield (HEAD + OPEN).encode()
    for number in range(count):
        yield (
            f'<tu tuid="{number}" creationid="anna">\n<note>A note of the translator</note>\n'
            f'<tuv xml:lang="en-US">\n<seg>The sentence with the number {number}</seg></tuv>\n'
            f'<tuv xml:lang="de-DE"><seg>Der Satz mit der Nummer {number}</seg></tuv>\n</tu>\n'
        ).encode()
    yield CLOSE.encode()


def test_memory_does_not_grow_with_the_file(tmp_path: Path) -> None:
    import psutil

    path = tmp_path / "m.tmx"
    count = 200_000
    with open(path, "wb") as file:
        file.writelines(generated(count))
    options = parts.options("reader", "tmx", {"path": path})
    stream = parts.load("reader", "tmx").read(options, "en", "de")
    process = psutil.Process()
    seen, before = 0, 0
    for seen, pair in enumerate(stream, start=1):  # noqa: B007
        if seen == 2000:
            before = process.memory_info().rss
    assert seen == count
    # The line of a unit is known beyond what libxml2 writes down.
    assert pair.origin == f"m:m.tmx:{3 + 6 * (count - 1)}"
    assert process.memory_info().rss - before < 20e6


@needs_data
@pytest.mark.parametrize("name", ["all.en-fr.tmx", "all.en-es-419.tmx"])
def test_real_memories_add_up(name: str) -> None:
    path = DATA / "tico19" / name
    there = path.read_bytes().count(b"<tu ")
    other = "fr" if "fr" in name else "es"
    forward, back = read(path, ("en", other)), read(path, (other, "en-US"))
    assert len(forward) == len(back) == there == 3071
    assert texts(forward) == [(target, source) for source, target in texts(back)]
    assert len(texts(forward)) + len(told(forward)) == there
    assert told(read(path, ("en", "de")))[0].endswith(
        f"the unit has no text in de; its languages: en, {'fr' if other == 'fr' else 'es-419'}"
    )
