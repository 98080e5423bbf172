"""The recipe: one YAML file is one run.

Read as YAML 1.2 (`no` is Norwegian, `1e-5` a number) and validated here once; the stages get
plain settings and never see YAML. `recipes/quickstart.yaml` has comments; `bayling schema` has
every key.
"""

from __future__ import annotations

import copy
import math
import re
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    model_validator,
)

from bayling import jsonl, languages, parts, wording
from bayling.backends import GUIDANCE
from bayling.errors import InputError, UserError, nearest
from bayling.languages import Direction


def _check(kind: str) -> BeforeValidator:
    """Checks a part and its options when the recipe is read."""

    def check(spec: Any) -> Any:
        if not _is_spec(spec):
            raise ValueError("a part is written 'name' or 'name: {option: value}'")
        name, values = parts.split(spec)
        if kind == "reader":
            name, values, _ = reader(spec)
        # A dotted name is somebody's own code: it is imported when it is used.
        if "." not in name:
            parts.options(kind, name, values)
        return spec

    return BeforeValidator(check)


def _is_spec(spec: Any) -> bool:
    if not isinstance(spec, dict):
        return isinstance(spec, str)
    options = next(iter(spec.values()), ())
    return (
        len(spec) == 1
        and all(isinstance(name, str) for name in spec)
        and (options is None or _is_mapping_of_text(options))
    )


def _is_mapping_of_text(value: Any) -> bool:
    return isinstance(value, dict) and all(isinstance(key, str) for key in value)


def reader(spec: Any) -> tuple[str, dict[str, Any], tuple[Direction, ...]]:
    """An input of a recipe: its reader, the reader's options, and the directions that it is for,
    which any input may name (`directions: [en>de]`); () for all of the recipe's.

    Raises `UserError` for what is no list of directions.
    """
    name, values = parts.split(spec)
    values = dict(values)
    given = values.pop("directions", [])
    return name, values, _directions(given, f"directions of the input '{name}'")


def _directions(given: Any, where: str) -> tuple[Direction, ...]:
    """Raises `UserError` for what is no list of directions, or holds one twice."""
    if not isinstance(given, list) or not all(isinstance(each, str) for each in given):
        raise UserError(f"{where}: expected a list such as [en>de, de>en]; found {given!r}.")
    found = []
    for text in given:
        try:
            found.append(Direction.parse(text))
        except UserError as error:
            raise UserError(f"{where}: {error}") from error
    if twice := sorted({str(each) for each in found if found.count(each) > 1}):
        raise UserError(f"{where}: {', '.join(twice)} is there twice.")
    return tuple(found)


_Model = TypeVar("_Model", bound=BaseModel)

# A part as recipes write it: its name, or {name: {option: value}}.
Spec = str | dict[str, Any]
Reader = Annotated[Spec, _check("reader")]
Filter = Annotated[Spec, _check("filter")]
Adapter = Annotated[Spec, _check("adapter")]
Method = Annotated[Spec, _check("method")]
Task = Annotated[Spec, _check("task")]
Metric = Annotated[Spec, _check("metric")]
Language = Annotated[str, AfterValidator(languages.code)]


def _spelt_directions(where: str) -> BeforeValidator:
    """Directions as recipes write them, `en>de`, in their canonical spelling."""
    return BeforeValidator(lambda given: list(map(str, _directions(given, where))))


# A language that users ask in, or that of the text.
Asking = Annotated[str, AfterValidator(lambda text: _asking(text))]


def _asking(text: str) -> str:
    if text in ("source", "target"):
        return text
    code = languages.code(text)
    wording.phrasings("translate", code)
    return code


# Folders of a run: the tuned model's answers, and the runs of a recipe's variants.
TUNED, VARIANTS = "tuned", "variants"

DEFAULT_FILTERS: list[Spec] = [
    "length",
    "ratio",
    "identical",
    "markup",
    "language",
    "duplicate",
]


# Every kind that needs nothing but pairs; what a memory does not lend itself to is passed over.
DEFAULT_MIX: dict[str, Any] = {
    "translate": 0.18,
    "constrain": 0.12,
    "glossary": 0.08,
    "revise": 0.18,
    "correct": 0.1,
    "keep": 0.05,
    "mixed": 0.1,
    "align": 0.04,
    "ask_then_work": 0.04,
    "length": 0.03,
    "register": 0.02,
    "edit_source": 0.02,
    "continue": 0.02,
    "switch": 0.02,
}


