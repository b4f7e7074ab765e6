"""The certificates once more from their events alone: what was kept must be what they say."""

from collections.abc import Iterable, Mapping
from dataclasses import fields
from datetime import datetime
from typing import Any, get_args

from services.carbon_accounting.domain.certificates.certificate import (
    Certificate,
    IdRange,
    Instrument,
)
from services.carbon_accounting.domain.certificates.events import Change, Event, Issued, Split
from services.carbon_accounting.domain.certificates.gec import Technology, Title, Use
from services.carbon_accounting.domain.certificates.refusal import Refused
from services.carbon_accounting.domain.certificates.states import Standing, advance, children
from services.carbon_accounting.domain.certificates.stored import Allocation, Charge
from services.energy.time_grid import Interval

CHANGES: dict[str, type[Change]] = {kind.__name__.lower(): kind for kind in get_args(Change)}


def event_of(kind: str, content: Mapping[str, Any]) -> Event:
    """Return the event that a row says; the other way of `event_content`."""
    said: dict[str, Any] = {**content, "at": datetime.fromisoformat(content["at"])}
    if kind == "issued":
        return Issued(_certificate(said["certificate"]), said["at"], said["registry"])
    if "parts_wh" in said:
        said["parts_wh"] = tuple(said["parts_wh"])
    return CHANGES[kind](**said)


def _certificate(said: Mapping[str, Any]) -> Certificate:
    production = {edge: datetime.fromisoformat(at) for edge, at in said["production"].items()}
    plain = {field.name: said[field.name] for field in fields(Certificate) if field.name in said}
    return Certificate(
        **plain
        | {
            "instrument": Instrument(said["instrument"]),
            "technology": Technology(said["technology"]),
            "title": Title(said["title"]),
            "use": Use(said["use"]),
            "production": Interval(**production),
            "issued_at": datetime.fromisoformat(said["issued_at"]),
            "expires_at": datetime.fromisoformat(said["expires_at"]),
            "ids": IdRange(**said["ids"]),
            "charge": _charge(said.get("charge")),
        }
    )


def _charge(said: Mapping[str, Any] | None) -> Charge | None:
    if said is None:
        return None
    charged = {edge: datetime.fromisoformat(at) for edge, at in said["charged"].items()}
    wh, how = said["charged_wh"], Allocation(said["allocation"])
    return Charge(said["certificate_id"], wh, Interval(**charged), how)


def replayed(events: Iterable[tuple[str, Event]]) -> dict[str, Standing]:
    """Return how certificates stand after events in their order, by certificate id.

    ValueError when an event is refused: it should never have been kept.
    """
    standings: dict[str, Standing] = {}
    for certificate_id, event in events:
        before = standings.get(certificate_id)
        now = advance(before, event)
        if isinstance(now, Refused):
            raise ValueError(f"event of {certificate_id} is refused in replay: {now.text}")
        standings[certificate_id] = now
        if isinstance(event, Split) and before is not None:
            standings |= {child.certificate.id: child for child in children(before, event)}
    return standings
