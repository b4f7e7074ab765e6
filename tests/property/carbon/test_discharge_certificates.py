"""Whatever is allocated, the checks of claims take it: they know nothing of how it was made."""

from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from services.carbon_accounting.domain.certificates.certificate import IdRange
from services.carbon_accounting.domain.certificates.charge_records import Bundles
from services.carbon_accounting.domain.certificates.charging import storing
from services.carbon_accounting.domain.certificates.claim_checks import judged
from services.carbon_accounting.domain.certificates.claims import Claim, Evidence, StoreEvidence
from services.carbon_accounting.domain.certificates.metered_storage import StoreMeters
from services.carbon_accounting.domain.certificates.states import Standing
from services.carbon_accounting.domain.certificates.storage import ChargeRecord
from services.carbon_accounting.domain.certificates.storage_issuing import (
    Declared,
    Discharged,
    discharged,
)
from services.carbon_accounting.domain.certificates.stored import Allocation
from tests.support.certificates import YEAR, a_bundle, after, cancelled_for
from tests.support.storing import a_discharge, hours

COMPUTED = st.sampled_from([Allocation.FIFO, Allocation.LIFO, Allocation.WEIGHTED_AVERAGE])
EFFICIENCY = st.fractions(Fraction(1, 2), 1, max_denominator=1000)
RATE = st.none() | st.integers(0, 10**9)
HOURS, WH = st.integers(0, 8), st.integers(1, 300)
CHARGED = st.lists(st.tuples(HOURS, WH, RATE), min_size=1, max_size=5)
DRAWN = st.lists(st.tuples(st.integers(1, 10), WH), min_size=1, max_size=5)


def bundle(number: int, hour: int, wh: int, ng_per_wh: int | None) -> Standing:
    changed = {"id": f"B{number}", "lot": f"B{number}", "production": hours(hour)}
    return cancelled_for("steel", a_bundle(wh, ng_per_wh=ng_per_wh, **changed))


@given(CHARGED, st.lists(st.tuples(HOURS, WH), max_size=2), DRAWN, EFFICIENCY, COMPUTED)
def test_every_certificate_of_a_discharge_holds_with_all_the_others(
    charged: list[tuple[int, int, int | None]],
    uncertified: list[tuple[int, int]],
    drawn: list[tuple[int, int]],
    efficiency: Fraction,
    method: Allocation,
) -> None:
    bundles = [bundle(number, *one) for number, one in enumerate(charged)]
    standings = {one.certificate.id: one for one in bundles}
    charges = [
        ChargeRecord(f"c{id}", "battery", one.certificate.production, id)
        for id, one in standings.items()
    ]
    charges += [
        ChargeRecord(f"u{number}", "battery", hours(hour), charge_wh=wh)
        for number, (hour, wh) in enumerate(uncertified)
    ]
    discharges = [a_discharge(f"d{number}", *one) for number, one in enumerate(drawn)]
    declared = Declared(efficiency, method)

    found = discharged(charges, discharges, Bundles(standings), StoreMeters(), declared)

    assert isinstance(found, Discharged)
    issued = {one.id: after(one) for one in found.certificates}
    claims = claims_of(found)
    verdicts = judged(claims, standings | issued, metered_as_told(found))
    assert verdicts.refused == {}
    assert len(verdicts.accepted) == len(found.certificates)
    assert {one.owner for one in found.certificates} <= {"steel"}


def claims_of(found: Discharged) -> list[Claim]:
    """What the certificates take of the charged ones, ids from the first on."""
    taken_wh: dict[str, int] = {}
    claims = []
    for one in found.certificates:
        assert one.charge is not None
        first = taken_wh.get(one.charge.certificate_id, 0)
        claims.append(storing(one, one.charge, IdRange.of(first, one.charge.charged_wh)))
        taken_wh[one.charge.certificate_id] = first + one.charge.charged_wh
    return claims


def metered_as_told(found: Discharged) -> Evidence:
    """The store's meter counted what was charged of certificates in a span, and no Wh more."""
    left = found.allocated.left
    return Evidence(
        YEAR,
        lambda who, span: None,
        stores=StoreEvidence(
            lambda store, use, span: sum(
                one.charge.charge_wh
                for one in left
                if span.start <= one.charge.span.start < span.end and one.charge.certificate_id
            )
        ),
    )
