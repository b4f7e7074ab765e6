"""Which readings are believed, which curves and set-points are sound. Pure: no IO, no clock."""
