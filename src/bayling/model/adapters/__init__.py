"""Changes to the network. An adapter is a file here with

@dataclass(frozen=True)
class Options: ...                                its size and place

def attach(model: PreTrainedModel, options: Options) -> PreTrainedModel
    the same network with what is to be tuned added, everything else frozen
"""
