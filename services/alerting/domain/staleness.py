"""STALE_SOURCE: a source or device sends nothing for longer than its time to live.

Judged at the moment up to which the whole log has been read: a consumer that is itself behind sees
no time pass and blames nobody. When a whole source is silent, that is one incident, not one per
device.
"""

from collections.abc import Iterable, Iterator, Mapping
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
    """The newest usable event time of each device, and the subjects once found fresh.

    A device never heard of is absent. At start old readings may come first (a backfill), so a
    subject is not called stale before the start grace is over unless it has been fresh before.
    """

    newest: Mapping[str, datetime] = field(default_factory=dict)
    met: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class _Signal:
    """A source or a device whose silence is judged."""

    subject: str
    what: Text
    newest: datetime | None
    ttl: timedelta
    severity: Severity


def heard(freshness: Freshness, arrived: ReadingsArrived) -> Freshness:
    """Return the freshness after a frame; older readings never make a device younger."""
    newer = {
        device_id: moment
        for device_id, moment in arrived.newest.items()
        if device_id not in freshness.newest or moment > freshness.newest[device_id]
    }
    return replace(freshness, newest={**freshness.newest, **newer}) if newer else freshness


def met(freshness: Freshness, judged: Iterable[Observation]) -> Freshness:
    """Return the freshness that remembers who was found fresh."""
    fresh = frozenset(seen.subject for seen in judged if seen.standing is Standing.GOOD)
    return freshness if fresh <= freshness.met else replace(freshness, met=freshness.met | fresh)


def judge(
    freshness: Freshness, park: Park, at: datetime, first_due: datetime
) -> Iterator[Observation]:
    """Yield how each source stands at `at`, and each device of a source that is not silent.

    What has not been fresh since start is not stale before `first_due`.
    """
    by_source = sorted(park.devices, key=lambda device: device.source_id)
    for source_id, group in groupby(by_source, key=lambda device: device.source_id):
        devices = list(group)
        source = _source_signal(freshness, source_id, devices)
        seen = _observation(source, source_id in freshness.met, at, first_due, park)
        if seen is not None:
            yield seen
        if seen is None or seen.standing is not Standing.GOOD:
            continue
        for device in devices:
            signal = _device_signal(freshness, device)
            seen = _observation(signal, device.id in freshness.met, at, first_due, park)
            if seen is not None:
                yield seen


def _source_signal(freshness: Freshness, source_id: str, devices: list[Device]) -> _Signal:
    known = [freshness.newest[d.id] for d in devices if d.id in freshness.newest]
    count = "1 device" if len(devices) == 1 else f"{len(devices)} devices"
    return _Signal(
        source_id,
        Text(f"Source {source_id} ({count})", f"数据源 {source_id}（{len(devices)} 台设备）"),
        newest=max(known, default=None),
        ttl=min(device.ttl for device in devices),
        severity=max(_severity(device) for device in devices),
    )


def _device_signal(freshness: Freshness, device: Device) -> _Signal:
    return _Signal(
        device.id,
        Text(f"{device.name.en} ({device.id})", f"{device.name.zh}({device.id})"),
        newest=freshness.newest.get(device.id),
        ttl=device.ttl,
        severity=_severity(device),
    )


def _severity(device: Device) -> Severity:
    return Severity.CRITICAL if device.kind is DeviceKind.GRID_METER else Severity.WARNING


def _observation(
    signal: _Signal, was_met: bool, at: datetime, first_due: datetime, park: Park
) -> Observation | None:
    stale_from = (signal.newest or first_due) + signal.ttl + GRACE
    if signal.newest is not None and at < stale_from:
        what = signal.what
        fresh = Text(f"{what.en} sends again.", f"{what.zh}已恢复上报。")
        return _seen(signal, at, Standing.GOOD, fresh)
    # The moment it became stale, not the moment we looked: the same incident after a restart.
    known_from = stale_from if was_met else max(stale_from, first_due)
    if at < known_from:
        return None
    return _seen(signal, known_from, Standing.BAD, _stale_text(signal, park))


def _seen(signal: _Signal, at: datetime, standing: Standing, text: Text) -> Observation:
    return Observation(
        IncidentKind.STALE_SOURCE, signal.subject, at, standing, text, signal.severity
    )


def _stale_text(signal: _Signal, park: Park) -> Text:
    what, newest, ttl = signal.what, signal.newest, signal.ttl
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
