"""What stands in for values that nobody measured, named as an estimate. Pure."""
