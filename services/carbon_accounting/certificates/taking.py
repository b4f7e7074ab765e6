"""A whole certificate file into the books: all of it in one transaction, or nothing.

What the books refuse of any row is told at once, each with its line. The same file again changes
nothing; a later one may tell what happened since (held before, cancelled now). A row that tells
what cannot have been before the state of the books is refused.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from psycopg.errors import DeadlockDetected, ExclusionViolation, UniqueViolation

from services.carbon_accounting.certificates.books import CertificateBooks, ClaimRequest
from services.carbon_accounting.certificates.store import TRIES, refused_by_constraint
from services.carbon_accounting.domain.certificates.claims import Claim, Evidence
from services.carbon_accounting.domain.certificates.events import (
    Cancelled,
    Event,
    Expired,
    Issued,
    Reserved,
)
from services.carbon_accounting.domain.certificates.refusal import Refused, Rule
from services.carbon_accounting.domain.certificates.states import ALIVE, HELD, Standing, State
from services.carbon_accounting.input_files.certificate_import import CertificateFile
from services.carbon_accounting.input_files.mistakes import Mistake
from services.runtime.database import Connection, Database

EvidenceOf = Callable[[Claim], Evidence]
"""What a claim is held against."""
HAPPENED = frozenset({State.CANCELLED, State.CLAIMED})
NOW = {
    State.ISSUED: frozenset(State) - {State.WITHDRAWN},
    State.RESERVED: frozenset({State.RESERVED, State.EXPIRED}) | HAPPENED,
    State.CANCELLED: HAPPENED,
    State.EXPIRED: frozenset({State.EXPIRED}),
}
"""How a certificate may stand after a row's state: as it says, or as what follows may leave it.

What its issuer took back stands as no row says: counting it again would hide that.
"""


class _Undone(Exception):
    """Takes everything of a file back."""

    def __init__(self, mistakes: list[Mistake]) -> None:
        super().__init__(f"{len(mistakes)} mistakes")
        self.mistakes = tuple(mistakes)


@dataclass(frozen=True, slots=True)
class Taken:
    """How many certificates and claims of a file are in the books now."""

    certificates: int
    claims: int


async def take_in(
    database: Database, park_id: str, file: CertificateFile, evidence: EvidenceOf, now: datetime
) -> Taken | tuple[Mistake, ...]:
    """Bring the books to what a file says, or return everything that they refuse of it."""
    for attempt in range(TRIES):
        try:
            async with database.transaction() as connection:
                if told := [*await _Taking(connection, park_id, file, evidence, now).mistakes()]:
                    raise _Undone(told)
                return Taken(len(file.standings), len(file.claims))
        except _Undone as undone:
            return undone.mistakes
        except (UniqueViolation, DeadlockDetected):
            if attempt == TRIES - 1:
                raise
    raise AssertionError("a try returns or raises")


@dataclass(frozen=True, slots=True)
class _Taking:
    """One file within one transaction."""

    connection: Connection
    park_id: str
    file: CertificateFile
    evidence: EvidenceOf
    now: datetime

    async def mistakes(self) -> list[Mistake]:
        found = [*self.file.mistakes]
        await CertificateBooks(self.connection, self.park_id).lock_claims()
        for certificate_id, target in self.file.standings.items():
            line = self.file.certificate_lines[certificate_id]
            found += [self._told(line, refused) for refused in await self._brought(target)]
        for claim in self.file.claims:
            line = self.file.lines[claim.id]
            found += [self._told(line, refused) for refused in await self._claimed(claim)]
        return sorted(found, key=lambda one: one.line)

    def _told(self, line: int, refused: Refused) -> Mistake:
        return Mistake(self.file.name, line, refused.field, repr(refused.value), refused.why)

    async def _brought(self, target: Standing) -> list[Refused]:
        """Bring a certificate to where a row says it stands."""
        books, certificate = CertificateBooks(self.connection, self.park_id), target.certificate
        try:
            async with self.connection.transaction():
                standing = await books.standing(certificate.id)
                if standing is not None and standing.certificate != certificate:
                    return [_other(target)]
                for event in events_between(standing, target, self.now):
                    key = f"import/{certificate.id}/{type(event).__name__.lower()}/{event.at}"
                    found = await books.record(key, certificate.id, event, self.now)
                    if isinstance(found, Refused):
                        return [_in_column(found, event)]
                    standing = found
        except ExclusionViolation as violated:
            return [refused_by_constraint(violated, "certificate", certificate.id)]
        return [*_contradicted(standing, target), *_for_others(standing, target)]

    async def _claimed(self, claim: Claim) -> tuple[Refused, ...]:
        """Claim what a row claims; whichever ids are free."""
        books, asked = CertificateBooks(self.connection, self.park_id), ClaimRequest.like(claim)
        try:
            async with self.connection.transaction():
                found = await books.claim(asked, self.evidence(claim), self.now)
        except ExclusionViolation as violated:
            return (refused_by_constraint(violated, "claim", claim.id),)
        return () if isinstance(found, Claim) else found


def events_between(standing: Standing | None, target: Standing, now: datetime) -> Iterator[Event]:
    """Yield what must have happened since, for a certificate to stand as a row says.

    A row does not say when a certificate was reserved: at its issue, or `now` if held before.
    """
    certificate, state = target.certificate, None if standing is None else standing.state
    if state is None:
        yield Issued(certificate, certificate.issued_at)
    held = state is None or state in HELD
    if target.state is State.EXPIRED and (state is None or state in ALIVE):
        yield Expired(certificate.expires_at)
    if target.state is State.RESERVED and held:
        at = certificate.issued_at if standing is None else now
        yield Reserved(at, certificate.owner, target.beneficiary)
    if target.state is State.CANCELLED and target.cancelled_at is not None:
        if held:
            yield Reserved(target.cancelled_at, certificate.owner, target.beneficiary)
        if held or state is State.RESERVED:
            yield Cancelled(target.cancelled_at, certificate.owner)


def _in_column(refused: Refused, event: Event) -> Refused:
    """Return a refusal with the column that says when an event was."""
    columns: dict[type[Event], str] = {Issued: "issued_at", Expired: "expires_at"}
    column = columns.get(type(event), "cancelled_at")
    return replace(refused, field=column) if refused.field == "at" else refused


def _other(target: Standing) -> Refused:
    cure = "the books have it with other properties; make the row agree or give another id"
    return Refused(Rule.ALREADY_ISSUED, "certificate", target.certificate.id, cure)


def _contradicted(standing: Standing | None, target: Standing) -> Iterator[Refused]:
    """Yield that a certificate stands as it cannot after what a row says."""
    if standing is None or standing.state in NOW[target.state]:
        return
    cure = f"the books have {standing.certificate.id} as {standing.state}; leave the row out"
    yield Refused(Rule.WRONG_TRANSITION, "state", str(target.state), cure)


def _for_others(standing: Standing | None, target: Standing) -> list[Refused]:
    """Return that a certificate was cancelled for another than a row says."""
    happened = standing is not None and standing.state in HAPPENED
    if standing is None or not happened or not target.beneficiary:
        return []
    if standing.beneficiary == target.beneficiary:
        return []
    cure = f"it was cancelled for {standing.beneficiary}"
    return [Refused(Rule.NOT_CANCELLED, "beneficiary", target.beneficiary, cure)]
