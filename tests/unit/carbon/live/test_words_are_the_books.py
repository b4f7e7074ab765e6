"""Words of indicators out of months that were added up one by one, against those of the books.

The valley of the examples: `book` measures all of its months at once, the service each for itself.
"""

from argparse import Namespace
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from services.carbon_accounting.book.indicators import incomplete
from services.carbon_accounting.book.inputs import Inputs, read_inputs
from services.carbon_accounting.domain.inventory.booking import Booking
from services.carbon_accounting.domain.inventory.measuring import Measuring
from services.carbon_accounting.domain.local_month import Month
from services.carbon_accounting.live.amounts import Words, joined
from services.carbon_accounting.live.inventories import Accounted
from services.carbon_accounting.live.months import Computed
from services.energy.time_grid import Interval
from tests.support.builders import REPOSITORY

VALLEY = REPOSITORY / "docs" / "examples" / "carbon" / "valley"


@pytest.fixture(scope="module")
def inputs() -> Inputs:
    paths: dict[str, Path | None] = {
        "park": VALLEY / "park.yaml",
        "readings": VALLEY / "readings.csv",
        "production": VALLEY / "production.csv",
        "certificates": None,
    }
    return read_inputs(Namespace(**paths, factors=[]))


@pytest.fixture(scope="module")
def parts(inputs: Inputs) -> list[Computed]:
    return [*_added_up(inputs)]


def _added_up(inputs: Inputs) -> Iterator[Computed]:
    """Each month booked for itself, beginning with what the one before left in the stores."""
    data, opening = inputs.data, None
    for month, here in Booking(inputs.site, data, inputs.rules, ()).stretches():
        columns = (data.amounts[:, here], data.known[:, here], data.measured[:, here])
        own = type(data)(data.starts_us[here], data.step, data.meters, *columns)
        more = () if opening is None else (opening,)
        booking = Booking(inputs.site, own, inputs.rules, inputs.site.ledgers, *more)
        for _ in booking.months():
            pass
        opening = booking.inventory.closing
        span = Interval(own.begins, own.ends)
        counted = (span, Month.read(month), (), booking.inventory, {}, True)
        yield Computed(*counted, datetime.now(UTC))


def of_books(inputs: Inputs) -> Measuring:
    booking = Booking(inputs.site, inputs.data, inputs.rules, inputs.site.ledgers)
    for _ in booking.months():
        pass
    lacking = incomplete(booking.inventory)
    factors = inputs.rules.factors
    return Measuring(booking.inventory, inputs.site, factors, inputs.production, lacking)


def test_the_words_of_the_months_are_those_of_the_books(
    inputs: Inputs, parts: list[Computed]
) -> None:
    words = Words(Accounted(inputs.site, inputs.rules), inputs.production).of(parts)
    books = of_books(inputs).amounts([str(one.month) for one in parts])

    assert len(books) > 40
    assert {name: words.get(name) for name in books} == books
    assert words["product_energy.cloth"].value > 2  # tce, with the electricity of weaving


def test_what_is_doubtful_in_the_books_is_doubtful_live(
    inputs: Inputs, parts: list[Computed]
) -> None:
    doubts = Words(Accounted(inputs.site, inputs.rules), inputs.production).doubts(parts)
    books = of_books(inputs).doubts([str(one.month) for one in parts])

    assert len(books) > 20
    assert {name: {*whys} for name, whys in doubts.items()} == {
        name: {*whys} for name, whys in books.items()
    }


def test_what_is_unfinished_in_a_month_and_ended_in_another_is_not_open(
    inputs: Inputs, parts: list[Computed]
) -> None:
    """The switchgear's balance ends within March: April alone would call it unfinished."""
    alone = {item.subject for item in parts[-1].inventory.open_items}
    together = joined(parts).open_items
    books = of_books(inputs).inventory.open_items

    assert "switchgear" in alone
    assert together == books


@pytest.mark.parametrize("enterprise", ["weaving", "casting"])
def test_the_energy_of_an_enterprise_is_that_of_the_books(
    inputs: Inputs, parts: list[Computed], enterprise: str
) -> None:
    own = Words(Accounted(inputs.site, inputs.rules), inputs.production).of(parts, enterprise)
    books = of_books(inputs).energy.of([str(one.month) for one in parts], enterprise)

    assert books.calorific is not None
    assert own["energy.comprehensive"].value == books.calorific.tce > 1
