"""Languages: their codes (BCP 47), their names in any language, and which one a text is in.

Names and aliases come from CLDR through Babel. Identification asks the script first, then
py3langid limited to the languages in play; a text without letters is in no language.
"""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections import Counter
from collections.abc import Sequence
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

from bayling import markup
from bayling.errors import UserError

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from py3langid.langid import LanguageIdentifier

    from bayling.langid import Chooser
    from bayling.texts import Texts

UNDETERMINED = "und"

# Letters of scripts and the languages they are used for, the most likely one first; an empty list
# leaves it to py3langid. Signs that sit among the letters (× ÷ ・ ،) are left out.
_SCRIPTS: dict[str, tuple[str, tuple[str, ...]]] = {
    "kana": (r"[\u3041-\u3096\u309d-\u309f\u30a1-\u30fa\u30fc-\u30ff]", ("ja",)),
    "hangul": (r"[\uac00-\ud7af\u1100-\u11ff]", ("ko",)),
    "han": (r"[\u4e00-\u9fff\u3400-\u4dbf]", ("zh", "ja")),
    "arabic": (r"[\u0620-\u064a\u0671-\u06d3]", ("ar", "fa", "ur", "ps", "ug")),
    "hebrew": (r"[\u05d0-\u05f2]", ("he", "yi")),
    "thai": (r"[\u0e01-\u0e3a\u0e40-\u0e4e]", ("th",)),
    "lao": (r"[\u0e81-\u0ecd]", ("lo",)),
    "khmer": (r"[\u1780-\u17d3]", ("km",)),
    "burmese": (r"[\u1000-\u103f]", ("my",)),
    "greek": (r"[\u0370-\u0373\u0376-\u037d\u0386\u0388-\u03ff\u1f00-\u1fff]", ("el",)),
    "devanagari": (r"[\u0900-\u0963]", ("hi", "mr", "ne")),
    "bengali": (r"[\u0980-\u09e3]", ("bn", "as")),
    "gurmukhi": (r"[\u0a00-\u0a65]", ("pa",)),
    "gujarati": (r"[\u0a80-\u0ae3]", ("gu",)),
    "oriya": (r"[\u0b00-\u0b63]", ("or",)),
    "tamil": (r"[\u0b80-\u0be5]", ("ta",)),
    "telugu": (r"[\u0c00-\u0c63]", ("te",)),
    "kannada": (r"[\u0c80-\u0ce3]", ("kn",)),
    "malayalam": (r"[\u0d00-\u0d63]", ("ml",)),
    "sinhala": (r"[\u0d80-\u0de5]", ("si",)),
    "georgian": (r"[\u10a0-\u10fa\u10fc-\u10ff]", ("ka",)),
    "armenian": (r"[\u0531-\u0556\u0561-\u0587]", ("hy",)),
    "ethiopic": (r"[\u1200-\u135a]", ("am",)),
    "cyrillic": (
        r"[\u0400-\u04ff]",
        ("ru", "uk", "bg", "sr", "mk", "be", "kk", "ky", "mn", "tg", "tt"),
    ),
    "latin": (r"[A-Za-z\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u024f\u1e00-\u1eff]", ()),
}
# A character of these says as much as three letters: a Chinese line keeps being Chinese when it
# names three companies in Latin letters.
_WEIGHTS = {"han": 3, "kana": 3}
_NOT_LATIN = frozenset(each for _, used in _SCRIPTS.values() for each in used)
_LETTER = re.compile("|".join(f"(?P<{name}>{pattern})" for name, (pattern, _) in _SCRIPTS.items()))
_BEYOND_LATIN = re.compile(
    "[" + "".join(each[1:-1] for name, (each, _) in _SCRIPTS.items() if name != "latin") + "]"
)
_LATIN = re.compile(_SCRIPTS["latin"][0])
# The scripts' numbers are their places in the table; this stands for a character of none.
NO_SCRIPT = len(_SCRIPTS)
# What CLDR calls the scripts of the table.
_ISO_15924 = {
    "Jpan": ("kana", "han"),
    "Kore": ("hangul", "han"),
    "Hans": ("han",),
    "Hant": ("han",),
    "Arab": ("arabic",),
    "Hebr": ("hebrew",),
    "Thai": ("thai",),
    "Laoo": ("lao",),
    "Khmr": ("khmer",),
    "Mymr": ("burmese",),
    "Grek": ("greek",),
    "Deva": ("devanagari",),
    "Beng": ("bengali",),
    "Guru": ("gurmukhi",),
    "Gujr": ("gujarati",),
    "Orya": ("oriya",),
    "Taml": ("tamil",),
    "Telu": ("telugu",),
    "Knda": ("kannada",),
    "Mlym": ("malayalam",),
    "Sinh": ("sinhala",),
    "Geor": ("georgian",),
    "Armn": ("armenian",),
    "Ethi": ("ethiopic",),
    "Cyrl": ("cyrillic",),
    "Latn": ("latin",),
}


