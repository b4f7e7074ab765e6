"""The registers of a park as columns: how fast they may rise, where they roll over."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt

from services.energy.quantities import Quantity
from services.energy.site import Point
from services.validation.domain.energy.profiles import Shapes
from services.validation.domain.energy.splitting import (
    HOUR_US,
    LONGEST_EXACT_US,
    QUARTER_US,
    Weight,
)

Int64s = npt.NDArray[np.int64]
POWERS = (Quantity.ACTIVE_POWER, Quantity.THERMAL_POWER)
LARGEST_BOUND_W = 2_000_000_000
NO_BOUND = 0
NO_ROLL_OVER = 0
BY_ITS_DIGITS = -1
SMALLEST_MODULUS_WH = 100_000
MICROSECOND = timedelta(microseconds=1)
UTC_ZONE = ZoneInfo("UTC")
GAP_AFTER = timedelta(minutes=20)
LINEAR_UNTIL = timedelta(hours=2)
ALWAYS_LINEAR = timedelta(days=36_500)


@dataclass(frozen=True, slots=True)
class RegisterRule:
    """What holds for one register.

    A register of volume or mass counts dm3 or g where Wh are named here, and dm3/h or g/h for W.
    `largest_w`: the most its device can move (NO_BOUND: anything goes). `modulus_wh`: it shows 0
    where it would show this (BY_ITS_DIGITS: the next power of ten, from five digits on;
    NO_ROLL_OVER: it never does). A step longer than `gap_after_us` is a
    gap and estimated: evenly up to `linear_until_us`, beyond that by `profile` (None: what the
    register's own past says).
    """

    largest_w: int = NO_BOUND
    modulus_wh: int = BY_ITS_DIGITS
    gap_after_us: int = GAP_AFTER // MICROSECOND
    linear_until_us: int = LINEAR_UNTIL // MICROSECOND
    profile: Shapes | None = None

    def __post_init__(self) -> None:
        if not 0 <= self.largest_w <= LARGEST_BOUND_W:
            raise ValueError(f"largest_w {self.largest_w} is not within 0..{LARGEST_BOUND_W}")
        if not 0 < self.gap_after_us <= LONGEST_EXACT_US:
            raise ValueError(
                f"gap_after_us {self.gap_after_us} is not within 1..{LONGEST_EXACT_US}; "
                "a longer step is a gap"
            )

    def rolls_over_at(self, wh: int) -> int:
        """Return the modulus of a register that shows `wh`, or NO_ROLL_OVER."""
        if self.modulus_wh != BY_ITS_DIGITS:
            return self.modulus_wh
        return int(max(SMALLEST_MODULUS_WH, 10 ** len(str(wh))))

    def shape_of(self, start_us: int, end_us: int) -> Weight | None:
        """Return how energy lies over a long gap; None where a straight line must do."""
        if self.profile is None or end_us - start_us <= self.linear_until_us:
            return None
        return self.profile.of_gap(start_us)

    def allows(self, energy_wh: int, duration_us: int) -> bool:
        """Whether the device can have moved this much, give or take a quarter hour's worth."""
        if self.largest_w == NO_BOUND:
            return True
        return energy_wh * HOUR_US <= self.largest_w * (duration_us + QUARTER_US)


@dataclass(frozen=True, slots=True, eq=False)
class RegisterTable:
    """Row r of each column is register r."""

    ids: tuple[str, ...]
    largest_w: Int64s
    modulus_wh: Int64s
    gap_after_us: Int64s
    linear_until_us: Int64s
    zone: ZoneInfo = UTC_ZONE
    profiles: Mapping[int, Shapes] = field(default_factory=dict)

    @classmethod
    def of_rules(
        cls, rules: Mapping[str, RegisterRule], zone: ZoneInfo = UTC_ZONE
    ) -> "RegisterTable":
        """Return the table of registers by point id."""
        every = rules.values()
        return cls(
            ids=tuple(rules),
            largest_w=np.array([rule.largest_w for rule in every], np.int64),
            modulus_wh=np.array([rule.modulus_wh for rule in every], np.int64),
            gap_after_us=np.array([rule.gap_after_us for rule in every], np.int64),
            linear_until_us=np.array([rule.linear_until_us for rule in every], np.int64),
            zone=zone,
            profiles={r: rule.profile for r, rule in enumerate(every) if rule.profile},
        )

    @classmethod
    def of_points(
        cls,
        points: Iterable[Point],
        changes: Mapping[str, Mapping[str, int]] | None = None,
        zone: ZoneInfo = UTC_ZONE,
        restless: Collection[str] = (),
    ) -> "RegisterTable":
        """Return the table of the park's registers; a device's power range bounds its registers.

        `changes`: point id -> name of a `RegisterRule` field -> number. Days are those of `zone`.
        `restless` devices follow no clock: of them no day is like another.
        """
        points = tuple(points)
        largest_w = _largest_powers_w(points)
        linear = {True: ALWAYS_LINEAR, False: LINEAR_UNTIL}
        return cls.of_rules(
            {
                point.id: replace(
                    RegisterRule(
                        largest_w=largest_w.get(point.device_id, NO_BOUND),
                        linear_until_us=linear[point.device_id in restless] // MICROSECOND,
                    ),
                    **(changes or {}).get(point.id, {}),  # type: ignore[arg-type]
                )
                for point in points
                if point.quantity.is_register
            },
            zone,
        )

    def __len__(self) -> int:
        return len(self.ids)

    def rule(self, register: int) -> RegisterRule:
        """Return what holds for one register."""
        return RegisterRule(
            int(self.largest_w[register]),
            int(self.modulus_wh[register]),
            int(self.gap_after_us[register]),
            int(self.linear_until_us[register]),
            self.profiles.get(register),
        )


def _largest_powers_w(points: tuple[Point, ...]) -> dict[str, int]:
    largest_w: dict[str, int] = {}
    for point in points:
        if point.quantity in POWERS:
            power_w = int(np.ceil(max(abs(point.minimum), abs(point.maximum))))
            largest_w[point.device_id] = max(power_w, largest_w.get(point.device_id, 0))
    return largest_w
