"""What people read, in English and Chinese: the numbers, what it means, what to do.

Times are local to the park, because people look at clocks on walls.
"""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from services.alerting.domain.incidents import Incident
from services.energy.site import Text


def counted(text: Text, occurrences: int) -> Text:
    """Return the text with how often it has happened."""
    if occurrences <= 1:
        return text
    return Text(f"{text.en} So far: {occurrences} times.", f"{text.zh} 至今共 {occurrences} 次。")


def over_text(incident: Incident, text: Text) -> Text:
    """Return the text of a resolution: what is right again, and what it was."""
    times = incident.occurrences
    en = f"Resolved: {text.en} It was: {incident.text.en}"
    zh = f"已恢复：{text.zh} 原因：{incident.text.zh}"
    if times > 1:
        return Text(f"{en} In all: {times} times.", f"{zh} 总计 {times} 次。")
    return Text(en, zh)


def kilowatts(power_w: float) -> str:
    """Return a power for people: `1,943 kW`."""
    return f"{power_w / 1000:,.0f} kW" if abs(power_w) >= 100_000 else f"{power_w / 1000:,.1f} kW"


def clock_time(moment: datetime, zone: ZoneInfo) -> str:
    """Return the local time of a moment: `2019-06-04 06:15:30`."""
    return f"{moment.astimezone(zone):%Y-%m-%d %H:%M:%S}"


def span_en(span: timedelta) -> str:
    """Return a span for English readers: `90 s`, `5 min`, `2 h 5 min`."""
    return _span(span, "s", "min", "h")


def span_zh(span: timedelta) -> str:
    """Return a span for Chinese readers."""
    return _span(span, "秒", "分钟", "小时")


def _span(span: timedelta, seconds: str, minutes: str, hours: str) -> str:
    total = round(span.total_seconds())
    if total < 120:
        return f"{total} {seconds}"
    if total < 7200:
        return f"{total // 60} {minutes}"
    return f"{total // 3600} {hours} {total % 3600 // 60} {minutes}"
