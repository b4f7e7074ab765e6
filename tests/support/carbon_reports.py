"""Builders of what reports are made of: a small park whose numbers can be checked in the head."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from typing import Any

from services.carbon_accounting.domain.ledgers import Ledger
from services.carbon_accounting.domain.local_month import Month
from services.carbon_accounting.domain.reporting.inputs import (
    AsKnownAt,
    EvidenceInputs,
    InventoryInputs,
    Masthead,
    MonthlyInputs,
)
from services.carbon_accounting.domain.reporting.periods import Period
from services.carbon_accounting.domain.reporting.records import (
    BookedLine,
    BookedVersion,
    ChainHead,
    Enterprise,
    FactorUsed,
    IndicatorResult,
    InputFile,
    MatchingScore,
    OpenItem,
    OriginFlow,
    Resolution,
    Restatement,
    Scope,
    Status,
    UnmatchedDay,
)
from services.energy.site import Text

NG_PER_T = 10**15
MWH = 10**6
JUNE, JULY = Month(2025, 6), Month(2025, 7)
WRITTEN_AT = datetime(2025, 8, 3, 6, 0, tzinfo=UTC)
STEEL = Enterprise("steel", Text("Steel Works", "钢铁厂"))
LABS = Enterprise("labs", Text("Laboratories", "实验楼"))
DOUBT = Text("the factor's official text has not been read (M)", "未读到因子的官方文本（M）")
PARK = Text("Demo Park", "示范园区")


def a_masthead(period: Period | None = None) -> Masthead:
    return Masthead(
        park=PARK,
        period=period or Period(JUNE, JULY),
        standing=AsKnownAt(WRITTEN_AT),
        written_at=WRITTEN_AT,
        versions={"site document": "v7", "factors": "2025-07-01"},
    )


def a_line(
    t: float | int = 0,
    *,
    ng: int | None = None,
    ledger: Ledger = Ledger.LOCATION_BASED,
    scope: Scope = Scope.ENERGY,
    activity: str | Text = "grid import",
    enterprise: str | None = "steel",
    month: Month = JULY,
    mwh: int = 1000,
    **more: Any,
) -> BookedLine:
    """A line of `t` tonnes (or `ng` nanograms) and `mwh` MWh."""
    nanograms = int(t * NG_PER_T) if ng is None else ng
    return BookedLine(
        ledger, scope, activity, enterprise, month, mwh * MWH, "Wh", nanograms, **more
    )


def an_open_item(**more: Any) -> OpenItem:
    given: dict[str, Any] = {
        "kind": "late reading",
        "where": "steel.meter-1",
        "when": "2025-07-03T04:15Z",
        "enterprise": "steel",
        "energy_wh": 12_500_000,
        "what": Text("the quarter waits for its register", "该刻钟等待表计读数"),
        "cure": Text("send the reading", "补传读数"),
    }
    return OpenItem(**(given | more))


def a_factor(**more: Any) -> FactorUsed:
    given: dict[str, Any] = {
        "ledger": Ledger.PARK_ACCEPTANCE,
        "id": "park_acceptance/grid_power/CN/2022",
        "version": 1,
        "ng_per_unit": 832_500_000,
        "unit": "Wh",
        "valid": "2022",
        "source": "MEE and NBS, 2022",
        "trust": "V2",
    }
    return FactorUsed(**(given | more))


def a_restatement(**more: Any) -> Restatement:
    given: dict[str, Any] = {
        "ledger": Ledger.LOCATION_BASED,
        "month": JUNE,
        "enterprise": "steel",
        "activity": "grid import",
        "before": BookedVersion(1, 500 * NG_PER_T, datetime(2025, 7, 2, tzinfo=UTC)),
        "after": BookedVersion(2, 530 * NG_PER_T, datetime(2025, 8, 1, tzinfo=UTC)),
        "reason": "late reading of steel.meter-1",
        "approved_by": "auditor@park",
    }
    return Restatement(**(given | more))


def an_indicator(**more: Any) -> IndicatorResult:
    given: dict[str, Any] = {
        "name": Text("Emissions per energy", "单位能耗碳排放"),
        "unit": "tCO2/tce",
        "value": Fraction(3, 10),
        "target": Fraction(2, 10),
        "status": Status.NOT_MET,
        "formula": Text("E_park / Q_park", "E园区 / Q园区"),
        "course": ((JUNE, Fraction(4, 10)), (JULY, Fraction(3, 10))),
        "unverified": (DOUBT,),
    }
    return IndicatorResult(**(given | more))


def some_lines() -> tuple[BookedLine, ...]:
    """Two enterprises, three ledgers: location-based 530.6 t + 100 t + 20 t in July."""
    scope_1 = {"scope": Scope.DIRECT, "activity": Text("natural gas", "天然气")}
    return (
        a_line(530.6),
        a_line(500.0, month=JUNE),
        a_line(100, enterprise="labs", mwh=200),
        a_line(20, **scope_1, mwh=100, unverified=(DOUBT,), factors=("gas v1",)),
        a_line(832.5, ledger=Ledger.PARK_ACCEPTANCE),
        a_line(609.6, ledger=Ledger.MARKET_BASED, unverified=(DOUBT,)),
        a_line(5, scope=Scope.OUTSIDE, activity="biomass", mwh=15),
    )


def some_flows(enterprise: str = "steel") -> tuple[OriginFlow, ...]:
    """100 kWh of grid power every hour, 50 kWh of PV from 10 to 14 o'clock."""
    grid, pv = Text("grid", "电网"), Text("own PV", "自有光伏")
    return (
        *(OriginFlow(grid, enterprise, JULY, hour, 100_000) for hour in range(24)),
        *(OriginFlow(pv, enterprise, JULY, hour, 50_000) for hour in range(10, 14)),
    )


