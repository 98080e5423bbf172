"""What builders look things up in, and pairs that stay on disk."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from bayling import jsonl
from bayling.build.memory import Memory
from bayling.build.stored import Lines, Selection, StoredPairs, as_line
from bayling.records import Pair


def pair(number: int, source: str, target: str, language: str = "en", **meta: object) -> Pair:
    return Pair(source, target, language, "de", f"p{number}", f"a:b:{number}", meta)


def ids(pairs: list[Pair]) -> list[str]:
    return [each.id for each in pairs]


def test_variants_have_the_very_same_source() -> None:
    pairs = [
        pair(0, "Can you help me?", "Kannst du mir helfen?"),
        pair(1, "Can you help me?", "Können Sie mir helfen?"),
        pair(2, "can you help me?", "Hilf mir"),
        pair(3, "Can you help me?", "Kannst du mir helfen?"),
    ]
    assert ids(Memory(pairs).variants(pairs[0])) == ["p1"]
    assert Memory(pairs).variants(pair(9, "Hello", "Hallo")) == []


def test_neighbours_differ_in_a_word() -> None:
    pairs = [
        pair(0, "Delete the file now", "a"),
        pair(1, "Delete the folder now", "b"),
        pair(2, "Delete the file", "c"),
        pair(3, "Please delete the file now", "d"),
        pair(4, "DELETE THE FILE NOW", "e"),
        pair(5, "Delete the file now!", "f"),
        pair(6, "Open the folder now", "g"),
        pair(7, "Delete 3 files now", "h"),
    ]
    memory = Memory(pairs)
    assert ids(memory.neighbours(pairs[0])) == ["p1", "p2", "p3", "p5"]
    assert ids(memory.neighbours(pairs[7])) == []
    assert ids(memory.neighbours(pair(9, "Delete 4 files now", "x"))) == ["p7"]


def test_neighbours_in_a_script_without_spaces() -> None:
    pytest.importorskip("rjieba", reason="the extra 'cjk' is not installed")
    pairs = [
        pair(0, "请删除文件", "a", "zh"),
        pair(1, "请删除密码", "b", "zh"),
        pair(2, "打开网络", "c", "zh"),
    ]
    assert ids(Memory(pairs).neighbours(pairs[0])) == ["p1"]


def test_what_follows_has_no_gap() -> None:
    places = [0, 1, 2, 4, 5]
    pairs = [pair(n, f"s{n}", f"t{n}", document="book", place=n) for n in places]
    pairs.append(pair(6, "s6", "t6", document="other", place=3))
    memory = Memory(pairs)
    assert ids(memory.following(pairs[0], 5)) == ["p1", "p2"]
    assert ids(memory.following(pairs[0], 1)) == ["p1"]
    assert ids(memory.following(pairs[3], 2)) == ["p5"]
    assert memory.following(pair(1, "s1", "t1"), 3) == [], "no reader placed it"


def test_stored_pairs_are_a_sequence(tmp_path: Path) -> None:
    pairs = [pair(n, f"s{n} ü", f"t{n}") for n in range(5)]
    jsonl.write(tmp_path / "pairs.jsonl", (each.to_json() for each in pairs))
    with StoredPairs(tmp_path / "pairs.jsonl") as stored:
        assert len(stored) == 5
        assert list(stored) == pairs
        assert stored[3] == pairs[3]
        assert stored[1:3] == pairs[1:3]
        for wrong in (5, -1):
            with pytest.raises(IndexError):
                stored[wrong]
        some = Selection(stored, [4, 0, 2])
        assert (len(some), list(some)) == (3, [pairs[4], pairs[0], pairs[2]])
        assert (some[1], some[:2]) == (pairs[0], [pairs[4], pairs[0]])


def test_lines_are_shuffled_on_disk(tmp_path: Path) -> None:
    path = tmp_path / "lines.jsonl"
    with Lines(path) as lines:
        for number in range(50):
            lines.add(as_line({"text": f"Größe {number}"}))
    before = path.read_text(encoding="utf-8").splitlines()
    lines.shuffle(random.Random(1))
    after = path.read_text(encoding="utf-8").splitlines()
    assert after != before
    assert sorted(after) == sorted(before)
    assert [each.name for each in tmp_path.iterdir()] == ["lines.jsonl"]


def test_words_in_a_row() -> None:
    memory = Memory([pair(0, "a", "Die Datei, bitte öffnen."), pair(1, "b", "der Ordner")])
    assert memory.has_in_a_row("die", "Datei")
    assert memory.has_in_a_row("Datei", "bitte"), "marks are no words"
    assert not memory.has_in_a_row("der", "Datei")
    assert not memory.has_in_a_row("öffnen", "der"), "texts do not join"


def test_a_word_in_small_letters_is_no_name() -> None:
    memory = Memory([Pair("Delete Image, an old image", "x", "en", "de", "p", "x:y:1")])
    assert memory.has_small("Image")
    assert not memory.has_small("Delete")
    assert memory.has_small("Old Image")
    assert not memory.has_small("Delete Image")
    markup = Memory([Pair("See https://github.com/%(python)s", "x", "en", "de", "p", "x:y:1")])
    assert not markup.has_small("Github")
    assert not markup.has_small("Python")


@pytest.mark.parametrize(
    "meta", [{"document": "a"}, {"place": 1}, {"document": "a", "place": "1"}, {"document": 1}]
)
def test_half_a_place_is_none(meta: dict[str, object]) -> None:
    pairs = [pair(0, "a", "b", **meta), pair(1, "c", "d", document="a", place=2)]
    assert Memory(pairs).following(pairs[0], 3) == []