class _Settings(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class Corpus(_Settings):
    """Where pairs come from and what drops them, in this order.

    With several directions each input is read in all of them, or in those that it names itself,
    as in `tsv: {path: a.tsv, directions: [en>de]}`. `workers` is the number of processes that
    judge, all cores if not given; with the engine `ray` the machines of a cluster do. Neither
    changes a byte.
    """

    inputs: list[Reader] = Field(min_length=1)
    filters: list[Filter] = DEFAULT_FILTERS
    workers: int | None = Field(default=None, ge=1)
    engine: Literal["processes", "ray"] = "processes"


def needs_answers(builder: str) -> bool:
    """Whether a builder drafts from first answers of the model that is being tuned."""
    return bool(getattr(parts.load("builder", builder), "NEEDS_ANSWERS", False))


class Teacher(_Settings):
    """A model that words requests in its own way, as it is asked for a `share` (0–1) of those that
    it may."""

    model: str
    share: float = Field(default=0.5, gt=0, le=1)


class Build(_Settings):
    """How many dialogues of which kinds, and what is held out.

    `mix` holds each builder's share, as a number or as `{share: number, option: value}`.
    `test_from` and `validation_from` list origins (packages or files) that are used for nothing
    else; without them those sets are drawn from all, a fifth of the pairs at most. `test` is the
    number of samples of either set (in each direction, where there are several), `validation` that
    of dialogues whose loss is watched. Several directions have an even share of the dialogues each.
    `ask_in` lists the languages that users write their requests in, `source` and `target` being
    those of the text. A pair is used by one kind, in up to `rounds` dialogues; `min_words` and
    `max_words` bound the length of a source worth a dialogue. `workers` is the number of processes,
    all cores if not given; it changes no byte. A `teacher` words some of the requests anew.
    """

    mix: dict[str, Any] = Field(default=DEFAULT_MIX, min_length=1)
    dialogues: int = Field(default=1000, ge=1)
    validation: int = Field(default=40, ge=0)
    test: int = Field(default=150, ge=0)
    test_from: list[str] = []
    validation_from: list[str] = []
    ask_in: list[Asking] = Field(default=["source", "target"], min_length=1)
    min_words: int = Field(default=4, ge=1)
    max_words: int = Field(default=30, ge=1)
    rounds: int = Field(default=1, ge=1)
    teacher: Teacher | None = None
    workers: int | None = Field(default=None, ge=1)

    def builders(self) -> dict[str, tuple[float, dict[str, Any]]]:
        """The mix as share and options by the builder's name."""
        found = {}
        for name, given in self.mix.items():
            values = dict(given) if isinstance(given, dict) else {"share": given}
            found[name] = (values.pop("share", None), values)
        return found

    def passes(self) -> tuple[Build | None, Build]:
        """What is built before the model has answered, if any of it needs answers, and after.

        The first pass is half of the dialogues that need none. The other half is mixed with those
        that do, so that first answers stay as good as they are. What is watched are the first
        pass's validation dialogues.
        """
        builders = self.builders()
        needing = {name for name in builders if needs_answers(name)}
        if not needing:
            return None, self
        total = sum(share for share, _ in builders.values())
        alone = sum(share for name, (share, _) in builders.items() if name not in needing)
        first = round(self.dialogues * alone / total / 2)
        if not first or not round(self.dialogues * (total - alone) / total):
            raise UserError(
                f"build.mix: {', '.join(sorted(needing))} needs answers of a model that was tuned "
                "on other kinds first, and some dialogues for either; add one, e.g. translate."
            )
        first_mix = {name: self.mix[name] for name in self.mix if name not in needing}
        second_mix = {
            name: {**values, "share": share if name in needing else share / 2}
            for name, (share, values) in builders.items()
        }
        return (
            self.model_copy(update={"mix": first_mix, "dialogues": first}),
            self.model_copy(
                update={"mix": second_mix, "dialogues": self.dialogues - first, "validation": 0}
            ),
        )

    @model_validator(mode="after")
    def _builders_exist(self) -> Build:
        for name, (share, values) in self.builders().items():
            if not isinstance(share, int | float) or not 0 < share < math.inf:
                raise UserError(
                    f"build.mix: '{name}' needs a share above 0, as in '{name}: 0.5' or "
                    f"'{name}: {{share: 0.5}}'; found {self.mix[name]!r}."
                )
            parts.options("builder", name, values)
        return self

    @model_validator(mode="after")
    def _consistent(self) -> Build:
        if both := set(self.test_from) & set(self.validation_from):
            raise UserError(
                f"build.test_from and build.validation_from both hold {', '.join(sorted(both))}; "
                "what one of them holds out, the other cannot use."
            )
        if self.min_words > self.max_words:
            raise UserError(
                f"build.min_words is {self.min_words} and build.max_words {self.max_words}; "
                "no text has so many words."
            )
        return self


class Model(_Settings):
    """`builtin:NAME`, a Hub id or a folder, and what is added to it.

    `start` is the folder of a run of this model with such an adapter, which is tuned on instead of
    a new one: what that run taught first. `guidance` is the strength with which an answer
    heeds a request where it would only repeat the last answer; with 1 answers are the model's own,
    which may do that, and may lack the words that were asked for.
    """

    name: str
    adapter: Adapter = "lora"
    start: str | None = None
    guidance: float = Field(default=GUIDANCE, ge=1, allow_inf_nan=False)


class EarlyStopping(_Settings):
    """Ask the model for translations of the validation set while it is tuned, and stop where they
    no longer get better: every `every` steps `task` is asked about `samples` samples, `metric`
    scores the answers, and `patience` times in a row without a better score are enough. What is
    kept is the best model that was seen. The samples are drawn evenly from the directions that are
    trained and asked, or from all that are asked, where none of them is trained."""

    metric: Metric = "chrf"
    task: Task = "translation"
    samples: int = Field(default=40, ge=1)
    every: int = Field(default=20, ge=1)
    patience: int = Field(default=3, ge=1)


class Train(_Settings):
    """One pass of tuning. Sizes are in tokens, since dialogues differ in length.

    A step learns from `accumulate` micro-batches of `batch_tokens`, however many processes share
    them. `turns` says whether all turns are learned that the dialogues mark, or the last of these.
    `max_steps` bounds the steps; the schedule goes over those that are taken. `recompute`
    keeps each layer's input alone and computes the layer again on the way back: the same gradients
    from less memory, in more time. `precision` is what frozen weights are held and multiplied in:
    `auto` is bf16 on a GPU and on CPUs with instructions for it, and fp32 on others; what is tuned
    is held in fp32.
    """

    method: Method = "sft"
    turns: Literal["all", "last"] = "all"
    learning_rate: float = Field(default=5e-4, gt=0)
    schedule: Literal["cosine", "linear", "constant"] = "cosine"
    warmup: float = Field(default=0.05, ge=0, le=1)
    epochs: int = Field(default=1, ge=1)
    max_steps: int | None = Field(default=None, ge=1)
    batch_tokens: int = Field(default=1024, ge=1)
    accumulate: int = Field(default=1, ge=1)
    weight_decay: float = Field(default=0.0, ge=0)
    clip: float = Field(default=1.0, gt=0)
    max_tokens: int = Field(default=512, ge=8)
    checkpoint_every: int = Field(default=20, ge=1)
    recompute: bool = False
    precision: Literal["auto", "fp32", "bf16"] = "auto"
    early_stopping: EarlyStopping | None = None
    trackers: list[Literal["tensorboard", "wandb"]] = []


class Evaluate(_Settings):
    """What is asked of the model before and after, and how the answers are scored.

    The untuned model is asked the tasks `before`, once for each number of solved examples in
    `shots`: 0 is zero-shot. `split` says which samples are used: whoever tries settings out does
    so on `validation`. At most `samples` of them are asked, in each direction. `directions` are
    those asked, the recipe's if not given; where some of them are not trained, the scores are also
    given by partition (mFTI: seen, reversed, unseen).
    """

    tasks: list[Task] = ["translation", "constrained", "revise"]
    metrics: list[Metric] = [
        "bleu",
        "chrf",
        "off_target",
        "satisfaction",
        "clean_revision",
        "conversation",
        "editing",
    ]
    before: list[Task] = ["translation"]
    shots: list[Annotated[int, Field(ge=0)]] = [0, 2]
    split: Literal["test", "validation"] = "test"
    samples: int = Field(default=150, ge=1)
    directions: Annotated[list[str], _spelt_directions("evaluate.directions")] = []

    @model_validator(mode="after")
    def _each_once(self) -> Evaluate:
        for key in ("tasks", "before", "metrics"):
            names = [parts.split(spec)[0] for spec in getattr(self, key)]
            if twice := {name for name in names if names.count(name) > 1}:
                raise UserError(f"evaluate.{key} names {', '.join(sorted(twice))} twice.")
        return self


class Tuning(_Settings):
    """A model and how it is tuned: all that a file of dialogues needs."""

    name: str
    source_lang: Language
    target_lang: Language
    seed: int = 1
    threads: int | None = Field(default=None, ge=1)
    model: Model
    train: Train = Train()

    @model_validator(mode="after")
    def _two_languages(self) -> Tuning:
        if self.source_lang == self.target_lang:
            raise UserError(
                f"source_lang and target_lang are both '{self.source_lang}'; "
                "expected two languages."
            )
        return self


def _in_template(number: int | None) -> str:
    return "in varied phrasings" if number is None else f"in template {number}"


def _either_languages_or_directions(schema: dict[str, Any]) -> None:
    ends = ["source_lang", "target_lang"]
    schema["required"] = [key for key in schema["required"] if key not in ends]
    schema["anyOf"] = [{"required": ends}, {"required": ["directions"]}]


class Recipe(Tuning):
    """A whole run, from text to a scored assistant.

    `directions`, such as [en>de, de>en], are all that is trained; then source_lang and target_lang
    need not be given, and name the one that `bayling chat` begins in: the first, if they are not.
    `variants` are runs to be compared: by name, what each changes in the rest of the recipe, as
    `key=value` like --set.
    """

    model_config = ConfigDict(json_schema_extra=_either_languages_or_directions)

    directions: Annotated[list[str], _spelt_directions("directions")] = []
    corpus: Corpus
    build: Build = Build()
    evaluate: Evaluate = Evaluate()
    variants: dict[str, list[str]] = {}

    @property
    def trained(self) -> tuple[Direction, ...]:
        """The directions that are learned: those given, or the one of the two languages."""
        given = tuple(map(Direction.parse, self.directions))
        return given or (Direction(self.source_lang, self.target_lang),)

    @property
    def asked(self) -> tuple[Direction, ...]:
        """The directions that an evaluation asks."""
        return tuple(map(Direction.parse, self.evaluate.directions)) or self.trained

    @property
    def all_directions(self) -> tuple[Direction, ...]:
        """Those that are trained, then those that are only asked."""
        return tuple(dict.fromkeys((*self.trained, *self.asked)))

    def notes(self) -> list[str]:
        """What is allowed and probably not meant."""
        learned = self.build.builders().get("translate")
        given = [*self.evaluate.tasks, *self.evaluate.before]
        asked = {
            values.get("template")
            for name, values in map(parts.split, given)
            if name == "translation"
        }
        if learned is None or asked <= {trained := learned[1].get("template")}:
            return []
        other = asked - {trained}
        return [
            f"Translations are learned {_in_template(trained)} and asked "
            f"{' and '.join(map(_in_template, sorted(other, key=str)))} (build.mix.translate, "
            "evaluate.tasks, evaluate.before): a model answers best as it was trained to be asked."
        ]

    @model_validator(mode="before")
    @classmethod
    def _first_direction(cls, content: Any) -> Any:
        if isinstance(content, dict) and content.get("directions", []) != []:
            first = _directions(content["directions"], "directions")[0]
            return {"source_lang": first.source, "target_lang": first.target, **content}
        return content

    @model_validator(mode="after")
    def _languages_fit_directions(self) -> Recipe:
        begins = f"{self.source_lang}>{self.target_lang}"
        if self.directions and begins not in self.directions:
            raise UserError(
                f"source_lang and target_lang say {begins}, which is none of the directions "
                f"{', '.join(self.directions)}; leave both out, or name one of these."
            )
        return self

    @model_validator(mode="after")
    def _variants_fit(self) -> Recipe:
        for name, changes in self.variants.items():
            if not re.fullmatch(r"[\w.-]*\w[\w.-]*", name):
                raise UserError(
                    f"variants: '{name}' is to be a folder's name; "
                    "expected letters, digits, hyphens, full stops."
                )
            if any(change.startswith("variants") for change in changes):
                raise UserError(f"variants.{name}: a variant has no variants of its own.")
            self.variant(name)
        return self

    def variant(self, name: str) -> Recipe:
        """The recipe as a variant changes it. Raises `UserError` for a change that is wrong."""
        content = self.model_dump(exclude={"variants"})
        content["name"] = f"{self.name}-{name}"
        if self.directions and self.directions[0] == f"{self.source_lang}>{self.target_lang}":
            # They follow from the directions, which the variant may change.
            del content["source_lang"], content["target_lang"]
        try:
            return _overridden(content, f"variants.{name}", self.variants[name])
        except UserError as error:
            # What is wrong with a change is told in the words of --set.
            told = str(error).replace("--set ", "")
            raise UserError(
                told if told.startswith("variants") else f"variants.{name}: {told}"
            ) from None


def read(path: Path, overrides: Sequence[str] = ()) -> Recipe:
    """The recipe of a file, with `key.key=value` overrides. Raises `InputError` for a wrong one."""
    if not path.is_file():
        raise InputError(
            path, "no such recipe; expected a YAML file such as recipes/quickstart.yaml"
        )
    try:
        content = _yaml(path.read_text(encoding="utf-8"))
    except _NotYaml as error:
        raise InputError(path, f"is not valid YAML: {error}", error.line) from error
    except UnicodeDecodeError as error:
        raise InputError(path, f"byte {error.start} is not UTF-8") from error
    if not isinstance(content, dict):
        raise InputError(path, "is not a recipe; expected keys such as name, corpus and model")
    return validate(content, str(path), overrides)


def validate(content: dict[str, Any], where: str, overrides: Sequence[str] = ()) -> Recipe:
    """The recipe that a mapping spells, with overrides; `where` names it in messages, unless it is
    an override that is wrong."""
    try:
        return _overridden(content, where, overrides)
    except UserError:
        for number in reversed(range(len(overrides))):
            with suppress(UserError):
                _overridden(content, where, overrides[:number])
                # All before it are right.
                where = f"--set {overrides[number]}"
                overrides = overrides[: number + 1]
                break
        return _overridden(content, where, overrides)


def _overridden(content: dict[str, Any], where: str, overrides: Sequence[str] = ()) -> Recipe:
    changed = copy.deepcopy(content)
    for override in overrides:
        _override(changed, override)
    return _validate(Recipe, changed, where)


def for_dialogues(path: Path, model: str, overrides: Sequence[str] = ()) -> Tuning:
    """The usual tuning of `model` on a file of dialogues, whose first translation says the
    languages; where none does, from English into that of the first dialogue that is in one, or into
    German."""
    first = next(jsonl.read(path), None)
    if first is None:
        raise InputError(path, "is empty; expected dialogues, one JSON object a line")
    if "messages" not in first and {"source", "target"} <= first.keys():
        raise InputError(
            path,
            "is a pair and no dialogue; make dialogues of the pairs first: bayling build "
            f"{path} --from en --to de --out FOLDER; bayling train FOLDER/build/train.jsonl",
            1,
        )
    source_lang, target_lang = _languages_told(path)
    content: dict[str, Any] = {
        "name": path.stem,
        "source_lang": source_lang,
        "target_lang": target_lang,
        "model": {"name": model},
    }
    for override in overrides:
        _override(content, override)
    said = " ".join(f"--set {override}" for override in overrides)
    return _validate(Tuning, content, said or str(path))


def _languages_told(path: Path) -> tuple[str, str]:
    """See `for_dialogues`. General instructions are in no direction, instructions that are answered
    by way of English in one language."""
    answered: str | None = None
    for row in jsonl.read(path):
        source, target = (row.get(f"{side}_lang", "und") for side in ("source", "target"))
        if source != "und":
            return source, row.get("target_lang", "de")
        if answered is None and languages.base(str(target)) not in ("und", "en"):
            answered = target
    return "en", answered or "de"


def _validate(model: type[_Model], content: dict[str, Any], where: str) -> _Model:
    try:
        return model.model_validate(content)
    except ValidationError as error:
        raise UserError(f"{where}: {_explain(error, model)}") from error
    except UserError as error:
        # What a part, a language or a section says of its values.
        raise UserError(f"{where}: {error}") from error


def trained(recipe: dict[str, Any]) -> tuple[Direction, ...]:
    """The directions that a run was tuned on, by its recipe.json; () for a model, and for a run
    that was tuned on a file of dialogues, which may be in any."""
    if "corpus" not in recipe:
        return ()
    given = tuple(map(Direction.parse, recipe.get("directions", ())))
    return given or (Direction(recipe["source_lang"], recipe["target_lang"]),)


def spec(text: str) -> Any:
    """A part as a command line or a recipe writes it: its name, or with options, e.g.
    `{tsv: {path: memory.tsv, target_column: 3}}`. Raises `UserError` for anything else."""
    if not text.startswith("{"):
        return text
    try:
        found = _yaml(text)
    except _NotYaml as error:
        raise UserError(f"{text}: is not valid YAML: {error}") from error
    if not _is_spec(found):
        raise UserError(f"{text}: a part is written 'name' or '{{name: {{option: value}}}}'")
    return found


def evaluation(content: dict[str, Any], tasks: Sequence[Any]) -> Evaluate:
    """A run's settings, or the usual, with other tasks if there are any. Raises `UserError`."""
    settings = _validate(Evaluate, content, "the recipe's evaluate")
    if not tasks:
        return settings
    # Another task may need a metric that the run's own ones had no use for.
    own = {parts.split(metric)[0] for metric in settings.metrics}
    usual = [metric for metric in Evaluate().metrics if metric not in own]
    changed = {"tasks": list(tasks), "metrics": [*settings.metrics, *usual]}
    return _validate(Evaluate, {**settings.model_dump(), **changed}, "--task")


class _NotYaml(ValueError):
    def __init__(self, problem: str, line: int | None) -> None:
        super().__init__(problem)
        self.line = line


def _yaml(text: str) -> Any:
    """The content of a YAML 1.2 text. Raises `_NotYaml` with the line, where that is known."""
    from ruamel.yaml import YAML
    from ruamel.yaml.error import MarkedYAMLError, YAMLError

    try:
        # Not the C parser, which some installations have: it reads YAML 1.1.
        return YAML(typ="safe", pure=True).load(text)
    except MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else None
        raise _NotYaml(str(error.problem), line) from error
    except YAMLError as error:
        raise _NotYaml(str(error).splitlines()[0], None) from error


def _override(content: dict[str, Any], override: str) -> None:
    key, equals, value = override.partition("=")
    if not equals:
        raise UserError(f"--set {override}: expected key=value, such as train.epochs=2")
    *path, last = key.split(".")
    for depth, step in enumerate(path, start=1):
        # Who changes one share of the usual mix leaves the others as they are.
        usual = DEFAULT_MIX if path[:depth] == ["build", "mix"] else {}
        content = content.setdefault(step, dict(usual))
        if not isinstance(content, dict):
            raise UserError(f"--set {override}: '{step}' is not a section of the recipe")
    try:
        content[last] = _yaml(value)
    except _NotYaml as error:
        raise UserError(f"--set {override}: the value is not valid YAML: {error}") from error


def _explain(error: ValidationError, model: type[BaseModel]) -> str:
    first = error.errors()[0]
    place = ".".join(str(step) for step in first["loc"])
    if first["type"] == "extra_forbidden":
        section: Any = model
        for step in first["loc"][:-1]:
            section = section.model_fields[str(step)].annotation
        last = str(first["loc"][-1])
        hint = nearest(last, section.model_fields, place.removesuffix(last))
        return f"there is no key '{place}'.{hint}"
    if first["type"] == "missing":
        return f"the key '{place}' is missing"
    if first["type"] == "model_type":
        return f"'{place}' is a section of keys and values; found {first['input']!r}"
    return f"'{place}': {first['msg'].removeprefix('Value error, ')} (got {first['input']!r})"
