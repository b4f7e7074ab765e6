"""What the indicators say in the console's tests."""

from datetime import UTC, datetime
from typing import Any

from parkflow.carbon.v1 import indicator_pb2 as wire

MONTHS = (0.52, 0.47, None, 0.44, 0.41)
RUNNING = (datetime(2018, 12, 31, 16, tzinfo=UTC), datetime(2019, 5, 31, 16, tzinfo=UTC))
"""When the year and its month of June begin in Shanghai."""
WORDS = {
    "water.reused": ("water used again", "再生水用量"),
    "energy.clean": ("clean energy", "清洁能源"),
}


def words() -> wire.ListIndicatorsResponse:
    """Return the names of two inputs."""
    return wire.ListIndicatorsResponse(
        words=[
            wire.IndicatorWord(name=name, unit="m3", says=wire.IndicatorText(en=en, zh=zh))
            for name, (en, zh) in WORDS.items()
        ]
    )


def page(kind: wire.IndicatorPeriodKind, now: datetime) -> wire.GetIndicatorsResponse:
    """Return four indicators: one open, one met, one without an input, one without a target."""
    answer = wire.GetIndicatorsResponse(
        indicators=[_core(), _reuse(), _self_use(kind), _non_fossil()],
        identities=[
            wire.IdentityClosing(
                id="green_direct.reconciliation",
                name=wire.IndicatorText(en="Self-use by three ways", zh="自发自用电量勾稽"),
                unit="kWh",
                closes=True,
                difference=0,
            )
        ],
    )
    answer.booked_until.FromDatetime(now)
    answer.interval.start.FromDatetime(RUNNING[kind == wire.INDICATOR_PERIOD_KIND_MONTH])
    if kind == wire.INDICATOR_PERIOD_KIND_YEAR_END:
        answer.foreseen_by.en = "the daily means of the same months of the year before"
        answer.foreseen_by.zh = "采用上年同月日均值"
        answer.indicators[0].came_to.value = 0.39
    return answer


def history(indicator_id: str) -> wire.GetIndicatorHistoryResponse:
    """Return five months; of March nothing is known."""
    answer = wire.GetIndicatorHistoryResponse()
    for month, value in enumerate(MONTHS, start=1):
        one = answer.months.add(shown_on=f"2019-{month:02d}-28")
        one.interval.start.FromDatetime(datetime(2019, month, 1, tzinfo=UTC))
        if value is not None:
            one.came_to.value = value
    return answer


def _core() -> wire.ShownIndicator:
    reading = wire.IndicatorReading(
        side="optimistic",
        formula="(ledger.park_acceptance.total - certificates) / energy.comprehensive",
        says=wire.IndicatorText(en="unbundled certificates count", zh="单独绿证计入"),
    )
    one = _shown(
        "core_carbon_intensity",
        "national_park",
        ("Carbon per unit of energy (core, veto)", "单位能耗碳排放（核心指标，一票否决）"),
        unit="tCO2/tce",
        formula="ledger.park_acceptance.total / energy.comprehensive",
        verdict=wire.INDICATOR_VERDICT_OPEN,
        value=0.412,
        target=wire.IndicatorTarget(
            limit="0.2",
            says=wire.IndicatorText(
                en="200,000 to below 1,000,000 tce a year", zh="20万—100万吨标准煤"
            ),
            trust="V2",
            source="NDRC 2025 No. 910 annex 3",
        ),
    )
    one.readings.add(reading=reading, came_to=wire.IndicatorValue(value=0.188))
    one.unverified_because.append("annex 4 was not read in the original (rules A.1)")
    one.confirm.append("30 % and 35 % were each seen once; find out which holds")
    return one


def _reuse() -> wire.ShownIndicator:
    one = _shown(
        "water_reuse",
        "national_park",
        ("Share of water used again", "工业用水重复利用率"),
        unit="percent",
        formula="water.reused / (water.reused + water.intake)",
        verdict=wire.INDICATOR_VERDICT_NO_VALUE,
        target=wire.IndicatorTarget(
            limit="80", says=wire.IndicatorText(en="every park", zh="全部园区"), trust="V2"
        ),
    )
    one.came_to.missing_inputs.append("water.reused")
    return one


def _self_use(kind: wire.IndicatorPeriodKind) -> wire.ShownIndicator:
    return _shown(
        "green_direct.self_use",
        "green_direct",
        (
            "Green direct: self-use of available generation (r1)",
            "绿电直连：自发自用占总可用发电量 r1",
        ),
        unit="percent",
        formula="green.self_used / green.available",
        verdict=wire.INDICATOR_VERDICT_MET,
        value=91.25 if kind == wire.INDICATOR_PERIOD_KIND_MONTH else 87.5,
        target=wire.IndicatorTarget(
            limit="60", says=wire.IndicatorText(en="every project", zh="全部项目"), trust="V2"
        ),
    )


def _non_fossil() -> wire.ShownIndicator:
    one = _shown(
        "factory.share",
        "national_factory",
        ("Share of non-fossil energy", "非化石能源消费占比"),
        unit="percent",
        formula="energy.non_fossil / energy.comprehensive",
        verdict=wire.INDICATOR_VERDICT_NO_TARGET,
        value=12.5,
    )
    one.no_target_because = "no target is set"
    return one


def _shown(
    name: str,
    system: str,
    names: tuple[str, str],
    *,
    unit: str,
    formula: str,
    verdict: Any,
    value: float | None = None,
    target: wire.IndicatorTarget | None = None,
) -> wire.ShownIndicator:
    one = wire.ShownIndicator(verdict=verdict, target=target)
    content = one.definition.content
    content.id, content.version, content.system, content.unit = name, 1, system, unit
    content.name.en, content.name.zh = names
    content.formula, content.direction = formula, "at_most" if unit == "tCO2/tce" else "at_least"
    content.source, content.trust = "rules A.2", "V2"
    if value is not None:
        one.came_to.value = value
    return one
