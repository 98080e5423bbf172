"""Figures about results. A metric is a file here with

@dataclass(frozen=True)
class Options: ...                                its settings, which the signature repeats

def score(results: Sequence[Result], options: Options) -> list[Score]
    one or more figures in 0–100; an empty list where the metric does not apply (a metric of
    wishes, where no result has any)
"""
