"""The park file of an inventory: what it says, and every mistake in it with its path."""

from collections import Counter
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

from services.carbon_accounting.book.site_file import load_site
from services.carbon_accounting.domain.costing.positions import positions_of
from services.carbon_accounting.domain.indicators.editions import Edition
from services.carbon_accounting.domain.inventory.site import Activity, Counts, Owner, Role
from services.carbon_accounting.input_files.indicator_import import read_indicators
from services.carbon_accounting.live.pages import standing_on
from tests.unit.carbon.book.files import a_site, mistakes_in_site


def test_a_park_has_meters_streams_and_choices(tmp_path: Path) -> None:
    site = a_site(tmp_path)

    assert (site.id, site.time_zone.key, site.step) == (
        "mill",
        "Asia/Shanghai",
        timedelta(minutes=15),
    )
    assert [meter.role for meter in site.meters] == [
        Role.GRID_IMPORT,
        Role.GENERATION,
        Role.CONSUMPTION,
        Role.CONSUMPTION,
    ]
    assert site.meters[2].owner == Owner("a")
    assert site.streams[0].activity is Activity.COMBUSTION
    assert site.units["load_b"] == "MWh"
    assert site.counts["grid"] is Counts.INTERVAL
    assert site.choices.gec_counts_in_park_core is False


def test_a_store_a_key_and_a_product_are_read(tmp_path: Path) -> None:
    site = a_site(
        tmp_path,
        """
        accounting:
          interval: 1h
          meters:
            - {id: in, role: charge, store: battery}
            - {id: out, role: discharge, store: battery}
            - {id: hall, role: consumption, shared_by: floor}
          stores: [{id: battery, round_trip_efficiency: 0.9, capacity_kwh: 3000}]
          keys: [{id: floor, valid_from: 2024-01-01, weights: {a: 60, b: 40}}]
          products: [{id: steel, enterprise: a, unit: t}]
        """,
    )

    assert site.stores[0].round_trip_efficiency == Decimal("0.9")
    assert site.keys[0].weights == {"a": 60, "b": 40}
    assert site.meters[2].owner.key == "floor"
    assert (site.products[0].unit, site.step) == ("t", timedelta(hours=1))


def test_every_mistake_is_told_at_once(tmp_path: Path) -> None:
    told = mistakes_in_site(
        tmp_path,
        """
        accounting:
          interval: 7min
          meters:
            - {id: grid, role: imports}
            - {id: pv, role: generation}
            - {id: load, role: consumption, enterprise: c, unit: t}
            - {id: load, role: consumption, node: attic}
            - {id: in, role: charge, store: battery}
          streams:
            - {id: gas, activity: combustion, unit: Nm3, substans: natural-gas}
        """,
    )

    assert told == [
        "accounting.interval: does not divide an hour ('7min')",
        "accounting.meters[grid].role: is not known here ('imports')",
        "accounting.meters[pv].kind: is missing",
        "accounting.meters[load].enterprise: names 'c', which is not declared",
        "accounting.meters[load].unit: is no unit that fits here ('t')",
        "accounting.meters[load].id: stands twice ('load')",
        "accounting.meters[load].node: names 'attic', which is not declared",
        "accounting.meters[in].store: names 'battery', which is not declared",
        "accounting.streams[gas].substance: is missing",
        "accounting.streams[gas].substans: is not a known key ('substans')",
    ]


def test_an_id_stands_once_and_a_store_is_metered_both_ways(tmp_path: Path) -> None:
    told = mistakes_in_site(
        tmp_path,
        """
        accounting:
          meters:
            - {id: in, role: charge, store: battery}
            - {id: load, role: consumption, enterprise: a, shared_by: floor}
          stores:
            - {id: load, round_trip_efficiency: 1.1}
            - {id: battery, round_trip_efficiency: 0.9}
        """,
    )

    assert told == [
        "accounting.meters[load].shared_by: names 'floor', which is not declared",
        "accounting.meters[load].shared_by: stands beside enterprise",
        "accounting.stores[load].id: no meter has role charge for store load",
        "accounting.stores[load].id: no meter has role discharge for store load",
        "accounting.stores[load].id: stands twice ('load')",
        "accounting.stores[load].round_trip_efficiency: is outside 0 to 1 ('1.1')",
        "accounting.stores[battery].id: no meter has role discharge for store battery",
    ]


