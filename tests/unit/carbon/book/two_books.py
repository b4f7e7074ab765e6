"""Two books of the mill, and what `compare` says of them."""

import csv
from pathlib import Path

from services.carbon_accounting.book.command import main as book
from services.carbon_accounting.book.comparing_command import main as compare
from tests.unit.carbon.book.files import ACCOUNTING, PARK

READINGS = """time,grid,pv,load_a,load_b,gas
2023-01-01T00:00,10,2,5,0.007,3
2023-01-01T00:15,10,2,5,0.007,3
"""
FACTORS = (
    "ledgers,quantity,gas,region,valid_from,valid_until,version,published,value,unit,ncv,ncv_unit,"
    "carbon_t_per_gj,oxidation,trust,unverified_because,source\n"
    "park_acceptance,fossil-power,CO2,CN,2023-01-01,2024-01-01,2,,1,kgCO2/kWh,,,,,V,,a number\n"
)
CERTIFICATES = (
    "certificate,instrument,technology,device,market,produced_from,produced_to,issued_at,quantity,"
    "unit,emission_kg_per_kwh,state,owner,beneficiary,cancelled_at,trust\n"
    "GC-1,GC,wind,farm,CN,2023-01-01T00:00+08:00,2023-01-01T00:15+08:00,2023-02-01,4,kWh,0,"
    "cancelled,trader,a,2023-02-02,V2\n"
)


def a_book(folder: Path, name: str, *more: str, **texts: str) -> Path:
    """Book the mill; `texts` replace the accounting section, the readings, or add other files."""
    park, readings = folder / f"{name}.yaml", folder / f"{name}.csv"
    park.write_text(texts.pop("park", PARK) + texts.pop("accounting", ACCOUNTING), "utf-8")
    readings.write_text(texts.pop("readings", READINGS), "utf-8")
    asked = ["--park", str(park), "--readings", str(readings), "--out", str(folder / name)]
    for role, text in texts.items():
        file = folder / f"{name}-{role}.csv"
        file.write_text(text, "utf-8")
        asked += [f"--{role}", str(file)]
    assert book([*asked, *more]) == 0
    return folder / name


def compared(old: Path, new: Path) -> list[dict[str, str]]:
    """Return the lines of the difference report; none when no entry differs."""
    out = old.parent / "difference.csv"
    code = compare([str(old), str(new), "--out", str(out)])
    assert code in (0, 1)
    return [*csv.DictReader(out.read_text("utf-8").splitlines())] if code else []
