"""LIMIT: the grid connection carries more than its limit."""

from datetime import timedelta
from zoneinfo import ZoneInfo

from services.alerting.domain.cases import Observation, Rule, Standing
from services.alerting.domain.events import PowerReading
from services.alerting.domain.incidents import IncidentKind, Severity
from services.alerting.domain.words import clock_time, kilowatts
from services.energy.site import Connection, Text

RULE = Rule(raise_after=timedelta(seconds=30), resolve_after=timedelta(seconds=60))
RESOLVE_BELOW = 0.98  # of the limit


def observe(reading: PowerReading, connection: Connection, zone: ZoneInfo) -> list[Observation]:
    """Return how import and export stand to their limits at one reading of the grid meter."""
    meter = connection.meter_id
    return [
        _observation(
            reading, f"{meter}.import", reading.power_w, connection.import_limit_w, _IMPORT, zone
        ),
        _observation(
            reading, f"{meter}.export", -reading.power_w, connection.export_limit_w, _EXPORT, zone
        ),
    ]


_IMPORT = (
    Text("Grid import", "电网购电功率"),
    Text("lower the load or discharge the battery", "请降低负荷或让储能放电"),
)
_EXPORT = (
    Text("Grid export", "电网上网功率"),
    Text("curtail PV or charge the battery", "请限制光伏出力或让储能充电"),
)


def _observation(
    reading: PowerReading,
    subject: str,
    power_w: float,
    limit_w: float,
    words: tuple[Text, Text],
    zone: ZoneInfo,
) -> Observation:
    what, cure = words
    power, limit = kilowatts(max(0.0, power_w)), kilowatts(limit_w)
    at = clock_time(reading.event_time, zone)
    if power_w > limit_w:
        text = Text(
            f"{what.en} is {power} at {at}, above the limit of {limit} "
            f"by {kilowatts(power_w - limit_w)}: {cure.en}.",
            f"{at} {what.zh}为 {power}，"
            f"超过限值 {limit} 达 {kilowatts(power_w - limit_w)}：{cure.zh}。",
        )
    else:
        text = Text(
            f"{what.en} is {power} at {at}, the limit is {limit}.",
            f"{at} {what.zh}为 {power}，限值为 {limit}。",
        )
    return Observation(
        IncidentKind.LIMIT,
        subject,
        reading.event_time,
        _standing(power_w, limit_w),
        text,
        Severity.CRITICAL,
    )


def _standing(power_w: float, limit_w: float) -> Standing:
    if power_w > limit_w:
        return Standing.BAD
    return Standing.GOOD if power_w <= RESOLVE_BELOW * limit_w else Standing.BETWEEN
