"""A tuned model in a form that other tools load."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from bayling import terminal
from bayling.errors import UserError, nearest
from bayling.model import load

FORMATS = ("hf", "peft")


def export(model: str, adapter: Path, form: str, folder: Path) -> None:
    """Write `hf` (the merged model in safetensors) or `peft` (the adapter) with its tokenizer.

    The folder appears only once it is whole. Raises `UserError` for an unknown form and for a
    folder that exists already.
    """
    if form not in FORMATS:
        raise UserError(f"There is no form '{form}' to export to.{nearest(form, FORMATS)}")
    if folder.exists():
        raise UserError(f"{folder} exists already; choose another folder with --out.")
    work = folder.with_name(folder.name + ".partial")
    shutil.rmtree(work, ignore_errors=True)
    work.parent.mkdir(parents=True, exist_ok=True)
    if form == "peft":
        shutil.copytree(adapter, work)
        load.load_tokenizer(model).save_pretrained(work)
    else:
        network, tokenizer = load.load(model)
        load.merge(network, adapter).save_pretrained(work)
        tokenizer.save_pretrained(work)
    os.replace(work, folder)
    terminal.say(f"{folder}: {form}")
