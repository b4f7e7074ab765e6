"""Writes `readings.csv` beside itself: three months of a wind farm and of a works with a roof.

`python docs/examples/carbon/farm/make_readings.py`; whole Wh only, so every run writes the same
bytes. The wind gives 1700, 1700 and 600 kWh a month; the sun 4 kWh an hour from 08:00 to 18:00.
"""

import csv
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

FIRST, END = datetime(2025, 3, 1), datetime(2025, 6, 1)  # noqa: DTZ001 - the park's clock
WINDY_WH = {3: 1_700_000, 4: 1_700_000, 5: 600_000}
WINDY_HOURS = {3: 500, 4: 500, 5: 200}
NIGHT_WH, DAY_WH, SUN_WH = 3_000, 6_000, 4_000


def rows() -> Iterator[tuple[str, int, int, int, int, int]]:
    """Yield time, wind, sold, sun, bought, machines; energies in Wh."""
    at = FIRST
    while at < END:
        hour_of_month = (at.day - 1) * 24 + at.hour
        blows = hour_of_month < WINDY_HOURS[at.month]
        wind = WINDY_WH[at.month] // WINDY_HOURS[at.month] if blows else 0
        is_day = 8 <= at.hour < 18
        sun, used = (SUN_WH, DAY_WH) if is_day else (0, NIGHT_WH)
        yield f"{at:%Y-%m-%dT%H:%M}", wind, wind, sun, used - sun, used
        at += timedelta(hours=1)


def main() -> None:
    """Write the file."""
    path = Path(__file__).with_name("readings.csv")
    with path.open("w", encoding="utf-8", newline="") as file:
        lines = csv.writer(file, lineterminator="\n")
        lines.writerow(("time", "wind", "sold", "sun", "bought", "machines"))
        lines.writerows((time, *(wh / 1000 for wh in energies)) for time, *energies in rows())


if __name__ == "__main__":
    main()
