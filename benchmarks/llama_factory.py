"""LLaMA-Factory on the dialogues of `train.py`, in an environment of its own.

Its pins (transformers, trl, datasets) exclude ours, so it cannot be a side within our environment:

    python -m venv peer && peer/bin/pip install llamafactory==0.9.5 torch==2.13.0
    peer/bin/pip uninstall -y torchvision torchaudio  # without a GPU: their builds need CUDA
    python benchmarks/train.py DIALOGUES --llama-factory peer/bin/python

which calls this file as `llama_factory.py WORK MODEL_FOLDER --count 160`. `WORK/encoded.json`,
which `train.py` writes, becomes the saved dataset that LLaMA-Factory's `tokenized_path` reads, so
tokens and labels are the ones of every other side; its templates take no part. What is not set
here stays at LLaMA-Factory's default: gradient checkpointing on (reentrant), SDPA attention,
padding to a multiple of eight, AdamW, gradients clipped at 1. The result is written to
`WORK/llama-factory.json` (or `…-fp32.json`) in the form of the other sides.
"""

from __future__ import annotations

import argparse
import importlib
import json
import resource
import sys
import time
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple

from train import RATE, WARMUP, figures, measure

IGNORED = -100


class Dialogue(NamedTuple):
    """Token ids and, for each, whether it is learned (1) or only read (0)."""

    ids: list[int]
    weights: list[float]


def read(path: Path) -> list[Dialogue]:
    return [Dialogue(*row) for row in json.loads(path.read_text(encoding="utf-8"))]


def save_tokenized(dialogues: list[Dialogue], folder: Path) -> int:
    """A dataset as LLaMA-Factory saves its own; returns how many tokens are learned.

    The first token of a dialogue has nothing before it to be predicted from and never counts.
    """
    from datasets import Dataset, DatasetDict

    rows = [
        {
            "input_ids": each.ids,
            "attention_mask": [1] * len(each.ids),
            "labels": [
                token if weight else IGNORED
                for token, weight in zip(each.ids, each.weights, strict=True)
            ],
        }
        for each in dialogues
    ]
    DatasetDict({"train": Dataset.from_list(rows)}).save_to_disk(str(folder))
    return sum(label != IGNORED for row in rows for label in row["labels"][1:])


def settings(model: Path, work: Path, arguments: argparse.Namespace) -> dict[str, Any]:
    """The keys of a LLaMA-Factory YAML file."""
    return {
        "model_name_or_path": str(model),
        "stage": "sft",
        "do_train": True,
        "finetuning_type": "lora",
        "lora_target": "all",
        "lora_rank": 16,
        "lora_alpha": 32,
        "lora_dropout": 0.0,
        # Must be named, but is not read: `tokenized_path` is there. Nor is the template.
        "dataset": "tokenized",
        "template": "empty",
        "tokenized_path": str(work / "tokenized"),
        "output_dir": str(work / "llamafactory"),
        "per_device_train_batch_size": arguments.batch,
        "gradient_accumulation_steps": arguments.accumulate,
        "num_train_epochs": 1.0,
        "learning_rate": RATE,
        "lr_scheduler_type": "cosine",
        # A share of the steps, as TRL is given it; `warmup_ratio` is the older name.
        "warmup_steps": WARMUP,
        "bf16": arguments.bf16,
        "fp16": False,
        "use_cpu": True,
        "logging_steps": 1,
        "save_strategy": "no",
        "report_to": "none",
        "seed": 1,
        "overwrite_output_dir": True,
    }


def stand_in_for_torchaudio() -> None:
    """Lets LLaMA-Factory be imported where torchaudio cannot be.

    It imports torchaudio for sound input only, and the package index has no build of torchaudio
    that loads beside a torch without CUDA.
    """
    from transformers.utils import is_torchaudio_available, is_torchvision_available

    # Both answers are kept by transformers from here on: neither is to be used.
    for package, available in (
        ("torchaudio", is_torchaudio_available),
        ("torchvision", is_torchvision_available),
    ):
        if available():
            try:
                importlib.import_module(package)
            except (ImportError, OSError, RuntimeError):
                raise SystemExit(
                    f"{package} is installed but does not load beside this torch; "
                    f"run: {sys.executable} -m pip uninstall {package}"
                ) from None
    if not is_torchaudio_available():
        sys.modules["torchaudio"] = ModuleType("torchaudio")


def fit(config: dict[str, Any]) -> tuple[Any, list[float], float, float]:
    """The tuned model, the losses, the seconds and the peak memory in GB of `trainer.train()`."""
    import torch
    from llamafactory.train.sft import workflow
    from llamafactory.train.tuner import run_exp

    measured: list[tuple[Any, list[float], float, float]] = []

    class Timed(workflow.CustomSeq2SeqTrainer):
        def train(self, *arguments: Any, **named: Any) -> Any:
            started = time.monotonic()
            result = super().train(*arguments, **named)
            seconds = time.monotonic() - started
            memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e9
            losses = [float(row["loss"]) for row in self.state.log_history if "loss" in row]
            measured.append((self.model, losses, seconds, memory))
            return result

    workflow.CustomSeq2SeqTrainer = Timed
    run_exp(config)
    model = measured[0][0]
    kinds = {parameter.dtype for parameter in model.parameters()}
    if not config["bf16"] and kinds != {torch.float32}:
        raise SystemExit(f"LLaMA-Factory did not train in 32-bit floats but in {kinds}.")
    return measured[0]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("work", type=Path, help="folder with encoded.json")
    parser.add_argument("model", type=Path, help="folder with the model and its tokenizer")
    parser.add_argument("--count", type=int, default=160, help="dialogues to learn")
    parser.add_argument("--batch", type=int, default=1, help="dialogues in a forward pass")
    parser.add_argument("--bf16", action="store_true", help="as its examples do")
    parser.add_argument("--accumulate", type=int, default=8, help="forward passes in a step")
    arguments = parser.parse_args()
    stand_in_for_torchaudio()
    dialogues = read(arguments.work / "encoded.json")
    learned = save_tokenized(dialogues[: arguments.count], arguments.work / "tokenized")
    model, losses, seconds, memory = fit(settings(arguments.model, arguments.work, arguments))
    share = learned / len(losses)
    curve = [(share * (step + 1), loss) for step, loss in enumerate(losses)]
    held_out = measure(model, dialogues[arguments.count :])
    result = json.dumps(figures(learned, seconds, memory, curve, held_out))
    name = "llama-factory" if arguments.bf16 else "llama-factory-fp32"
    (arguments.work / f"{name}.json").write_text(result, encoding="utf-8")
    print(result)


if __name__ == "__main__":
    main()