def test_a_role_misspelt_is_one_mistake(tmp_path: Path) -> None:
    told = mistakes_in_site(
        tmp_path,
        """
        accounting:
          meters:
            - {id: pv, role: generaton, kind: pv}
        """,
    )

    assert told == ["accounting.meters[pv].role: is not known here ('generaton')"]


def test_no_enterprise_is_named_park(tmp_path: Path) -> None:
    park = """
    park: {id: mill, name: {en: Mill, zh: 工厂}, time_zone: Asia/Shanghai, currency: CNY}
    tenants: [{id: park, name: {en: Park, zh: 园区}}]
    """

    told = mistakes_in_site(tmp_path, "accounting: {meters: [{id: g, role: export}]}", park)

    assert told == ["tenants[park].id: is the park itself ('park')"]


def test_the_live_sections_are_not_looked_at_where_meters_are_declared(tmp_path: Path) -> None:
    with_devices = """
    devices: [{id: anything}]
    accounting: {meters: [{id: grid, role: grid_import}]}
    """

    assert mistakes_in_site(tmp_path, with_devices) == []


def test_a_park_without_meters_is_refused(tmp_path: Path) -> None:
    assert mistakes_in_site(tmp_path, "accounting: {region: CN}") == [
        "accounting.meters: names no meter"
    ]


def test_a_live_park_file_is_accounted_by_the_registers_of_its_devices() -> None:
    site = load_site(Path("parks/demo.yaml"))

    roles = Counter(meter.role for meter in site.meters)
    assert (roles[Role.GRID_IMPORT], roles[Role.GENERATION], roles[Role.CONSUMPTION]) == (1, 2, 58)
    assert site.stores[0].round_trip_efficiency == Decimal("0.9025")  # 0.95 in and 0.95 out
    assert [stream.substance for stream in site.streams] == ["natural-gas"] * 3
    assert (site.choices.region, site.choices.factor_year) == ("CN", 2023)
    assert site.units["grid.import_energy_wh"] == "Wh"


def test_the_demo_park_has_the_national_indicators_though_its_recordings_are_older() -> None:
    as_of = load_site(Path("parks/demo.yaml")).choices.indicators_as_of
    catalogue, first_day = read_indicators().catalogue, date(2019, 6, 4)
    assert as_of is not None

    then, stated = catalogue.edition(first_day), standing_on(catalogue, as_of).edition(first_day)

    assert isinstance(then, Edition)
    assert isinstance(stated, Edition)
    assert then.indicator("core_carbon_intensity") is None
    assert None not in map(stated.indicator, ("core_carbon_intensity", "clean_share"))


def test_the_demo_park_has_a_price_for_whatever_is_supplied_and_invents_no_product() -> None:
    site = load_site(Path("parks/demo.yaml"))

    unpriced = {at for at, unit in positions_of(site) if not site.pricing.tariffs_of(at, unit)}
    assert unpriced == {"unaccounted"}
    assert [charge.id for charge in site.pricing.charges] == ["illustrative-connection-fee"]
    assert site.products == ()


def test_grid_power_of_the_demo_park_is_dear_8_hours_of_a_summers_day_else_6_and_cheap_8() -> None:
    (tariff,) = load_site(Path("parks/demo.yaml")).pricing.tariffs_of("grid", "Wh")

    def hours_at(micros: int, month: int) -> float:
        holding = (one for one in tariff.windows if not one.months or month in one.months)
        return sum((one.end - one.begin) / 60 for one in holding if one.micros == micros)

    assert (hours_at(133_000, 7), hours_at(133_000, 1)) == (8, 6)
    assert {hours_at(49_000, month) for month in range(1, 13)} == {8}
    assert tariff.micros == 91_000
