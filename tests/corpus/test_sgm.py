"""Test sets of WMT and NIST, in XML and in SGM that no XML parser would take."""

from __future__ import annotations

import gzip
import random
from pathlib import Path
from typing import Any

import pytest

from bayling import parts
from bayling.corpus.readers import Unread
from bayling.errors import InputError
from bayling.languages import Direction
from bayling.records import Pair

WMT = """<?xml version='1.0' encoding='utf-8'?>
<dataset id="newstest2021.en-de">
  <doc origlang="en" id="abc.1">
    <src lang="en">
      <p>
        <seg id="1">One &amp; two</seg>
        <seg id="2">Three</seg>
      </p>
      <p><seg id="3">Four</seg></p>
    </src>
    <ref lang="de" translator="A">
      <p>
        <seg id="1">Eins &amp; zwei</seg>
        <seg id="3">Vier</seg>
        <seg id="4">Fünf</seg>
      </p>
    </ref>
    <ref lang="de" translator="B">
      <p><seg id="1">Eins, zwei</seg><seg id="2">Drei</seg><seg id="3"> </seg></p>
    </ref>
    <hyp system="online-A"><p><seg id="1">Ein und zwei</seg></p></hyp>
  </doc>
  <doc origlang="en" id="abc.2">
    <src lang="en"><p><seg id="1">Five</seg></p></src>
  </doc>
  <doc id="abc.3"/>
</dataset>
"""
SOURCE = """<srcset setid="newstest2014" srclang="any">
<doc sysid="ref" docid="a.1" genre="news" origlang="en">
<p>
<seg id="1">AT&T grows &lt;fast&gt; &#8211; &nbsp;</seg>
<seg id="2">Two</seg>
</p>
</doc>
<DOC docid='b.1' genre=news>
<hl><SEG id=1>Head</SEG></hl>
</DOC>
</srcset>
"""
REFERENCES = """<!DOCTYPE refset SYSTEM "ftp://localhost/mteval-xml-v1.3.dtd">
<refset setid="newstest2014" srclang="any" trglang="de">
<doc sysid="ref" docid="a.1" genre="news" origlang="en">
<p>
<seg id="1">AT&T wächst <schnell></seg>
<seg id="2">Zwei</seg>
</p>
</doc>
<doc sysid="ref" docid="b.1"><hl><seg id="1">Kopf</seg></hl></doc>
</refset>
"""


def read(path: Path, langs: tuple[str, str] = ("en", "de"), **options: Any) -> list[Pair | Unread]:
    given = parts.options("reader", "sgm", {"path": path, **options})
    return list(parts.load("reader", "sgm").read(given, *langs))


def texts(found: list[Pair | Unread]) -> list[tuple[str, str]]:
    return [(each.source, each.target) for each in found if isinstance(each, Pair)]


def told(found: list[Pair | Unread]) -> list[str]:
    return [
        f"{each.path.name}, line {each.line}: {each.reason}"
        for each in found
        if isinstance(each, Unread)
    ]


