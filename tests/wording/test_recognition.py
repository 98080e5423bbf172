"""What a request in plain words implies."""

from __future__ import annotations

from typing import Any

import pytest

from bayling import checks, languages, wording
from bayling.records import Check

WORDS = [
    {"word": "Datei", "old": "Akte", "term": "file", "item": "%s"},
    {"word": "don't", "old": "d’accord", "term": "können", "item": "%(name)s"},
    {"word": "硬盘", "old": "盘", "term": "disk", "item": "https://example.org/a?b=c"},
    {"word": "Benutzer-ID", "old": "ID-Nummer", "term": "user's", "item": "BayLing"},
]


def contain(phrase: str) -> Check:
    return Check("contain", {"phrase": phrase})


def avoid(phrase: str) -> Check:
    return Check("avoid", {"phrase": phrase})


def keep(item: str) -> Check:
    return Check("keep", {"items": [item]})


def wishes(values: dict[str, str]) -> dict[str, list[Check]]:
    """What the requests of each kind imply."""
    return {
        "use_for": [contain(values["word"])],
        "use": [contain(values["word"])],
        "use_instead": [contain(values["word"]), avoid(values["old"])],
        "avoid": [avoid(values["old"])],
        "keep": [keep(values["item"])],
        "lost": [keep(values["item"])],
        "wrong_item": [avoid(values["old"]), keep(values["item"])],
        "mistranslated": [avoid(values["old"])],
        "added": [avoid(values["old"])],
    }


KINDS = list(wishes(WORDS[0]))


def implied(kind: str, values: dict[str, str]) -> list[Check]:
    return wishes(values)[kind]


def requests(kind: str, values: dict[str, str], language: str) -> list[str]:
    """Every phrasing of a kind in a language, filled."""
    phrasings = [
        phrasing
        for held_out in (False, True)
        for phrasing in wording.phrasings(kind, language, held_out)
    ]
    for key, value in values.items():
        phrasings = [phrasing.replace(f"{{{key}}}", value) for phrasing in phrasings]
    return phrasings


@pytest.mark.parametrize("language", wording.languages_with_wording())
@pytest.mark.parametrize("values", WORDS, ids=lambda values: values["word"])
@pytest.mark.parametrize("kind", KINDS)
def test_every_phrasing_is_recognised(kind: str, values: dict[str, str], language: str) -> None:
    # 'Change 7 to 8' may be said of numbers and of words.
    alike = [implied(kind, values)]
    if kind == "wrong_item":
        alike += [implied("use_instead", {**values, "word": values["item"]})]
    for request in requests(kind, values, language):
        assert wording.recognise(request) in alike, request


@pytest.mark.parametrize("language", wording.languages_with_wording())
@pytest.mark.parametrize("kind", ["use_for", "use_instead"])
def test_phrases_of_several_words_are_recognised(kind: str, language: str) -> None:
    values = {"word": "harte Platte", "old": "feste Scheibe", "term": "hard disk"}
    for request in requests(kind, values, language):
        assert wording.recognise(request) == implied(kind, {**values, "item": ""}), request


