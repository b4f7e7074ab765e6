"""Keeping the connection's limits from the measured grid power: how far each group must move.

The unsteered rest is measured; the set-points to come are added to it. So a measurement older than
the last set-point does no harm, and there is nothing that could swing. Protection is immediate,
release is slow. What helps is asked in order: production that is held back, battery, vehicles,
curtailment; a group that an operator holds is asked last.
"""

from dataclasses import dataclass

from services.dispatch.domain.snapshot import Trims

RELEASE_SHARE = 0.5
NOTHING_W = 1_000.0


@dataclass(frozen=True, slots=True)
class Group:
    """Devices that move together: where they would be, how far they may go, W.

    For production the values are minus its output, so that more is always more import.
    """

    name: str
    target_w: float
    lower_w: float
    upper_w: float
    held_by_operator: bool = False


@dataclass(frozen=True, slots=True)
class Guarded:
    """The groups' values after the guard and how far each was moved from its target (W).

    `trims` are the bounds it leaves for the next cycle; `unkept_…` what could not be steered away.
    """

    battery_w: float
    fleet_w: float
    production_w: float
    battery_move_w: float
    fleet_move_w: float
    production_move_w: float
    trims: Trims
    unkept_import_w: float
    unkept_export_w: float


def guarded(
    base_w: float,
    battery: Group,
    fleet: Group,
    production: Group,
    *,
    import_cap_w: float,
    export_cap_w: float,
    before: Trims,
) -> Guarded:
    """Return values whose sum with `base_w` lies within the caps, nearest to the wishes."""
    groups = {"battery": battery, "fleet": fleet, "production": production}
    targets = {name: _within(group, group.target_w) for name, group in groups.items()}
    moves, unkept_import, unkept_export = _moves(
        base_w, groups, targets, import_cap_w, export_cap_w
    )
    needed = {name: targets[name] + moves[name] for name in groups}
    trims = Trims(
        *_held(before.battery_ceiling_w, before.battery_floor_w, targets, needed, "battery"),
        *_held(before.fleet_ceiling_w, before.fleet_floor_w, targets, needed, "fleet"),
    )
    values = needed | {
        "battery": _bounded(
            battery, needed["battery"], trims.battery_ceiling_w, trims.battery_floor_w
        ),
        "fleet": _bounded(fleet, needed["fleet"], trims.fleet_ceiling_w, trims.fleet_floor_w),
    }
    if not -export_cap_w <= base_w + sum(values.values()) <= import_cap_w:
        values = needed
    return Guarded(
        values["battery"],
        values["fleet"],
        values["production"],
        values["battery"] - targets["battery"],
        values["fleet"] - targets["fleet"],
        values["production"] - targets["production"],
        trims,
        unkept_import,
        unkept_export,
    )


def _moves(
    base_w: float,
    groups: dict[str, Group],
    at: dict[str, float],
    import_cap_w: float,
    export_cap_w: float,
) -> tuple[dict[str, float], float, float]:
    """Return what each group must move by, and what is left over for import and for export."""
    total = base_w + sum(at.values())
    moves, unkept_import, unkept_export = dict.fromkeys(groups, 0.0), 0.0, 0.0
    if total > import_cap_w:
        unkept_import = total - import_cap_w
        for name in _asked(groups, ("production", "battery", "fleet")):
            step = min(unkept_import, at[name] - groups[name].lower_w)
            moves[name], unkept_import = -step, unkept_import - step
    elif total < -export_cap_w:
        unkept_export = -export_cap_w - total
        for name in _asked(groups, ("battery", "fleet", "production")):
            step = min(unkept_export, groups[name].upper_w - at[name])
            moves[name], unkept_export = step, unkept_export - step
    return moves, unkept_import, unkept_export


def _asked(groups: dict[str, Group], order: tuple[str, ...]) -> list[str]:
    return sorted(order, key=lambda name: (groups[name].held_by_operator, order.index(name)))


def _within(group: Group, value_w: float) -> float:
    return min(max(value_w, group.lower_w), max(group.lower_w, group.upper_w))


def _held(
    ceiling_w: float | None,
    floor_w: float | None,
    targets: dict[str, float],
    needed: dict[str, float],
    name: str,
) -> tuple[float | None, float | None]:
    """Return the group's ceiling and floor for this cycle: tight at once, released by halves."""
    wish_w, value_w = targets[name], needed[name]
    ceiling = _released(ceiling_w, min(wish_w, value_w), value_w < wish_w)
    below = _released(
        None if floor_w is None else -floor_w, -max(wish_w, value_w), value_w > wish_w
    )
    return ceiling, None if below is None else -below


def _released(ceiling_w: float | None, goal_w: float, binds: bool) -> float | None:
    """Return the ceiling on its way up to `goal_w`; None when nothing holds it down any more."""
    if ceiling_w is None or goal_w - ceiling_w < NOTHING_W:
        return goal_w if binds else None
    return ceiling_w + (goal_w - ceiling_w) * RELEASE_SHARE


def _bounded(group: Group, value_w: float, ceiling_w: float | None, floor_w: float | None) -> float:
    low = value_w if floor_w is None else max(value_w, floor_w)
    return _within(group, low if ceiling_w is None else min(low, ceiling_w))
