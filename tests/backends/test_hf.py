"""The reference backend: batches change nothing, adapters are merged, answers end."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from transformers import LlamaForCausalLM

from bayling import parts
from bayling.backends import hf
from bayling.errors import UserError
from bayling.model import load, template
from bayling.records import Message

ASKED = [
    [Message("user", "Translate into German:\nDelete the file")],
    [Message("user", "Hi")],
    [Message("user", "A"), Message("assistant", "B"), Message("user", "use 'Datei' for 'file' %s")],
]


def connect(model: Path, **options: object) -> hf.Transformers:
    return hf.connect(parts.options("backend", "hf", {"model": str(model), **options}))


def test_a_batch_answers_as_each_alone(tiny_model: Path) -> None:
    seen: list[int] = []
    together = connect(tiny_model, batch_size=2, max_new_tokens=8).answer(ASKED, seen.append)
    alone = [
        connect(tiny_model, batch_size=1, max_new_tokens=8).answer([each])[0] for each in ASKED
    ]
    assert together == alone
    assert sum(seen) == len(ASKED)


def test_decoding_equals_transformers_generate(tiny_model: Path) -> None:
    model, tokenizer = load.load(str(tiny_model))
    found = connect(tiny_model, max_new_tokens=12).answer(ASKED)
    for messages, answer in zip(ASKED, found, strict=True):
        prompt = torch.tensor([template.prompt(tokenizer, messages)])
        limit = min(12, max(len(tokenizer(m.text).input_ids) for m in messages) + 16)
        output = model.generate(
            input_ids=prompt,
            attention_mask=torch.ones_like(prompt),
            do_sample=False,
            max_new_tokens=limit,
            pad_token_id=tokenizer.pad_token_id,
        )
        text = tokenizer.decode(output[0, prompt.shape[1] :], skip_special_tokens=True)
        assert answer == text.strip()


BEGUN = ["Die Datei", "", "%s <b>  «gelöscht"]


def _written_behind(model: Any, tokenizer: Any, messages: list[Message], begun: str) -> str:
    """Every token by a pass over the whole text, the first of them no part of a word begun."""
    fixed = tokenizer(begun, add_special_tokens=False).input_ids
    prompt = template.prompt(tokenizer, messages)
    written: list[int] = []
    while len(written) < 12 and (not written or written[-1] != tokenizer.eos_token_id):
        logits = model(torch.tensor([[*prompt, *fixed, *written]])).logits[0, -1]
        for token in range(len(logits)):
            after = tokenizer.decode([*fixed, token], skip_special_tokens=True)[len(begun) :]
            goes_on = after[:1].isalnum() or after[:1] in ("", "\ufffd", "_")
            if not written and begun and goes_on and token != tokenizer.eos_token_id:
                logits[token] = -torch.inf
        written.append(int(logits.argmax()))
    return tokenizer.decode([*fixed, *written], skip_special_tokens=True)


@torch.no_grad()
def test_what_is_written_behind_a_beginning_is_what_the_model_would_write_there(
    tiny_model: Path,
) -> None:
    model, tokenizer = load.load(str(tiny_model))
    # A random model hardly knows of spaces, and would go on with a word rather than end it.
    bare = connect(tiny_model, max_new_tokens=12)
    found = bare.answer(ASKED, beginnings=BEGUN)
    for messages, begun, answer in zip(ASKED, BEGUN, found, strict=True):
        expected = _written_behind(model, tokenizer, messages, begun)
        assert answer == (expected.rstrip() if begun else expected.strip())
        assert answer.startswith(begun)
        assert len(answer) > len(begun)
    assert found[1] == bare.answer(ASKED)[1], "what is free is as it was"


def test_a_batch_goes_on_from_beginnings_as_each_alone(tiny_model: Path) -> None:
    together = connect(tiny_model, batch_size=2, max_new_tokens=8).answer(ASKED, beginnings=BEGUN)
    backend = connect(tiny_model, max_new_tokens=8)
    pairs = zip(ASKED, BEGUN, strict=True)
    assert together == [backend.answer([one], beginnings=[begun])[0] for one, begun in pairs]


@pytest.mark.parametrize(
    ("begun", "piece", "over"),
    [
        ("Datei", "en", False),
        ("Datei", "ü", False),
        ("Datei", "7", False),
        ("Datei", " en", True),
        ("Datei", "-", True),
        ("Datei.", "en", True),
        ("Nr. 1", "2", False),
        # Where no spaces are written, a character may follow any other.
        ("文件", "a", True),
        ("Git", "文", True),
    ],
)
def test_the_last_word_of_a_beginning_is_whole(
    tiny_model: Path, begun: str, piece: str, over: bool
) -> None:
    backend = connect(tiny_model)
    first = backend._tokenizer(piece, add_special_tokens=False).input_ids[0]
    # Half of a character may be any letter, but for where letters may stand.
    expected = over and (piece.isascii() or begun == "文件")
    assert backend._is_over(backend._begun(begun), first) == expected
    assert backend._is_over(backend._begun(begun), backend._tokenizer.eos_token_id)
    assert not backend._is_over(backend._begun(begun), backend._tokenizer.pad_token_id)


def test_a_stop_string_in_a_beginning_stops_nothing(
    tiny_model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    backend = connect(tiny_model, stop=["\n"])
    tokens = backend._tokenizer(" a\n b", add_special_tokens=False).input_ids
    written = iter(tokens)
    monkeypatch.setattr(
        hf, "_likeliest", lambda hidden, head: torch.full((len(hidden),), next(written))
    )
    assert backend.answer(ASKED[:1], beginnings=["x\ny"]) == ["x\ny a"]


def test_answers_that_end_early_leave_the_batch(tiny_model: Path) -> None:
    """With a stop string some rows end before others, and none changes what the others say."""
    plain = connect(tiny_model, max_new_tokens=12).answer(ASKED)
    stop = plain[1][2]
    cut = connect(tiny_model, max_new_tokens=12, stop=[stop]).answer(ASKED)
    assert cut == [answer.split(stop)[0].strip() for answer in plain]


def test_an_answer_ends_before_a_stop_string(tiny_model: Path) -> None:
    whole = connect(tiny_model, max_new_tokens=12).answer(ASKED[:1])[0]
    stop = whole[3]
    cut = connect(tiny_model, max_new_tokens=12, stop=[stop]).answer(ASKED[:1])[0]
    assert cut == whole.split(stop)[0].strip()


def test_no_answer_is_longer_than_its_limit(tiny_model: Path) -> None:
    tokenizer = load.load_tokenizer(str(tiny_model))
    for options, limit in (({}, 3 * 2 + 16), ({"max_new_tokens": 5}, 5)):
        (answer,) = connect(tiny_model, **options).answer([[Message("user", "Hi")]])
        assert len(tokenizer("Hi").input_ids) == 2
        assert 0 < len(answer) <= 4 * limit
        assert len(tokenizer(answer).input_ids) <= 2 * limit, "what is decoded may tokenise anew"


@pytest.mark.parametrize("block", [1, 7, 1 << 20])
@pytest.mark.parametrize("bias", [True, False])
def test_the_likeliest_token_is_that_of_all_the_logits(
    monkeypatch: pytest.MonkeyPatch, block: int, bias: bool
) -> None:
    monkeypatch.setattr(hf, "_BLOCK", block)
    torch.manual_seed(0)
    head, hidden = torch.nn.Linear(8, 50, bias=bias), torch.randn(20, 8)
    found = hf._likeliest(hidden, head)
    assert found.tolist() == head(hidden).argmax(-1).tolist()


def _flipped(model: LlamaForCausalLM) -> Callable[..., Any]:
    """As if another layer stood between the states and the projection, as in BERT's decoders."""

    def forward(**options: Any) -> Any:
        output = model.model(**options)
        output.last_hidden_state = output.last_hidden_state.flip(-1)
        return output

    return forward


