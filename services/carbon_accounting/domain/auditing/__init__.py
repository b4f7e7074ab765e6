"""The energy audit: does each node close, how much energy is it in tce, how good are products.

Balances name where they do not close (`balances`), energies at 当量值 and at 等价值 are of two
types that never meet (`coal_equivalents`, `comprehensive`), products are graded against their
quota (`grades`), and meters that are read by hand are named (`collection`). Rules C.1, C.7.
"""
