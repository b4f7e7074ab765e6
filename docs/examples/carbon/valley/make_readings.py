"""Writes `readings.csv` beside itself: three days of a park whose balance closes to the Wh.

`python docs/examples/carbon/valley/make_readings.py`; whole numbers only, so every run writes the
same bytes. One hour of `rooms` is missing and two hours of `looms` are estimated.
"""

import csv
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

FIRST = datetime(2023, 3, 30)  # noqa: DTZ001 - the park's clock, as in the file
DAYS, QUARTERS = 3, 96
SATURDAY = 2
MISSING = range(88, 92)  # 22:00 to 23:00 of the last day
ESTIMATED = range(8, 16)  # 02:00 to 04:00 of the second day


def between(quarter: int, first_hour: int, last_hour: int) -> bool:
    """Whether a quarter of an hour lies in these hours of the day."""
    return first_hour * 4 <= quarter < last_hour * 4


def kwh(day: int, quarter: int) -> dict[str, int]:
    """Return what each electricity meter counts in a quarter of an hour, kWh."""
    works = 10 if day == SATURDAY else 1
    pv = max(0, 60 - 5 * abs(quarter - 48) // 2)
    rooms, chargers = (
        20 if between(quarter, 8, 18) else 8,
        12 if between(quarter, 8, 16) else 0,
    )
    furnace = (100 if between(quarter, 6, 22) else 60) // works
    looms = (45 + quarter % 5) // works
    charge = 20 if between(quarter, 11, 13) else 0
    discharge = 18 if between(quarter, 18, 20) else 0
    wind = 5 + (7 * quarter + 13 * day) % 30
    over_roof = pv - rooms - chargers
    over_main = wind + discharge + over_roof - furnace - looms - charge
    return {
        "grid_in": max(0, -over_main),
        "grid_out": max(0, over_main),
        "wind": wind,
        "furnace": furnace,
        "looms": looms,
        "battery_in": charge,
        "battery_out": discharge,
        "main_to_roof": max(0, -over_roof),
        "roof_to_main": max(0, over_roof),
        "pv": pv,
        "rooms": rooms,
        "chargers": chargers,
    }


def resources(day: int, quarter: int) -> dict[str, float]:
    """Return water in m3 and heat in kWh of a quarter of an hour."""
    dyeing = between(quarter, 6, 14) and day != SATURDAY
    hot = between(quarter, 6, 22) and day != SATURDAY
    return {
        "well": 2 if dyeing else 0,
        "rinse": 6 if dyeing else 0,
        "drain": 2 if dyeing else 0,
        "flue": 30 if hot else 10,
        "dye_bath": 25 if dyeing else 0,
    }


def rows() -> Iterator[tuple[str, str, str, str]]:
    """Yield time, meter, value, quality."""
    boiler_nm3 = 5_000
    for at in range(DAYS * QUARTERS):
        day, quarter = divmod(at, QUARTERS)
        time = f"{FIRST + timedelta(minutes=15 * at):%Y-%m-%dT%H:%M}"
        for meter, value in kwh(day, quarter).items():
            if meter == "rooms" and day == SATURDAY and quarter in MISSING:
                continue
            guess = meter == "looms" and day == 1 and quarter in ESTIMATED
            shown = f"{value / 1000:.3f}" if meter == "grid_in" else str(value)
            yield time, meter, shown, "estimated" if guess else ""
        yield time, "boiler", str(boiler_nm3), ""
        boiler_nm3 += 6 if between(quarter, 6, 22) else 2
        yield time, "steam", "0.05" if between(quarter, 6, 14) else "0", ""
        for stream, value in resources(day, quarter).items():
            yield time, stream, f"{value:g}", ""
        yield time, "limestone", "40" if day != SATURDAY and quarter % 8 == 0 else "0", ""
    yield f"{FIRST + timedelta(days=DAYS):%Y-%m-%dT%H:%M}", "boiler", str(boiler_nm3), ""


def main() -> None:
    """Write the file."""
    path = Path(__file__).with_name("readings.csv")
    with path.open("w", encoding="utf-8", newline="") as file:
        lines = csv.writer(file, lineterminator="\n")
        lines.writerow(("time", "meter", "value", "quality"))
        lines.writerows(rows())


if __name__ == "__main__":
    main()
