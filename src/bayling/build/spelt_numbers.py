"""Numbers in words: who is asked for the numbers of a text would have to list these too."""

from __future__ import annotations

import re

from bayling import languages

# Without "one", which is an article or a pronoun as often, and without ordinals.
_PATTERNS = {
    "ar": r"\b(?:و?(?:اثن[اي]ن|ثلاثة?|أربعة?|خمسة?|ستة?|سبعة?|ثماني?ة?|تسعة?|عشرة?|عشرون|مئة|مائة|"
    r"ألف|آلاف|مليون|ملايين|مليار))\b",
    "de": r"\b(?:zwei|drei|vier|fünf|sechs|sieben|acht|neun|zehn|elf|zwölf|dutzende?)\b|"
    r"zehn\b|(?:zwan|vier|fünf|sech|sieb|acht|neun)zig|dreißig|hundert|tausend|million|milliarde",
    "en": r"\b(?:two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|dozens?)\b|"
    r"teen\b|(?:twen|thir|for|fif|six|seven|eigh|nine)ty|hundred|thousand|million|billion",
    "es": r"\b(?:dos|tres|cuatro|cinco|seis|siete|ocho|nueve|diez|once|doce|trece|catorce|quince|"
    r"mil(?:es)?|cien(?:to)?s?|docenas?|\w+cient[oa]s)\b|veint|treinta|enta\b|mill[óo]n",
    "fr": r"\b(?:deux|trois|quatre|cinq|six|sept|huit|neuf|dix|onze|douze|treize|quatorze|quinze|"
    r"seize|cents?|mille)\b|vingt|trente|ante\b|million|milliard|(?:diz|douz|vingt|cent)aine",
    "it": r"\b(?:due|tre|quattro|cinque|sei|sette|otto|nove|dieci|undici|dodici|\w+dici|venti|"
    r"trenta|\w+anta|cento|mila|mille)\b|milion|miliard|dozzina",
    "ja": r"[二三四五六七八九十百千万億兆]",
    "pt": r"\b(?:dois|duas|três|quatro|cinco|seis|sete|oito|nove|dez|onze|doze|treze|quinze|"
    r"vinte|trinta|\w+enta|cem|centos?|duzent[oa]s|mil|dúzias?)\b|milh(?:ão|ões)|bilh(?:ão|ões)",
    "ru": r"\b(?:дв[аеу]\w{0,2}|тр[её][хм]|три|четыр\w+|пят[ьи]|шест[ьи]|семь|семи|восемь|восьми|"
    r"девят[ьи]|десят[ьи]|сорока?|ста?|сто)\b|надцат|дцат|десят|сот\b|тысяч|миллион|миллиард",
    "zh": r"[两二三四五六七八九十百千万亿]",
}


def may_hold(text: str, language: str) -> bool:
    """Whether the text may hold a number in words; True for a language that is not known here."""
    pattern = _PATTERNS.get(languages.base(language))
    return pattern is None or re.search(pattern, text, re.IGNORECASE) is not None
