"""Records of stores against certificates and meters, and what is issued of them (D.4)."""

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from time import monotonic

import pytest

from services.carbon_accounting.domain.certificates.charge_records import Bundles, claimed_elsewise
from services.carbon_accounting.domain.certificates.claims import ClaimKind
from services.carbon_accounting.domain.certificates.gec import Title, Use, title_of_discharge
from services.carbon_accounting.domain.certificates.metered_storage import (
    MeteredWh,
    StoreMeters,
    beyond_meters,
)
from services.carbon_accounting.domain.certificates.refusal import Rule
from services.carbon_accounting.domain.certificates.states import Standing
from services.carbon_accounting.domain.certificates.storage import ChargeRecord
from services.carbon_accounting.domain.certificates.storage_issuing import (
    Declared,
    Discharged,
    discharged,
)
from services.carbon_accounting.domain.certificates.store_pairs import Charged
from services.carbon_accounting.domain.certificates.stored import Allocation
from services.energy.time_grid import QUARTER, Interval
from tests.support.certificates import LATER, a_bundle, a_claim, after, cancelled_for
from tests.support.storing import a_discharge, hours

FIFO = Declared(Fraction(9, 10), Allocation.FIFO)
BUNDLE = cancelled_for("steel", a_bundle(1000, ng_per_wh=9))
CHARGE = ChargeRecord("c1", "battery", hours(0), "B1")
UNMETERED = StoreMeters()
EVENING = a_discharge("d1", 12, 900)


def issued(
    *charges: ChargeRecord, bundle: Standing = BUNDLE, meters: StoreMeters = UNMETERED
) -> Discharged | tuple[tuple[str, Rule, str], ...]:
    """What is issued for 900 Wh in the evening, or what is refused."""
    bundles = Bundles({bundle.certificate.id: bundle})
    found = discharged(charges or (CHARGE,), [EVENING], bundles, meters, FIFO)
    if isinstance(found, Discharged):
        return found
    return tuple((one.record_id, one.refused.rule, one.refused.field) for one in found)


def test_what_came_out_of_a_store_gets_a_certificate_of_its_hour_less_the_losses() -> None:
    found = issued()

    assert isinstance(found, Discharged)
    (one,) = found.certificates
    assert (one.id, one.device, one.owner, one.quantity_wh) == ("d1/1", "battery", "steel", 900)
    assert one.production == EVENING.discharged
    assert one.ng_per_wh == 10  # 9 ng on 1000 Wh put in are 10 ng on 900 Wh
    assert one.issued_at == LATER  # when the charged one was cancelled
    assert one.expires_at == BUNDLE.certificate.expires_at


def test_what_was_put_in_without_a_certificate_comes_out_first_and_certifies_nothing() -> None:
    grid = ChargeRecord("c0", "battery", hours(-1), charge_wh=100)

    found = issued(grid, CHARGE)

    assert isinstance(found, Discharged)
    (one,) = found.certificates
    assert (one.id, one.quantity_wh) == ("d1/1", 810)  # 90 of the 900 Wh came out of the grid's
    assert found.allocated.discharges[0].uncovered_wh == 90


OWN_USE = {"title": Title.WITH_SETTLEMENT_ONLY, "use": Use.SELF_USE}


@pytest.mark.parametrize("use", [Use.ON_GRID, Use.SELF_USE])
def test_it_proves_the_use_that_was_charged(use: Use) -> None:
    made = a_bundle(1000, use=use, title=title_of_discharge(use), owner="steel")

    found = issued(bundle=cancelled_for("steel", made))

    assert isinstance(found, Discharged)
    assert found.certificates[0].use is use


def test_a_rate_that_is_not_known_stays_unknown() -> None:
    found = issued(bundle=cancelled_for("steel", a_bundle(1000, ng_per_wh=None)))

    assert isinstance(found, Discharged)
    assert found.certificates[0].ng_per_wh is None


@pytest.mark.parametrize(
    ("bundle", "rule", "field"),
    [
        (after(a_bundle(1000)), Rule.NOT_CANCELLED, "certificate"),
        (
            cancelled_for("steel", a_bundle(1000, **OWN_USE, owner="steel")),
            None,
            "",
        ),
        (
            cancelled_for("steel", a_bundle(1000, title=Title.WITH_SETTLEMENT_ONLY, owner="steel")),
            Rule.NOT_TRADEABLE,
            "certificate",
        ),
        (
            replace(
                cancelled_for("seller", a_bundle(1000, **OWN_USE)),
                beneficiary="steel",
            ),
            Rule.NOT_TRADEABLE,
            "certificate",
        ),
        (cancelled_for("steel", a_bundle(1000, production=hours(1))), Rule.WRONG_VINTAGE, "from"),
    ],
)
def test_a_charge_needs_a_certificate_that_is_cancelled_for_its_hour(
    bundle: Standing, rule: Rule | None, field: str
) -> None:
    found = issued(bundle=bundle)

    assert isinstance(found, Discharged) if rule is None else found == (("c1", rule, field),)


