"""The dependency rules of the source tree, read off the files without importing them.

A rule is a function of the package's folder that returns its breaches, one sentence each.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from bayling import parts

PACKAGE = "bayling"
STAGES = {"corpus", "build", "train", "evaluate", "serve"}
# The only top-level modules that know the stages, inside their functions.
CONDUCTORS = {"cli", "pipeline"}
KIND_PACKAGES = frozenset(parts.KINDS.values())
DRAWERS = {"utils", "util", "helpers", "helper", "common", "manager", "managers"}
LONGEST = 59
HEAVY = {
    "accelerate",
    "babel",
    "gguf",
    "lxml",
    "matplotlib",
    "numpy",
    "peft",
    "polib",
    "py3langid",
    "pydantic",
    "rich",
    "ruamel",
    "sacrebleu",
    "safetensors",
    "thot",
    "torch",
    "transformers",
}
# The recipe's models are classes and cannot wait for a function.
HEAVY_ALLOWED = {"bayling.config": {"pydantic"}}
CONTRACTS: dict[str, tuple[str, ...]] = {
    "reader": ("read", "inputs"),
    "filter": ("judge",),
    "builder": ("build",),
    "check": ("holds",),
    "adapter": ("attach", "save", "restore"),
    "method": ("loss",),
    "backend": ("connect",),
    "task": ("suits", "flow"),
    "metric": ("score",),
}


@dataclass(frozen=True)
class Import:
    """`name` imported at a line; `when` is module, function or types (under TYPE_CHECKING)."""

    name: str
    line: int
    when: str


@dataclass(frozen=True)
class Module:
    """A source file: its dotted name, its syntax tree and every import in it."""

    name: str
    path: Path
    tree: ast.Module
    imports: tuple[Import, ...]

    @property
    def area(self) -> str:
        """The package below `bayling` that it is in, '' for a top-level module."""
        steps = self.name.split(".")
        return steps[1] if len(steps) > 2 or self.is_package and len(steps) == 2 else ""

    @property
    def is_package(self) -> bool:
        return self.path.name == "__init__.py"

    def __str__(self) -> str:
        return self.name


@cache
def modules(root: Path) -> tuple[Module, ...]:
    """Every source file of the package in `root`, in order of name."""
    return tuple(_module(root, path) for path in sorted(root.rglob("*.py")))


def heavy_imports(root: Path) -> list[str]:
    """Top-level modules and every `__init__` import no heavy library as they are imported."""
    return [
        f"{module}:{each.line} imports {each.name} at module level"
        for module in modules(root)
        if not module.area or module.is_package
        for each in module.imports
        if each.when == "module"
        and each.name.split(".")[0] in HEAVY - HEAVY_ALLOWED.get(module.name, set())
    ]


def stage_imports(root: Path) -> list[str]:
    """Stages know no other stage, services and top-level modules know none at all."""
    found = []
    for module in modules(root):
        for each in module.imports:
            stage = _area_of(each.name)
            if stage not in STAGES or stage == module.area:
                continue
            if not module.area and module.name.split(".")[-1] in CONDUCTORS:
                if each.when == "module":
                    found.append(f"{module}:{each.line} imports the stage {stage} at module level")
            elif module.area in STAGES:
                found.append(f"{module}:{each.line}: the stage {module.area} imports {each.name}")
            else:
                kind = "service" if module.area else "top-level module"
                found.append(f"{module}:{each.line}: a {kind} imports {each.name}")
    return found


def part_imports(root: Path) -> list[str]:
    """Whatever lies in a kind's folder imports no part, of its own kind or another."""
    return [
        f"{module}:{each.line} imports the part {each.name}"
        for module in modules(root)
        if _kind_package(module.name)
        for each in module.imports
        if _is_part(each.name) and each.name != module.name
    ]


def drawers(root: Path) -> list[str]:
    """No file or folder is a drawer for what has no place."""
    return [
        f"{module} is called '{step}'; name it after what it holds"
        for module in modules(root)
        for step in module.name.split(".")
        if step.strip("_") in DRAWERS
    ]


