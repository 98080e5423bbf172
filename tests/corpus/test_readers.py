"""Readers of line-oriented formats: what they yield, and what they say of broken input."""

from __future__ import annotations

import gzip
import json
import random
import re
from pathlib import Path
from unicodedata import normalize

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bayling import parts
from bayling.corpus.readers import Unread
from bayling.errors import InputError, UserError
from bayling.languages import Direction
from bayling.records import Pair

DATA = Path(__file__).parents[3] / "shared" / "data"
needs_data = pytest.mark.skipif(not DATA.exists(), reason=f"{DATA} holds the real text")


def units(
    reader: str, langs: tuple[str, str] = ("en", "de"), **options: object
) -> list[Pair | Unread]:
    return list(parts.load("reader", reader).read(parts.options("reader", reader, options), *langs))


def read(reader: str, langs: tuple[str, str] = ("en", "de"), **options: object) -> list[Pair]:
    return [each for each in units(reader, langs, **options) if isinstance(each, Pair)]


def unread(reader: str, langs: tuple[str, str] = ("en", "de"), **options: object) -> list[str]:
    """What could not be read, as `FILE, line N: reason`, the folder left out."""
    return [
        f"{each.place.removeprefix(f'{each.path.parent}/')}: {each.reason}"
        for each in units(reader, langs, **options)
        if isinstance(each, Unread)
    ]


def write(path: Path, text: str) -> Path:
    path.write_bytes(text.encode())
    return path


def texts(pairs: list[Pair]) -> list[tuple[str, str]]:
    return [(pair.source, pair.target) for pair in pairs]


def test_text_counts_blank_lines_and_knows_only_line_feeds(tmp_path: Path) -> None:
    # A BOM, CRLF, a blank line, and three characters that str.splitlines would split at.
    source = write(tmp_path / "news.en", "\ufeffOne\r\n\r\nTwo\u2028and\x85a\x0chalf\r\n")
    target = write(tmp_path / "news.de", "Eins\nleer\nZwei einhalb")
    pairs = read("text", source=source, target=target)
    assert texts(pairs) == [("One", "Eins"), ("Two\u2028and\x85a\x0chalf", "Zwei einhalb")]
    assert [pair.origin for pair in pairs] == ["news:news.en:1", "news:news.en:3"]
    assert unread("text", source=source, target=target) == ["news.en, line 2: the source is empty"]
    assert unread("text", source=target, target=source) == ["news.en, line 2: the target is empty"]


def test_text_of_different_length_names_both_counts_and_the_line(tmp_path: Path) -> None:
    source = write(tmp_path / "a.en", "One\nTwo\nThree\n")
    target = write(tmp_path / "a.de", "Eins\n")
    with pytest.raises(
        InputError, match=r"a\.en, line 2: has no partner: .* 3 lines, .*a\.de has 1;"
    ):
        read("text", source=source, target=target)
    with pytest.raises(InputError, match=r"a\.en, line 2: has no partner"):
        read("text", source=target, target=source)


def test_text_that_is_not_utf8_names_the_line_and_goes_on(tmp_path: Path) -> None:
    source = write(tmp_path / "a.en", "One\nTwelve\nThree\n")
    target = tmp_path / "a.de"
    target.write_bytes("Eins\nZwölf\nDrei\n".encode("latin-1"))
    told = (
        "a.de, line 2: byte 2 is not UTF-8; convert the file first, e.g. iconv -f latin1 -t utf-8"
    )
    assert unread("text", source=source, target=target) == [told]
    assert unread("text", source=target, target=source) == [told]
    assert texts(read("text", source=source, target=target)) == [("One", "Eins"), ("Three", "Drei")]


def test_text_that_is_cut_short_gives_what_stands_before(tmp_path: Path) -> None:
    chance = random.Random(0)
    lines = "".join(f"{chance.random()} {n}\n" for n in range(20_000))
    source = write(tmp_path / "a.en", lines)
    target = tmp_path / "a.de.gz"
    target.write_bytes(gzip.compress(lines.encode())[:100_000])
    found = units("text", source=source, target=target)
    assert len(found) > 1_000
    assert isinstance(found[-1], Unread)
    assert found[-1].line == len(found)
    assert found[-1].reason == (
        "the gzip file is cut short; fetch or compress it again; nothing is read from here on"
    )
    assert texts(read("text", source=target, target=source)) == [
        (line, line) for line in lines.split("\n")[: len(found) - 1]
    ]


def test_text_that_is_missing(tmp_path: Path) -> None:
    source = write(tmp_path / "a.en", "One\n")
    with pytest.raises(InputError, match=r"a\.de: no such file"):
        read("text", source=source, target=tmp_path / "a.de")


