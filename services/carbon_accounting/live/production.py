"""What was made, as it was told: the newest version of each (product, period) holds."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from fractions import Fraction

from services.carbon_accounting.domain.indicators.checking import nearest
from services.carbon_accounting.domain.inventory.base_units import in_base
from services.carbon_accounting.domain.inventory.site import Site
from services.carbon_accounting.domain.units import NotAUnit, UnitsDiffer, ratio
from services.carbon_accounting.input_files.usual_numbers import usual_number
from services.runtime.database import Database
from services.runtime.refusals import FieldMistake

CURRENT = """
SELECT DISTINCT ON (product, period) product, period, version, amount
FROM production WHERE park_id = %s ORDER BY product, period, version DESC
"""
ADD = """
INSERT INTO production
    (park_id, product, period, version, amount, base_unit, known_at, told_by, because)
VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s)
"""
LOCK = "SELECT pg_advisory_xact_lock(hashtextextended(%s, 6))"
MONTH = len("2026-01")
LARGEST = 2**63 - 1
Production = dict[tuple[str, str], int]
"""By (product, local month): how much, in the base unit of the product's unit."""
Held = dict[tuple[str, str], tuple[int, int]]
"""By (product, period): version and amount."""


@dataclass(frozen=True, slots=True)
class Made:
    """So much of a product in a period, in its base unit."""

    product: str
    period: str
    amount: int
    base_unit: str


@dataclass(frozen=True, slots=True)
class Told:
    """How many amounts were new, corrections, or known already."""

    added: int
    corrected: int
    unchanged: int


async def production_of(database: Database, park_id: str) -> Production:
    """Return what was made by month; the days of a month make it."""
    made: Production = defaultdict(int)
    for product, period, _, amount in await database.rows(CURRENT, (park_id,)):
        made[product, period[:MONTH]] += amount
    return dict(made)


def made_of(
    site: Site, product: str, period: str, amount: str, unit: str, at: str
) -> Made | list[FieldMistake]:
    """Return an amount that was told, or everything that is wrong with it; `at` is its field."""
    units = {one.id: one.unit for one in site.products}
    mistakes = []
    if product not in units:
        cure = nearest(product, sorted(units)) if units else "declare it in `accounting.products`"
        what = f"{product!r} is no product of the park; {cure}"
        mistakes.append(FieldMistake(f"{at}.product", what))
    if not _is_period(period):
        what = f"{period!r} is no local month or day; write 2026-01 or 2026-01-31"
        mistakes.append(FieldMistake(f"{at}.period", what))
    base, per_unit = _counted(product, unit, units, at, mistakes)
    number = usual_number(amount)
    if number is None or not 0 <= number * (per_unit or 1) <= LARGEST:
        what = f"{amount!r} is no amount; write a decimal number from 0 on"
        mistakes.append(FieldMistake(f"{at}.amount", what))
    if mistakes or number is None or per_unit is None:
        return mistakes
    return Made(product, period, round(number * per_unit), base)


def not_yet(period: str, today: date, at: str) -> list[FieldMistake]:
    """Return the mistake of a period that begins after the local day; nothing where it is none."""
    if not _is_period(period) or period <= today.isoformat()[: len(period)]:
        return []
    what = f"{period} has not begun on {today}; tell what was made once it is"
    return [FieldMistake(f"{at}.period", what)]


def _counted(
    product: str, unit: str, units: Mapping[str, str], at: str, mistakes: list[FieldMistake]
) -> tuple[str, Fraction | None]:
    """Return the base unit and how many of them a unit is, None where it cannot be told."""
    if product not in units:
        return "", None
    base = in_base(units[product])[1]
    try:
        return base, ratio(unit or units[product], base)
    except (NotAUnit, UnitsDiffer):
        what = f"{unit!r} cannot count {product}; write {units[product]} or a unit of its kind"
        mistakes.append(FieldMistake(f"{at}.unit", what))
        return base, None


def overlaps(made: Sequence[Made], held: Held) -> list[FieldMistake]:
    """Return what is told of a month and of a day of it, or twice."""
    mistakes = []
    seen: set[tuple[str, str]] = set()
    periods = {*held, *((one.product, one.period) for one in made)}
    lengths: dict[tuple[str, str], set[int]] = defaultdict(set)
    for product, period in periods:
        lengths[product, period[:MONTH]].add(len(period))
    for number, one in enumerate(made):
        key, place = (one.product, one.period), f"amounts[{number}].period"
        if key in seen:
            what = f"{one.period} of {one.product} stands twice; keep one"
            mistakes.append(FieldMistake(place, what))
        seen.add(key)
        if len(lengths[one.product, one.period[:MONTH]]) > 1:
            what = f"{one.period[:MONTH]} of {one.product} is told by day and as a month; tell one"
            mistakes.append(FieldMistake(place, what))
    return mistakes


async def put(
    database: Database, park_id: str, made: Sequence[Made], user: str, reason: str, now: datetime
) -> Told | list[FieldMistake]:
    """Keep amounts, in one transaction; a correction needs a reason. Repeating it is harmless."""
    async with database.transaction() as connection:
        await connection.execute(LOCK, (park_id,))
        rows = await (await connection.execute(CURRENT, (park_id,))).fetchall()
        held: Held = {(row[0], row[1]): (row[2], row[3]) for row in rows}
        new = [one for one in made if (one.product, one.period) not in held]
        known = [one for one in made if (one.product, one.period) in held]
        other = [one for one in known if _held(held, one)[1] != one.amount]
        if mistakes := overlaps(made, held) + _unexplained(made, other, reason):
            return mistakes
        for one in (*new, *other):
            version = _held(held, one)[0] + 1
            amount = (one.amount, one.base_unit, now, user, reason)
            await connection.execute(ADD, (park_id, one.product, one.period, version, *amount))
    return Told(len(new), len(other), len(made) - len(new) - len(other))


def _unexplained(made: Sequence[Made], other: Sequence[Made], reason: str) -> list[FieldMistake]:
    if reason.strip() or not other:
        return []
    names = ", ".join(f"{one.period} of {one.product}" for one in other[:3])
    return [FieldMistake("reason", f"is empty, and {names} was told otherwise before; say why")]


def _held(held: Held, one: Made) -> tuple[int, int]:
    return held.get((one.product, one.period), (0, 0))


def _is_period(text: str) -> bool:
    try:
        whole = text if len(text) > MONTH else f"{text}-01"
        return date.fromisoformat(whole).isoformat() == whole
    except ValueError:
        return False
