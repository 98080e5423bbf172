"""The instruction added to what follows it: the same in training, in batches and when writing."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import load_file
from transformers import DynamicCache, Gemma3ForCausalLM, Gemma3TextConfig

from bayling import config, jsonl, manifest, parts
from bayling.backends import hf
from bayling.errors import UserError
from bayling.model import load, save, segments, template, tuned
from bayling.model.adapters import segment
from bayling.records import Dialogue, Message, Span
from bayling.train import run
from bayling.train.batch import Batch, Example, collate
from bayling.train.loop import Objective


def asked(before: str, source: str, after: str = "") -> Message:
    span = Span(len(before), len(before + source), "source")
    return Message("user", before + source + after, spans=(span,))


def answer(text: str) -> Message:
    return Message("assistant", text, learn=True)


TALKS = [
    [asked("Translate into German:\n", "Delete the file"), answer("Die Datei wurde gelöscht.")],
    [
        asked("Into German: ", "Delete", "\nThank you"),
        answer("Die Datei"),
        Message("user", "use 'x' for 'Datei'"),
        answer("Die x " * 12),
        asked("Next:\n", "file"),
        answer("Datei"),
    ],
    [Message("user", "Hi"), answer("Hallo, was kann ich für dich tun?")],
    [asked("", "file"), answer("Datei"), Message("user", "really?"), answer("Ja")],
]


@pytest.fixture(scope="module")
def tiny_gemma(tiny_model: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A randomly initialised Gemma 3 of four layers, one of which looks at all that is before."""
    torch.manual_seed(0)
    model = Gemma3ForCausalLM(
        Gemma3TextConfig(
            vocab_size=300,
            hidden_size=32,
            intermediate_size=64,
            num_hidden_layers=4,
            num_attention_heads=4,
            num_key_value_heads=2,
            head_dim=8,
            sliding_window=16,
            layer_types=["sliding_attention", "full_attention"] * 2,
            max_position_embeddings=512,
            pad_token_id=0,
            bos_token_id=1,
            eos_token_id=2,
        )
    )
    folder = tmp_path_factory.mktemp("models") / "gemma"
    model.save_pretrained(folder)
    load.load_tokenizer(str(tiny_model)).save_pretrained(folder)
    return folder


@pytest.fixture(params=["llama", "gemma"])
def folder(tiny_model: Path, tiny_gemma: Path, request: pytest.FixtureRequest) -> Path:
    return {"llama": tiny_model, "gemma": tiny_gemma}[request.param]


def attached(folder: Path, **options: Any) -> tuple[Any, Any, dict[str, Any]]:
    """(model, tokenizer, spec): the adapter with all its weights at random."""
    torch.manual_seed(1)
    spec = {"segment": {"rank": 4, "alpha": 2.0, **options}}
    model, tokenizer = tuned.attach(str(folder), spec), load.load_tokenizer(str(folder))
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if parameter.requires_grad:
                parameter.normal_(std=0.1 if "lora" in name else 0.3)
    return model.eval(), tokenizer, spec


def batch_of(tokenizer: Any, talks: Sequence[Sequence[Message]]) -> Batch:
    examples = []
    for messages in talks:
        encoded = template.encode(tokenizer, messages, lambda *_: 1.0)
        where = template.segments(tokenizer, messages)
        examples.append(Example("1", replace(encoded, segments=where)))
    return collate(examples, 0, tokenizer.pad_token_id, torch.device("cpu"))


def states(model: Any, batch: Batch) -> torch.Tensor:
    network = tuned.network(model)
    segments.listener(network).tell(batch.places)
    with torch.no_grad():
        found = network.get_decoder()(
            input_ids=batch.ids, attention_mask=batch.mask, use_cache=False
        )
    return found.last_hidden_state


