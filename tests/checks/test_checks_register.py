"""Whether a translation addresses its reader as asked, with the reason where it does not."""

from __future__ import annotations

import pytest

from bayling import checks
from bayling.errors import UserError
from bayling.records import Check

BOTH = "addresses the reader both formally and informally"


def reason(text: str, language: str, register: str) -> str:
    """'' where the check holds."""
    wish = Check("register", {"language": language, "register": register})
    outcome = checks.holds(wish, text)
    assert outcome.ok == (outcome.reason == "")
    return outcome.reason


@pytest.mark.parametrize(
    ("text", "language", "formal", "informal"),
    [
        ("Klicken Sie hier.", "de", "", "addresses the reader formally instead of informally"),
        ("Klicke hier.", "de-AT", "addresses the reader informally instead of formally", ""),
        ("Tu as raison.", "fr", "addresses the reader informally instead of formally", ""),
        ("Hast du Zeit? Kommen Sie?", "de", BOTH, BOTH),
        # Nobody is addressed, or the language has one form alone.
        ("Die Datei ist leer.", "de", "", ""),
        ("", "ru", "", ""),
        ("Do you know?", "en", "", ""),
    ],
)
def test_register(text: str, language: str, formal: str, informal: str) -> None:
    assert reason(text, language, "formal") == formal
    assert reason(text, language, "informal") == informal


def test_an_unknown_register_is_refused() -> None:
    with pytest.raises(UserError, match=r"'register', option 'register': .*'formal' or 'informal'"):
        reason("text", "de", "polite")
