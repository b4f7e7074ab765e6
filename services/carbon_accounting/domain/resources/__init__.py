"""Water, solid waste, waste heat, cold and pressure: metered carriers, and who could use whose.

Each carrier has its flows, its totals for the indicators and its balances (`carriers`). What one
enterprise throws away and another one buys is brought together by a transport problem (`matching`)
under a rule of what fits what (`fitting`). Rules A.3 (3)-(5).
"""
