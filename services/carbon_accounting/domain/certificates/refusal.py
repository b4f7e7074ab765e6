"""A refusal: which rule says no, at which field and value, and what to do about it."""

from dataclasses import dataclass
from enum import StrEnum


class Rule(StrEnum):
    """Everything that is refused about green attributes, by name."""

    NO_SUCH_CERTIFICATE = "no such certificate"
    ALREADY_ISSUED = "already issued"
    EVENT_SAYS_OTHER = "event id says something else"
    WRONG_TRANSITION = "wrong transition"
    BEFORE_ISSUANCE = "before issuance"
    IN_FUTURE = "in the future"
    OUT_OF_ORDER = "before what happened last"
    NO_SUCH_BENEFICIARY = "no such enterprise"
    NOT_EXPIRED_YET = "not expired yet"
    EXPIRED = "expired"
    NOT_TRADEABLE = "not tradeable"
    NOT_OWNER = "not the owner"
    NOT_CANCELLED = "not cancelled for the claimant"
    NOT_WHOLE = "not whole certificates"
    NO_CERTIFICATE_FOR = "no certificate for this generation"
    BEYOND_QUANTITY = "beyond the certificate"
    BEYOND_METERED = "larger than metered consumption"
    BEYOND_GENERATION = "larger than metered generation"
    BEYOND_STORE = "larger than the meters of the store say"
    WRONG_MARKET = "wrong market"
    WRONG_VINTAGE = "wrong year or vintage"
    CERTIFIED_TWICE = "certified twice"
    NOTHING_LEFT = "all claimed"
    CLAIMED_TWICE = "claimed twice"
    NO_RATE = "conveys no rate"
    NOT_ALLOCATED = "charge record not allocated"


@dataclass(frozen=True, slots=True)
class Refused:
    """One reason why something is not done."""

    rule: Rule
    field: str
    value: str
    cure: str

    @property
    def why(self) -> str:
        """The rule and the cure."""
        return f"{self.rule}; {self.cure}"

    @property
    def text(self) -> str:
        """The refusal in one line."""
        return f"{self.field} {self.value}: {self.why}"
