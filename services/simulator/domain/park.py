"""One step of the whole park: `advance(world, state, until, set-points) -> (state, samples)`."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from math import inf

from services.simulator.domain import battery, chargers
from services.simulator.domain.samples import ParkSample, sampled
from services.simulator.domain.setpoints import Lease, SetPoint, held
from services.simulator.domain.state import ParkState, Powers
from services.simulator.domain.world import DeviceMode, World

SECONDS_PER_HOUR = 3600


def advance(
    world: World, state: ParkState, until_s: int, setpoints: Iterable[SetPoint] = ()
) -> tuple[ParkState, list[ParkSample]]:
    """Return the park at `until_s` and its samples of (state.at_s, until_s].

    Set-points are those the devices accepted, each taking effect at its `at_s` (at once when
    that has passed). The same arguments give the same result.
    """
    waiting = sorted(setpoints, key=lambda setpoint: setpoint.at_s)
    samples: list[ParkSample] = []
    while state.at_s < until_s:
        while waiting and waiting[0].at_s <= state.at_s:
            state = obeying(world, state, waiting.pop(0))
        border_s = min([until_s, *_borders_s(world, state), *(s.at_s for s in waiting[:1])])
        state = _drifted(world, state, border_s)
        if state.at_s % world.sample_period_s == 0:
            samples.append(sampled(world, state, powers(world, state)))
    for setpoint in waiting:
        if setpoint.at_s > until_s:
            raise ValueError(
                f"set-point {setpoint.setpoint_id} starts at {setpoint.at_s}, after the step's "
                f"end {until_s}; hand it to the step that holds it"
            )
        state = obeying(world, state, setpoint)
    return state, samples


def obeying(world: World, state: ParkState, setpoint: SetPoint) -> ParkState:
    """Return the park with the set-point's lease in place of the device's former one."""
    lease = Lease(setpoint.value_w, setpoint.expires_at_s)
    if setpoint.device_id == world.battery_device.id:
        return replace(state, battery=replace(state.battery, lease=lease))
    if setpoint.device_id == world.pv.id:
        return replace(state, pv_lease=lease)
    port = world.ports.names.index(setpoint.device_id)
    return replace(state, chargers=chargers.limited(state.chargers, port, lease))


def powers(world: World, state: ParkState) -> Powers:
    """Return every component's power in the second that begins at `state.at_s`."""
    row = world.recordings.row(state.at_s)
    limit_w = held(
        state.pv_lease,
        state.at_s,
        uncontrolled_w=inf,
        fail_safe_w=_or_unlimited(world.pv.fail_safe.active_power_limit_w),
    )
    pv_w = min(float(world.pv_available_w[row]), limit_w)
    battery_w = battery.power_w(world.battery, state.battery, _battery_target_w(world, state))
    port_w = chargers.power_w(world.ports, state.chargers, state.at_s)
    grid_w = float(world.uncontrolled_w[row]) - pv_w + battery_w + float(port_w.sum())
    return Powers(pv_w=pv_w, battery_w=battery_w, port_w=port_w, grid_w=grid_w)


def _battery_target_w(world: World, state: ParkState) -> float:
    if world.mode is DeviceMode.LOCAL:
        return world.scheduled_w(state.at_s)
    fail_safe_w = world.battery_device.fail_safe.active_power_w or 0.0
    return held(state.battery.lease, state.at_s, uncontrolled_w=0.0, fail_safe_w=fail_safe_w)


def _borders_s(world: World, state: ParkState) -> Iterator[int]:
    """Yield the next instants at which a sample is due or something from outside happens."""
    at_s, period_s = state.at_s, world.sample_period_s
    yield at_s - at_s % period_s + period_s
    if (change_s := world.sessions.next_change_s(at_s)) is not None:
        yield change_s
    if (expiry_s := state.chargers.next_expiry_s(at_s)) is not None:
        yield expiry_s
    for lease in (state.battery.lease, state.pv_lease):
        if lease is not None and lease.expires_at_s > at_s:
            yield lease.expires_at_s


def _drifted(world: World, state: ParkState, border_s: int) -> ParkState:
    """Return the park at `border_s`, nothing from outside happening before."""
    while state.at_s < border_s:
        now = powers(world, state)
        target_w = _battery_target_w(world, state)
        steady = min(
            border_s - state.at_s,
            battery.steady_s(world.battery, state.battery, now.battery_w, target_w),
            chargers.steady_s(state.chargers, now.port_w),
        )
        state = _held_for(world, state, now, int(steady))
    if world.sessions.changes_at(state.at_s):
        plugged = chargers.plugged(state.chargers, world.sessions, state.at_s)
        state = replace(state, chargers=plugged)
    return state


def _held_for(world: World, state: ParkState, now: Powers, seconds: int) -> ParkState:
    hours = seconds / SECONDS_PER_HOUR
    return replace(
        state,
        at_s=state.at_s + seconds,
        battery=battery.after(world.battery, state.battery, now.battery_w, seconds),
        chargers=chargers.after(state.chargers, now.port_w, seconds),
        generated_wh=state.generated_wh + now.pv_w * hours,
        imported_wh=state.imported_wh + max(now.grid_w, 0.0) * hours,
        exported_wh=state.exported_wh + max(-now.grid_w, 0.0) * hours,
    )


def _or_unlimited(limit_w: float | None) -> float:
    return inf if limit_w is None else limit_w
