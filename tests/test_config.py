"""Recipes: YAML 1.2, read strictly; a mistake is one message that names the file and the key."""

from __future__ import annotations

from pathlib import Path

import pytest

from bayling import config, jsonl
from bayling.errors import InputError, UserError

RECIPES = sorted((Path(__file__).parents[1] / "recipes").glob("*.yaml"))
RECIPE = """\
name: small
source_lang: en
target_lang: de
corpus:
  inputs:
    - tsv: {path: pairs.tsv}
model:
  name: builtin:smollm2-135m
"""


@pytest.fixture
def recipe(tmp_path: Path) -> Path:
    path = tmp_path / "recipe.yaml"
    path.write_text(RECIPE, encoding="utf-8")
    return path


def _refused(path: Path, *overrides: str) -> str:
    with pytest.raises(UserError) as caught:
        config.read(path, overrides)
    return str(caught.value)


@pytest.mark.parametrize("path", RECIPES, ids=lambda path: path.stem)
def test_the_recipes_that_come_with_it(path: Path) -> None:
    read = config.read(path)
    assert read.name == path.stem
    assert config.validate(read.model_dump(), "again") == read


def test_a_short_recipe_has_the_usual_settings(recipe: Path) -> None:
    read = config.read(recipe)
    assert read.build == config.Build()
    assert read.train == config.Train()
    assert read.corpus.filters == config.DEFAULT_FILTERS
    assert read.corpus.inputs == [{"tsv": {"path": "pairs.tsv"}}]


def test_yaml_is_read_as_1_2(recipe: Path) -> None:
    with open(recipe, "a", encoding="utf-8") as file:
        file.write("seed: 010\ntrain:\n  learning_rate: 1e-5\n  weight_decay: 1E-2\n")
    text = recipe.read_text(encoding="utf-8").replace("target_lang: de", "target_lang: no")
    recipe.write_text(text, encoding="utf-8")
    read = config.read(recipe)
    assert read.target_lang == "no"
    assert read.train.learning_rate == 1e-5
    assert read.train.weight_decay == 0.01
    assert read.seed == 10


def test_language_codes_become_canonical(recipe: Path) -> None:
    read = config.read(recipe, ["source_lang=eng", "target_lang=zho_CN", "build.ask_in=[deu]"])
    assert (read.source_lang, read.target_lang) == ("en", "zh-CN")
    assert read.build.ask_in == ["de"]


def test_overrides(recipe: Path) -> None:
    read = config.read(
        recipe,
        [
            "train.epochs=2",
            "train.learning_rate=3e-4",
            "build.mix={translate: 1}",
            "name=a=b",
            "corpus.filters=[length, {ratio: {max: 2}}]",
            "evaluate.shots=[]",
        ],
    )
    assert (read.train.epochs, read.train.learning_rate) == (2, 3e-4)
    assert read.build.mix == {"translate": 1.0}
    assert read.name == "a=b"
    assert read.corpus.filters == ["length", {"ratio": {"max": 2}}]
    assert read.evaluate.shots == []


def test_one_share_of_the_usual_mix_is_changed(recipe: Path) -> None:
    assert config.read(recipe, ["build.mix.revise=0.9"]).build.mix == {
        **config.DEFAULT_MIX,
        "revise": 0.9,
    }
    own = config.read(recipe, ["build.mix={translate: 1}", "build.mix.revise=0.9"])
    assert own.build.mix == {"translate": 1, "revise": 0.9}


def test_a_recipe_that_is_not_there(tmp_path: Path) -> None:
    for path in (tmp_path / "recipe.yaml", tmp_path):
        assert _refused(path) == (
            f"{path}: no such recipe; expected a YAML file such as recipes/quickstart.yaml"
        )


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("name: [a", ", line 2: is not valid YAML: expected ',' or ']'"),
        ("name: a\nname: b", ', line 2: is not valid YAML: found duplicate key "name"'),
        ("a:\n\tb: 1", ", line 2: is not valid YAML: found character '\\t'"),
        ("a: *b", ", line 1: is not valid YAML: found undefined alias 'b'"),
        ("a: !!python/name:os.system", ", line 1: is not valid YAML: could not determine a const"),
        ("a: \x01", ": is not valid YAML: unacceptable character #x0001"),
        ("", ": is not a recipe; expected keys such as name, corpus and model"),
        ("- name", ": is not a recipe; expected keys such as name, corpus and model"),
        ("name", ": is not a recipe; expected keys such as name, corpus and model"),
    ],
)
def test_text_that_is_no_recipe(recipe: Path, text: str, said: str) -> None:
    recipe.write_text(text + "\n", encoding="utf-8")
    assert _refused(recipe).startswith(f"{recipe}{said}")


