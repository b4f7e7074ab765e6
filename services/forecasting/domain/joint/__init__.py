"""What several series do together: paths that hang together in time and among each other.

`spread` is a series' whole distribution at each step, `past_errors` how its errors hang together,
`paths` draws from both (a Gaussian copula), `sums` adds paths up and gives sums their bands.
Pure: numpy only. Powers in W in the published sign.
"""
