"""The one place where exact numbers become shown ones: rounded once, half to even.

Tonnes and MWh have three decimals. Nothing rounded is ever added up.
"""

from collections.abc import Iterable
from fractions import Fraction
from itertools import pairwise

from services.carbon_accounting.domain.reporting.measures import Measure

EXACT_IN_A_SPREADSHEET = 2**53
"""A spreadsheet keeps 53 bits: larger whole numbers stand there as text."""


def steps(amount: int | Fraction, measure: Measure) -> int:
    """Return the amount in the last decimal that is shown, rounded half to even."""
    scale: int = 10**measure.decimals
    return round(Fraction(amount) / measure.base_per_unit * scale)


def shown(amount: int | Fraction, measure: Measure) -> str:
    """Return the number without its unit, as `1,234.500`."""
    whole, part = divmod(abs(steps(amount, measure)), 10**measure.decimals)
    sign = "-" if steps(amount, measure) < 0 else ""
    decimals = f".{part:0{measure.decimals}d}" if measure.decimals else ""
    return f"{sign}{whole:,}{decimals}"


def number(amount: int | Fraction, measure: Measure) -> float:
    """Return the shown number for a spreadsheet or a chart."""
    return float(Fraction(steps(amount, measure), 10**measure.decimals))


def exact(amount: int | Fraction) -> int | str:
    """Return the amount in base units: as a number where a spreadsheet keeps it, else as text."""
    if isinstance(amount, int) and abs(amount) <= EXACT_IN_A_SPREADSHEET:
        return amount
    return str(amount)


def marks(numbers: Iterable[int]) -> str:
    """Return the mark of footnotes, as `†1,3–5`; empty where there is none."""
    ordered = sorted(set(numbers))
    if not ordered:
        return ""
    ends = [left for left, right in pairwise(ordered) if right > left + 1] + [ordered[-1]]
    starts = [ordered[0]] + [right for left, right in pairwise(ordered) if right > left + 1]
    return "†" + ",".join(_span(start, end) for start, end in zip(starts, ends, strict=True))


def _span(start: int, end: int) -> str:
    if start == end:
        return str(start)
    return f"{start},{end}" if end == start + 1 else f"{start}–{end}"