def test_a_recipe_that_is_not_utf8(recipe: Path) -> None:
    recipe.write_bytes(b"name: M\xfcller\n")
    assert _refused(recipe) == f"{recipe}: byte 7 is not UTF-8"
    recipe.write_bytes(b"\xef\xbb\xbf" + RECIPE.encode())
    assert config.read(recipe).name == "small"


@pytest.mark.parametrize("key", ["name", "target_lang", "model", "model.name", "corpus.inputs"])
def test_a_missing_key(recipe: Path, key: str) -> None:
    content = config.read(recipe).model_dump()
    section, _, last = key.rpartition(".")
    del (content[section] if section else content)[last]
    with pytest.raises(UserError) as caught:
        config.validate(content, "here")
    assert str(caught.value) == f"here: the key '{key}' is missing"


@pytest.mark.parametrize(
    ("override", "said"),
    [
        ("sed=1", "there is no key 'sed'. Did you mean 'seed'?"),
        (
            "build.test_form=[x]",
            "there is no key 'build.test_form'. Did you mean 'build.test_from'?",
        ),
        ("build.dialogs=9", "there is no key 'build.dialogs'. Did you mean 'build.dialogues'?"),
        ("train.epoch=2", "there is no key 'train.epoch'. Did you mean 'train.epochs'?"),
        ("model.adaptor=lora", "there is no key 'model.adaptor'. Did you mean 'model.adapter'?"),
        ("corpus.xyz=1", "there is no key 'corpus.xyz'. Known: engine, filters, inputs, workers."),
        ("evaluate.shot=1", "there is no key 'evaluate.shot'. Did you mean 'evaluate.shots'?"),
    ],
)
def test_an_unknown_key(recipe: Path, override: str, said: str) -> None:
    assert _refused(recipe, override) == f"--set {override}: {said}"


@pytest.mark.parametrize(
    ("override", "said"),
    [
        ("train.epochs=0", "'train.epochs': Input should be greater than or equal to 1 (got 0)"),
        ("train.epochs=two", "'train.epochs': Input should be a valid integer, unable to parse"),
        ("train.learning_rate=.inf", "'train.learning_rate': Input should be a finite number"),
        ("train.warmup=2", "'train.warmup': Input should be less than or equal to 1 (got 2)"),
        ("evaluate.split=train", "'evaluate.split': Input should be 'test' or 'validation'"),
        ("evaluate.shots=[-1]", "'evaluate.shots.0': Input should be greater than or equal to 0"),
        ("corpus.inputs=[]", "'corpus.inputs': List should have at least 1 item"),
        ("build.mix={}", "'build.mix': Dictionary should have at least 1 item"),
        ("build.mix={revise: 0}", "build.mix: 'revise' needs a share above 0, as in 'revise: 0.5'"),
        ("build.mix={revise: {others: 0}}", "build.mix: 'revise' needs a share above 0"),
        ("build.mix={revise: .inf}", "build.mix: 'revise' needs a share above 0"),
        (
            "build.mix={revise: {share: 1, other: 0}}",
            "The builder 'revise' has no option 'other'. Did you mean 'others'?",
        ),
        ("build.ask_in=[]", "'build.ask_in': List should have at least 1 item"),
        ("name=5", "'name': Input should be a valid string (got 5)"),
        ("build=", "'build' is a section of keys and values; found None"),
        ("threads=0", "'threads': Input should be greater than or equal to 1 (got 0)"),
        (
            "corpus.filters=[5]",
            "'corpus.filters.0': a part is written 'name' or 'name: {option: value}' (got 5)",
        ),
        (
            "corpus.filters=[{length: 5}]",
            "'corpus.filters.0': a part is written 'name' or 'name: {option: value}' "
            "(got {'length': 5})",
        ),
        (
            "train.method={}",
            "'train.method': a part is written 'name' or 'name: {option: value}' (got {})",
        ),
    ],
)
def test_a_wrong_value(recipe: Path, override: str, said: str) -> None:
    assert _refused(recipe, override).startswith(f"--set {override}: {said}")
    # Another one beside it is not blamed, and what stands in the recipe is.
    assert _refused(recipe, "seed=3", override).startswith(f"--set {override}: {said}")
    assert _refused(recipe, override, "sede=3").startswith(f"--set {override}: {said}")
    key, _, value = override.partition("=")
    if "." not in key:
        written = recipe.with_name("wrong.yaml")
        lines = [line for line in recipe.read_text().splitlines() if not line.startswith(key)]
        written.write_text("\n".join([*lines, f"{key}: {value}"]))
        assert _refused(written, "seed=3").startswith(f"{written}: {said}")


