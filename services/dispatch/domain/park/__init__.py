"""The planning problem of a whole park: validated, solver-free; docs/dispatch.md has its rules (§).

Powers kW, energies kWh, money in one currency, carbon kg, times hours from the start of the
horizon. Water and captured carbon are counted in m³ and kg where others have kWh.
"""
