"""A tuned model in a form that other tools load."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from bayling import parts, terminal
from bayling.errors import UserError, nearest
from bayling.model import load, tuned

FORMATS = ("hf", "peft")


def export(model: str, adapter: Path, form: str, folder: Path) -> None:
    """Write `hf` (the merged model in safetensors) or `peft` (the adapter) with its tokenizer.

    The folder appears only once it is whole. Raises `UserError` for an unknown form, for an adapter
    that cannot take it and for a folder that exists already.
    """
    if form not in FORMATS:
        raise UserError(f"There is no form '{form}' to export to.{nearest(form, FORMATS)}")
    if folder.exists():
        raise UserError(f"{folder} exists already; choose another folder with --out.")
    _check(adapter, form)
    work = folder.with_name(folder.name + ".partial")
    shutil.rmtree(work, ignore_errors=True)
    work.parent.mkdir(parents=True, exist_ok=True)
    if form == "peft":
        shutil.copytree(adapter, work)
        load.load_tokenizer(model).save_pretrained(work)
    else:
        network, tokenizer = tuned.answering(model, adapter)
        network.save_pretrained(work)
        tokenizer.save_pretrained(work)
    os.replace(work, folder)
    terminal.say(f"{folder}: {form}")


def _check(adapter: Path, form: str) -> None:
    """Raise `UserError` where the adapter cannot be had in this form."""
    written = parts.split(tuned.spec_of(adapter) or "peft")[0]
    if form == "peft" and not (adapter / "adapter_config.json").is_file():
        raise UserError(
            f"{adapter} is no PEFT adapter: it was written by the adapter '{written}'. "
            + ("Export the whole model: --to hf" if tuned.merges(adapter) else _STAYS)
        )
    if form != "peft" and not tuned.merges(adapter):
        raise UserError(
            f"{adapter}: what the adapter '{written}' adds depends on the conversation and cannot "
            f"become part of the weights, so there is no export to '{form}'. {_STAYS}"
        )


_STAYS = "The run itself can be used: bayling chat RUN, bayling translate RUN."
