"""The words of a text, and which of them a phrase may begin or end with.

Languages with spaces are cut at them; Chinese by the dictionary of rjieba, traditional text by way
of its simplified form (OpenCC); Japanese by SudachiPy, into its longest units. Nothing is guessed:
what the Chinese dictionary lacks stays in single characters, which nobody is made to ask for.
"""

from __future__ import annotations

import importlib
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cache
from typing import Literal

from bayling import function_words, languages, markup
from bayling.errors import MissingError, UserError

# Letters with inner hyphens and apostrophes; digits and placeholders are no words to wish for.
_WORD = re.compile(r"[^\W\d_]+(?:[-'’][^\W\d_]+)*")
# What ties a word to more than itself: `28-year-old`, `Ein- und Ausgabe`, `manage.py`, `Da&tei`.
_TIED_BEFORE = re.compile(r"(?:-|\w\S?)$")
_TIED_BEHIND = re.compile(r"-|\S?\w")
_SHORTEST = 3  # letters of a content word where words are spaced

# What loses its vowel before the next word, and what a verb takes along, by language.
_ELIDED = {
    "fr": re.compile(
        r"(?:[ldjmtscn]|qu|jusqu|lorsqu|puisqu|quoiqu)['’](?=[^\W\d_]{2})", re.IGNORECASE
    ),
    "it": re.compile(
        r"(?:[ldcvsmtn]|un|gl|quest|quell|bell|(?:de|ne|a|da|su|co)ll)['’](?=[^\W\d_]{2})",
        re.IGNORECASE,
    ),
}
_ENCLITIC = {
    "fr": re.compile(
        r"-(?:en|le|la|les|lui|leur|y|vous|nous|moi|toi|tu|ils?|elles?|on|je|ce|là|ci)$",
        re.IGNORECASE,
    )
}

# Letters of Chinese and Japanese.
CJK = re.compile(
    "[\u3005-\u3007\u3040-\u30fa\u30fc-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff"
    "\uf900-\ufaff\uff66-\uff9f\U00020000-\U000323af]"
)
# What ties a word of these scripts: `X射线`, `_文件`. A whole Latin word beside it does not, since
# it is written there without a space as well as with one.
_CJK_TIED_BEFORE = re.compile(r"(?:[-_&]|(?<![A-Za-z])[A-Za-z])$")
_CJK_TIED_BEHIND = re.compile(r"[-_]")

# SudachiPy takes 49,149 bytes at once; a longer line is cut between words where that can be seen.
_PIECE = re.compile(r".{1,9998}(?:\W|$)|.{1,9999}")

# What a token is: worth asking for; tied to the token behind it or to that in front of it; a word
# by itself that makes a longer one with its neighbours; or none of this (particles, pronouns,
# numbers, stems).
_Role = Literal["content", "prefix", "suffix", "affix", "other"]
_Cut = Callable[[str], list[tuple[str, _Role]]]


@dataclass(frozen=True, slots=True)
class Word:
    """A word, its place in the text, and whether a phrase may begin or end with it.

    It may with a content word that nothing ties to its neighbour: none of `function_words/` and,
    where the segmenter knows parts of speech, no particle, pronoun, number or stem.
    """

    text: str
    start: int
    end: int
    begins: bool
    ends: bool


def is_known(language: str) -> bool:
    """Whether words of the language can be told apart."""
    return languages.is_spaced(language) or languages.base(language) in _SEGMENTERS


def words(text: str, language: str) -> list[Word]:
    """The words of a text in order; what markup has (tags, placeholders …) is none.

    Raises `UserError` for a language that has neither spaces nor a segmenter here, `MissingError`
    where the segmenter is not installed.
    """
    plain, base = markup.strip(text), languages.base(language)
    if languages.is_spaced(language):
        return [word for match in _WORD.finditer(plain) for word in _parts(match, plain, base)]
    cut = _segmenter(base)
    found: list[Word] = []
    for piece in _PIECE.finditer(plain):
        tokens = cut(piece.group())
        found += _own(tokens, piece.start(), plain, text)
        foreign = "".join(" " * len(each) if CJK.search(each) else each for each, _ in tokens)
        if foreign.strip():
            found += _foreign(" " * piece.start() + foreign)
    return sorted(found, key=lambda word: word.start)


