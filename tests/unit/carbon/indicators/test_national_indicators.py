"""The 1+5 of national parks, factories, Hunan and green direct connection (rules A, B.2, G)."""

from fractions import Fraction

import pytest

from services.carbon_accounting.domain.indicator import park_indicator
from services.carbon_accounting.domain.indicators.definitions import Side
from services.carbon_accounting.domain.indicators.identities import Breaks, Closes, Undecided
from services.carbon_accounting.domain.indicators.identities import closing as closing_of
from services.carbon_accounting.domain.indicators.showing import Shown, Verdict, shown
from services.carbon_accounting.domain.indicators.targets import Aimed, NoAim
from services.carbon_accounting.domain.indicators.values import Absent, DividedByZero, Known
from services.carbon_accounting.domain.ledgers import Emissions, ParkAcceptance
from tests.support.indicators import edition, known, shown_for, the_book, totals

CORE = "core_carbon_intensity"
NOTHING_MORE = {
    "electricity.grid_unmatched": "0 kWh",
    "electricity.unbundled_certificates": "0 kWh",
    "electricity.exported": "0 kWh",
    "electricity.unbundled_counted": "0 kWh",
    "electricity.unbundled_emissions": "0 tCO2",
    "electricity.fossil_power_factor": "0.8325 kgCO2/kWh",
}


def the_core(t_co2: int, tce: int, tce_a_year: int | None, **more: str) -> Shown:
    year = {} if tce_a_year is None else {"energy.comprehensive_a_year": f"{tce_a_year} tce"}
    emissions = {
        "ledger.park_acceptance.total": f"{t_co2} tCO2",
        "energy.comprehensive": f"{tce} tce",
    }
    return shown_for({**NOTHING_MORE, **emissions, **year, **more})[CORE]


def limit(one: Shown) -> Fraction:
    assert isinstance(one.aim, Aimed)
    return one.aim.target.limit


@pytest.mark.parametrize(
    ("t_co2", "size", "ratio", "verdict"),
    [
        (15_000, 500_000, "0.3", Verdict.MISSED),
        (15_000, 1_000_000, "0.3", Verdict.MET),
        (20_000, 1_000_000, "0.4", Verdict.MISSED),
        (10_000, 200_000, "0.2", Verdict.MET),
        (10_001, 999_999, "0.20002", Verdict.MISSED),
    ],
)
def test_the_core_passes_at_0_2_and_from_a_million_tce_a_year_at_0_3(
    t_co2: int, size: int, ratio: str, verdict: Verdict
) -> None:
    core = the_core(t_co2, 50_000, size)

    assert known(core) == Fraction(ratio)
    assert core.verdict is verdict
    assert core.confirm == ()


@pytest.mark.parametrize(("t_co2", "tce_a_year"), [(14_999, 300_000), (15_001, 1_000_000)])
def test_the_core_as_data_says_what_the_core_in_code_says(t_co2: int, tce_a_year: int) -> None:
    core = the_core(t_co2, 50_000, tce_a_year)
    coded = park_indicator(
        Emissions(ParkAcceptance, t_co2 * 10**9), Fraction(50_000), float(tce_a_year)
    )

    assert known(core) == coded.t_co2_per_tce
    assert limit(core) == Fraction(str(coded.target))
    assert (core.verdict is Verdict.MET) == coded.is_met


def test_below_200_000_tce_the_target_is_shown_but_needs_confirmation() -> None:
    core = the_core(10_000, 50_000, 50_000)

    assert limit(core) == Fraction("0.2")
    assert "no national target was found" in core.confirm[0]
    assert "the target of core_carbon_intensity: is flagged GAP" in core.unverified


def test_without_the_size_of_the_park_the_strictest_target_is_shown_and_the_size_missed() -> None:
    core = the_core(15_000, 50_000, None)

    assert limit(core) == Fraction("0.2")
    assert core.confirm == ("energy.comprehensive_a_year is missing",)


