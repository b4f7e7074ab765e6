"""Where electricity came from, and how far clean supply met the load hour by hour."""

from collections.abc import Iterable, Sequence
from fractions import Fraction

from services.carbon_accounting.domain.reporting.cells import (
    NOT_KNOWN,
    Quantity,
    Value,
    reasons_in,
    together,
    total_of,
)
from services.carbon_accounting.domain.reporting.charts import HeatMap, Series, StackedBars
from services.carbon_accounting.domain.reporting.content import Block, Paragraph, Section
from services.carbon_accounting.domain.reporting.grouping import grouped
from services.carbon_accounting.domain.reporting.measures import ENERGY, SHARE
from services.carbon_accounting.domain.reporting.records import (
    Enterprise,
    MatchingScore,
    OriginFlow,
    UnmatchedDay,
)
from services.carbon_accounting.domain.reporting.tables import Column, Table
from services.carbon_accounting.domain.reporting.wording import RESOLUTIONS, TOTAL, subject
from services.energy.site import Text

HOURS = tuple(f"{hour:02d}" for hour in range(24))
MOST_DAYS = 31
NO_ORIGINS = Text("No traced electricity is known.", "没有已追踪的用电数据。")
UNKNOWN_APART = Text(
    "Spans in which not all of the consumption is known are neither load nor matched here, so the "
    "load may be less than the consumption by origin.",
    "用电数据不全的时段在此既不计入用电量也不计入已匹配，因此用电量可能小于分来源用电量。",
)
NO_MATCHING = Text("No matching was computed.", "未计算匹配结果。")


def origins_section(flows: Sequence[OriginFlow]) -> Section:
    """Return consumption by origin as a table, and by hour of the local day as a chart."""
    heading = Text("Electricity by origin", "用电来源")
    if not flows:
        return Section(heading, (Paragraph(NO_ORIGINS),))
    return Section(heading, (_origins_table(flows), _origins_chart(flows)))


def matching_section(
    scores: Sequence[MatchingScore],
    unmatched: Sequence[UnmatchedDay],
    enterprises: Sequence[Enterprise],
) -> Section:
    """Return the scores, and a field of the hours that no clean supply matched."""
    heading = Text("Clean supply matched in time", "绿色电力分时匹配")
    blocks: list[Block] = []
    if scores:
        blocks += [_scores_table(scores, enterprises), Paragraph(UNKNOWN_APART)]
    if unmatched:
        blocks.append(_unmatched_field(unmatched))
    return Section(heading, tuple(blocks) or (Paragraph(NO_MATCHING),))


def _origins_table(flows: Sequence[OriginFlow]) -> Table:
    sums = {name: _energy(some) for name, some in grouped(flows, lambda f: f.origin).items()}
    total = total_of(sums.values())
    return Table(
        Text("Consumption by origin", "分来源用电量"),
        (
            Column(Text("Origin", "来源")),
            Column(Text("Consumption", "用电量"), ENERGY),
            Column(Text("Share", "占比"), SHARE),
        ),
        tuple((name, part, _share(part, total)) for name, part in sums.items()),
        (TOTAL, total, _share(total, total)),
    )


def _origins_chart(flows: Sequence[OriginFlow]) -> StackedBars:
    mine = grouped(flows, lambda flow: (flow.origin, flow.hour))
    series = tuple(
        Series(name, tuple(_energy(mine.get((name, hour), ())) for hour in range(24)))
        for name in grouped(flows, lambda flow: flow.origin)
    )
    title = Text("Origins by hour of the local day", "分时段用电来源（当地时间）")
    return StackedBars(title, ENERGY.unit, HOURS, series)


def _energy(flows: Iterable[OriginFlow]) -> Value:
    return total_of(Quantity(flow.energy_wh, ENERGY, flow.unverified) for flow in flows)


def _share(part: Value, total: Value) -> Value:
    if not isinstance(part, Quantity) or not isinstance(total, Quantity) or not total.amount:
        return NOT_KNOWN
    reasons = reasons_in((part, total))
    return Quantity(Fraction(part.amount) / Fraction(total.amount), SHARE, reasons)


def _scores_table(scores: Sequence[MatchingScore], enterprises: Sequence[Enterprise]) -> Table:
    return Table(
        Text("Matched within each step", "按时间粒度的匹配"),
        (
            Column(Text("Of", "对象")),
            Column(Text("Step", "粒度")),
            Column(Text("Load", "用电量"), ENERGY),
            Column(Text("Matched", "已匹配"), ENERGY),
            Column(Text("Not matched", "未匹配"), ENERGY),
            Column(Text("Score", "匹配率"), SHARE),
        ),
        tuple(
            (subject(score.enterprise, enterprises), RESOLUTIONS[score.resolution], *_score(score))
            for score in scores
        ),
    )


def _score(score: MatchingScore) -> tuple[Value, ...]:
    why = score.unverified
    return (
        Quantity(score.load_wh, ENERGY, why),
        Quantity(score.matched_wh, ENERGY, why),
        Quantity(score.load_wh - score.matched_wh, ENERGY, why),
        NOT_KNOWN if score.score is None else Quantity(score.score, SHARE, why),
    )


def _unmatched_field(days: Sequence[UnmatchedDay]) -> HeatMap:
    by_day = len({day.day for day in days}) <= MOST_DAYS
    rows = grouped(days, lambda d: d.day.isoformat() if by_day else f"{d.day:%Y-%m}")
    series = tuple(
        Series(label, tuple(_hour(some, hour) for hour in range(24)))
        for label, some in sorted(rows.items())
    )
    title = Text("Energy no clean supply matched, by hour", "未匹配电量（按当地小时）")
    return HeatMap(title, ENERGY.unit, HOURS, series)


def _hour(days: Sequence[UnmatchedDay], hour: int) -> Value:
    known = [day.wh_by_hour[hour] for day in days]
    reasons = together(day.unverified for day in days)
    amounts = [wh for wh in known if wh is not None]
    return Quantity(sum(amounts), ENERGY, reasons) if len(amounts) == len(known) else NOT_KNOWN
