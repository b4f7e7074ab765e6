"""The worked example of docs/carbon-tracing.md, read from the page and computed."""

from collections.abc import Iterator

from services.carbon_accounting.domain.tracing.open_items import Doubt
from services.carbon_accounting.domain.tracing.tracing import Traced
from tests.support.builders import REPOSITORY
from tests.support.tracing import (
    battery,
    battery_meters,
    boundary,
    export,
    flow,
    held,
    load,
    mix,
    supply,
    trace,
)

PAGE = (REPOSITORY / "docs" / "carbon-tracing.md").read_text(encoding="utf-8")
QUARTERS = range(3)


def table(first_heading: str) -> Iterator[tuple[str, list[int]]]:
    """Yield the rows of the page's table whose first column is called so."""
    _, _, rest = PAGE.partition(f"| {first_heading} |")
    for line in rest.splitlines()[2:]:
        if not line.startswith("|"):
            return
        name, *cells = (cell.strip() for cell in line.strip("|").split("|"))
        yield name, [int(cell) for cell in cells]


def the_park() -> Traced:
    main = (supply("grid"), export(), load("steel"), *battery_meters())
    hall = (flow("main", "hall"), flow("hall", "main"), supply("pv", "hall"), load("press", "hall"))
    return trace(boundary(*main, *hall, stores=[battery("9/10")]), **dict(table("meter Wh")))


def test_the_lines_are_those_of_the_page() -> None:
    told: dict[tuple[str, int], dict[str, int]] = {}
    for name, row in table("line, origin"):
        line, origin = name.split(", ")
        for at, wh in zip(QUARTERS, row, strict=True):
            told.setdefault((line, at), {}).update({origin: wh} if wh else {})

    found = the_park()

    assert len(told) == 4 * len(QUARTERS)
    assert told == {(line, at): mix(found, line, at) for line, at in told}
    booked = sum(wh for by_origin in told.values() for wh in by_origin.values())
    assert booked == int(found.wh.sum())


def test_the_battery_holds_what_the_page_says() -> None:
    rows = dict(table("battery holds"))

    found = the_park()

    for at in QUARTERS:
        assert held(found, at) == {name: row[at] for name, row in rows.items() if row[at]}


def test_the_only_open_item_is_what_the_battery_did_not_hold() -> None:
    (item,) = the_park().open_items

    assert (item.doubt, item.subject, item.wh.tolist()) == (Doubt.BEYOND_POOL, "battery", [20])
