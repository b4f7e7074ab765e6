"""The rules of the ledgers: pure, exact (whole Wh, whole mg, fractions), no clock."""
