"""A park file becomes a park, or a complete list of what is wrong with it."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from services.energy.quantities import Quantity
from services.energy.site import Carrier, DeviceKind, FailSafe, Park
from services.ingest.adapters.modbus import ModbusSettings
from services.runtime.park_file import ParkFileError, load_park, main
from tests.support.builders import DEMO_PARK_FILE, a_park


def mistakes_in(text: str, folder: Path) -> list[str]:
    file = folder / "park.yaml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(ParkFileError) as caught:
        load_park(file)
    return str(caught.value).splitlines()


def demo_with(old: str, new: str) -> str:
    text = DEMO_PARK_FILE.read_text(encoding="utf-8")
    assert text.count(old) >= 1, f"{old!r} is not in the demo park file"
    return text.replace(old, new, 1)


def only_mistake(old: str, new: str, folder: Path) -> str:
    (mistake,) = mistakes_in(demo_with(old, new), folder)
    return mistake


def line_of(text: str) -> int:
    lines = DEMO_PARK_FILE.read_text(encoding="utf-8").splitlines()
    return next(number for number, line in enumerate(lines, 1) if text in line)


def test_kilowatts_become_watts_and_prices_become_exact_micros() -> None:
    park = a_park()

    assert park.connection.import_limit_w == 1_900_000
    assert park.connection.feed_in_price_micros_per_kwh == 35_000
    assert park.dispatch.carbon_price_micros_per_t == 60_000_000
    assert park.dispatch.setpoint_lease == timedelta(minutes=10)
    assert park.telemetry.oldest == timedelta(days=40)


def test_dates_are_utc_and_the_zone_is_named() -> None:
    park = a_park()

    assert park.ledger_from == datetime(2019, 6, 3, 22, 0, tzinfo=UTC)
    assert park.valid_from == datetime(2019, 1, 1, tzinfo=UTC)
    assert park.time_zone.key == "Asia/Shanghai"
    assert park.recording_zone is not None


def test_a_battery_has_its_ratings_and_fail_safe() -> None:
    battery = a_park().device("battery")

    assert battery.battery is not None
    assert battery.battery.capacity_wh == 3_000_000
    assert battery.battery.wear_cost_micros_per_kwh == 30_000
    assert battery.fail_safe == FailSafe(active_power_w=0)


def test_one_charger_entry_becomes_a_device_per_port_in_order() -> None:
    chargers = a_park().devices_of(DeviceKind.CHARGER)

    assert [c.id for c in chargers[:2]] == ["charger_01", "charger_02"]
    assert len(chargers) == 52
    assert (chargers[12].source_id, chargers[12].port) == ("modbus-cabinet-1", 12)
    assert (chargers[13].source_id, chargers[13].port) == ("modbus-cabinet-2", 0)
    assert chargers[51].name.zh == "充电桩52"


def test_every_source_is_declared_and_reports_devices() -> None:
    park = a_park()

    assert all(park.devices_from(source.id) for source in park.sources)
    assert park.source("modbus-cabinet-4").protocol == "modbus_tcp"
    assert park.source("modbus-cabinet-4").settings == ModbusSettings(
        "127.0.0.1", 5020, 14, "charging_cabinet"
    )


def test_a_range_in_the_file_replaces_the_derived_one(tmp_path: Path) -> None:
    file = tmp_path / "park.yaml"
    with_range = "ttl: 3min, ranges: {active_power_w: [-1, 2]}}"
    file.write_text(demo_with("并网点}, ttl: 3min}", f"并网点}}, {with_range}"), encoding="utf-8")

    point = load_park(file).point("grid.active_power_w")

    assert point is not None
    assert (point.minimum, point.maximum) == (-1.0, 2.0)


def test_a_gas_load_reports_heat_and_an_electric_one_power() -> None:
    park = a_park()

    assert park.device("h3_gas").carrier is Carrier.NATURAL_GAS
    assert park.point("h3_gas.thermal_power_w") is not None
    assert park.point("h3_gas.active_power_w") is None
    assert quantities_of(park, "steel") == {Quantity.ACTIVE_POWER, Quantity.CONSUMPTION_ENERGY}


def quantities_of(park: Park, device_id: str) -> set[Quantity]:
    return {point.quantity for point in park.points if point.device_id == device_id}


def test_a_park_may_say_whose_public_holidays_it_keeps(tmp_path: Path) -> None:
    text = DEMO_PARK_FILE.read_text(encoding="utf-8")
    chinese, wrong = tmp_path / "chinese.yaml", tmp_path / "wrong.yaml"
    chinese.write_text(text.replace("  currency: GBP", "  holidays: CN\n  currency: GBP"))
    wrong.write_text(text.replace("  currency: GBP", "  holidays: china\n  currency: GBP"))

    assert load_park(DEMO_PARK_FILE).holidays is None
    assert load_park(chinese).holidays == "CN"
    with pytest.raises(ParkFileError, match=r"park\.holidays: is not a country code"):
        load_park(wrong)


def test_all_mistakes_are_listed_at_once_each_with_its_line_and_cure(tmp_path: Path) -> None:
    mistakes = mistakes_in(WRONG_PARK, tmp_path)

    assert mistakes == [
        "line 1: telemetry: is missing - add telemetry",
        "line 2: park.id: is not an id ('Demo Park') - "
        "use lower-case letters, digits, - and _, starting with a letter",
        "line 4: park.time_zone: is not a time zone ('Asia/Shangai') - "
        "write an IANA name like Asia/Shanghai",
        "line 8: connection.meter: names no grid_meter ('gird') - did you mean grid?",
        "line 9: connection.import_limit_kw: is not above zero ('-5') - "
        "limits and ratings are magnitudes above 0",
        "line 16: devices[grid].ttl: is not a duration ('3 minutes') - "
        "write a number and s, min, h or d, e.g. 15min",
        "line 17: devices[grid].id: is taken ('grid', line 16) - give every entry an id of its own",
        "line 17: devices[grid].peek_kw: is not a known key ('peek_kw') - did you mean peak_kw?",
        "line 17: devices[grid].source: names no source ('mqtt-sit') - did you mean mqtt-site?",
        "line 18: devices[grid].tenant: names no tenant ('steal') - did you mean steel?",
        "line 26: devices[b].charge_efficiency: is outside 0 to 1 ('1.95') - write 0 to 1",
        "line 28: devices[b].state_of_charge_min_pct: is not below state_of_charge_max_pct "
        "(95 >= 10) - lower the minimum or raise the maximum",
    ]


WRONG_PARK = """\
park:
  id: Demo Park
  name: {en: X, zh: 园}
  time_zone: Asia/Shangai
  currency: GBP
  ledger_from: 2019-06-03T22:00:00Z
