"""Models by name: the pinned files, and one message for everything that can be wrong."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
import torch
from safetensors import SafetensorError
from transformers import PreTrainedModel

from bayling.errors import InputError, MissingError, UserError
from bayling.model import load


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An installed package that ships a model file."""
    folder = tmp_path / "site" / "shipped_model"
    folder.mkdir(parents=True)
    (folder / "__init__.py").write_text("raise ImportError('importing it needs more')\n")
    (folder / "weights.gguf").write_bytes(b"not what was pinned")
    monkeypatch.syspath_prepend(folder.parent)
    monkeypatch.setenv("BAYLING_CACHE", str(tmp_path / "cache"))
    return folder


def pin(monkeypatch: pytest.MonkeyPatch, package: str, digest: str) -> None:
    builtin = load.Builtin(((package, "weights.gguf"),), digest, "shipped-model", "MIT")
    monkeypatch.setitem(load.BUILTINS, "shipped", builtin)


def test_a_file_with_the_wrong_hash_is_refused(
    package: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    pin(monkeypatch, "shipped_model", "0" * 64)
    with pytest.raises(InputError, match=r"weights\.gguf: is not the file.*expected 000000000000…"):
        load.load("builtin:shipped")
    assert not list((tmp_path / "cache" / "models").iterdir()), "nothing half made is left"


def test_the_right_hash_is_accepted(package: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    digest = hashlib.sha256((package / "weights.gguf").read_bytes()).hexdigest()
    pin(monkeypatch, "shipped_model", digest)
    converted = []
    monkeypatch.setattr(load, "_convert", lambda work, plain: converted.append(plain.mkdir()))
    assert Path(load.locate("builtin:shipped")).is_dir()
    assert Path(load.locate("builtin:shipped")).is_dir()
    assert len(converted) == 1, "converted once"


def test_a_missing_package_says_how_to_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    pin(monkeypatch, "no_such_package", "0" * 64)
    with pytest.raises(MissingError, match="pip install shipped-model"):
        load.load("builtin:shipped")


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("builtin:gemma3-270", "Did you mean 'gemma3-270m'"),
        (
            "gemma3-270m",
            "no such run or folder; a model of the hub is written ORG/NAME, the builtin",
        ),
        ("./no/such/folder", "does not exist"),
        ("/no/such/folder", "does not exist"),
    ],
)
def test_names_that_stand_for_nothing(name: str, message: str) -> None:
    with pytest.raises(UserError, match=message):
        load.load(name)


def test_a_folder_that_holds_no_model(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="cannot be loaded"):
        load.load(str(tmp_path))


def test_pickled_weights_are_refused(tiny_model: Path, tmp_path: Path) -> None:
    for file in tiny_model.iterdir():
        if file.suffix == ".json":
            (tmp_path / file.name).write_bytes(file.read_bytes())
    torch.save({}, tmp_path / "pytorch_model.bin")
    with pytest.raises(UserError, match="cannot be loaded"):
        load.load(str(tmp_path))


def test_the_real_small_model_can_be_saved_and_speaks() -> None:
    model, tokenizer = load.load("builtin:smollm2-135m")
    assert sum(parameter.numel() for parameter in model.parameters()) == 134_515_008
    text = tokenizer.apply_chat_template(
        [{"role": "user", "content": "What is the capital of France? One word."}],
        tokenize=False,
        add_generation_prompt=True,
    )
    inputs = tokenizer(text, return_tensors="pt", add_special_tokens=False)
    output = model.generate(**inputs, max_new_tokens=8, do_sample=False)
    assert "Paris" in tokenizer.decode(output[0, inputs.input_ids.shape[1] :])


@pytest.mark.parametrize(
    ("able", "gpu", "expected"),
    [
        ({"avx512_f": True, "avx512_bf16": True}, False, "bf16"),
        ({"amx_bf16": True}, False, "bf16"),
        ({"avx512_f": True, "avx512_bf16": False}, False, "fp32"),
        ({}, True, "bf16"),
    ],
)
def test_what_a_machine_multiplies_in(
    able: dict[str, bool], gpu: bool, expected: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: able)
    monkeypatch.setattr(torch.cuda, "is_available", lambda: gpu)
    assert load.precision("auto") == expected
    assert load.precision("fp32") == "fp32"
    assert load.precision("bf16") == "bf16"


def test_a_builtin_in_bf16_is_rounded_once() -> None:
    exact = load.load_network("builtin:smollm2-135m", "fp32")
    rounded = load.load_network("builtin:smollm2-135m", "bf16")
    folder = Path(load.locate("builtin:smollm2-135m"))
    copied = folder.with_name(f"{folder.name}-bf16") / "model.safetensors"
    made = copied.stat().st_mtime_ns
    load.load_network("builtin:smollm2-135m", "bf16")
    assert copied.stat().st_mtime_ns == made
    assert copied.stat().st_size < 0.6 * (folder / "model.safetensors").stat().st_size
    assert rounded.name_or_path == exact.name_or_path == str(folder)
    for (name, weight), (_, whole) in zip(
        rounded.named_parameters(), exact.named_parameters(), strict=True
    ):
        assert torch.equal(weight, whole.bfloat16()), name


@pytest.mark.parametrize(
    "error", [OSError(28, "No space left on device"), SafetensorError("Error while serializing")]
)
def test_where_no_copy_can_be_written_the_whole_one_is_rounded(
    tiny_model: Path, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    monkeypatch.setattr(load, "_plain_copy", lambda name: tiny_model)

    def full(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr(PreTrainedModel, "save_pretrained", full)
    made = load.load_network("builtin:smollm2-135m", "bf16")
    assert load.precision_of(made) == "bf16"
    assert made.name_or_path == str(tiny_model)
    assert not list(tiny_model.parent.glob(f"{tiny_model.name}-*"))


def test_how_much_a_model_can_read(tiny_model: Path, tmp_path: Path) -> None:
    assert load.context(str(tiny_model)) == 256
    with pytest.raises(UserError, match="The model .* cannot be loaded"):
        load.context(str(tmp_path))
