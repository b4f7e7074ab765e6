"""Certificates, claims and events as rows of the database."""

import json
from dataclasses import asdict
from typing import Any

from services.carbon_accounting.domain.certificates.certificate import (
    Certificate,
    IdRange,
    Instrument,
)
from services.carbon_accounting.domain.certificates.claims import Claim, ClaimKind
from services.carbon_accounting.domain.certificates.events import Event, Issued
from services.carbon_accounting.domain.certificates.gec import Technology, Title, Use
from services.carbon_accounting.domain.certificates.states import Standing, State
from services.carbon_accounting.domain.certificates.stored import Allocation, Charge
from services.energy.time_grid import Interval


def event_kind(event: Event) -> str:
    """Return the event's name."""
    return type(event).__name__.lower()


def event_content(event: Event) -> str:
    """Return what an event says as JSON, the same text for the same event.

    What came out of no charge says nothing of one, as before there were any.
    """
    said = asdict(event)
    if isinstance(event, Issued) and event.certificate.charge is None:
        del said["certificate"]["charge"]
    return json.dumps(said, default=str, ensure_ascii=False, sort_keys=True)


def certificate_row(standing: Standing) -> tuple[Any, ...]:
    """Return a standing as the columns of `PUT` from `instrument` on."""
    certificate = standing.certificate
    return (
        str(certificate.instrument),
        str(certificate.technology),
        certificate.device,
        certificate.market,
        certificate.production.start,
        certificate.production.end,
        certificate.issued_at,
        certificate.expires_at,
        certificate.ids.first,
        certificate.ids.last,
        certificate.owner,
        certificate.ng_per_wh,
        str(certificate.title),
        str(certificate.use),
        certificate.trust,
        str(standing.state),
        standing.owner,
        standing.beneficiary,
        standing.cancelled_at,
        *_charge_row(certificate.charge),
    )


def _charge_row(charge: Charge | None) -> tuple[Any, ...]:
    if charge is None:
        return (None,) * 5
    charged = charge.charged
    of_what = (charge.certificate_id, charge.charged_wh, charged.start, charged.end)
    return (*of_what, str(charge.allocation))


def _charge_of(row: Any) -> Charge | None:
    if row[0] is None:
        return None
    return Charge(row[0], row[1], Interval(row[2], row[3]), Allocation(row[4]))


def standing_of(row: Any) -> Standing:
    """Return the standing in a row of `STANDING`."""
    certificate = Certificate(
        id=row[0],
        instrument=Instrument(row[1]),
        technology=Technology(row[2]),
        device=row[3],
        market=row[4],
        production=Interval(row[5], row[6]),
        issued_at=row[7],
        expires_at=row[8],
        ids=IdRange(row[9], row[10]),
        owner=row[11],
        lot=row[12],
        ng_per_wh=row[13],
        title=Title(row[14]),
        use=Use(row[15]),
        trust=row[16],
        charge=_charge_of(row[21:26]),
    )
    return Standing(certificate, State(row[17]), row[18], row[19], row[20])


def claim_of(row: Any) -> Claim:
    """Return the claim in a row of `CLAIM_COLUMNS`."""
    return Claim(
        id=row[0],
        kind=ClaimKind(row[1]),
        certificate_id=row[2],
        ids=IdRange(row[3], row[4]),
        claimant=row[5],
        consumption=Interval(row[6], row[7]),
        market=row[8],
        at=row[9],
        feeds=row[10] or "",
    )
