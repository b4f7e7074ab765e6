"""What wants energy: loads, vehicles, batches, computing (§5)."""

from dataclasses import dataclass

from services.dispatch.domain.park.quantities import (
    Count,
    Efficiency,
    Magnitude,
    Magnitudes,
    Name,
    Part,
    Positive,
    Series,
    Share,
    Shares,
    must,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Shedding(Part):
    """A load that may be served in part: at `price_per_kwh`, at most `share` of it (§5.1)."""

    price_per_kwh: Magnitude
    share: Share = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Interruption(Part):
    """A load that may be switched off as a whole (§5.2): how long, how often, at what price.

    `most_starts` interruptions begin in the horizon, `most_starts_per_day` in each calendar day,
    in the first beside `starts_today` that were before the horizon. At the beginning the load has
    been off for `off_h`; 0: it is on. One that goes on is no start.
    """

    price_per_kwh: Magnitude = 0.0
    price_per_start: Magnitude = 0.0
    least_h: Magnitude = 0.0
    most_h: Positive | None = None
    most_starts: int | None = None
    most_starts_per_day: Count | None = None
    starts_today: Count = 0
    off_h: Magnitude = 0.0

    def __post_init__(self) -> None:
        must(
            self.most_h is None or self.most_h >= self.least_h,
            f"most_h {self.most_h} is shorter than least_h {self.least_h}",
        )
        must(self.most_starts is None or self.most_starts >= 0, "most_starts must not be negative")


@dataclass(frozen=True, slots=True, kw_only=True)
class Load(Part):
    """A demand that is given. `critical` ones are never shed; a reserve must carry them (§8.3)."""

    id: Name
    power_kw: Series
    node: Name = "electricity"
    critical: bool = False
    shedding: Shedding | None = None
    interruption: Interruption | None = None

    def __post_init__(self) -> None:
        ways = [way for way in (self.shedding, self.interruption) if way is not None]
        must(len(ways) <= 1, f"load {self.id} is either shed in part or interrupted as a whole")
        must(not (self.critical and ways), f"load {self.id} is critical: it cannot be given up")


@dataclass(frozen=True, slots=True, kw_only=True)
class Cluster(Part):
    """Ports behind one cable: together at most `limit_kw`, in both directions (§5.3)."""

    id: Name
    limit_kw: Magnitudes


@dataclass(frozen=True, slots=True, kw_only=True)
class Session(Part):
    """A vehicle at a port from `arrives_h` until `leaves_h` (§5.3).

    It wants `wanted_kwh` more in its battery. With `discharge_kw` above 0 it also gives back
    (V2G) of the `stored_kwh` it came with, down to `least_kwh`, and holds `capacity_kwh` at most.
    `availability` is the share of its port's powers that is there: 0 is maintenance.
    """

    id: Name
    leaves_h: Positive
    power_kw: Magnitude
    wanted_kwh: Magnitude
    arrives_h: Magnitude = 0.0
    node: Name = "electricity"
    efficiency: Efficiency = 1.0
    cluster: Name | None = None
    discharge_kw: Magnitude = 0.0
    discharge_efficiency: Efficiency = 1.0
    stored_kwh: Magnitude = 0.0
    least_kwh: Magnitude = 0.0
    capacity_kwh: Magnitude | None = None
    wear_per_kwh: Magnitude = 0.0
    availability: Shares = 1.0

    def __post_init__(self) -> None:
        must(
            self.leaves_h > self.arrives_h,
            f"vehicle {self.id} leaves at {self.leaves_h} h before it arrives at {self.arrives_h}",
        )
        must(
            self.discharge_kw == 0.0 or self.capacity_kwh is not None,
            f"vehicle {self.id} gives back: it needs capacity_kwh and stored_kwh",
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Process(Part):
    """A batch that runs once, somewhere in its window (§5.4).

    `flows_kw` gives the power at each node as a profile of equal parts of `duration_h` (one value:
    constant; negative gives). With `most_starts` above 1 it may be split into runs of `least_run_h`
    at least, all with constant power. It begins `gap_h` after the end of process `after` at the
    earliest. `done_h` of it were done before the horizon and, unless it may be split, it runs on.
    One that may be split is running at the beginning if the last `running_h` of these were its
    present run: that is no start, and it may be short of `least_run_h`.
    """

    id: Name
    flows_kw: dict[Name, tuple[float, ...]]
    duration_h: Positive
    latest_end_h: Positive
    earliest_h: Magnitude = 0.0
    most_starts: int = 1
    least_run_h: Positive | None = None
    after: Name | None = None
    gap_h: Magnitude = 0.0
    done_h: Magnitude = 0.0
    running_h: Magnitude = 0.0
    missed_price: Magnitude | None = None

    def __post_init__(self) -> None:
        must(bool(self.flows_kw), f"process {self.id} has no flows_kw")
        must(all(self.flows_kw.values()), f"process {self.id} has a node without powers")
        must(self.most_starts >= 1, f"process {self.id}: most_starts must be at least 1")
        must(self.done_h < self.duration_h, f"process {self.id} is done already: leave it out")
        must(
            self.running_h <= self.done_h,
            f"process {self.id}: running_h {self.running_h} is part of done_h {self.done_h}",
        )
        must(
            self.running_h == 0 or self.most_starts > 1,
            f"process {self.id} may not be split and runs on: give done_h alone, not running_h",
        )
        must(
            self.running_h == 0 or (self.earliest_h == 0 and self.after is None),
            f"process {self.id} is running: leave out earliest_h and after",
        )
        must(
            self.most_starts == 1 or all(len(kw) == 1 for kw in self.flows_kw.values()),
            f"process {self.id} may be split, so its power must be constant: one value a node",
        )

    @property
    def first_node(self) -> str:
        """The node whose power tells what it does where one power must do (§9)."""
        return next(iter(self.flows_kw))


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkQueue(Part):
    """Work that comes and may wait, as a data centre's batch jobs do (§5.5).

    `arriving_kwh` comes at the beginning of each step, `backlog_kwh` before the first; each part
    must be done within `patience_h` after it came (the backlog within `backlog_patience_h`).
    Later it is a violation, or costs `late_price_per_kwh` for each hour that it waits.
    """

    id: Name
    arriving_kwh: Magnitudes
    patience_h: Positive
    power_kw: Magnitude
    node: Name = "electricity"
    least_kw: Magnitude = 0.0
    backlog_kwh: Magnitude = 0.0
    backlog_patience_h: Positive | None = None
    late_price_per_kwh: Magnitude | None = None

    def __post_init__(self) -> None:
        must(self.least_kw <= self.power_kw, f"queue {self.id}: least_kw is above power_kw")
