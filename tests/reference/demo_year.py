"""The recorded year of the demo park as files of the command `book`.

Loads, gas, PV and wind are the recordings, scaled to whole Wh a quarter hour; a missing value stays
missing, and so do the campus's zeros that stand for missing hours (ATTRIBUTION.md). What was not
recorded is made by rules that anybody can repeat:

- grid and the line between the two busbars close the balance; where a load is missing, they show
  what they would with the value of a day before;
- the battery charges 62.75 kWh a quarter from 10 to 14 h, and gives 55 kWh (64 on Sundays) from 18
  to 22 h of the park's clock; on 10 September at noon one reading of its charge is lost;
- street lamps draw 750 Wh a quarter from 20 to 4 h and have no meter.
"""

import csv
import gzip
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path

DATA = Path(__file__).parents[2] / "parks" / "demo-data"
BEGINS = datetime.fromisoformat("2019-01-01T00:00:00+08:00")
QUARTER = timedelta(minutes=15)
DAY = 96
CHARGE_WH, DISCHARGE_WH, SUNDAY_WH, LAMPS_WH = 62_750, 55_000, 64_000, 750
SUNDAY = 6
LOST_CHARGE = datetime.fromisoformat("2019-09-10T12:00:00+08:00")
Column = list[int | None]

PARK = """
park: {id: demo-year, name: {en: Demo, zh: 示范}, time_zone: Asia/Shanghai, currency: CNY}
tenants:
  - {id: steel, name: {en: Steel works, zh: 钢铁厂}}
  - {id: metalwork, name: {en: Metal working, zh: 金属加工}}
  - {id: electroplating, name: {en: Electroplating, zh: 电镀}}
  - {id: campus, name: {en: Campus, zh: 研发园区}}
accounting:
  factor_year: 2023
  acceptance_factor_year: 2022
  region: CN
  nodes: [main, campus]
  meters:
    - {id: grid, role: grid_import, unit: MWh}
    - {id: export, role: export}
    - {id: wind, role: generation, kind: wind}
    - {id: battery.charge, role: charge, store: battery}
    - {id: battery.discharge, role: discharge, store: battery}
    - {id: main>campus, role: flow, to: campus}
    - {id: campus>main, role: flow, node: campus, to: main}
    - {id: steel, role: consumption, enterprise: steel, counts: register}
    - {id: metalwork, role: consumption, enterprise: metalwork}
    - {id: electroplating, role: consumption, enterprise: electroplating}
    - {id: pv, role: generation, kind: pv, node: campus}
    - {id: labs_a, role: consumption, enterprise: campus, node: campus, unit: MWh}
    - {id: labs_b, role: consumption, enterprise: campus, node: campus}
    - {id: offices, role: consumption, shared_by: floor, node: campus}
  stores: [{id: battery, round_trip_efficiency: 0.9}]
  streams:
    - {id: boilers, activity: combustion, substance: natural-gas, unit: kWh, shared_by: floor}
    - {id: labs_gas, activity: combustion, substance: natural-gas, unit: Nm3, enterprise: campus}
    - {id: h3_gas, activity: combustion, substance: natural-gas, unit: Nm3,
       ncv_gj_per_unit: 0.036}
  keys:
    - {id: floor, valid_from: 2019-01-01, weights: {campus: 60, electroplating: 40}}
    - {id: floor, valid_from: 2019-07-01, weights: {campus: 1, metalwork: 1, steel: 1}}
"""
CERTIFICATES = """
certificate,instrument,technology,device,market,produced_from,produced_to,issued_at,quantity,unit,\
emission_kg_per_kwh,state,owner,beneficiary,cancelled_at
G-campus-03,GEC,wind,farm,CN,2019-03,,2019-04-20,500,MWh,0,cancelled,trader,campus,2019-05-06
G-campus-07,GEC,solar,field,CN,2019-07,,2019-08-20,700,MWh,0.0545,cancelled,trader,campus,2019-09-06
C-metal,contract,wind,cape,CN,2019-02,,2019-03-20,120,MWh,0,cancelled,cape,metalwork,2019-03-21
G-steel,GEC,wind,farm,CN,2019-05,,2019-06-20,900,MWh,0,cancelled,trader,steel,2019-07-06
"""


def write_year(folder: Path) -> None:
    """Write `park.yaml`, `readings.csv` and `certificates.csv`."""
    (folder / "park.yaml").write_text(PARK, encoding="utf-8")
    (folder / "certificates.csv").write_text(CERTIFICATES.lstrip(), encoding="utf-8")
    columns = readings()
    with (folder / "readings.csv").open("w", encoding="utf-8", newline="") as file:
        lines = csv.writer(file)
        lines.writerow(["time", *columns])
        for at, row in enumerate(zip(*columns.values(), strict=True)):
            lines.writerow([(BEGINS + at * QUARTER).isoformat(), *row])