def test_the_core_is_unverified_because_annex_4_was_not_read() -> None:
    assert "annex 4 was not read in the original" in the_core(1, 1, 500_000).unverified[0]


def test_where_a_rule_is_open_both_readings_are_shown_and_the_verdict_is_open() -> None:
    core = the_core(
        15_000,
        50_000,
        500_000,
        **{
            "electricity.grid_unmatched": "10000 MWh",
            "electricity.unbundled_certificates": "8000 MWh",
            "electricity.exported": "9000 MWh",
        },
    )

    assert known(core) == Fraction("0.3")
    # 10,000 MWh, the most there is to offset, take 8,325 t off: 6,675 t
    assert core.readings[Side.OPTIMISTIC] == Known(Fraction(6_675, 50_000))
    assert core.verdict is Verdict.OPEN


def test_a_park_that_counts_certificates_bought_apart_meets_the_core_on_one_reading_alone() -> None:
    core = the_core(0, 4_916, 500_000, **{"electricity.unbundled_counted": "4000 MWh"})

    assert known(core) == 0
    # without them 4,000 MWh at 0.8325 are 3,330 t
    assert core.readings[Side.CONSERVATIVE] == Known(Fraction(3_330, 4_916))
    assert core.verdict is Verdict.OPEN


def test_what_may_be_offset_is_offset_at_the_factor_that_was_booked() -> None:
    core = the_core(
        8_273,
        50_000,
        500_000,
        **{
            "electricity.grid_unmatched": "10000 MWh",
            "electricity.unbundled_certificates": "10000 MWh",
            "electricity.fossil_power_factor": "0.8273 kgCO2/kWh",
        },
    )

    assert core.readings[Side.OPTIMISTIC] == Known(Fraction(0))


def test_a_park_that_meets_the_careful_reading_needs_no_other() -> None:
    core = shown_for(
        {
            "ledger.park_acceptance.total": "1 tCO2",
            "energy.comprehensive": "10 tce",
            "energy.comprehensive_a_year": "300000 tce",
            "electricity.unbundled_counted": "0 kWh",
            "electricity.unbundled_emissions": "0 tCO2",
            "electricity.fossil_power_factor": "0.8325 kgCO2/kWh",
        }
    )[CORE]

    assert core.verdict is Verdict.MET
    assert core.missing == (
        "electricity.grid_unmatched",
        "electricity.unbundled_certificates",
        "electricity.exported",
    )


def test_what_is_missing_is_named_and_makes_the_value_absent() -> None:
    core = shown_for({"energy.comprehensive": "10 tce"})[CORE]

    assert isinstance(core.value, Absent)
    assert core.value.missing == ("ledger.park_acceptance.total",)
    assert core.verdict is Verdict.ABSENT


def test_no_energy_is_no_intensity_of_zero() -> None:
    core = the_core(5, 0, 300_000)

    assert core.value == Absent((DividedByZero("'energy.comprehensive' (character 32)"),))


def test_water_intake_v_and_reuse_9_v_is_90_percent() -> None:
    water = shown_for({"water.intake": "7 m3", "water.reused": "63000 dm3"})["water_reuse"]

    assert known(water) == 90
    assert water.verdict is Verdict.MET
    assert water.unverified == ()


def test_gas_takes_a_park_to_90_percent_clean_only_in_the_optimistic_reading() -> None:
    found = shown_for(
        {
            "energy.comprehensive": "110 tce",
            "energy.feedstock": "10 tce",
            "energy.clean": "60 tce",
            "energy.non_fossil": "55 tce",
            "energy.natural_gas": "35 tce",
        }
    )

    assert known(found["clean_share"]) == 60
    assert found["clean_share"].readings[Side.OPTIMISTIC] == Known(Fraction(95))
    assert found["clean_share"].verdict is Verdict.OPEN
    assert known(found["non_fossil_share"]) == 55
    assert found["clean_share"].unverified


