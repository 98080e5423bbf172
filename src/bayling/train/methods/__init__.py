"""What is learned from a dialogue. A method is a file here with

    @dataclass(frozen=True)
    class Options: ...                                its settings

    def weigh(options: Options, message: Message, start: int, end: int) -> float
        how much the token that stands for these characters of a learned turn counts

    def loss(model: PreTrainedModel, batch: Batch, options: Options) -> Tensor
        the weighted **sum** of the batch's loss, a scalar

Only the loop divides, by the weights of all micro-batches and processes of a step together, so a
method cannot get gradient accumulation wrong.
"""
