"""A word that is known in part: whatever follows from it is shown, and reaches no target."""

NOT_THROUGHOUT = "is not known in every interval"


def partly_known(name: str) -> str:
    """Return the doubt that something was not known in every interval of a period."""
    return f"{name} {NOT_THROUGHOUT}"


def tells_part(doubt: str) -> bool:
    """Whether a doubt says that a number is of a part only."""
    return doubt.endswith(NOT_THROUGHOUT)