line = st.text(st.characters(exclude_characters="\n\0", exclude_categories=["Cs"]))


@given(st.lists(st.tuples(line, line)))
def test_text_pairs_every_line_that_has_both_sides(
    tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[str, str]]
) -> None:
    folder = tmp_path_factory.mktemp("text")
    # A first line of its own, so that no generated one can begin with a byte-order mark.
    rows = [("x", "y"), *rows]
    source = write(folder / "a.en", "".join(f"{source}\n" for source, _ in rows))
    target = write(folder / "a.de", "".join(f"{target}\n" for _, target in rows))
    both = [[normalize("NFC", side).replace("\xad", "").strip() for side in row] for row in rows]
    expected = [(one, two) for one, two in both if one and two]
    found = units("text", source=source, target=target)
    assert texts([each for each in found if isinstance(each, Pair)]) == expected
    assert len(found) == sum(any(row) for row in both)


@needs_data
def test_text_reads_real_news() -> None:
    folder = DATA / "alma"
    pairs = read("text", source=folder / "train.de-en.en", target=folder / "train.de-en.de")
    assert len(pairs) == (folder / "train.de-en.en").read_bytes().count(b"\n")
    assert len({pair.id for pair in pairs}) == len(pairs)


def test_tsv_takes_the_columns_asked_for(tmp_path: Path) -> None:
    path = write(tmp_path / "m.tsv", "1\tEins\tOne\n\n2\tZwei\tTwo\textra\n3\t\tThree\n")
    pairs = read("tsv", path=path, source_column=3, target_column=2)
    assert texts(pairs) == [("One", "Eins"), ("Two", "Zwei")]
    assert pairs[1].origin == "m:m.tsv:3"
    assert unread("tsv", path=path, source_column=3, target_column=2) == [
        "m.tsv, line 4: the target is empty"
    ]


def test_tsv_with_too_few_columns_names_the_line(tmp_path: Path) -> None:
    path = write(tmp_path / "m.tsv", "One\tEins\nTwo\nThree\tDrei\n")
    assert unread("tsv", path=path) == [
        "m.tsv, line 2: has 1 tab-separated column; expected at least 2"
    ]
    assert len(read("tsv", path=path)) == 2


def test_tsv_counts_columns_from_one(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="'source_column.*': .* greater than or equal to 1"):
        read("tsv", path=tmp_path / "m.tsv", source_column=0)


def test_tsv_knows_the_documents_and_the_header(tmp_path: Path) -> None:
    path = write(tmp_path / "m.tsv", "doc\ten\tde\na\tOne\tEins\n\na\tTwo\tZwei\n\tThree\tDrei\n")
    options = {"source_column": 2, "target_column": 3, "header": True, "meta": {"register": "x"}}
    pairs = read("tsv", path=path, document_column=1, **options)
    assert texts(pairs) == [("One", "Eins"), ("Two", "Zwei"), ("Three", "Drei")]
    assert [dict(pair.meta) for pair in pairs] == [
        {"register": "x", "document": f"{path}:a", "place": 2},
        {"register": "x", "document": f"{path}:a", "place": 4},
        # The text of a blank cell stands alone.
        {"register": "x"},
    ]
    assert [dict(pair.meta) for pair in read("tsv", path=path, **options)] == [
        {"register": "x"}
    ] * 3
    assert unread("tsv", path=path, document_column=4)[0] == (
        "m.tsv, line 2: has 3 tab-separated columns; expected at least 4"
    )


@pytest.mark.parametrize(
    ("header", "options"),
    [
        ("x\tde\ten", {}),
        ("x\tTarget\tSource", {}),
        ("x\tDeutsch\tEnglish", {}),
        ("x\tDE\tEN", {"source_column": 3, "target_column": 2}),
        ("x\ttarget\tsource", {"source_column": 3, "target_column": 2}),
        ("a\tb\ten", {"source_column": "{source_lang}", "target_column": "b"}),
    ],
)
def test_tsv_understands_a_header(tmp_path: Path, header: str, options: dict[str, object]) -> None:
    path = write(tmp_path / "m.tsv", f"{header}\n1\tEins\tOne\n")
    assert texts(read("tsv", path=path, **options)) == [("One", "Eins")]
    assert unread("tsv", path=path, **options) == []