# Scripts that languages are written in beside the one that CLDR finds likely.
_ALSO = {
    "az": ("cyrillic", "arabic"),
    "bs": ("cyrillic",),
    "kk": ("latin",),
    "ku": ("arabic",),
    "pa": ("arabic",),
    "sd": ("devanagari",),
    "sr": ("latin",),
    "uz": ("cyrillic",),
}


def code(text: str) -> str:
    """The canonical BCP 47 code of a spelling: `deu` → `de`, `zho_CN` → `zh-CN`.

    Raises `UserError` for what CLDR does not know as a language, script, region or variant.
    """
    from babel import Locale
    from babel.core import get_global

    first, *rest = re.split(r"[-_]", text.strip())
    alias: str = get_global("language_aliases").get(first.lower(), first.lower())
    language, *implied = alias.split("_")
    english = Locale.parse("en")
    if language not in english.languages:
        raise UserError(
            f"'{text}' is not a language code; expected BCP 47, such as en, de or zh-CN."
            + _hint(text.strip())
        )
    subtags = [*implied, *rest]
    known = {*english.scripts, *english.territories, *english.variants}
    spelt = [_spelling(subtag) for subtag in subtags]
    for subtag, spelling in zip(subtags, spelt, strict=True):
        if spelling.upper() not in {each.upper() for each in known}:
            raise UserError(
                f"'{subtag}' in the language code '{text}' is no script, region or variant; "
                "expected BCP 47, such as en, de-AT or zh-Hans."
            )
    return "-".join([language, *spelt])


# No language tag that is registered comes near, and what a hostile file invents is not remembered.
LONGEST = 35
_FIRST = re.compile("[A-Za-z]{2,3}")
# Microsoft's names for the two scripts of Chinese, from before there were others.
_OLD = {"zh-chs": "zh-Hans", "zh-cht": "zh-Hant"}


def spelt(spelling: str) -> str | None:
    """The code of a language as files spell it: `zho-CN`, `EN_us`, `de-DE_tradnl`.

    Subtags at the end that CLDR does not know are left out. None for what is no language.
    """
    return _spelt(spelling) if len(spelling) <= LONGEST else None


@lru_cache(maxsize=4096)
def _spelt(spelling: str) -> str | None:
    spelling = spelling.strip().replace("_", "-")
    spelling = _OLD.get(spelling.lower(), spelling)
    first, _, rest = spelling.partition("-")
    # What is no language takes long to look up.
    if not _FIRST.fullmatch(first) or (rest and _spelt(first) is None):
        return None
    while spelling:
        try:
            return code(spelling)
        except UserError:
            spelling = spelling.rpartition("-")[0]
    return None


class Direction(NamedTuple):
    """From one language to another, as BCP 47 codes; written `en>de`, since codes hold hyphens."""

    source: str
    target: str

    def __str__(self) -> str:
        return f"{self.source}>{self.target}"

    @property
    def reverse(self) -> Direction:
        return Direction(self.target, self.source)

    @classmethod
    def parse(cls, text: str) -> Direction:
        """The direction of a spelling such as `en>de` or `deu > zh_CN`.

        Raises `UserError` for anything else, and for a direction from a language to itself.
        """
        ends = text.split(">")
        if len(ends) != 2 or not all(end.strip() for end in ends):
            raise UserError(
                f"'{text}' is not a direction; expected two language codes such as 'en>de'."
            )
        found = cls(*map(code, ends))
        if found.source == found.target:
            raise UserError(
                f"The direction '{text}' leads from a language to itself; expected two languages."
            )
        return found

    def within(self, directions: Sequence[Direction]) -> Direction | None:
        """The one of these that texts in this direction belong to: the same one, else the first
        that differs in regions and scripts only; None where there is none."""
        if self in directions:
            return self
        own = (base(self.source), base(self.target))
        return next(
            (each for each in directions if (base(each.source), base(each.target)) == own), None
        )


def _spelling(subtag: str) -> str:
    """The case BCP 47 writes a subtag in: `CN`, `Hans`, `valencia`."""
    if len(subtag) == 2:
        return subtag.upper()
    return subtag.title() if len(subtag) == 4 else subtag.lower()


