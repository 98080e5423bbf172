"""Glossaries in TBX of both versions and styles, in CSV and TSV, whole and broken."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from bayling import glossary
from bayling.errors import InputError
from bayling.glossary import ADMITTED, FORBIDDEN, PREFERRED

DATA = Path(__file__).parents[2] / "shared" / "data" / "tico19"

VERSION_3 = """<?xml version="1.0" encoding="UTF-8"?>
<tbx type="TBX-Basic" style="{style}" xml:lang="en" xmlns="urn:iso:std:iso:30042:ed-2"
     xmlns:min="http://www.tbxinfo.net/ns/min">
  <tbxHeader><fileDesc><sourceDesc><p>made up</p></sourceDesc></fileDesc></tbxHeader>
  <text><body>
    <conceptEntry id="c1">
      <descrip type="definition">What holds <term>data</term></descrip>
      <langSec xml:lang="en-US">
        <termSec><term>data  file</term></termSec>
        <termSec><term>file</term>{preferred}</termSec>
      </langSec>
      <langSec xml:lang="de">
        <termSec><term>Datei</term>{preferred}</termSec>
        <termSec><term>File</term>{deprecated}</termSec>
        <termSec><term>Daten<hi>satz</hi></term>{admitted}</termSec>
      </langSec>
      <langSec xml:lang="fr"><termSec><term>fichier</term></termSec></langSec>
    </conceptEntry>
    <conceptEntry id="c2">
      <langSec xml:lang="en"><termSec><term>only English</term></termSec></langSec>
    </conceptEntry>
  </body></text>
</tbx>
"""
NOTE = '<termNote type="administrativeStatus">{}-admn-sts</termNote>'
ELEMENT = "<min:administrativeStatus>{}-admn-sts</min:administrativeStatus>"
DTD = 'SYSTEM "TBXBasiccoreStructV02.dtd"'
VERSION_2 = """<?xml version="1.0"?>
<!DOCTYPE martif SYSTEM "TBXBasiccoreStructV02.dtd">
<martif type="TBX-Basic" xml:lang="en"><text><body>
  <termEntry id="c1">
    <langSet xml:lang="en">
      <tig><term>file</term></tig>
    </langSet>
    <langSet xml:lang="de-AT"><tig><term>Akt</term></tig></langSet>
    <langSet xml:lang="de-DE">
      <ntig><termGrp><term>Datei</term></termGrp>
        <termNote type="normativeAuthorization">preferredTerm</termNote></ntig>
      <ntig><termGrp><term>File</term>
        <termNote type="administrativeStatus">supersededTerm-admn-sts</termNote></termGrp></ntig>
    </langSet>
  </termEntry>