def oracle(hidden: np.ndarray, maps: Any, found: Sequence[Any], options: Any) -> np.ndarray:
    """What enters the layer, token by token as the formula has it: one row, and its segments."""
    first, _, second = ((getattr(m, "weight", 0), getattr(m, "bias", 0)) for m in maps)
    (w1, b1), (w2, b2) = ([np.array(each.detach()) for each in pair] for pair in (first, second))
    unit = hidden / np.sqrt((hidden**2).mean(-1, keepdims=True))
    mapped, result = np.tanh(unit @ w1.T + b1) @ w2.T + b2, hidden.copy()
    pool = {"max": lambda x: x.max(0), "mean": lambda x: x.mean(0), "last": lambda x: x[-1]}
    for each in (each for each in found if each.length):
        asked = [s for s in found if not s.length and s.instruction == each.instruction]
        tokens = [t for s in asked for t in range(s.start, s.end) if t < each.start]
        for i, t in enumerate(range(each.start, each.end)):
            x = min(i / each.length, 1)
            weight = {"sine": max(0, math.sin(math.pi * x)), "triangle": x, "constant": 1}
            if tokens:
                v = pool[options["pooling"]](mapped[tokens])
                result[t] += options["alpha"] * weight[options["weight"]] * v
    return result


@pytest.mark.parametrize("weight", ["sine", "triangle", "constant"])
@pytest.mark.parametrize("pooling", ["max", "mean", "last"])
def test_the_injection_is_the_formula(folder: Path, weight: str, pooling: str) -> None:
    options = {"weight": weight, "pooling": pooling, "layers": [1], "alpha": 2.0, "rank": 0}
    model, tokenizer, _ = attached(folder, **options)
    entering: list[torch.Tensor] = []
    layer = model.get_decoder().layers[1]
    # Before the adapter's own hook, and behind it.
    layer.register_forward_pre_hook(lambda _, args: entering.append(args[0]), prepend=True)
    layer.register_forward_pre_hook(lambda _, args: entering.append(args[0]))
    added = []
    for messages in TALKS:
        entering.clear()
        batch = batch_of(tokenizer, [messages])
        states(model, batch)
        before, behind = (each[0].numpy() for each in entering)
        found = template.segments(tokenizer, messages)
        expected = oracle(before, model.segments.maps["1"], found, options)
        np.testing.assert_allclose(behind, expected, rtol=1e-5, atol=1e-5)
        added.append(float(np.abs(behind - before).max()))
    assert min(added[:3]) > 0.01


def test_an_answer_longer_than_its_source(tiny_model: Path) -> None:
    """The weights end at 0 and 1, where the released code goes on."""
    place, length = torch.arange(12)[None], torch.full((1, 12), 5)
    for name, expected in (("sine", 0.0), ("triangle", 1.0), ("constant", 1.0)):
        options = parts.options("adapter", "segment", {"weight": name})
        found = segment.Injection((0,), 4, options)._weight(place, length)
        assert bool((found >= 0).all() and (found <= 1).all())
        assert found[0, 5:].tolist() == pytest.approx([expected] * 7, abs=1e-6)
        assert not segment.Injection((0,), 4, options)._weight(place, 0 * length).any()


@pytest.mark.parametrize("rank", [0, 4])
def test_without_alpha_it_is_the_model_as_it_was(folder: Path, rank: int) -> None:
    model, tokenizer, _ = attached(folder, alpha=0.0, rank=rank)
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if "lora_B" in name:
                parameter.zero_()
    batch = batch_of(tokenizer, TALKS)
    bare, _ = load.load(str(folder))
    with torch.no_grad():
        expected = bare.get_decoder()(input_ids=batch.ids, attention_mask=batch.mask)
    assert torch.equal(states(model, batch), expected.last_hidden_state)