def test_tsv_without_a_header_takes_the_first_two_columns(tmp_path: Path) -> None:
    path = write(tmp_path / "m.tsv", "id\tbar\tfoo\nOne\tEins\t\n")
    assert texts(read("tsv", path=path)) == [("id", "bar"), ("One", "Eins")]
    with pytest.raises(InputError, match=r"line 1: has no column 'en'. Known: bar, foo, id."):
        read("tsv", path=path, source_column="en")
    path = write(tmp_path / "m.tsv", "en\tfr\nOne\tUn\n")
    with pytest.raises(InputError, match="line 1: has columns for the languages en, fr and none"):
        read("tsv", path=path)


def test_tsv_whose_rows_or_name_say_the_languages(tmp_path: Path) -> None:
    path = write(
        tmp_path / "m.tsv",
        "target_lang\tsource_lang\tsource\ttarget\n"
        "de\ten\tOne\tEins\nen\tde\tZwei\tTwo\nfr\ten\tThree\tTrois\n",
    )
    assert texts(read("tsv", path=path)) == [("One", "Eins"), ("Two", "Zwei")]
    assert unread("tsv", path=path) == [
        "m.tsv, line 4: the row is from en to fr; expected en and de"
    ]
    path = write(tmp_path / "de-en.tsv", "Eins\tOne\tx\n")
    assert texts(read("tsv", path=path)) == [("One", "Eins")]
    path = write(tmp_path / "en-fr.tsv", "One\tUn\n")
    with pytest.raises(
        InputError, match=r"en-fr\.tsv: its name says en and fr; expected en and de"
    ):
        read("tsv", path=path)


EXCEL = """en\tde
The engine, cold.\tDer Motor, kalt.
"He said ""stop"" and left."\tEr sagte „Stopp“ und ging.
"Line one
Line two"\t"Zeile eins
Zeile zwei"
"Quiet, please"\tRuhe
"""


def test_tsv_as_excel_quotes_it(tmp_path: Path) -> None:
    expected = [
        ("The engine, cold.", "Der Motor, kalt."),
        ('He said "stop" and left.', "Er sagte „Stopp“ und ging."),
        ("Line one\nLine two", "Zeile eins\nZeile zwei"),
        ("Quiet, please", "Ruhe"),
    ]
    for codec in ("utf-8", "utf-16"):
        path = tmp_path / f"{codec}.tsv"
        path.write_bytes(EXCEL.replace("\n", "\r\n").encode(codec))
        assert texts(read("tsv", path=path)) == expected
        assert unread("tsv", path=path) == []
    # In UTF-16 no mark need be doubled.
    path.write_bytes('"Quiet, please"\tRuhe\n'.encode("utf-16"))
    assert texts(read("tsv", path=path)) == [("Quiet, please", "Ruhe")]
    # So much that the beginning ends within a cell.
    rows = [*[f'"a ""{n}"""\tb\n' for n in range(4500)], *['"a\nb"\tc\n'] * 2500]
    path = write(tmp_path / "long.tsv", "".join(rows))
    assert len(read("tsv", path=path)) == 7000


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('"Hello."\t„Hallo.“\n', ('"Hello."', "„Hallo.“")),
        (
            '"Hello," she said.\t"Hallo", sagte sie.\n',
            ('"Hello," she said.', '"Hallo", sagte sie.'),
        ),
        ('""Hello""\t"Hallo"\n', ('""Hello""', '"Hallo"')),
        ('5" disk\t"5""-Diskette"\n', ('5" disk', '5"-Diskette')),
        ('"Hello.\tHallo.\n', ('"Hello.', "Hallo.")),
    ],
)
def test_tsv_of_texts_with_quotation_marks(
    tmp_path: Path, text: str, expected: tuple[str, str]
) -> None:
    path = write(tmp_path / "m.tsv", f"{text}One\tEins\n")
    assert texts(read("tsv", path=path)) == [expected, ("One", "Eins")]


def test_accents_are_written_in_one_way(tmp_path: Path) -> None:
    path = write(tmp_path / "m.tsv", "Cafe\u0301\tCaf\u00e9\n")
    assert texts(read("tsv", path=path)) == [("Caf\u00e9", "Caf\u00e9")]


def test_soft_hyphens_are_layout(tmp_path: Path) -> None:
    (tmp_path / "a.tsv").write_text("flow\tGesamt\u00adablauf\n", encoding="utf-8")
    [pair] = read("tsv", path=tmp_path / "a.tsv")
    assert pair.target == "Gesamtablauf"


