"""Energy out of cumulative registers, every Wh of it kept. Pure (docs/energy-accounting.md).

`stepping.advance(registers, rows, ...)` takes judged register readings and edits in and returns
what changed: interval energies, postings of the suspense account, and what is beyond memory.
"""
