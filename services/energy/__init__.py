"""Shared vocabulary of the energy domain: quantities, the time grid, the park, its readings.

Pure: no IO, no wire, no clock.
"""
