"""What is accounted for: the meters and source streams of a park, and the choices of its ledgers.

A meter counts electricity at a node, a stream anything else that emits or is bought (fuel, heat,
material, gas). Each belongs to one enterprise, or is shared by a declared key, or is the park's.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum
from zoneinfo import ZoneInfo

from services.carbon_accounting.domain.costing.declared import Pricing
from services.carbon_accounting.domain.ledgers import LIVE_LEDGERS, Ledger
from services.energy.site import Tenant, Text

PARK = "park"
"""The enterprise of what belongs to nobody in particular: common areas, losses."""
MAIN = "main"
"""The node of meters that name none."""


class Role(StrEnum):
    """What a meter counts; each counts one direction, never negative."""

    GRID_IMPORT = "grid_import"
    GENERATION = "generation"
    DIRECT_LINE = "direct_line"
    CONSUMPTION = "consumption"
    EXPORT = "export"
    CHARGE = "charge"
    DISCHARGE = "discharge"
    FLOW = "flow"


class Counts(StrEnum):
    """What the readings of a meter are."""

    INTERVAL = "interval"
    REGISTER = "register"


class Collection(StrEnum):
    """How the readings of a meter come in."""

    AUTOMATIC = "automatic"
    BY_HAND = "by_hand"


class Activity(StrEnum):
    """What a stream does, as GHG inventories name it."""

    COMBUSTION = "combustion"
    PROCESS = "process"
    PURCHASED_HEAT = "purchased_heat"
    CAPTURE = "capture"
    RESOURCE = "resource"


@dataclass(frozen=True, slots=True)
class Owner:
    """Whose emissions they are: one enterprise's, or several's by a key (`key` set)."""

    enterprise: str = PARK
    key: str | None = None


@dataclass(frozen=True, slots=True)
class Meter:
    """A meter of electricity. `kind`: of what a generation or direct line is, as `pv`.

    `collection` None: nobody says how it is read.
    """

    id: str
    role: Role
    unit: str
    counts: Counts = Counts.INTERVAL
    node: str = MAIN
    to_node: str | None = None
    kind: str | None = None
    store: str | None = None
    collection: Collection | None = None
    owner: Owner = Owner()


@dataclass(frozen=True, slots=True)
class Store:
    """A store of electricity: what comes back of what was charged, 0..1, and its allocation.

    `capacity_kwh`: it never holds more; None where nobody says. `opening_kwh`: what of unknown
    origin could be discharged when the readings begin.
    """

    id: str
    round_trip_efficiency: Decimal
    method: str = "weighted_average"
    capacity_kwh: Decimal | None = None
    opening_kwh: Decimal = Decimal(0)
    owner: Owner = Owner()


@dataclass(frozen=True, slots=True)
class Stream:
    """A source stream. `substance` names its factor: a fuel, a carbonate, a gas.

    `equipment` tells the oxidation of coal, `ncv_gj` is a measured net calorific value in GJ per
    unit of the stream in place of the default. Of a process `content` is the share of the substance
    in the mass, `conversion` what of it reacts. The CO2 of what is `biogenic` is told apart.
    Of a resource `substance` is carrier and role (`water.intake`), and `node` where its balance is
    drawn. A `level` (degrees Celsius of heat and cold, quality class of water) makes it part of the
    exchange between enterprises; `price` is currency per unit: asked for it, or paid for it today.
    """

    id: str
    activity: Activity
    substance: str
    unit: str
    counts: Counts = Counts.INTERVAL
    equipment: str | None = None
    ncv_gj: Decimal | None = None
    content: Decimal = Decimal(1)
    conversion: Decimal = Decimal(1)
    biogenic: bool = False
    node: str = MAIN
    level: Decimal | None = None
    price: Decimal | None = None
    collection: Collection | None = None
    owner: Owner = Owner()


@dataclass(frozen=True, slots=True)
class GasBalance:
    """What of a refrigerant or of SF6 came, went and is left in an asset, in whole g, by dates.

    Only `capacity_change_g` may be negative. The leak is booked on the last day before `until`.
    """

    id: str
    gas: str
    since: date
    until: date
    opening_g: int
    purchased_g: int
    closing_g: int
    returned_g: int
    capacity_change_g: int
    owner: Owner = Owner()


@dataclass(frozen=True, slots=True)
class SharingKey:
    """How what several use is shared, from a local date on. Weights are positive."""

    id: str
    valid_from: date
    weights: Mapping[str, Decimal]


@dataclass(frozen=True, slots=True)
class Product:
    """What an enterprise makes, in `unit`; the grade-2 limit of its energy is in kgce per unit.

    `grade_2_source` is the standard that sets the limit; without it the limit is unverified.
    """

    id: str
    enterprise: str
    unit: str
    grade_2_kgce_per_unit: Decimal | None = None
    grade_2_source: str | None = None


@dataclass(frozen=True, slots=True)
class Connection:
    """What it would cost to bring one stream's surplus to another's need, in currency.

    `running` is per kWh or m3 taken, `loss` the share that does not arrive.
    """

    source: str
    demand: str
    cost_per_year: Decimal
    running: Decimal = Decimal(0)
    loss: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True)
class PlannedPath:
    """The way of an indicator from a base year's value to a target year's, in its unit."""

    indicator: str
    base_year: int
    base: Decimal
    target_year: int
    target: Decimal
    shape: str = "linear"


@dataclass(frozen=True, slots=True)
class Choices:
    """What the rules leave open or a park must say itself.

    `factor_year`: the year whose factors stand in for every period, which marks all unverified;
    None takes each period's own. In the park ledger that is 2022, whose fossil-power factor annex 4
    quotes (rules A.2). `matching`: how near in time a certificate must be to what it
    covers in the market-based ledger; scores are told at every granularity. `indicators_as_of`:
    whose versions of indicators are shown; None the newest, for months before them too.
    `balance_tolerance`: by what share of what came in a balance of the audit may be off.
    `least_difference_k`: by how much a source of heat is warmer than what it heats.
    """

    region: str
    factor_year: int | None = None
    acceptance_factor_year: int | None = 2022
    annual_energy_tce: Decimal | None = None
    export: str = "green_first"
    gec_counts_in_park_core: bool = False
    gwp: str = "AR6"
    market: str = "CN"
    matching: str = "yearly"
    indicators_as_of: date | None = None
    balance_tolerance: Decimal = Decimal("0.01")
    least_difference_k: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Site:
    """All of it. Ids are unique over meters, streams and stores.

    Prices and explanations are not in its `repr`: they decide nothing that the live books would
    book anew.
    """

    id: str
    name: Text
    time_zone: ZoneInfo
    currency: str
    step: timedelta
    enterprises: tuple[Tenant, ...]
    nodes: tuple[str, ...]
    meters: tuple[Meter, ...]
    stores: tuple[Store, ...]
    streams: tuple[Stream, ...]
    gas_balances: tuple[GasBalance, ...]
    keys: tuple[SharingKey, ...]
    products: tuple[Product, ...]
    choices: Choices
    ledgers: tuple[Ledger, ...] = LIVE_LEDGERS
    connections: tuple[Connection, ...] = ()
    paths: tuple[PlannedPath, ...] = ()
    pricing: Pricing = field(default_factory=Pricing, repr=False)
    does_not_apply: Mapping[str, str] = field(default_factory=dict, repr=False)
    """Why a guiding indicator does not apply to the park, by its id (rules A.3)."""

    @property
    def units(self) -> Mapping[str, str]:
        """The unit of each meter and stream, by id."""
        return {one.id: one.unit for one in self.counting}

    @property
    def counts(self) -> Mapping[str, Counts]:
        """What the readings of each meter and stream are, by id."""
        return {one.id: one.counts for one in self.counting}

    @property
    def counting(self) -> "tuple[Meter | Stream, ...]":
        """All that is read."""
        return (*self.meters, *self.streams)
