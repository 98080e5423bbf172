"""MetricX, in an environment where bayling is not: ASKED.json ANSWERED.json.

Asked are a `model`, a `tokenizer`, a `batch_size`, the `most` tokens of a text, and `rows` of text.
The score is the logit of one token at the decoder's first step, 0 to 25 errors (Juraska et al.
2023); mT5 as transformers has it computes the same as the model's own class.
"""

import json
import sys
from pathlib import Path

# <extra_id_10>, the token whose logit was trained to be the score.
_TOKEN = 250089
_WORST = 25.0


def main(asked: str, answered: str) -> None:
    import torch
    from transformers import AutoTokenizer, MT5ForConditionalGeneration

    question = json.loads(Path(asked).read_text(encoding="utf-8"))
    device = "cuda" if torch.cuda.is_available() else "cpu"
    tokenizer = AutoTokenizer.from_pretrained(question["tokenizer"], legacy=False)
    model = MT5ForConditionalGeneration.from_pretrained(question["model"]).to(device).eval()
    rows, size, found = question["rows"], question["batch_size"], []
    for start in range(0, len(rows), size):
        ids = [
            # MetricX was trained without the end token that mT5's tokenizer appends.
            tokenizer(row, truncation=True, max_length=question["most"]).input_ids[:-1]
            for row in rows[start : start + size]
        ]
        batch = tokenizer.pad({"input_ids": ids}, return_tensors="pt").to(device)
        first = torch.zeros(len(ids), 1, dtype=torch.long, device=device)
        with torch.inference_mode():
            logits = model(**batch, decoder_input_ids=first).logits[:, 0, _TOKEN]
        found += logits.float().clamp(0, _WORST).tolist()
    Path(answered).write_text(json.dumps(found))


if __name__ == "__main__":
    main(*sys.argv[1:])
