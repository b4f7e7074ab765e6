"""What the cells of a certificate row are put together to: certificate, standing, claim, rate."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from zoneinfo import ZoneInfo

from services.carbon_accounting.domain.certificates.certificate import (
    Certificate,
    IdRange,
    Instrument,
)
from services.carbon_accounting.domain.certificates.claims import (
    FAMILY,
    Claim,
    ClaimKind,
    Family,
    free_ids,
)
from services.carbon_accounting.domain.certificates.events import (
    Cancelled,
    Event,
    Expired,
    Issued,
    Reserved,
)
from services.carbon_accounting.domain.certificates.gec import (
    Plant,
    Technology,
    Title,
    Use,
    title_of,
    title_of_discharge,
)
from services.carbon_accounting.domain.certificates.lifetime import expiry
from services.carbon_accounting.domain.certificates.refusal import Refused
from services.carbon_accounting.domain.certificates.states import Standing, State, advance
from services.carbon_accounting.domain.inventory.site import PARK, Site
from services.carbon_accounting.domain.local_month import Month
from services.carbon_accounting.domain.matching.supply import EmissionRate, rate_of
from services.carbon_accounting.input_files.certificate_cells import LARGEST_WH, Cells
from services.carbon_accounting.input_files.certificate_charge import CHARGE_CELLS, charge_in
from services.energy.time_grid import Interval

REQUIRED = frozenset(
    (
        *("certificate", "instrument", "technology", "device", "market"),
        *("produced_from", "produced_to", "issued_at", "quantity", "unit"),
        *("emission_kg_per_kwh", "state", "owner", "beneficiary", "cancelled_at"),
    )
)
OPTIONAL = frozenset(
    (
        *("lot", "first_id", "use", "commissioned", "market_hydro", "expires_at", "trust"),
        *("claim", "claimed_quantity", "consumed_from", "consumed_to", "claimed_at"),
        *CHARGE_CELLS,
    )
)
NG_PER_WH_IN_KG_PER_KWH = 10**9
DIRTIEST_KG_PER_KWH = 1_000
"""Beyond it a unit is wrong: lignite makes about 1."""
CONVEYS_ITS_RATE = "a claimed certificate must convey its rate; 0 for wind and sun"


class FileState(StrEnum):
    """The states a row may tell."""

    ISSUED = "issued"
    RESERVED = "reserved"
    CANCELLED = "cancelled"
    EXPIRED = "expired"


class Trust(StrEnum):
    """How well an emission rate is known (flags of the rules)."""

    READ = "V"
    SECONDARY = "V2"
    DERIVED = "D"
    UNREAD = "M"


@dataclass(frozen=True, slots=True)
class Books:
    """Whose books the claims are for: the park's local calendar, its market, and who may claim."""

    zone: ZoneInfo
    market: str
    beneficiaries: tuple[str, ...]


def books_of(site: Site) -> Books:
    """Return what a site says of certificates: claimants are its enterprises and `park`."""
    enterprises = (enterprise.id for enterprise in site.enterprises)
    return Books(site.time_zone, site.choices.market, (PARK, *enterprises))


def certificate_in(cells: Cells, zone: ZoneInfo) -> Certificate | None:
    """Return the certificate of a row, None with a mistake noted."""
    instrument = cells.one_of("instrument", Instrument)
    production = _production(cells, zone)
    issued_at, expires_at = cells.needed_moment("issued_at"), cells.moment("expires_at")
    quantity_wh = cells.whole_wh("quantity", "unit")
    title, charge = _title(cells, instrument), charge_in(cells, instrument)
    first = _first_id(cells)
    names = [cells.name(name) for name in ("certificate", "device", "market", "owner")]
    trust, ng_per_wh = str(cells.one_of("trust", Trust, Trust.UNREAD)), _ng_per_wh(cells)
    if cells.mistakes or not (instrument and production and issued_at and quantity_wh and title):
        return None
    try:
        return Certificate(
            id=names[0],
            instrument=instrument,
            technology=Technology(cells.text("technology")),
            device=names[1],
            market=names[2],
            production=production,
            issued_at=issued_at,
            expires_at=expires_at or expiry(Month.of(production.start, zone), zone),
            ids=IdRange.of(first, quantity_wh),
            owner=names[3],
            lot=cells.text("lot") or names[0],
            ng_per_wh=ng_per_wh,
            title=title,
            use=Use(cells.text("use") or Use.ON_GRID),
            trust=trust,
            charge=charge,
        )
    except ValueError as mistake:
        cells.wrong("certificate", str(mistake))
        return None


