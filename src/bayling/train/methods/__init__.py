"""What is learned from a dialogue. A method is a file here with

    @dataclass(frozen=True)
    class Options: ...                                its settings

    def encode(tokenizer, dialogue: Dialogue, options: Options) -> Encoded
        the dialogue as tokens, with how much each of them counts (see `template.encode`)

    def loss(model: PreTrainedModel, batch: Batch, options: Options) -> Tensor
        the weighted **sum** of the batch's loss, a scalar

    def contrast(dialogue: Dialogue, options: Options, rng: Random) -> Dialogue | None
        only where a dialogue is also seen under a wrong request: that dialogue, drawn anew each
        epoch; it is encoded as others are, and a row of `batch.wrong`

Only the loop divides, by the weights of all micro-batches and processes of a step together, so a
method cannot get gradient accumulation wrong. Those weights are the dialogues' own; what rows of
`batch.wrong` add is divided by the same.
"""
