"""What was tuned comes back: to be tuned on, to answer, or as one message where it does not fit."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from peft import LoraConfig
from safetensors.torch import load_file, save_file
from transformers import LlamaConfig, LlamaForCausalLM

from bayling.errors import InputError, MissingError, UserError
from bayling.model import adapters, load, save, tuned
from bayling.model.adapters import qlora

IDS = torch.arange(3, 20)[None]
SPECS = ["lora", {"lora": {"dora": True, "rank": 4}}, {"lora": {"targets": ".*q_proj"}}, "full"]


def logits(model: torch.nn.Module) -> torch.Tensor:
    with torch.no_grad():
        found: torch.Tensor = model.eval()(IDS).logits
    return found


def disturbed(folder: Path, spec: tuned.Spec) -> Any:
    """A model whose adapter does something."""
    torch.manual_seed(0)
    model = tuned.attach(str(folder), spec)
    with torch.no_grad():
        for parameter in model.parameters():
            if parameter.requires_grad:
                parameter += torch.randn_like(parameter) * 0.1
    return model


def other(folder: Path, source: Path, **shape: int) -> Path:
    """The tiny model with another shape, and its tokenizer."""
    config = LlamaConfig.from_pretrained(source, **shape)
    LlamaForCausalLM(config).save_pretrained(folder)
    for file in source.glob("tokenizer*"):
        (folder / file.name).write_bytes(file.read_bytes())
    return folder


@pytest.mark.parametrize("spec", SPECS, ids=str)
def test_what_was_saved_comes_back(tiny_model: Path, tmp_path: Path, spec: tuned.Spec) -> None:
    model = disturbed(tiny_model, spec)
    expected, untouched = logits(model), logits(load.load(str(tiny_model))[0])
    assert not torch.allclose(expected, untouched, atol=1e-2)
    tuned.save(model, spec, tmp_path / "adapter")
    resumed = tuned.resume(str(tiny_model), tmp_path / "adapter")
    torch.testing.assert_close(logits(resumed), expected, rtol=0, atol=0)
    # The same parameters are tuned on, with the same values.
    names = {name for name, each in model.named_parameters() if each.requires_grad}
    assert names == {name for name, each in resumed.named_parameters() if each.requires_grad}
    answering, _ = tuned.answering(str(tiny_model), tmp_path / "adapter")
    torch.testing.assert_close(logits(answering), expected, rtol=1e-5, atol=1e-5)
    assert not any(type(each).__module__.startswith("peft") for each in answering.modules())


@pytest.mark.parametrize("spec", SPECS, ids=str)
def test_saved_again_it_is_the_same(tiny_model: Path, tmp_path: Path, spec: tuned.Spec) -> None:
    tuned.save(disturbed(tiny_model, spec), spec, tmp_path / "first")
    again = tuned.resume(str(tiny_model), tmp_path / "first")
    tuned.save(again, tuned.spec_of(tmp_path / "first"), tmp_path / "second")
    files = tuned.files(tmp_path / "first")
    assert files == tuned.files(tmp_path / "second")
    assert "adapter.json" in files
    assert "README.md" not in files
    for name in files:
        if name.endswith(".safetensors"):
            first, second = (load_file(tmp_path / each / name) for each in ("first", "second"))
            assert first.keys() == second.keys()
            assert all(torch.equal(first[key], second[key]) for key in first)
    note = json.loads((tmp_path / "second" / "adapter.json").read_text())
    assert note == json.loads((tmp_path / "first" / "adapter.json").read_text())


def test_the_note_holds_every_option(tiny_model: Path, tmp_path: Path) -> None:
    spec = {"lora": {"rank": 4}}
    tuned.save(disturbed(tiny_model, spec), spec, tmp_path)
    values = {"rank": 4, "alpha": 32, "dropout": 0.0, "targets": "all-linear", "dora": False}
    assert tuned.spec_of(tmp_path) == {"lora": values}


def test_all_of_the_network_is_tuned_in_fp32(tiny_model: Path, tmp_path: Path) -> None:
    model = tuned.attach(str(tiny_model), "full")
    assert all(each.requires_grad and each.dtype == torch.float32 for each in model.parameters())
    tuned.save(model, "full", tmp_path)
    # A model folder like any other.
    torch.testing.assert_close(
        logits(LlamaForCausalLM.from_pretrained(tmp_path)), logits(model), rtol=0, atol=0
    )
    answering, _ = tuned.answering(str(tiny_model), tmp_path)
    assert not any(each.requires_grad for each in answering.parameters())


def test_an_adapter_of_other_peoples_making(tiny_model: Path, tmp_path: Path) -> None:
    torch.manual_seed(0)
    model, _ = load.load(str(tiny_model))
    config = LoraConfig(r=2, target_modules=["q_proj"], use_rslora=True, task_type="CAUSAL_LM")
    foreign = adapters.wrap_by_peft(model, config)
    with torch.no_grad():
        for name, parameter in foreign.named_parameters():
            if "lora_B" in name:
                parameter.normal_()
    foreign.save_pretrained(tmp_path / "foreign")
    assert tuned.spec_of(tmp_path / "foreign") is None
    assert tuned.merges(tmp_path / "foreign")
    resumed = tuned.resume(str(tiny_model), tmp_path / "foreign")
    torch.testing.assert_close(logits(resumed), logits(foreign), rtol=0, atol=0)
    tuned.save(resumed, None, tmp_path / "again")
    assert "adapter.json" not in tuned.files(tmp_path / "again")
    answering, _ = tuned.answering(str(tiny_model), tmp_path / "again")
    torch.testing.assert_close(logits(answering), logits(foreign), rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize(("saved", "frozen"), [(None, "bf16"), (["lm_head"], "fp32")])
def test_what_is_tuned_on_is_held_in_fp32(
    tiny_model: Path, tmp_path: Path, saved: list[str] | None, frozen: str
) -> None:
    """All of the network, where an adapter of other people's making tunes layers of it."""
    config = LoraConfig(
        r=2, target_modules=["q_proj"], modules_to_save=saved, task_type="CAUSAL_LM"
    )
    adapters.wrap_by_peft(load.load_network(str(tiny_model)), config).save_pretrained(tmp_path)
    resumed = tuned.resume(str(tiny_model), tmp_path, "bf16")
    learned = [each for each in resumed.parameters() if each.requires_grad]
    assert {each.dtype for each in learned} == {torch.float32}
    assert load.precision_of(tuned.network(resumed)) == frozen


