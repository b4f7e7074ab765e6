"""Whole nanograms as the wire's mass, and back."""

from parkflow.carbon.v1.mass_pb2 import Mass

NG_PER_G = 10**9


def mass(ng: int) -> Mass:
    """Return a mass of whole ng: both parts have its sign."""
    g, rest = divmod(abs(ng), NG_PER_G)
    sign = -1 if ng < 0 else 1
    return Mass(g=sign * g, ng=sign * rest)


def ng_of(found: Mass) -> int:
    """Return the whole ng of a mass."""
    return int(found.g) * NG_PER_G + int(found.ng)
