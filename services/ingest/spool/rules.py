"""How much may wait on disk, for how long, and what gives way then."""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

SMALLEST_LIMIT_BYTES = 64 * 1024 * 1024


class Policy(StrEnum):
    """What gives way when the spool is full."""

    REFUSE_NEWEST = "refuse_newest"
    DROP_OLDEST = "drop_oldest"


@dataclass(frozen=True, slots=True)
class Rules:
    """`patience_s` (wall time) is how long Kafka may take before a frame goes to disk.

    `longest_age` is park time: with an older entry on disk the spool counts as full.
    """

    policy: Policy
    longest_age: timedelta
    patience_s: float
