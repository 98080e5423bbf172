"""This loop beside TRL's SFTTrainer and LLaMA-Factory: learned tokens per second, peak memory and
what was learned.

    pip install -c constraints.txt -e '.[bench]'
    python benchmarks/train.py runs/quickstart/build/train.jsonl --model builtin:gemma3-270m

Same model, same dialogues (encoded once, by our template), same learned tokens, same LoRA, same
learning rate and schedule, one pass, weights of 1 everywhere. We run as our recipes have it,
`--tokens` a batch, in bf16, with `recompute`, which is what to compare memory with, and in fp32
(`ours-fp32`). TRL runs as its documentation has it, eight dialogues a batch, layers recomputed, in
bf16 (`trl`), and as it is fastest here, one dialogue a batch, eight accumulated, nothing recomputed
(`trl-1x8`, `trl-1x8-fp32`). LLaMA-Factory, which needs an environment of its own (see
llama_factory.py), runs as its example does, one by one, eight accumulated, in bf16, and in fp32
(`llama-factory-fp32`). Each side is a process of its own, so that its peak memory is
its own, and they take turns, `--rounds` times; the ratios of the medians are printed, and how much
of what the machine's matrix products reach we use: 4 operations for each parameter and token, as
weights are frozen. After its pass each model is measured by one and the same function on
`--held-out` dialogues of other pairs.
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
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

RATE = 5e-4
WARMUP = 0.05


def ours(
    work: Path, arguments: argparse.Namespace, bf16: bool = False, recompute: bool = False
) -> dict[str, Any]:
    """Our loop on the encoded dialogues."""
    import csv

    import torch

    from bayling import parts
    from bayling.config import Train
    from bayling.model import load, tuned
    from bayling.train import loop, memory
    from bayling.train.batch import Example

    torch.manual_seed(1)
    # As our training stage does, which is done with the tokenizer before it loads the network.
    padding = load.load_tokenizer(arguments.model).pad_token_id
    memory.give_back()
    lora = {"lora": {"rank": 16, "alpha": 32}}
    model = tuned.attach(arguments.model, lora, "bf16" if bf16 else "fp32")
    if recompute:
        tuned.network(model).activation_checkpointing_enable({"use_reentrant": False})
    method = parts.load("method", "sft")
    learn, held_out = encoded(work, arguments)
    objective = loop.Objective(model, method, parts.options("method", "sft"))
    examples = [Example(str(place), each) for place, each in enumerate(learn)]
    settings = Train(
        learning_rate=RATE,
        batch_tokens=arguments.tokens,
        warmup=WARMUP,
        checkpoint_every=10_000,
    )
    started = time.monotonic()
    loop.fit(objective, examples, [], padding, settings, 1, work / "ours")
    seconds, held = time.monotonic() - started, memory.peak(torch.device("cpu"))
    with open(work / "ours" / "log.csv", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    # A second round must not go on from the checkpoint of the first.
    shutil.rmtree(work / "ours")
    curve: list[tuple[float, float]] = []
    seen = 0
    for row in rows:
        seen += int(row["learned_tokens"])
        curve.append((seen, float(row["loss"])))
    return figures(seen, seconds, held, curve, measure(model, held_out))


def trl(
    work: Path, arguments: argparse.Namespace, one_by_one: bool = False, bf16: bool = True
) -> dict[str, Any]:
    """TRL's trainer on the same tokens and labels."""
    import torch
    from datasets import Dataset
    from peft import LoraConfig
    from transformers import TrainerCallback
    from trl import SFTConfig, SFTTrainer

    from bayling.model import load
    from bayling.train.memory import peak

    network, tokenizer = load.load(arguments.model)
    learn, held_out = encoded(work, arguments)
    rows = [
        {
            "input_ids": list(each.ids),
            "labels": [
                token if weight else -100
                for token, weight in zip(each.ids, each.weights, strict=True)
            ],
        }
        for each in learn
    ]
    learned = [sum(label != -100 for label in row["labels"]) for row in rows]
    losses: list[float] = []

    class Collect(TrainerCallback):
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
            per_device_train_batch_size=1 if one_by_one else 8,
            gradient_accumulation_steps=8 if one_by_one else 1,
            gradient_checkpointing=not one_by_one,
            num_train_epochs=1,
            learning_rate=RATE,
            lr_scheduler_type="cosine",
            warmup_steps=WARMUP,
            logging_steps=1,
            save_strategy="no",
            report_to="none",
            max_length=None,
            bf16=bf16,
            use_cpu=True,
            seed=1,
        ),
        callbacks=[Collect()],
    )
    started = time.monotonic()
    trainer.train()
    seconds, memory = time.monotonic() - started, peak(torch.device("cpu"))
    share = sum(learned) / max(1, len(losses))
    curve = [(share * (i + 1), x) for i, x in enumerate(losses)]
    return figures(sum(learned), seconds, memory, curve, measure(trainer.model, held_out))