def _production(cells: Cells, zone: ZoneInfo) -> Interval | None:
    if (month := cells.month("produced_from")) and not cells.text("produced_to"):
        return month.interval(zone)
    start, end = cells.needed_moment("produced_from"), cells.needed_moment("produced_to")
    if start is None or end is None:
        return None
    if end <= start:
        cells.wrong("produced_to", "must be after produced_from")
        return None
    return Interval(start, end)


def _title(cells: Cells, instrument: Instrument | None) -> Title | None:
    technology = cells.one_of("technology", Technology)
    use = cells.one_of("use", Use, Use.ON_GRID)
    plant = Plant(
        technology or Technology.WIND, cells.day("commissioned"), cells.flag("market_hydro")
    )
    if technology is None or use is None:
        return None
    if instrument is Instrument.STORAGE_GRANULAR and technology is Technology.STORAGE:
        return title_of_discharge(use)
    found = title_of(plant, use)
    if isinstance(found, Refused):
        cells.wrong(found.field, found.why, found.value)
        return None
    return found


def _ng_per_wh(cells: Cells) -> int | None:
    if not cells.text("emission_kg_per_kwh"):
        return None
    rate = cells.number("emission_kg_per_kwh")
    if rate is not None and rate > DIRTIEST_KG_PER_KWH:
        cells.wrong("emission_kg_per_kwh", f"must be at most {DIRTIEST_KG_PER_KWH}; check the unit")
        return None
    return None if rate is None else round(rate * NG_PER_WH_IN_KG_PER_KWH)


def _first_id(cells: Cells) -> int:
    if not cells.text("first_id"):
        return 0
    first = cells.number("first_id")
    if first is not None and (first.denominator != 1 or first >= LARGEST_WH):
        cells.wrong("first_id", f"must be a whole number below {LARGEST_WH}")
    return int(first or 0)


def standing_in(cells: Cells, certificate: Certificate, books: Books) -> Standing | None:
    """Return how the certificate of a row stands: its state machine run to the state told."""
    standing = advance(None, Issued(certificate, certificate.issued_at))
    for event in _events(cells, certificate, books):
        if isinstance(standing, Standing):
            standing = advance(standing, event)
    if isinstance(standing, Refused):
        field = "cancelled_at" if standing.field == "at" else standing.field
        cells.wrong(field, standing.why, standing.value)
        return None
    return standing


def check_standing(cells: Cells, books: Books) -> None:
    """Note what is wrong with the cells of a state, of a row that gives no certificate."""
    state = cells.one_of("state", FileState)
    if state in (FileState.RESERVED, FileState.CANCELLED):
        _beneficiary(cells, books)
    if state is FileState.CANCELLED:
        cells.needed_moment("cancelled_at")


def check_claim(cells: Cells) -> None:
    """Note what is wrong with the cells of a claim, of a row that gives no standing."""
    cells.one_of("claim", ClaimKind, ClaimKind.GREEN_POWER)
    cells.moment("claimed_at")
    _claimed_span(cells)
    if cells.text("claimed_quantity"):
        cells.whole_wh("claimed_quantity", "unit")
    if cells.text("state") == FileState.CANCELLED and not cells.text("emission_kg_per_kwh"):
        cells.wrong("emission_kg_per_kwh", CONVEYS_ITS_RATE)