connection:
  meter: gird
  import_limit_kw: -5
  export_limit_kw: 800
  feed_in_price_per_kwh: 0.035
  supply_mode:
    {kind: green_direct_connection, max_feed_in_share: 0.2, min_self_use_share: 0.6,
     min_load_share: 0.3}
devices:
  - {id: grid, kind: grid_meter, source: modbus-grid, name: {en: G, zh: 网}, ttl: 3 minutes}
  - {id: grid, kind: load, carrier: electricity, peak_kw: 8, peek_kw: 8, source: mqtt-sit,
     tenant: steal, name: {en: S, zh: 厂}, ttl: 5min}
  - id: b
    kind: battery
    name: {en: B, zh: 池}
    source: mqtt-site
    ttl: 3min
    power_kw: 1500
    capacity_kwh: 3000
    charge_efficiency: 1.95
    discharge_efficiency: 0.95
    state_of_charge_min_pct: 95
    state_of_charge_max_pct: 10
    wear_cost_per_kwh: 0.03
    ramp_kw_per_s: 100
sources:
  - {id: mqtt-site, protocol: mqtt, topic_prefix: demo-park}
  - {id: modbus-grid, protocol: modbus_tcp, host: 127.0.0.1, port: 502, unit: 1, record: grid_meter}
dispatch: {horizon: 24h, plan_every: 15min, plan_valid: 45min, setpoint_lease: 10min,
  carbon_price_per_t: 60, limit_margin_kw: 50}
carbon: {factor_year: 2023, grid_region: CN, late_after: 2h}
tenants:
  - {id: steel, name: {en: Steel works, zh: 钢铁厂}}