def figures(
    learned: int,
    seconds: float,
    memory: float,
    curve: list[tuple[float, float]],
    held_out: float,
) -> dict[str, Any]:
    return {
        "learned_tokens": learned,
        "seconds": seconds,
        "tokens_per_second": learned / seconds,
        "peak_memory_gb": memory,
        "curve": curve,
        "held_out_loss": held_out,
    }


def measure(model: Any, dialogues: list[Any]) -> float:
    """The loss per learned token by PyTorch's own function, one dialogue at a time."""
    import torch
    from torch.nn import functional

    model.eval()
    total = count = 0.0
    with torch.no_grad():
        for each in dialogues:
            ids = torch.tensor([each.ids], device=model.device)
            logits = model(input_ids=ids).logits[0, :-1].float()
            losses = functional.cross_entropy(logits, ids[0, 1:], reduction="none")
            weights = torch.tensor(each.weights[1:], device=model.device)
            total, count = total + float(losses @ weights), count + float(weights.sum())
    return total / count


def encoded(work: Path, arguments: argparse.Namespace) -> tuple[list[Any], list[Any]]:
    """The dialogues to learn and those held out."""
    from bayling.model.template import Encoded

    rows = json.loads((work / "encoded.json").read_text(encoding="utf-8"))
    found = [Encoded(tuple(ids), tuple(weights)) for ids, weights in rows]
    return found[: arguments.count], found[arguments.count :]


def encode(arguments: argparse.Namespace, work: Path) -> None:
    """The first dialogues, and as many behind them of other pairs, with weights of 0 and 1."""
    from bayling.model import load, template
    from bayling.records import read_dialogues

    tokenizer = load.load_tokenizer(arguments.model)
    found = list(read_dialogues(arguments.dialogues))
    learned = found[: arguments.count]
    pairs = {name for dialogue in learned for name in dialogue.pair_ids}
    others = [each for each in found[arguments.count :] if not pairs & set(each.pair_ids)]
    if len(others) < arguments.held_out:
        raise SystemExit(
            f"{arguments.dialogues} has {len(found)} dialogues, {len(others)} of them to hold out "
            f"behind the first {arguments.count}; lower --count or --held-out."
        )
    rows = [
        template.encode(tokenizer, dialogue.messages, lambda *_: 1.0)
        for dialogue in [*learned, *others[: arguments.held_out]]
    ]
    content = [[each.ids, each.weights] for each in rows]
    (work / "encoded.json").write_text(json.dumps(content), encoding="utf-8")


def draw(results: dict[str, list[dict[str, Any]]], path: Path) -> None:
    """The loss curves over the tokens learned so far, smoothed over five steps."""
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


SIDES: dict[str, Callable[[Path, argparse.Namespace], dict[str, Any]]] = {
    "ours": partial(ours, bf16=True),
    "recompute": partial(ours, bf16=True, recompute=True),
    "ours-fp32": ours,
    "trl": trl,
    "trl-1x8": partial(trl, one_by_one=True),
    "trl-1x8-fp32": partial(trl, one_by_one=True, bf16=False),
}
OURS = {"ours", "recompute", "ours-fp32"}


def machine(name: str) -> float:
    """What the machine's matrix products reach, in operations a second."""
    import torch

    dtype = getattr(torch, name)
    a, b = torch.randn(1024, 2048, dtype=dtype), torch.randn(2048, 2048, dtype=dtype)
    best = 0.0
    for _ in range(8):
        started = time.monotonic()
        for _ in range(8):
            a @ b
        best = max(best, 8 * 2 * a.numel() * b.shape[1] / (time.monotonic() - started))
    return best