def write(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


def both(tmp_path: Path, source: str = SOURCE, references: str = REFERENCES) -> dict[str, Path]:
    return {
        "path": write(tmp_path / "news-src.en.sgm", source),
        "references": write(tmp_path / "news-ref.de.sgm", references),
    }


def test_wmt_xml_in_either_direction(tmp_path: Path) -> None:
    path = write(tmp_path / "news.xml", WMT)
    found = read(path)
    assert texts(found) == [("One & two", "Eins & zwei"), ("Four", "Vier")]
    assert told(found) == [
        "news.xml, line 7: segment 2 has no reference",
        "news.xml, line 15: segment 4 has no source",
        "news.xml, line 24: the document has no text in de; its languages: en",
        "news.xml, line 26: the document has no text in en; its languages: none",
    ]
    first, second = (each for each in found if isinstance(each, Pair))
    assert first.origin == "news:news.xml:6"
    assert first.meta == {"document": f"{path}:abc.1", "place": 1}
    assert second.meta["place"] == 3
    assert texts(read(path, ("de-AT", "en-US"))) == [(b, a) for a, b in texts(found)]
    other = read(path, translator="B")
    assert texts(other) == [("One & two", "Eins, zwei"), ("Three", "Drei")]
    assert told(other)[0] == "news.xml, line 9: the target is empty"
    reasons = told(read(path, ("en", "fr")))
    assert reasons[0].endswith("line 6: the document has no text in fr; its languages: en, de")
    assert len(reasons) == 5


def test_wmt_xml_of_several_collections_and_languages(tmp_path: Path) -> None:
    sides = "".join(
        f'<{side} lang="{lang}"><p><seg id="1">{text}</seg></p></{side}>'
        for side, lang, text in (("src", "en", "One"), ("ref", "de", "Eins"), ("ref", "fr", "Un"))
    )
    body = f'<collection id="general"><doc id="a">{sides}</doc></collection>'
    path = write(tmp_path / "a.xml", f"<dataset>{body * 2}</dataset>")
    assert texts(read(path, ("de", "fr"))) == [("Eins", "Un")] * 2
    assert parts.load("reader", "sgm").serves(
        parts.options("reader", "sgm", {"path": path}),
        list(map(Direction.parse, ("en>de", "de>en"))),
    )


def test_wmt_xml_that_breaks_off(tmp_path: Path) -> None:
    path = write(tmp_path / "a.xml", WMT[: WMT.index('id="abc.2"') + 40])
    assert told(read(path))[2:] == [
        "a.xml, line 23: from here on nothing is read, for at line 24 the XML is broken (the file "
        "ends too early); mend it, e.g. with xmllint --recover"
    ]
    entity = WMT.replace("<dataset", '<!DOCTYPE dataset SYSTEM "a.dtd"><dataset')
    path = write(tmp_path / "a.xml", entity.replace("Three", "&three;").replace("4", "2"))
    reason = "uses the entity &three;, which the file does not declare"
    assert told(read(path))[0] == f"a.xml, line 7: {reason}"


def test_sgm_in_two_files(tmp_path: Path) -> None:
    options = both(tmp_path)
    found = read(**options)
    assert texts(found) == [
        ("AT&T grows <fast> – &nbsp;", "AT&T wächst <schnell>"),
        ("Two", "Zwei"),
        ("Head", "Kopf"),
    ]
    assert told(found) == []
    first, _, third = (each for each in found if isinstance(each, Pair))
    assert (first.origin, first.collection) == ("news-src.en:news-src.en.sgm:4", "news-src.en")
    assert third.meta == {"document": f"{options['path']}:b.1", "place": 3}
    assert texts(read(langs=("de", "en"), **options)) == [(b, a) for a, b in texts(found)]
    with pytest.raises(InputError, match=r"src\.en\.sgm: is from any to de; expected en and fr"):
        read(langs=("en", "fr"), **options)
    reader = parts.load("reader", "sgm")
    given = parts.options("reader", "sgm", options)
    assert reader.inputs(given, "en", "de") == list(options.values())
    assert reader.serves(given, list(map(Direction.parse, ("en>de", "de>en"))))


def test_sgm_in_one_file(tmp_path: Path) -> None:
    set_of_systems = SOURCE.replace("srcset", "tstset").replace("Two", "Deux")
    text = f"<mteval>\n{SOURCE}{set_of_systems}{REFERENCES.partition(chr(10))[2]}</mteval>"
    path = write(tmp_path / "a.sgm", text)
    assert texts(read(path)) == texts(read(**both(tmp_path)))
    gzipped = tmp_path / "b.sgm.gz"
    gzipped.write_bytes(gzip.compress(text.encode("utf-16")))
    assert texts(read(gzipped)) == texts(read(path))


def test_sgm_that_names_no_language(tmp_path: Path) -> None:
    options = both(tmp_path, references=REFERENCES.replace(' trglang="de"', ""))
    assert len(texts(read(**options))) == len(texts(read(langs=("de", "en"), **options))) == 3
    reader = parts.load("reader", "sgm")
    two = list(map(Direction.parse, ("en>de", "de>en")))
    assert not reader.serves(parts.options("reader", "sgm", options), two)
    assert reader.serves(parts.options("reader", "sgm", options), two[:1])


def test_sgm_documents_in_another_order(tmp_path: Path) -> None:
    names = [f"d{number}" for number in range(20)]

    def docs(side: str, names: list[str]) -> str:
        inner = "".join(
            f'<doc docid="{each}"><seg id="1">{side} {each}</seg></doc>\n' for each in names
        )
        return f'<{side}set srclang="en" trglang="de">\n{inner}</{side}set>'

    shuffled = random.Random(1).sample(names, 20)
    found = read(**both(tmp_path, docs("src", names), docs("ref", shuffled)))
    assert texts(found) == [(f"src {each}", f"ref {each}") for each in names]
    lost = read(**both(tmp_path, docs("src", names[2:]), docs("ref", shuffled[1:])))
    assert len(lost) == 20
    assert len(told(lost)) == 3


def test_sgm_with_several_references(tmp_path: Path) -> None:
    doc = '<doc docid="a" sysid="{0}"><seg id="1">{0}</seg><seg id="1">again</seg></doc>\n'
    source = f'<srcset srclang="en">{doc.format("x")}</srcset>'
    references = f'<refset trglang="de">{doc.format("r1")}{doc.format("r2")}</refset>'
    options = both(tmp_path, source, references)
    assert texts(read(**options)) == [("x", "r1"), ("again", "again")]
    assert texts(read(translator="r2", **options))[0] == ("x", "r2")
    assert told(read(translator="r3", **options))[0].endswith("segment 1 has no reference")


def test_sgm_segments_that_are_broken(tmp_path: Path) -> None:
    source = SOURCE.replace("Two</seg>", "Two").replace("Head", "He\0ad").encode()
    options = both(tmp_path)
    options["path"].write_bytes(source.replace(b"grows", b"gr\xffws"))
    found = read(**options)
    utf8 = "has bytes that are not UTF-8; convert the file first, e.g. with iconv"
    assert told(found) == [
        f"news-src.en.sgm, line 4: segment 1 {utf8}",
        "news-src.en.sgm, line 5: segment 2 does not end",
        "news-src.en.sgm, line 9: segment 1 holds a NUL character",
    ]


def test_sgm_that_ends_too_early(tmp_path: Path) -> None:
    rest = "from here on nothing is read, for the file ends before"
    found = read(**both(tmp_path, SOURCE[: SOURCE.index("Two")]))
    assert texts(found) == [("AT&T grows <fast> – &nbsp;", "AT&T wächst <schnell>")]
    assert told(found) == [
        "news-ref.de.sgm, line 6: segment 2 has no source",
        f"news-src.en.sgm, line 5: {rest} </srcset>",
        "news-ref.de.sgm, line 9: segment 1 has no source",
    ]
    found = read(**both(tmp_path, references=REFERENCES[: REFERENCES.index("Zwei") + 3]))
    assert told(found)[:2] == [
        "news-src.en.sgm, line 5: segment 2 has no reference",
        f"news-ref.de.sgm, line 6: {rest} </refset>",
    ]


def test_sgm_cut_short_in_its_compression(tmp_path: Path) -> None:
    doc = '<doc docid="{0}"><seg id="1">{0} {1}</seg></doc>\n'
    chance = random.Random(1)
    docs = "".join(doc.format(number, chance.random()) for number in range(5000))
    options = both(tmp_path, references=f'<refset trglang="de">\n{docs}</refset>')
    data = gzip.compress(f"<srcset>\n{docs}</srcset>".encode())
    options["path"].write_bytes(data[: len(data) // 2])
    found = read(**options)
    assert 2000 < len(texts(found)) < 4000
    (reason,) = (each for each in told(found) if each.startswith("news-src"))
    assert "from here on nothing is read, for the gzip file is cut short" in reason
    options["path"].write_bytes(data[:12])
    with pytest.raises(InputError, match="the gzip file is cut short"):
        read(**options)


def test_a_document_without_end(tmp_path: Path) -> None:
    segment = '<seg id="1">' + "x" * 2**20 + "</seg>"
    found = read(**both(tmp_path, f'<srcset srclang="en"><doc docid="a.1">{segment * 17}'))
    assert any("a document has more than 16 MB" in each for each in told(found))


def test_what_is_no_test_set(tmp_path: Path) -> None:
    said = r"is neither WMT XML nor SGM: its first element is <tmx>; expected <dataset>"
    with pytest.raises(InputError, match=said):
        read(write(tmp_path / "a", "<!-- <dataset> --><tmx/>"))
    with pytest.raises(InputError, match="nor SGM: it has no element"):
        read(write(tmp_path / "a", "Hello"))
    (tmp_path / "a").write_bytes(b"\xff\xfe\x00\xdc")
    with pytest.raises(InputError, match="nor SGM: it has no element"):
        read(tmp_path / "a")
    with pytest.raises(InputError, match=r"has no <refset>; name the file .* 'references'"):
        read(write(tmp_path / "a", SOURCE))
    with pytest.raises(InputError, match="has no <srcset>$"):
        read(write(tmp_path / "a", REFERENCES))
    with pytest.raises(InputError, match="holds its references itself; leave out 'references'"):
        read(write(tmp_path / "a", WMT), references=tmp_path / "b")