@pytest.mark.parametrize(
    ("override", "said"),
    [
        ("corpus.filters=[lenght]", "There is no filter called 'lenght'. Did you mean 'length'?"),
        (
            "corpus.filters=[{length: {max_word: 3}}]",
            "The filter 'length' has no option 'max_word'. Did you mean 'max_words'?",
        ),
        (
            "corpus.filters=[{length: {max_words: many}}]",
            "The filter 'length', option 'max_words': Input should be a valid integer",
        ),
        ("corpus.inputs=[{tsv: {}}]", "The reader 'tsv', option 'path': Field required."),
        ("build.mix={revize: 1}", "There is no builder called 'revize'. Did you mean 'revise'?"),
        ("model.adapter=lore", "There is no adapter called 'lore'. Did you mean 'lora'?"),
        ("model.adapter={lora: {rang: 8}}", "The adapter 'lora' has no option 'rang'."),
        ("train.method=stf", "There is no method called 'stf'. Did you mean 'sft'?"),
        ("evaluate.tasks=[revision]", "There is no task called 'revision'."),
        ("evaluate.metrics=[bleu2]", "There is no metric called 'bleu2'. Did you mean 'bleu'?"),
        ("target_lang=germany", "'germany' is not a language code; expected BCP 47, such as en,"),
        ("build.ask_in=[en, xx]", "'xx' is not a language code; expected BCP 47, such as en, de"),
    ],
)
def test_an_unknown_part_option_or_language(recipe: Path, override: str, said: str) -> None:
    assert _refused(recipe, override).startswith(f"--set {override}: {said}")


def test_a_right_override_is_not_blamed(recipe: Path) -> None:
    """Though it is one only with the next."""
    both = ("source_lang=de", "target_lang=en")
    assert _refused(recipe, *both, "train.epochs=-1").startswith("--set train.epochs=-1: ")


def test_settings_that_contradict_each_other(recipe: Path) -> None:
    said = _refused(recipe, "build.test_from=[a, b, c]", "build.validation_from=[c, a]")
    assert said == (
        "--set build.validation_from=[c, a]: "
        "build.test_from and build.validation_from both hold a, c; "
        "what one of them holds out, the other cannot use."
    )
    said = _refused(recipe, "build.min_words=9", "build.max_words=8")
    assert said == (
        "--set build.max_words=8: "
        "build.min_words is 9 and build.max_words 8; no text has so many words."
    )


def test_a_part_of_somebodys_own_is_not_looked_for_yet(recipe: Path) -> None:
    assert config.read(recipe, ["corpus.filters=[nobodys.filter]"])


@pytest.mark.parametrize(
    ("override", "said"),
    [
        ("train.epochs", "--set train.epochs: expected key=value, such as train.epochs=2"),
        ("name.first=a", "--set name.first=a: 'name' is not a section of the recipe"),
        ("corpus.inputs.0=a", "--set corpus.inputs.0=a: 'inputs' is not a section of the recipe"),
        ("name=[a", "--set name=[a: the value is not valid YAML: expected ',' or ']', but got"),
    ],
)
def test_an_override_that_is_none(recipe: Path, override: str, said: str) -> None:
    assert _refused(recipe, override).startswith(said)


def test_a_file_of_dialogues_says_its_languages(tmp_path: Path) -> None:
    path = tmp_path / "dialogues.jsonl"
    jsonl.write(path, [{"messages": [], "source_lang": "de", "target_lang": "fra"}])
    tuning = config.for_dialogues(path, "builtin:smollm2-135m", ["train.epochs=3", "seed=4"])
    assert (tuning.name, tuning.source_lang, tuning.target_lang) == ("dialogues", "de", "fr")
    assert (tuning.train.epochs, tuning.seed) == (3, 4)
    jsonl.write(path, [{"messages": []}])
    assert config.for_dialogues(path, "m").target_lang == "de"
    # Instructions that are answered by way of English say one language; a translation says both.
    chained = {"messages": [], "source_lang": "und", "target_lang": "ne"}
    jsonl.write(path, [{"messages": []}, chained, {**chained, "target_lang": "fr"}])
    tuning = config.for_dialogues(path, "m")
    assert (tuning.source_lang, tuning.target_lang) == ("en", "ne")
    jsonl.write(path, [chained, {"messages": [], "source_lang": "de", "target_lang": "fr"}])
    assert config.for_dialogues(path, "m").source_lang == "de"


