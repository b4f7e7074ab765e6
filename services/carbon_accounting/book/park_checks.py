"""What a park declares and no booking can follow: leaks below any rule, paths of no indicator,
explanations of what applies to every park.
"""

from collections.abc import Iterator
from contextlib import suppress
from datetime import date
from pathlib import Path

from services.carbon_accounting.book.edition import (
    explainable_on,
    indicators_of_product,
    indicators_on,
)
from services.carbon_accounting.book.site_values import local_day
from services.carbon_accounting.domain.activities.boundary import Gwp
from services.carbon_accounting.domain.inventory.rules import Rules
from services.carbon_accounting.domain.inventory.site import Site
from services.carbon_accounting.domain.inventory.streams import leak
from services.carbon_accounting.input_files.mistakes import Mistake
from services.runtime.park_file_sections import Section, open_file
from services.runtime.park_file_values import Misread, nearest


def odd_indicators(park: Path) -> Iterator[str]:
    """Yield a line for each indicator that is named and there is not, whatever else is wrong."""
    top = open_file(park, []) if park.is_file() else None
    if top is not None and (at := top.may_section("accounting")) is not None:
        yield from _unknown_in_paths(park.name, at)
        yield from _odd_explanations(park.name, at)


def _unknown_in_paths(file: str, at: Section) -> Iterator[str]:
    """Yield a line for each path of an indicator that there is not."""
    paths = at.may_sections("paths")
    known = _indicators_of(at) if paths else []
    for path in paths:
        name = path.scalar("indicator")
        if name is not None and name not in known:
            what, line = f"is {name!r}, which there is not", path.line_of("indicator")
            yield str(Mistake(file, line, f"{path.path}.indicator", what, nearest(name, known)))


def _odd_explanations(file: str, at: Section) -> Iterator[str]:
    """Yield a line for each explanation of an indicator that applies to every park, or is none."""
    if (section := at.may_section("does_not_apply")) is None:
        return
    known, may = _indicators_of(at), _explainable(at)
    for name in section.entries:
        if name not in may:
            what = "applies to every park" if name in known else "is no indicator"
            cure = "take it out" if name in known else nearest(name, may)
            told = Mistake(file, section.line_of(name), f"{section.path}.{name}", what, cure)
            yield str(told)


def _explainable(at: Section) -> list[str]:
    products = [one.scalar("id") or "" for one in at.may_sections("products")]
    found = (indicators_of_product(one, that_may_not_apply=True) for one in products)
    return [*explainable_on(_day_of(at)), *(name for names in found for name in names)]


def _indicators_of(at: Section) -> list[str]:
    """Return the ids of a park's indicators, those of its products too."""
    products = [one.scalar("id") for one in at.may_sections("products")]
    of_products = (indicators_of_product(one) for one in products if one is not None)
    return [*indicators_on(_day_of(at)), *(name for names in of_products for name in names)]


def _day_of(at: Section) -> date | None:
    with suppress(Misread):
        return local_day(at.scalar("indicators_as_of") or "")
    return None


def odd_leaks(park: Path, site: Site, rules: Rules) -> Iterator[str]:
    """Yield a line for each balance that cannot be booked, with its place in the park file."""
    gwp, lines = Gwp(site.choices.gwp.lower()), _lines_of_balances(park)
    for balance in site.gas_balances:
        for ledger in site.ledgers:
            try:
                leak(ledger, balance, gwp, rules)
            except ValueError as error:
                what, _, cure = str(error).partition("; ")
                field = f"accounting.gas_balances[{balance.id}]"
                line, said = lines.get(balance.id, 1), f"cannot be booked: {what}"
                yield str(Mistake(park.name, line, field, said, cure or "correct it"))


def _lines_of_balances(park: Path) -> dict[str, int]:
    top = open_file(park, [])
    found = [] if top is None else top.section("accounting").may_sections("gas_balances")
    return {at.scalar("id") or "": at.line for at in found}
