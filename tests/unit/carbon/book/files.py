"""Files of a small park whose books can be reckoned in the head."""

from pathlib import Path
from textwrap import dedent

from services.carbon_accounting.book.readings_file import read_readings
from services.carbon_accounting.book.site_file import BadSite, load_site
from services.carbon_accounting.domain.inventory.readings import ActivityData
from services.carbon_accounting.domain.inventory.site import Site
from services.carbon_accounting.input_files.mistakes import BadFiles

PARK = """
park: {id: mill, name: {en: Mill, zh: 工厂}, time_zone: Asia/Shanghai, currency: CNY}
tenants:
  - {id: a, name: {en: A, zh: 甲}}
  - {id: b, name: {en: B, zh: 乙}}
"""
ACCOUNTING = """
accounting:
  acceptance_factor_year: 2023
  meters:
    - {id: grid, role: grid_import}
    - {id: pv, role: generation, kind: pv}
    - {id: load_a, role: consumption, enterprise: a}
    - {id: load_b, role: consumption, enterprise: b, unit: MWh}
  streams:
    - {id: gas, activity: combustion, substance: natural-gas, unit: Nm3, enterprise: a}
"""


def a_site(folder: Path, accounting: str = ACCOUNTING, park: str = PARK) -> Site:
    file = folder / "park.yaml"
    file.write_text(dedent(park) + dedent(accounting), encoding="utf-8")
    return load_site(file)


def mistakes_in_site(folder: Path, accounting: str, park: str = PARK) -> list[str]:
    try:
        a_site(folder, accounting, park)
    except BadSite as bad:
        return [f"{mistake.path}: {mistake.what}" for mistake in bad.mistakes]
    return []


def readings(folder: Path, site: Site, text: str) -> ActivityData:
    file = folder / "readings.csv"
    file.write_text(dedent(text).lstrip(), encoding="utf-8")
    return read_readings(file, site)


def mistakes_in_readings(folder: Path, site: Site, text: str) -> list[str]:
    try:
        readings(folder, site, text)
    except BadFiles as bad:
        return [str(mistake) for mistake in bad.mistakes]
    return []