def operations(work: Path, arguments: argparse.Namespace) -> float:
    """What a pass has to compute, dialogue by dialogue: through the layers for every token, through
    the projection onto the vocabulary for those that are learned, forwards and back."""
    from bayling.model import load

    network, _ = load.load(arguments.model)
    head = network.get_output_embeddings().weight.numel()
    layers = sum(each.numel() for each in network.get_decoder().layers.parameters())
    learn, _ = encoded(work, arguments)
    tokens = sum(len(each.ids) for each in learn)
    learned = sum(weight > 0 for each in learn for weight in each.weights)
    return 4.0 * (layers * tokens + head * learned)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("dialogues", type=Path)
    parser.add_argument("--model", default="builtin:gemma3-270m")
    parser.add_argument("--count", type=int, default=160, help="dialogues of the file to learn")
    parser.add_argument("--held-out", type=int, default=40, help="the next ones, to measure on")
    parser.add_argument("--tokens", type=int, default=512, help="of a batch of ours")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--sides", nargs="+", choices=tuple(SIDES), default=tuple(SIDES))
    parser.add_argument("--picture", type=Path, default=Path("benchmarks/train.svg"))
    parser.add_argument(
        "--llama-factory", metavar="PYTHON", help="that of LLaMA-Factory's environment"
    )
    parser.add_argument("--side", choices=tuple(SIDES), help=argparse.SUPPRESS)
    parser.add_argument("--work", type=Path, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.side:
        result = SIDES[arguments.side](arguments.work, arguments)
        (arguments.work / f"{arguments.side}.json").write_text(json.dumps(result))
        return
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        encode(arguments, work)
        results = rounds(arguments, work)
        needed = operations(work, arguments)
    draw(results, arguments.picture)
    report(results, needed)


def rounds(arguments: argparse.Namespace, work: Path) -> dict[str, list[dict[str, Any]]]:
    """Every side's figures, round by round."""
    commands = {
        side: [sys.executable, *sys.argv, "--side", side, "--work", str(work)]
        for side in arguments.sides
    }
    if arguments.llama_factory:
        from bayling.model import load

        script = str(Path(__file__).with_name("llama_factory.py"))
        place, count = load.locate(arguments.model), str(arguments.count)
        for side, further in (("llama-factory", ["--bf16"]), ("llama-factory-fp32", [])):
            commands[side] = [
                arguments.llama_factory, script, str(work), place, "--count", count, *further
            ]  # fmt: skip
    results: dict[str, list[dict[str, Any]]] = {side: [] for side in commands}
    for _ in range(arguments.rounds):
        for side, command in commands.items():
            subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
            results[side].append(json.loads((work / f"{side}.json").read_text()))
            show(side, results[side][-1])
    return results


def report(results: dict[str, list[dict[str, Any]]], needed: float) -> None:
    """The ratios of the medians; `needed` are the operations of a pass."""
    reach = {name: machine(name) for name in ("float32", "bfloat16")}
    for side in sorted(results.keys() & OURS):
        name = "float32" if side == "ours-fp32" else "bfloat16"
        done = needed / statistics.median(run["seconds"] for run in results[side])
        print(
            f"{side}: {100 * done / reach[name]:.0f} % of the {reach[name] / 1e9:.0f} GFLOPS that "
            f"the machine's products reach in {name}"
        )
        for other in results.keys() - OURS:
            speed, memory = (
                statistics.median(run[key] for run in results[side])
                / statistics.median(run[key] for run in results[other])
                for key in ("tokens_per_second", "peak_memory_gb")
            )
            print(
                f"{side} / {other}: {speed:.2f} times the learned tokens per second, "
                f"{memory:.2f} of the memory"
            )


def show(side: str, run: dict[str, Any]) -> None:
    print(
        f"{side:19}{run['learned_tokens']} learned tokens, "
        f"{run['tokens_per_second']:.1f} a second, {run['peak_memory_gb']:.2f} GB, "
        f"held-out loss {run['held_out_loss']:.3f}",
        flush=True,
    )


if __name__ == "__main__":
    main()
