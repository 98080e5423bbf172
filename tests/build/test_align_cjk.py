"""What may be asked for in Chinese and Japanese: whole words as the segmenters cut them.

Some tests read real text beside the repository (../shared/data) and are skipped without it; the
segmenters are asked anew there, past `bayling.build.segment`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import pytest

from bayling import markup
from bayling.build.align import Aligner, Term
from bayling.records import Pair

DATA = Path(__file__).parents[3] / "shared" / "data"
CORPORA = ["handbook en-zh", "handbook zh-en", "tatoeba en-zh", "ntrex en-ja", "ntrex ja-en"]
SMALL = """
    的 了 着 过 吗 和 与 在 是 我 你 他 这 那 可能 我们 这个 一个 三个 没有 什么
    を に が は も で と の へ する した ます です これ それ こと もの ため
"""
Corpus = tuple[Aligner, list[Pair]]

CHINESE = [
    ("Delete the file", "删除文件"),
    ("The file is empty", "文件是空的"),
    ("Save the file", "保存文件"),
    ("Save the password", "保存密码"),
    ("The password is too short", "密码太短"),
    ("Delete the password", "删除密码"),
    ("Select a user", "选择用户"),
    ("The user has no password", "用户没有密码"),
    ("Delete the user", "删除用户"),
    ("The server saved 3 files", "服务器保存了3个文件"),
    ("Restart the server", "重新启动服务器"),
    ("The server is not available", "服务器不可用"),
    ("I think our dinner tonight may be fish", "我想今晚的晚餐可能是鱼"),
    ("Dinner is ready", "晚餐准备好了"),
]


def _pairs(texts: list[tuple[str, str]], languages: str) -> list[Pair]:
    source, target = languages.split("-")
    if source != "en":
        texts = [(b, a) for a, b in texts]
    return [
        Pair(first, second, source, target, f"{i}", f"x:{i}")
        for i, (first, second) in enumerate(texts)
    ]


def _texts(name: str) -> list[tuple[str, str]]:
    if name == "ntrex":
        files = [DATA / "ntrex" / file for file in ("src.eng.txt", "ref.jpn.txt")]
        return list(zip(*(file.read_text("utf-8").splitlines() for file in files), strict=True))
    file, columns, count = {
        "handbook": ("debian-handbook/en-zh.tsv", (2, 3), 400),
        "tatoeba": ("tatoeba/eng-cmn.tsv", (0, 1), 3000),
    }[name]
    rows = [row.split("\t") for row in (DATA / file).read_text("utf-8").splitlines()]
    return [(row[columns[0]], row[columns[1]]) for row in rows[1 : count + 1]]


@pytest.fixture(scope="module", params=CORPORA)
def corpus(request: pytest.FixtureRequest) -> Corpus:
    if not DATA.is_dir():
        pytest.skip(f"needs real text in {DATA}")
    name, languages = request.param.split()
    pairs = _pairs(_texts(name), languages)
    return Aligner(pairs), pairs


def _found(corpus: Corpus) -> list[tuple[Pair, Term]]:
    aligner, pairs = corpus
    found = [(pair, term) for pair in pairs for term in aligner.terms(pair)]
    assert len(found) > 50
    return found


def _unspaced(corpus: Corpus) -> Iterator[tuple[str, str, str]]:
    """The phrases of the language without spaces, with the text they stand in and its language."""
    for pair, term in _found(corpus):
        if pair.source_lang == "en":
            yield term.target, pair.target, pair.target_lang
        else:
            yield term.source, pair.source, pair.source_lang


@cache
def _tokenizer(language: str) -> Callable[[str], list[str]]:
    """What cuts a text into pieces that are the whole text, past `segment`."""
    if language == "ja":
        from sudachipy import Dictionary, SplitMode

        japanese = Dictionary(dict="core").tokenizer(mode=SplitMode.C)
        return lambda text: [token.raw_surface() for token in japanese.tokenize(text)]
    import opencc
    import rjieba

    simplify = opencc.OpenCC("t2s").convert
    return lambda text: rjieba.cut(simplify(text), hmm=False)


def _cut(text: str, language: str) -> list[str]:
    plain, pieces, at = markup.strip(text), [], 0
    for token in _tokenizer(language)(plain):
        pieces.append(plain[at : at + len(token)])
        at += len(token)
    return pieces


def test_terms_stand_where_they_say_and_once(corpus: Corpus) -> None:
    for pair, term in _found(corpus):
        assert pair.target[term.start : term.end] == term.target
        for phrase, text in ((term.source, pair.source), (term.target, pair.target)):
            whole = rf"(?<!\w){re.escape(phrase.lower())}(?!\w)"
            pattern = whole if phrase.isascii() else re.escape(phrase.lower())
            assert len(re.findall(pattern, text.lower())) == 1, (term, pair)


def test_terms_are_made_of_whole_segments(corpus: Corpus) -> None:
    for phrase, text, language in _unspaced(corpus):
        ends = [0]
        for piece in _cut(text, language):
            ends.append(ends[-1] + len(piece))
        start = text.index(phrase)
        assert {start, start + len(phrase)} <= set(ends), (phrase, text)


def test_terms_are_content_words(corpus: Corpus) -> None:
    small = set(SMALL.split())
    for phrase, text, language in _unspaced(corpus):
        pieces = [piece for piece in _cut(phrase, language) if piece.strip()]
        assert not small & {pieces[0], pieces[-1]}, (phrase, text)
        assert not re.fullmatch("[\u3040-\u30ff]", phrase)
        assert re.search("[\u3040-\u30ff\u4e00-\u9fff]", phrase)
        assert language == "ja" or len(phrase) >= 2


def test_terms_of_a_pair_do_not_share_a_character(corpus: Corpus) -> None:
    aligner, pairs = corpus
    for pair in pairs:
        ends = [(term.start, term.end) for term in aligner.terms(pair)]
        assert all(a[1] <= b[0] for a, b in zip(ends, ends[1:], strict=False))


def test_alternatives_never_hold_the_right_phrase(corpus: Corpus) -> None:
    aligner, pairs = corpus
    seen = 0
    for pair, term in _found(corpus):
        for other in aligner.alternatives(term, pair):
            seen += 1
            assert other.lower() not in term.target.lower()
            if pair.target_lang != "en":
                assert term.target not in other
                assert other not in pair.target
    # In a few hundred sentences hardly any word is translated twice in another way.
    assert seen > 5 or len(pairs) < 1000


def test_a_small_catalogue() -> None:
    pairs = _pairs(CHINESE, "en-zh")
    aligner = Aligner(pairs)
    found = {(term.source.lower(), term.target) for pair in pairs for term in aligner.terms(pair)}
    expected = {("file", "文件"), ("password", "密码"), ("user", "用户"), ("server", "服务器")}
    assert found >= expected
    # The test set of BayLing's paper asks for this one.
    assert not any("餐可" in target for _, target in found)


def test_what_stands_behind_a_number_is_tied() -> None:
    texts = [(f"Wait {n} minutes", f"等待{n}小时") for n in range(1, 9)]
    pairs = _pairs([*texts, ("The hour", "小时"), ("One hour", "小时")], "en-zh")
    aligner = Aligner(pairs)
    assert not any("小时" in term.target for pair in pairs[:8] for term in aligner.terms(pair))
