"""From the books of carbon to the JSON of the page of carbon. Exact numbers stay exact.

A mass is `{"g": "<whole grams>", "ng": <the rest>}` and an energy or amount a text of whole base
units: a number of JavaScript holds 53 bits only.
"""

from datetime import UTC
from typing import Any

from parkflow.carbon.v1 import entry_pb2, period_pb2, restatement_pb2, total_pb2, tracing_pb2
from parkflow.carbon.v1.mass_pb2 import Mass
from services.console.messages import Json, iso, said


def mass_json(mass: Mass) -> Json:
    """Return a mass without losing a nanogram."""
    return {"g": str(mass.g), "ng": mass.ng}


def totals_json(answer: total_pb2.ListTotalsResponse) -> list[Json]:
    """Return the lines of the totals in their order."""
    return [_total_json(total) for total in answer.totals]


def _total_json(total: total_pb2.Total) -> Json:
    return {
        "ledger": ledger_word(total.ledger),
        "enterprise": total.enterprise,
        "scope": total.scope,
        "category": total.category,
        "activity": total.activity,
        "carrier": total.carrier,
        "origin": total.origin_kind,
        "gas": total.gas,
        "unit": total.unit,
        "counted": total.counted,
        "amount": str(total.amount),
        "emissions": mass_json(total.emissions),
        "entries": total.entry_count,
        "estimated": total.estimated_entry_count,
        "unverified": [said(why) for why in total.unverified],
    }


def origins_json(answer: tracing_pb2.GetTracingResponse) -> Json:
    """Return electricity by origin: its ways, who used it, and where it does not close."""
    return {
        "flows": [
            {
                "way": _word(tracing_pb2.FlowWay.Name(flow.way), "FLOW_WAY_"),
                "line": flow.line,
                **_origin_json(flow),
            }
            for flow in answer.flows
        ],
        "uses": [
            {"enterprise": use.enterprise, "line": use.line, **_origin_json(use)}
            for use in answer.uses
        ],
        "gaps": [_origin_json(gap) for gap in answer.gaps],
        "open_items": [said(item) for item in answer.open_items],
    }


def _origin_json(part: Any) -> Json:
    origin = part.origin
    return {
        "kind": origin.kind,
        "source": origin.source,
        "vintage": origin.vintage,
        "energy_wh": str(part.energy_wh),
    }


def month_json(period: period_pb2.Period) -> Json:
    """Return a month of the books, and by whom it was closed."""
    return {
        "month": period.month,
        "closed_at": _moment(period, "closed_at"),
        "closed_by": period.closed_by,
        "because": period.because,
        "pending": period.has_pending_restatement,
    }


def pending_json(one: period_pb2.PendingRestatement) -> Json:
    """Return what a closed month would say by now, and what was decided of it."""
    return {
        "id": one.restatement_id,
        "month": one.month,
        "quarters": one.quarter_count,
        "first": _moment(one, "first_start"),
        "last": _moment(one, "last_start"),
        "because": said(one.because),
        "found_at": _moment(one, "found_at"),
        "state": _word(period_pb2.PendingState.Name(one.state), "PENDING_STATE_"),
        "decided_by": one.decided_by,
        "decided_at": _moment(one, "decided_at"),
        "decided_because": one.decided_because,
        "version": one.version,
        "differences": [
            {
                "ledger": ledger_word(each.ledger),
                "reported": mass_json(each.reported),
                "known": mass_json(each.known),
                "more": mass_json(each.more),
            }
            for each in one.differences
        ],
    }


def restatement_json(one: restatement_pb2.Restatement) -> Json:
    """Return what no longer holds, what holds instead, and why."""
    return {
        "ledger": ledger_word(one.ledger),
        "start": iso(one.interval.start.ToDatetime(UTC)),
        "version": one.version,
        "known_at": _moment(one, "known_at"),
        "because": said(one.because),
        "entries": one.booked_entry_count,
        "reversed_entries": one.reversed_entry_count,
        "reversed": mass_json(one.reversed),
        "booked": mass_json(one.booked),
    }


def differences_json(answer: restatement_pb2.CompareVersionsResponse) -> list[Json]:
    """Return why what is known differs from what was reported, by ledger and enterprise."""
    return [
        {
            "ledger": ledger_word(one.ledger),
            "enterprise": one.enterprise,
            "reported": mass_json(one.reported),
            "known": mass_json(one.known),
            "more": mass_json(one.more),
            "changes": [
                {
                    "reason": said(change.reason),
                    "entries": change.entry_count,
                    "more": mass_json(change.more),
                }
                for change in one.changes
            ],
        }
        for one in answer.differences
    ]


def whole_json(message: Any, field: str) -> str | None:
    """Return a whole number with all its digits; None where it is not known."""
    return str(getattr(message, field)) if message.HasField(field) else None


def ledger_word(ledger: Any) -> str:
    """Return the ledger as the page names it: `park_acceptance`."""
    return _word(entry_pb2.Ledger.Name(ledger), "LEDGER_")


def _moment(message: Any, field: str) -> str | None:
    return iso(getattr(message, field).ToDatetime(UTC)) if message.HasField(field) else None


def _word(name: str, prefix: str) -> str:
    return name.removeprefix(prefix).lower()
