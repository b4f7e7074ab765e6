"""The worked example of docs/energy-accounting.md, read from the page and computed."""

from collections.abc import Iterator

from services.validation.domain.energy.edits import SwapDeclared
from services.validation.domain.energy.intervals import Parts
from services.validation.domain.energy.steps import Swap
from tests.support.builders import REPOSITORY
from tests.support.energy import Meter, Row, a_rule, at, believed, rejected

PAGE = (REPOSITORY / "docs" / "energy-accounting.md").read_text(encoding="utf-8")
SECOND_US = 1_000_000


def table(first_heading: str) -> Iterator[list[str]]:
    """Yield the rows of the page's table whose first column is called so."""
    _, _, rest = PAGE.partition(f"| {first_heading} |")
    for line in rest.splitlines()[2:]:
        if not line.startswith("|"):
            return
        yield [cell.strip() for cell in line.strip("|").split("|")]


def minute(clock: str) -> int:
    hours, minutes = clock.split(":")
    return (int(hours) - 12) * 60 + int(minutes)


def number(cell: str) -> int:
    return int(cell.replace(",", ""))


def readings() -> list[Row]:
    judged = {"believed": believed, "rejected": rejected}
    return [judged[word](minute(clock), number(wh)) for clock, wh, word in table("reading at")]


def the_meter() -> Meter:
    meter = Meter(a_rule(kw=40))
    for reading in readings():
        meter.reads(reading)
    return meter


def test_the_quarters_are_those_of_the_page() -> None:
    told = {
        at(minute(clock)): tuple(number(cell) for cell in cells)
        for clock, *cells in table("quarter from")
    }

    assert told == {start_us: columns(parts) for start_us, parts in the_meter().standing.items()}
    assert (
        sum(believed + estimated + suspense for believed, estimated, suspense, *_ in told.values())
        == 99_200
    )


def columns(parts: Parts) -> tuple[int, ...]:
    return (
        parts.believed_wh,
        parts.estimated_wh,
        parts.suspense_wh,
        parts.believed_us // SECOND_US,
        parts.known_us // SECOND_US,
    )


def test_the_postings_are_those_of_the_page_and_the_swap_empties_the_account() -> None:
    meter = the_meter()

    meter.is_edited(SwapDeclared(Swap(at(30), old_end_wh=3900, new_start_wh=95_200)))

    assert [
        [posting.movement.name.lower(), posting.change_wh, posting.entry.reason.name.lower()]
        for posting in meter.postings
    ] == [[movement, number(wh), reason] for _, movement, wh, reason in table("known with")]
    assert meter.balance_wh() == 0
    assert (meter.at(1).believed_wh, meter.at(2).believed_wh) == (1400, 800)