def test_tuning_begins_with_the_model_as_it_was(folder: Path) -> None:
    model, tokenizer = tuned.attach(str(folder), "segment"), load.load_tokenizer(str(folder))
    batch = batch_of(tokenizer, TALKS)
    bare, _ = load.load(str(folder))
    with torch.no_grad():
        expected = bare.get_decoder()(input_ids=batch.ids, attention_mask=batch.mask)
    assert torch.equal(states(model, batch), expected.last_hidden_state)
    names = {name for name, each in model.named_parameters() if each.requires_grad}
    assert names
    assert all("lora_" in name or ".segments.maps." in name for name in names)
    assert not any("segments" in name and "lora" in name for name in names)


def test_nothing_is_added_before_the_first_instruction_has_ended(folder: Path) -> None:
    model, tokenizer, _ = attached(folder, rank=0, weight="constant")
    bare, _ = load.load(str(folder))
    for messages in TALKS:
        batch = batch_of(tokenizer, [messages])
        with torch.no_grad():
            expected = bare.get_decoder()(input_ids=batch.ids).last_hidden_state
        same = (states(model, batch) == expected).all(-1)[0]
        found = template.segments(tokenizer, messages)
        first = next(each.start for each in found if each.length and each.instruction)
        assert bool(same[:first].all())
        assert not bool(same[first:].any()), "all that comes later sees it"


@pytest.mark.parametrize("pooling", ["max", "mean", "last"])
def test_a_batch_learns_as_its_dialogues_one_by_one(folder: Path, pooling: str) -> None:
    model, tokenizer, _ = attached(folder, pooling=pooling)
    method = parts.load("method", "sft")
    objective = Objective(model, method, parts.options("method", "sft"))
    found = []
    for groups in ([TALKS], [[each] for each in TALKS]):
        model.zero_grad()
        total = sum(float(_backward(objective, batch_of(tokenizer, each))) for each in groups)
        found.append((total, {n: p.grad for n, p in model.named_parameters() if p.requires_grad}))
    (together, gradients), (alone, one_by_one) = found
    assert together == pytest.approx(alone, rel=1e-5)
    for name, gradient in gradients.items():
        assert gradient.abs().max() > 0, name
        scale = float(gradient.abs().max())
        torch.testing.assert_close(gradient, one_by_one[name], rtol=1e-5, atol=1e-5 * scale)


def _backward(objective: Objective, batch: Batch) -> torch.Tensor:
    loss = objective(batch)
    loss.backward()
    return loss.detach()


def test_layers_computed_again_learn_the_same(folder: Path) -> None:
    gradients = []
    for again in (False, True):
        model, tokenizer, _ = attached(folder)
        if again:
            tuned.network(model).activation_checkpointing_enable({"use_reentrant": False})
        method = parts.load("method", "sft")
        objective = Objective(model.train(), method, parts.options("method", "sft"))
        _backward(objective, batch_of(tokenizer, TALKS))
        gradients.append({n: p.grad for n, p in model.named_parameters() if p.requires_grad})
    for name, gradient in gradients[0].items():
        torch.testing.assert_close(gradients[1][name], gradient, rtol=1e-5, atol=1e-6)


def test_a_batch_without_any_segment_is_part_of_the_graph(folder: Path) -> None:
    """A process whose batch has none must still give every parameter a gradient."""
    model, tokenizer, _ = attached(folder, rank=0)
    batch = batch_of(tokenizer, TALKS[:1])
    unknown = replace(batch, places=torch.zeros_like(batch.places))
    objective = Objective(model, parts.load("method", "sft"), parts.options("method", "sft"))
    _backward(objective, unknown)
    for name, parameter in model.named_parameters():
        if parameter.requires_grad:
            assert parameter.grad is not None, name
            assert not parameter.grad.any(), name


