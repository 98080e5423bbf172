"""Runs in COMET's environment, where bayling is not: MODEL BATCH_SIZE ASKED.json ANSWERED.json."""

import json
import sys
from pathlib import Path


def main(model: str, batch_size: str, asked: str, answered: str) -> None:
    import torch
    from comet import download_model, load_from_checkpoint

    checkpoint = model if Path(model).is_file() else download_model(model)
    output = load_from_checkpoint(checkpoint).predict(
        json.loads(Path(asked).read_text(encoding="utf-8")),
        batch_size=int(batch_size),
        gpus=int(torch.cuda.is_available()),
        progress_bar=False,
    )
    Path(answered).write_text(json.dumps([float(each) for each in output.scores]))


if __name__ == "__main__":
    main(*sys.argv[1:])
