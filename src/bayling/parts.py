"""A folder is the table: the parts of a kind are the files of its folder.

A part's name is its file's name and nothing is registered anywhere. Every part has a frozen
dataclass `Options` and the functions its kind's `__init__.py` describes. A name with a dot loads
somebody's own module: `mypackage.myfilter`.
"""

from __future__ import annotations

import dataclasses
import importlib
import importlib.util
import pkgutil
from collections.abc import Mapping
from functools import cache
from types import ModuleType
from typing import TYPE_CHECKING, Any

from bayling.errors import MissingError, UserError, nearest

if TYPE_CHECKING:
    from pydantic import TypeAdapter

KINDS: dict[str, str] = {
    "reader": "bayling.corpus.readers",
    "filter": "bayling.corpus.filters",
    "builder": "bayling.build.builders",
    "check": "bayling.checks",
    "adapter": "bayling.model.adapters",
    "method": "bayling.train.methods",
    "backend": "bayling.backends",
    "task": "bayling.evaluate.tasks",
    "metric": "bayling.evaluate.metrics",
}


def names(kind: str) -> list[str]:
    """The names of a kind's parts, read off its folder without importing them."""
    spec = importlib.util.find_spec(package(kind))
    assert spec is not None
    assert spec.submodule_search_locations is not None
    found = pkgutil.iter_modules(spec.submodule_search_locations)
    return sorted(module.name for module in found if not module.name.startswith("_"))


def package(kind: str) -> str:
    """The package that holds a kind's parts. Raises `UserError` for an unknown kind."""
    if kind not in KINDS:
        raise UserError(f"There is no kind of part called '{kind}'.{nearest(kind, KINDS)}")
    return KINDS[kind]


@cache
def load(kind: str, name: str) -> ModuleType:
    """The module of a part. Raises `UserError` naming the nearest part for a misspelt one."""
    where = package(kind)
    if "." not in name and name not in names(kind):
        raise UserError(f"There is no {kind} called '{name}'.{nearest(name, names(kind))}")
    path = name if "." in name else f"{where}.{name}"
    try:
        return importlib.import_module(path)
    except ModuleNotFoundError as error:
        if error.name and not f"{path}.".startswith(f"{error.name}."):
            raise MissingError(
                f"The {kind} '{name}' needs the package '{error.name}', which is not installed. "
                f"Install it with: pip install {error.name}"
            ) from error
        raise UserError(
            f"The {kind} '{name}' names a module that Python does not find; "
            "is its folder on PYTHONPATH?"
        ) from error


def options(kind: str, name: str, values: Mapping[str, Any] | None = None) -> Any:
    """The part's `Options` filled from `values`, with unknown names and wrong values refused."""
    from pydantic import ValidationError

    known, adapter = _adapter(kind, name)
    values = dict(values or {})
    for key in values:
        if key not in known:
            hint = nearest(key, known) if known else " It has no options."
            raise UserError(f"The {kind} '{name}' has no option '{key}'.{hint}")
    try:
        return adapter.validate_python(values)
    except ValidationError as error:
        first = error.errors()[0]
        option = ".".join(str(part) for part in first["loc"]) or "options"
        raise UserError(
            f"The {kind} '{name}', option '{option}': {first['msg']}"
            + (f" (got {first['input']!r})." if first["type"] != "missing" else ".")
        ) from error


@cache
def _adapter(kind: str, name: str) -> tuple[list[str], TypeAdapter[Any]]:
    """The names of a part's options, and what validates them; making it takes a while."""
    from pydantic import TypeAdapter

    options_type = getattr(load(kind, name), "Options", None)
    if not (isinstance(options_type, type) and dataclasses.is_dataclass(options_type)):
        raise UserError(
            f"The {kind} '{name}' has no dataclass 'Options', which every part has, even if empty."
        )
    fields = [field.name for field in dataclasses.fields(options_type)]
    return fields, TypeAdapter(options_type)


def split(spec: str | Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
    """A part as recipes write it, `name` or `{name: {option: value}}`, as (name, values)."""
    if isinstance(spec, str):
        return spec, {}
    if len(spec) != 1:
        raise UserError(
            f"A part is written 'name' or 'name: {{option: value}}'; found {dict(spec)!r}."
        )
    ((name, values),) = spec.items()
    if not isinstance(values or {}, Mapping):
        raise UserError(f"'{name}: {values}': options are written '{name}: {{option: value}}'.")
    return name, dict(values or {})


def explain(kind: str, name: str) -> str:
    """A part in words: what it does, and its options with their types and defaults."""
    import inspect

    module = load(kind, name)
    options_type = module.Options
    lines = [inspect.cleandoc(module.__doc__ or ""), "", "Options"]
    if options_type.__doc__ and dataclasses.fields(options_type):
        lines += ["    " + line for line in inspect.cleandoc(options_type.__doc__).splitlines()]
    for field in dataclasses.fields(options_type):
        default = "" if field.default is dataclasses.MISSING else f" = {field.default!r}"
        lines.append(f"    {field.name}: {field.type}{default}")
    if not dataclasses.fields(options_type):
        lines.append("    none")
    return "\n".join(lines)