def is_function_word(word: str, language: str) -> bool:
    """Whether a word in small letters says nothing by itself: an article, a pronoun …"""
    return word.replace("’", "'") in function_words.of(languages.base(language))


def is_dispensable(word: str, language: str) -> bool:
    """Whether a translation may have nothing for a word in small letters: an article …"""
    return word.replace("’", "'") in function_words.dispensable(languages.base(language))


def is_foreign(word: Word) -> bool:
    """Whether a word of a text written without spaces is in another script."""
    return not CJK.search(word.text)


def _parts(match: re.Match[str], plain: str, language: str) -> Iterator[Word]:
    """The word, or what was written as one by elision: `l'|instance`, `dell'|utente`; a verb with
    its pronouns (`Sélectionnez-en`) stays one, which nobody asks for."""
    word = _spaced(match, plain, language)
    elided = _ELIDED[language].match(word.text) if language in _ELIDED else None
    if elided:
        between = word.start + elided.end()
        yield Word(elided.group(), word.start, between, False, False)
        rest = _WORD.match(plain, between)
        assert rest is not None
        whole = _spaced(rest, plain, language, elided=True)
        yield whole
        return
    tied = language in _ENCLITIC and _ENCLITIC[language].search(word.text)
    yield replace(word, begins=False, ends=False) if tied else word


def _spaced(match: re.Match[str], plain: str, language: str, elided: bool = False) -> Word:
    start, end = match.span()
    before, behind = plain[max(0, start - 2) : start], plain[end : end + 2]
    said = match.group().replace("’", "'").lower()
    content = end - start >= _SHORTEST and said not in function_words.of(language)
    begins = content and (elided or not _TIED_BEFORE.search(before))
    return Word(match.group(), start, end, begins, content and not _TIED_BEHIND.match(behind))


def _own(tokens: list[tuple[str, _Role]], end: int, plain: str, text: str) -> Iterator[Word]:
    """The words among the tokens that make up the text from `end` on, in the language's script."""
    roles: list[_Role] = ["other", *(role for _, role in tokens), "other"]
    for i, (token, role) in enumerate(tokens):
        start, end = end, end + len(token)
        if not (CJK.search(token) and token.isalpha()):
            continue
        begins = role in {"content", "prefix", "affix"} and not _join(roles[i], role)
        ends = role in {"content", "suffix", "affix"} and not _join(role, roles[i + 2])
        # Only the text itself still has the numbers: `5分钟`.
        tied = text[start - 1 : start].isdigit() or _CJK_TIED_BEFORE.search(
            plain[max(0, start - 2) : start]
        )
        behind = plain[end : end + 1]
        yield Word(
            token, start, end, begins and not tied, ends and not _CJK_TIED_BEHIND.match(behind)
        )


def _join(left: _Role, right: _Role) -> bool:
    """Whether two tokens side by side are one word to a reader."""
    return (
        left == "prefix"
        or right == "suffix"
        or (left == "affix" and right != "other")
        or (right == "affix" and left != "other")
    )


def _foreign(plain: str) -> Iterator[Word]:
    """The words in another script; several in a row are a name (`Falcot Corp 公司`)."""
    found = [_spaced(match, plain, "") for match in _WORD.finditer(plain)]
    for i, word in enumerate(found):
        first = not i or found[i - 1].end + 1 < word.start
        last = i + 1 == len(found) or word.end + 1 < found[i + 1].start
        yield replace(word, begins=word.begins and first, ends=word.ends and last)


