"""Which readings are believed: a pure step over the raw log (conventions §11). No IO, no clock."""