SHAPES = [{"hidden_size": 64}, {"num_hidden_layers": 3}, {"num_hidden_layers": 1}]


@pytest.mark.parametrize(
    ("spec", "shape", "noted"),
    [
        (spec, shape, noted)
        for spec in ("lora", "full")
        for shape in SHAPES
        for noted in (True, False)
        # A LoRA without a note names the layers it is on; two of three may be meant.
        if noted or spec == "full" or shape.get("num_hidden_layers") != 3
    ],
)
def test_an_adapter_of_another_model_is_one_message(
    tiny_model: Path, tmp_path: Path, spec: str, shape: dict[str, int], noted: bool
) -> None:
    """By the note beside the weights, and where another model's looks alike by them."""
    tuned.save(disturbed(tiny_model, spec), spec, tmp_path / "adapter")
    another = other(tmp_path / "another", tiny_model, **shape)
    said = "it belongs to llama, 2 layers, width 32, 300 tokens, and this is llama, "
    if not noted:
        said = "size mismatch|names differ|(missing|unexpected|mismatched) weights, such as"
        note = json.loads((tmp_path / "adapter" / "adapter.json").read_text())
        note["network"] = tuned._shape(load.load(str(another))[0])
        (tmp_path / "adapter" / "adapter.json").write_text(json.dumps(note))
    for put_back in (tuned.resume, tuned.answering):
        with pytest.raises(UserError, match=rf"does not fit the model .*{said}") as told:
            put_back(str(another), tmp_path / "adapter")
        assert "\n" not in str(told.value)


def test_layers_that_no_network_has(tiny_model: Path) -> None:
    with pytest.raises(UserError, match=r"does not fit the model \(LlamaForCausalLM\): .*qq_proj"):
        tuned.attach(str(tiny_model), {"lora": {"targets": "qq_proj"}})


def _nothing(folder: Path) -> None:
    folder.mkdir()


def _half_a_note(folder: Path) -> None:
    folder.mkdir()
    (folder / "adapter.json").write_text('{"adapter": "lora"}')


