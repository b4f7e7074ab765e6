"""What the Scope 2 criteria ask beyond one claim: the other claims, the factors, the open items."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.carbon_accounting.domain.certificates.certificate import (
    Certificate,
    IdRange,
    Instrument,
)
from services.carbon_accounting.domain.certificates.charging import storing
from services.carbon_accounting.domain.certificates.claims import Claim, ClaimKind
from services.carbon_accounting.domain.certificates.gec import Technology, Use
from services.carbon_accounting.domain.certificates.quality import (
    Criterion,
    Judgement,
    Met,
    ResidualMix,
)
from services.carbon_accounting.domain.certificates.states import Standing
from services.carbon_accounting.domain.certificates.stored import Allocation, Charge
from services.carbon_accounting.domain.factoring.factor import Factor, Validity
from services.carbon_accounting.domain.factoring.store import FactorStore, StandIn
from services.carbon_accounting.domain.inventory.claim_quality import (
    NAMED_AS_PROXY,
    RESIDUAL,
    ClaimQuality,
    judged_claims,
    residual_mix,
)
from services.carbon_accounting.domain.inventory.open_items import Kind, OpenItem
from services.carbon_accounting.domain.inventory.rules import Rules
from services.carbon_accounting.domain.ledgers import Ledger
from services.carbon_accounting.domain.local_month import Month
from services.carbon_accounting.input_files.factor_import import load_factor_store
from services.energy.sayings.chinese import in_chinese
from services.energy.time_grid import Interval
from tests.support.certificates import (
    HOUR,
    MARCH,
    MWH,
    SHANGHAI,
    YEAR,
    a_bundle,
    a_certificate,
    a_claim,
    cancelled_for,
)

ClaimOn = tuple[Claim, Standing]
IN_2023 = Interval(Month(2023, 1).start(SHANGHAI), Month(2024, 1).start(SHANGHAI))
BUILT_IN = load_factor_store()
PROXY = "0.6096 kgCO2/kWh (market_based/residual-mix/CN/2023 v1)"
MISSING = "no factor for ledger market_based, quantity residual-mix, region CN on 2025-01-01; …"


def rules(*own: Factor, store: FactorStore = BUILT_IN) -> Rules:
    return Rules(store.with_factors(own), "CN", SHANGHAI)


def a_mix(value: str, start: date, end: date) -> Factor:
    return Factor(
        ledger=Ledger.MARKET_BASED,
        quantity=RESIDUAL,
        gas="CO2",
        region="CN",
        validity=Validity(start, end),
        version=2,
        value=Fraction(value),
        digits=4,
        unit="kgCO2/kWh",
        trust="V",
        source="registry",
    )


def an_item(what: str = MISSING) -> OpenItem:
    return OpenItem(Kind.MISSING_FACTOR, "grid", what, "nothing of it is booked until then")


def on(certificate: Certificate, claim: Claim | None = None, **changed: Any) -> ClaimOn:
    """Steel's claim of all of a certificate that was cancelled for it."""
    made = replace(claim or a_claim(), certificate_id=certificate.id, ids=certificate.ids)
    return replace(made, **changed), cancelled_for("steel", certificate)


def an_hour(**changed: Any) -> Certificate:
    """Granular certificates of the wind farm's first hour of March."""
    start = MARCH.start(SHANGHAI)
    return a_bundle(1000, production=Interval(start, start + HOUR), **changed)


def found(*claims: ClaimOn, metered_wh: int | None = None) -> list[ClaimQuality]:
    return [*judged_claims(claims, rules(), lambda device, use, span: metered_wh, [an_item()])]


def of(criterion: Criterion, one: ClaimQuality) -> Judgement:
    return next(j for j in one.judgements if j.criterion is criterion)


def only_claim(*claims: ClaimOn, metered_wh: int | None = None) -> list[Met]:
    every = found(*claims, metered_wh=metered_wh)
    return [of(Criterion.ONLY_CLAIM, one).met for one in every]


