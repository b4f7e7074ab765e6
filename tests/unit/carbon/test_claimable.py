"""What may still be claimed of an hour, beside claims of the hour, of longer spans and others."""

from datetime import timedelta
from zoneinfo import ZoneInfo

from services.carbon_accounting.domain.certificates.certificate import IdRange
from services.carbon_accounting.domain.certificates.claims import Claim, ClaimKind
from services.carbon_accounting.domain.inventory.claimable import Claimable
from services.carbon_accounting.domain.inventory.site import PARK
from services.energy.time_grid import Interval
from tests.support.settling import NEW_YEAR

FIRST = Interval(NEW_YEAR, NEW_YEAR + timedelta(hours=1))
DAY = Interval(NEW_YEAR, NEW_YEAR + timedelta(days=1))
YEAR = Interval(NEW_YEAR, NEW_YEAR + timedelta(days=365))


def consumed_wh(claimant: str, span: Interval) -> int:
    """Steel and cloth take 10 Wh each in the first hour, and nothing else."""
    return {"steel": 10, "cloth": 10, PARK: 20}[claimant]


def claim(claimant: str, span: Interval, wh: int, kind: ClaimKind = ClaimKind.GREEN_POWER) -> Claim:
    return Claim("c", kind, "c", IdRange.of(0, wh), claimant, span, "CN", YEAR.end)


def free(*claims: Claim, buyer: str = "steel") -> int:
    zone = ZoneInfo("Asia/Shanghai")
    return Claimable(consumed_wh, claims, zone).grant(buyer, FIRST, 99)


def test_an_hour_is_claimed_as_far_as_it_was_used_and_once() -> None:
    claimable = Claimable(consumed_wh, (), ZoneInfo("Asia/Shanghai"))

    assert [claimable.grant("steel", FIRST, 7), claimable.grant("steel", FIRST, 7)] == [7, 3]


def test_claims_of_the_quarter_the_hour_the_day_and_the_year_leave_the_rest() -> None:
    quarter = Interval(NEW_YEAR, NEW_YEAR + timedelta(minutes=15))

    assert [free(claim("steel", span, 4)) for span in (quarter, FIRST, DAY, YEAR)] == [6] * 4


def test_what_the_park_and_its_enterprises_claim_is_of_the_same_consumption() -> None:
    assert free(claim(PARK, FIRST, 15)) == 5
    assert free(claim("cloth", FIRST, 10), claim("steel", FIRST, 2), buyer=PARK) == 8
    assert free(claim("cloth", FIRST, 10)) == 10


def test_an_offset_and_a_claim_of_physical_use_leave_everything() -> None:
    offset, physical = ClaimKind.OFFSET, ClaimKind.PHYSICAL_USE

    assert [free(claim("steel", FIRST, 9, kind)) for kind in (offset, physical)] == [10, 10]


def test_a_claim_of_another_hour_or_year_takes_nothing_of_this_one() -> None:
    last_year = Interval(NEW_YEAR - timedelta(days=366), NEW_YEAR)

    assert free(claim("steel", last_year, 10)) == 10
