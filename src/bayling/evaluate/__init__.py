"""Answers to tasks, figures about them, and the report."""
