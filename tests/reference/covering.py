"""Which grid power certificates cover: matched by year, what expires first goes first (D.1)."""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Sequence

from tests.reference.carbon_reference import Books
from tests.reference.files import Paper, Park, shares_of

Covered = dict[tuple[str, str, str, str, str], int]
"""Wh by month, enterprise, activity, kind of origin and certificate."""


def covered(park: Park, books: Books, papers: Sequence[Paper]) -> Covered:
    """Return what certificates cover: of a year min(grid power, certificates) (D.1, D.3).

    It is spread over the intervals in proportion; what expires first is used first. Where not all
    that an enterprise consumes is known, nothing of it is covered.
    """
    found: Covered = defaultdict(int)
    for owner in {paper.owner for paper in papers}:
        own = sorted((p for p in papers if p.owner == owner), key=lambda p: (p.month, p.name))
        of = books.grid[owner]
        load = [
            0 if dark & nodes_of(park, owner, month) else sum(kinds.values())
            for kinds, dark, month in zip(of, books.dark, books.months, strict=False)
        ]
        total, supply = sum(load), sum(paper.wh for paper in own)
        ends = [0]
        for paper in own:
            ends.append(ends[-1] + paper.wh)
        drawn = before = 0
        for kinds, wh, month in zip(of, load, books.months, strict=False):
            drawn += wh
            upto = drawn * min(total, supply) // total
            left = {key: value for key, value in sorted(kinds.items()) if value}
            while before < upto:
                number = bisect_right(ends, before) - 1
                part = min(upto, ends[number + 1]) - before
                before += part
                for key in left:
                    taken = min(part, left[key])
                    left[key] -= taken
                    part -= taken
                    if taken:
                        found[month, owner, *key[1:], own[number].name] += taken
    return found


def nodes_of(park: Park, enterprise: str, month: str) -> set[str]:
    """Return the nodes at which an enterprise has a load, or a share of one, in a month."""
    if (enterprise, f"nodes {month}") not in park.remembered:
        loads = [meter for meter in park.meters if meter["role"] == "consumption"]
        own = [m for m in loads if enterprise in shares_of(park, m["id"], month)]
        park.remembered[enterprise, f"nodes {month}"] = {m.get("node", "main") for m in own}
    return park.remembered[enterprise, f"nodes {month}"]  # type: ignore[no-any-return]