def test_waste_heat_cold_and_pressure_are_one_rate_and_none_may_be_unknown() -> None:
    amounts = {
        "heat.available": "100 GJ",
        "heat.utilised": "60 GJ",
        "cold.available": "50 GJ",
        "cold.utilised": "20 GJ",
        "pressure.available": "10 GJ",
    }

    without = shown_for(amounts)["waste_energy_utilisation"]
    with_all = shown_for({**amounts, "pressure.utilised": "0 GJ"})["waste_energy_utilisation"]

    assert without.missing == ("pressure.utilised",)
    assert known(with_all) == 50
    assert with_all.verdict is Verdict.MET


def test_solid_waste_is_flagged_because_the_denominator_was_not_read() -> None:
    waste = shown_for(
        {
            "waste.generated": "80 t",
            "waste.utilised": "72 t",
            "waste.utilised_from_stock": "10 t",
        }
    )["solid_waste_utilisation"]

    assert known(waste) == 80
    assert waste.readings[Side.OPTIMISTIC] == Known(Fraction(90))
    assert waste.unverified == ("solid_waste_utilisation is flagged M",)


def test_a_guiding_indicator_that_does_not_apply_is_explained_but_the_core_never_is() -> None:
    ready = edition(the_book().catalogue)
    why = "no industrial water is used"

    found = shown(ready, totals({}), {"water_reuse": why})["water_reuse"]

    assert (found.verdict, found.explanation) == (Verdict.EXPLAINED, why)
    with pytest.raises(ValueError, match="applies to every park"):
        shown(ready, totals({}), {CORE: "we would rather not"})


@pytest.mark.parametrize(
    ("size", "percent"), [(300_000, "2.9526"), (1_000_000, "4.4288"), (2_000_000, "4.4288")]
)
def test_the_most_unmatched_grid_power_follows_from_the_core_target(
    size: int, percent: str
) -> None:
    found = shown_for({**NOTHING_MORE, "energy.comprehensive_a_year": f"{size} tce"})
    share = found["max_unmatched_grid_share"]

    assert round(known(share), 4) == Fraction(percent)


def test_grid_power_up_to_the_most_leaves_room_and_beyond_it_none() -> None:
    def room(mwh: int) -> Shown:
        return shown_for(
            {
                **NOTHING_MORE,
                "energy.comprehensive_a_year": "300000 tce",
                "energy.comprehensive": "122900 tce",
                "electricity.grid_unmatched": f"{mwh} MWh",
            }
        )["unmatched_grid_headroom"]

    # 10,000 MWh are 1,229 tce: 1 % of the park's energy
    assert round(known(room(10_000)), 4) == Fraction("1.9526")
    assert room(10_000).verdict is Verdict.MET
    assert room(30_000).verdict is Verdict.MISSED


def test_hunan_has_the_national_value_against_limits_of_its_own_years() -> None:
    amounts = {
        **NOTHING_MORE,
        "ledger.park_acceptance.total": "80 tCO2",
        "energy.comprehensive": "100 tce",
        "energy.comprehensive_a_year": "50000 tce",
    }

    by_year = {year: shown_for(amounts, year)["hunan.carbon_intensity"] for year in (2026, 2027)}
    in_2031 = shown_for(amounts, 2031)["hunan.carbon_intensity"]

    assert by_year[2026].verdict is Verdict.NO_TARGET
    assert isinstance(by_year[2026].aim, NoAim)
    assert by_year[2026].aim.next is not None
    assert by_year[2026].aim.next.limit == 1
    assert by_year[2027].verdict is Verdict.MET
    assert (limit(in_2031), in_2031.verdict) == (Fraction("0.7"), Verdict.MISSED)


