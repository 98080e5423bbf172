"""Pairs in, dialogues out: what the model is tuned on and what it is tested with."""
