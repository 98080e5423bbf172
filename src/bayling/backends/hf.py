"""transformers: the reference that every other backend is compared with."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Field

from bayling import chain, checks, wishes, words
from bayling.backends import GUIDANCE, _guidance, _placement
from bayling.errors import UserError
from bayling.model import segments, template, tuned
from bayling.model.segments import Segment
from bayling.records import Check, Message

if TYPE_CHECKING:
    from torch import Tensor
    from torch.nn import Linear
    from transformers import PreTrainedModel, PreTrainedTokenizerBase


_ROOM = 16  # tokens of an answer beyond what its conversation's length allows
_GUIDED = 16  # answers given anew at a time, each with the scores of two vocabularies
_BLOCK = 8192  # words of the vocabulary scored at a time
# An answer is stuck if its last `_STUCK` tokens repeat themselves every `_PERIOD` tokens or sooner.
_STUCK, _PERIOD = 32, 12


@dataclass(frozen=True)
class Options:
    """The model, an adapter's folder to put on it, and how it decodes (greedily).

    At most `max_new_tokens` are written, fewer for short texts: three times what the user's longest
    message has and some more, since other scripts take more tokens, and a model that never ends has
    to be stopped, at once where it only repeats itself. What begins as a chain by way of English
    may have so many tokens for each part. An answer ends at the end token or before any of the
    `stop` strings, which a model needs that never learned to end; where the caller gives `room`,
    for texts of several lines, these end nothing.

    An answer that lacks what an understood request asks for gets it (`_placement.py`), and one that
    only repeats the last one, though some other change of it was asked for, is given anew with more
    weight on the request (`_guidance.py`): `guidance` is the strength. With 1 the model's own
    answers stand, whatever they are.
    """

    model: str
    adapter: Path | None = None
    batch_size: int = 64
    max_new_tokens: int = 1024
    stop: tuple[str, ...] = ()
    guidance: Annotated[float, Field(ge=1, allow_inf_nan=False)] = GUIDANCE


def connect(options: Options) -> Transformers:
    """Load the model. Raises what `bayling.model.tuned.answering` raises, and `UserError` for a
    model that does more between its last layer and its logits than this module knows of."""
    model, tokenizer = tuned.answering(options.model, options.adapter)
    model.eval()
    if not _is_plain(model):
        raise UserError(
            f"{options.model} computes its answers in a way that bayling does not know "
            f"({type(model).__name__}); expected layers, then one projection onto the vocabulary."
        )
    return Transformers(model, tokenizer, options)


def of_network(model: PreTrainedModel, tokenizer: PreTrainedTokenizerBase) -> Transformers:
    """A network that is in memory already, as it is at the moment it is asked: whoever tunes it
    may ask it in between, in evaluation mode. It is judged by what it says by itself."""
    inner = tuned.network(model)
    return Transformers(inner, tokenizer, Options(model=inner.name_or_path, guidance=1))


class Transformers:
    """A model in this process. Conversations are batched by length, padded on the left."""

    def __init__(
        self, model: PreTrainedModel, tokenizer: PreTrainedTokenizerBase, options: Options
    ) -> None:
        self.name = options.model
        self._model, self._tokenizer, self._options = model, tokenizer, options
        self._listener = segments.listener(model)
        self._ends_at = {tokenizer.eos_token_id, template.stop_token(tokenizer)}

    def answer(
        self,
        conversations: Sequence[Sequence[Message]],
        on_answer: Callable[[int], None] | None = None,
        room: int | None = None,
        beginnings: Sequence[str] | None = None,
    ) -> list[str]:
        pairs = zip(conversations, beginnings or [""] * len(conversations), strict=True)
        prompts = [self._prompt(messages, begun, room) for messages, begun in pairs]
        order = sorted(range(len(prompts)), key=lambda place: len(prompts[place].ids))
        answers = [""] * len(prompts)
        # Where there is room for more than a translation, there is for several lines.
        stop = () if room else self._options.stop
        for start in range(0, len(order), self._options.batch_size):
            places = order[start : start + self._options.batch_size]
            asked = [prompts[place] for place in places]
            for place, tokens in zip(places, self._generate(asked, stop), strict=True):
                answers[place] = self._text(prompts[place], tokens, stop)
            if on_answer:
                on_answer(len(places))
        if self._options.guidance > 1:
            free = [place for place in order if not prompts[place].begun.text]
            mended = {
                place: _Mending(
                    conversations[place],
                    prompts[place],
                    wishes.asked(conversations[place]),
                    answers[place],
                    _placement.base(conversations[place]),
                    answers[place],
                )
                for place in free
            }
            self._grant(list(mended.values()), stop)
            for place, mending in mended.items():
                answers[place] = mending.answer
            repeated = [
                place for place in free if _guidance.repeats(conversations[place], answers[place])
            ]
            size = min(_GUIDED, self._options.batch_size)
            for start in range(0, len(repeated), size):
                places = repeated[start : start + size]
                anew = self._anew(
                    [conversations[place] for place in places],
                    [prompts[place] for place in places],
                    stop,
                )
                for place, text in zip(places, anew, strict=True):
                    lack = mended[place].lack
                    if text and lack(text) <= lack(answers[place]):
                        answers[place] = text
        return answers

    def _grant(self, mendings: Sequence[_Mending], stop: tuple[str, ...]) -> None:
        """See to the wishes that answers do not fulfil, one after the other (`_placement.py`)."""
        left = [each for each in mendings if each.lack(each.plain) and each.text.strip()]
        for each in left:
            # The last answer may do all that is asked for by itself.
            if not each.lack(each.text) and each.keeps(each.text, each.plain):
                each.answer = each.text
        for _ in range(_placement.MOST):
            left = [each for each in left if each.lack(each.text)]
            trials: list[tuple[_Mending, _Prompt]] = []
            texts: dict[int, list[str]] = {}
            for each in left:
                prompts, whole = self._trials(each)
                trials += [(each, prompt) for prompt in prompts]
                texts[id(each)] = [
                    text for text in whole if each.keeps(text, each.text, each.plain)
                ]
            for start in range(0, len(trials), self._options.batch_size):
                batch = trials[start : start + self._options.batch_size]
                written = self._generate([prompt for _, prompt in batch], stop)
                for (each, prompt), tokens in zip(batch, written, strict=True):
                    text = checks.normal(self._text(prompt, tokens, stop))
                    ended = text and self._is_whole(tokens, stop, prompt.begun)
                    if ended and each.keeps(text, each.text, each.plain):
                        texts[id(each)].append(text)
            better = []
            for each in left:
                best = self._best(each.prompt, each.wanted, texts[id(each)])
                if best and each.lack(best) < each.lack(each.text):
                    each.text = best
                    better.append(each)
                if best and each.lack(best) < each.lack(each.answer):
                    each.answer = best
            left = better

    def _trials(self, mending: _Mending) -> tuple[list[_Prompt], list[str]]:
        """How answers can begin that see to a wish which the text does not fulfil, and whole
        ones."""
        prompt, text = mending.prompt, mending.text
        wish = _placement.first_failing(mending.wanted, text)
        [ids] = self._tokens([text])
        if wish.kind == "avoid":
            [before] = self._tokens([_placement.until(text, wish)])
            at = len(os.path.commonprefix([ids, before]))
            never = {ids[at], *self._ends_at, *self._tokenizer.all_special_ids}
            tokens = self._chances(prompt, ids, [at])[at].argsort(descending=True).tolist()
            likeliest = [token for token in tokens if token not in never][: _placement.TRIED]
            return [replace(prompt, started=[*ids[:at], token]) for token in likeliest], []
        places = _placement.places(text, wish)
        begins = self._tokens([place.begins for place in places])
        shared = [len(os.path.commonprefix([ids, new])) for new in begins]
        after = self._chances(prompt, ids, shared)
        chances = [
            float(after[at][new[at]]) if at < len(new) else 0.0
            for new, at in zip(begins, shared, strict=True)
        ]
        order = sorted(range(len(places)), key=chances.__getitem__, reverse=True)
        best = [places[number] for number in order[: _placement.TRIED]]
        prompts = [
            replace(self._prompt(mending.messages, place.begins, None), limit=prompt.limit)
            for place in best
        ]
        return prompts, [place.instead for place in best if place.instead]

    def _chances(self, prompt: _Prompt, ids: list[int], counts: list[int]) -> dict[int, Tensor]:
        """The log-probabilities of the next token [vocabulary] behind so many of an answer's."""
        import torch

        kept = sorted({*counts})
        ids = ids[: kept[-1]]
        if self._listener is not None:
            width = len(prompt.ids) + len(ids) + 1
            where = _longer(prompt.where, len(ids))
            self._listener.begin(segments.places([where], [0], width, self._model.device))
        with torch.inference_mode():
            logits = self._model(
                input_ids=torch.tensor([[*prompt.ids, *ids]], device=self._model.device),
                logits_to_keep=torch.tensor([len(prompt.ids) - 1 + each for each in kept]),
            ).logits[0]
            return dict(zip(kept, logits.float().log_softmax(-1), strict=True))

    def _tokens(self, texts: list[str]) -> list[list[int]]:
        ids: list[list[int]] = self._tokenizer(texts, add_special_tokens=False).input_ids
        return ids

    def _best(self, prompt: _Prompt, wanted: Sequence[Check], texts: Sequence[str]) -> str:
        """Of the answers that lack least the likeliest one; '' for none."""
        lack = {text: _placement.lack(wanted, text) for text in texts}
        best = [text for text in lack if lack[text] == min(lack.values())]
        if len(best) < 2:
            return best[0] if best else ""
        scores = self._log_likelihoods(prompt.ids, best, prompt.where)
        return best[scores.index(max(scores))]

    def _anew(
        self,
        conversations: Sequence[Sequence[Message]],
        prompts: Sequence[_Prompt],
        stop: tuple[str, ...],
    ) -> list[str]:
        """Answers where the plain ones repeat the last ones; '' for one that does not end."""
        against = [
            self._prompt(_guidance.asked_again(messages), "", None) for messages in conversations
        ]
        written = self._generate(prompts, stop, against)
        return [
            self._text(prompt, tokens, stop) if self._is_whole(tokens, stop, prompt.begun) else ""
            for prompt, tokens in zip(prompts, written, strict=True)
        ]

    def choose(
        self,
        conversations: Sequence[Sequence[Message]],
        candidates: Sequence[Sequence[str]],
        on_answer: Callable[[int], None] | None = None,
    ) -> list[str]:
        chosen = []
        for messages, texts in zip(conversations, candidates, strict=True):
            prompt = template.prompt(self._tokenizer, messages)
            scores = self._log_likelihoods(prompt, texts, self._segments(messages))
            chosen.append(texts[scores.index(max(scores))])
            if on_answer:
                on_answer(1)
        return chosen

    def _segments(self, messages: Sequence[Message]) -> tuple[Segment, ...]:
        """Where the prompt's tokens stand, if the model wants to know."""
        return () if self._listener is None else template.segments(self._tokenizer, messages)

    def _prompt(self, messages: Sequence[Message], begun: str, room: int | None) -> _Prompt:
        fixed = self._begun(begun)
        return _Prompt(
            ids=[*template.prompt(self._tokenizer, messages), *fixed.ids],
            where=_longer(self._segments(messages), len(fixed.ids)),
            limit=min(self._options.max_new_tokens, room or self._limit(messages)),
            begun=fixed,
        )

    def _begun(self, text: str) -> _Begun:
        """Tokenised by itself, as every answer is in training. Where words share no token, these
        are the tokens that a whole answer would begin with; a character of Chinese may end in the
        middle of one, and what follows has to make do with that."""
        if not text:
            return _Begun("", [], "")
        ids: list[int] = self._tokenizer(text, add_special_tokens=False).input_ids
        return _Begun(text, ids, self._decode(ids))

    def _log_likelihoods(
        self, prompt: list[int], texts: Sequence[str], where: tuple[Segment, ...] = ()
    ) -> list[float]:
        """The log-probability of each text as the whole answer, less that of what they all begin
        with, which is gone through once, with the prompt. The end token makes none the beginning
        of another."""
        import torch
        from transformers import DynamicCache

        end = template.stop_token(self._tokenizer)
        ids = [[*self._tokenizer(each, add_special_tokens=False).input_ids, end] for each in texts]
        shared = len(os.path.commonprefix(ids))
        rests = [each[shared:] for each in ids]
        cache = DynamicCache(config=self._model.config)
        device = self._model.device
        longest = max(map(len, rests))
        # What stands behind a text's end changes nothing before it.
        padded = [[*each, *[end] * (longest - len(each))] for each in rests]
        after = torch.tensor(padded, device=device)
        if self._listener is not None:
            # What all texts begin with stands in the answer, and so does what comes next.
            row, width = _longer(where, shared), len(prompt) + shared + 1
            self._listener.begin(segments.places([row], [0], width, device))
        with torch.inference_mode():
            before = torch.tensor([[*prompt, *ids[0][:shared]]], device=device)
            first = self._model(input_ids=before, past_key_values=cache, logits_to_keep=1).logits
            logits = first.expand(len(rests), -1, -1)
            if longest > 1:
                cache.batch_repeat_interleave(len(rests))
                if self._listener is not None:
                    self._listener.repeat(len(rests))
                later = self._model(input_ids=after[:, :-1], past_key_values=cache).logits
                logits = torch.cat([logits, later], dim=1)
            chances = logits.float().log_softmax(-1).gather(-1, after[..., None])[..., 0]
        return [float(row[: len(rest)].sum()) for row, rest in zip(chances, rests, strict=True)]

    def _limit(self, messages: Sequence[Message]) -> int:
        # Not the model's own messages: one that ran on would be allowed to run on thrice as far.
        texts = [message.text for message in messages if message.role != "assistant"]
        longest = max(len(ids) for ids in self._tokenizer(texts).input_ids)
        return 3 * longest + _ROOM

    def _generate(
        self,
        prompts: Sequence[_Prompt],
        stop: tuple[str, ...],
        against: Sequence[_Prompt] = (),
    ) -> list[list[int]]:
        """Greedy decoding of a batch, each answer up to its limit, as tokens; guided where every
        prompt has one `against` it. transformers' own `generate` carries answers that have
        ended along until the last one ends; dropping them halves the time of an evaluation."""
        import torch
        from transformers import DynamicCache

        cache = DynamicCache(config=self._model.config)
        ids, mask = self._pad([[*each.ids, *each.started] for each in (*prompts, *against)])
        positions = (mask.cumsum(-1) - 1).clamp(min=0)
        written = [list(prompt.started) for prompt in prompts]
        rows = list(range(len(prompts)))
        begun = prompts
        self._listen([*prompts, *against], ids)
        with torch.inference_mode():
            while True:
                states = {"position_ids": positions, "past_key_values": cache}
                inputs = {"input_ids": ids, "attention_mask": mask, **states}
                if against:
                    logits = self._model(**inputs, logits_to_keep=1).logits[:, -1]
                    chosen = _guidance.choose(logits, self._options.guidance)
                else:
                    chosen, begun = self._likeliest(inputs, begun), ()
                for row, token in zip(rows, chosen.tolist(), strict=True):
                    written[row].append(token)
                going = [
                    place
                    for place, row in enumerate(rows)
                    if self._has_room(written[row], prompts[row])
                    and not self._ends(written[row], stop, prompts[row].begun)
                ]
                if not going:
                    break
                if len(going) < len(rows):
                    # Of what stands against them too.
                    kept = [
                        place + shift for shift in range(0, len(mask), len(rows)) for place in going
                    ]
                    left = torch.tensor(kept, device=ids.device)
                    cache.batch_select_indices(left)
                    if self._listener is not None:
                        self._listener.keep(left)
                    chosen, mask, positions = (
                        chosen[left[: len(going)]],
                        mask[left],
                        positions[left],
                    )
                    rows = [rows[place] for place in going]
                ids = chosen.repeat(len(mask) // len(rows))[:, None]
                positions = positions[:, -1:] + 1
                mask = torch.cat([mask, mask.new_ones(len(mask), 1)], dim=-1)
        return written

    def _text(self, prompt: _Prompt, tokens: list[int], stop: tuple[str, ...]) -> str:
        """The answer that was written, with what it was to begin with."""
        return prompt.begun.text + _cut(self._behind(prompt.begun, tokens), stop, prompt.begun)

    def _listen(self, prompts: Sequence[_Prompt], ids: Tensor) -> None:
        """Tell an adapter that wants to know where the tokens of padded prompts stand."""
        if self._listener is None:
            return
        width = ids.shape[1]
        gaps = [width - len(prompt.ids) - len(prompt.started) for prompt in prompts]
        where = [_longer(prompt.where, len(prompt.started)) for prompt in prompts]
        self._listener.begin(segments.places(where, gaps, width + 1, ids.device))

    def _likeliest(self, inputs: dict[str, Any], beginnings: Sequence[_Prompt]) -> Tensor:
        """The likeliest next tokens [rows], and of prompts with a beginning those that may follow
        that."""
        hidden = self._model.get_decoder()(**inputs).last_hidden_state[:, -1]
        head = self._model.get_output_embeddings()
        chosen = _likeliest(hidden, head)
        return self._at_new_words(chosen, hidden, head, beginnings) if beginnings else chosen

    def _at_new_words(
        self, chosen: Tensor, hidden: Tensor, head: Linear, prompts: Sequence[_Prompt]
    ) -> Tensor:
        """The first tokens [rows] of what follows beginnings: the likeliest that do not go on with
        a beginning's last word."""
        chosen = chosen.clone()
        for row, fixed in enumerate(prompt.begun for prompt in prompts):
            if not fixed.text or self._is_over(fixed, int(chosen[row])):
                continue
            scores = head.weight @ hidden[row]
            if head.bias is not None:
                scores = scores + head.bias
            tokens = scores.argsort(descending=True).tolist()
            chosen[row] = next(token for token in tokens if self._is_over(fixed, token))
        return chosen

    def _is_over(self, fixed: _Begun, token: int) -> bool:
        """Whether the word that a beginning ends with is over at this token. A piece of a character
        may become a letter, and what is invisible may be followed by one."""
        if token in self._ends_at:
            return True
        after = self._behind(fixed, [token])
        return bool(after) and not words.joined(fixed.text, after.replace("\ufffd", "x"))

    def _behind(self, fixed: _Begun, tokens: list[int]) -> str:
        """The text that tokens written behind a beginning stand for: white space that a token
        begins with depends on there being something before it."""
        text = self._decode([*fixed.ids, *tokens])
        return (
            text[len(fixed.decoded) :] if text.startswith(fixed.decoded) else self._decode(tokens)
        )

    def _pad(self, prompts: list[list[int]]) -> tuple[Tensor, Tensor]:
        """Prompts as [prompts, longest] with padding in front, and 1 where there is a token."""
        import torch

        longest, padding = max(len(prompt) for prompt in prompts), self._tokenizer.pad_token_id
        gaps = [longest - len(prompt) for prompt in prompts]
        ids = [[padding] * gap + prompt for gap, prompt in zip(gaps, prompts, strict=True)]
        mask = [[0] * gap + [1] * (longest - gap) for gap in gaps]
        device = self._model.device
        return torch.tensor(ids, device=device), torch.tensor(mask, device=device)

    def _has_room(self, tokens: list[int], prompt: _Prompt) -> bool:
        if len(tokens) < prompt.limit:
            return True
        most = min(prompt.limit * chain.MOST_PARTS, self._options.max_new_tokens)
        return len(tokens) < most and chain.begins(self._decode([*prompt.begun.ids, *tokens]))

    def _ends(self, tokens: list[int], stop: tuple[str, ...], fixed: _Begun) -> bool:
        if tokens[-1] in self._ends_at or _is_stuck(tokens):
            return True
        if not stop:
            return False
        text = self._behind(fixed, tokens)
        return any(each in (text if fixed.text else text.lstrip()) for each in stop)

    def _is_whole(self, tokens: list[int], stop: tuple[str, ...], fixed: _Begun) -> bool:
        """Whether an answer has ended by itself."""
        return self._ends(tokens, stop, fixed) and not _is_stuck(tokens)

    def _decode(self, tokens: list[int]) -> str:
        text: str = self._tokenizer.decode(tokens, skip_special_tokens=True)
        return text


@dataclass(frozen=True)
class _Begun:
    """How an answer begins, as text and as tokens, and what these are as text again."""

    text: str
    ids: list[int]
    decoded: str


@dataclass(frozen=True)
class _Prompt:
    """The tokens that an answer goes on from, its own beginning's among them, where they stand, how
    many more the answer may have, and those of these that are `started` with."""

    ids: list[int]
    where: tuple[Segment, ...]
    limit: int
    begun: _Begun
    started: Sequence[int] = ()


@dataclass
class _Mending:
    """A conversation, what it asks for, the `plain` answer to it, the `text` that is mended and the
    best `answer` so far."""

    messages: Sequence[Message]
    prompt: _Prompt
    wanted: Sequence[Check]
    plain: str
    text: str
    answer: str

    def lack(self, text: str) -> int:
        return _placement.lack(self.wanted, text)

    def keeps(self, text: str, *before: str) -> bool:
        return not _placement.loses(self.messages, self.wanted, before, text)


def _cut(text: str, stop: tuple[str, ...], fixed: _Begun) -> str:
    """What follows a beginning, up to where it ends; white space at its own beginning counts."""
    text = text.rstrip() if fixed.text else text.strip()
    for each in stop:
        text = text.split(each, 1)[0]
    return text.rstrip() if fixed.text else text.strip()


def _longer(where: tuple[Segment, ...], count: int) -> tuple[Segment, ...]:
    """Where tokens stand if this many of the answer are there already."""
    return (*where[:-1], replace(where[-1], end=where[-1].end + count)) if where else where


def _likeliest(hidden: Tensor, head: Linear) -> Tensor:
    """The likeliest next token of every row of `hidden` [rows, width], as [rows].

    What a plain model does to its logits after the projection (a cap, a scale) leaves their order
    as it is. In blocks, and with the vocabulary first, the scores of a few rows cost a processor a
    third of what `hidden @ weight.T` costs, which is most of a small model's decoding.
    """
    import torch

    best = hidden.new_full((len(hidden),), -torch.inf)
    chosen = torch.zeros_like(best, dtype=torch.long)
    for start in range(0, len(head.weight), _BLOCK):
        scores = head.weight[start : start + _BLOCK] @ hidden.T
        if head.bias is not None:
            scores += head.bias[start : start + _BLOCK, None]
        highest, place = scores.max(dim=0)
        chosen = torch.where(highest > best, place + start, chosen)
        best = torch.maximum(best, highest)
    return chosen


def _is_plain(model: PreTrainedModel) -> bool:
    """Whether the likeliest tokens can be had from the last layer's states and the projection."""
    import torch

    ids = torch.arange(1, 9, device=model.device)[None]
    with torch.inference_mode():
        logits = model(input_ids=ids).logits[0]
        try:
            hidden = model.get_decoder()(input_ids=ids).last_hidden_state[0]
            chosen = _likeliest(hidden, model.get_output_embeddings())
        except (AttributeError, TypeError, RuntimeError):
            return False
    # Not equality: two of nearly the same logit may change places by rounding, which in bf16 is
    # coarse.
    logits = logits.float()
    highest = logits.amax(-1)
    short = highest - logits.gather(-1, chosen[:, None])[:, 0]
    rounding = 2 * torch.finfo(hidden.dtype).eps * highest.abs()
    return bool((short <= 0.01 * logits.std(-1) + rounding).all())


def _is_stuck(tokens: list[int]) -> bool:
    end = len(tokens) - _STUCK
    tail = tokens[-_STUCK:]
    return any(tail == tokens[end - period : -period] for period in range(1, min(_PERIOD, end) + 1))
