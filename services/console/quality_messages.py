"""From validation's and ingest's answers to the model of the data-quality page."""

from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from parkflow.telemetry.v1 import interval_frame_pb2
from parkflow.telemetry.v1.edit_pb2 import AppliedEdit, QuarterHour, ReadingBelief
from parkflow.telemetry.v1.edit_pb2 import Edit as EditMessage
from parkflow.telemetry.v1.telemetry_service_pb2 import (
    GetSpoolResponse,
    ListSourcesResponse,
    SpoolPolicy,
)
from parkflow.validation.v1 import validation_service_pb2 as wire
from services.console.messages import Json, iso
from services.energy.readings import VERDICT_OF, Doubt, Verdict

QUARTERS_SHOWN = 3
PARTS = ("believed_wh", "estimated_wh", "suspense_wh", "written_off_wh")


def exact(stamp: Any) -> str:
    """Return an instant to the microsecond: what is decided about must be met exactly."""
    moment: datetime = stamp.ToDatetime(UTC)
    return moment.isoformat(timespec="microseconds").replace("+00:00", "Z")


def name_of(enum: Any, value: int, prefix: str) -> str:
    """Return an enum's word; of a newer service's unknown ones their number."""
    if value not in enum.values():
        return str(value)
    return str(enum.Name(value)).removeprefix(prefix).lower()


# ---- readings


def quality_json(answer: wire.GetDataQualityResponse) -> list[Json]:
    """Return what each source's readings of 24 hours were like."""
    return [_source(source) for source in answer.sources]


def _source(source: wire.SourceQuality) -> Json:
    counts = {doubt.doubt: doubt.reading_count for doubt in source.doubts}
    verdicts = Counter[str]()
    for number, count in counts.items():
        verdicts[_verdict(number)] += count
    return {
        "id": source.source_id,
        "as_of": iso(source.as_of.ToDatetime(UTC)),
        "newest_event": iso(source.newest_event_time.ToDatetime(UTC)),
        "completeness": source.completeness_share if any(source.expected_point_count) else None,
        "first": iso(source.first_quarter_start.ToDatetime(UTC)),
        "filled": list(source.filled_point_count),
        "expected": list(source.expected_point_count),
        "readings": sum(counts.values()),
        "verdicts": {verdict.name.lower(): verdicts[verdict.name.lower()] for verdict in Verdict},
        "reasons": [
            {"reason": _doubt(number), "verdict": _verdict(number), "count": count}
            for number, count in counts.items()
            if number
        ],
        "unheard": source.unheard_point_count,
        "silent": {
            "count": source.silent_point_count,
            "longest": [_silent(point) for point in source.silent_points],
        },
        "energy": {
            "quarters": source.quarter_count,
            "believed": source.believed_quarter_count,
            "estimated": source.estimated_quarter_count,
        },
        "suspense_wh": source.suspense_wh,
    }


def _silent(point: wire.SilentPoint) -> Json:
    since = iso(point.newest_event_time.ToDatetime(UTC))
    return {"point": point.point_id, "since": since, "period_s": point.period_seconds}


def _verdict(doubt: int) -> str:
    return VERDICT_OF[Doubt(doubt)].name.lower() if doubt in VERDICT_OF else "unspecified"


def _doubt(number: int) -> str:
    return Doubt(number).name.lower() if number in VERDICT_OF else str(number)


# ---- what is set aside


def suspense_json(answer: wire.ListSuspenseResponse, most: int) -> Json:
    """Return the account and its `most` largest entries."""
    largest = sorted(answer.entries, key=lambda entry: -abs(entry.balance_wh))
    return {
        "balance_wh": answer.balance_wh,
        "count": len(answer.entries),
        "more": bool(answer.next_page_token),
        "entries": [_entry(entry) for entry in largest[:most]],
    }


def _entry(entry: wire.SuspenseEntry) -> Json:
    return {
        "entry_id": entry.entry_id,
        "point": entry.point_id,
        "source": entry.source_id,
        "start": exact(entry.start),
        "end": exact(entry.end),
        "reason": name_of(interval_frame_pb2.SuspenseReason, entry.reason, "SUSPENSE_REASON_"),
        "balance_wh": entry.balance_wh,
        "opened_at": iso(entry.opened_at.ToDatetime(UTC)),
    }


# ---- what people decided


def edits_json(edits: Iterable[AppliedEdit]) -> list[Json]:
    """Return edits newest first, each with what it changed and whether it still holds."""
    listed = list(edits)
    revoked = {one.edit.revoked_edit_id for one in listed if one.edit.revoked_edit_id}
    return [_edit(one, revoked) for one in listed]


def _edit(applied: AppliedEdit, revoked: set[str]) -> Json:
    edit = applied.edit
    return {
        "edit_id": edit.edit_id,
        "point": edit.point_id,
        "user": edit.user,
        "reason": edit.reason,
        "decided_at": iso(edit.decided_at.ToDatetime(UTC)),
        "kind": edit.WhichOneof("change") or "",
        "what": _what(edit),
        "before": _sums(applied.before),
        "after": _sums(applied.after),
        "quarters": len(applied.after),
        "each": [
            {"start": exact(old.start), "before": _sums([old]), "after": _sums([new])}
            for old, new in zip(applied.before[:QUARTERS_SHOWN], applied.after, strict=False)
        ],
        "beyond_memory": applied.beyond_memory,
        "revoked": edit.edit_id in revoked,
    }


def _what(edit: EditMessage) -> Json:
    match edit.WhichOneof("change"):
        case "reading":
            one = edit.reading
            return {
                "at": exact(one.event_time),
                "belief": name_of(ReadingBelief, one.belief, "READING_BELIEF_"),
                "wh": one.register_wh if one.HasField("register_wh") else None,
            }
        case "interval":
            start, wh = exact(edit.interval.start), edit.interval.energy_wh
            return {"start": start, "wh": wh, "account": edit.interval.account}
        case "swap":
            swap = edit.swap
            at = exact(swap.swapped_at)
            return {"at": at, "old_end_wh": swap.old_end_wh, "new_start_wh": swap.new_start_wh}
        case "ruling":
            ruling = edit.ruling
            return {
                "start": exact(ruling.start),
                "end": exact(ruling.end),
                "wh": ruling.suspense_wh,
                "account": ruling.write_off_account,
            }
        case "revoked_edit_id":
            return {"edit_id": edit.revoked_edit_id}
    return {}


def _sums(quarters: Iterable[QuarterHour]) -> Json:
    sums = dict.fromkeys(PARTS, 0)
    for quarter in quarters:
        for part in PARTS:
            sums[part] += getattr(quarter, part)
    return sums


# ---- ingest


def spool_json(spool: GetSpoolResponse) -> Json:
    """Return the disk buffer."""
    return {
        "enabled": spool.enabled,
        "policy": name_of(SpoolPolicy, spool.policy, "SPOOL_POLICY_"),
        "frames": spool.frame_count,
        "stored_bytes": spool.stored_bytes,
        "limit_bytes": spool.limit_bytes,
        "oldest_age_s": spool.oldest_age_seconds,
        "longest_age_s": spool.longest_age_seconds,
        "dropped": spool.dropped_frame_count,
    }


def connections_json(answer: ListSourcesResponse) -> list[Json]:
    """Return how each source is connected."""
    return [
        {
            "id": one.source_id,
            "connected": one.connected,
            "times": one.connection_count,
            "why": one.away_reason,
        }
        for one in answer.sources
    ]