@pytest.mark.parametrize(
    ("request_", "expected"),
    [
        # Case, politeness, punctuation and the kind of quotation marks do not matter.
        ("USE «Datei» FOR «file»!!!", [contain("Datei")]),
        ("Please, use 'Datei' for 'file', thanks.", [contain("Datei")]),
        ("verwende „Datei” für ‚file‘", [contain("Datei")]),
        ("Don’t use 'Akte'", [avoid("Akte")]),
        # Words of politeness that are themselves asked for are phrases all the same.
        ("use 'bitte' for 'please'", [contain("bitte")]),
        # The most specific phrasing wins.
        ("use the word Datei for file", [contain("Datei")]),
        ("use Datei instead of Akte", [contain("Datei"), avoid("Akte")]),
        # A verb is none of the words, a preposition is.
        ("Say Datei instead of Akte", [contain("Datei"), avoid("Akte")]),
        ("Bitte sag Datei statt Akte", [contain("Datei"), avoid("Akte")]),
        ("Nimm bitte Datei statt Akte", [contain("Datei"), avoid("Akte")]),
        ("mit Liebe statt lieblos", [contain("mit Liebe"), avoid("lieblos")]),
        ("Put instead of Place", [contain("Put"), avoid("Place")]),
        # In other words.
        ("use 'Datei' and 'Ordner'", [contain("Datei"), contain("Ordner")]),
        ("I'd really like 'Datei' here, not 'Akte'", [contain("Datei"), avoid("Akte")]),
        (
            "for 'file' use 'Datei', and for 'folder' use 'Ordner'",
            [contain("Datei"), contain("Ordner")],
        ),
        ("Könntest du 'Datei' statt 'Akte' verwenden?", [contain("Datei"), avoid("Akte")]),
        ("Statt 'Akte' bitte 'Datei'", [avoid("Akte"), contain("Datei")]),
        ("Instead of 'Akte', 'Datei' please", [avoid("Akte"), contain("Datei")]),
        ("Au lieu de « dossier », « fichier »", [avoid("dossier"), contain("fichier")]),
        ("En vez de «acta», por favor «archivo»", [avoid("acta"), contain("archivo")]),
        ("Вместо «дела» «файл», пожалуйста", [avoid("дела"), contain("файл")]),
        ("anstelle 'Akte' bitte 'Datei'", [avoid("Akte"), contain("Datei")]),
        ("In place of 'Akte', 'Datei' please", [avoid("Akte"), contain("Datei")]),
        ("piuttosto che 'cartella', 'file'", [avoid("cartella"), contain("file")]),
        # The opposite of a cue.
        ("Don't say 'Akte'.", [avoid("Akte")]),
        ("Don't write 'Akte'.", [avoid("Akte")]),
        ("Do not use the word 'Akte'", [avoid("Akte")]),
        ("Don't say 'Akte', say 'Datei'.", [avoid("Akte"), contain("Datei")]),
        ("'Akte' is wrong, it should be 'Datei'.", [avoid("Akte"), contain("Datei")]),
        ("'Akte' is wrong. Use 'Datei'.", [avoid("Akte"), contain("Datei")]),
        ("use 'Datei'; 'Akte' is wrong", [contain("Datei"), avoid("Akte")]),
        ("'Akte' isn't right here", [avoid("Akte")]),
        (
            "'Akte' and 'Ordner' are wrong, say 'Datei'",
            [avoid("Akte"), avoid("Ordner"), contain("Datei")],
        ),
        (
            "'Akte', 'Ordner' and 'Mappe' are wrong",
            [avoid("Akte"), avoid("Ordner"), avoid("Mappe")],
        ),
        # What it is about, and what goes on, says something else.
        ("In 'Die Akte öffnen' the word 'Akte' is wrong.", [avoid("Akte")]),
        ("The source says 'file', so 'Akte' is wrong", [avoid("Akte")]),
        ("Your translation for 'file' is wrong.", []),
        ("Attenzione: “Firefox” non va tradotto", [keep("Firefox")]),
        ("„Akte“ muss weg.", [avoid("Akte")]),
        ('dont use "Akte" here, its "Datei"', [avoid("Akte"), contain("Datei")]),
        ("Das Wort „Client“ darf nicht vorkommen.", [avoid("Client")]),
        (
            "„Passwort“ ist nicht unser Begriff, bei uns heißt das „Kennwort“.",
            [avoid("Passwort"), contain("Kennwort")],
        ),
        ("Bitte „einloggen“ durch „anmelden“ ersetzen.", [avoid("einloggen"), contain("anmelden")]),
        ("Quita la palabra «simplemente».", [avoid("simplemente")]),
        ("Évite « digital », préfère « numérique ».", [avoid("digital"), contain("numérique")]),
        (
            "Le terme « logiciel » est interdit ; utilisez « application ».",
            [avoid("logiciel"), contain("application")],
        ),
        (
            "No uses «ordenador», aquí decimos «computadora».",
            [avoid("ordenador"), contain("computadora")],
        ),
        (
            "«Librería» está mal; lo correcto es «biblioteca».",
            [avoid("Librería"), contain("biblioteca")],
        ),
        ("“登陆”写错了，应为“登录”。", [avoid("登陆"), contain("登录")]),
        ("请不要出现“点击”这个词。", [avoid("点击")]),
        ("'X' is not our term, we say 'Y'", [avoid("X"), contain("Y")]),
        ("Delete 'simply'.", [avoid("simply")]),
        ("Streich das Wort „einfach“.", [avoid("einfach")]),
        # It may stand in front.
        ("Неверно: «Akte», нужно «Datei»", [avoid("Akte"), contain("Datei")]),
        ("خطأ «ملف»، استخدم «وثيقة»", [avoid("ملف"), contain("وثيقة")]),
        ("„Akte“ ist falsch, es muss „Datei“ heißen.", [avoid("Akte"), contain("Datei")]),
        ("„Akte“ passt nicht, nimm „Datei“.", [avoid("Akte"), contain("Datei")]),
        ("« dossier » ne va pas, mets « fichier »", [avoid("dossier"), contain("fichier")]),
        ("'archivo' está mal, debe ser 'fichero'", [avoid("archivo"), contain("fichero")]),
        ("“archivio” non va, usa “file”", [avoid("archivio"), contain("file")]),
        ("'arquivo' está errado, use 'ficheiro'", [avoid("arquivo"), contain("ficheiro")]),
        ("«Akte» неверно, нужно «Datei»", [avoid("Akte"), contain("Datei")]),
        ("“档案”不对，应该用“文件”。", [avoid("档案"), contain("文件")]),
        ("「書類」は間違いです。", [avoid("書類")]),
        ("«ملف» خطأ، استخدم «وثيقة»", [avoid("ملف"), contain("وثيقة")]),
        ("Verwende hier nicht 'Akte', sondern 'Datei'", [avoid("Akte"), contain("Datei")]),
        ("translate 'file' with 'Datei', not with 'Akte'", [contain("Datei"), avoid("Akte")]),
        ("Can't you use 'Datei'?", [contain("Datei")]),
        ("'Akte' passt hier nicht, besser 'Datei'", [avoid("Akte"), contain("Datei")]),
        ("'Akte' sounds odd, 'Datei' is what we say", [avoid("Akte"), contain("Datei")]),
        # One rather than the other.
        ("I prefer 'Datei' to 'Akte'", [contain("Datei"), avoid("Akte")]),
        ("I'd rather use 'Datei' than 'Akte'", [contain("Datei"), avoid("Akte")]),
        ("I would prefer 'Datei' over 'Akte'", [contain("Datei"), avoid("Akte")]),
        ("lieber 'Datei' als 'Akte'", [contain("Datei"), avoid("Akte")]),
        ("'Datei' is better than 'Akte'", [contain("Datei"), avoid("Akte")]),
        ("'Datei' wäre besser als 'Akte'", [contain("Datei"), avoid("Akte")]),
        ("Je préfère «fichier» à «dossier»", [contain("fichier"), avoid("dossier")]),
        # Two pairs.
        (
            "use 'Konto' instead of 'Account' and 'gesperrt' instead of 'lockert'",
            [contain("Konto"), avoid("Account"), contain("gesperrt"), avoid("lockert")],
        ),
        (
            "use 'Konto' instead of 'Account' and 'Schließen' for 'closing'",
            [contain("Konto"), avoid("Account"), contain("Schließen")],
        ),
        # Chinese and Japanese put no space before a quotation mark.
        ("这里“档案”不对，应该是“文件”", [avoid("档案"), contain("文件")]),
        ("麻烦用“文件”，不要用“档案”", [contain("文件"), avoid("档案")]),
        ("「ファイル」を使って「書類」は使わないで", [contain("ファイル"), avoid("書類")]),
        ("我觉得“文件”更好", [contain("文件")]),
        ("“文件”是什么意思？", []),
        # What stands behind a phrase says what it is for.
        ("The part number 'XK-4420-B' must not be altered", [keep("XK-4420-B")]),
        ("„Vertrag“ muss vorkommen", [contain("Vertrag")]),
        ("La palabra «archivo» no debe aparecer", [avoid("archivo")]),
        ("'Akte' sounds dated. How about 'Datei'?", [avoid("Akte"), contain("Datei")]),
        ("I'd rather have 'Datei' than 'Akte' here", [contain("Datei"), avoid("Akte")]),
        ("'Akte' is far too formal. 'Datei', please.", [avoid("Akte"), contain("Datei")]),
        ("I think 'Akte' sounds good", []),
        ("'file' is 'Datei' in our software", [contain("Datei")]),
        ("For 'file' our glossary has 'Datei'", [contain("Datei")]),
        ("“电脑”改成“计算机”", [avoid("电脑"), contain("计算机")]),
        ("「あなた」じゃなくて「お客様」にしてください", [avoid("あなた"), contain("お客様")]),
        ("la référence REF_2291 doit rester telle quelle", [keep("REF_2291")]),
        ("Don't touch '{name}'", [keep("{name}")]),
        ("Delete '{name}'", [avoid("{name}")]),
        # A reason behind a request in known words, and a request behind a question.
        ("Use Datei for file, that is our word", [contain("Datei")]),
        ("use Datei, that is our word", []),
        ("Why did it change? 'XP' has to stay.", [keep("XP")]),
        # What stands in the other could not be left out.
        ("'was not saved' instead of 'not saved'", [contain("was not saved")]),
        # Several that are not wanted.
        (
            "use 'Datei' instead of 'Akte', 'Heft' and 'Mappe'",
            [contain("Datei"), avoid("Akte"), avoid("Heft"), avoid("Mappe")],
        ),
        ("Bitte kein 'Akte' und kein 'Datei'", [avoid("Akte"), avoid("Datei")]),
        ("ohne 'Akte', 'Datei'", [avoid("Akte"), avoid("Datei")]),
        ("In the second sentence, 'Akte' is wrong", [avoid("Akte")]),
        ("Don't use 'Akte' for 'file', it is odd", [avoid("Akte")]),
        ("Please, leave %s and %d alone", [keep("%s"), keep("%d")]),
        ("and do leave <b> and </b> where they are", [keep("<b>"), keep("</b>")]),
        ("Im letzten Satz soll '%s' unverändert sein", [keep("%s")]),
        # Complaints; an ordinary word may have another ending.
        ("It says 7, but it should be 8.", [avoid("7"), keep("8")]),
        ("'Rechner' is wrong, it has to be 'Computer'", [contain("Computer"), avoid("Rechner")]),
    ],
)
def test_requests_in_other_words(request_: str, expected: list[Check]) -> None:
    assert wording.recognise(request_) == expected