def contracts(root: Path) -> list[str]:
    """Every part has a docstring, a frozen `Options` and the functions of its kind."""
    found = []
    for module in modules(root):
        if not _is_part(module.name):
            continue
        kind = next(k for k, v in parts.KINDS.items() if v == _kind_package(module.name))
        functions = {node.name for node in module.tree.body if isinstance(node, ast.FunctionDef)}
        found += [
            f"{module} has no function '{name}', which every {kind} has"
            for name in CONTRACTS[kind]
            if name not in functions
        ]
        if not any(_is_options(node) for node in module.tree.body):
            found.append(f"{module} has no frozen dataclass 'Options'")
        first_line = (ast.get_docstring(module.tree) or "").partition("\n")[0]
        if len(first_line.split()) < 3:
            found.append(f"{module} has no docstring whose first line explains it")
    return found


def undescribed(root: Path) -> list[str]:
    """A kind's `__init__` declares the functions of its contract and `Options`."""
    found = []
    for module in modules(root):
        for kind, package in parts.KINDS.items():
            if module.name != package:
                continue
            text = ast.get_docstring(module.tree) or ""
            wanted = ["class Options", *(f"def {name}(" for name in CONTRACTS[kind])]
            found += [f"{module} does not describe '{each}'" for each in wanted if each not in text]
    return found


def long_functions(root: Path) -> list[str]:
    """No function is longer than `LONGEST` lines, docstring and inner functions included."""
    return [
        f"{module}:{node.lineno} {node.name} has {length} lines"
        for module in modules(root)
        for node in ast.walk(module.tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (length := (node.end_lineno or node.lineno) - node.lineno + 1) > LONGEST
    ]


def _module(root: Path, path: Path) -> Module:
    steps = [PACKAGE, *path.relative_to(root).with_suffix("").parts]
    is_package = steps[-1] == "__init__"
    name = ".".join(steps[:-1] if is_package else steps)
    parent = name if is_package else name.rpartition(".")[0]
    tree = ast.parse(path.read_text(encoding="utf-8"), str(path))
    return Module(name, path, tree, tuple(_imports(tree, parent, root, "module")))


def _imports(node: ast.AST, parent: str, root: Path, when: str) -> Iterator[Import]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Import):
            yield from (Import(alias.name, child.lineno, when) for alias in child.names)
        elif isinstance(child, ast.ImportFrom):
            yield from (Import(name, child.lineno, when) for name in _from(child, parent, root))
        elif isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            yield from _imports(child, parent, root, "function")
        elif isinstance(child, ast.If) and "TYPE_CHECKING" in ast.unparse(child.test):
            for statement in child.body:
                yield from _imports(ast.Module([statement], []), parent, root, "types")
            for statement in child.orelse:
                yield from _imports(ast.Module([statement], []), parent, root, when)
        else:
            yield from _imports(child, parent, root, when)


def _from(node: ast.ImportFrom, parent: str, root: Path) -> Iterator[str]:
    """`from a import b` imports the module a.b where there is one, and a otherwise."""
    base = node.module or ""
    if node.level:
        anchor = parent.split(".")[: len(parent.split(".")) - node.level + 1]
        base = ".".join([*anchor, base] if base else anchor)
    for alias in node.names:
        full = f"{base}.{alias.name}"
        path = root.joinpath(*full.split(".")[1:])
        inside = full.startswith(f"{PACKAGE}.") and (
            path.is_dir() or path.with_suffix(".py").exists()
        )
        yield full if inside else base


def _area_of(name: str) -> str:
    steps = name.split(".")
    return steps[1] if steps[0] == PACKAGE and len(steps) > 1 else ""


def _kind_package(name: str) -> str:
    """The kind's package that a module lies in or is, '' where it is in none."""
    return next((each for each in (name, name.rpartition(".")[0]) if each in KIND_PACKAGES), "")


def _is_part(name: str) -> bool:
    package, _, last = name.rpartition(".")
    return package in KIND_PACKAGES and not last.startswith("_") and name not in KIND_PACKAGES


def _is_options(node: ast.stmt) -> bool:
    return (
        isinstance(node, ast.ClassDef)
        and node.name == "Options"
        and any("dataclass(" in text and "frozen=True" in text for text in _decorators(node))
    )


def _decorators(node: ast.ClassDef) -> list[str]:
    return [ast.unparse(decorator) for decorator in node.decorator_list]