"""


def test_broken_yaml_is_reported_with_its_line(tmp_path: Path) -> None:
    (mistake,) = mistakes_in("park:\n  id: [1, 2\nconnection: {}\n", tmp_path)

    assert mistake.startswith("line 3: is not YAML here: ")


@pytest.mark.parametrize("text", ["", "# only a comment\n", "- a list\n", "just words\n", "\x00"])
def test_what_is_no_park_at_all_is_one_mistake(text: str, tmp_path: Path) -> None:
    assert len(mistakes_in(text, tmp_path)) == 1


def test_a_key_that_stands_twice_is_a_mistake(tmp_path: Path) -> None:
    mistake = only_mistake("  meter: grid\n", "  meter: grid\n  meter: pv\n", tmp_path)

    first = line_of("  meter: grid")
    assert mistake == (
        f"line {first + 1}: connection.meter: stands twice ('meter', first in line {first}) - "
        "keep one of them"
    )


@pytest.mark.parametrize(
    ("old", "new", "part"),
    [
        ("plan_valid: 45min", "plan_valid: 15min", "is not longer than plan_every"),
        ("horizon: 48h", "horizon: 20min", "whole number of quarter hours"),
        ("limit_margin_kw: 50", "limit_margin_kw: 1900", "leaves nothing of the import limit"),
        ("risk_price_per_kwh: 1 ", "risk_price_per_kwh: -1 ", "is outside 0 to 1000"),
        ("max_feed_in_share: 0.20", "max_feed_in_share: 0.50", "are together 1.1"),
        ("T22:00:00Z", "T22:00:00", "has no time zone"),
        ("T22:00:00Z", "T22:05:00Z", "not on a quarter"),
        ("ledger_from: 2019-06-03T22:00:00Z", "ledger_from: 2018-06-03", "before valid_from"),
        ("cabinets: 4", "cabinets: 5", "do not divide into 5 cabinets"),
        ("cabinets: 4", "cabinets: 4.5", "is not a whole number"),
        ("{active_power_limit_kw: 2}", "{active_power_limit_kw: 9}", "beyond the rating (9 > 7"),
        ("{active_power_kw: 0}", "{active_power_kw: 0, active_power_limit_kw: 1}", "one of the"),
        ("port: 5020, unit: 12", "port: 5020, unit: 11", "read by 'modbus-cabinet-1' too"),
        ("unit: 12", "unit: 300", "is outside 1 to 247"),
        ("import_limit_kw: 1900", "import_limit_kw: nan", "is not a finite number"),
        ("import_limit_kw: 1900", "import_limit_kw: [1900]", "is a list"),
        ("import_limit_kw: 1900", "import_limit_kw:", "is missing"),
        ("kind: wind,", "kind: windmill,", "did you mean wind?"),
        ("curtailable: true", "curtailable: maybe", "is neither true nor false"),
        ("feed_in_price_per_kwh: 0.035", "feed_in_price_per_kwh: 0.0350001", "more than six"),
        ("id: steel, kind", "id: charger_07, kind", "makes the id 'charger_07'"),
        ("ttl: 30min", "ttl: 30min, ranges: {active_power_w: [0, 1]}", "does not report"),
        ("ttl: 30min", "ttl: 30min, ranges: {temperature_c: [1, 0]}", "is not below maximum"),
        ("id: wind, kind", "id: mqtt-site, kind", "is the id of a source too"),
        ("record: grid_meter", "record: gridmeter", "did you mean grid_meter?"),
    ],
)
def test_one_mistake_is_one_line_that_says_what_is_wrong(
    old: str, new: str, part: str, tmp_path: Path
) -> None:
    mistake = only_mistake(old, new, tmp_path)

    assert part in mistake
    assert mistake.startswith("line ")
    assert " - " in mistake


def test_check_says_ok_with_a_summary(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", str(DEMO_PARK_FILE)]) == 0
    assert "OK: demo-park" in capsys.readouterr().out


def test_check_lists_the_mistakes_and_fails(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "park.yaml"
    file.write_text(WRONG_PARK, encoding="utf-8")

    assert main(["check", str(file)]) == 1
    assert "12 mistakes" in capsys.readouterr().err


def test_check_of_a_file_that_is_not_there_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "nowhere.yaml"]) == 1
    assert "cannot be read" in capsys.readouterr().err
