"""The park's physics as a pure step function: `advance(state, until, set-points)`.

Instants are whole seconds since the epoch (`_s`), powers W, energies Wh, signs as in §2.2.
"""
