"""The wording files: one YAML file a language, with what its speakers write."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

from bayling import languages
from bayling.errors import UserError

_FOLDER = Path(__file__).parent


def available() -> list[str]:
    """The languages that have a file, sorted."""
    return sorted(path.stem for path in _FOLDER.glob("*.yaml"))


@cache
def load(language: str) -> dict[str, Any]:
    """A language's file; `de-AT` reads `de`. Raises `UserError` where there is none."""
    from ruamel.yaml import YAML

    name = languages.base(language)
    if name not in available():
        raise UserError(
            f"There is no wording of requests in '{language}'; "
            f"there is in: {', '.join(available())}."
        )
    content: dict[str, Any] = YAML(typ="safe", pure=True).load(_FOLDER / f"{name}.yaml")
    return content