</body></text></martif>
"""


def write(path: Path, text: str, codec: str = "utf-8") -> Path:
    path.write_bytes(text.encode(codec))
    return path


def terms(path: Path, source: str = "en", target: str = "de") -> list[tuple[str, str, str]]:
    return [(each.source, each.target, each.status) for each in glossary.read(path, source, target)]


@pytest.mark.parametrize("said", [NOTE, ELEMENT])
def test_tbx_of_version_3_in_both_styles(tmp_path: Path, said: str) -> None:
    statuses = {
        name: said.format(f"{name}Term") for name in ("preferred", "deprecated", "admitted")
    }
    style = "dca" if said == NOTE else "dct"
    path = write(tmp_path / "a.tbx", VERSION_3.format(style=style, **statuses))
    targets = [("Datei", PREFERRED), ("File", FORBIDDEN), ("Datensatz", ADMITTED)]
    assert terms(path) == [
        (source, target, status) for source in ("data file", "file") for target, status in targets
    ]
    assert terms(path, "fr", "en") == [
        ("fichier", "data file", ADMITTED),
        ("fichier", "file", PREFERRED),
    ]
    assert glossary.read(path, "fr", "en")[0].line == 6


@pytest.mark.parametrize("codec", ["utf-8", "utf-16"])
def test_tbx_of_version_2(tmp_path: Path, codec: str) -> None:
    path = write(tmp_path / "a.tbx", VERSION_2, codec)
    # German is first of all that of Germany.
    assert terms(path) == [("file", "Datei", PREFERRED), ("file", "File", FORBIDDEN)]
    assert terms(path, "en", "de-AT") == [("file", "Akt", ADMITTED)]


def test_a_compressed_glossary(tmp_path: Path) -> None:
    path = tmp_path / "a.tbx.gz"
    packed = gzip.compress(VERSION_2.encode())
    path.write_bytes(packed)
    assert len(terms(path)) == 2
    path.write_bytes(packed[:-20])
    with pytest.raises(InputError, match=r"a\.tbx\.gz: the gzip file is cut short"):
        terms(path)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", r"a\.tbx.*: is not well-formed XML"),
        (VERSION_2[:-30], r"a\.tbx, line 15: is not well-formed XML"),
        (VERSION_3.replace("</term>", "&nbsp;</term>", 1), r"line \d+: .*'nbsp' not defined"),
        ("<html><p>no</p></html>", "is not TBX; expected entries called conceptEntry or termEntr"),
        (
            VERSION_2.replace(DTD, '[<!ENTITY x SYSTEM "/etc/passwd">]').replace("Datei", "&x;"),
            r"a\.tbx, line 4: uses an entity of its own; write out what it stands for",
        ),
        (
            VERSION_2.replace(
                DTD,
                "[<!ENTITY a 'xxxxxxxxxx'>"
                + "".join(
                    f"<!ENTITY {chr(98 + n)} '{f'&{chr(97 + n)};' * 10}'>" for n in range(12)
                )
                + "]",
            ).replace('id="c1"', 'id="&l;"'),
            r"a\.tbx, line \d+: is not well-formed XML",
        ),
        (
            VERSION_3.replace("<termSec>", "<termSec>" + "<term>a</term>" * 101, 1),
            r"a\.tbx, line 6: an entry has 103 terms in one language; expected 100 at most",
        ),
        (VERSION_2.replace("1.0", '1.0" encoding="klingon'), r"is not well-formed XML"),
        (VERSION_2.replace("de-", "fr-"), "no term in both en and de; its languages are en, fr-AT"),
        (VERSION_2.replace("xml:lang", "x"), r"a\.tbx: has no term in both en and de$"),
    ],
)  # fmt: skip
def test_tbx_that_is_broken_or_hostile(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        terms(write(tmp_path / "a.tbx", text))


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.csv", "file,Datei\n\n folder , Ordner \n"),
        ("a.csv", "de;en\nDatei;file\nOrdner;folder\n"),
        ("a.csv", "DE;EN-GB\nDatei;file\nOrdner;folder\n"),
        ("a.csv", '"en","note","de_DE"\n"file","x","Datei"\n"folder","","Ordner"\n'),
        ("a.csv", "id,sourceLang,targetLang,sourceString,targetString\n"
                  "1,en,de_XX,file,Datei\n2,en,de_XX,folder,Ordner\n"),
        ("a.tsv", "Term\tTranslation\nfile\tDatei\nfolder\tOrdner\n"),
        ("a.tsv.gz", "file\tDatei\nfolder\tOrdner\nempty\t\n"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("codec", ["utf-8", "utf-8-sig", "utf-16"])
def test_tables_with_and_without_a_header(tmp_path: Path, name: str, text: str, codec: str) -> None:
    path = tmp_path / name
    raw = text.encode(codec)
    path.write_bytes(gzip.compress(raw) if name.endswith(".gz") else raw)
    assert terms(path) == [("file", "Datei", ADMITTED), ("folder", "Ordner", ADMITTED)]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (b"en,fr\nfile,fichier\n", "has no term in both en and de; its languages are en, fr"),
        (b"a,b,c\n", r"a\.csv, line 1: has 3 columns; expected two, or a first line that calls"),
        (b"file,Datei\n\nfolder\n", r"a\.csv, line 3: columns found: 1; expected at least 2"),
        (b'file,Datei\n"fo"lder,Ordner\n', r"a\.csv, line 2: its quotation marks do not fit"),
        (b"file,Datei\nZw\xf6lf,x\n", r"a\.csv, line 2: is not UTF-8; convert the file first, e.g"),
        (b"", r"a\.csv: has no term in both en and de$"),
    ],
)
def test_tables_that_are_broken(tmp_path: Path, text: bytes, message: str) -> None:
    (tmp_path / "a.csv").write_bytes(text)
    with pytest.raises(InputError, match=message):
        terms(tmp_path / "a.csv")


def test_a_table_whose_columns_are_called_by_the_languages_names(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("Deutsch;English\nDatei;file\n", encoding="utf-8")
    assert [(each.source, each.target) for each in glossary.read(path, "en", "de")] == [
        ("file", "Datei")
    ]
    path.write_text("German,English\nDatei,file\n", encoding="utf-8")
    assert [(each.source, each.target) for each in glossary.read(path, "de", "en")] == [
        ("Datei", "file")
    ]


def test_a_table_whose_rows_say_their_languages(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    rows = ["sourceLang,targetLang,source,target", "en,de_DE,file,Datei", "de,en,Ordner,folder"]
    path.write_text("\n".join([*rows, "en,fr,file,fichier", "en,de,short"]), encoding="utf-8")
    with pytest.raises(InputError, match="line 5: columns found: 3; expected at least 4"):
        glossary.read(path, "en", "de")
    path.write_text("\n".join([*rows, "en,fr,file,fichier"]), encoding="utf-8")
    found = [(each.source, each.target) for each in glossary.read(path, "en", "de")]
    assert found == [("file", "Datei"), ("folder", "Ordner")]
    with pytest.raises(InputError, match="no term in both en and es; its languages are de, de_DE"):
        glossary.read(path, "en", "es")


def test_files_that_are_none(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"a\.csv: no such file"):
        terms(tmp_path / "a.csv")
    with pytest.raises(InputError, match=r"is no glossary by its suffix '\.pdf'; expected \.tbx"):
        terms(tmp_path / "a.pdf")


@pytest.mark.skipif(not DATA.exists(), reason=f"{DATA} holds the real term lists")
@pytest.mark.parametrize(
    ("name", "language", "least"), [("de_DE", "de", 300), ("fr_XX", "fr", 300)]
)
def test_real_term_lists(name: str, language: str, least: int) -> None:
    found = glossary.read(DATA / f"f_en-{name}.csv", "en", language)
    assert len(found) >= least
    assert found[0].source == "1918 flu"
