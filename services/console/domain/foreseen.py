"""What had been foreseen for each slot of the day before it began, kept for pages opened later.

A slot keeps what its newest issue said: an older issue never replaces a newer one, and an issue
speaks only of the slots it covers, so slots that have passed keep the last word before them.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

Row = tuple[float | None, ...]


@dataclass(frozen=True, slots=True)
class Said:
    """What one issue said of one slot."""

    issued_at: datetime
    values: Row


@dataclass
class Foreseen:
    """Slots by name (a point, a device, `grid`) and start."""

    slots: dict[str, dict[datetime, Said]] = field(default_factory=dict)

    def take(
        self,
        name: str,
        issued_at: datetime,
        start: datetime,
        step: timedelta,
        rows: Sequence[Row],
    ) -> None:
        """Take what an issue says of consecutive slots from `start`."""
        known = self.slots.setdefault(name, {})
        for place, row in enumerate(rows):
            at = start + place * step
            current = known.get(at)
            if current is None or current.issued_at <= issued_at:
                known[at] = Said(issued_at, row)

    def forget_before(self, moment: datetime) -> None:
        """Drop slots that began before `moment`."""
        for name, known in self.slots.items():
            self.slots[name] = {at: said for at, said in known.items() if at >= moment}

    def since(self, moment: datetime) -> dict[str, list[tuple[datetime, Row]]]:
        """Return what was said of each slot from `moment` on, in order of time."""
        return {
            name: [(at, known[at].values) for at in sorted(known) if at >= moment]
            for name, known in self.slots.items()
        }
