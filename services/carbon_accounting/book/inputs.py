"""All files of a booking, read; the mistakes of all of them at once."""

from argparse import Namespace
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import TypeVar

from services.carbon_accounting.book.arrow_tables import rows_of
from services.carbon_accounting.book.chain import digest_of
from services.carbon_accounting.book.forecast_file import Forecast, read_forecast
from services.carbon_accounting.book.history_by_hand import complete, given_by
from services.carbon_accounting.book.history_readings import Question, read_history
from services.carbon_accounting.book.park_checks import odd_indicators, odd_leaks
from services.carbon_accounting.book.prices_file import read_prices
from services.carbon_accounting.book.production_file import Production, read_production
from services.carbon_accounting.book.readings_file import read_readings
from services.carbon_accounting.book.readings_used import version_of_some
from services.carbon_accounting.book.site_file import BadSite, load_site
from services.carbon_accounting.book.stated_file import Statement, read_stated
from services.carbon_accounting.book.trial import Given, impossible
from services.carbon_accounting.domain.costing.prices import Priced, Prices, Published
from services.carbon_accounting.domain.factoring.store import FactorStore
from services.carbon_accounting.domain.inventory.choosing import chosen
from services.carbon_accounting.domain.inventory.readings import ActivityData
from services.carbon_accounting.domain.inventory.rules import Rules
from services.carbon_accounting.domain.inventory.site import Site
from services.carbon_accounting.input_files.certificate_import import (
    CertificateFile,
    read_certificates,
)
from services.carbon_accounting.input_files.certificate_parts import books_of
from services.carbon_accounting.input_files.factor_import import FactorMistakes, load_factor_store
from services.carbon_accounting.input_files.mistakes import BadFiles

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class InputFile:
    """A file that the books rest on, and its digest; `rows` None where it has none.

    Of the history `name` says which and known by when, `sha256` is the version of what it said
    (readings_used), `rows` are words.
    """

    role: str
    name: str
    sha256: str
    rows: int | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Inputs:
    """What a booking rests on; `contradictions`: what own factor files say against themselves."""

    site: Site
    data: ActivityData
    factors: FactorStore
    production: Production
    certificates: CertificateFile | None
    files: tuple[InputFile, ...]
    forecast: Forecast | None = None
    published: Mapping[Priced, Published] = field(default_factory=dict)
    contradictions: tuple[str, ...] = ()
    stated: tuple[Statement, ...] = ()

    @property
    def prices(self) -> Prices:
        """What energy costs."""
        return Prices(self.site.time_zone, self.site.pricing, self.published)

    @property
    def rules(self) -> Rules:
        """Which factors hold when."""
        return Rules(self.factors, self.site.choices.region, self.site.time_zone)


class Refused(BadFiles):
    """Mistakes of several files, in their own words."""

    def __init__(self, texts: list[str]) -> None:
        super().__init__([])
        self.texts = texts

    def __str__(self) -> str:
        return "\n".join(self.texts)


def read_inputs(asked: Namespace) -> Inputs:
    """Return what the arguments name; Refused with the mistakes of all files."""
    told: list[str] = []
    if (site := _site(asked, told)) is None:
        raise Refused(told)
    readings = _told(lambda: _readings(asked, site), told)
    factors = _told(lambda: load_factor_store(asked.factors), told)
    production: Production | None = {}
    years = None if readings is None else _years(readings[0], site)
    if asked.production is not None:
        production = _told(lambda: read_production(asked.production, site, years), told)
    certificates = _certificates(asked.certificates, site, told)
    doubtful = [] if certificates is None else [str(mistake) for mistake in certificates.mistakes]
    forecast: Forecast | None = None
    if (path := getattr(asked, "forecast", None)) is not None:
        forecast = _told(lambda: read_forecast(path, site), told)
    published = _prices(asked, site, told)
    told += odd_indicators(asked.park)
    if readings is not None and factors is not None:
        told += _not_booked(asked, site, readings[0], chosen(site, factors))
    stated = _stated(asked, told)
    if readings is None or factors is None or production is None or told:
        raise Refused([*told, *doubtful])
    data, source = readings
    chosen_factors, files = chosen(site, factors), _files(asked, source)
    return Inputs(
        *(site, data, chosen_factors, production, certificates, files),
        forecast=forecast,
        published=published,
        contradictions=_contradictions(asked.factors, factors),
        stated=stated,
    )


