"""Which discharge of a store comes out of which charge, by the declared method (rules D.4).

A discharge draws from certified charges of its store that had ended when it began: of one that
went on nobody can say that its power came first. What has no certificate is drawn from as soon as
it began before, so that a long record of it makes nothing green. Of a charge of c Wh come out
floor(c · efficiency) Wh, whatever the number of discharges. What all discharges so far got of it,
D Wh, takes the smallest whole number of Wh of which floor(· efficiency) is D, and the
discharge that gets the last of it takes all that is left; each takes the difference to those
before. So rounding is never lost or gained twice, and a charge is emptied to the Wh.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from fractions import Fraction

from services.carbon_accounting.domain.certificates.drawing import shares
from services.carbon_accounting.domain.certificates.refusal import Refused, Rule
from services.carbon_accounting.domain.certificates.storage import DischargeRecord, RecordRefused
from services.carbon_accounting.domain.certificates.store_pairs import (
    Allocated,
    Charged,
    Covered,
    Left,
    Pair,
)
from services.carbon_accounting.domain.certificates.stored import Allocation

MOST_PAIRS = 100_000
"""The weighted average draws a little from every charge: pairs grow with charges × discharges."""


@dataclass(eq=False)
class _Kept:
    """What of a charge is still in the store; `limit_wh` is what comes out of it in all."""

    charge: Charged
    efficiency: Fraction
    given_wh: int = 0

    def __post_init__(self) -> None:
        self.limit_wh = int(self.charge.charge_wh * self.efficiency)

    @property
    def ready(self) -> datetime:
        """The first moment at which a discharge that draws from it may begin."""
        span = self.charge.span
        return span.end if self.charge.certificate_id else span.start + datetime.resolution

    @property
    def gives_wh(self) -> int:
        """What can still come out."""
        return self.limit_wh - self.given_wh

    @property
    def taken_wh(self) -> int:
        """What of the charge all that came out so far has taken, losses included."""
        if 0 < self.given_wh == self.limit_wh:
            return self.charge.charge_wh
        share = self.efficiency
        return -(-self.given_wh * share.denominator // share.numerator)

    def give(self, discharge: DischargeRecord, wh: int) -> Pair:
        """Return the pair of a discharge that gets `wh`."""
        before_wh = self.taken_wh
        self.given_wh += wh
        return Pair(discharge, self.charge, self.taken_wh - before_wh, wh)

    def reaches(self, discharge: DischargeRecord) -> bool:
        """Whether its certificate lives long enough for one of this discharge."""
        return self.charge.until is None or discharge.discharged.end < self.charge.until


def allocated(
    charges: Iterable[Charged],
    discharges: Iterable[DischargeRecord],
    efficiency: Fraction,
    method: Allocation,
    most_pairs: int = MOST_PAIRS,
) -> Allocated | tuple[RecordRefused, ...]:
    """Return what each discharge comes out of, or every pair that cannot be.

    `efficiency` is what comes out of what was put in, above 0 and at most 1. The order of the
    records changes nothing.
    """
    if not 0 < efficiency <= 1:
        raise ValueError(f"efficiency {efficiency} must be above 0 and at most 1")
    stores = defaultdict[str, _Store](lambda: _Store(method))
    kept = [_Kept(charge, efficiency) for charge in charges]
    for one in sorted(kept, key=lambda one: (one.ready, one.charge.span.start, one.charge.id)):
        stores[one.charge.store].add(one)
    pairs = 0
    for discharge in sorted(discharges, key=_in_time):
        pairs += len(stores[discharge.store].parts_of(discharge, stores))
        if pairs > most_pairs:
            return (_too_many(discharge, most_pairs),)
    in_order = [stores[name] for name in sorted(stores)]
    if refused := tuple(record for store in in_order for record in store.refused):
        return refused
    found = tuple(covered for store in in_order for covered in store.found)
    return Allocated(
        method, found, tuple(_left(held) for store in in_order for held in store.charges)
    )


def _too_many(record: DischargeRecord, most_pairs: int) -> RecordRefused:
    cure = f"up to here there are more than {most_pairs} pairs; tell fewer records at a time"
    why = Refused(Rule.NOT_ALLOCATED, "record", record.id, cure)
    return RecordRefused(record.id, why)


def _in_time(one: DischargeRecord) -> tuple[datetime, datetime, str]:
    return one.discharged.start, one.discharged.end, one.id


def _left(kept: _Kept) -> Left:
    return Left(kept.charge, kept.charge.charge_wh - kept.taken_wh, kept.gives_wh)


@dataclass
class _Store:
    """One store as time goes on: its charges, of which `begun` are ready, and those not empty."""

    method: Allocation
    charges: list[_Kept] = field(default_factory=list)
    held: list[_Kept] = field(default_factory=list)
    found: list[Covered] = field(default_factory=list)
    refused: list[RecordRefused] = field(default_factory=list)
    begun: int = 0
    by_id: dict[str, _Kept] = field(default_factory=dict)

    def add(self, kept: _Kept) -> None:
        """Add a charge, in the order of time."""
        self.charges.append(kept)
        self.by_id[kept.charge.id] = kept

    def parts_of(self, record: DischargeRecord, stores: Mapping[str, "_Store"]) -> tuple[Pair, ...]:
        """Take a discharge out, in the order of time; return its pairs, none where refused."""
        self._begin(record.discharged.start)
        before = len(self.found)
        if self.method is Allocation.OPERATOR:
            self._paired(record, stores)
        elif record.charge_id:
            cure = f"by {self.method} it is computed; leave it empty, or allocate by operator"
            self._refuse(record, "charge", record.charge_id, cure)
        else:
            self._computed(record)
        return tuple(pair for one in self.found[before:] for pair in one.pairs)

    def _begin(self, start: datetime) -> None:
        """Let every charge in that a discharge from here on may draw from."""
        while self.begun < len(self.charges) and self.charges[self.begun].ready <= start:
            if self.charges[self.begun].limit_wh:
                self.held.append(self.charges[self.begun])
            self.begun += 1

    def _computed(self, record: DischargeRecord) -> None:
        some = self._drawn_from(record)
        gives_wh = [one.gives_wh for one in some]
        wanted_wh = min(record.discharge_wh, sum(gives_wh))
        drawn = zip(some, shares(gives_wh, wanted_wh, self.method), strict=True)
        self.found.append(Covered(record, tuple(one.give(record, wh) for one, wh in drawn if wh)))
        for one in some:
            if not one.gives_wh:
                self.held.remove(one)

    def _drawn_from(self, record: DischargeRecord) -> list[_Kept]:
        """Return charges in order of time: all by the average, else as many as it takes."""
        if self.method is Allocation.WEIGHTED_AVERAGE:
            return [one for one in self.held if one.reaches(record)]
        newest_first = self.method is Allocation.LIFO
        some, missing_wh = list[_Kept](), record.discharge_wh
        for one in reversed(self.held) if newest_first else self.held:
            if missing_wh <= 0:
                break
            if one.reaches(record):
                some.append(one)
                missing_wh -= one.gives_wh
        return some[::-1] if newest_first else some

    def _paired(self, record: DischargeRecord, stores: Mapping[str, "_Store"]) -> None:
        if not record.charge_id:
            self.found.append(Covered(record, ()))
            return
        kept = self.by_id.get(record.charge_id)
        if kept is None or (why := self._why_not(record, kept)):
            cure = why if kept is not None else _elsewhere(record, stores)
            self._refuse(record, "charge", record.charge_id, cure)
        elif record.discharge_wh > kept.gives_wh:
            cure = f"{kept.charge.id} gives {kept.gives_wh} Wh more at this efficiency"
            self._refuse(record, "quantity", str(record.discharge_wh), cure, Rule.BEYOND_QUANTITY)
        else:
            self.found.append(Covered(record, (kept.give(record, record.discharge_wh),)))

    def _why_not(self, record: DischargeRecord, kept: _Kept) -> str:
        if kept.ready > record.discharged.start:
            ends = kept.charge.span.end.isoformat()
            return f"it ends {ends}; pair with a charge that ended before the discharge begins"
        if not kept.reaches(record):
            return f"its certificate's life ended {kept.charge.until}; pair with another"
        return ""

    def _refuse(
        self,
        record: DischargeRecord,
        field: str,
        value: str,
        cure: str,
        rule: Rule = Rule.NOT_ALLOCATED,
    ) -> None:
        self.refused.append(RecordRefused(record.id, Refused(rule, field, value, cure)))


def _elsewhere(record: DischargeRecord, stores: Mapping[str, _Store]) -> str:
    for name, store in stores.items():
        if record.charge_id in store.by_id:
            return f"it is a charge of {name}, not of {record.store}"
    return "it is the record of no charge; name one, or leave it empty"