def readings() -> dict[str, list[str]]:
    """Return what the file shows, in the units of the park file, `` where nothing is known."""
    wh = _metered()
    shown = {name: [_as(value, 3) for value in column] for name, column in wh.items()}
    shown["grid"] = [_as(value, 6) for value in wh["grid"]]
    shown["labs_a"] = [_coarse(value) for value in wh["labs_a"]]
    shown["steel"] = [_as(value, 3) for value in _register(wh["steel"])]
    return shown


def _metered() -> dict[str, Column]:
    """Return Wh (of gas in Nm3: Ndm3) of each quarter hour."""
    wh = {name: _quarters(f"{name}_wh", "industrial_15min", 1) for name in INDUSTRY}
    wh |= {name: _quarters(f"{name}_wh", "campus_hourly", 4) for name in CAMPUS}
    wh["labs_a"] = [value or None for value in wh["labs_a"]]
    wh["pv"] = [_known(w) // 4 for w in _quarters("pv_w", "pv_weather_15min", 1)]
    wh["wind"] = [_known(w) for w in _quarters("wind_w", "wind_hourly", 4)]
    moments = [BEGINS + at * QUARTER for at in range(len(wh["pv"]))]
    wh |= _closing(wh, moments)
    wh |= {
        "boilers": _quarters("boilerhouse_gas_wh", "campus_hourly", 4),
        "labs_gas": [_ndm3(v) for v in _quarters("labs_b_gas_wh", "campus_hourly", 4)],
        "h3_gas": [_ndm3(v) for v in _quarters("h3_gas_wh", "campus_hourly", 4)],
    }
    return wh


INDUSTRY = ("steel", "metalwork", "electroplating")
CAMPUS = ("labs_a", "labs_b", "offices")


def _closing(wh: dict[str, Column], moments: Sequence[datetime]) -> dict[str, Column]:
    """Return battery, line and grid: what of the rest is not recorded."""
    charge = [CHARGE_WH if 10 <= at.hour < 14 else 0 for at in moments]
    gives = [_discharge(at) for at in moments]
    lamps = [LAMPS_WH if at.hour >= 20 or at.hour < 4 else 0 for at in moments]
    held = {name: list(_held(wh[name])) for name in (*INDUSTRY, *CAMPUS, "pv", "wind")}
    line = [sum(held[n][i] for n in CAMPUS) - held["pv"][i] for i in range(len(moments))]
    grid = [
        sum(held[n][i] for n in INDUSTRY) + line[i] + charge[i] + lamps[i] - gives[i]
        - held["wind"][i]
        for i in range(len(moments))
    ]  # fmt: skip
    metered_charge: Column = [*charge]
    metered_charge[moments.index(LOST_CHARGE)] = None
    return {
        "battery.charge": metered_charge,
        "battery.discharge": [*gives],
        "main>campus": [max(0, wh) for wh in line],
        "campus>main": [max(0, -wh) for wh in line],
        "grid": [max(0, wh) for wh in grid],
        "export": [max(0, -wh) for wh in grid],
    }


def _discharge(at: datetime) -> int:
    if not 18 <= at.hour < 22:
        return 0
    return SUNDAY_WH if at.weekday() == SUNDAY else DISCHARGE_WH


def _held(column: Column) -> Iterator[int]:
    """Yield a column with the value of a day before where one is missing."""
    shown: list[int] = []
    for value in column:
        shown.append(shown[-DAY] if value is None else value)
        yield shown[-1]


def _quarters(name: str, file: str, parts: int) -> Column:
    """Return a recorded column, each value cut into whole parts that sum to it."""
    found: Column = []
    with gzip.open(DATA / f"{file}.csv.gz", "rt") as lines:
        for row in csv.DictReader(lines):
            value = round(float(row[name])) if row[name] else None
            cut = (None if value is None else _part(value, k, parts) for k in range(parts))
            found.extend(cut)
    return found


def _part(value: int, number: int, parts: int) -> int:
    return value * (number + 1) // parts - value * number // parts


def _known(value: int | None) -> int:
    assert value is not None, "PV and wind are recorded throughout"
    return value


def _ndm3(wh: int | None) -> int | None:
    """Return the gas of so much net heat at 38.931 kJ/Ndm3 (rules C.2), rounded down."""
    return None if wh is None else wh * 3_600 // 38_931


def _register(wh: Column) -> Column:
    """Return what a register shows at the start of each quarter hour."""
    shown: Column = [0]
    for value in wh[:-1]:
        shown.append((shown[-1] or 0) + _known(value))
    return shown


def _as(value: int | None, digits: int) -> str:
    """Return an amount in a unit of 10^digits base units, exactly."""
    return "" if value is None else f"{value // 10**digits}.{value % 10**digits:0{digits}d}"


def _coarse(value: int | None) -> str:
    """Return MWh of a meter that shows whole 10 Wh."""
    return "" if value is None else _as((value + 5) // 10, 5)
