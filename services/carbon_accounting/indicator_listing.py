"""The indicators as a table for people: `python -m services.carbon_accounting.indicator_listing`.

The same table stands in `docs/carbon-indicators.md`, where a test keeps it true.
"""

from services.carbon_accounting.domain.indicators.definitions import Definition
from services.carbon_accounting.domain.indicators.targets import Direction, Target
from services.carbon_accounting.input_files.indicator_import import IndicatorBook, read_indicators

SIGNS = {Direction.AT_MOST: "≤", Direction.AT_LEAST: "≥"}
FLAG = " (unverified)"


def listing(book: IndicatorBook) -> str:
    """Return every definition's newest version as a row of a Markdown table."""
    newest = {one.id: one for one in sorted(book.written, key=_version)}
    head = ["| Indicator | Name | Formula | Unit | Target | Flag |", "|---|---|---|---|---|---|"]
    return "\n".join([*head, *(_row(one) for one in newest.values())])


def _version(one: Definition) -> int:
    return one.version


def _row(one: Definition) -> str:
    flag = one.trust + (FLAG if one.is_unverified else "")
    formulas = [f"`{' '.join(one.formula.split())}`"]
    formulas += [f"{each.side}: `{' '.join(each.formula.split())}`" for each in one.readings]
    targets = [_target(one, target) for target in one.targets.all]
    if one.grade is not None:
        targets = [f"≤ grade {one.grade} of the product's standard"]
    cells = (f"`{one.id}` v{one.version}", f"{one.names.en}<br>{one.names.zh}")
    more = ("<br>".join(formulas), one.unit, "<br>".join(targets) or "none", flag)
    return f"| {' | '.join((*cells, *more))} |"


def _target(one: Definition, target: Target) -> str:
    year = f", from {target.from_year}" if target.from_year else ""
    flag = FLAG if target.is_unverified else ""
    confirm = ", to be confirmed" if target.confirm else ""
    limit = f"{SIGNS[one.targets.direction]} {float(target.limit):g}"
    return f"{limit} ({target.says.en}{year}{confirm}){flag}"


if __name__ == "__main__":
    print(listing(read_indicators()))
