"""Which price and intensity curves are sound: on the grid, in the park's money, not endless."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from services.energy.time_grid import floor

STEPS = tuple(timedelta(minutes=m) for m in (5, 15, 30, 60))
LONGEST = timedelta(days=7)
HIGHEST_G_PER_KWH = 5_000.0
HIGHEST_MICROS_PER_KWH = 1_000_000_000_000


@dataclass(frozen=True, slots=True)
class Span:
    """When a curve holds: `count` steps from `start`."""

    start: datetime | None
    step: timedelta
    count: int

    @property
    def end(self) -> datetime:
        """The first instant after the curve."""
        if self.start is None:
            raise ValueError("a curve without a start has no end")
        return self.start + self.step * self.count


Mistakes = list[tuple[str, str]]


def span_mistakes(span: Span, values_field: str) -> Mistakes:
    """Return `(field, text)` of what is wrong with where a curve stands in time."""
    mistakes: Mistakes = []
    if span.step not in STEPS:
        allowed = ", ".join(f"{step.total_seconds() / 60:g}" for step in STEPS)
        mistakes.append(("step", f"is {span.step}; use {allowed} minutes"))
    if span.start is None:
        mistakes.append(("start", "is missing"))
    elif span.step in STEPS and floor(span.start, span.step) != span.start:
        mistakes.append(("start", f"{span.start.isoformat()} is not on the grid of {span.step}"))
    if span.count < 1:
        mistakes.append((values_field, "is empty; send at least one value"))
    elif span.step in STEPS and span.step * span.count > LONGEST:
        mistakes.append((values_field, f"spans {span.step * span.count}; at most {LONGEST}"))
    return mistakes


def price_mistakes(
    span: Span,
    currency: str,
    park_currency: str,
    imports: Sequence[int],
    exports: Sequence[int],
) -> Mistakes:
    """Return what is wrong with a price curve; prices may be negative."""
    mistakes = span_mistakes(span, "import_price_micros_per_kwh")
    if currency != park_currency:
        mistakes.append(("currency_code", f"is {currency!r}; the park counts in {park_currency}"))
    if exports and len(exports) != len(imports):
        mistakes.append(
            (
                "export_price_micros_per_kwh",
                f"has {len(exports)} values for {len(imports)} steps; send as many, or none",
            )
        )
    for name, prices in (("import", imports), ("export", exports)):
        for number, price in enumerate(prices):
            if abs(price) > HIGHEST_MICROS_PER_KWH:
                field = f"{name}_price_micros_per_kwh[{number}]"
                mistakes.append((field, f"{price} is more than a million a kWh"))
                break
    return mistakes


def intensity_mistakes(span: Span, intensities: Sequence[float]) -> Mistakes:
    """Return what is wrong with an intensity curve; NaN stands for unknown."""
    mistakes = span_mistakes(span, "intensity_g_per_kwh")
    for number, value in enumerate(intensities):
        if not math.isnan(value) and not 0 <= value <= HIGHEST_G_PER_KWH:
            mistakes.append(
                (
                    f"intensity_g_per_kwh[{number}]",
                    f"{value} is not within 0..{HIGHEST_G_PER_KWH:g}; NaN for unknown",
                )
            )
            break
    return mistakes
