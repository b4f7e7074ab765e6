"""What the rest of the year will add: last year's months where they are whole, else the mean day
of the year so far; the days that the forecast covers are scaled to the consumption it foresees.

It says in words which of these it did. What only holds on a day (a size, a count) is not added up.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from zoneinfo import ZoneInfo

from services.carbon_accounting.domain.indicators.values import Amount
from services.carbon_accounting.domain.indicators.vocabulary import Vocabulary
from services.carbon_accounting.domain.local_month import Month
from services.carbon_accounting.domain.units import ratio
from services.energy.site import Text
from services.energy.time_grid import Interval

CONSUMED = "electricity.total"
DAY = timedelta(days=1)
Amounts = Mapping[str, Amount]


@dataclass(frozen=True, slots=True)
class Consumption:
    """What the park is forecast to consume in a span, Wh."""

    span: Interval
    wh: int


@dataclass(frozen=True, slots=True)
class Part:
    """The words of a span that was booked."""

    span: Interval
    amounts: Amounts


@dataclass(frozen=True, slots=True)
class Foreseen:
    """What the rest of the year will add, and by what that was foreseen."""

    amounts: dict[str, Amount]
    says: Text


@dataclass
class _Sum:
    """Words added up; one that a part lacks is in none of it."""

    amounts: dict[str, Fraction] = field(default_factory=dict)
    parts: int = 0

    def add(self, amounts: Mapping[str, Fraction]) -> None:
        if self.parts == 0:
            self.amounts = dict(amounts)
        else:
            both = self.amounts.keys() & amounts.keys()
            self.amounts = {name: self.amounts[name] + amounts[name] for name in both}
        self.parts += 1


def foreseen(
    so_far: Part,
    last_year: Mapping[Month, Part],
    rest: Interval,
    forecast: Consumption | None,
    *,
    vocabulary: Vocabulary,
    zone: ZoneInfo,
) -> Foreseen:
    """Return the rest of the year's amounts, in the vocabulary's units."""
    total, patterned = _Sum(), []
    for month, span in months_in(rest, zone):
        pattern, is_last_years = _pattern(so_far, last_year.get(_year_before(month)), month, zone)
        share = (span.end - span.start) / (pattern.span.end - pattern.span.start)
        total.add(_scaled(pattern.amounts, Fraction(share).limit_denominator(10**9), vocabulary))
        patterned += [str(month)] if is_last_years else []
    covered = _covered(forecast, rest)
    if covered is not None:
        more = _more_than_mean(total.amounts, covered, rest, vocabulary)
        total.amounts = {name: amount * more for name, amount in total.amounts.items()}
    units = {name: word.unit for name, word in vocabulary.words.items()}
    found = {name: Amount(value, units[name]) for name, value in total.amounts.items()}
    return Foreseen(found, _says(patterned, covered))


def months_in(span: Interval, zone: ZoneInfo) -> Iterable[tuple[Month, Interval]]:
    """Yield the parts of a span that lie in each local month."""
    start = span.start
    while start < span.end:
        local = start.astimezone(zone)
        month = Month(local.year, local.month)
        after = datetime(month.plus(1).year, month.plus(1).month, 1, tzinfo=zone)
        end = min(after.astimezone(UTC), span.end)
        yield month, Interval(start, end)
        start = end


def _pattern(
    so_far: Part, last_years: Part | None, month: Month, zone: ZoneInfo
) -> tuple[Part, bool]:
    """Return what a month is expected to be like: its like of last year, if that was all booked."""
    before = _year_before(month)
    if last_years is not None and last_years.span == _whole(before, zone):
        return last_years, True
    return so_far, False


def _whole(month: Month, zone: ZoneInfo) -> Interval:
    after = month.plus(1)
    borders = [datetime(one.year, one.month, 1, tzinfo=zone) for one in (month, after)]
    return Interval(borders[0].astimezone(UTC), borders[1].astimezone(UTC))


def _year_before(month: Month) -> Month:
    return Month(month.year - 1, month.month)


def _scaled(amounts: Amounts, share: Fraction, vocabulary: Vocabulary) -> dict[str, Fraction]:
    """Return what adds up, times a share, in the vocabulary's units."""
    return {
        name: amount.value * ratio(amount.unit, word.unit) * share
        for name, amount in amounts.items()
        if (word := vocabulary.words.get(name)) is not None and word.adds_up
    }


def _covered(forecast: Consumption | None, rest: Interval) -> Consumption | None:
    """Return what of a forecast lies in the rest of the year; None when it begins elsewhere."""
    if forecast is None or forecast.span.start > rest.start + DAY:
        return None
    start, end = max(forecast.span.start, rest.start), min(forecast.span.end, rest.end)
    if start >= end:
        return None
    share = (end - start) / (forecast.span.end - forecast.span.start)
    return Consumption(Interval(start, end), round(forecast.wh * share))


def _more_than_mean(
    amounts: Mapping[str, Fraction], covered: Consumption, rest: Interval, vocabulary: Vocabulary
) -> Fraction:
    """Return how many times the pattern the rest is when the covered days are as forecast."""
    share = _share_of(covered.span, rest)
    mean = amounts.get(CONSUMED, Fraction(0)) * share
    if mean <= 0:
        return Fraction(1)
    foretold = covered.wh * ratio("Wh", vocabulary.words[CONSUMED].unit)
    return 1 + (foretold / mean - 1) * share


def _share_of(span: Interval, whole: Interval) -> Fraction:
    return Fraction((span.end - span.start) / (whole.end - whole.start)).limit_denominator(10**9)


def _says(patterned: Sequence[str], covered: Consumption | None) -> Text:
    if patterned:
        en = f"like the same months of last year ({patterned[0]} to {patterned[-1]})"
        zh = f"按上年同月（{patterned[0]} 至 {patterned[-1]}）"
    else:
        en, zh = "like the mean day of this year so far", "按本年至今日均值"
    if covered is None:
        return Text(
            f"the rest of the year {en}; no forecast of consumption was there",
            f"余下时段{zh}；无用电预测可用",
        )
    mwh = f"{covered.wh / 1e6:.3f} MWh"
    days = f"{(covered.span.end - covered.span.start) / DAY:.1f}"
    return Text(
        f"the next {days} days by the forecast of consumption ({mwh}), the rest {en}",
        f"未来 {days} 天按用电预测（{mwh}），其余{zh}",
    )
