"""From a park's problem to sparse arrays and back: a module a family of devices.

Each module has `add` (columns and rows of one part) and `read` (its series in a solution).
"""
