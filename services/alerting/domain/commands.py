"""COMMAND_MISMATCH: a device is told one thing and measured doing another.

Dispatch judges each set-point by its outcome. Beside that the measurement is watched here: more
than 5 % (or 5 kW) off a set-point that has had time to settle, for 30 s. An achieved set-point ends
the incident, or the end of the last lease: nothing is asked of the device any more.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from services.alerting.domain.cases import Observation, Rule, Standing
from services.alerting.domain.events import Outcome, OutcomeDecided, PowerReading, SetpointIssued
from services.alerting.domain.incidents import Incident, IncidentKind
from services.alerting.domain.words import kilowatts
from services.energy.site import Text

RULE = Rule()  # an outcome is final, and the measurement has had its 30 s here
SETTLING = timedelta(seconds=30)
LONGEST_LEASE = timedelta(minutes=15)
MISMATCH_LASTS = timedelta(seconds=30)
TOLERANCE_SHARE = 0.05
TOLERANCE_W = 5_000.0


@dataclass(frozen=True, slots=True)
class Told:
    """The set-point a device is under, since when, and since when it is measured elsewhere."""

    setpoint: SetpointIssued
    since: datetime
    measured_until: datetime | None = None
    off_since: datetime | None = None


@dataclass(frozen=True, slots=True)
class Commands:
    """What each device was told last."""

    by_device: Mapping[str, Told] = field(default_factory=dict)

    def with_device(self, device_id: str, told: Told) -> "Commands":
        """Return the commands with one device's replaced."""
        return Commands({**self.by_device, device_id: told})


def tell(commands: Commands, setpoint: SetpointIssued) -> Commands:
    """Return the commands after one more set-point; an older one changes nothing."""
    before = commands.by_device.get(setpoint.device_id)
    if before is None:
        return commands.with_device(setpoint.device_id, Told(setpoint, setpoint.issued_at))
    if setpoint.issued_at < before.setpoint.issued_at:
        return commands
    if _continues(before.setpoint, setpoint):
        return commands.with_device(setpoint.device_id, replace(before, setpoint=setpoint))
    now = Told(setpoint, setpoint.issued_at, before.measured_until)
    return commands.with_device(setpoint.device_id, now)


def _continues(before: SetpointIssued, now: SetpointIssued) -> bool:
    """Whether a lease was renewed with the same value."""
    return (
        before.is_ceiling == now.is_ceiling
        and abs(before.value_w - now.value_w) <= TOLERANCE_W
        and now.issued_at <= before.expires_at
    )


def measure(commands: Commands, reading: PowerReading) -> tuple[Commands, Observation | None]:
    """Return the commands after a measurement, and an observation when it is off for too long."""
    told = commands.by_device.get(reading.device_id)
    if told is None or not _can_be_judged(told, reading.event_time):
        return commands, None
    is_off = _distance_w(told.setpoint, reading.power_w) > _tolerance_w(told.setpoint)
    off_since = (told.off_since or reading.event_time) if is_off else None
    now = replace(told, measured_until=reading.event_time, off_since=off_since)
    commands = commands.with_device(reading.device_id, now)
    if off_since is None or reading.event_time - off_since < MISMATCH_LASTS:
        return commands, None
    seen = _bad(reading.device_id, reading.event_time, _off_text(told.setpoint, reading), 0)
    return commands, seen


def _can_be_judged(told: Told, moment: datetime) -> bool:
    is_newer = told.measured_until is None or moment > told.measured_until
    return is_newer and told.since + SETTLING <= moment < told.setpoint.expires_at


def _tolerance_w(setpoint: SetpointIssued) -> float:
    return max(TOLERANCE_W, TOLERANCE_SHARE * abs(setpoint.value_w))


def _distance_w(setpoint: SetpointIssued, power_w: float) -> float:
    """Return how far off the device is; anywhere below a ceiling is where it should be."""
    if setpoint.is_ceiling:
        return abs(power_w) - setpoint.value_w
    return abs(power_w - setpoint.value_w)


def observe(decided: OutcomeDecided) -> Observation | None:
    """Return what the outcome of a set-point says of its device; None when it says nothing."""
    match decided.outcome:
        case Outcome.PARTIAL | Outcome.REJECTED:
            return _bad(decided.device_id, decided.decided_at, _failed_text(decided), 1)
        case Outcome.ACHIEVED:
            text = Text(
                f"{decided.device_id} follows its set-point of {kilowatts(decided.value_w)} again.",
                f"{decided.device_id} 已跟随设定值 {kilowatts(decided.value_w)}。",
            )
            return Observation(
                IncidentKind.COMMAND_MISMATCH,
                decided.device_id,
                decided.decided_at,
                Standing.GOOD,
                text,
            )
        case Outcome.EXPIRED | Outcome.SUPERSEDED:
            return None


def judge(
    commands: Commands, mismatches: Iterable[Incident], until: datetime, first_due: datetime
) -> Iterator[Observation]:
    """Yield the devices of open `mismatches` that are under no set-point any more.

    Of a device whose set-point is not known the lease is taken to be `LONGEST_LEASE`; none ends
    before `first_due`, since the log is still being read.
    """
    for incident in mismatches:
        told = commands.by_device.get(incident.subject)
        lease_end = told.setpoint.expires_at if told else incident.changed_at + LONGEST_LEASE
        if until >= max(lease_end + SETTLING, first_due):
            yield Observation(
                IncidentKind.COMMAND_MISMATCH, incident.subject, until, Standing.GOOD, _UNASKED
            )


def _bad(device_id: str, at: datetime, text: Text, occurrences: int) -> Observation:
    return Observation(
        IncidentKind.COMMAND_MISMATCH, device_id, at, Standing.BAD, text, occurrences=occurrences
    )


_UNASKED = Text(
    "its set-point has run out; nothing is asked of it now.", "设定值已到期，当前无指令。"
)
_CURE = Text(
    "check its controller and whether it is in local mode.", "请检查控制器及是否处于就地模式。"
)


def _off_text(setpoint: SetpointIssued, reading: PowerReading) -> Text:
    device_id = reading.device_id
    measured, value = kilowatts(reading.power_w), kilowatts(setpoint.value_w)
    word = Text("at most ", "不超过 ") if setpoint.is_ceiling else Text("", "")
    return Text(
        f"{device_id} is told {word.en}{value} and measured at {measured}: {_CURE.en}",
        f"{device_id} 的设定值为 {word.zh}{value}，实测为 {measured}：{_CURE.zh}",
    )


def _failed_text(decided: OutcomeDecided) -> Text:
    device_id, value = decided.device_id, kilowatts(decided.value_w)
    why = decided.reason.rstrip(".") or "no reason given"
    if decided.outcome is Outcome.REJECTED:
        return Text(
            f"{device_id} rejected the set-point {value} ({why}): {_CURE.en}",
            f"{device_id} 拒绝设定值 {value}（{why}）：{_CURE.zh}",
        )
    measured = Text("nothing", "无数据")
    if decided.measured_w is not None:
        measured = Text(kilowatts(decided.measured_w), kilowatts(decided.measured_w))
    return Text(
        f"{device_id} accepted the set-point {value} but is measured at {measured.en} "
        f"({why}): {_CURE.en}",
        f"{device_id} 已接受设定值 {value}，但实测为 {measured.zh}（{why}）：{_CURE.zh}",
    )