def _events(cells: Cells, certificate: Certificate, books: Books) -> tuple[Event, ...]:
    """Return what must have happened for a row's state."""
    state = cells.one_of("state", FileState)
    if state is FileState.EXPIRED:
        return (Expired(certificate.expires_at),)
    if state not in (FileState.RESERVED, FileState.CANCELLED):
        return ()
    beneficiary = _beneficiary(cells, books)
    if state is FileState.RESERVED:
        return (Reserved(certificate.issued_at, certificate.owner, beneficiary),)
    at = cells.needed_moment("cancelled_at")
    if at is None:
        return ()
    return Reserved(at, certificate.owner, beneficiary), Cancelled(at, certificate.owner)


def _beneficiary(cells: Cells, books: Books) -> str:
    found = cells.name("beneficiary")
    if found and found not in books.beneficiaries:
        cells.wrong("beneficiary", f"must be one of {', '.join(books.beneficiaries)}")
    return found


def claim_in(
    cells: Cells, standing: Standing, taken: Mapping[Family, list[IdRange]], books: Books
) -> Claim | None:
    """Return the claim of a row; None where nothing is claimed or a mistake is noted.

    What is cancelled is claimed, the whole of it unless `claimed_quantity` says less; the rest of
    what is held is claimed only where `claim` says so.
    """
    if standing.state is not State.CANCELLED and not cells.text("claim"):
        return None
    if cells.text("claim") == ClaimKind.STORED:
        _check_stored(cells, standing)
        return None
    kind = cells.one_of("claim", ClaimKind, ClaimKind.GREEN_POWER)
    whole_wh, certificate = standing.certificate.quantity_wh, standing.certificate
    told = cells.text("claimed_quantity")
    quantity_wh = cells.whole_wh("claimed_quantity", "unit") if told else whole_wh
    consumption = _consumption(cells, certificate, books.zone)
    at = cells.moment("claimed_at") or standing.cancelled_at or certificate.issued_at
    if kind is None or quantity_wh is None or consumption is None or cells.mistakes:
        return None
    before = taken[FAMILY[kind]]
    return Claim(
        id=f"{certificate.id}/{kind}/{len(before) + 1}",
        kind=kind,
        certificate_id=certificate.id,
        ids=free_ids(certificate.ids, before, quantity_wh)
        or IdRange.of(certificate.ids.first, quantity_wh),
        claimant=cells.name("beneficiary"),
        consumption=consumption,
        market=books.market,
        at=at,
    )


def _check_stored(cells: Cells, standing: Standing) -> None:
    """Note what is wrong: the row claims nothing, those of what was discharged take its Wh."""
    if standing.state is not State.CANCELLED:
        cells.wrong("claim", "cancel the certificate for who will own what is discharged")
    if cells.text("claimed_quantity"):
        cells.wrong("claimed_quantity", "leave it empty: the rows of what was discharged say it")


def _consumption(cells: Cells, certificate: Certificate, zone: ZoneInfo) -> Interval | None:
    """Return what was consumed when; without a word the local year of production."""
    if not cells.text("consumed_from") and not cells.text("consumed_to"):
        year = Month(Month.of(certificate.production.start, zone).year, 1)
        return Interval(year.start(zone), year.plus(12).start(zone))
    return _claimed_span(cells)


def _claimed_span(cells: Cells) -> Interval | None:
    """Return the span that a row tells; None where it tells none or a mistake is noted."""
    start, end = cells.moment("consumed_from"), cells.moment("consumed_to")
    if bool(cells.text("consumed_from")) != bool(cells.text("consumed_to")) or (
        start is not None and end is not None and end <= start
    ):
        cells.wrong("consumed_to", "give consumed_from and a later consumed_to, or neither")
        return None
    return None if start is None or end is None else Interval(start, end)


def rate_in(cells: Cells, certificate: Certificate) -> EmissionRate | None:
    """Return the rate a claimed certificate conveys (criterion 1 of D.1), never one assumed."""
    if (rate := rate_of(certificate)) is None:
        cells.wrong("emission_kg_per_kwh", CONVEYS_ITS_RATE)
    return rate
