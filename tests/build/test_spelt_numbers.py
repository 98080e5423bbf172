"""Numbers in words, as far as a question about numbers has to know them."""

from __future__ import annotations

import pytest

from bayling.build import spelt_numbers
from bayling.wording import languages_with_wording

HOLDING = {
    "ar": ["ثلاثون يوما", "مئتان", "في ثلاثة أيام", "مليون دولار"],
    "de": [
        "dreissig",
        "Billionen",
        "in zehn Jahren",
        "eine Milliarde Dollar",
        "dreihundertfünfzig",
        "siebzig",
    ],
    "en": ["a trillion", "a billion dollars", "Two of 17", "fifteen", "twenty-one"],
    "es": ["dieciséis", "quinientos", "tres de 17", "doscientas", "un millón", "cuarenta y dos"],
    "fr": ["deux jours", "quatre-vingts", "une dizaine", "cinquante"],
    "it": [
        "Ventidue dei 17 file",
        "diciotto",
        "duecento",
        "duemila",
        "tre giorni",
        "quindici",
        "due milioni",
        "sessanta",
    ],
    "ja": ["三人", "十年"],
    "pt": ["catorze", "dezoito", "trezentos", "três dias", "duzentas", "dois milhões"],
    "ru": ["двести", "триста", "тремя", "два дня", "двадцать", "миллион рублей", "пятнадцать"],
    "zh": ["三个人", "两天"],
}
PLAIN = {
    "ar": "في 2014",
    "de": "Im Jahr 2014 war die Zwiebel einzig",
    "en": "In 2014 it was often too late",
    "es": "En 2014 era tarde",
    "fr": "En 2014 il était tard",
    "it": "Nel 2014 era tardi",
    "ja": "2014年",
    "pt": "Em 2014 era tarde",
    "ru": "В 2014 году было поздно",
    "zh": "2014年",
}


@pytest.mark.parametrize("language", languages_with_wording())
def test_numbers_in_words(language: str) -> None:
    assert all(spelt_numbers.may_hold(text, language) for text in HOLDING[language])
    assert not spelt_numbers.may_hold(PLAIN[language], language)


def test_an_unknown_language_may_have_some() -> None:
    assert spelt_numbers.may_hold("In 2014", "sv")
