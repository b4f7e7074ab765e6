"""Where each metered Wh came from, and whose it is: tracing through nodes and stores, then sharing.

`docs/carbon-tracing.md` says the rules and shows an example (rules B.2, D.3, D.4).
"""