@cache
def _segmenter(language: str) -> _Cut:
    if language not in _SEGMENTERS:
        raise UserError(
            f"Words of {languages.name(language)} cannot be aligned, because it is written without "
            "spaces and there is no segmenter for it; use the builder 'translate' alone for it."
        )
    make, packages = _SEGMENTERS[language]
    try:
        return make()
    except ModuleNotFoundError as error:
        raise MissingError(
            f"Telling words of {languages.name(language)} apart needs the package "
            f"'{error.name}', which is not installed. Install it with: pip install {packages}"
        ) from error


# Of rjieba's parts of speech: pronouns, prepositions, conjunctions, particles, numerals, measure
# words, places like `上`, and what is no word.
_SMALL_ZH = ("r", "p", "c", "u", "y", "e", "o", "m", "q", "f", "x", "h", "k")
# The dictionary takes `我会` for a noun and has `很大`.
_SMALL_BEGIN_ZH = tuple("我你您他她它这那谁很")
# What makes a longer word of its neighbour where it is a single character: `服务器端`, `威尔士党`.
_AFFIXES_ZH = ("n", "k", "h", "g")


def _chinese() -> _Cut:
    import opencc
    import rjieba

    simplify = opencc.OpenCC("t2s").convert
    small = function_words.of("zh")

    @cache
    def role(token: str, part: str) -> _Role:
        if token in small:
            return "other"
        if len(token) == 1:
            return "affix" if part.startswith(_AFFIXES_ZH) else "other"
        if part.startswith(_SMALL_ZH) or token.startswith(_SMALL_BEGIN_ZH):
            return "other"
        return "content"

    def cut(text: str) -> list[tuple[str, _Role]]:
        simple = simplify(text)
        if len(simple) != len(text):
            simple = text
        found: list[tuple[str, _Role]] = []
        at = 0
        # Without its hidden Markov model, which takes `词来` for a word.
        for token, part in rjieba.tag(simple, hmm=False):
            found.append((text[at : at + len(token)], role(token, part)))
            at += len(token)
        return found

    return cut


# Of SudachiPy's parts of speech: nouns, adjectival nouns, adverbs; verbs and adjectives are judged
# by their form too.
_CONTENT_JA = {"名詞", "形状詞", "副詞"}
_SMALL_JA = {"数詞", "助動詞語幹"}
_AFFIXES_JA: dict[str, _Role] = {"接頭辞": "prefix", "接尾辞": "suffix"}
_KANA = re.compile("[\u3040-\u30ff]")


def _japanese() -> _Cut:
    # Imported to be named where it is missing; SudachiPy finds it by itself.
    importlib.import_module("sudachidict_core")
    from sudachipy import Dictionary, SplitMode

    dictionary = Dictionary(dict="core")
    tokenizer = dictionary.tokenizer(mode=SplitMode.C)
    small = function_words.of("ja")

    @cache
    def role(number: int) -> _Role:
        part, kind, *_, form = dictionary.pos_of(number) or ("", "", "")
        if part in _AFFIXES_JA:
            return _AFFIXES_JA[part]
        if part in {"動詞", "形容詞"}:
            # Any other form is a stem that goes on: `広がっ|て`.
            whole = kind == "一般" and form.startswith(("終止形", "連体形"))
            return "content" if whole else "other"
        return "content" if part in _CONTENT_JA and kind not in _SMALL_JA else "other"

    def cut(text: str) -> list[tuple[str, _Role]]:
        found: list[tuple[str, _Role]] = []
        for token in tokenizer.tokenize(text):
            said, kind = token.raw_surface(), role(token.part_of_speech_id())
            if kind == "content":
                if said in small or (len(said) == 1 and _KANA.match(said)):
                    kind = "other"
                elif len(said) == 1:
                    kind = "affix"
            found.append((said, kind))
        return found

    return cut


# By language: what makes the segmenter, and the packages it needs.
_SEGMENTERS: dict[str, tuple[Callable[[], _Cut], str]] = {
    "zh": (_chinese, "rjieba opencc"),
    "ja": (_japanese, "sudachipy sudachidict-core"),
}
