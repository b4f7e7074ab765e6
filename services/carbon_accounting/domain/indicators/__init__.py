"""Indicators as data: a formula with checked units, targets by class, versions that never change.

A definition is read (`expressions`), its units and ledgers are checked (`checking`), it is tried on
history (`trials`), published with the next version (`catalogue`) and shown with its target, its
open readings and the inputs that are missing (`showing`). Values are exact fractions: an indicator
is a handful of operations over totals that are whole numbers, so exactness costs nothing that is
felt, and a park that stands at 0.2 exactly meets `at most 0.2`.
"""
