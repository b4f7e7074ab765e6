"""Parkflow's code; `parkflow` (generated from `protos/`) is its wire contract.

Before NumPy is loaded its library of matrices is told to use one thread: ours are small, and its
threads wait for each other in circles that take all of a processor. Where two processes share two
cores a line of 60 columns takes 2 ms instead of 79 (measured; decision 42). Who sets
`OPENBLAS_NUM_THREADS` is heard.
"""

import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
