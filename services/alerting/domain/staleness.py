"""STALE_SOURCE: a source or device sends nothing for longer than its time to live.

Judged at the moment up to which the whole log has been read: a consumer that is itself behind sees
no time pass and blames nobody. When a whole source is silent, that is one incident, not one per
device.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import groupby

from services.alerting.domain.cases import Observation, Rule, Standing
from services.alerting.domain.events import ReadingsArrived
from services.alerting.domain.incidents import IncidentKind, Severity
from services.alerting.domain.words import clock_time, span_en, span_zh
from services.energy.site import Device, DeviceKind, Park, Text

RULE = Rule()
GRACE = timedelta(seconds=3)  # ttl + 3 s, so that people know it by ttl + 5 s


@dataclass(frozen=True, slots=True)
class Freshness:
    """The newest believed event time of each device; devices never heard of are absent."""

    newest: Mapping[str, datetime] = field(default_factory=dict)


def heard(freshness: Freshness, arrived: ReadingsArrived) -> Freshness:
    """Return the freshness after a frame; older readings never make a device younger."""
    newer = {
        device_id: moment
        for device_id, moment in arrived.newest.items()
        if device_id not in freshness.newest or moment > freshness.newest[device_id]
    }
    return replace(freshness, newest={**freshness.newest, **newer}) if newer else freshness


def judge(
    freshness: Freshness, park: Park, at: datetime, first_due: datetime
) -> Iterator[Observation]:
    """Yield how each source and device stands at `at`; the unheard-of are due at `first_due`."""
    by_source = sorted(park.devices, key=lambda device: device.source_id)
    for source_id, group in groupby(by_source, key=lambda device: device.source_id):
        devices = list(group)
        source = _judge_source(freshness, source_id, devices, at, first_due, park)
        if source is None:
            continue
        yield source
        if source.standing is Standing.GOOD:
            for device in devices:
                if (seen := _judge_device(freshness, device, at, first_due, park)) is not None:
                    yield seen


def _judge_source(
    freshness: Freshness,
    source_id: str,
    devices: list[Device],
    at: datetime,
    first_due: datetime,
    park: Park,
) -> Observation | None:
    known = [freshness.newest[d.id] for d in devices if d.id in freshness.newest]
    ttl = min(device.ttl for device in devices)
    severity = max(_severity(device) for device in devices)
    what = Text(
        f"Source {source_id} ({_devices(len(devices))})",
        f"数据源 {source_id}（{len(devices)} 台设备）",
    )
    return _observation(
        source_id, what, max(known, default=None), ttl, severity, at, first_due, park
    )


def _devices(count: int) -> str:
    return "1 device" if count == 1 else f"{count} devices"


def _judge_device(
    freshness: Freshness, device: Device, at: datetime, first_due: datetime, park: Park
) -> Observation | None:
    newest = freshness.newest.get(device.id)
    what = Text(f"{device.name.en} ({device.id})", f"{device.name.zh}({device.id})")
    severity = _severity(device)
    return _observation(device.id, what, newest, device.ttl, severity, at, first_due, park)


def _severity(device: Device) -> Severity:
    return Severity.CRITICAL if device.kind is DeviceKind.GRID_METER else Severity.WARNING


def _observation(
    subject: str,
    what: Text,
    newest: datetime | None,
    ttl: timedelta,
    severity: Severity,
    at: datetime,
    first_due: datetime,
    park: Park,
) -> Observation | None:
    stale_from = (first_due if newest is None else newest) + ttl + GRACE
    if at >= stale_from:
        text = _stale_text(what, newest, ttl, park)
        # The moment it became stale, not the moment we looked: the same incident after a restart.
        return Observation(
            IncidentKind.STALE_SOURCE, subject, stale_from, Standing.BAD, text, severity
        )
    if newest is None:
        return None
    fresh = Text(f"{what.en} sends again.", f"{what.zh}已恢复上报。")
    return Observation(IncidentKind.STALE_SOURCE, subject, at, Standing.GOOD, fresh, severity)


def _stale_text(what: Text, newest: datetime | None, ttl: timedelta, park: Park) -> Text:
    if newest is None:
        last = Text("has sent nothing yet", "尚未上报任何数据")
    else:
        moment = clock_time(newest, park.time_zone)
        last = Text(f"has sent nothing since {moment}", f"自 {moment} 起无数据")
    return Text(
        f"{what.en} {last.en}; it may be silent for {span_en(ttl)} at most. Fail-safe values stand "
        "in: check its power, network and gateway.",
        f"{what.zh}{last.zh}，最长允许 {span_zh(ttl)}。"
        "系统已采用故障安全值：请检查供电、网络与网关。",
    )
