"""What a settlement lets a buyer claim is accepted by the judge of claims, whatever was before."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from services.carbon_accounting.domain.certificates.certificate import (
    Certificate,
    IdRange,
    Instrument,
)
from services.carbon_accounting.domain.certificates.claim_checks import judged
from services.carbon_accounting.domain.certificates.claims import Claim, ClaimKind, Evidence
from services.carbon_accounting.domain.certificates.gec import Technology
from services.carbon_accounting.domain.certificates.states import Standing, State
from services.carbon_accounting.domain.inventory.claimable import Claimable
from services.carbon_accounting.domain.inventory.site import PARK
from services.energy.time_grid import Interval
from tests.support.settling import NEW_YEAR

ZONE = ZoneInfo("Asia/Shanghai")
HOUR = timedelta(hours=1)
YEAR = Interval(NEW_YEAR, NEW_YEAR + timedelta(days=365))
HOURS = 6
LOADS = st.lists(st.integers(0, 20), min_size=HOURS, max_size=HOURS)
CLAIM = st.tuples(
    st.sampled_from(["steel", "cloth", PARK]),
    st.integers(0, HOURS - 1),
    st.sampled_from([1, 2, HOURS, 0]),  # hours of its span, 0 for the year
    st.integers(1, 15),
)
WISH = st.tuples(
    st.sampled_from(["steel", "cloth", PARK]), st.integers(0, HOURS - 1), st.integers(1, 30)
)


def hour(at: int, count: int = 1) -> Interval:
    return Interval(NEW_YEAR + at * HOUR, NEW_YEAR + (at + count) * HOUR)


def a_claim(name: str, claimant: str, span: Interval, made: Interval, wh: int) -> Claim:
    told = (ClaimKind.GREEN_POWER, name, IdRange.of(0, wh), claimant, span, "CN", made.end)
    return Claim(name, *told)


def standing_of(claim: Claim, made: Interval) -> Standing:
    at = made.end
    told = (Instrument.CONTRACT, Technology.WIND, claim.certificate_id, "CN", made, at)
    expires = datetime(2030, 1, 1, tzinfo=ZONE)
    certificate = Certificate(
        claim.certificate_id, *told, expires, claim.ids, claim.claimant, claim.certificate_id, 0
    )
    return Standing(certificate, State.CANCELLED, claim.claimant, claim.claimant, at)


@given(LOADS, LOADS, st.lists(CLAIM, max_size=6), st.lists(WISH, max_size=10))
def test_claims_within_what_is_granted_are_accepted(
    steel: list[int],
    cloth: list[int],
    before: list[tuple[str, int, int, int]],
    wishes: list[tuple[str, int, int]],
) -> None:
    loads = {"steel": steel, "cloth": cloth}

    def consumed_wh(claimant: str, span: Interval) -> int:
        first, last = ((at - NEW_YEAR) // HOUR for at in (span.start, span.end))
        ones = [load for name, load in loads.items() if claimant in (name, PARK)]
        return sum(sum(load[max(first, 0) : last]) for load in ones)

    evidence = Evidence(YEAR, consumed_wh)
    old = []
    for number, (claimant, at, count, wh) in enumerate(before):
        span = hour(at, count) if count else YEAR
        old.append((a_claim(f"old {number}", claimant, span, hour(at), wh), hour(at)))
    standings = {claim.id: standing_of(claim, made) for claim, made in old}
    there = judged([claim for claim, _ in old], standings, evidence).accepted

    claimable, asked = Claimable(consumed_wh, there, ZONE), []
    for number, (buyer, at, wh) in enumerate(wishes):
        if granted := claimable.grant(buyer, hour(at), wh):
            assert granted <= wh
            asked.append(a_claim(f"new {number}", buyer, hour(at), hour(at), granted))

    standings |= {claim.id: standing_of(claim, claim.consumption) for claim in asked}
    assert not judged([*there, *asked], standings, evidence).refused
    for at in range(HOURS):
        mine = [c for c in (*there, *asked) if c.consumption == hour(at)]
        new = sum(c.ids.quantity_wh for c in mine if c in asked)
        assert not new or sum(c.ids.quantity_wh for c in mine) <= steel[at] + cloth[at]
