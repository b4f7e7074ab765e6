"""A share of an argument, exactly as it was written: 0.9, 9e-1 or 9/10."""

from fractions import Fraction

LONGEST, MOST_DIGITS = 40, 30
"""A share of more places is no share of a meter, and an exponent of millions takes hours."""


def share_of(text: str) -> Fraction | None:
    """Return a share above 0 and at most 1; None for anything else."""
    exponent = text.lower().rpartition("e")[2].strip() if "e" in text.lower() else "0"
    try:
        if len(text) > LONGEST or abs(int(exponent)) > MOST_DIGITS:
            return None
        share = Fraction(text)
    except (ValueError, ZeroDivisionError):
        return None
    return share if 0 < share <= 1 else None