def test_dialogues_that_cannot_be_tuned_on(tmp_path: Path) -> None:
    path = tmp_path / "dialogues.jsonl"
    path.touch()
    with pytest.raises(InputError) as empty:
        config.for_dialogues(path, "m")
    assert str(empty.value) == f"{path}: is empty; expected dialogues, one JSON object a line"
    jsonl.write(path, [{"messages": [], "source_lang": "xx"}])
    with pytest.raises(UserError, match=r"dialogues\.jsonl: 'xx' is not a language code"):
        config.for_dialogues(path, "m")
    jsonl.write(path, [{"messages": []}])
    # What belongs to a recipe alone is no key here, and is not offered as one.
    with pytest.raises(UserError) as extra:
        config.for_dialogues(path, "m", ["corpus.filters=[]"])
    assert str(extra.value).startswith(
        "--set corpus.filters=[]: there is no key 'corpus'. Known: model, name, seed,"
    )


def test_the_schema_knows_every_key() -> None:
    schema = config.Recipe.model_json_schema()
    sections = {"Corpus", "Build", "Model", "Train", "Evaluate"}
    assert sections <= set(schema["$defs"])
    for name in sections:
        section = getattr(config, name)
        assert set(schema["$defs"][name]["properties"]) == set(section.model_fields)
        assert schema["$defs"][name]["description"]
        assert schema["$defs"][name]["additionalProperties"] is False
    assert set(schema["properties"]) == set(config.Recipe.model_fields)


def test_a_language_is_not_translated_into_itself() -> None:
    content = {
        "name": "x",
        "source_lang": "en",
        "target_lang": "eng",
        "corpus": {"inputs": [{"tsv": {"path": "a.tsv"}}]},
        "model": {"name": "echo"},
    }
    with pytest.raises(UserError, match="source_lang and target_lang are both 'en'; expected two"):
        config.validate(content, "here")


def test_users_ask_in_languages_with_wording() -> None:
    content = {
        "name": "x",
        "source_lang": "en",
        "target_lang": "de",
        "corpus": {"inputs": [{"tsv": {"path": "a.tsv"}}]},
        "model": {"name": "echo"},
        "build": {"ask_in": ["target", "cs"]},
    }
    with pytest.raises(UserError, match="no wording of requests in 'cs'; there is in: ar, de"):
        config.validate(content, "here")


def test_variants_are_the_recipe_with_some_keys_changed(recipe: Path) -> None:
    recipe.write_text(
        RECIPE
        + "variants:\n"
        + "  slow: [train.learning_rate=1e-5, 'build.mix={translate: 1}']\n"
        + "  as-is: []\n",
        encoding="utf-8",
    )
    read = config.read(recipe, ["train.epochs=2"])
    slow, plain = read.variant("slow"), read.variant("as-is")
    assert (slow.train.learning_rate, slow.train.epochs) == (1e-5, 2)
    assert (slow.name, slow.build.mix, slow.variants) == ("small-slow", {"translate": 1}, {})
    assert plain.train == read.train


@pytest.mark.parametrize(
    ("variants", "message"),
    [
        ("{a: [train.epoch=2]}", "variants.a: there is no key 'train.epoch'. Did you mean"),
        ("{a: [train.epochs]}", "variants.a: train.epochs: expected key=value"),
        ("{a: ['build.mix={revize: 1}']}", "variants.a: "),
        ("{a/b: []}", "variants: 'a/b' is to be a folder's name"),
        ("{a: train.epochs=2}", "'variants.a'"),
        ("{..: []}", "variants: '..' is to be a folder's name"),
        ("{a: ['variants={}']}", "variants.a: a variant has no variants of its own"),
    ],
)
def test_a_variant_that_is_wrong(recipe: Path, variants: str, message: str) -> None:
    recipe.write_text(f"{RECIPE}variants: {variants}\n", encoding="utf-8")
    assert message in _refused(recipe)


def _of_directions(directions: str, *overrides: str) -> config.Recipe:
    content = {
        "name": "many",
        "corpus": {"inputs": [{"tsv": {"path": "pairs.tsv", "directions": ["en>de"]}}]},
        "model": {"name": "echo"},
    }
    return config.validate(content, "the test", [f"directions={directions}", *overrides])