def _hint(text: str) -> str:
    """' Did you mean X (its name)?' for a country's code or a language's English name."""
    from babel import Locale
    from babel.core import get_global

    spoken = get_global("likely_subtags").get(f"und_{text.upper()}")
    names = Locale.parse("en").languages
    codes = {name.lower(): key for key, name in names.items()}
    close = difflib.get_close_matches(text.lower(), codes, n=1, cutoff=0.8)
    found = spoken.split("_")[0] if spoken else codes[close[0]] if close else None
    return f" Did you mean '{found}' ({names[found]})?" if found else ""


@lru_cache(maxsize=1024)
def base(language: str) -> str:
    """The language of a code without region and script: `de-AT` → `de`."""
    return language.split("-")[0]


@cache
def name(language: str, in_language: str = "en") -> str:
    """A language's name as speakers of `in_language` write it: ('en', 'de') → 'Englisch'."""
    from babel import Locale, UnknownLocaleError

    try:
        reader = Locale.parse(base(in_language))
    except UnknownLocaleError:
        reader = Locale.parse("en")
    alone: str = reader.languages.get(base(language), language)
    if alone == language or "-" not in language:
        return alone
    try:
        return Locale.parse(language, sep="-").get_display_name(reader) or alone
    except UnknownLocaleError:
        # CLDR names many languages that it has no locale for.
        return alone


@cache
def known() -> frozenset[str]:
    """The languages that CLDR has a name for, without regions and scripts."""
    from babel import Locale

    return frozenset(code.split("_")[0] for code in Locale.parse("en").languages)


def distance(found: str, asked: str) -> int | None:
    """How far the language of a text is from the one asked for; None where it cannot serve.

    The same code, the same with region and script filled in (`de-DE` for `de`), the language
    without region (`de` for `de-AT`), another region (`de-AT` for `de`). Another script does not
    serve: traditional Chinese is no answer to `zh-CN`.
    """
    if found == asked:
        return 0
    full_found, full_asked = _maximal(found), _maximal(asked)
    if full_found[:2] != full_asked[:2]:
        return None
    if full_found == full_asked:
        return 1
    return 2 if found == base(found) else 3


@cache
def _maximal(language: str) -> tuple[str, str, str]:
    """(language, script, region), what is missing filled in from CLDR's likely subtags."""
    from babel.core import get_global

    base, *rest = language.split("-")
    # What is written as Norwegian without more is Bokmål.
    base = "nb" if base == "no" else base
    script = next((part for part in rest if len(part) == 4), "")
    region = next((part for part in rest if len(part) in (2, 3)), "")
    likely = get_global("likely_subtags")
    keys = ("_".join(filter(None, parts)) for parts in ((base, region), (base, script), (base,)))
    guess = next((likely[key] for key in keys if key in likely), base).split("_")
    return base, script or (guess[1:2] or [""])[0], region or (guess[2:3] or [""])[0]


def is_spaced(language: str) -> bool:
    """Whether the language puts spaces between words (Chinese, Japanese and Thai do not)."""
    return base(language) not in {"zh", "ja", "th", "lo", "km", "my"}


def identify(text: str, candidates: tuple[str, ...]) -> str:
    """Which of `candidates` a text is in: one of them, another script's language, or `und`.

    Placeholders, tags, numbers and URLs are not words and are left out. `und` is the answer for
    text without letters; a script that no candidate uses answers with that script's first
    language, so that a Russian answer to an English–German request is not called German.
    """
    words = unicodedata.normalize("NFC", markup.strip(text))
    possible = _possible(words, candidates)
    if len(possible) == 1:
        return possible[0]
    best, _ = _identifier(_bases(possible)).classify(words)
    return _with_base(best, possible)


def of_all(text: str) -> str:
    """Which of all languages that py3langid knows a text is in, most likely."""
    best, _ = _identifier(()).classify(unicodedata.normalize("NFC", markup.strip(text)))
    return str(best)


def is_known_to_identifier(language: str) -> bool:
    """Whether `of_all` may answer with this base language."""
    return language in _identifier(()).nb_classes


def identify_all(texts: Texts, places: NDArray[Any], candidates: tuple[str, ...]) -> NDArray[Any]:
    """What `identify` says of each text at these places; a thousand texts take a tenth of the
    time."""
    import numpy as np

    found = np.empty(len(places), dtype=object)
    groups: dict[tuple[str, ...], list[NDArray[Any]]] = {}
    scripts = _scripts_of(texts.scripts[places])
    for number in np.unique(scripts).tolist():
        script = None if number == NO_SCRIPT else [*_SCRIPTS][number]
        groups.setdefault(_in_script(script, candidates), []).append(scripts == number)
    for possible, masks in groups.items():
        some = np.flatnonzero(np.logical_or.reduce(masks))
        if len(possible) == 1:
            found[some] = possible[0]
            continue
        bases = _bases(possible)
        asked = [texts.words[place] for place in places[some].tolist()]
        # Serbian is there twice, once for each of its scripts, and so is Uzbek.
        if len(_identifier(bases).nb_classes) == 2:
            best = _chooser(bases).choose(asked)
        else:
            best = [_identifier(bases).classify(each)[0] for each in asked]
        named = {each: _with_base(each, possible) for each in bases}
        found[some] = [named[each] for each in best]
    return found


