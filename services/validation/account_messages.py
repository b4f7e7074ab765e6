"""Rows of the accounts as answers."""

from typing import Any

from parkflow.validation.v1 import balance_pb2
from parkflow.validation.v1 import validation_service_pb2 as wire
from services.validation.domain.energy_quality import EnergyQuality
from services.validation.domain.silence import Silence, SilentPoint
from services.validation.queries import NodeBalance, SetAside
from services.validation.source_quality import Quality


def entry_message(entry: SetAside) -> wire.SuspenseEntry:
    """Return an entry of a suspense account."""
    reason: Any = entry.reason
    message = wire.SuspenseEntry(
        entry_id=entry.entry_id,
        point_id=entry.point_id,
        source_id=entry.source_id,
        reason=reason,
        balance_wh=entry.balance_wh,
    )
    message.start.FromDatetime(entry.starts_at)
    message.end.FromDatetime(entry.ends_at)
    message.opened_at.FromDatetime(entry.opened_at)
    message.changed_at.FromDatetime(entry.changed_at)
    return message


def quality_message(
    quality: Quality, energy: EnergyQuality | None, silence: Silence, suspense_wh: int
) -> wire.SourceQuality:
    """Return what a source's readings were like."""
    counts: list[Any] = sorted(quality.doubts.items())
    message = wire.SourceQuality(
        source_id=quality.source_id,
        completeness_share=quality.completeness_share,
        doubts=[wire.DoubtCount(doubt=doubt, reading_count=count) for doubt, count in counts],
        suspense_wh=suspense_wh,
        filled_point_count=quality.quarters.filled,
        expected_point_count=quality.quarters.expected,
        unheard_point_count=quality.unheard,
        quarter_count=energy.told if energy else 0,
        believed_quarter_count=energy.believed if energy else 0,
        estimated_quarter_count=energy.estimated if energy else 0,
        silent_point_count=silence.count,
        silent_points=map(_silent_message, silence.longest),
    )
    message.as_of.FromDatetime(quality.as_of)
    message.first_quarter_start.FromDatetime(quality.quarters.first)
    message.newest_event_time.FromDatetime(quality.newest_event)
    message.newest_arrival_time.FromDatetime(quality.newest_arrival)
    return message


def _silent_message(point: SilentPoint) -> wire.SilentPoint:
    message = wire.SilentPoint(point_id=point.point_id, period_seconds=point.period_us / 1e6)
    message.newest_event_time.FromMicroseconds(point.since_us)
    return message


def balance_message(balance: NodeBalance) -> balance_pb2.NodeBalance:
    """Return a quarter hour of a node."""
    verdict: Any = balance.verdict
    message = balance_pb2.NodeBalance(
        node_id=balance.node_id,
        metered_wh=balance.metered_wh,
        children_wh=balance.children_wh,
        loss_allowance_wh=balance.allowance_wh,
        tolerance_wh=balance.tolerance_wh,
        verdict=verdict,
        missing=balance.missing,
    )
    message.start.FromMicroseconds(balance.start_us)
    return message