@pytest.mark.parametrize("pooling", ["max", "mean", "last"])
def test_written_token_by_token_it_is_one_pass_over_the_text(folder: Path, pooling: str) -> None:
    """Rows of different length, padded in front; each ends when its answer does and is dropped."""
    model, tokenizer, _ = attached(folder, pooling=pooling, rank=0)
    whole = [batch_of(tokenizer, [messages]) for messages in TALKS]
    expected = [states(model, each)[0] for each in whole]
    prompts = [template.prompt(tokenizer, messages[:-1]) for messages in TALKS]
    # The end of an answer is outside of it, and nobody goes on behind it.
    ends = [template.segments(tokenizer, messages)[-1].end for messages in TALKS]
    longest = max(map(len, prompts))
    gaps = [longest - len(each) for each in prompts]
    ids = torch.tensor([[0] * g + p for g, p in zip(gaps, prompts, strict=True)])
    mask = torch.tensor([[0] * g + [1] * len(p) for g, p in zip(gaps, prompts, strict=True)])
    asked = [template.segments(tokenizer, messages[:-1]) for messages in TALKS]
    model.segments.begin(segments.places(asked, gaps, longest + 1, "cpu"))
    cache, rows, done = DynamicCache(config=model.config), list(range(len(TALKS))), 0
    positions = (mask.cumsum(-1) - 1).clamp(min=0)
    dropped = 0
    with torch.no_grad():
        while True:
            hidden = model.get_decoder()(
                input_ids=ids, attention_mask=mask, position_ids=positions, past_key_values=cache
            ).last_hidden_state
            for row, found in zip(rows, hidden, strict=True):
                target = expected[row][: len(prompts[row]) + done][-ids.shape[1] :]
                torch.testing.assert_close(found[-len(target) :], target, rtol=1e-4, atol=1e-5)
            left = [p for p, row in enumerate(rows) if len(prompts[row]) + done < ends[row]]
            if not left:
                break
            if len(left) < len(rows):
                dropped += 1
                kept = torch.tensor(left)
                cache.batch_select_indices(kept)
                model.segments.keep(kept)
                mask, positions = mask[kept], positions[kept]
                rows = [rows[place] for place in left]
            ids = torch.tensor([[int(whole[row].ids[0, len(prompts[row]) + done])] for row in rows])
            positions, done = positions[:, -1:] + 1, done + 1
            mask = torch.cat([mask, mask.new_ones(len(rows), 1)], dim=-1)
    assert done > 20
    assert dropped == 3


def backend_of(folder: Path, place: Path, **options: Any) -> tuple[hf.Transformers, Any]:
    model, tokenizer, spec = attached(folder, **options)
    tuned.save(model, spec, place)
    values = {"model": str(folder), "adapter": place, "max_new_tokens": 16}
    return hf.connect(parts.options("backend", "hf", values)), model


def test_the_backend_writes_what_passes_over_the_whole_text_would(
    folder: Path, tmp_path: Path
) -> None:
    backend, model = backend_of(folder, tmp_path)
    asked = [messages[:-1] for messages in TALKS]
    tokenizer = load.load_tokenizer(str(folder))
    expected, bare = [], []
    for messages in asked:
        for told, texts in ((True, expected), (False, bare)):
            ids, where = (
                template.prompt(tokenizer, messages),
                template.segments(tokenizer, messages),
            )
            written: list[int] = []
            while len(written) < 16 and (not written or written[-1] != tokenizer.eos_token_id):
                row = [*where[:-1], _longer(where[-1], len(written))]
                places = segments.places([row], [0], len(ids) + 1, "cpu")[:, :-1]
                segments.listener(tuned.network(model)).tell(places if told else None)
                with torch.no_grad():
                    token = int(model(torch.tensor([ids])).logits[0, -1].argmax())
                written, ids = [*written, token], [*ids, token]
            texts.append(tokenizer.decode(written, skip_special_tokens=True).strip())
    assert backend.answer(asked) == expected
    assert expected != bare, "it matters"
    # Rows that end early leave the others as they are.
    stop = expected[0][2]
    values = {"model": str(folder), "adapter": tmp_path, "max_new_tokens": 16, "stop": [stop]}
    cut = hf.connect(parts.options("backend", "hf", values)).answer(asked)
    assert cut == [each.split(stop)[0].strip() for each in expected]


