"""Issuance of GEC: whole MWh, carry, title, two-year life (rules D.2, §G.2)."""

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.carbon_accounting.domain.certificates.gec import (
    Issuance,
    Plant,
    Technology,
    Title,
    Use,
    certifiable_wh,
    issuances,
    title_of,
)
from services.carbon_accounting.domain.certificates.issuing import Facility, GecIssue, issue_gec
from services.carbon_accounting.domain.certificates.lifetime import expiry
from services.carbon_accounting.domain.certificates.refusal import Refused, Rule
from services.carbon_accounting.domain.local_month import Month
from tests.support.certificates import SHANGHAI

KWH = 1000


def test_1700_1700_and_600_kwh_bring_1_2_and_1_certificates() -> None:
    issued = issuances([1700 * KWH, 1700 * KWH, 600 * KWH])

    assert issued == [Issuance(1, 700 * KWH), Issuance(2, 400 * KWH), Issuance(1, 0)]


def test_a_month_without_a_whole_mwh_brings_none_and_carries_all() -> None:
    assert issuances([999 * KWH, 0, 1 * KWH]) == [
        Issuance(0, 999 * KWH),
        Issuance(0, 999 * KWH),
        Issuance(1, 0),
    ]


def test_negative_generation_is_refused() -> None:
    with pytest.raises(ValueError, match="month 1: generation -5 Wh must not be negative"):
        issuances([0, -5])


def a_facility(technology: Technology = Technology.SOLAR, use: Use = Use.ON_GRID) -> Facility:
    return Facility("pv", Plant(technology), use, "CN", "park", ng_per_wh=0)


SPRING = {Month(2025, 3): 1700 * KWH, Month(2025, 4): 1700 * KWH, Month(2025, 5): 600 * KWH}
JUNE = datetime(2025, 6, 15, tzinfo=UTC)


def test_months_of_generation_become_bundles_of_their_months() -> None:
    found = issue_gec(a_facility(), SPRING, JUNE, SHANGHAI)

    assert isinstance(found, GecIssue)
    assert found.carry_wh == 0
    assert [(c.id, c.quantity_wh) for c in found.certificates] == [
        ("GEC/pv/on-grid/2025-03", 1_000_000),
        ("GEC/pv/on-grid/2025-04", 2_000_000),
        ("GEC/pv/on-grid/2025-05", 1_000_000),
    ]
    assert found.certificates[0].expires_at == expiry(Month(2025, 3), SHANGHAI)


def test_self_used_generation_becomes_certificates_that_are_not_sold() -> None:
    found = issue_gec(a_facility(use=Use.SELF_USE), SPRING, JUNE, SHANGHAI)

    assert isinstance(found, GecIssue)
    assert {c.title for c in found.certificates} == {Title.WITH_SETTLEMENT_ONLY}


def test_a_store_is_issued_nothing() -> None:
    found = issue_gec(a_facility(Technology.STORAGE), SPRING, JUNE, SHANGHAI)

    assert isinstance(found, Refused)


def test_a_month_that_is_left_out_is_named() -> None:
    gap = {Month(2025, 3): 1, Month(2025, 5): 1}

    with pytest.raises(ValueError, match="generation of 2025-04 is missing"):
        issue_gec(a_facility(), gap, JUNE, SHANGHAI)


def test_without_a_time_of_issue_each_month_is_issued_as_it_ends() -> None:
    found = issue_gec(a_facility(), SPRING, None, SHANGHAI)

    assert isinstance(found, GecIssue)
    assert [one.issued_at.isoformat() for one in found.certificates] == [
        *("2025-03-31T16:00:00+00:00", "2025-04-30T16:00:00+00:00", "2025-05-31T16:00:00+00:00"),
    ]


def test_nothing_is_issued_before_its_month_ends_or_after_its_two_years() -> None:
    early = issue_gec(a_facility(), SPRING, datetime(2025, 5, 31, tzinfo=UTC), SHANGHAI)
    late = issue_gec(a_facility(), SPRING, datetime(2027, 3, 31, 16, tzinfo=UTC), SHANGHAI)

    assert isinstance(early, Refused)
    assert (early.rule, early.field) == (Rule.IN_FUTURE, "issued_at")
    assert early.cure == "2025-05 ends at 2025-05-31T16:00:00+00:00; issue it then or later"
    assert isinstance(late, Refused)
    assert late.text.startswith("issued_at 2027-03-31T16:00:00+00:00: expired; certificates")


