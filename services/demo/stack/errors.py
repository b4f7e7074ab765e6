"""What the embedded stack tells a user who cannot start it."""

from __future__ import annotations


class StackProblem(Exception):
    """A start, stop or download that failed: one sentence, and its cure."""

    def __init__(self, message: str, cure: str) -> None:
        self.message = message
        self.cure = cure
        super().__init__(f"{message}\n  Cure: {cure}")
