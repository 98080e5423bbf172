"""A network and its tokenizer, ready to be tuned or to answer."""