def test_running_text_knows_its_places(tmp_path: Path) -> None:
    source = write(tmp_path / "a.en", "One\nTwo\n\nThree\n")
    target = write(tmp_path / "a.de", "Eins\nZwei\n\nDrei\n")
    pairs = read("text", source=source, target=target, running=True)
    assert [(pair.meta["document"], pair.meta["place"]) for pair in pairs] == [
        (str(source), 1),
        (str(source), 2),
        # The blank line before it ends a document.
        (str(source), 4),
    ]
    plain = read("text", source=source, target=target, meta={"register": "formal"})
    assert {str(dict(pair.meta)) for pair in plain} == {"{'register': 'formal'}"}


@needs_data
def test_tsv_reads_tatoeba() -> None:
    pairs = read("tsv", ("en", "zh"), path=DATA / "tatoeba" / "eng-cmn.tsv")
    assert texts(pairs)[0] == ("Hi.", "嗨。")
    assert len(pairs) > 14_000


def test_jsonl_takes_the_keys_asked_for(tmp_path: Path) -> None:
    rows = [{"en": "One", "de": "Eins"}, {"en": "Two", "de": None}, {"en": "Three", "de": "Drei"}]
    path = write(tmp_path / "m.jsonl", "\n\n".join(map(json.dumps, rows)))
    pairs = read("jsonl", path=path, source="en", target="de")
    assert texts(pairs) == [("One", "Eins"), ("Three", "Drei")]
    assert [pair.origin for pair in pairs] == ["m:m.jsonl:1", "m:m.jsonl:5"]
    assert unread("jsonl", path=path, source="en", target="de") == [
        "m.jsonl, line 3: the target is empty"
    ]


def test_jsonl_keeps_our_own_pairs_as_they_are(tmp_path: Path) -> None:
    pair = Pair("One", "Eins", "en", "de-AT", "abc", "oscar:x.po:3", {"context": "count"})
    rejected = {**pair.to_json(), "filter": "length", "reason": "too short", "score": 1}
    path = write(tmp_path / "m.jsonl", "\n".join(map(json.dumps, (pair.to_json(), rejected))))
    assert read("jsonl", path=path) == [pair, pair]


def test_jsonl_refuses_a_pair_in_other_languages(tmp_path: Path) -> None:
    pair = Pair("One", "Un", "en", "fr", "abc", "oscar:x.po:3")
    path = write(tmp_path / "m.jsonl", json.dumps(pair.to_json()))
    with pytest.raises(InputError, match=r"m\.jsonl, line 1: is a pair from en to fr; expected en"):
        read("jsonl", path=path)


# A pair of ours of which one key holds something else.
OWN = (
    '{"source": "x", "target": "y", "source_lang": "en", "target_lang": "de", "origin": "x:y:1",'
    ' "id": "a", "meta": {}, "KEY": 7}'
)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('\n{"source": "One", "tagret": "Eins"}', "line 2: .* no key 'target'.*'tagret'"),
        ('{"source": "One", "target": ["Eins"]}', "line 1: 'target' holds list .*expected text"),
        ('{"source": "One"', "line 1: not valid JSON"),
        ('["One", "Eins"]', "line 1: expected a JSON object, found list"),
        ("[" * 100_000, "line 1: not valid JSON"),
        (f'{{"source": {"9" * 5000}}}', "line 1: not valid JSON"),
        (r'{"source": "\ud83d", "target": "x"}', "line 1: the source holds half a character"),
        (r'{"source": "x", "target": "a\u0000"}', "line 1: the target holds a NUL character"),
        (OWN.replace("KEY", "id", 1), "line 1: 'id' of a pair of ours has to be text"),
        (OWN.replace("KEY", "meta"), "line 1: 'meta' of a pair of ours has to be an object"),
        (
            OWN.replace("{}", '{"a": [' * 51 + "]}" * 51),
            "line 1: 'meta' is nested more than 100 deep",
        ),
        (OWN.replace('"KEY": 7', r'"id": "\udc00"'), "line 1: holds half a character"),
    ],
)
def test_jsonl_says_what_is_wrong_with_a_line(tmp_path: Path, text: str, message: str) -> None:
    good = '{"source": "One", "target": "Eins"}'
    path = write(tmp_path / "m.jsonl", f"{text}\n{good}\n")
    (told,) = unread("jsonl", path=path)
    assert re.search(message, told)
    assert texts(read("jsonl", path=path)) == [("One", "Eins")]


def test_ids_depend_on_origin_and_texts_alone(tmp_path: Path) -> None:
    first = write(tmp_path / "m.tsv", "One\tEins\nOne\tEins\n")
    before = [pair.id for pair in read("tsv", path=first)]
    write(first, "One\tEins\nOne\tEins\nTwo\tZwei\n")
    assert [pair.id for pair in read("tsv", path=first)][:2] == before
    assert before[0] != before[1]
    assert all(len(each) == 12 for each in before)