def test_behind_a_beginning_it_writes_what_passes_over_the_whole_text_would(
    folder: Path, tmp_path: Path
) -> None:
    backend, model = backend_of(folder, tmp_path)
    tokenizer = load.load_tokenizer(str(folder))
    asked = [messages[:-1] for messages in TALKS]
    begun = ["Die Datei wurde", "", "Hallo,", "(Ja)"]
    expected = []
    for messages, beginning in zip(asked, begun, strict=True):
        fixed = tokenizer(beginning, add_special_tokens=False).input_ids
        ids = [*template.prompt(tokenizer, messages), *fixed]
        where = template.segments(tokenizer, messages)
        written: list[int] = []
        while len(written) < 16 and (not written or written[-1] != tokenizer.eos_token_id):
            row = [*where[:-1], _longer(where[-1], len(fixed) + len(written))]
            places = segments.places([row], [0], len(ids) + 1, "cpu")[:, :-1]
            segments.listener(tuned.network(model)).tell(places)
            with torch.no_grad():
                order = model(torch.tensor([ids])).logits[0, -1].argsort(descending=True)
            started = not written and bool(beginning)
            token = next(
                each
                for each in order.tolist()
                if not started or backend._is_over(backend._begun(beginning), each)
            )
            written, ids = [*written, token], [*ids, token]
        text = tokenizer.decode([*fixed, *written], skip_special_tokens=True)
        expected.append(text.rstrip() if beginning else text.strip())
    assert backend.answer(asked, beginnings=begun) == expected
    assert all(answer.startswith(each) for answer, each in zip(expected, begun, strict=True))


def _longer(where: segments.Segment, count: int) -> segments.Segment:
    return segments.Segment(where.start, where.end + count, where.instruction, where.length)


def test_candidates_are_weighed_as_whole_texts(folder: Path, tmp_path: Path) -> None:
    backend, model = backend_of(folder, tmp_path)
    tokenizer = load.load_tokenizer(str(folder))
    end = template.stop_token(tokenizer)
    for texts in (["Die Datei", "Die Dateien fehlen", "Die x"], ["a", "b"]):
        for messages in (each[:-1] for each in TALKS):
            prompt, where = (f(tokenizer, messages) for f in (template.prompt, template.segments))
            scores = []
            for text in texts:
                answer = [*tokenizer(text, add_special_tokens=False).input_ids, end]
                ids = torch.tensor([[*prompt, *answer]])
                row = [*where[:-1], _longer(where[-1], len(answer) - 2)]
                places = segments.places([row], [0], ids.shape[1], "cpu")
                segments.listener(tuned.network(model)).tell(places)
                with torch.no_grad():
                    steps = model(ids).logits[0].log_softmax(-1)[len(prompt) - 1 : -1]
                scores.append(float(steps.gather(-1, torch.tensor(answer)[:, None]).sum()))
            found = backend._log_likelihoods(prompt, texts, where)
            less = [each - scores[0] for each in scores]
            assert [each - found[0] for each in found] == pytest.approx(less, abs=1e-4)


@pytest.mark.parametrize("rank", [0, 4])
def test_what_was_saved_comes_back(folder: Path, tmp_path: Path, rank: int) -> None:
    model, tokenizer, spec = attached(folder, rank=rank)
    batch = batch_of(tokenizer, TALKS)
    expected = states(model, batch)
    tuned.save(model, spec, tmp_path)
    lora = ["lora/adapter_config.json", "lora/adapter_model.safetensors"] if rank else []
    assert tuned.files(tmp_path) == ["adapter.json", *lora, "segment.safetensors"]
    resumed = tuned.resume(str(folder), tmp_path)
    assert torch.equal(states(resumed.eval(), batch), expected)
    names = {name for name, each in model.named_parameters() if each.requires_grad}
    assert names == {name for name, each in resumed.named_parameters() if each.requires_grad}
    answering, _ = tuned.answering(str(folder), tmp_path)
    torch.testing.assert_close(states(answering.eval(), batch), expected, rtol=1e-5, atol=1e-5)
    assert not any(each.requires_grad for each in answering.parameters())
    assert not any(type(each).__module__.startswith("peft") for each in answering.modules())


