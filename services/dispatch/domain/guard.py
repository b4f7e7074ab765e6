"""Keeping the connection's limits from the measured grid power: how far each group must move.

The unsteered rest is measured; the set-points to come are added to it. So a measurement older than
the last set-point does no harm, and there is nothing that could swing. Protection is immediate,
release is slow. What helps is asked in order: production that is held back, battery, vehicles,
curtailment; a group that an operator holds is asked last.
"""

from dataclasses import dataclass, replace

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
    """The groups' targets after the guard, the trims it leaves, and what it could not keep (W)."""

    battery_w: float
    fleet_w: float
    production_w: float
    trims: Trims
    unkept_import_w: float
    unkept_export_w: float

    @property
    def unkept(self) -> bool:
        """Whether a limit cannot be kept with what can be steered."""
        return self.unkept_import_w > NOTHING_W or self.unkept_export_w > NOTHING_W


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
    """Return targets whose sum with `base_w` lies within the caps, as near to the wishes as allowed."""
    groups = {"battery": battery, "fleet": fleet, "production": production}
    needed, unkept_import, unkept_export = _moves(base_w, groups, import_cap_w, export_cap_w)
    eased = {
        "battery": _released(before.battery_w, needed["battery"]),
        "fleet": _released(before.fleet_w, needed["fleet"]),
        "production": needed["production"],
    }
    moved = {n: _within(g, _within(g, g.target_w) + eased[n]) for n, g in groups.items()}
    total = base_w + sum(moved.values())
    if total > import_cap_w or total < -export_cap_w:
        moved = {n: _within(g, _within(g, g.target_w) + needed[n]) for n, g in groups.items()}
    trims = {n: moved[n] - _within(g, g.target_w) for n, g in groups.items()}
    return Guarded(
        moved["battery"],
        moved["fleet"],
        moved["production"],
        Trims(trims["battery"], trims["fleet"], trims["production"]),
        unkept_import,
        unkept_export,
    )


def _moves(
    base_w: float, groups: dict[str, Group], import_cap_w: float, export_cap_w: float
) -> tuple[dict[str, float], float, float]:
    """Return what each group must move by, and what is left over for import and for export."""
    at = {name: _within(group, group.target_w) for name, group in groups.items()}
    total = base_w + sum(at.values())
    moves = dict.fromkeys(groups, 0.0)
    unkept = {"import": 0.0, "export": 0.0}
    if total > import_cap_w:
        left = total - import_cap_w
        for name in _asked(groups, ("production", "battery", "fleet")):
            step = min(left, at[name] - groups[name].lower_w)
            moves[name], left = -step, left - step
        unkept["import"] = left
    elif total < -export_cap_w:
        left = -export_cap_w - total
        for name in _asked(groups, ("battery", "fleet", "production")):
            step = min(left, groups[name].upper_w - at[name])
            moves[name], left = step, left - step
        unkept["export"] = left
    return moves, unkept["import"], unkept["export"]


def _asked(groups: dict[str, Group], order: tuple[str, ...]) -> list[str]:
    return sorted(order, key=lambda name: (groups[name].held_by_operator, order.index(name)))


def _within(group: Group, value_w: float) -> float:
    return min(max(value_w, group.lower_w), max(group.lower_w, group.upper_w))


def _released(before_w: float, needed_w: float) -> float:
    """Return the trim: at once when more is needed, otherwise half of the way back."""
    if needed_w * before_w < 0 or abs(needed_w) >= abs(before_w):
        return needed_w
    trim = before_w + (needed_w - before_w) * RELEASE_SHARE
    return needed_w if abs(trim - needed_w) < NOTHING_W else trim


def at_rest(group: Group) -> Group:
    """Return the group with a target of zero, for a device that holds."""
    return replace(group, target_w=0.0)