def test_one_input_of_texts_serves_every_direction(tmp_path: Path) -> None:
    for language, line in (("en", "One"), ("de", "Eins"), ("fr", "Un")):
        write(tmp_path / f"news.{language}.txt", f"{line}\n")
    options = {
        "source": tmp_path / "news.{source_lang}.txt",
        "target": tmp_path / "news.{target_lang}.txt",
    }
    assert texts(read("text", ("fr", "de"), **options)) == [("Un", "Eins")]
    (pair,) = read("text", ("en", "fr"), **options)
    # Held out by one name in every direction, and told apart by its file.
    assert (pair.collection, pair.origin) == ("news", "news:news.en.txt:1")
    reader = parts.load("reader", "text")
    files = reader.inputs(parts.options("reader", "text", options), "en", "fr")
    assert files == [tmp_path / "news.en.txt", tmp_path / "news.fr.txt"]


def test_one_input_of_tables_or_objects_serves_every_direction(tmp_path: Path) -> None:
    write(tmp_path / "de-fr.tsv", "Eins\tUn\n")
    (pair,) = read("tsv", ("de", "fr"), path=tmp_path / "{source_lang}-{target_lang}.tsv")
    # Nothing but languages in the name: the folder says where it is from.
    assert (pair.source, pair.target, pair.collection) == ("Eins", "Un", tmp_path.name)
    path = write(tmp_path / "m.jsonl", '{"en": "One", "de": "Eins", "fr": "Un"}\n')
    keys = {"source": "{source_lang}", "target": "{target_lang}"}
    assert texts(read("jsonl", ("fr", "en"), path=path, **keys)) == [("Un", "One")]


def test_jsonl_leaves_out_pairs_of_ours_in_other_directions(tmp_path: Path) -> None:
    pairs = [Pair("One", "Un", "en", "fr", "a", "x:1"), Pair("One", "Eins", "en", "de", "b", "x:2")]
    path = write(tmp_path / "m.jsonl", "\n".join(json.dumps(each.to_json()) for each in pairs))
    assert read("jsonl", ("en", "de"), path=path) == pairs[1:]
    assert read("jsonl", ("en", "fr"), path=path) == pairs[:1]


BACK, FROM_ONE, INTO_ONE = ("en>de", "de>en"), ("en>de", "en>fr"), ("en>de", "fr>de")


@pytest.mark.parametrize(
    ("reader", "options", "refused"),
    [
        ("text", {"source": "a.en", "target": "a.de"}, {BACK, FROM_ONE, INTO_ONE}),
        ("text", {"source": "a.en", "target": "a.{target_lang}"}, {BACK, INTO_ONE}),
        ("text", {"source": "a.{source_lang}", "target": "a.de"}, {BACK, FROM_ONE}),
        ("text", {"source": "a.{source_lang}", "target": "a.{target_lang}"}, set()),
        ("tsv", {"path": "a.tsv"}, {BACK, FROM_ONE, INTO_ONE}),
        ("tsv", {"path": "{target_lang}.tsv"}, {INTO_ONE}),
        ("tsv", {"path": "{source_lang}{target_lang}.tsv"}, set()),
        ("jsonl", {"path": "a.jsonl"}, {BACK, FROM_ONE, INTO_ONE}),
        ("jsonl", {"path": "a.jsonl", "source": "{source_lang}", "target": "{target_lang}"}, set()),
        ("jsonl", {"path": "a.jsonl", "source": "en", "target": "{target_lang}"}, {BACK, INTO_ONE}),
        ("jsonl", {"path": "{source_lang}/{target_lang}.jsonl"}, set()),
    ],
)
def test_the_same_text_is_in_one_language(
    reader: str, options: dict[str, str], refused: set[tuple[str, ...]]
) -> None:
    part, values = parts.load("reader", reader), parts.options("reader", reader, options)
    found = {
        asked
        for asked in (BACK, FROM_ONE, INTO_ONE)
        if not part.serves(values, list(map(Direction.parse, asked)))
    }
    assert found == refused


def test_pairs_of_ours_are_of_whatever_directions_they_say(tmp_path: Path) -> None:
    pair = Pair("One", "Un", "en", "fr", "a", "x:1")
    path = write(tmp_path / "m.jsonl", json.dumps(pair.to_json()))
    options = parts.options("reader", "jsonl", {"path": path})
    assert parts.load("reader", "jsonl").serves(options, list(map(Direction.parse, FROM_ONE)))