def test_each_month_tells_what_came_in_and_what_goes_on() -> None:
    found = issue_gec(a_facility(), SPRING, JUNE, SHANGHAI, 300 * KWH)

    assert isinstance(found, GecIssue)
    assert [(one.carried_in_wh, one.count, one.carried_out_wh) for one in found.months] == [
        (300 * KWH, 2, 0),
        (0, 1, 700 * KWH),
        (700 * KWH, 1, 300 * KWH),
    ]


def test_too_little_for_a_certificate_is_carried() -> None:
    found = issue_gec(a_facility(), {Month(2025, 3): 400 * KWH}, JUNE, SHANGHAI, 500 * KWH)

    assert isinstance(found, GecIssue)
    assert (found.certificates, found.carry_wh) == ((), 900 * KWH)


@given(st.lists(st.integers(0, 10**10)), st.integers(0, 999_999))
def test_certificates_and_the_last_carry_are_all_that_was_generated(
    months: list[int], carry_wh: int
) -> None:
    issued = issuances(months, carry_wh)

    left = issued[-1].carry_wh if issued else carry_wh
    assert sum(i.certificates for i in issued) * 10**6 + left == sum(months) + carry_wh
    assert all(0 <= i.carry_wh < 10**6 for i in issued)


@pytest.mark.parametrize(
    ("technology", "use", "title"),
    [
        (Technology.SOLAR, Use.ON_GRID, Title.TRADEABLE),
        (Technology.WIND, Use.SELF_USE, Title.WITH_SETTLEMENT_ONLY),
        (Technology.WIND, Use.OFF_GRID, Title.WITH_SETTLEMENT_ONLY),
        (Technology.SOLAR, Use.HYDROGEN, Title.WITH_SETTLEMENT_ONLY),
        (Technology.WIND, Use.CAPTIVE_COAL_REPLACEMENT, Title.WITH_SETTLEMENT_ONLY),
        (Technology.HYDRO, Use.SELF_USE, Title.WITH_SETTLEMENT_ONLY),
    ],
)
def test_only_what_goes_to_the_grid_is_tradeable(
    technology: Technology, use: Use, title: Title
) -> None:
    assert title_of(Plant(technology), use) is title


@pytest.mark.parametrize(
    ("commissioned", "market_based", "title"),
    [
        (date(2023, 1, 1), True, Title.TRADEABLE),
        (date(2022, 12, 31), True, Title.WITH_SETTLEMENT_ONLY),
        (date(2024, 5, 1), False, Title.WITH_SETTLEMENT_ONLY),
    ],
)
def test_hydro_is_tradeable_when_new_and_wholly_in_the_market(
    commissioned: date, market_based: bool, title: Title
) -> None:
    plant = Plant(Technology.HYDRO, commissioned, market_based)

    assert title_of(plant, Use.ON_GRID) is title


def test_hydro_of_unknown_age_gets_no_title() -> None:
    found = title_of(Plant(Technology.HYDRO, None, True), Use.ON_GRID)

    assert isinstance(found, Refused)
    assert (found.field, found.value) == ("commissioned", "unknown")


@pytest.mark.parametrize("use", list(Use))
def test_storage_discharge_gets_no_certificate(use: Use) -> None:
    found = title_of(Plant(Technology.STORAGE), use)

    assert isinstance(found, Refused)
    assert found.rule is Rule.NO_CERTIFICATE_FOR


def test_storage_without_its_own_meter_costs_the_plant_its_off_take() -> None:
    assert certifiable_wh(1000, 300, storage_metered=False) == 700
    assert certifiable_wh(1000, 300, storage_metered=True) == 1000
    assert certifiable_wh(100, 300, storage_metered=False) == 0


def test_generation_of_march_2025_expires_with_march_2027_in_local_time() -> None:
    ends = expiry(Month(2025, 3), SHANGHAI)

    assert ends == datetime(2027, 3, 31, 16, tzinfo=UTC)  # the first of April in Shanghai


def test_generation_of_december_expires_two_decembers_later() -> None:
    assert Month(2024, 12).plus(24) == Month(2026, 12)
    assert Month(2024, 12).plus(1) == Month(2025, 1)