def _misspelt(folder: Path) -> None:
    folder.mkdir()
    (folder / "adapter.json").write_text('{"adapter": "lore", "options": {}, "network": ""}')


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (_nothing, "is no adapter: it has neither adapter.json nor PEFT's adapter_config.json"),
        (_half_a_note, r"adapter\.json: does not say which adapter, options and network"),
        (_misspelt, "no adapter called 'lore'. Did you mean 'lora'"),
    ],
)
def test_a_folder_that_is_none(
    tiny_model: Path, tmp_path: Path, make: Callable[[Path], None], said: str
) -> None:
    make(tmp_path / "adapter")
    with pytest.raises(UserError, match=said):
        tuned.answering(str(tiny_model), tmp_path / "adapter")
    with pytest.raises(InputError):
        tuned.spec_of(tmp_path / "nothing")


def test_every_weight_is_no_peft_adapter(tiny_model: Path, tmp_path: Path) -> None:
    tuned.save(disturbed(tiny_model, "full"), "full", tmp_path / "adapter")
    with pytest.raises(UserError, match=r"no PEFT adapter: .*'full'\. Export the whole .*--to hf"):
        save.export(str(tiny_model), tmp_path / "adapter", "peft", tmp_path / "out")
    assert not list(tmp_path.glob("out*"))
    save.export(str(tiny_model), tmp_path / "adapter", "hf", tmp_path / "out")
    exported, _ = load.load(str(tmp_path / "out"))
    saved, _ = tuned.answering(str(tiny_model), tmp_path / "adapter")
    torch.testing.assert_close(logits(exported), logits(saved), rtol=0, atol=0)


def test_weights_of_other_names(tiny_model: Path, tmp_path: Path) -> None:
    tuned.save(disturbed(tiny_model, "full"), "full", tmp_path / "adapter")
    file = tmp_path / "adapter" / "model.safetensors"
    weights = load_file(file)
    weights.pop("model.norm.weight")
    save_file(weights, file, {"format": "pt"})
    with pytest.raises(UserError, match=r"missing weights, such as model\.norm\.weight"):
        tuned.answering(str(tiny_model), tmp_path / "adapter")


def test_four_bits_need_a_gpu(tiny_model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    for ask in (lambda: tuned.check("qlora"), lambda: tuned.attach(str(tiny_model), "qlora")):
        with pytest.raises(
            UserError, match=r"'qlora' needs an NVIDIA GPU.*use model\.adapter: lora"
        ):
            ask()


def test_four_bits_need_bitsandbytes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(MissingError, match="pip install bitsandbytes"):
        tuned.check("bayling.model.adapters.qlora")


def test_what_four_bits_are_loaded_with(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "current_device", lambda: 0)
    monkeypatch.setattr("importlib.util.find_spec", lambda name: True)
    monkeypatch.setattr("transformers.BitsAndBytesConfig", dict)
    found = qlora.loading(qlora.Options())
    assert found["device_map"] == {"": 0}
    wanted = {"load_in_4bit": True, "bnb_4bit_quant_type": "nf4", "bnb_4bit_use_double_quant": True}
    assert wanted.items() <= found["quantization_config"].items()


def test_four_bits_for_real(
    tiny_model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where bitsandbytes is installed, which can do without a GPU; merging rounds to bf16."""
    pytest.importorskip("bitsandbytes")
    with monkeypatch.context() as patch:
        patch.setattr(torch.cuda, "is_available", lambda: True)
        patch.setattr(torch.cuda, "current_device", lambda: "cpu")
        arguments = qlora.loading(qlora.Options())
    monkeypatch.setattr(qlora, "loading", lambda options: arguments)
    # Blocks of 64 weights have one scale.
    wide = other(tmp_path / "wide", tiny_model, hidden_size=128, intermediate_size=256, head_dim=32)
    model = disturbed(wide, "qlora")
    assert any(type(each).__name__ == "Linear4bit" for each in model.modules())
    model(IDS).logits.float().square().mean().backward()
    assert all(each.grad is not None for each in model.parameters() if each.requires_grad)
    tuned.save(model, "qlora", tmp_path / "adapter")
    expected = logits(model).float()
    resumed = tuned.resume(str(wide), tmp_path / "adapter")
    answering, _ = tuned.answering(str(wide), tmp_path / "adapter")
    assert not any(type(each).__name__ == "Linear4bit" for each in answering.modules())
    for each in (resumed, answering):
        found, rounding = logits(each).float(), 0.02 * float(expected.abs().max())
        torch.testing.assert_close(found, expected, rtol=0, atol=rounding)
    save.export(str(wide), tmp_path / "adapter", "hf", tmp_path / "out")
    exported, _ = load.load(str(tmp_path / "out"))
    torch.testing.assert_close(logits(exported), logits(answering))
