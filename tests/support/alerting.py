"""A desk for tests: say what happens, look at the incidents."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta

from services.alerting.domain.desk import Desk, Setup, advance, restored
from services.alerting.domain.events import (
    BufferChecked,
    DeadLetterArrived,
    Event,
    ForecastsJudged,
    ForecastTrouble,
    HealthChecked,
    LogRead,
    Outcome,
    OutcomeDecided,
    PlanIssued,
    PowerReading,
    ReadingsArrived,
    SetpointIssued,
    StandIn,
    TroubleKind,
)
from services.alerting.domain.incidents import Incident, IncidentKind
from services.energy.site import Park
from tests.support.builders import MORNING, a_park, after

KW = 1000.0


class Watch:
    """Holds a desk and writes down every revision, as the database would."""

    def __init__(self, park: Park | None = None, start_grace: timedelta = timedelta(0)) -> None:
        self.setup = Setup(park or a_park(), MORNING, start_grace)
        self.desk = Desk()
        self.revisions: dict[tuple[str, int], Incident] = {}

    def hear(self, *events: Event) -> list[Incident]:
        """Let things happen; returns the revisions they made."""
        made: list[Incident] = []
        for event in events:
            self.desk, changes = advance(self.desk, event, self.setup)
            made += changes
        for incident in made:
            self.revisions.setdefault((incident.id, incident.revision), incident)
        return made

    def restart(self) -> None:
        """Forget everything but what is written down."""
        newest: dict[tuple[IncidentKind, str], Incident] = {}
        for incident in self.revisions.values():
            subject = (incident.kind, incident.subject)
            kept = newest.get(subject)
            if kept is None or (kept.raised_at, kept.revision) < (
                incident.raised_at,
                incident.revision,
            ):
                newest[subject] = incident
        self.desk = restored(newest.values())

    @property
    def open(self) -> list[tuple[IncidentKind, str]]:
        """Kind and subject of what is unresolved."""
        return [(incident.kind, incident.subject) for incident in self.desk.unresolved]


def only_fresh(*, but: Iterable[str] = (), at: datetime) -> ReadingsArrived:
    """Every device of the demo park has sent at `at`, but for some."""
    left_out = set(but)
    newest = {device.id: at for device in a_park().devices if device.id not in left_out}
    return ReadingsArrived(newest, ())


def grid(kw: float, seconds: float) -> ReadingsArrived:
    """The grid meter reads `kw`, import positive, so many seconds after the start."""
    return power("grid", kw, seconds)


def power(device_id: str, kw: float, seconds: float) -> ReadingsArrived:
    """A device is measured at `kw`."""
    at = after(seconds)
    return ReadingsArrived({device_id: at}, (PowerReading(device_id, at, kw * KW),))


def target(kw: float, seconds: float, lease_s: float = 600) -> SetpointIssued:
    """The battery is told `kw`."""
    return SetpointIssued("battery", kw * KW, False, after(seconds), after(seconds + lease_s))


def ceiling(kw: float, seconds: float, lease_s: float = 600) -> SetpointIssued:
    """PV is limited to `kw`."""
    return SetpointIssued("pv", kw * KW, True, after(seconds), after(seconds + lease_s))


def outcome(kind: Outcome, seconds: float, device_id: str = "battery") -> OutcomeDecided:
    """A set-point of 250 kW ended."""
    return OutcomeDecided(device_id, kind, 250 * KW, 100 * KW, "it is slow", after(seconds))


def plan(
    seconds: float,
    valid_s: float = 2700,
    stands_in: StandIn | None = None,
    rejected: tuple[str, ...] = (),
) -> PlanIssued:
    """A plan is issued, the solver's unless something stands in for it."""
    why = "no optimum: the solver says NOT_SOLVED" if stands_in else ""
    name, until = f"plan-{seconds:g}", after(seconds + valid_s)
    return PlanIssued(name, after(seconds), until, stands_in, why, rejected)


def letter(seconds: float, writer: str = "ingest") -> DeadLetterArrived:
    """A service could not use something."""
    return DeadLetterArrived(
        writer, "mqtt:demo-park/pv/telemetry", "undecodable", "not JSON", after(seconds)
    )


def check(serving: bool, seconds: float, service: str = "dispatch") -> HealthChecked:
    """A peer is asked."""
    return HealthChecked(service, serving, after(seconds))


def buffer(
    share: float, seconds: float, *, dropped: int = 0, drops_oldest: bool = False
) -> BufferChecked:
    """Ingest's disk buffer of 1,000 MiB is this full."""
    return BufferChecked(
        service="ingest",
        frames=round(share * 5000),
        stored_bytes=round(share * 1000) * 1024 * 1024,
        limit_bytes=1000 * 1024 * 1024,
        oldest_age=timedelta(seconds=90),
        longest_age=timedelta(hours=24),
        drops_oldest=drops_oldest,
        dropped_frames=dropped,
        at=after(seconds),
    )


def judged(day: int, *troubles: ForecastTrouble) -> ForecastsJudged:
    """Forecasting has judged the days up to the end of this one."""
    return ForecastsJudged(after(hours=24 * day), troubles)


def trouble(
    kind: TroubleKind, point_id: str = "steel.active_power_w", horizon_min: int = 1440
) -> ForecastTrouble:
    """An error of 120 kW against 80 kW, and half of the truths in the band."""
    compared = None if kind is TroubleKind.COVERAGE_DRIFT else 80 * KW
    return ForecastTrouble(point_id, kind, horizon_min, 120 * KW, compared, 0.5)


def read_until(seconds: float) -> LogRead:
    """The log has been read up to here."""
    return LogRead(after(seconds))


def with_ttl(park: Park, device_id: str, ttl: timedelta) -> Park:
    """Return the park with another time to live of one device."""
    devices = tuple(replace(d, ttl=ttl) if d.id == device_id else d for d in park.devices)
    return replace(park, devices=devices)
