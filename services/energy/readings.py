"""What ingest believes of a reading, and why not: the numbers are those of `telemetry.v1`."""

from enum import IntEnum


class Verdict(IntEnum):
    """What ingest believes of a reading."""

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