def test_two_claims_of_one_family_on_the_same_wh_are_told_of_both() -> None:
    certificate = a_certificate()
    first = on(certificate, ids=IdRange(0, 5 * MWH - 1))
    second = on(certificate, id="C2", kind=ClaimKind.OFFSET, ids=IdRange(4 * MWH, 6 * MWH - 1))
    third = on(certificate, id="C3", ids=IdRange(6 * MWH, 7 * MWH - 1))

    assert only_claim(first, second, third) == [Met.NO, Met.NO, Met.YES]


def test_physical_use_of_the_same_wh_is_of_another_family_and_no_rival() -> None:
    certificate = a_certificate()
    physical = on(certificate, id="C2", kind=ClaimKind.PHYSICAL_USE)

    assert only_claim(on(certificate), physical) == [Met.YES, Met.YES]


def test_a_gec_and_a_granular_certificate_of_one_hour_may_be_of_the_same_wh() -> None:
    month, hour = on(a_certificate()), on(an_hour(), id="C2")

    assert only_claim(month, hour) == [Met.UNKNOWN, Met.UNKNOWN]
    assert of(Criterion.ONLY_CLAIM, found(month, hour)[0]).because == (
        "certificates GC of windfarm are claimed for the same time too and no meter here tells "
        "that these are other Wh"
    )


def test_what_is_metered_here_was_held_below_what_the_device_made() -> None:
    assert only_claim(on(a_certificate()), on(an_hour(), id="C2"), metered_wh=50 * MWH) == [
        Met.YES,
        Met.YES,
    ]


def of_battery(**changed: Any) -> tuple[ClaimOn, ClaimOn]:
    """Steel's claim on 900 Wh that a battery gave, and the 1,000 Wh of the hour it took for it."""
    granular, out = an_hour(), MARCH.start(SHANGHAI) + HOUR
    charge = Charge(granular.id, 1000, granular.production, Allocation.FIFO)
    discharge = a_bundle(
        900,
        instrument=Instrument.STORAGE_GRANULAR,
        technology=Technology.STORAGE,
        device="battery",
        production=Interval(out, out + HOUR),
        charge=charge,
        **{"id": "S1", "lot": "S1"} | changed,
    )
    taken = storing(replace(discharge, id="S1"), charge, granular.ids)
    return on(discharge, id="C1"), (taken, cancelled_for("seller", granular))


def test_what_was_stored_is_no_claim_of_a_reporter() -> None:
    claim, taken = of_battery()

    assert [one.claim.id for one in found(claim, taken)] == ["C1"]
    assert [*judged_claims([claim, taken], rules(), lambda *of: None, None, [taken])] == []
    assert only_claim(claim, taken) == [Met.YES]


@pytest.mark.parametrize("name", ["S1", "S1/1", "S1/2/1"])
def test_a_discharge_is_no_surer_the_only_claim_than_its_charge(name: str) -> None:
    claim, taken = of_battery(id=name)
    month = on(a_certificate(), id="C2")  # the wind farm's GEC of March, when the store charged

    battery, wind = found(claim, taken, month)

    assert of(Criterion.ONLY_CLAIM, wind).met is Met.UNKNOWN
    assert of(Criterion.ONLY_CLAIM, battery).met is Met.UNKNOWN
    why = of(Criterion.ONLY_CLAIM, battery).because
    assert why == (
        "of its charge from B1: certificates GEC of windfarm are claimed for the same time too and "
        "no meter here tells that these are other Wh"
    )
    assert in_chinese(why) == (
        "其充电所用的 B1：windfarm 同一时段的 GEC 证书也已被声明，"
        "本园区没有计量表能证明其为不同的电量"
    )
    assert only_claim(claim, taken, month, metered_wh=50 * MWH) == [Met.YES, Met.YES]


def test_a_charge_that_is_claimed_twice_breaks_the_claim_on_its_discharge() -> None:
    claim, taken = of_battery()
    again = on(an_hour(), id="C2")

    assert only_claim(claim, taken, again) == [Met.NO, Met.NO]
    assert of(Criterion.ONLY_CLAIM, found(claim, taken, again)[0]).because == (
        "of its charge from B1: another claim is on the attribute of ids 0 to 999 of lot B1 or "
        "some of them"
    )


