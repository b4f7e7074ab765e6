"""The words of reports in both languages: ledgers, scopes, standings, statuses."""

from collections.abc import Iterable
from datetime import datetime

from services.carbon_accounting.domain.ledgers import Ledger
from services.carbon_accounting.domain.reporting.cells import Name
from services.carbon_accounting.domain.reporting.inputs import AsKnownAt, AsReportedOn
from services.carbon_accounting.domain.reporting.records import (
    Enterprise,
    Resolution,
    Scope,
    Status,
)
from services.energy.site import Text

LEDGERS = {
    Ledger.PARK_ACCEPTANCE: Text("Park acceptance", "园区验收台账"),
    Ledger.LOCATION_BASED: Text("Location-based", "基于位置台账"),
    Ledger.MARKET_BASED: Text("Market-based", "基于市场台账"),
    Ledger.PRODUCT_FOOTPRINT: Text("Product footprint", "产品碳足迹台账"),
    Ledger.CBAM: Text("CBAM", "CBAM台账"),
    Ledger.EMISSION_TRADING: Text("Emission trading", "碳市场台账"),
    Ledger.BATTERY: Text("Battery footprint", "电池碳足迹台账"),
}
SCOPES = {
    Scope.DIRECT: Text("Scope 1", "范围一"),
    Scope.ENERGY: Text("Scope 2", "范围二"),
    Scope.VALUE_CHAIN: Text("Scope 3", "范围三"),
    Scope.OUTSIDE: Text("Outside scopes (biogenic)", "范围外（生物源）"),
    Scope.CAPTURED: Text("Captured, in no total", "捕集（不计入合计）"),
}
TOTAL = Text("Total", "合计")
ALL_SCOPES = Text("Scopes 1–3", "范围一至三")
RESOLUTIONS = {
    Resolution.YEAR: Text("Year", "年"),
    Resolution.MONTH: Text("Month", "月"),
    Resolution.HOUR: Text("Hour", "小时"),
    Resolution.QUARTER_HOUR: Text("15 minutes", "15分钟"),
}
STATUSES = {
    Status.MET: Text("met", "达标"),
    Status.NOT_MET: Text("not met", "未达标"),
    Status.NEEDS_CONFIRMATION: Text("needs confirmation", "待确认"),
    Status.NOT_APPLICABLE: Text("not applicable", "不适用"),
    Status.NOT_KNOWN: Text("not known", "未知"),
}
SIDE_BY_SIDE_NOTE = Text(
    "The ledgers have different boundaries, gases and factors. They stand side by side and are "
    "never added to each other.",
    "各台账的边界、气体与因子不同，仅并列展示，绝不相加。",
)
ABSENCE_NOTE = Text(
    "A word in place of a number means that there is no number; it never stands for zero.",
    "以文字代替数字之处表示没有数值，绝不代表零。",
)
ROUNDING_NOTE = Text(
    "Numbers are rounded once, half to even, to the decimals shown; sums are of the exact values, "
    "so the last decimal of a total may differ from the sum of the rounded rows.",
    "数值仅在显示时按四舍六入五成双修约一次；合计由精确值求得，末位可能与各行修约值之和不一致。",
)
NOTHING_BOOKED = Text("Nothing is booked in this period.", "本期没有任何记账。")
NONE_OPEN = Text("There are no open items.", "没有未结事项。")
NONE_RESTATED = Text("Nothing was restated in this period.", "本期没有重述。")
ALL_LEDGERS = Text("all ledgers", "全部台账")
NOT_SHARED = Text("park, not shared out", "园区（未分摊）")
WHOLE_PARK = Text("whole park", "全园区")


def name_of(enterprise: str | None, enterprises: Iterable[Enterprise]) -> Name:
    """Return an enterprise's name, its id where it has none; None is shared out to nobody."""
    if enterprise is None:
        return NOT_SHARED
    return next((each.name for each in enterprises if each.id == enterprise), enterprise)


def subject(enterprise: str | None, enterprises: Iterable[Enterprise]) -> Name:
    """Return whom a score or an indicator is of; None is the whole park."""
    return WHOLE_PARK if enterprise is None else name_of(enterprise, enterprises)


def standing_text(standing: AsReportedOn | AsKnownAt) -> Text:
    """Return in words which knowledge a report rests on."""
    match standing:
        case AsReportedOn(day):
            return Text(f"as reported on {day.isoformat()}", f"按 {day.isoformat()} 报告时口径")
        case AsKnownAt(moment):
            return Text(f"as known at {utc(moment)}", f"按 {utc(moment)} 已知口径")


def utc(moment: datetime) -> str:
    """Return a moment as `2025-08-03 06:00 UTC`, with seconds where there are; aware, in UTC."""
    if moment.utcoffset() is None or moment.utcoffset():
        raise ValueError(f"{moment.isoformat()} is not in UTC; convert it where it enters")
    seconds = ":%S" if moment.second else ""
    return f"{moment:%Y-%m-%d %H:%M{seconds}} UTC"
