"""What a park declares and no booking can follow: leaks below any rule, paths of no indicator."""

from collections.abc import Iterator
from pathlib import Path

from services.carbon_accounting.book.edition import edition_of
from services.carbon_accounting.domain.activities.boundary import Gwp
from services.carbon_accounting.domain.inventory.rules import Rules
from services.carbon_accounting.domain.inventory.site import Site
from services.carbon_accounting.domain.inventory.streams import leak
from services.carbon_accounting.input_files.mistakes import Mistake
from services.runtime.park_file_sections import open_file
from services.runtime.park_file_values import nearest


def unknown_indicators(site: Site) -> Iterator[str]:
    """Yield a line for each path of an indicator that there is not."""
    if not site.paths:
        return
    known = [one.definition.id for one in edition_of(site).indicators]
    for path in site.paths:
        if path.indicator not in known:
            cure = nearest(path.indicator, known)
            yield f"accounting.paths: indicator is {path.indicator!r}, which there is not - {cure}"


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
