"""The demo: one park on one machine, with everything it needs."""
