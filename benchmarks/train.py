"""This loop beside TRL's SFTTrainer: learned tokens per second, peak memory and the loss curves.

    pip install -c constraints.txt -e '.[bench]'
    python benchmarks/train.py runs/quickstart/build/train.jsonl --model builtin:gemma3-270m

Same model, same dialogues (encoded once, by our template), same learned tokens, same LoRA, same
learning rate and schedule, one pass, weights of 1 everywhere. TRL runs as its documentation has
it, eight dialogues a batch; we run as our recipes have it, `--tokens` a batch. Each side is a
process of its own, so that its peak memory is its own, and they take turns, `--rounds` times;
the medians' ratio is printed.
"""

from __future__ import annotations

import argparse
import json
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

RATE = 5e-4
WARMUP = 0.05


def ours(work: Path, arguments: argparse.Namespace) -> dict[str, Any]:
    """Our loop on the encoded dialogues."""
    import csv

    import torch

    from bayling import parts
    from bayling.config import Train
    from bayling.model import load
    from bayling.train import loop

    torch.manual_seed(1)
    network, tokenizer = load.load(arguments.model)
    lora = parts.options("adapter", "lora", {"rank": 16, "alpha": 32})
    tuned = parts.load("adapter", "lora").attach(network, lora)
    method = parts.load("method", "sft")
    objective = loop.Objective(tuned, method, parts.options("method", "sft"))
    settings = Train(
        learning_rate=RATE,
        batch_tokens=arguments.tokens,
        warmup=WARMUP,
        checkpoint_every=10_000,
    )
    (work / "ours").mkdir()
    started = time.monotonic()
    loop.fit(objective, encoded(work), [], tokenizer.pad_token_id, settings, 1, work / "ours")
    with open(work / "ours" / "log.csv", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    curve, seen = [], 0
    for row in rows:
        seen += int(row["learned_tokens"])
        curve.append((seen, float(row["loss"])))
    return figures(seen, time.monotonic() - started, curve)


def trl(work: Path, arguments: argparse.Namespace) -> dict[str, Any]:
    """TRL's trainer on the same tokens and labels."""
    from datasets import Dataset
    from peft import LoraConfig
    from transformers import TrainerCallback
    from trl import SFTConfig, SFTTrainer

    from bayling.model import load

    network, tokenizer = load.load(arguments.model)
    rows = [
        {
            "input_ids": list(each.ids),
            "labels": [
                token if weight else -100
                for token, weight in zip(each.ids, each.weights, strict=True)
            ],
        }
        for each in encoded(work)
    ]
    learned = [sum(label != -100 for label in row["labels"]) for row in rows]
    losses: list[float] = []

    class Collect(TrainerCallback):  # type: ignore[misc]
        def on_log(self, args: Any, state: Any, control: Any, logs: Any = None, **_: Any) -> None:
            if logs and "loss" in logs:
                losses.append(float(logs["loss"]))

    trainer = SFTTrainer(
        model=network,
        processing_class=tokenizer,
        train_dataset=Dataset.from_list(rows),
        peft_config=LoraConfig(
            r=16, lora_alpha=32, target_modules="all-linear", task_type="CAUSAL_LM"
        ),
        args=SFTConfig(
            output_dir=str(work / "trl"),
            per_device_train_batch_size=8,
            num_train_epochs=1,
            learning_rate=RATE,
            lr_scheduler_type="cosine",
            warmup_steps=WARMUP,
            logging_steps=1,
            save_strategy="no",
            report_to="none",
            max_length=None,
            bf16=False,
            use_cpu=True,
            seed=1,
        ),
        callbacks=[Collect()],
    )
    started = time.monotonic()
    trainer.train()
    seconds = time.monotonic() - started
    share = sum(learned) / max(1, len(losses))
    return figures(sum(learned), seconds, [(share * (i + 1), x) for i, x in enumerate(losses)])


def figures(learned: int, seconds: float, curve: list[tuple[float, float]]) -> dict[str, Any]:
    from bayling.train.loop import peak_memory

    return {
        "learned_tokens": learned,
        "seconds": seconds,
        "tokens_per_second": learned / seconds,
        "peak_memory_gb": peak_memory(),
        "curve": curve,
    }


def encoded(work: Path) -> list[Any]:
    from bayling.model.template import Encoded

    rows = json.loads((work / "encoded.json").read_text(encoding="utf-8"))
    return [Encoded(tuple(ids), tuple(weights)) for ids, weights in rows]


def encode(arguments: argparse.Namespace, work: Path) -> None:
    """Every dialogue as tokens with weights of 0 and 1."""
    from itertools import islice

    from bayling import jsonl
    from bayling.model import load, template
    from bayling.records import Dialogue

    tokenizer = load.load_tokenizer(arguments.model)
    rows = [
        template.encode(tokenizer, Dialogue.from_json(row).messages, lambda *_: 1.0)
        for row in islice(jsonl.read(arguments.dialogues), arguments.count)
    ]
    content = [[each.ids, each.weights] for each in rows]
    (work / "encoded.json").write_text(json.dumps(content), encoding="utf-8")


def draw(results: dict[str, list[dict[str, Any]]], path: Path) -> None:
    """Both loss curves over the tokens learned so far, smoothed over five steps."""
    import matplotlib as mpl

    mpl.use("svg")
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(figsize=(7, 4))
    for name, runs in results.items():
        points = runs[0]["curve"]
        smooth = [
            statistics.fmean(loss for _, loss in points[max(0, i - 4) : i + 1])
            for i in range(len(points))
        ]
        axes.plot([place for place, _ in points], smooth, label=name)
    axes.set(xlabel="learned tokens", ylabel="loss per learned token", ylim=(0, None))
    axes.legend()
    figure.savefig(path, bbox_inches="tight")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("dialogues", type=Path)
    parser.add_argument("--model", default="builtin:gemma3-270m")
    parser.add_argument("--count", type=int, default=200, help="dialogues of the file")
    parser.add_argument("--tokens", type=int, default=1024, help="of a batch of ours")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--picture", type=Path, default=Path("benchmarks/train.svg"))
    parser.add_argument("--side", choices=("ours", "trl"), help=argparse.SUPPRESS)
    parser.add_argument("--work", type=Path, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.side:
        result = {"ours": ours, "trl": trl}[arguments.side](arguments.work, arguments)
        (arguments.work / f"{arguments.side}.json").write_text(json.dumps(result))
        return
    results: dict[str, list[dict[str, Any]]] = {"ours": [], "trl": []}
    with tempfile.TemporaryDirectory() as folder:
        encode(arguments, Path(folder))
        for _ in range(arguments.rounds):
            for side, runs in results.items():
                command = [sys.executable, *sys.argv, "--side", side, "--work", folder]
                subprocess.run(command, check=True)
                runs.append(json.loads((Path(folder) / f"{side}.json").read_text()))
                # A second round must not go on from the checkpoint of the first.
                shutil.rmtree(Path(folder) / side, ignore_errors=True)
                show(side, runs[-1])
    draw(results, arguments.picture)
    speed, memory = (
        statistics.median(run[key] for run in results["ours"])
        / statistics.median(run[key] for run in results["trl"])
        for key in ("tokens_per_second", "peak_memory_gb")
    )
    print(
        f"ours / TRL: {speed:.2f} times the learned tokens per second, {memory:.2f} of the memory"
    )


def show(side: str, run: dict[str, Any]) -> None:
    print(
        f"{side:5} {run['learned_tokens']} learned tokens, "
        f"{run['tokens_per_second']:.1f} a second, {run['peak_memory_gb']:.2f} GB, "
        f"last loss {statistics.fmean(loss for _, loss in run['curve'][-5:]):.3f}"
    )


if __name__ == "__main__":
    main()
