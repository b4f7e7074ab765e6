"""The life of a certificate, one event at a time (rules 0.1(5), D.4).

issued → (transferred) → reserved → cancelled → claimed; or expired; or withdrawn by its issuer.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from services.carbon_accounting.domain.certificates.certificate import Certificate, split
from services.carbon_accounting.domain.certificates.events import (
    Cancelled,
    Change,
    Claimed,
    Event,
    Expired,
    Issued,
    Released,
    Reserved,
    Split,
    Transferred,
    Withdrawn,
)
from services.carbon_accounting.domain.certificates.gec import Title
from services.carbon_accounting.domain.certificates.refusal import Refused, Rule


class State(StrEnum):
    """Where a certificate stands."""

    ISSUED = "issued"
    TRANSFERRED = "transferred"
    RESERVED = "reserved"
    CANCELLED = "cancelled"
    CLAIMED = "claimed"
    EXPIRED = "expired"
    WITHDRAWN = "withdrawn"
    SPLIT = "split"


@dataclass(frozen=True, slots=True)
class Standing:
    """A certificate as it stands: who owns it, and for whom it was reserved or cancelled."""

    certificate: Certificate
    state: State
    owner: str
    beneficiary: str = ""
    cancelled_at: datetime | None = None


HELD = frozenset({State.ISSUED, State.TRANSFERRED})
ALIVE = HELD | {State.RESERVED}
ALLOWED: dict[type[Change], frozenset[State]] = {
    Transferred: HELD,
    Reserved: HELD,
    Split: HELD,
    Released: frozenset({State.RESERVED}),
    Cancelled: frozenset({State.RESERVED}),
    Claimed: frozenset({State.CANCELLED}),
    Expired: ALIVE,
    Withdrawn: ALIVE,
}
"""From which states each event may happen; everything else is refused by name."""


def untimely(event: Event, last: datetime | None, now: datetime) -> Refused | None:
    """Return why an event cannot be told: it lies after `now`, or before the `last` one."""
    at = event.at.isoformat()
    if event.at > now:
        return Refused(Rule.IN_FUTURE, "at", at, f"it is {now.isoformat()}; tell it when it is so")
    if last is not None and event.at < last:
        cure = f"the last event was at {last.isoformat()}; tell a time from then on"
        return Refused(Rule.OUT_OF_ORDER, "at", at, cure)
    return None


def advance(standing: Standing | None, event: Event) -> Standing | Refused:
    """Return how the certificate stands after `event`, or why it cannot happen."""
    if isinstance(event, Issued):
        return _begun(standing, event)
    if standing is None:
        return Refused(
            Rule.NO_SUCH_CERTIFICATE, "event", _name(event), "issue or import the certificate first"
        )
    return _refusal(standing, event) or _changed(standing, event)


def _begun(standing: Standing | None, event: Issued) -> Standing | Refused:
    certificate = event.certificate
    if standing is not None:
        return Refused(
            Rule.ALREADY_ISSUED, "certificate", certificate.id, "give the new one another id"
        )
    return Standing(certificate, State.ISSUED, certificate.owner)


def _refusal(standing: Standing, event: Change) -> Refused | None:
    certificate = standing.certificate
    if standing.state not in ALLOWED[type(event)]:
        allowed = ", ".join(sorted(ALLOWED[type(event)]))
        return Refused(
            Rule.WRONG_TRANSITION,
            "state",
            f"{standing.state} → {_name(event)}",
            f"{certificate.id} must be {allowed} first",
        )
    if event.at < certificate.issued_at:
        return _at_wrong_time(Rule.BEFORE_ISSUANCE, event, f"issued {certificate.issued_at}")
    return _age_refusal(standing, event) or _party_refusal(standing, event)


def _age_refusal(standing: Standing, event: Change) -> Refused | None:
    expires = standing.certificate.expires_at
    if isinstance(event, Claimed | Withdrawn):
        return None
    if isinstance(event, Expired):
        early = event.at < expires
        return _at_wrong_time(Rule.NOT_EXPIRED_YET, event, f"expires {expires}") if early else None
    return (
        _at_wrong_time(Rule.EXPIRED, event, f"expired {expires}") if event.at >= expires else None
    )


def _party_refusal(standing: Standing, event: Change) -> Refused | None:
    if isinstance(event, Expired | Withdrawn):
        return None
    entitled = standing.beneficiary if isinstance(event, Claimed) else standing.owner
    if event.by != entitled:
        return Refused(Rule.NOT_OWNER, "by", event.by, f"only {entitled} can do this")
    if isinstance(event, Split):
        parts = split(standing.certificate, event.parts_wh)
        return parts if isinstance(parts, Refused) else None
    return _title_refusal(standing, event)


def children(standing: Standing, event: Split) -> tuple[Standing, ...]:
    """Return what a split leaves in the place of a certificate; `advance` has allowed it."""
    parts = split(standing.certificate, event.parts_wh)
    if isinstance(parts, Refused):
        raise ValueError(f"{parts.text}; ask advance first")
    return tuple(replace(standing, certificate=part) for part in parts)


def _title_refusal(standing: Standing, event: Change) -> Refused | None:
    """Not tradeable: it may go along with settlement, and be cancelled for its owner alone."""
    if standing.certificate.title is Title.TRADEABLE:
        return None
    if isinstance(event, Transferred) and not event.with_settlement:
        return Refused(
            Rule.NOT_TRADEABLE, "to", event.to, "self-used power moves only with its settlement"
        )
    if isinstance(event, Reserved) and event.beneficiary != standing.owner:
        return Refused(
            Rule.NOT_TRADEABLE, "beneficiary", event.beneficiary, f"reserve it for {standing.owner}"
        )
    return None


def _at_wrong_time(rule: Rule, event: Change, cure: str) -> Refused:
    return Refused(rule, "at", event.at.isoformat(), f"{_name(event)} does not fit: {cure}")


def _changed(standing: Standing, event: Change) -> Standing:
    match event:
        case Transferred():
            return replace(standing, state=State.TRANSFERRED, owner=event.to)
        case Reserved():
            return replace(standing, state=State.RESERVED, beneficiary=event.beneficiary)
        case Released():
            sold = standing.owner != standing.certificate.owner
            state = State.TRANSFERRED if sold else State.ISSUED
            return replace(standing, state=state, beneficiary="")
        case Cancelled():
            return replace(standing, state=State.CANCELLED, cancelled_at=event.at)
        case _:
            return replace(standing, state=_final(event))


def _final(event: Claimed | Expired | Withdrawn | Split) -> State:
    finals: dict[type, State] = {
        Claimed: State.CLAIMED,
        Expired: State.EXPIRED,
        Withdrawn: State.WITHDRAWN,
        Split: State.SPLIT,
    }
    return finals[type(event)]


def _name(event: Event) -> str:
    return type(event).__name__.lower()
