"""BUFFER_FILLING: readings wait on disk for Kafka, and the disk buffer will not hold for ever.

Two incidents at most: a warning from half full, while there is time to act, and a critical one from
when it is full: then the policy decides what is lost first.
"""

from collections.abc import Iterator

from services.alerting.domain.cases import Observation, Rule, Standing
from services.alerting.domain.events import BufferChecked
from services.alerting.domain.incidents import IncidentKind, Severity
from services.alerting.domain.words import span_en, span_zh
from services.energy.site import Text

RULE = Rule()
FILLING, CALM = 0.5, 0.25
FULL, ROOM = 0.95, 0.8
MIB = 1024 * 1024


def judge(check: BufferChecked) -> Iterator[Observation]:
    """Yield how the buffer stands: filling, and full."""
    yield _observation(check, check.service, Severity.WARNING, _standing(check, FILLING, CALM))
    yield _observation(
        check, f"{check.service}.full", Severity.CRITICAL, _standing(check, FULL, ROOM)
    )


def _standing(check: BufferChecked, bad_from: float, good_below: float) -> Standing:
    if check.share >= bad_from:
        return Standing.BAD
    return Standing.GOOD if check.share < good_below else Standing.BETWEEN


def _observation(
    check: BufferChecked, subject: str, severity: Severity, standing: Standing
) -> Observation:
    text = _calm(check) if standing is Standing.GOOD else _waiting(check)
    return Observation(IncidentKind.BUFFER_FILLING, subject, check.at, standing, text, severity)


def _calm(check: BufferChecked) -> Text:
    share = f"{check.share:.0%}"
    return Text(
        f"the disk buffer of {check.service} is {share} full.",
        f"{check.service} 的磁盘缓冲占用 {share}。",
    )


def _waiting(check: BufferChecked) -> Text:
    then_en, then_zh = _what_then(check)
    used = f"{check.stored_bytes / MIB:,.0f}/{check.limit_bytes / MIB:,.0f} MiB"
    return Text(
        f"Kafka is away or behind: {check.frames:,} frames ({used}, the oldest "
        f"{span_en(check.oldest_age)}) wait on the disk of {check.service}, {check.share:.0%} of "
        f"what it may keep. {then_en} Bring Kafka back, or give the buffer more room.",
        f"Kafka 不可用或滞后：{check.frames:,} 帧（{used}，最早 {span_zh(check.oldest_age)}）"
        f"暂存于 {check.service} 磁盘，占允许量的 {check.share:.0%}。{then_zh}"
        "请恢复 Kafka 或扩大缓冲。",
    )


def _what_then(check: BufferChecked) -> tuple[str, str]:
    if not check.drops_oldest:
        return (
            "When it is full nothing more is acknowledged: the devices keep what is new as long "
            "as they can.",
            "写满后不再确认新数据：由设备尽量保留。",
        )
    return (
        f"When it is full the oldest frames are deleted; {check.dropped_frames:,} are lost so far.",
        f"写满后删除最早的帧；目前已丢失 {check.dropped_frames:,} 帧。",
    )
