"""Numbers in words: who is asked for the numbers of a text would have to list these too."""

from __future__ import annotations

import re

from bayling import languages

# Without "one", which is an article or a pronoun as often, and without ordinals.
_PATTERNS = {
    "ar": r"\bو?(?:اثن[اي]ن|ثلاث|أربع|خمس|ست(?:ة|ون|ين)?\b|سبع|ثماني|تسع|عشر|"
    r"مئ[ةتا]|مائ[ةت]|ألف|آلاف|مليون|ملايين|مليار)",
    "de": r"\b(?:zwei|drei|vier|fünf|sechs|sieben|acht|neun|zehn|elf|zwölf|dutzende?)\b|"
    r"zehn\b|(?:zwan|vier|fünf|sech|sieb|acht|neun)zig|drei(?:ß|ss)ig|hundert|tausend|"
    r"[mb]illion|milliarde",
    "en": r"\b(?:two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|dozens?)\b|"
    r"teen\b|(?:twen|thir|for|fif|six|seven|eigh|nine)ty|hundred|thousand|[mbr]illion",
    "es": r"\b(?:dos|tres|cuatro|cinco|seis|siete|ocho|nueve|diez|once|doce|trece|catorce|quince|"
    r"mil(?:es)?|cien(?:to)?s?|docenas?|dieci\w+|\w+cient[oa]s|quinient[oa]s)\b|"
    r"veint|treinta|enta\b|mill[óo]n|billon",
    "fr": r"\b(?:deux|trois|quatre|cinq|six|sept|huit|neuf|dix|onze|douze|treize|quatorze|quinze|"
    r"seize|cents?|mille)\b|vingt|trente|ante\b|[mb]illion|milliard|(?:diz|douz|vingt|cent)aine",
    "it": r"\b(?:due|tre|quattro|cinque|sei|sette|otto|nove|dieci|undici|dodici|mille)\b|"
    r"dic(?:i|iotto)\b|dicia|vent[iuo]|trent[aou]|(?:quar|cinqu|sess|sett|ott|nov)ant|cento|mila\b|"
    r"[mb]ilion|miliard|dozzin",
    "ja": r"[二三四五六七八九十百千万億兆]",
    "pt": r"\b(?:dois|duas|três|quatro|cinco|seis|sete|oito|nove|dez\w*|onze|doze|treze|catorze|"
    r"quatorze|quinze|vinte|trinta|\w+enta|cem|centos?|\w+[cz]ent[oa]s|quinhent[oa]s|mil|dúzias?)\b|"
    r"[mb]ilh(?:ão|ões)",
    "ru": r"\b(?:дв[аеу]\w{0,5}|тр[её][хм]|тремя|трое|три\w{0,3}|четыр\w+|четверо|пят[ьи]|"
    r"пятеро|шест[ьи]|семь|семи|восемь|восьми|девят[ьи]|десят[ьи]|сорока?|ста?|сто)\b|"
    r"надцат|дцат|десят|(?:сот|ста)\b|тысяч|[мб]иллион|миллиард|триллион",
    "zh": r"[两二三四五六七八九十百千万亿]",
}


def may_hold(text: str, language: str) -> bool:
    """Whether the text may hold a number in words; True for a language that is not known here."""
    pattern = _PATTERNS.get(languages.base(language))
    return pattern is None or re.search(pattern, text, re.IGNORECASE) is not None
