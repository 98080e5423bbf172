"""The translator at work: the conversation, and the terminal it is held in."""
