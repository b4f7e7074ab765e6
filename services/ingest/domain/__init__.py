"""What can be said of readings, curves and set-points at the border. Pure: no IO, no clock."""
