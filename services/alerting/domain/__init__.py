"""When something deserves a person's attention, and when it no longer does. Pure.

Detectors turn events into observations (`bad`, `between`, `good`) of a subject; a case with
hysteresis turns observations into incidents; the desk holds all of them:
`advance(desk, event) -> (desk, changed incidents)`.
"""
