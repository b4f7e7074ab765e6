"""What the field says of a reading, what validation believes of it, and why not.

The numbers are those of `telemetry.v1`.
"""

from enum import IntEnum


class FieldQuality(IntEnum):
    """What the field protocol itself said of a value."""

    GOOD = 0
    QUESTIONABLE = 1
    INVALID = 2


class Verdict(IntEnum):
    """What validation believes of a reading."""

    BELIEVED = 1
    SUSPECT = 2
    REJECTED = 3


class Doubt(IntEnum):
    """Why a reading is not simply believed."""

    NONE = 0
    OUT_OF_RANGE = 1
    IN_FUTURE = 2
    TOO_OLD = 3
    NOT_A_NUMBER = 4
    UNKNOWN_POINT = 5
    DUPLICATE = 6
    REGISTER_BACKWARDS = 7
    LATE = 8
