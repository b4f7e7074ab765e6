"""Planning and control as pure functions: a problem becomes a plan, a snapshot becomes set-points.

Inside the planning kernel powers are kW, energies kWh, prices currency units per kWh (arrays over
the slots of the horizon); at its borders they are W, Wh and integer micros (§2).
"""