def unmatched_days(enterprise: str | None = None) -> tuple[UnmatchedDay, ...]:
    hours: tuple[int | None, ...] = (*range(0, 23_000, 1000), None)
    days = (date(2025, 7, 1) + timedelta(days=day) for day in range(31))
    return tuple(UnmatchedDay(day, hours, enterprise=enterprise) for day in days)


def monthly_inputs(**more: Any) -> MonthlyInputs:
    given: dict[str, Any] = {
        "masthead": a_masthead(),
        "enterprises": (STEEL, LABS),
        "lines": some_lines(),
        "origins": some_flows(),
        "indicators": (an_indicator(),),
        "matching": (
            MatchingScore(Resolution.YEAR, 60 * MWH, 60 * MWH, Fraction(1)),
            MatchingScore(Resolution.HOUR, 60 * MWH, 50 * MWH, Fraction(5, 6)),
        ),
        "unmatched": unmatched_days(),
        "open_items": (an_open_item(),),
        "restatements": (a_restatement(),),
        "factors": (a_factor(),),
    }
    return MonthlyInputs(**(given | more))


def inventory_inputs(**more: Any) -> InventoryInputs:
    given: dict[str, Any] = {
        "masthead": a_masthead(),
        "enterprise": STEEL,
        "lines": tuple(line for line in some_lines() if line.enterprise == "steel"),
        "origins": some_flows(),
        "unmatched": unmatched_days("steel"),
        "open_items": (an_open_item(),),
        "restatements": (a_restatement(),),
        "factors": (a_factor(),),
    }
    return InventoryInputs(**(given | more))


def evidence_inputs(**more: Any) -> EvidenceInputs:
    given: dict[str, Any] = {
        "masthead": a_masthead(),
        "enterprises": (STEEL, LABS),
        "lines": some_lines(),
        "factors": (a_factor(),),
        "open_items": (an_open_item(),),
        "restatements": (a_restatement(),),
        "chain_heads": (ChainHead(JUNE, 2880, "ab" * 32), ChainHead(JULY, 2976, "cd" * 32)),
        "inputs": (
            InputFile("readings.csv", "0f" * 32, 5856),
            InputFile("park.yaml", "1e" * 32, None),
        ),
    }
    return EvidenceInputs(**(given | more))


def a_large_year(enterprises: int = 20) -> Iterator[BookedLine]:
    """Every ledger, month and enterprise with four activities."""
    for ledger in Ledger:
        for month in range(1, 13):
            for number in range(enterprises):
                for activity in range(4):
                    yield a_line(
                        1 + activity,
                        ledger=ledger,
                        scope=Scope(activity),
                        activity=f"activity {activity}",
                        enterprise=f"enterprise-{number:02d}",
                        month=Month(2025, month),
                        factors=(f"{ledger.key}/activity-{activity}/CN/2024 v1",),
                    )
