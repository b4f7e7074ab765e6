"""Benches: each a file with `run() -> (results, details)`, measured against a reference in the run.

`make bench` runs those of `__main__.BENCHES` and prints a table; `--write` renews
docs/performance.md.
"""

import services  # noqa: F401  first of all: what it asks of NumPy is asked before that is loaded
