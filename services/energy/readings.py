"""What the field says of a reading, what we believe of it, and why not.

The numbers are those of `telemetry.v1`.
"""

from enum import IntEnum


class FieldQuality(IntEnum):
    """What the field protocol itself said of a value."""

    GOOD = 0
    QUESTIONABLE = 1
    INVALID = 2


class Verdict(IntEnum):
    """What we believe of a reading."""

    BELIEVED = 1
    SUSPECT = 2
    REJECTED = 3


class Doubt(IntEnum):
    """Why a reading is not simply believed, or what is to be known about a believed one (§11)."""

    NONE = 0
    OUT_OF_RANGE = 1
    IN_FUTURE = 2
    TOO_OLD = 3
    NOT_A_NUMBER = 4
    UNKNOWN_POINT = 5
    DUPLICATE = 6
    REGISTER_BACKWARDS = 7
    LATE = 8
    RATE_OF_CHANGE = 9
    STUCK = 10
    SPIKE = 11
    DROPOUT = 12
    UNIT_SLIP = 13
    SIGN_SLIP = 14
    REGISTER_TOO_STEEP = 15
    REGISTER_RESET = 16
    REGISTER_ROLLOVER = 17
    METER_SWAP = 18
    CORRECTED = 19
    FIELD_INVALID = 20
    FIELD_QUESTIONABLE = 21
    EDITED = 22
    EDITED_OUT = 23


VERDICT_OF = {
    Doubt.NONE: Verdict.BELIEVED,
    Doubt.OUT_OF_RANGE: Verdict.REJECTED,
    Doubt.IN_FUTURE: Verdict.REJECTED,
    Doubt.TOO_OLD: Verdict.REJECTED,
    Doubt.NOT_A_NUMBER: Verdict.REJECTED,
    Doubt.UNKNOWN_POINT: Verdict.REJECTED,
    Doubt.DUPLICATE: Verdict.REJECTED,
    Doubt.REGISTER_BACKWARDS: Verdict.REJECTED,
    Doubt.LATE: Verdict.BELIEVED,
    Doubt.RATE_OF_CHANGE: Verdict.SUSPECT,
    Doubt.STUCK: Verdict.SUSPECT,
    Doubt.SPIKE: Verdict.REJECTED,
    Doubt.DROPOUT: Verdict.SUSPECT,
    Doubt.UNIT_SLIP: Verdict.REJECTED,
    Doubt.SIGN_SLIP: Verdict.REJECTED,
    Doubt.REGISTER_TOO_STEEP: Verdict.REJECTED,
    Doubt.REGISTER_RESET: Verdict.BELIEVED,
    Doubt.REGISTER_ROLLOVER: Verdict.BELIEVED,
    Doubt.METER_SWAP: Verdict.BELIEVED,
    Doubt.CORRECTED: Verdict.BELIEVED,
    Doubt.FIELD_INVALID: Verdict.REJECTED,
    Doubt.FIELD_QUESTIONABLE: Verdict.SUSPECT,
    Doubt.EDITED: Verdict.BELIEVED,
    Doubt.EDITED_OUT: Verdict.REJECTED,
}
"""The verdict that goes with each doubt: one doubt, one verdict."""
