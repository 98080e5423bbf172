"""COMET, in an environment where bayling is not: ASKED.json ANSWERED.json.

Asked are a `model`, a `batch_size` and `rows` of {src, mt, ref}.
"""

import json
import sys
from pathlib import Path


def main(asked: str, answered: str) -> None:
    import torch
    from comet import download_model, load_from_checkpoint

    question = json.loads(Path(asked).read_text(encoding="utf-8"))
    model = question["model"]
    checkpoint = model if Path(model).is_file() else download_model(model)
    output = load_from_checkpoint(checkpoint).predict(
        question["rows"],
        batch_size=question["batch_size"],
        gpus=int(torch.cuda.is_available()),
        progress_bar=False,
    )
    Path(answered).write_text(json.dumps([float(each) for each in output.scores]))


if __name__ == "__main__":
    main(*sys.argv[1:])
