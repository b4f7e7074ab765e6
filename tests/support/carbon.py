"""A small park's live books: its rules, and builders of the words on its registers."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from zoneinfo import ZoneInfo

from services.carbon_accounting.domain.factoring.store import FactorStore
from services.carbon_accounting.domain.inventory.choosing import chosen
from services.carbon_accounting.domain.inventory.rules import Rules
from services.carbon_accounting.domain.inventory.site import (
    Activity,
    Choices,
    Meter,
    Owner,
    Role,
    Site,
    Store,
    Stream,
)
from services.carbon_accounting.domain.words import QUARTER_US, Method, Word
from services.carbon_accounting.input_files.factor_import import load_factor_store
from services.carbon_accounting.live.inventories import Accounted
from services.carbon_accounting.live.live_rules import LiveRules
from services.energy.site import Tenant, Text
from services.energy.time_grid import QUARTER

NOON = datetime(2019, 6, 4, 4, 0, tzinfo=UTC)  # 12:00 in the park
MINUTE = timedelta(minutes=1)
ZONE = ZoneInfo("Asia/Shanghai")
GRID, EXPORT, PV, WIND = "grid.in", "grid.out", "pv.made", "wind.made"
CHARGE, DISCHARGE, LOAD, CHARGER, GAS = "bat.in", "bat.out", "load.used", "car.used", "boiler.gas"
POINTS = (GRID, EXPORT, PV, WIND, CHARGE, DISCHARGE, LOAD, CHARGER, GAS)
STEEL, CAMPUS = Owner("steel"), Owner("campus")
METERS = (
    Meter(GRID, Role.GRID_IMPORT, "Wh"),
    Meter(EXPORT, Role.EXPORT, "Wh"),
    Meter(PV, Role.GENERATION, "Wh", kind="pv"),
    Meter(WIND, Role.GENERATION, "Wh", kind="wind"),
    Meter(CHARGE, Role.CHARGE, "Wh", store="bat"),
    Meter(DISCHARGE, Role.DISCHARGE, "Wh", store="bat"),
    Meter(LOAD, Role.CONSUMPTION, "Wh", owner=STEEL),
    Meter(CHARGER, Role.CONSUMPTION, "Wh", owner=CAMPUS),
)


def the_site(factor_year: int = 2023, acceptance_year: int = 2022, efficiency: str = "0.9") -> Site:
    """Nine registers: one of each role, one battery, one boiler that burns gas."""
    return Site(
        id="park",
        name=Text("Park", "园区"),
        time_zone=ZONE,
        currency="CNY",
        step=QUARTER,
        enterprises=(Tenant("steel", Text("Steel", "钢")), Tenant("campus", Text("Campus", "园"))),
        nodes=("main",),
        meters=METERS,
        stores=(Store("bat", Decimal(efficiency)),),
        streams=(Stream(GAS, Activity.COMBUSTION, "natural-gas", "Wh", owner=STEEL),),
        gas_balances=(),
        keys=(),
        products=(),
        choices=Choices("CN", factor_year=factor_year, acceptance_factor_year=acceptance_year),
    )


def the_rules(
    site: Site | None = None,
    *,
    factors: FactorStore | None = None,
    since: datetime = NOON,
    late_after: timedelta = timedelta(hours=2),
) -> LiveRules:
    """The rules of the small park."""
    site = site or the_site()
    rules = Rules(chosen(site, factors or the_store()), site.choices.region, site.time_zone)
    return LiveRules(Accounted(site, rules), since, late_after)


@lru_cache(maxsize=1)
def the_store() -> FactorStore:
    """The factors of the rules file."""
    return load_factor_store()


def a_word(
    point: str, quarter: int, wh: int = 0, *, known: float | None = None, **other: int
) -> Word:
    """All of the quarter so many after noon is believed, as known 15 minutes after its start.

    `known` is another minute after noon; other fields by their names.
    """
    start = NOON + quarter * QUARTER
    known_at = start + QUARTER if known is None else NOON + known * MINUTE
    said = dict.fromkeys(("estimated_wh", "suspense_wh", "written_off_wh", "methods"), 0)
    said |= {"believed_wh": wh, "believed_us": QUARTER_US, "known_us": QUARTER_US}
    said |= {"log_position": 0, "frame_number": 0}
    return Word(point, start, known_at=known_at, **(said | other))


def an_estimate(point: str, quarter: int, wh: int, how: Method, *, known: float) -> Word:
    """Nothing of a quarter is believed, all of it estimated."""
    return a_word(point, quarter, 0, known=known, estimated_wh=wh, believed_us=0, methods=int(how))


def nothing_known(point: str, quarter: int, *, known: float, aside: int = 0) -> Word:
    """Nothing of a quarter is known, whatever is set aside."""
    return a_word(point, quarter, 0, known=known, suspense_wh=aside, believed_us=0, known_us=0)


def a_quarter(quarter: int = 0, **wh: int) -> list[Word]:
    """Words on all registers; those not named counted 0. Names: dots become underscores."""
    unknown = set(wh) - {point.replace(".", "_") for point in POINTS}
    assert not unknown, f"no such registers: {unknown}"
    return [a_word(point, quarter, wh.get(point.replace(".", "_"), 0)) for point in POINTS]
