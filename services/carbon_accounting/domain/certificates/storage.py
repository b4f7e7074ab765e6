"""Storage in granular certificates: charge and discharge records in pairs, losses apart (D.4)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction

from services.carbon_accounting.domain.certificates.certificate import (
    Certificate,
    IdRange,
    Instrument,
)
from services.carbon_accounting.domain.certificates.gec import Technology
from services.carbon_accounting.domain.certificates.refusal import Refused, Rule
from services.carbon_accounting.domain.certificates.states import Standing, State
from services.carbon_accounting.domain.certificates.stored import Allocation
from services.energy.time_grid import Interval


@dataclass(frozen=True, slots=True)
class ChargeRecord:
    """An SCR: what one bundle, cancelled for it, put into one store. Wh at the store's meter."""

    id: str
    device: str
    charged: Interval
    charge_wh: int
    certificate_id: str


@dataclass(frozen=True, slots=True)
class DischargeRecord:
    """An SDR: what came out of exactly one charge record, and what of that was lost."""

    id: str
    charge_id: str
    discharged: Interval
    discharge_wh: int
    loss_wh: int


def shares(
    charges_wh: Sequence[int], discharge_wh: int, efficiency: Fraction, method: Allocation
) -> list[int] | Refused:
    """Return what of a discharge comes out of each charge, in whole Wh; the sum is the discharge.

    A charge of c Wh gives floor(c · efficiency) Wh at most. FIFO and LIFO empty one charge after
    the other, the weighted average draws from all in proportion. `OPERATOR` is not computed: its
    pairs are told.
    """
    if not 0 < efficiency <= 1 or method is Allocation.OPERATOR:
        raise ValueError(
            f"efficiency {efficiency} must be in (0, 1] and method {method} one that is computed"
        )
    limits_wh = [int(charge_wh * efficiency) for charge_wh in charges_wh]
    if not 0 <= discharge_wh <= sum(limits_wh):
        return Refused(
            Rule.BEYOND_QUANTITY,
            "discharge_wh",
            str(discharge_wh),
            f"the charges give at most {sum(limits_wh)} Wh at efficiency {efficiency}",
        )
    if method is Allocation.WEIGHTED_AVERAGE:
        return _in_proportion(limits_wh, discharge_wh)
    return _in_turn(limits_wh, discharge_wh, newest_first=method is Allocation.LIFO)


def _in_turn(limits_wh: list[int], discharge_wh: int, *, newest_first: bool) -> list[int]:
    drawn_wh = [0] * len(limits_wh)
    turns = range(len(limits_wh))
    for place in reversed(turns) if newest_first else turns:
        drawn_wh[place] = min(limits_wh[place], discharge_wh)
        discharge_wh -= drawn_wh[place]
    return drawn_wh


def _in_proportion(limits_wh: list[int], discharge_wh: int) -> list[int]:
    """Differences of rounded-down cumulative sums: whole, none beyond its limit, sum exact."""
    total_wh, before_wh, drawn_wh = sum(limits_wh), 0, []
    for limit_wh in limits_wh:
        after_wh = before_wh + limit_wh
        upto = [
            edge * discharge_wh // total_wh if total_wh else 0 for edge in (before_wh, after_wh)
        ]
        drawn_wh.append(upto[1] - upto[0])
        before_wh = after_wh
    return drawn_wh


@dataclass(frozen=True, slots=True)
class StorageIssue:
    """What an SD-GC is issued for: a bundle, its charge and the discharge allocated to it."""

    cancelled: Standing
    charge: ChargeRecord
    discharge: DischargeRecord
    issued_at: datetime


def storage_certificate(issue: StorageIssue) -> Certificate | Refused:
    """Return the SD-GC of a discharge; only after its charge's bundle is cancelled (rules D.4).

    It keeps the bundle's technology of storage, its emission rate per Wh put in spread over what
    came out, and its owner; its production is the discharge.
    """
    if refusal := _storage_refusal(issue):
        return refusal
    bundle, discharge = issue.cancelled.certificate, issue.discharge
    return Certificate(
        id=f"SD/{discharge.id}",
        instrument=Instrument.STORAGE_GRANULAR,
        technology=Technology.STORAGE,
        device=issue.charge.device,
        market=bundle.market,
        production=discharge.discharged,
        issued_at=issue.issued_at,
        expires_at=bundle.expires_at,
        ids=IdRange.of(0, discharge.discharge_wh),
        owner=issue.cancelled.beneficiary,
        lot=f"SD/{discharge.id}",
        ng_per_wh=_with_losses(bundle.ng_per_wh, issue),
        title=bundle.title,
        trust=bundle.trust,
    )


def _with_losses(ng_per_wh: int | None, issue: StorageIssue) -> int | None:
    """Rounded half to even, once: the rate of what was put in, on fewer Wh."""
    if ng_per_wh is None:
        return None
    return round(Fraction(ng_per_wh * issue.charge.charge_wh, issue.discharge.discharge_wh))


def _storage_refusal(issue: StorageIssue) -> Refused | None:
    bundle, charge, discharge = issue.cancelled, issue.charge, issue.discharge
    if bundle.state not in (State.CANCELLED, State.CLAIMED):
        return Refused(
            Rule.NOT_CANCELLED, "certificate", charge.certificate_id, "cancel its bundle first"
        )
    if (charge.certificate_id, discharge.charge_id) != (bundle.certificate.id, charge.id):
        return Refused(
            Rule.NOT_ALLOCATED, "charge_id", discharge.charge_id, "pair one SDR with one SCR"
        )
    if charge.charge_wh != bundle.certificate.quantity_wh:
        return _unbalanced("charge_wh", charge.charge_wh, bundle.certificate.quantity_wh)
    if discharge.discharge_wh + discharge.loss_wh != charge.charge_wh or discharge.loss_wh < 0:
        return _unbalanced("loss_wh", discharge.loss_wh, charge.charge_wh - discharge.discharge_wh)
    return None


def _unbalanced(field: str, found_wh: int, wanted_wh: int) -> Refused:
    return Refused(
        Rule.NOT_ALLOCATED,
        field,
        str(found_wh),
        f"it must be {wanted_wh} Wh: charge = bundle = discharge + loss",
    )