def test_directions_stand_for_the_two_languages(recipe: Path) -> None:
    read = _of_directions("[en > de, deu>en, fr>zh_CN]")
    assert read.directions == ["en>de", "de>en", "fr>zh-CN"]
    assert [str(each) for each in read.trained] == read.directions
    assert read.asked == read.all_directions == read.trained
    # The first is where a chat begins, unless the languages name another one.
    assert (read.source_lang, read.target_lang) == ("en", "de")
    languages = ("source_lang=fr", "target_lang=zh-CN")
    assert _of_directions("[en>de, fr>zh-CN]", *languages).source_lang == "fr"
    read = _of_directions("[en>de]", "evaluate.directions=[en>de, de>en]")
    assert [str(each) for each in read.asked] == ["en>de", "de>en"]
    assert read.all_directions == read.asked != read.trained
    # Without any there is the one direction of the two languages.
    assert [str(each) for each in config.read(recipe).all_directions] == ["en>de"]


@pytest.mark.parametrize(
    ("directions", "said"),
    [
        ("en>de", "directions: expected a list such as [en>de, de>en]; found 'en>de'."),
        ("[en>de, deu>fr, de>fr]", "directions: de>fr is there twice."),
        ("[en>en]", "directions: The direction 'en>en' leads from a language to itself; expected"),
        ("[en-de]", "directions: 'en-de' is not a direction; expected two language codes such as"),
        ("[en>de>fr]", "directions: 'en>de>fr' is not a direction; expected two language codes"),
        ("[en>xx]", "directions: 'xx' is not a language code; expected BCP 47, such as"),
    ],
)
def test_directions_that_are_none(directions: str, said: str) -> None:
    with pytest.raises(UserError) as caught:
        _of_directions(directions)
    # Without them there would be none at all.
    assert str(caught.value).startswith(f"the test: {said}")
    with pytest.raises(UserError, match="evaluate.directions: "):
        _of_directions("[en>de]", f"evaluate.directions={directions}")


def test_languages_that_contradict_the_directions(recipe: Path) -> None:
    said = "source_lang and target_lang say en>de, which is none of the directions fr>en, en>fr;"
    assert said in _refused(recipe, "directions=[fr>en, en>fr]")


def test_a_variant_may_have_directions_of_its_own() -> None:
    variants = "variants={one: ['directions=[fr>en]'], same: [seed=2]}"
    read = _of_directions("[en>de, de>en]", variants)
    assert [str(each) for each in read.variant("one").trained] == ["fr>en"]
    assert read.variant("one").source_lang == "fr"
    assert read.variant("same").trained == read.trained


def test_an_input_says_which_directions_it_is_for() -> None:
    spec = {"text": {"source": "a", "target": "b", "directions": ["en>de"]}}
    name, values, directions = config.reader(spec)
    assert (name, values) == ("text", {"source": "a", "target": "b"})
    assert [str(each) for each in directions] == ["en>de"]
    with pytest.raises(UserError, match="directions of the input 'text': 'de' is not a direction"):
        config.reader({"text": {"directions": ["de"]}})


def test_what_a_run_was_trained_on(recipe: Path) -> None:
    many = _of_directions("[en>de, de>en]")
    assert config.trained(many.model_dump()) == many.trained
    assert [str(each) for each in config.trained(config.read(recipe).model_dump())] == ["en>de"]
    # A model, and a run tuned on a file of dialogues, which may be in any.
    assert config.trained({}) == config.trained({"source_lang": "en", "target_lang": "de"}) == ()


def test_the_schema_asks_for_languages_or_directions() -> None:
    schema = config.Recipe.model_json_schema()
    assert {"required": ["directions"]} in schema["anyOf"]
    assert set(schema["required"]) == {"name", "corpus", "model"}


@pytest.mark.parametrize(
    ("learned", "asked", "told"),
    [
        ("{translate: 1}", "[translation]", None),
        ("{translate: {share: 1, template: 2}}", "[{translation: {template: 2}}]", None),
        ("{constrain: 1}", "[{translation: {template: 2}}]", None),
        ("{translate: {share: 1, template: 2}}", "[translation]", "in template 2 and asked in var"),
        ("{translate: 1}", "[{translation: {template: 6}}]", "varied phrasings and asked in templ"),
        ("{translate: {share: 1, template: 1}}", "[{translation: {template: 2}}]", "asked in temp"),
    ],
)
def test_another_template_is_told(learned: str, asked: str, told: str | None) -> None:
    settings = (f"build.mix={learned}", f"evaluate.tasks={asked}", f"evaluate.before={asked}")
    notes = _of_directions("[en>de]", *settings).notes()
    assert len(notes) == (told is not None)
    assert told is None or told in notes[0]
