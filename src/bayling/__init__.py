"""Interactive translation from a translation memory and an English-centric language model."""

__version__ = "0.1.0"