def test_a_factory_counts_traded_green_power_but_not_in_the_physical_share() -> None:
    found = shown_for(
        {
            "energy.comprehensive": "1229 tce",
            "energy.non_fossil": "122.9 tce",
            "electricity.traded_green": "3000 MWh",
            "electricity.physical_non_fossil": "1000 MWh",
            "electricity.total": "8000 MWh",
        }
    )

    # 3,000 MWh are 368.7 tce
    assert known(found["factory.non_fossil_share"]) == 40
    assert found["factory.non_fossil_share"].readings[Side.CONSERVATIVE] == Known(Fraction(10))
    assert known(found["factory.physical_share"]) == Fraction("12.5")
    assert found["factory.non_fossil_share"].confirm


def test_a_factory_credits_what_it_recovers_and_passes_on() -> None:
    parts = {
        "combustion": 100,
        "process": 50,
        "electricity_in": 40,
        "electricity_out": 10,
        "heat_in": 20,
        "heat_out": 5,
        "recovered": 15,
    }
    amounts = {f"factory.{name}": f"{t} tCO2" for name, t in parts.items()}

    found = shown_for({**amounts, "energy.comprehensive": "100 tce"})["factory.carbon_intensity"]

    assert known(found) == Fraction("1.8")
    assert found.verdict is Verdict.MET
    assert found.unverified == (
        "the target of factory.carbon_intensity: is flagged M",
        "the target of factory.carbon_intensity: the threshold 1.80 was seen once only",
    )


def test_energy_per_value_added_is_0_1_kgce_per_yuan_for_1_tce_per_10_000() -> None:
    found = shown_for({"energy.comprehensive": "3 tce", "economy.value_added": "30000 currency"})

    assert known(found["factory.energy_of_value_added"]) == Fraction("0.1")


GREEN = {
    "green.self_used": "70 MWh",
    "green.available": "100 MWh",
    "green.sold": "20 MWh",
    "green.curtailed": "10 MWh",
    "green.load": "200 MWh",
    "green.bought": "130 MWh",
    "green.own_non_green": "0 MWh",
    "electricity.exported": "20 MWh",
}


def test_green_direct_ratios_have_available_generation_and_the_load_under_the_line() -> None:
    found = shown_for(GREEN)

    assert known(found["green_direct.self_use"]) == 70
    assert known(found["green_direct.load_share"]) == 35
    assert known(found["green_direct.feed_in"]) == 20
    assert found["green_direct.feed_in"].verdict is Verdict.MET
    assert found["green_direct.feed_in"].confirm == ("the province sets the cap, generally 20 %",)


@pytest.mark.parametrize(("year", "verdict"), [(2029, Verdict.MET), (2030, Verdict.MISSED)])
def test_from_2030_on_35_percent_of_the_load_must_be_green(year: int, verdict: Verdict) -> None:
    found = shown_for({**GREEN, "green.load": "210 MWh"}, year)  # a third

    assert found["green_direct.load_share"].verdict is verdict


def closing(amounts: dict[str, str]) -> Closes | Breaks | Undecided:
    identity = next(one for one in the_book().identities if one.id.startswith("green_direct"))
    return closing_of(identity, totals(amounts), the_book().catalogue.vocabulary)


def test_self_use_by_three_ways_must_come_out_the_same() -> None:
    assert closing(GREEN) == Closes(Fraction(0))


def test_a_difference_in_self_use_is_told_to_the_kwh_and_not_repaired() -> None:
    found = closing({**GREEN, "green.bought": "129.5 MWh"})

    assert found == Breaks(
        values=(Fraction(70_000), Fraction(70_000), Fraction(70_500)),
        difference=Fraction(500),
        allowed=Fraction(0),
    )


def test_an_unread_meter_leaves_the_identity_undecided() -> None:
    found = closing({name: text for name, text in GREEN.items() if name != "green.curtailed"})

    assert isinstance(found, Undecided)
    assert [str(reason) for reason in found.reasons] == ["green.curtailed is missing"]
