"""Months of the books and what waits there, on the wire."""

from datetime import UTC

from parkflow.carbon.v1 import chain_pb2, period_pb2
from services.carbon_accounting.domain.live.suspended import Sums
from services.carbon_accounting.live.period_listing import Head, PendingRestatement, Period
from services.carbon_accounting.messages import mass


def head_message(head: Head) -> chain_pb2.ChainHead:
    """Return the end of a chain."""
    return chain_pb2.ChainHead(
        ledger=f"LEDGER_{head.ledger.name}",
        month=head.month,
        link_count=head.links,
        link=head.link.hex(),
    )


def period_message(period: Period) -> period_pb2.Period:
    """Return a month."""
    message = period_pb2.Period(month=period.month, has_pending_restatement=period.is_pending)
    if (closed := period.closed) is not None:
        message.closed_at.FromDatetime(closed.at.astimezone(UTC))
        message.closed_by, message.because = closed.by, closed.because
        message.open_items.extend(closed.open_items)
        message.heads.extend(head_message(head) for head in closed.heads)
    return message


def pending_message(one: PendingRestatement) -> period_pb2.PendingRestatement:
    """Return what waits, or waited, for a decision."""
    message = period_pb2.PendingRestatement(
        restatement_id=str(one.id),
        month=one.month,
        quarter_count=len(one.starts),
        because=one.because,
        state=f"PENDING_STATE_{one.state.upper()}",
        decided_by=one.decided_by,
        decided_because=one.decided_because,
        version=one.version,
        reasons=one.reasons,
        differences=[_difference_message(sums) for sums in one.sums],
    )
    message.first_start.FromDatetime(min(one.starts).astimezone(UTC))
    message.last_start.FromDatetime(max(one.starts).astimezone(UTC))
    message.found_at.FromDatetime(one.found_at.astimezone(UTC))
    if one.decided_at is not None:
        message.decided_at.FromDatetime(one.decided_at.astimezone(UTC))
    return message


def _difference_message(sums: Sums) -> period_pb2.PendingDifference:
    return period_pb2.PendingDifference(
        ledger=f"LEDGER_{sums.ledger.name}",
        reported=mass(sums.reported_ng),
        known=mass(sums.known_ng),
        more=mass(sums.known_ng - sums.reported_ng),
    )
