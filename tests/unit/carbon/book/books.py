"""Books of a small park, booked by the command: one hour of 2024, in MWh for the head.

Each quarter hour has 1 MWh from the grid and 0.5 MWh of PV, of which 0.1 are exported; a and b use
0.7 MWh each, so 0.5 of the grid and 0.2 of the PV. The boiler of a burns 100 Nm3.
"""

from pathlib import Path

from services.carbon_accounting.book.command import main

PARK = """
park: {id: mill, name: {en: Mill, zh: 工厂}, time_zone: Asia/Shanghai, currency: CNY}
tenants:
  - {id: a, name: {en: Anvil Works, zh: 铁砧厂}}
  - {id: b, name: {en: Bakery, zh: 面包房}}
accounting:
  factor_year: 2023
  acceptance_factor_year: 2023
  meters:
    - {id: grid, role: grid_import}
    - {id: out, role: export}
    - {id: pv, role: generation, kind: pv}
    - {id: load_a, role: consumption, enterprise: a}
    - {id: load_b, role: consumption, enterprise: b}
  streams:
    - {id: boiler_a, activity: combustion, substance: natural-gas, unit: Nm3, enterprise: a}
"""
CERTIFICATES = (
    "certificate,instrument,technology,device,market,produced_from,produced_to,issued_at,quantity,"
    "unit,emission_kg_per_kwh,state,owner,beneficiary,cancelled_at,trust\n"
    "G1,GEC,wind,farm-7,CN,2024-01,,2024-02-05T00:00:00+08:00,1,MWh,0,cancelled,a,a,"
    "2024-03-01T00:00:00+08:00,V\n"
)
COLUMNS = {
    "grid": "1000",
    "out": "100",
    "pv": "500",
    "load_a": "700",
    "load_b": "700",
    "boiler_a": "100",
}


def quarters(*days: str, without: str = "", **columns: str) -> str:
    """The readings of noon's four quarters of these days; a column may be another or empty."""
    cells = {name: cell for name, cell in (COLUMNS | columns).items() if name != without}
    lines = [
        f"{day}T12:{minute:02d}:00+08:00,{','.join(cells.values())}"
        for day in days or ("2024-01-01",)
        for minute in (0, 15, 30, 45)
    ]
    return "\n".join([f"time,{','.join(cells)}", *lines, ""])


def booked(
    folder: Path,
    *,
    park: str = PARK,
    readings: str | None = None,
    certificates: str = "",
    production: str = "",
    factors: Path | None = None,
    forecast: str = "",
) -> Path:
    """Books of these files; the folder they stand in."""
    folder.mkdir(parents=True, exist_ok=True)
    files = {"park.yaml": park, "readings.csv": readings or quarters(), "gec.csv": certificates}
    files |= {"made.csv": production, "forecast.csv": forecast}
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")
    words = ["--park", folder / "park.yaml", "--readings", folder / "readings.csv"]
    if certificates:
        words += ["--certificates", folder / "gec.csv"]
    if production:
        words += ["--production", folder / "made.csv"]
    if forecast:
        words += ["--forecast", folder / "forecast.csv"]
    if factors:
        words += ["--factors", factors]
    out = folder / "books"
    assert main([str(word) for word in (*words, "--out", out)]) == 0
    return out
