"""Which claims may be matched in a span, in which turn they give, and when that is booked."""

from datetime import UTC, datetime, timedelta

from services.carbon_accounting.domain.certificates.certificate import IdRange, Instrument
from services.carbon_accounting.domain.certificates.charging import storing
from services.carbon_accounting.domain.certificates.claims import ClaimKind
from services.carbon_accounting.domain.certificates.gec import Use
from services.carbon_accounting.domain.certificates.stored import Allocation, Charge
from services.carbon_accounting.domain.matching.periods import Granularity
from services.carbon_accounting.live.attributes import (
    ClaimOn,
    held_in,
    settled_until,
    years_with,
)
from services.carbon_accounting.live.certificate_desk import reach_of
from services.energy.time_grid import Interval
from tests.support.certificates import (
    HOUR,
    NEW_YEAR,
    SHANGHAI,
    YEAR,
    a_bundle,
    a_certificate,
    a_claim,
    cancelled_for,
)

NOON = datetime(2025, 3, 14, 4, tzinfo=UTC)  # 12:00 in the park


def claimed(claim_id: str = "C1", claimant: str = "steel", **changed: object) -> ClaimOn:
    """A claim on 10 MWh of March 2025, and its certificate."""
    kind = changed.pop("kind", ClaimKind.GREEN_POWER)
    certificate = a_certificate(id=claim_id, **changed)
    claim = a_claim(id=claim_id, certificate_id=claim_id, claimant=claimant, kind=kind)
    return claim, cancelled_for(claimant, certificate)


def test_green_power_of_the_grid_is_matched_and_nothing_else() -> None:
    claims = [
        claimed("C1"),
        claimed("C2", kind=ClaimKind.OFFSET),
        claimed("C3", use=Use.SELF_USE),  # the tracing knows that power
        claimed("C4", ng_per_wh=None),  # conveys no rate
        claimed("C5", claimant="stranger"),  # consumed nothing here
        claimed("C6", claimant="park"),
    ]

    held = held_in(claims, YEAR, {"steel"})

    names = {who: [one.id for one in some] for who, some in held.attributes.items()}
    assert names == {"steel": ["C1"], "park": ["C6"]}
    assert [*held.turns] == ["C1", "C6"]


def test_what_was_made_in_another_span_is_not_matched() -> None:
    before = Interval(YEAR.start - timedelta(days=365), YEAR.start)

    assert held_in([claimed()], before, {"steel"}).attributes == {}


def test_ones_own_give_before_the_parks_and_those_bought_apart_before_contracts() -> None:
    contract = {"instrument": Instrument.CONTRACT}
    later = {"expires_at": a_certificate().expires_at + timedelta(days=1)}
    claims = [
        claimed("C4", claimant="park"),
        claimed("C3", **contract),
        claimed("C2", **later),
        claimed("C1"),
    ]

    turns = held_in(claims, YEAR, {"steel"}).turns

    assert sorted(turns, key=lambda claim: turns[claim]) == ["C1", "C2", "C3", "C4"]


def test_matched_by_the_hour_days_are_booked_by_month_or_year_months() -> None:
    midnight = datetime(2025, 3, 13, 16, tzinfo=UTC)
    march = datetime(2025, 2, 28, 16, tzinfo=UTC)

    found = {g: settled_until(NOON, g, SHANGHAI) for g in Granularity}

    assert found == {
        Granularity.YEARLY: march,
        Granularity.MONTHLY: march,
        Granularity.HOURLY: midnight,
        Granularity.QUARTER_HOURLY: midnight,
    }


def test_the_years_to_match_are_those_of_the_production_up_to_now() -> None:
    end = YEAR.start  # of 2024 in the park
    december = claimed(production=Interval(end - timedelta(days=31), end))
    both = claimed(production=Interval(end - timedelta(days=31), end + timedelta(hours=1)))

    assert [*years_with([december], NOON, SHANGHAI)] == ["2024"]
    assert years_with([both], NOON, SHANGHAI) == {
        "2024": Interval(datetime(2023, 12, 31, 16, tzinfo=UTC), end),
        "2025": Interval(end, NOON),
    }
    assert [*years_with([both], end, SHANGHAI)] == ["2024"]


def test_what_was_stored_over_new_year_is_held_against_the_meters_of_both_years() -> None:
    charged = Interval(NEW_YEAR - HOUR, NEW_YEAR)
    charge = Charge("B1", 1000, charged, Allocation.FIFO)
    discharged = a_bundle(900, id="S1", instrument=Instrument.STORAGE_GRANULAR, charge=charge)
    standings = {"S1": cancelled_for("steel", discharged)}

    taking = storing(discharged, charge, IdRange.of(0, 1000))

    assert reach_of(taking, standings) == Interval(charged.start, NEW_YEAR + HOUR)
    assert reach_of(a_claim(), standings) == YEAR
