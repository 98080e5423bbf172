"""Dialogues and a model in, a tuned model out."""