@pytest.mark.parametrize("decoder", [_flipped, lambda model: model.lm_head])
def test_a_model_with_more_than_a_projection_is_refused(
    tiny_model: Path, monkeypatch: pytest.MonkeyPatch, decoder: Callable[..., Any]
) -> None:
    monkeypatch.setattr(LlamaForCausalLM, "get_decoder", decoder)
    with pytest.raises(UserError, match=r"computes its answers in a way .*\(LlamaForCausalLM\)"):
        connect(tiny_model)


def test_an_answer_that_only_repeats_itself_is_stuck() -> None:
    words = list(range(100))
    for period in range(1, hf._PERIOD + 1):
        loop = (words[:period] * 2 * hf._STUCK)[: hf._STUCK + period]
        assert hf._is_stuck([7, *loop])
        assert hf._is_stuck(loop), "from its first token on"
        assert not hf._is_stuck(loop[1:]), "not yet"
        assert not hf._is_stuck([*loop, 99]), "no longer"
    assert not hf._is_stuck((words[: hf._PERIOD + 1] * hf._STUCK)[:80]), "a longer period"
    assert not hf._is_stuck([1])
    assert not hf._is_stuck(words)


def test_a_model_that_is_stuck_is_stopped_before_its_limit(
    tiny_model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = [[Message("user", "Delete the file " * 40)]]
    backend = connect(tiny_model)
    monkeypatch.setattr(hf, "_likeliest", lambda hidden, head: torch.full((len(hidden),), 70))
    (answer,) = backend.answer(asked)
    assert len(backend._tokenizer(answer).input_ids) < 2 * hf._STUCK


@pytest.mark.parametrize("seed", [0, 1])
def test_a_merged_adapter_equals_the_adapter(tiny_model: Path, tmp_path: Path, seed: int) -> None:
    torch.manual_seed(seed)
    model, _ = load.load(str(tiny_model))
    tuned = parts.load("adapter", "lora").attach(model, parts.options("adapter", "lora"))
    with torch.no_grad():
        for name, parameter in tuned.named_parameters():
            if "lora_B" in name:
                parameter.normal_(std=0.3)
    tuned.save_pretrained(tmp_path / "adapter")
    merged = connect(tiny_model, adapter=tmp_path / "adapter")
    ids = torch.arange(3, 20)[None]
    with torch.no_grad():
        torch.testing.assert_close(
            merged._model(ids).logits, tuned.eval()(ids).logits, rtol=1e-4, atol=1e-4
        )


CANDIDATES = [
    ["Answer is choice (A)", "Answer is choice (B)", "Answer is choice (C)"],
    ["Die Datei", "Die Dateien fehlen", "Die"],
    ["x", "Datei wurde"],
]


def test_the_likeliest_candidate_is_chosen(tiny_model: Path) -> None:
    """By the sum of log-probabilities of each candidate and the end behind it, taken one by one."""
    backend = connect(tiny_model)
    model, tokenizer = load.load(str(tiny_model))
    end = template.stop_token(tokenizer)
    expected = []
    for messages, texts in zip(ASKED, CANDIDATES, strict=True):
        prompt = template.prompt(tokenizer, messages)
        scores = []
        for text in texts:
            answer = [*tokenizer(text, add_special_tokens=False).input_ids, end]
            with torch.no_grad():
                logits = model(torch.tensor([[*prompt, *answer]])).logits[0]
            steps = logits.log_softmax(-1)[len(prompt) - 1 : -1]
            scores.append(float(steps.gather(-1, torch.tensor(answer)[:, None]).sum()))
        found = backend._log_likelihoods(prompt, texts)
        # What all begin with is left out.
        less = [each - scores[0] for each in scores]
        assert [each - found[0] for each in found] == pytest.approx(less, abs=1e-4)
        expected.append(texts[scores.index(max(scores))])
    seen: list[int] = []
    assert backend.choose(ASKED, CANDIDATES, seen.append) == expected
    assert sum(seen) == len(ASKED)


def test_a_candidate_that_begins_another_is_weighed_with_its_end(tiny_model: Path) -> None:
    backend = connect(tiny_model)
    prompt = template.prompt(load.load_tokenizer(str(tiny_model)), ASKED[0])
    whole = backend._log_likelihoods(prompt, ["Die", "Die Datei"])
    turned = backend._log_likelihoods(prompt, ["Die Datei", "Die"])
    assert whole == pytest.approx(turned[::-1], abs=1e-5)
    assert all(score < 0 for score in whole)


def test_rounding_makes_no_model_another_one(tiny_model: Path) -> None:
    """In bf16 two words of nearly the same score may change places; the model is plain still."""
    model, _ = load.load(str(tiny_model))
    assert hf._is_plain(model.to(torch.bfloat16))


@pytest.mark.parametrize(
    ("text", "options", "room", "times"),
    [
        ("[English]\n", {}, None, 3),
        ("[Instruction in English]\n", {}, None, 3),
        ("[English]", {}, None, 1),
        ("English:\n", {}, None, 1),
        ("[English]\n", {}, 40, 3),
        # Not more than the model may write at all.
        ("[English]\n", {"max_new_tokens": 50}, 25, 2),
    ],
)
def test_a_chain_has_the_room_for_each_of_its_parts(
    text: str,
    options: dict[str, int],
    room: int | None,
    times: int,
    tiny_model: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The model is made to write this text and then without end."""
    backend = connect(tiny_model, **options)
    tokens = iter([*backend._tokenizer(text, add_special_tokens=False).input_ids, *[70] * 1000])
    monkeypatch.setattr(
        hf, "_likeliest", lambda hidden, head: torch.full((len(hidden),), next(tokens))
    )
    monkeypatch.setattr(hf, "_is_stuck", lambda tokens: False)
    lengths: list[int] = []
    decode = backend._decode

    def counted(tokens: list[int]) -> str:
        lengths.append(len(tokens))
        return decode(tokens)

    monkeypatch.setattr(backend, "_decode", counted)
    asked = [[Message("user", "Hi " * 12)], [Message("user", "Hi " * 14)]]
    limits = [room or backend._limit(each) for each in asked]
    backend.answer(asked, room=room)
    assert lengths[-2:] == [times * limit for limit in limits]
