"""Small indicator catalogues, totals of a year and what they show."""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from fractions import Fraction
from functools import lru_cache
from pathlib import Path
from typing import Any

from services.carbon_accounting.domain.indicators.catalogue import Catalogue, Refused
from services.carbon_accounting.domain.indicators.definitions import (
    Definition,
    PeriodKind,
    System,
)
from services.carbon_accounting.domain.indicators.editions import Edition
from services.carbon_accounting.domain.indicators.per_product import Product
from services.carbon_accounting.domain.indicators.showing import Shown, shown
from services.carbon_accounting.domain.indicators.snapshots import Period, Snapshot
from services.carbon_accounting.domain.indicators.targets import Direction, Targets
from services.carbon_accounting.domain.indicators.values import Amount, Known
from services.carbon_accounting.domain.indicators.vocabulary import Vocabulary, Word
from services.carbon_accounting.input_files.indicator_import import IndicatorBook, read_indicators
from services.energy.site import Text

STEEL = Product("steel", Text("steel", "钢材"), "t")


def a_year(year: int = 2026, kind: PeriodKind = PeriodKind.YEAR_TO_DATE) -> Period:
    start, end = datetime(year, 1, 1, tzinfo=UTC), datetime(year + 1, 1, 1, tzinfo=UTC)
    return Period(kind, start, end, date(year, 12, 31))


def amount(written: str) -> Amount:
    """`15000 tCO2`, exactly."""
    value, _, unit = written.partition(" ")
    return Amount(Fraction(value), unit)


def totals(written: Mapping[str, str], year: int = 2026) -> Snapshot:
    """Totals of a year by name."""
    return Snapshot(a_year(year), {name: amount(text) for name, text in written.items()})


@lru_cache(maxsize=1)
def the_book() -> IndicatorBook:
    """What the files of the service say, for a park that makes steel."""
    return read_indicators(products=(STEEL,))


def edition(catalogue: Catalogue, year: int = 2026) -> Edition:
    found = catalogue.edition(date(year, 12, 31))
    assert isinstance(found, Edition), found
    return found


def shown_for(written: Mapping[str, str], year: int = 2026) -> dict[str, Shown]:
    """Every indicator of the files for these totals of a year."""
    return shown(edition(the_book().catalogue, year), totals(written, year))


def known(one: Shown) -> Fraction:
    assert isinstance(one.value, Known), one.value
    return one.value.value


WORDS = (
    Word("load", "kWh", Text("load", "负荷")),
    Word("made", "t", Text("made", "产量")),
    Word("energy", "tce", Text("energy", "能耗")),
    Word("old", "tce", Text("at 等价值", "等价值"), is_equivalent=True),
    Word("size", "tce", Text("size", "规模"), adds_up=False),
)


def an_indicator(formula: str, unit: str = "kWh/t", **other: Any) -> Definition:
    said: dict[str, Any] = {
        "id": "one",
        "version": 1,
        "system": System.PARK,
        "names": Text("one", "一"),
        "targets": Targets(Direction.AT_MOST),
        "periods": (PeriodKind.YEAR_TO_DATE,),
        "trust": "V",
        "source": "a test",
        "valid_from": date(2025, 1, 1),
    }
    return Definition(formula=formula, unit=unit, **(said | other))


def a_catalogue(*definitions: Definition) -> Catalogue:
    return Catalogue(definitions, Vocabulary.of(WORDS))


def flaws_of(formula: str, unit: str = "kWh/t", **other: Any) -> list[str]:
    """What is wrong with one indicator, each as it is told."""
    found = a_catalogue(an_indicator(formula, unit, **other)).edition(date(2026, 1, 1))
    return [str(fault) for fault in found.faults] if isinstance(found, Refused) else []


def a_file(folder: Path, text: str) -> Path:
    path = folder / "own.yaml"
    path.write_text(text, encoding="utf-8")
    return path
