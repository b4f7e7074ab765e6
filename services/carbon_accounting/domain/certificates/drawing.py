"""What of one discharge comes out of each charge that a store holds (rules D.4)."""

from collections.abc import Sequence

from services.carbon_accounting.domain.certificates.stored import Allocation


def shares(gives_wh: Sequence[int], wanted_wh: int, method: Allocation) -> list[int]:
    """Return what of a discharge comes out of each charge, Wh, the charges in order of time.

    The sum is `wanted_wh`, which is at most what all can give. FIFO and LIFO empty one charge
    after the other, the weighted average draws from all in proportion to what they can give.
    """
    if not 0 <= wanted_wh <= sum(gives_wh) or method is Allocation.OPERATOR:
        raise ValueError(f"{wanted_wh} Wh of {sum(gives_wh)} Wh by {method}: not to be computed")
    if method is Allocation.WEIGHTED_AVERAGE:
        return _in_proportion(gives_wh, wanted_wh)
    return _in_turn(gives_wh, wanted_wh, newest_first=method is Allocation.LIFO)


def _in_turn(gives_wh: Sequence[int], wanted_wh: int, *, newest_first: bool) -> list[int]:
    drawn_wh = [0] * len(gives_wh)
    turns = range(len(gives_wh))
    for place in reversed(turns) if newest_first else turns:
        drawn_wh[place] = min(gives_wh[place], wanted_wh)
        wanted_wh -= drawn_wh[place]
    return drawn_wh


def _in_proportion(gives_wh: Sequence[int], wanted_wh: int) -> list[int]:
    """Differences of rounded-down cumulative sums: whole, none beyond its limit, sum exact."""
    total_wh, before_wh, drawn_wh = sum(gives_wh), 0, []
    for gives in gives_wh:
        after_wh = before_wh + gives
        upto = [edge * wanted_wh // total_wh if total_wh else 0 for edge in (before_wh, after_wh)]
        drawn_wh.append(upto[1] - upto[0])
        before_wh = after_wh
    return drawn_wh