def _scripts_of(counts: NDArray[Any]) -> NDArray[Any]:
    """The number of what `_script` says, by how many characters of each script (columns) each text
    (row) has."""
    import numpy as np

    names = [*_SCRIPTS]
    counts = counts[:, :NO_SCRIPT] * [_WEIGHTS.get(name, 1) for name in names]
    found = np.where(counts.any(axis=1), counts.argmax(axis=1), NO_SCRIPT)
    kana, han = names.index("kana"), names.index("han")
    found[(found == han) & (counts[:, kana] * 10 >= counts[:, han])] = kana
    return found


def _possible(words: str, candidates: tuple[str, ...]) -> tuple[str, ...]:
    """The languages that a text's script leaves; `und` for a text without letters."""
    return _in_script(_script(words), candidates)


@lru_cache(maxsize=1024)
def _in_script(script: str | None, candidates: tuple[str, ...]) -> tuple[str, ...]:
    if script is None:
        return (UNDETERMINED,)
    in_play = tuple(each for each in candidates if _writes(base(each), script))
    return in_play or (_SCRIPTS[script][1][0] if _SCRIPTS[script][1] else "en",)


def _bases(candidates: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(sorted({base(each) for each in candidates}))


def _with_base(language: str, candidates: tuple[str, ...]) -> str:
    return next(each for each in candidates if base(each) == language)


def _script(words: str) -> str | None:
    """The script that most of the text is in; None for a text without letters."""
    if not _BEYOND_LATIN.search(words):
        return "latin" if _LATIN.search(words) else None
    counts = dict.fromkeys(_SCRIPTS, 0)
    for character, times in Counter(words).items():
        if script := _script_of(character):
            counts[script] += times
    for name, weight in _WEIGHTS.items():
        counts[name] *= weight
    script = max(counts, key=lambda each: counts[each])
    # A Japanese sentence may hold more Han than kana: some kana decides.
    if script == "han" and counts["kana"] * 10 >= counts["han"]:
        script = "kana"
    return script


@lru_cache(maxsize=10_000)
def _script_of(character: str) -> str | None:
    found = _LETTER.match(character)
    return found.lastgroup if found else None


def script_number(character: str) -> int:
    """The place of a character's script in the table; `NO_SCRIPT` for one of none."""
    found = _LETTER.match(character)
    return [*_SCRIPTS].index(found.lastgroup or "") if found else NO_SCRIPT


@cache
def scripts(language: str) -> tuple[str, ...]:
    """The scripts a language is written in, by the names of `shares_in`; () where none is known.

    That of the code if it names one (`sr-Latn`), else those of the tables above and CLDR's.
    """
    own = _ISO_15924.get(_maximal(language)[1], ())
    if any(len(part) == 4 for part in language.split("-")[1:]) or not own:
        return own
    listed = [each for each in _SCRIPTS if each != "latin" and _writes(base(language), each)]
    return tuple(dict.fromkeys([*own, *listed, *_ALSO.get(base(language), ())]))


def shares_in(letters: NDArray[Any], scripts: tuple[str, ...]) -> NDArray[Any]:
    """The share (0–1) of each text's letters that are of these scripts, by how many it has of each
    script (`bayling.texts`); 1 where it has no letters."""
    import numpy as np

    own = letters[:, [script for script, name in enumerate(_SCRIPTS) if name in scripts]].sum(
        axis=1
    )
    all_ = letters.sum(axis=1)
    return np.where(all_ > 0, own / np.maximum(all_, 1), 1.0)


def _writes(language: str, script: str) -> bool:
    if script == "latin":
        return language not in _NOT_LATIN or language == "sr"
    return language in _SCRIPTS[script][1]


@cache
def _chooser(languages: tuple[str, ...]) -> Chooser:
    from bayling.langid import Chooser

    return Chooser(_identifier(languages))


@cache
def _identifier(languages: tuple[str, ...]) -> LanguageIdentifier:
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    identifier = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    if not languages:
        return identifier
    try:
        identifier.set_languages(list(languages))
    except ValueError as error:
        raise UserError(f"py3langid cannot tell these languages apart: {error}") from error
    return identifier