@pytest.mark.parametrize(
    "request_",
    [
        "",
        "no",
        "perfect, thanks",
        "Make it shorter.",
        "Use a more formal tone",
        "use something else for 'file'",
        "Verwende Sie statt du",
        "Keep it short",
        "keep the formatting",
        "replace it with something better",
        "Thanks for that",
        "Why did you use 'Datei' for 'file'?",
        "Was bedeutet 'Datei'?",
        "please keep the limit of 100 words",
        # About the language, the tense or a person, and no words of the answer.
        "German, not English",
        "Auf Deutsch, nicht auf Englisch",
        "Past tense, not present tense.",
        "use present tense instead of past tense",
        "digits instead of words",
        "The source says you, not we.",
        "You have confused me with someone else",
        "Hello {name}, use the file",
        "'Datei'",
        "Übersetze auf Deutsch:\nUse 'this' for 'that'.",
    ],
)
def test_what_asks_for_no_word_implies_nothing(request_: str) -> None:
    assert wording.recognise(request_) == []


@pytest.mark.parametrize("language", wording.languages_with_wording())
@pytest.mark.parametrize("kind", ["translate", "constrain"])
def test_a_first_request_is_no_wish(kind: str, language: str) -> None:
    values = {
        "source": "Open the file.",
        "source_language": "English",
        "target_language": "German",
        "words": "Datei",
    }
    for request in requests(kind, values, language):
        assert wording.recognise(request) == [], request


@pytest.mark.parametrize("language", wording.languages_with_wording())
@pytest.mark.parametrize("target", [*wording.languages_with_wording(), "pt-BR", "zh-Hant"])
def test_a_complaint_about_the_language_is_no_wish(target: str, language: str) -> None:
    """'I asked for German' wants no text that has the word 'German' in it."""
    values = {"target_language": languages.name(target, language)}
    for request in requests("wrong_language", values, language):
        assert wording.recognise(request) == [], request


def test_what_is_recognised_can_be_checked() -> None:
    found = wording.recognise("use 'Datei' instead of 'Akte'")
    assert checks.failures(found, "Die Datei wurde gelöscht.") == []
    assert [reason for _, reason in checks.failures(found, "Die Akte wurde gelöscht.")] == [
        "'Datei' is missing",
        "'Akte' is still there",
    ]


@pytest.mark.parametrize("text", ["use " + "word " * 2000 + "for x", "'" * 3000, "a@" * 3000])
def test_long_texts_are_answered(text: str) -> None:
    """A pasted page is no request, and takes no time to tell."""
    found: list[Any] = wording.recognise(text)
    assert found == []
