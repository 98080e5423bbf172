"""A model and what was tuned of it: added, saved, put back.

The folder of an adapter holds `adapter.json`: the part that wrote it, the options it had, and what
kind of network it belongs to. A folder without it is a PEFT adapter, of an older run or of other
people.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

from bayling import manifest, parts
from bayling.errors import InputError
from bayling.model import adapters, load

if TYPE_CHECKING:
    from transformers import PreTrainedModel, PreTrainedTokenizerBase

_NOTE = "adapter.json"
# As a recipe writes a part: `name` or `{name: {option: value}}`.
Spec = str | Mapping[str, Any]
Loaded = tuple["PreTrainedModel", "PreTrainedTokenizerBase"]


def check(spec: Spec) -> None:
    """Raise `UserError` or `MissingError` if this machine cannot do what the adapter needs."""
    _loading(*_part(spec))


def attach(name: str, spec: Spec, precision: load.Precision | None = None) -> PreTrainedModel:
    """The model `name` with a new adapter to be tuned, its frozen weights held in `precision`
    (`load.load_network`), in fp32 where weights of its own are tuned.

    Raises what `load.load_network` raises, and `UserError` where the adapter does not fit.
    """
    part, options = _part(spec)
    bare = _bare(name, part, options, precision, tune=True)
    attached: PreTrainedModel = part.attach(bare, options)
    return attached


def resume(name: str, folder: Path, precision: load.Precision | None = None) -> PreTrainedModel:
    """The model with the adapter of a folder on it, to be tuned on. As `attach`."""
    import torch

    found = _restore(name, folder, precision, tune=True)
    if all(each.dtype == torch.float32 for each in found.parameters() if each.requires_grad):
        return found
    del found
    # Of other people's making: PEFT tunes biases and whole layers in what the network is held in.
    return _restore(name, folder, "fp32", tune=True)


def answering(name: str, folder: Path | None) -> Loaded:
    """The model with the adapter of a folder, if any, to answer at full speed; its tokenizer."""
    if folder is None:
        return load.load(name)
    return _restore(name, folder, None, tune=False), load.load_tokenizer(name)


def save(model: PreTrainedModel, spec: Spec | None, folder: Path) -> None:
    """Write what was tuned of a model by an adapter, `spec_of` the folder it came from or the
    recipe's."""
    folder.mkdir(parents=True, exist_ok=True)
    if spec is None:
        adapters.save_by_peft(model, folder)
        return
    part, options = _part(spec)
    part.save(model, folder)
    # All of the options, so that other defaults one day change nothing.
    note = {
        "adapter": parts.split(spec)[0],
        "options": dataclasses.asdict(options),
        "network": _shape(network(model)),
    }
    manifest.write_json(folder / _NOTE, note)


def spec_of(folder: Path) -> Spec | None:
    """The part that wrote an adapter's folder, as recipes write it; None for a PEFT adapter.

    Raises `InputError` for a folder that holds no adapter.
    """
    if not (folder / _NOTE).is_file():
        if not (folder / "adapter_config.json").is_file():
            raise InputError(
                folder, f"is no adapter: it has neither {_NOTE} nor PEFT's adapter_config.json"
            )
        return None
    note = _note(folder)
    return {note["adapter"]: note["options"]}


def files(folder: Path) -> list[str]:
    """What makes up an adapter's folder, by names relative to it, sorted; PEFT's card apart."""
    found = (path for path in folder.rglob("*") if path.is_file() and path.suffix != ".md")
    return sorted(path.relative_to(folder).as_posix() for path in found)


def merges(folder: Path) -> bool:
    """Whether an adapter's folder can become part of the weights."""
    spec = spec_of(folder)
    return spec is None or getattr(_part(spec)[0], "MERGES", True)


def needs_segments(spec: Spec | None) -> bool:
    """Whether an adapter has to be told where in a conversation each token stands."""
    return spec is not None and getattr(_part(spec)[0], "NEEDS_SEGMENTS", False)


def network(model: PreTrainedModel) -> PreTrainedModel:
    """The network inside a PEFT model, whose layers are changed in place; any other as it is."""
    inner: PreTrainedModel = getattr(model, "get_base_model", lambda: model)()
    return inner


def _part(spec: Spec) -> tuple[ModuleType, Any]:
    name, values = parts.split(spec)
    return parts.load("adapter", name), parts.options("adapter", name, values)


def _loading(part: ModuleType, options: Any) -> dict[str, Any]:
    found: dict[str, Any] = part.loading(options) if hasattr(part, "loading") else {}
    return found


def _bare(
    name: str, part: ModuleType, options: Any, precision: load.Precision | None, tune: bool
) -> PreTrainedModel:
    """The network as an adapter wants it."""
    if tune and not getattr(part, "FREEZES", True):
        precision = "fp32"
    return load.load_network(name, precision, **_loading(part, options))


def _restore(
    name: str, folder: Path, precision: load.Precision | None, tune: bool
) -> PreTrainedModel:
    spec = spec_of(folder)
    if spec is None:
        return adapters.restore_by_peft(load.load_network(name, precision), folder, tune)
    part, options = _part(spec)
    bare = _bare(name, part, options, precision, tune)
    made_for, found = _note(folder)["network"], _shape(bare)
    if made_for != found:
        raise adapters.misfit(bare, folder, f"it belongs to {made_for}, and this is {found}")
    restored: PreTrainedModel = part.restore(bare, folder, options, tune)
    return restored


def _note(folder: Path) -> dict[str, Any]:
    note = manifest.read_json(folder / _NOTE)
    if not isinstance(note, dict) or {"adapter", "options", "network"} - note.keys():
        raise InputError(folder / _NOTE, "does not say which adapter, options and network")
    return note


def _shape(bare: PreTrainedModel) -> str:
    """What tells networks apart that have layers of the same names."""
    config = bare.config.get_text_config()
    layers, width = config.num_hidden_layers, config.hidden_size
    return f"{config.model_type}, {layers} layers, width {width}, {config.vocab_size} tokens"
