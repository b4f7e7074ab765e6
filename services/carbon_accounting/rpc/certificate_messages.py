"""Certificates, events and claims between the wire and the domain."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from parkflow.carbon.v1 import certificate_pb2 as wire
from services.carbon_accounting.certificates.listing import Holding
from services.carbon_accounting.domain.certificates.certificate import (
    Certificate,
    IdRange,
    Instrument,
)
from services.carbon_accounting.domain.certificates.claims import Claim, ClaimKind
from services.carbon_accounting.domain.certificates.events import (
    Cancelled,
    Event,
    Expired,
    Issued,
    Released,
    Reserved,
    Split,
    Transferred,
    Withdrawn,
)
from services.carbon_accounting.domain.certificates.gec import (
    Plant,
    Technology,
    Title,
    Use,
    title_of,
    title_of_discharge,
)
from services.carbon_accounting.domain.certificates.lifetime import expiry
from services.carbon_accounting.domain.certificates.refusal import Refused
from services.carbon_accounting.domain.certificates.states import State
from services.carbon_accounting.domain.certificates.stored import Charge
from services.carbon_accounting.domain.local_month import Month
from services.carbon_accounting.input_files.certificate_cells import (
    FIRST_YEAR,
    LARGEST_WH,
    LAST_YEAR,
    LONGEST_NAME,
)
from services.carbon_accounting.input_files.certificate_parts import (
    DIRTIEST_KG_PER_KWH,
    NG_PER_WH_IN_KG_PER_KWH,
    Trust,
)
from services.carbon_accounting.rpc.charge_messages import charge_in, charge_message
from services.energy.time_grid import Interval
from services.runtime.refusals import FieldMistake

E = TypeVar("E", bound=StrEnum)
DIRTIEST_NG_PER_WH = DIRTIEST_KG_PER_KWH * NG_PER_WH_IN_KG_PER_KWH


def wire_name(prefix: str, member: StrEnum) -> str:
    """Return a member as the wire names it, as `CERTIFICATE_STATE_ISSUED`."""
    return f"{prefix}_{INSTRUMENTS.get(str(member), member.name)}"


INSTRUMENTS = {"GC": "GC", "SD-GC": "SD_GC"}


def member_of(kind: type[E], prefix: str, number: int, names: Callable[[int], str]) -> E | None:
    """Return what a number of the wire stands for; None for none."""
    found = {wire_name(prefix, member): member for member in kind}
    try:
        return found.get(names(number))
    except ValueError:
        return None


def instrument_of(number: int) -> Instrument | None:
    """Return the instrument a number of the wire stands for."""
    return member_of(Instrument, "INSTRUMENT", number, wire.Instrument.Name)


def state_of(number: int) -> State | None:
    """Return the state a number of the wire stands for."""
    return member_of(State, "CERTIFICATE_STATE", number, wire.CertificateState.Name)


def kind_of(number: int) -> ClaimKind | None:
    """Return the kind of claim a number of the wire stands for."""
    return member_of(ClaimKind, "CLAIM_KIND", number, wire.ClaimKind.Name)


def standing_message(holding: Holding) -> wire.CertificateStanding:
    """Return a certificate as it stands."""
    standing = holding.standing
    message = wire.CertificateStanding(
        certificate=_certificate_message(standing.certificate),
        state=wire_name("CERTIFICATE_STATE", standing.state),
        owner=standing.owner,
        beneficiary=standing.beneficiary,
        claimed_wh=holding.claimed_wh,
        remaining_wh=holding.remaining_wh,
    )
    if standing.cancelled_at is not None:
        message.cancelled_at.FromDatetime(standing.cancelled_at)
    return message


def _certificate_message(certificate: Certificate) -> wire.Certificate:
    message = wire.Certificate(
        certificate_id=certificate.id,
        instrument=wire_name("INSTRUMENT", certificate.instrument),
        technology=str(certificate.technology),
        device=certificate.device,
        market=certificate.market,
        quantity_wh=certificate.quantity_wh,
        lot=certificate.lot,
        first_id=certificate.ids.first,
        owner=certificate.owner,
        emission_ng_per_wh=certificate.ng_per_wh,
        trust=certificate.trust,
        use=str(certificate.use),
        title=str(certificate.title),
    )
    message.production.start.FromDatetime(certificate.production.start)
    message.production.end.FromDatetime(certificate.production.end)
    message.issued_at.FromDatetime(certificate.issued_at)
    message.expires_at.FromDatetime(certificate.expires_at)
    if certificate.charge is not None:
        message.charge.CopyFrom(charge_message(certificate.charge))
    return message


def claim_message(claim: Claim) -> wire.Claim:
    """Return a claim."""
    message = wire.Claim(
        claim_id=claim.id,
        kind=wire_name("CLAIM_KIND", claim.kind),
        certificate_id=claim.certificate_id,
        quantity_wh=claim.ids.quantity_wh,
        claimant=claim.claimant,
        market=claim.market,
        first_id=claim.ids.first,
        feeds_certificate_id=claim.feeds,
    )
    message.consumption.start.FromDatetime(claim.consumption.start)
    message.consumption.end.FromDatetime(claim.consumption.end)
    message.claimed_at.FromDatetime(claim.at)
    return message


def event_in(
    request: wire.RecordCertificateEventRequest, zone: ZoneInfo
) -> Event | list[FieldMistake]:
    """Return the event of a request, or everything that is wrong with it."""
    what = request.WhichOneof("what")
    if what is None:
        return [FieldMistake("what", "say what happened: issue, transfer, reserve, cancel …")]
    if what == "issue":
        return _Issue(request.issue, request.certificate_id, zone).event()
    said = getattr(request, what)
    mistakes = [
        mistake
        for name in ("by", "to", "beneficiary", "reason")
        if name in said.DESCRIPTOR.fields_by_name
        for mistake in name_in(getattr(said, name), f"{what}.{name}")
    ]
    if not request.HasField("at"):
        mistakes.append(FieldMistake("at", "say when it happened, the same when you say it again"))
    return mistakes or _change(what, said, request.at.ToDatetime(UTC))


def _change(what: str, said: Any, at: datetime) -> Event:
    match what:
        case "transfer":
            return Transferred(at, said.by, said.to, said.with_settlement)
        case "reserve":
            return Reserved(at, said.by, said.beneficiary)
        case "release":
            return Released(at, said.by)
        case "cancel":
            return Cancelled(at, said.by)
        case "expire":
            return Expired(at)
        case "withdraw":
            return Withdrawn(at, said.reason)
        case _:
            return Split(at, said.by, tuple(said.parts_wh))


@dataclass
class _Issue:
    """A certificate being read; what is wrong with it goes to `mistakes`."""

    said: wire.Certificate
    id: str
    zone: ZoneInfo
    mistakes: list[FieldMistake] = field(default_factory=list)

    def event(self) -> Issued | list[FieldMistake]:
        self._names()
        production, issued_at = self._production(), self._moment("issued_at")
        instrument, title = instrument_of(self.said.instrument), self._title()
        charge = self._charge(instrument)
        if instrument is None:
            self._wrong("instrument", "must be told: GEC, GC, SD-GC or a contract")
        if not 0 < self.said.quantity_wh < LARGEST_WH:
            self._wrong("quantity_wh", f"must be above 0 and below {LARGEST_WH}")
        if not 0 <= self.said.first_id < LARGEST_WH:
            self._wrong("first_id", f"must be from 0 to below {LARGEST_WH}")
        if self.mistakes or production is None or issued_at is None or instrument is None:
            return self.mistakes
        try:
            made = self._certificate(instrument, production, issued_at, title, charge)
        except ValueError as mistake:
            return [FieldMistake("issue", str(mistake))]
        return Issued(made, issued_at)

    def _certificate(
        self,
        instrument: Instrument,
        production: Interval,
        issued_at: datetime,
        title: Title,
        charge: Charge | None,
    ) -> Certificate:
        said, month = self.said, Month.of(production.start, self.zone)
        given = said.HasField("expires_at")
        return Certificate(
            id=self.id,
            instrument=instrument,
            technology=Technology(said.technology),
            device=said.device,
            market=said.market,
            production=production,
            issued_at=issued_at,
            expires_at=said.expires_at.ToDatetime(UTC) if given else expiry(month, self.zone),
            ids=IdRange.of(said.first_id, said.quantity_wh),
            owner=said.owner,
            lot=said.lot or self.id,
            ng_per_wh=said.emission_ng_per_wh if said.HasField("emission_ng_per_wh") else None,
            title=title,
            use=Use(said.use or Use.ON_GRID),
            trust=said.trust or str(Trust.UNREAD),
            charge=charge,
        )

    def _charge(self, instrument: Instrument | None) -> Charge | None:
        if not self.said.HasField("charge"):
            return None
        if instrument is not Instrument.STORAGE_GRANULAR:
            self._wrong("charge", "only an SD-GC comes out of a charge")
            return None
        return charge_in(self.said.charge, self._wrong)

    def _names(self) -> None:
        for name in ("device", "market", "owner"):
            self.mistakes += name_in(getattr(self.said, name), f"issue.{name}")
        if len(self.said.lot) > LONGEST_NAME:
            self._wrong("lot", f"has {len(self.said.lot)} characters; {LONGEST_NAME} at most")
        if self.said.certificate_id not in ("", self.id):
            self._wrong("certificate_id", f"must be that of the request, {self.id!r}")
        if self.said.trust not in ("", *Trust):
            self._wrong("trust", f"must be one of {', '.join(Trust)}")
        if self.said.HasField("emission_ng_per_wh") and self.said.emission_ng_per_wh < 0:
            self._wrong("emission_ng_per_wh", "must be at least 0; leave it out when not known")
        if self.said.emission_ng_per_wh > DIRTIEST_NG_PER_WH:
            self._wrong("emission_ng_per_wh", f"must be at most {DIRTIEST_NG_PER_WH}; check it")

    def _production(self) -> Interval | None:
        said = self.said.production
        if not (said.HasField("start") and said.HasField("end")):
            self._wrong("production", "needs a start and an end")
            return None
        start, end = said.start.ToDatetime(UTC), said.end.ToDatetime(UTC)
        if end <= start:
            self._wrong("production.end", f"{end} is not after the start {start}")
            return None
        return Interval(start, end)

    def _moment(self, name: str) -> datetime | None:
        if not self.said.HasField(name):
            self._wrong(name, "must be told")
            return None
        moment: datetime = getattr(self.said, name).ToDatetime(UTC)
        return moment

    def _title(self) -> Title:
        technology = self._one_of(Technology, "technology", self.said.technology)
        use = self._one_of(Use, "use", self.said.use or Use.ON_GRID)
        try:
            day = self.said.commissioned_day
            commissioned = date.fromisoformat(day) if day else None
        except ValueError:
            self._wrong("commissioned_day", "must be a day, as 2023-01-01")
            commissioned = None
        if technology is None or use is None:
            return Title.TRADEABLE
        if technology is Technology.STORAGE:
            return title_of_discharge(use)
        found = title_of(Plant(technology, commissioned, self.said.market_hydro), use)
        if isinstance(found, Refused):
            self._wrong(found.field, f"{found.value!r}: {found.why}")
            return Title.TRADEABLE
        return found

    def _one_of(self, kind: type[E], name: str, word: str) -> E | None:
        try:
            return kind(word)
        except ValueError:
            self._wrong(name, f"{word!r} must be one of {', '.join(kind)}")
            return None

    def _wrong(self, name: str, text: str) -> None:
        self.mistakes.append(FieldMistake(f"issue.{name}", text))


def name_in(said: str, name: str) -> Iterator[FieldMistake]:
    """Yield what is wrong with a name that must be told."""
    if not said.strip():
        yield FieldMistake(name, "must not be empty")
    elif len(said) > LONGEST_NAME:
        yield FieldMistake(name, f"has {len(said)} characters; {LONGEST_NAME} at most")


def interval_in(said: Any, name: str) -> Iterator[FieldMistake]:
    """Yield what is wrong with an interval that may be absent."""
    if said.HasField("start") != said.HasField("end"):
        yield FieldMistake(name, "needs a start and an end, or neither")
    elif said.HasField("start"):
        start, end = said.start.ToDatetime(UTC), said.end.ToDatetime(UTC)
        if end <= start:
            yield FieldMistake(f"{name}.end", "is not after the start")
        if not FIRST_YEAR < start.year <= end.year < LAST_YEAR:
            yield FieldMistake(name, f"lies not within {FIRST_YEAR + 1} to {LAST_YEAR - 1}")


def interval_of(said: Any) -> Interval | None:
    """Return an interval of a well-formed request; None when it is absent."""
    if not said.HasField("start"):
        return None
    return Interval(said.start.ToDatetime(UTC), said.end.ToDatetime(UTC))