def _site(asked: Namespace, told: list[str]) -> Site | None:
    """Return the park; None with its mistakes and those of files that can be read without it."""
    try:
        return load_site(asked.park)
    except BadSite as bad:
        told.append(str(bad))
    _told(lambda: load_factor_store(asked.factors), told)
    told += odd_indicators(asked.park)
    return None


def _not_booked(
    asked: Namespace, site: Site, data: ActivityData, factors: FactorStore
) -> list[str]:
    """Return a line for each part of the park that these readings and factors cannot book."""
    rules = Rules(factors, site.choices.region, site.time_zone)
    given = Given(asked.park, asked.readings, asked.factors)
    odd = dict.fromkeys(odd_leaks(asked.park, site, rules))
    return [*impossible(given, site, data, rules), *odd]


def _years(data: ActivityData, site: Site) -> range:
    """Return the local years that the readings touch."""
    last = data.ends - timedelta(microseconds=1)
    first_year, last_year = (at.astimezone(site.time_zone).year for at in (data.begins, last))
    return range(first_year, last_year + 1)


def _contradictions(own: Sequence[Path], factors: FactorStore) -> tuple[str, ...]:
    known = {*load_factor_store().contradictions()} if own else ()
    return tuple(said for said in factors.contradictions() if own and said not in known)


def _prices(asked: Namespace, site: Site, told: list[str]) -> Mapping[Priced, Published]:
    if (path := getattr(asked, "prices", None)) is None:
        return {}
    return _told(lambda: read_prices(path, site), told) or {}


def _stated(asked: Namespace, told: list[str]) -> tuple[Statement, ...]:
    if (path := getattr(asked, "stated", None)) is None:
        return ()
    return _told(lambda: read_stated(path), told) or ()


def _readings(asked: Namespace, site: Site) -> tuple[ActivityData, tuple[InputFile, ...]]:
    """Return what was counted, and the file, the state of the history, or both that say so."""
    path: Path | None = asked.readings
    file = None if path is None else read_readings(path, site)
    files = () if path is None else (_file("readings", path),)
    question: Question | None = getattr(asked, "question", None)
    if question is None and file is not None:
        return file, files
    if question is None:
        raise ValueError("neither --readings nor --history")
    found = read_history(question, site, [] if file is None else given_by(file))
    if file is not None:
        complete(found.data, file, question)
    name = f"history of {site.id}, known by {found.known_by:%Y-%m-%dT%H:%M:%S.%fZ}"
    version = version_of_some(found.data, found.meters)
    return found.data, (InputFile("readings", name, version, found.words), *files)


def _certificates(path: Path | None, site: Site, told: list[str]) -> CertificateFile | None:
    if path is None:
        return None
    try:
        return read_certificates(path, books_of(site))
    except OSError as error:
        told.append(f"{path.name}: {error.strerror}: check the path")
        return None


def _told(read: Callable[[], T], told: list[str]) -> T | None:
    try:
        return read()
    except (BadFiles, FactorMistakes) as bad:
        told.append(str(bad))
        return None


def _files(asked: Namespace, readings: tuple[InputFile, ...]) -> tuple[InputFile, ...]:
    named: list[tuple[str, Path | None]] = [
        *(("factors", path) for path in asked.factors),
        ("certificates", asked.certificates),
        ("production", asked.production),
        ("forecast", getattr(asked, "forecast", None)),
        ("prices", getattr(asked, "prices", None)),
        ("stated", getattr(asked, "stated", None)),
    ]
    others = (_file(role, path) for role, path in named if path is not None)
    return (_file("park", asked.park), *readings, *others)


def _file(role: str, path: Path) -> InputFile:
    return InputFile(role, path.name, digest_of(path), rows_of(path))
