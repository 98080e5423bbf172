"""Several processes are one: `accelerate launch` on the processor, with DDP and with FSDP2."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest
import torch
from safetensors.torch import load_file

from bayling import jsonl
from bayling.records import Dialogue

LAUNCH = Path(__file__).parents[2] / "recipes" / "launch" / "cpu.yaml"
SETTINGS = (
    # Three micro-batches for two processes: one of them is idle for a third of the time.
    "train.accumulate=3", "train.batch_tokens=64", "train.epochs=8", "train.checkpoint_every=2",
    "train.learning_rate=1e-3", "model.adapter={lora: {rank: 4, dropout: 0.2}}",
)  # fmt: skip
# accelerate takes FSDP for a matter of GPUs; PyTorch does not, so the state is told here.
FSDP2 = """
import os
from accelerate import Accelerator, FullyShardedDataParallelPlugin
from accelerate.utils import DistributedType
from bayling.train import loop

os.environ["ACCELERATE_USE_FSDP"] = "true"

def sharded(**given):
    accelerator = Accelerator(**given)
    accelerator.state.distributed_type = DistributedType.FSDP
    accelerator.state.fsdp_plugin = FullyShardedDataParallelPlugin(
        fsdp_version=2,
        auto_wrap_policy="transformer_based_wrap",
        reshard_after_forward=True,
        cpu_ram_efficient_loading=False,
    )
    return accelerator

finish = loop._Run.finish

def finished(run):
    assert all(type(each).__name__ == "DTensor" for each in run.tuned), "nothing was shared"
    return finish(run)

loop.Accelerator, loop._Run.finish = sharded, finished
"""
MAIN = "from bayling.cli import main\nmain()\n"


@pytest.fixture
def file(tmp_path: Path, dialogues: list[Dialogue]) -> Path:
    path = tmp_path / "train.jsonl"
    jsonl.write(path, (each.to_json() for each in dialogues))
    return path


def command(model: Path, file: Path, out: Path, script: Path | None, method: str) -> list[str]:
    launch = [sys.executable, "-m", "accelerate.commands.launch", "--config_file", str(LAUNCH)]
    port = ["--main_process_port", "0"]
    options = [word for each in (*SETTINGS, f"train.method={method}") for word in ("--set", each)]
    tune = ["train", str(file), "--model", str(model), "--out", str(out), *options]
    if script is None:
        return [sys.executable, "-m", "bayling", *tune]
    return [*launch, *port, str(script), *tune]


def tune(
    model: Path, file: Path, out: Path, script: Path | None, method: str
) -> tuple[dict[str, torch.Tensor], str]:
    """What was tuned, and what was said."""
    env = {**os.environ, "OMP_NUM_THREADS": "1"}
    done = subprocess.run(
        command(model, file, out, script, method),
        env=env,
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    return load_file(out / "train" / "adapter" / "adapter_model.safetensors"), done.stderr


def close(one: dict[str, torch.Tensor], other: dict[str, torch.Tensor]) -> None:
    assert one.keys() == other.keys()
    for name, tensor in one.items():
        torch.testing.assert_close(other[name], tensor, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize(
    ("shared", "method", "stop"),
    [(False, "language_aware", signal.SIGTERM), (True, "sft", signal.SIGKILL)],
    ids=["ddp", "fsdp2"],
)
def test_two_processes_equal_one_though_they_were_stopped(
    tiny_model: Path, file: Path, tmp_path: Path, shared: bool, method: str, stop: int
) -> None:
    script = tmp_path / "script.py"
    script.write_text((FSDP2 if shared else "") + MAIN)
    alone, _ = tune(tiny_model, file, tmp_path / "one", None, method)
    checkpoints = tmp_path / "two" / "train" / "checkpoints"
    process = subprocess.Popen(
        command(tiny_model, file, tmp_path / "two", script, method),
        env={**os.environ, "OMP_NUM_THREADS": "1"},
        stderr=subprocess.DEVNULL,
    )
    while process.poll() is None and not list(checkpoints.glob("step-*")):
        time.sleep(0.01)
    # The launcher passes SIGTERM on to its workers, of a kill they would not hear.
    workers = psutil.Process(process.pid).children(recursive=True)
    for each in (process, *workers) if stop == signal.SIGKILL else (process,):
        each.send_signal(stop)
    process.wait()
    assert list(checkpoints.glob("step-*"))
    assert not (tmp_path / "two" / "train" / "manifest.json").exists()
    stopped = tmp_path / "stopped"
    shutil.copytree(tmp_path / "two", stopped)
    together, said = tune(tiny_model, file, tmp_path / "two", script, method)
    assert "Going on from the newest checkpoint" in said
    close(alone, together)
    if not shared:
        # What two processes began, one may end.
        ended, said = tune(tiny_model, file, stopped, None, method)
        assert "Going on from the newest checkpoint" in said
        close(alone, ended)


def test_more_processes_than_two_begin_together(
    tiny_model: Path, file: Path, tmp_path: Path
) -> None:
    script = tmp_path / "script.py"
    script.write_text(MAIN)
    given = command(tiny_model, file, tmp_path / "run", script, "sft")
    given[given.index(str(script)) : given.index(str(script))] = ["--num_processes", "4"]
    given += ["--set", "train.accumulate=4"]
    env = {**os.environ, "OMP_NUM_THREADS": "1"}
    done = subprocess.run(given, env=env, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "run" / "train" / "manifest.json").exists()