def test_a_certificate_of_a_day_and_a_charge_of_a_day_prove_no_hour() -> None:
    of_a_day = cancelled_for("steel", a_bundle(1000, production=hours(0, 24)))
    day = replace(CHARGE, charged=hours(0, 24))

    late = cancelled_for("steel", a_bundle(1000, production=hours(23)))
    assert issued(day, bundle=late) == (("c1", Rule.WRONG_VINTAGE, "to"),)
    assert issued(day, bundle=of_a_day) == (
        ("c1", Rule.WRONG_VINTAGE, "certificate"),
        ("c1", Rule.WRONG_VINTAGE, "to"),
    )


def test_two_charges_share_a_certificate_as_far_as_it_goes() -> None:
    halves = replace(CHARGE, charge_wh=500), replace(CHARGE, id="c2", charge_wh=500)

    assert isinstance(issued(*halves), Discharged)
    more = issued(halves[0], replace(halves[1], charge_wh=501))
    assert more == (("c2", Rule.BEYOND_QUANTITY, "quantity"),)


def metered(in_wh: int | None, out_wh: int | None) -> StoreMeters:
    """All was of the grid."""
    return StoreMeters(of_grid(lambda span: in_wh), of_grid(lambda span: out_wh))


def of_grid(wh: Callable[[Interval], int | None]) -> MeteredWh:
    return lambda store, use, span: wh(span) if use is Use.ON_GRID or wh(span) is None else 0


@pytest.mark.parametrize(
    ("meters", "refused"),
    [
        (metered(1000, 900), ()),
        (metered(None, None), ()),
        (metered(999, 899), ("c1", "d1")),
    ],
)
def test_no_more_is_recorded_than_the_meters_of_the_store_counted(
    meters: StoreMeters, refused: tuple[str, ...]
) -> None:
    found = issued(meters=meters)

    expected = tuple((id, Rule.BEYOND_METERED, "quantity") for id in refused)
    assert isinstance(found, Discharged) if not refused else found == expected


@pytest.mark.parametrize(("in_wh", "out_wh", "refused"), [(999, 900, "c1"), (1000, 899, "d1")])
def test_what_is_of_own_origin_is_not_bought_on_the_grid_as_well(
    in_wh: int, out_wh: int, refused: str
) -> None:
    meters = StoreMeters(
        lambda store, use, span: in_wh if use is Use.ON_GRID else 1000 - in_wh,
        lambda store, use, span: out_wh if use is Use.ON_GRID else 900 - out_wh,
    )

    found = issued(meters=meters)  # 1000 Wh bought on the grid, of which 900 came out

    assert found == ((refused, Rule.BEYOND_METERED, "quantity"),)


def test_records_within_a_longer_one_count_against_its_span_together() -> None:
    day = ChargeRecord("day", "battery", hours(0, 24), charge_wh=400)

    found = issued(day, replace(CHARGE, charge_wh=600), meters=StoreMeters(in_first_hour(999)))

    assert found == (("day", Rule.BEYOND_METERED, "quantity"),)  # 400 and 600 in one day


def in_first_hour(wh: int) -> MeteredWh:
    """All was metered in the quarter that begins a half into the first hour."""
    at = hours(0.5).start
    return of_grid(lambda span: wh if span.start <= at < span.end else 0)


def test_records_that_overlap_say_no_more_together_than_was_metered() -> None:
    staggered = [
        ChargeRecord("c1", "battery", hours(0, 0.75), charge_wh=600),
        ChargeRecord("c2", "battery", hours(0.25, 0.75), charge_wh=401),
    ]

    found = issued(*staggered, meters=StoreMeters(in_first_hour(1000)))

    assert found == (("c2", Rule.BEYOND_METERED, "quantity"),)  # each within 1000 Wh by itself


def test_what_fits_beside_a_record_that_does_not_is_not_refused() -> None:
    records = [
        ChargeRecord("c1", "battery", hours(0, 0.75), charge_wh=5000),
        ChargeRecord("c2", "battery", hours(0, 2), charge_wh=100),
    ]

    found = issued(*records, meters=StoreMeters(of_grid(metered_by_quarter)))

    assert found == (("c1", Rule.BEYOND_METERED, "quantity"),)  # 5000 in place of 300 Wh


def metered_by_quarter(span: Interval) -> int:
    return 100 * int(span.duration / QUARTER)


@pytest.mark.parametrize("length", [1, 2])
def test_twenty_thousand_records_are_held_against_a_meter_in_seconds(length: int) -> None:
    charges = [
        Charged(f"c{n}", "battery", hours(n, length), "", 400 * length) for n in range(20_000)
    ]
    meters = StoreMeters(of_grid(metered_by_quarter))

    began = monotonic()
    refused = [*beyond_meters(charges, [], meters)]

    assert monotonic() - began < 20  # a second or two; it once grew with the square in Python
    assert len(refused) == (0 if length == 1 else 19_999)  # each overlaps the one before


def test_what_was_issued_before_for_the_same_discharges_is_not_claimed_elsewise() -> None:
    stored = {"kind": ClaimKind.STORED, "certificate_id": "B1"}
    ours = a_claim(0.0005, **stored, feeds="d1/1")
    others = a_claim(0.0002, **stored, feeds="d9/1"), a_claim(0.0001, certificate_id="B1")

    assert claimed_elsewise([ours, *others], {"d1"}) == {"B1": 300}
