"""Benches: each a file with `run() -> (results, details)`, measured against a reference in the run.

`make bench` runs those of `__main__.BENCHES` and prints a table; `--write` renews
docs/performance.md.
"""
