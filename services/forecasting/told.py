"""What is said once, and again only after it was over."""


class Told:
    """Remembers whether a state of things has been told."""

    def __init__(self) -> None:
        self._stands = False

    def anew(self, stands: bool) -> bool:
        """Whether it begins to stand now."""
        begins, self._stands = stands and not self._stands, stands
        return begins
