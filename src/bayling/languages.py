"""Languages: their codes (BCP 47), their names in any language, and which one a text is in.

Names and aliases come from CLDR through Babel. Identification asks the script first, then
py3langid limited to the languages in play; a text without letters is in no language.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from typing import TYPE_CHECKING

from bayling import markup
from bayling.errors import UserError, nearest

if TYPE_CHECKING:
    from py3langid.langid import LanguageIdentifier

UNDETERMINED = "und"

# Character ranges of scripts and the languages they are used for, the most likely one first; an
# empty list leaves it to py3langid. Kana decides for Japanese before Han does for Chinese.
_SCRIPTS: dict[str, tuple[str, tuple[str, ...]]] = {
    "kana": (r"[\u3040-\u30ff]", ("ja",)),
    "hangul": (r"[\uac00-\ud7af\u1100-\u11ff]", ("ko",)),
    "han": (r"[\u4e00-\u9fff\u3400-\u4dbf]", ("zh", "ja")),
    "arabic": (r"[\u0600-\u06ff]", ("ar", "fa", "ur", "ps", "ug")),
    "hebrew": (r"[\u0590-\u05ff]", ("he",)),
    "thai": (r"[\u0e00-\u0e7f]", ("th",)),
    "greek": (r"[\u0370-\u03ff]", ("el",)),
    "devanagari": (r"[\u0900-\u097f]", ("hi", "mr", "ne")),
    "cyrillic": (r"[\u0400-\u04ff]", ("ru", "uk", "bg", "sr", "mk", "be", "kk", "ky", "mn")),
    "latin": (r"[A-Za-z\u00c0-\u024f\u1e00-\u1eff]", ()),
}
_PATTERNS = {name: re.compile(pattern) for name, (pattern, _) in _SCRIPTS.items()}
_NOT_LATIN = frozenset(each for _, used in _SCRIPTS.values() for each in used)


def code(text: str) -> str:
    """The canonical BCP 47 code of a spelling: `deu` → `de`, `zho_CN` → `zh-CN`.

    Raises `UserError` for what CLDR does not know as a language.
    """
    from babel import Locale
    from babel.core import get_global

    parts = re.split(r"[-_]", text.strip())
    language = parts[0].lower()
    language = get_global("language_aliases").get(language, language)
    known: dict[str, str] = dict(Locale.parse("en").languages)
    if language not in known:
        two_letters = [name for name in known if len(name) == 2]
        by_name = {name.lower(): key for key, name in known.items()}
        if text.strip().lower() in by_name:
            hint = f" Did you mean '{by_name[text.strip().lower()]}'?"
        else:
            hint = nearest(language, two_letters) if len(language) == 2 else ""
        raise UserError(
            f"'{text}' is not a language code; expected BCP 47, such as en, de or zh-CN.{hint}"
        )
    rest = [part.upper() if len(part) == 2 else part.title() for part in parts[1:]]
    return "-".join([language, *rest])


def base(language: str) -> str:
    """The language of a code without region and script: `de-AT` → `de`."""
    return language.split("-")[0]


@cache
def name(language: str, in_language: str = "en") -> str:
    """A language's name as speakers of `in_language` write it: ('en', 'de') → 'Englisch'."""
    from babel import Locale

    return Locale.parse(language, sep="-").get_display_name(base(in_language)) or language


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
    counts = {script: len(pattern.findall(words)) for script, pattern in _PATTERNS.items()}
    if not any(counts.values()):
        return UNDETERMINED
    script = max(counts, key=lambda each: counts[each])
    # A Japanese sentence may hold more Han than kana: some kana decides.
    if script == "han" and counts["kana"] * 10 >= counts["han"]:
        script = "kana"
    in_play = [each for each in candidates if _writes(base(each), script)]
    if not in_play:
        return _SCRIPTS[script][1][0] if _SCRIPTS[script][1] else "en"
    if len(in_play) == 1:
        return in_play[0]
    best, _ = _identifier(tuple(sorted({base(each) for each in in_play}))).classify(words)
    return next(each for each in in_play if base(each) == best)


def _writes(language: str, script: str) -> bool:
    if script == "latin":
        return language not in _NOT_LATIN or language == "sr"
    return language in _SCRIPTS[script][1]


@cache
def _identifier(languages: tuple[str, ...]) -> LanguageIdentifier:
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    identifier = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    try:
        identifier.set_languages(list(languages))
    except ValueError as error:
        raise UserError(f"py3langid cannot tell these languages apart: {error}") from error
    return identifier
