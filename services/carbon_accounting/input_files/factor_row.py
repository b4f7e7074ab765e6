"""One row of a factor file into factors, or into all that is wrong with it."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from typing import TypeVar

from services.carbon_accounting.domain.factoring.factor import (
    ANYWHERE,
    TRUST,
    Factor,
    FuelParts,
    Validity,
)
from services.carbon_accounting.domain.factoring.meaning import check_meaning
from services.carbon_accounting.domain.ledgers import Ledger
from services.carbon_accounting.domain.units import unit
from services.carbon_accounting.input_files.mistakes import Mistake

COLUMNS = (
    *("ledgers", "quantity", "gas", "region", "valid_from", "valid_until", "version"),
    *("published", "value", "unit", "ncv", "ncv_unit", "carbon_t_per_gj", "oxidation"),
    *("trust", "unverified_because", "source"),
)
LEDGERS = {ledger.key: ledger for ledger in Ledger}
NUMBER = re.compile(r"[0-9]{1,15}(\.[0-9]{1,15})?")
WORD = re.compile(r"[A-Za-z0-9][A-Za-z0-9:._-]*")
UNIT = re.compile(r"[A-Za-z][A-Za-z0-9]*(/[A-Za-z][A-Za-z0-9]*)?")
VERSION = re.compile(r"[1-9][0-9]{0,5}")
T = TypeVar("T")


@dataclass(slots=True)
class Row:
    """One row being read; what is wrong with it goes to `mistakes`."""

    file: str
    line: int
    cells: dict[str, str]
    mistakes: list[Mistake]
    clean: bool = field(default=True)

    def factors(self) -> Iterator[Factor]:
        """Yield the row's factor for each of its ledgers, or nothing when anything is wrong."""
        ledgers = self._ledgers()
        validity = self._checked("valid_until", self._validity)
        self._words()
        value, parts = self._number("value"), self._parts()
        version, published = self._version(), self._day("published")
        if not self.clean or validity is None:
            return
        made = [
            Factor(
                ledger=ledger,
                quantity=self.cells["quantity"],
                gas=self.cells["gas"],
                region=self.cells["region"],
                validity=validity,
                version=version,
                value=value,
                digits=len(self.cells["value"].partition(".")[2]),
                unit=self.cells["unit"],
                trust=self.cells["trust"],
                source=self.cells["source"],
                published=published,
                unverified_because=self.cells["unverified_because"],
                parts=parts,
            )
            for ledger in ledgers
        ]
        self._checked("unit", lambda: check_meaning(made[0]))
        if self.clean:
            yield from made

    def _ledgers(self) -> list[Ledger]:
        names = self.cells["ledgers"].split()
        if names == [ANYWHERE]:
            names = list(LEDGERS)
        if not names or len(set(names)) != len(names) or not set(names) <= set(LEDGERS):
            self.wrong("ledgers", f"give some of {', '.join(LEDGERS)}, each once, or *")
            return []
        if "park_acceptance" in names and self.cells["gas"] not in ("", "CO2"):
            self.wrong("gas", "park_acceptance counts CO2 alone (rules 0.1(2)); leave it out")
        return [LEDGERS[name] for name in names]

    def _words(self) -> None:
        self._require("quantity", WORD, "give a name such as grid-electricity")
        if self.cells["region"] != ANYWHERE:
            self._require("region", WORD, "give a region such as CN or CN-GD, or * for everywhere")
        if self.cells["gas"]:
            self._require("gas", WORD, "give CO2, CO2e or another gas; none for a coefficient")
        if self.cells["trust"] not in TRUST:
            self.wrong("trust", f"give one of {', '.join(TRUST)}")
        if not self.cells["source"]:
            self.wrong("source", "name the document it comes from")
        self._unit("unit")

    def _unit(self, name: str) -> None:
        text = self.cells[name]
        if not UNIT.fullmatch(text):
            self.wrong(name, "give a unit such as kgCO2/kWh, tCO2/t, kJ/kg or dimensionless")
            return
        self._checked(name, lambda: unit(text))

    def _number(self, name: str) -> Fraction | None:
        text = self.cells[name]
        if not text:
            return None
        if not NUMBER.fullmatch(text):
            self.wrong(name, "give a number of at least 0 with a decimal point, such as 0.5306")
            return None
        return Fraction(text)

    def _parts(self) -> FuelParts | None:
        ncv, carbon = self._number("ncv"), self._number("carbon_t_per_gj")
        oxidation = self._number("oxidation")
        if ncv is None:
            self._nothing_without_ncv(carbon, oxidation)
            return None
        self._unit("ncv_unit")
        if oxidation is not None and not 0 < oxidation <= 1:
            self.wrong("oxidation", "give a share above 0 and at most 1, such as 0.98")
        if ncv == 0:
            self.wrong("ncv", "a fuel has a heat of combustion above 0")
        if carbon is None and not self.cells["value"]:
            self.wrong("value", "give the factor per energy, or carbon_t_per_gj")
        return FuelParts(ncv, self.cells["ncv_unit"], carbon, oxidation)

    def _nothing_without_ncv(self, carbon: Fraction | None, oxidation: Fraction | None) -> None:
        if not self.cells["value"]:
            self.wrong("value", "give a value, or the parts ncv and carbon_t_per_gj")
        if carbon is not None or oxidation is not None or self.cells["ncv_unit"]:
            self.wrong("ncv", "give the heat of combustion, or none of the fuel's parts")

    def _version(self) -> int:
        if VERSION.fullmatch(self.cells["version"]):
            return int(self.cells["version"])
        self.wrong("version", "give a whole number from 1")
        return 1

    def _day(self, name: str) -> date | None:
        text = self.cells[name]
        if not text:
            return None
        try:
            return date.fromisoformat(text)
        except ValueError:
            self.wrong(name, "give a day such as 2023-01-01")
            return None

    def _validity(self) -> Validity:
        return Validity(self._day("valid_from"), self._day("valid_until"))

    def _require(self, name: str, pattern: re.Pattern[str], cure: str) -> None:
        if not pattern.fullmatch(self.cells[name]):
            self.wrong(name, cure)

    def _checked(self, name: str, make: Callable[[], T]) -> T | None:
        try:
            return make()
        except ValueError as mistake:
            self.wrong(name, str(mistake))
            return None

    def wrong(self, name: str, cure: str) -> None:
        """Keep a mistake of one field, and use nothing of this row."""
        self.clean = False
        self.mistakes.append(Mistake(self.file, self.line, name, repr(self.cells[name]), cure))
