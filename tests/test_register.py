"""Forms of address, against the formal and informal translations of CoCoA-MT (Nadejde et al. 2022)
and against sentences of grammars: forms that say it, and words that only look like them."""

from __future__ import annotations

import unicodedata
from pathlib import Path

import pytest

from bayling import register

COCOA = Path(__file__).parents[2] / "shared" / "data" / "cocoa-mt" / "train"

FORMAL = [
    ("de", "Klicken Sie hier."),
    ("de", "Ich danke Ihnen."),
    ("de", "Ist das Ihr Hund?"),
    ("de", "<b>Können</b> Sie mir helfen?"),
    ("de", "Bitte prüfen Sie Ihre Eingabe."),
    ("de", "Sie haben keine Berechtigung für diese Seite."),
    ("fr", "Cliquez ici."),
    ("fr", "Avez-vous compris ?"),
    ("fr", "Faites attention."),
    ("fr", "Votre mot de passe"),
    ("es", "¿Usted sabe dónde está?"),
    ("es", "Haga clic aquí."),
    ("es", "Para continuar, seleccione un archivo."),
    ("es", "Asegúrese de guardar."),
    ("es", "¿Desea continuar?"),
    ("es", "Uds. deben venir."),
    ("it", "Può dirmi se Lei ha già un account?"),
    ("it", "Desideriamo informarLa che la pratica è chiusa."),
    ("it", "Ho ricevuto la Sua lettera."),
    ("it", "Per continuare, inserisca la password."),
    ("it", "La preghiamo di attendere."),
    ("it", "Siete sicuri?"),
    ("pt", "O senhor pode abrir a janela?"),
    ("pt", "Como está a senhora?"),
    ("pt", "Agradeço a Vossa Excelência."),
    ("ru", "Вы уверены?"),
    ("ru", "Нажмите кнопку."),
    ("ru", "Проверьте пароль."),
    ("ru", "Можете войти."),
    ("ru", "Обратитесь к врачу."),
]
INFORMAL = [
    ("de", "Klicke hier."),
    ("de", "Hast du Zeit?"),
    ("de", "Wie Du siehst"),
    ("de", "Gib den Namen ein."),
    ("de", "Bitte wähle eine Datei."),
    ("de", "Ihr seid eingeladen."),
    ("de", "Ich danke euch."),
    ("fr", "Clique ici."),
    ("fr", "T’as vu ?"),
    ("fr", "C'est ton tour."),
    ("fr", "Dis-moi tout."),
    ("es", "¿Quieres venir?"),
    ("es", "Regístrate ahora."),
    ("es", "No podrás verlo."),
    ("es", "Voy a ayudarte."),
    ("es", "Ya os lo dije."),
    ("it", "Hai dimenticato la password?"),
    ("it", "Vorresti venire con me?"),
    ("it", "Possiamo aiutarti."),
    ("it", "Inserisci una data valida."),
    ("pt", "Você tem certeza?"),
    ("pt", "Não te esqueças da chave."),
    ("pt", "Podes abrir a janela?"),
    ("ru", "Ты уверен?"),
    ("ru", "Хочешь продолжить?"),
    ("ru", "Не бойся, у тебя получится."),
]
NEITHER = [
    # 'They', 'she' and 'her' begin sentences with a capital.
    ("de", "Sie haben gewonnen. Ihr Vater ist tot. Ihnen fehlt nichts."),
    ("de", "Er sagte: „Sie ist krank.“"),
    ("de", "- Sie wurden gesehen"),
    ("de", "Titel</h1><p>Sie kamen."),
    ("de", "Sie kommt mit ihr."),
    ("de", "Ihre Majestät empfängt Ihre Majestät."),
    # What a program says of itself
    ("de", "Wähle Nummer …"),
    ("de", "Cirque du Soleil gastiert in Köln."),
    ("fr", "Il prit rendez-vous chez le médecin."),
    ("fr", "Il a changé de ton."),
    ("fr", "Fernandez a marqué."),
    ("fr", "Il s'est tu."),
    ("es", "El usuario quiere que se abra la ventana."),
    ("es", "Su cuenta fue cerrada."),
    ("es", "Está seguro de que ganará."),
    ("es", "El intérprete de comandos comparte una parte."),
    ("es", "Os Lusíadas"),
    ("it", "Lei ha detto che verrà domani."),
    ("it", "Il fai da te è di moda."),
    ("it", "Gli operai sono sei."),
    ("it", "Sua Santità è arrivata con Sue Gray."),
    ("it", "La Repubblica riporta la notizia."),
    ("pt", "O senhor Silva disse que não."),
    ("pt", "Há dois anos atrás, com os seus dados."),
    ("ru", "Он сказал это на сайте."),
    ("ru", "В кредите отказано."),
    ("ru", "Лишь один день"),
    ("ru", "ВАС РФ отменил решение."),
]


@pytest.mark.parametrize(("language", "text"), FORMAL)
def test_formal(language: str, text: str) -> None:
    assert register.of(text, language) == "formal"


@pytest.mark.parametrize(("language", "text"), INFORMAL)
def test_informal(language: str, text: str) -> None:
    assert register.of(text, language) == "informal"
    assert register.of(unicodedata.normalize("NFD", text), language) == "informal"


@pytest.mark.parametrize(("language", "text"), NEITHER)
def test_neither(language: str, text: str) -> None:
    assert register.every(text, language) == frozenset()


def test_both_forms_are_told_apart_from_none() -> None:
    text = "Hast du Zeit? Wollen Sie kommen?"
    assert register.of(text, "de") is None
    assert register.every(text, "de") == {"formal", "informal"}


def test_placeholders_and_tags_address_nobody() -> None:
    assert register.of('%(du)s {tu} <a href="#" title="Ihr">x</a> https://du.example', "de") is None


def test_languages() -> None:
    known = {"de": "dein", "es": "usted", "fr": "vous", "it": "tu", "pt": "você", "ru": "ты"}
    assert all(register.of(f"x {word} x", language) for language, word in known.items())
    assert register.of("Você tem certeza?", "pt-BR") == "informal"
    for language in ("en", "ja", "und"):
        assert register.of("Do you know, du, tu, Sie?", language) is None


def shares(language: str, domain: str, wanted: str) -> tuple[float, float]:
    """Of CoCoA-MT's lines in one form, those said to be in the other and those of neither, in %."""
    folder = COCOA / f"en-{language}"
    name = f"formality-control.train.{domain}.en-{language}.{wanted}.{language}"
    lines = (folder / name).read_text(encoding="utf-8").splitlines()
    found = [register.of(line, language) for line in lines]
    assert len(found) == 200
    unsaid = found.count(None)
    return 100 * (200 - unsaid - sum(each == wanted for each in found)) / 200, 100 * unsaid / 200


@pytest.mark.skipif(not COCOA.is_dir(), reason=f"the test data of CoCoA-MT is not at {COCOA}")
@pytest.mark.parametrize("domain", ["telephony", "topical_chat"])
@pytest.mark.parametrize(
    ("language", "formal", "informal"), [("de", 14, 10), ("fr", 14, 15), ("es", 85, 17)]
)
def test_cocoa(language: str, formal: int, informal: int, domain: str) -> None:
    """Measured: 0 to 0.5 % in the other form. The bounds are those of `telephony`, which the
    patterns were tuned on, but for Spanish, where `topical_chat` says less. Of all lines 1.5 to
    13.5 % address nobody, and formal Spanish is mostly `su`."""
    for wanted, most in (("formal", formal), ("informal", informal)):
        wrong, unsaid = shares(language, domain, wanted)
        assert wrong <= 0.5
        assert unsaid <= most