def test_other_devices_other_hours_and_own_use_are_other_wh() -> None:
    start = MARCH.interval(SHANGHAI).end
    april = a_bundle(1000, id="B2", lot="B2", production=Interval(start, start + HOUR))
    others = (an_hour(device="roof"), april, an_hour(use=Use.SELF_USE))

    for one in others:
        assert only_claim(on(a_certificate()), on(one, id="C2")) == [Met.YES, Met.YES]


def test_the_proxy_of_china_is_named_as_such() -> None:
    mix = residual_mix(IN_2023, rules(), [])

    assert mix == ResidualMix(proxies=(PROXY,))


def test_every_residual_mix_that_comes_with_us_is_a_proxy_and_says_so() -> None:
    ours = [one for one in BUILT_IN if one.quantity == RESIDUAL]

    assert [one.validity.year for one in ours] == [2022, 2023]
    assert all(NAMED_AS_PROXY in one.source for one in ours)


def test_a_year_that_stands_in_is_told() -> None:
    chosen = BUILT_IN.standing_in([StandIn(Ledger.MARKET_BASED, RESIDUAL, date(2023, 1, 1))])

    mix = residual_mix(YEAR, rules(store=chosen), [])

    assert (mix.proxies, mix.doubts) == ((PROXY,), ("factor of 2023 stands in for 2025",))


def test_a_year_without_a_residual_mix_needs_an_open_item_that_says_so() -> None:
    lacking = ("for CN from 2025-01-01 to 2025-12-31",)
    of_2024 = an_item(MISSING.replace("2025", "2024"))
    other = an_item(MISSING.replace("market_based", "location_based"))

    assert residual_mix(YEAR, rules(), None) == ResidualMix(lacking=lacking)
    assert residual_mix(YEAR, rules(), [an_item()]).is_disclosed is True
    assert residual_mix(YEAR, rules(), [of_2024, other]).is_disclosed is False


def test_days_without_a_mix_are_told_as_one_span_each() -> None:
    summer = a_mix("0.5", date(2025, 6, 1), date(2025, 7, 1))

    mix = residual_mix(YEAR, rules(summer), None)

    assert mix.factors == (
        "0.5000 kgCO2/kWh (market_based/residual-mix/CN/2025-06-01..2025-07-01 v2)",
    )
    assert mix.lacking == (
        "for CN from 2025-01-01 to 2025-05-31",
        "for CN from 2025-07-01 to 2025-12-31",
    )


def test_a_claim_meets_all_where_every_criterion_that_applies_is_met() -> None:
    sound, rival = found(on(a_certificate()))[0], found(on(a_certificate()), on(an_hour()))[0]

    assert sound.meets_all
    assert [j.criterion for j in rival.open] == [Criterion.ONLY_CLAIM]


@given(st.lists(st.tuples(st.integers(0, 20), st.integers(1, 5)), max_size=12))
def test_a_claim_is_twice_exactly_where_another_has_an_id_of_it(
    places: Sequence[tuple[int, int]],
) -> None:
    lot = an_hour()
    some = [IdRange.of(first, wh) for first, wh in places]
    claims = [on(lot, id=f"C{n}", ids=ids) for n, ids in enumerate(some)]

    expected = [_is_twice(n, some) for n, _ in enumerate(some)]
    assert [met is Met.NO for met in only_claim(*claims)] == expected


def _is_twice(n: int, some: Sequence[IdRange]) -> bool:
    return any(some[n].overlaps(other) for m, other in enumerate(some) if m != n)


@given(st.permutations(range(4)))
def test_the_order_of_the_claims_changes_no_verdict(order: Iterable[int]) -> None:
    gec = a_certificate()
    of_sun = a_certificate(id="S", lot="S", device="roof", technology=Technology.SOLAR)
    some = [on(gec), on(an_hour(), id="C2"), on(of_sun, id="C3"), on(of_sun, id="C4")]

    said = {one.claim.id: one.judgements for one in found(*(some[n] for n in order))}

    assert said == {one.claim.id: one.judgements for one in found(*some)}
    assert of_sun.instrument is Instrument.GEC