def test_a_run_tunes_it_and_answers(folder: Path, tmp_path: Path) -> None:
    rows = [
        Dialogue(tuple(messages), "translate", "en", "de", str(number)).to_json()
        for number, messages in enumerate(TALKS * 4)
    ]
    jsonl.write(tmp_path / "train.jsonl", rows)
    model = config.Model(name=str(folder), adapter={"segment": {"rank": 4}})
    settings = config.Train(batch_tokens=256, learning_rate=1e-2, epochs=2, recompute=True)
    run.run(settings, model, tmp_path / "train.jsonl", run.Validation(), 1, tmp_path / "train")
    outputs = manifest.require(tmp_path / "train", "train")["outputs"]
    assert "adapter/segment.safetensors" in outputs
    assert "adapter/lora/adapter_model.safetensors" in outputs
    weights = load_file(tmp_path / "train" / "adapter" / "segment.safetensors")
    assert all(each.any() for each in weights.values()), "all of it has learned"
    values = {"model": str(folder), "adapter": tmp_path / "train" / "adapter"}
    backend = hf.connect(parts.options("backend", "hf", values))
    assert len(backend.answer([messages[:1] for messages in TALKS])) == len(TALKS)
    # A second pass of tuning goes on from it.
    start = tmp_path / "train" / "adapter"
    run.run(settings, model, tmp_path / "train.jsonl", run.Validation(), 1, tmp_path / "on", start)
    again = load_file(tmp_path / "on" / "adapter" / "segment.safetensors")
    assert any(not torch.equal(again[name], weights[name]) for name in weights)
    inputs = manifest.require(tmp_path / "on", "train")["inputs"]
    assert "start/segment.safetensors" in inputs


def test_three_layers_in_the_middle() -> None:
    for depth, expected in ((32, (14, 15, 16)), (18, (7, 8, 9)), (4, (0, 1, 2)), (2, (0, 1))):
        assert segment._middle(depth) == expected


@pytest.mark.parametrize("form", ["hf", "peft"])
def test_it_cannot_be_exported(tiny_model: Path, tmp_path: Path, form: str) -> None:
    model, _, spec = attached(tiny_model)
    tuned.save(model, spec, tmp_path / "adapter")
    said = {"hf": "cannot become part of the weights", "peft": "is no PEFT adapter"}[form]
    with pytest.raises(UserError, match=rf"{said}.*bayling chat RUN"):
        save.export(str(tiny_model), tmp_path / "adapter", form, tmp_path / "out")
    assert not list(tmp_path.glob("out*"))


def test_a_layer_that_is_not_there(tiny_model: Path) -> None:
    with pytest.raises(UserError, match="at layer 7, and the model has layers 0 to 1"):
        tuned.attach(str(tiny_model), {"segment": {"layers": [1, 7]}})


def test_a_network_of_another_kind(tiny_model: Path) -> None:
    from transformers import GPT2Config, GPT2LMHeadModel

    network = GPT2LMHeadModel(GPT2Config(n_layer=1, n_head=2, n_embd=16, vocab_size=20))
    with pytest.raises(UserError, match=r"where this model's layers are \(GPT2LMHeadModel\)"):
        segment.attach(network, parts.options("adapter", "segment"))


def test_weights_for_other_layers(tiny_model: Path, tmp_path: Path) -> None:
    model, _, spec = attached(tiny_model, layers=[0])
    tuned.save(model, spec, tmp_path)
    note = json.loads((tmp_path / "adapter.json").read_text())
    note["options"]["layers"] = [1]
    (tmp_path / "adapter.json").write_text(json.dumps(note))
    with pytest.raises(UserError, match=r"segment\.safetensors is for other layers or sizes"):
        tuned.answering(str(tiny_model), tmp_path)
