"""How far a number of the rules is trusted: the flags, and which of them are no fact (H.6)."""

UNVERIFIED_TRUST = frozenset({"M", "GAP"})
TRUST = frozenset({"V", "V2", "D"}) | UNVERIFIED_TRUST
